/**
 * ipset(8) 7.17: its commands and complaints, over the sets of one namespace. Adding and
 * deleting is gathered while restoring (restore.ts), so commands are looked at first and done later.
 */
import type { Netfilter } from "../attach";
import { BitmapBody } from "./bitmap";
import { type CommandName, type Environment, commandNamed, newEnvironment, readEnvironment } from "./arguments";
import { type Request, printRequest, readElement } from "./element";
import { expand, testKey } from "./expand";
import { help } from "./help";
import type { IpSet } from "./ip-set";
import { type IpSets, attachIpSets } from "./ip-sets";
import { type Beside, ListBody } from "./list";
import { printSets } from "./listing";
import { type ElementOptions, readCreateOptions, readElementOptions } from "./options";
import { Failure, notModelled, refused, syntax, usage } from "./problem";
import { restore } from "./restore";
import { NO_KEY, OTHER_TYPES, type Refusal, setTypeOf } from "./types";

export type IpsetResult = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** Where -f reads and writes; the writer answers with what went wrong. */
export type IpsetFiles = { readonly read: (path: string) => string | undefined; readonly write: (path: string, text: string) => string | undefined };

/** For callers without a file system. */
export const NO_FILES: IpsetFiles = { read: () => undefined, write: () => "Read-only file system" };

export type Session = { readonly netfilter: Netfilter; readonly sets: IpSets; readonly environment: Environment; readonly files: IpsetFiles; out: string; err: string };

const PROGRAM = "ipset v7.17: ";
const LONGEST_NAME = 31;

/** `input`: standard input, for restore. */
export function runIpset(netfilter: Netfilter, argv: readonly string[], input: () => string, files: IpsetFiles): IpsetResult {
  const session: Session = { netfilter, sets: attachIpSets(netfilter), environment: newEnvironment(), files, out: "", err: "" };
  let exit = 0;
  try {
    const words = readEnvironment(argv, session.environment);
    const name = commandOf(words);
    if (name === "restore") exit = restoreFrom(session, words.slice(1), input);
    else perform(session, name, words.slice(1));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    exit = report(session, error);
  }
  return { exit, stdout: session.out, stderr: session.err };
}

function report(session: Session, { kind, message }: Failure): number {
  const { quiet } = session.environment;
  const text = { usage: `${PROGRAM}${message}\nTry \`ipset help' for more information.\n`, fact: `${PROGRAM}${message}\n`, bare: `${message}\n`, "not modelled": `ipset: not modelled: ${message}\n` }[kind];
  if (!quiet || kind === "not modelled") session.err += text;
  return kind === "fact" || kind === "bare" ? 1 : 2;
}

function restoreFrom(session: Session, rest: readonly string[], input: () => string): number {
  if (rest[0] !== undefined) throw usage(`Unknown argument ${rest[0]}`);
  const { file } = session.environment;
  session.environment.file = undefined;
  const text = file === undefined ? input() : session.files.read(file);
  // A file that cannot be opened is passed over in silence, but for the exit status.
  if (text === undefined) return 255;
  restore(session, text);
  return 0;
}

export function commandOf(words: readonly string[]): CommandName {
  const [word] = words;
  if (word === undefined) throw usage("No command specified.");
  return commandNamed(word) ?? raise(usage(`No command specified: unknown argument ${word}`));
}

function raise(failure: Failure): never {
  throw failure;
}

/** Everything but adding and deleting, which prepareChange() leaves to be done, and restore. */
export function perform(session: Session, name: CommandName, args: readonly string[]): void {
  switch (name) {
    case "add":
    case "del":
      return prepareChange(session, name, args).apply(session.environment.exist);
    case "create":
      return create(session, args);
    case "test":
      return test(session, args);
    case "destroy":
      return destroy(session, atMostOne(args));
    case "list":
      return list(session, atMostOne(args));
    case "save":
      return print(session, chosen(session, atMostOne(args)), session.environment.output ?? "save");
    case "flush":
      return chosen(session, atMostOne(args)).forEach((set) => set.body.flush());
    case "rename":
      return rename(session, args);
    case "swap":
      return swap(session, args);
    case "version":
      session.out += "ipset v7.17, protocol version: 7\n";
      return;
    case "help":
      return help(session, args[0]);
    case "restore":
    case "quit":
      return;
  }
}

function atMostOne(args: readonly string[]): string | undefined {
  if (args[1] !== undefined) throw usage(`Unknown argument ${args[1]}`);
  return args[0];
}

