/** ipset(8) 7.17: its commands, options and complaints, over the sets of one namespace. */
import type { Netfilter } from "../attach";
import type { Extensions, IpSet, SetOptions } from "./ip-set";
import { type IpSets, attachIpSets } from "./ip-sets";
import { OTHER_TYPES, SET_TYPES, type SetType, SyntaxProblem, parseElement } from "./types";

export type IpsetResult = { readonly exit: number; readonly stdout: string; readonly stderr: string };

const PROGRAM = "ipset v7.17: ";
const TRY = "Try `ipset help' for more information.\n";

class Failure extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message);
  }
}

const usage = (message: string): Failure => new Failure(`${PROGRAM}${message}\n${TRY}`, 2);
const kernel = (message: string): Failure => new Failure(`${PROGRAM}${message}\n`);

type Session = { readonly sets: IpSets; exist: boolean; sorted: boolean; terse: boolean; names: boolean; quiet: boolean; out: string; err: string };

const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["create", ["create", "-N", "--create", "n"]],
  ["add", ["add", "-A", "--add"]],
  ["del", ["del", "-D", "--del"]],
  ["test", ["test", "-T", "--test"]],
  ["destroy", ["destroy", "-X", "--destroy", "x"]],
  ["list", ["list", "-L", "--list"]],
  ["save", ["save", "-S", "--save"]],
  ["restore", ["restore", "-R", "--restore"]],
  ["flush", ["flush", "-F", "--flush"]],
  ["rename", ["rename", "-E", "--rename", "e"]],
  ["swap", ["swap", "-W", "--swap", "w"]],
  ["version", ["version", "-V", "-v", "--version"]],
  ["help", ["help", "-h", "-H", "--help"]],
];

/** `readFile` for -f, `input` for restore from standard input. */
export function runIpset(netfilter: Netfilter, argv: readonly string[], input: () => string, readFile: (path: string) => string | undefined): IpsetResult {
  const session: Session = { sets: attachIpSets(netfilter), exist: false, sorted: false, terse: false, names: false, quiet: false, out: "", err: "" };
  try {
    const { words, file } = readOptions(argv, session);
    run(words, session, () => source(file, input, readFile));
    return { exit: 0, stdout: session.out, stderr: session.err };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { exit: error.exit, stdout: session.out, stderr: session.err + (session.quiet ? "" : error.message) };
  }
}

function source(file: string | undefined, input: () => string, readFile: (path: string) => string | undefined): string {
  if (file === undefined) return input();
  const content = readFile(file);
  if (content === undefined) throw kernel(`Cannot open ${file} for reading: No such file or directory`);
  return content;
}

/** Options may stand anywhere. */
function readOptions(argv: readonly string[], session: Session): { readonly words: readonly string[]; readonly file: string | undefined } {
  const words: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === "-exist" || word === "-!" || word === "--exist") session.exist = true;
    else if (word === "-s" || word === "-sorted" || word === "--sorted") session.sorted = true;
    else if (word === "-t" || word === "-terse" || word === "--terse") session.terse = true;
    else if (word === "-n" || word === "-name" || word === "--name") session.names = true;
    else if (word === "-q" || word === "-quiet" || word === "--quiet") session.quiet = true;
    else if (word === "-r" || word === "-resolve" || word === "--resolve") throw new Failure("ipset: not modelled: -resolve\n", 2);
    else if (word === "-f" || word === "-file" || word === "--file") file = argv[++i];
    else if (word === "-o" || word === "-output" || word === "--output") readOutput(argv[++i] ?? "", session);
    else words.push(word);
  }
  return { words, file };
}

function readOutput(kind: string, _session: Session): void {
  if (kind !== "plain") throw new Failure(`ipset: not modelled: -output ${kind}\n`, 2);
}

function run(words: readonly string[], session: Session, text: () => string): void {
  const [word, ...args] = words;
  if (word === undefined) throw usage("No command specified.");
  const command = COMMANDS.find(([, names]) => names.includes(word))?.[0];
  switch (command) {
    case "create":
      return create(args, session);
    case "add":
      return add(args, session);
    case "del":
      return remove(args, session);
    case "test":
      return test(args, session);
    case "destroy":
      return destroy(args[0], session);
    case "list":
      return list(args[0], session);
    case "save":
      return save(args[0], session);
    case "flush":
      for (const set of args[0] === undefined ? session.sets.all() : [named(args[0], session)]) set.flush();
      return;
    case "rename":
      return rename(args, session);
    case "swap":
      return swap(args, session);
    case "restore":
      return restore(text(), session);
    case "version":
      session.out += "ipset v7.17, protocol version: 7\n";
      return;
    case "help":
      throw new Failure("ipset: not modelled: help\n", 2);
    default:
      throw usage(`No command specified: unknown argument ${word}`);
  }
}