function two(args: readonly string[], command: CommandName): readonly [string, string] {
  const [first, second] = args;
  if (first === undefined) throw usage(`Missing mandatory argument to command ${command}`);
  if (second === undefined) throw usage(`Missing second mandatory argument to command ${command}`);
  return [checkedName(first), second];
}

function checkedName(name: string): string {
  if (name.length > LONGEST_NAME) throw syntax(`setname '${name}' is longer than ${LONGEST_NAME} characters`);
  return name;
}

function named({ sets }: Session, name: string): IpSet {
  return sets.get(name) ?? raise(new Failure("The set with the given name does not exist"));
}

function chosen(session: Session, name: string | undefined): IpSet[] {
  return name === undefined ? session.sets.all() : [named(session, name)];
}

function create(session: Session, args: readonly string[]): void {
  const [name, typeName] = two(args, "create");
  const type = setTypeOf(typeName);
  if (type === undefined) throw OTHER_TYPES.includes(typeName) ? notModelled(typeName) : syntax(`typename '${typeName}' is unknown`);
  const { sets, netfilter, environment } = session;
  const warnings: string[] = [];
  const options = readCreateOptions(type, args.slice(2), () => sets.salt(), netfilter.resolveHost, (line) => warnings.push(line));
  if (warnings.length > 0 && !environment.quiet) session.err += `Warning: ${warnings.join("\n")}\n`;
  const known = sets.get(name);
  if (known === undefined) return sets.create(name, type, options);
  if (!environment.exist || !known.resembles(type, options)) throw new Failure("Set cannot be created: set with the same name already exists");
}

/** A line to add or delete, understood but not yet done. `weight`: its share of a message to the kernel. */
export type Change = { readonly set: IpSet; readonly command: "add" | "del"; readonly weight: number; readonly comment: boolean; readonly apply: (exist: boolean) => void };

export function prepareChange(session: Session, command: "add" | "del", args: readonly string[]): Change {
  const [name, written] = two(args, command);
  const set = named(session, name);
  const request = readElement(set.type, written, session.netfilter.resolveHost);
  const options = readElementOptions(set.type, command, args.slice(2));
  if (request.beside && options.beside) throw syntax("mixed syntax, before|after option already used");
  return { set, command, weight: weigh(request, options), comment: options.extensions.comment !== undefined, apply: (exist) => apply(session, set, command, request, options, exist) };
}

/** Bytes of the netlink attributes of one element. */
function weigh({ first, ports, second }: Request, { extensions: { timeout, packets, bytes, comment } }: ElementOptions): number {
  const address = (span: Request["first"]): number => (span === undefined ? 0 : 12 + (span.bits === undefined ? 0 : 8) + (span.to === undefined ? 0 : 12));
  const port = ports === undefined ? 0 : 16 + (ports.portTo === undefined ? 0 : 8);
  const extras = (timeout === undefined ? 0 : 8) + (packets === undefined ? 0 : 12) + (bytes === undefined ? 0 : 12) + (comment === undefined ? 0 : 5 + comment.length);
  return 12 + address(first) + port + address(second) + Math.ceil(extras / 4) * 4;
}

function apply(session: Session, set: IpSet, command: "add" | "del", request: Request, options: ElementOptions, exist: boolean): void {
  const refusal = set.body instanceof ListBody ? changeList(session, set, command, request, options, exist) : change(set, command, request, options, exist);
  if (refusal !== undefined && !(refusal === "EXIST" && exist)) throw refused(refusal, command);
}

function change(set: IpSet, command: "add" | "del", request: Request, { extensions }: ElementOptions, exist: boolean): Refusal | undefined {
  const expanded = expand(set, request);
  // The first port is looked at before the extensions, everything else after.
  if (set.body instanceof BitmapBody && request.ports && !set.body.holds({ ...NO_KEY, port: request.ports.port })) return "BITMAP_RANGE";
  const refusal = set.refuses(extensions);
  if (refusal !== undefined) return refusal;
  if ("refusal" in expanded) return expanded.refusal;
  for (const key of expanded.keys) {
    const problem = command === "add" ? set.add(key, extensions, exist, true) : set.delete(key) ? undefined : "EXIST";
    if (problem !== undefined && !(problem === "EXIST" && exist)) return problem;
  }
  return undefined;
}

function besideOf(session: Session, request: Request, options: ElementOptions): Beside | undefined | "NAMEREF" {
  const beside = request.beside ?? options.beside;
  if (beside === undefined) return undefined;
  const set = session.sets.get(beside.name);
  return set === undefined ? "NAMEREF" : { where: beside.where, set };
}

/** list_set_uadt(). */
function changeList(session: Session, list: IpSet, command: "add" | "del", request: Request, options: ElementOptions, exist: boolean): Refusal | undefined {
  const refusal = list.refuses(options.extensions);
  if (refusal !== undefined) return refusal;
  const set = session.sets.get(request.set ?? "");
  if (set === undefined) return "NAME";
  if (set.type.kind === "list") return "LOOP";
  const beside = besideOf(session, request, options);
  if (beside === "NAMEREF") return beside;
  if (!(list.body instanceof ListBody)) return "EINVAL";
  list.clean();
  if (command === "del") return list.body.delete(set, beside);
  const added = list.body.add(set, beside, exist);
  if (typeof added === "string") return added;
  list.extend(added, options.extensions);
  return undefined;
}

/** What one element cannot be, is said before the kernel is asked. */
function refuseSpan({ type }: IpSet, { first, ports }: Request): void {
  const rest = `is not allowed in command test with set type ${type.name} and family ${type.family}`;
  if (type.name !== "hash:ip" && first?.to !== undefined) throw new Failure(`FROM-TO IP range ${rest}`);
  if (type.name !== "hash:ip" && type.parts[0] === "ip" && first?.bits !== undefined) throw new Failure(`IP/CIDR range ${rest}`);
  if (ports?.portTo !== undefined) throw new Failure(`FROM-TO port range ${rest}`);
}

function test(session: Session, args: readonly string[]): void {
  const [name, written] = two(args, "test");
  const set = named(session, name);
  const request = readElement(set.type, written, session.netfilter.resolveHost);
  const options = readElementOptions(set.type, "test", args.slice(2));
  refuseSpan(set, request);
  // The library says "after" of either.
  const beside = request.beside ?? options.beside;
  const shown = `${printRequest(set.type, request)}${beside ? ` after ${beside.name}` : ""}`;
  if (!found(session, set, request, options)) throw new Failure(`${shown} is NOT in set ${name}.`, "bare");
  if (!session.environment.quiet) session.err += `Warning: ${shown} is in set ${name}.\n`;
}

function found(session: Session, set: IpSet, request: Request, options: ElementOptions): boolean {
  if (set.body instanceof ListBody) {
    const member = session.sets.get(request.set ?? "");
    const beside = besideOf(session, request, options);
    set.clean();
    return member !== undefined && beside !== "NAMEREF" && set.body.has(member, beside);
  }
  if (request.ports?.proto === 0 && set.type.kind === "hash") return false;
  for (const slot of set.matching(testKey(set, request))) return slot.nomatch === (options.extensions.nomatch === true);
  return false;
}

function destroy(session: Session, name: string | undefined): void {
  if (session.environment.exist && name !== undefined && session.sets.get(name) === undefined) return;
  const doomed = chosen(session, name);
  if (doomed.some((set) => set.references > 0)) throw new Failure("Set cannot be destroyed: it is in use by a kernel component");
  for (const set of doomed) session.sets.destroy(set);
}

function list(session: Session, name: string | undefined): void {
  const sets = chosen(session, name);
  if (session.environment.names) return write(session, sets.map((set) => `${set.name}\n`).join(""));
  print(session, sets, session.environment.output ?? "plain");
}

function print(session: Session, sets: readonly IpSet[], mode: "plain" | "save" | "xml"): void {
  const { sorted, terse } = session.environment;
  write(session, printSets(sets, { mode, sorted, headersOnly: terse }));
}

function write(session: Session, text: string): void {
  const { file } = session.environment;
  if (file === undefined) {
    session.out += text;
    return;
  }
  const problem = session.files.write(file, text);
  if (problem !== undefined) throw new Failure(`Cannot open ${file} for writing: ${problem}`);
}

function rename(session: Session, args: readonly string[]): void {
  const [from, to] = two(args, "rename");
  checkedName(to);
  const set = named(session, from);
  if (set.references > 0) throw new Failure("Set cannot be renamed: it is in use by another system");
  if (session.sets.exists(to)) throw new Failure("Set cannot be renamed: a set with the new name already exists");
  set.name = to;
}

function swap(session: Session, args: readonly string[]): void {
  const [first, second] = two(args, "swap");
  const a = named(session, first);
  const b = session.sets.get(checkedName(second));
  if (b === undefined) throw new Failure("Sets cannot be swapped: the second set does not exist");
  if (a.type.family !== b.type.family || a.type.features.join() !== b.type.features.join()) throw new Failure("The sets cannot be swapped: their type does not match");
  if (a !== b) session.sets.swap(a, b);
}