function need(args: readonly string[], command: string): readonly [string, string] {
  const [first, second] = args;
  if (first === undefined) throw usage(`Missing mandatory argument to command ${command}`);
  if (second === undefined) throw usage(`Missing second mandatory argument to command ${command}`);
  return [first, second];
}

function named(name: string, { sets }: Session): IpSet {
  const set = sets.get(name);
  if (set === undefined) throw kernel("The set with the given name does not exist");
  return set;
}

function create(args: readonly string[], session: Session): void {
  const [name, typeName] = need(args, "create");
  if (name.length > 31) throw kernel(`Syntax error: setname '${name}' is longer than 31 characters`);
  const type = SET_TYPES.find((each) => each.name === typeName);
  if (type === undefined) throw OTHER_TYPES.includes(typeName) ? new Failure(`ipset: not modelled: ${typeName}\n`, 2) : kernel(`Syntax error: typename '${typeName}' is unknown`);
  const options = readCreate(args.slice(2), type);
  const known = session.sets.get(name);
  if (known === undefined) return session.sets.create(name, type, options);
  if (session.exist && known.type === type) return;
  throw kernel("Set cannot be created: set with the same name already exists");
}

function integer(word: string | undefined, option: string): number {
  if (word === undefined) throw usage(`Missing mandatory argument of option \`${option}'`);
  if (!/^\d+$/.test(word)) throw kernel(`Syntax error: '${word}' is invalid as number`);
  return Number(word);
}

function readCreate(words: readonly string[], type: SetType): SetOptions {
  const options = { hashsize: 1024, maxelem: 65536, timeout: undefined as number | undefined, counters: false, comment: false, range: [0, 65535] as const as readonly [number, number], bucketsize: 12 };
  let ranged = false;
  const bitmap = type.name === "bitmap:port";
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "counters" || word === "comment") options[word] = true;
    else if (word === "timeout") options.timeout = integer(words[++i], word);
    else if (!bitmap && (word === "hashsize" || word === "maxelem" || word === "bucketsize")) options[word] = integer(words[++i], word);
    else if (!bitmap && word === "initval") i++;
    else if (!bitmap && (word === "family" || word === "-4")) {
      const family = word === "-4" ? "inet" : words[++i];
      if (family !== "inet" && family !== "ipv4") throw new Failure(`ipset: not modelled: family ${family}\n`, 2);
    } else if (bitmap && word === "range") {
      options.range = readRange(words[++i]);
      ranged = true;
    } else if (["netmask", "bitmask", "markmask", "skbinfo", "forceadd", "probes", "resize", "-6", "gc"].includes(word)) throw new Failure(`ipset: not modelled: ${word}\n`, 2);
    else throw usage(`Unknown argument: \`${word}'`);
  }
  if (bitmap && !ranged) throw usage("Mandatory option `range' is missing");
  return options;
}

function readRange(word: string | undefined): readonly [number, number] {
  const [from, to] = (word ?? "").split("-");
  return [integer(from, "range"), integer(to ?? from, "range")];
}

function keys(set: IpSet, written: string): ReturnType<typeof parseElement> {
  try {
    return parseElement(set.type, written);
  } catch (error) {
    if (error instanceof SyntaxProblem) throw kernel(`Syntax error: ${error.message}`);
    throw error;
  }
}

function readExtensions(words: readonly string[], { options, type }: IpSet): Extensions {
  const given: { -readonly [K in keyof Extensions]: Extensions[K] } = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "timeout") given.timeout = integer(words[++i], word);
    else if (word === "packets" || word === "bytes") given[word] = integer(words[++i], word);
    else if (word === "comment") given.comment = words[++i] ?? "";
    else if (word === "nomatch" && type.parts.includes("net")) given.nomatch = true;
    else if (["skbmark", "skbprio", "skbqueue"].includes(word)) throw new Failure(`ipset: not modelled: ${word}\n`, 2);
    else throw usage(`Unknown argument: \`${word}'`);
  }
  if (given.timeout !== undefined && options.timeout === undefined) throw kernel("Timeout cannot be used: set was created without timeout support");
  if (given.comment !== undefined && !options.comment) throw kernel("Comment cannot be used: set was created without comment support");
  if ((given.packets !== undefined || given.bytes !== undefined) && !options.counters) throw kernel("Packet/byte counters cannot be used: set was created without counter support");
  return given;
}

function add(args: readonly string[], session: Session): void {
  const [name, written] = need(args, "add");
  const set = named(name, session);
  const elements = keys(set, written);
  const extensions = readExtensions(args.slice(2), set);
  for (const key of elements) {
    if (set.type.parts.includes("net") && (key.bits === 0 || key.bits2 === 0)) throw kernel("The value of the CIDR parameter of the IP address is invalid");
    if (set.type.name === "bitmap:port" && (key.port < set.options.range[0] || key.port > set.options.range[1])) throw kernel("Element is out of the range of the set");
    const done = set.add(key, extensions, session.exist);
    if (done === "already") throw kernel("Element cannot be added to the set: it's already added");
    if (done === "full") throw kernel("Hash is full, cannot add more elements");
  }
}

function remove(args: readonly string[], session: Session): void {
  const [name, written] = need(args, "del");
  const set = named(name, session);
  for (const key of keys(set, written)) if (!set.delete(key) && !session.exist) throw kernel("Element cannot be deleted from the set: it's not added");
}

/** Networks with a length are compared as such, addresses looked up. */
function test(args: readonly string[], session: Session): void {
  const [name, written] = need(args, "test");
  const set = named(name, session);
  const [key] = keys(set, written);
  const exact = written.includes("/");
  const element = key && (exact ? (set.has(key) ? set.find(key) : undefined) : set.find(key));
  const found = element !== undefined && !element.nomatch;
  session.err += found ? (session.quiet ? "" : `Warning: ${written} is in set ${name}.\n`) : "";
  if (!found) throw new Failure(`${written} is NOT in set ${name}.\n`);
}

function destroy(name: string | undefined, session: Session): void {
  const doomed = name === undefined ? session.sets.all() : [named(name, session)];
  if (doomed.some((set) => set.references > 0)) throw kernel("Set cannot be destroyed: it is in use by a kernel component");
  for (const set of doomed) session.sets.destroy(set);
}

function members(set: IpSet, { sorted }: Session): string[] {
  const printed = set.elements().map((element) => ({ key: element.key, text: set.print(element) }));
  if (sorted) printed.sort(({ key: a }, { key: b }) => a.ip - b.ip || a.bits - b.bits || a.proto - b.proto || a.port - b.port || a.ip2 - b.ip2);
  return printed.map(({ text }) => text);
}

/** What the kernel says it takes: the bare set, and so much for each element. */
function memory(set: IpSet): number {
  return set.type.name === "bitmap:port" ? 8264 : 200 + set.size * 48;
}

function list(name: string | undefined, session: Session): void {
  const shown = name === undefined ? session.sets.all() : [named(name, session)];
  if (session.names) {
    session.out += shown.map((set) => `${set.name}\n`).join("");
    return;
  }
  session.out += shown
    .map((set) => {
      const lines = [`Name: ${set.name}`, `Type: ${set.type.name}`, `Revision: ${set.type.revision}`, `Header: ${set.header()}`, `Size in memory: ${memory(set)}`, `References: ${set.references}`, `Number of entries: ${set.size}`];
      if (!session.terse) lines.push("Members:", ...members(set, session));
      return `${lines.join("\n")}\n`;
    })
    .join("\n");
}

function save(name: string | undefined, session: Session): void {
  for (const set of name === undefined ? session.sets.all() : [named(name, session)]) {
    session.out += `create ${set.name} ${set.type.name} ${set.header()}\n`;
    session.out += members(set, session).map((member) => `add ${set.name} ${member}\n`).join("");
  }
}

function rename(args: readonly string[], session: Session): void {
  const [from, to] = need(args, "rename");
  const set = named(from, session);
  if (session.sets.get(to)) throw kernel("Set cannot be renamed: a set with the new name already exists");
  if (set.references > 0) throw kernel("Set cannot be renamed: it is in use by another system");
  session.sets.rename(set, to);
}

function swap(args: readonly string[], session: Session): void {
  const [first, second] = need(args, "swap");
  const [a, b] = [named(first, session), named(second, session)];
  if (a.type !== b.type) throw kernel("The sets cannot be swapped: their type does not match");
  session.sets.swap(a, b);
}

/** Line by line; what was done before an error stays done. */
function restore(text: string, session: Session): void {
  const { exist } = session;
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#") || line.trim() === "COMMIT") return;
    session.exist = exist;
    try {
      const { words } = readOptions(splitLine(line), session);
      run(words, session, () => "");
    } catch (error) {
      if (error instanceof Failure && error.message.startsWith(PROGRAM) && error.exit === 1) throw new Failure(error.message.replace(PROGRAM, `${PROGRAM}Error in line ${index + 1}: `));
      throw error;
    }
  });
}

/** Words, and what stands between double quotes as one. */
function splitLine(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? (m[2] as string));
}
