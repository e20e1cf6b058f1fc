/**
 * nft(8): options, a command or a file of them, carried out as one transaction. Without a Proc
 * around it, so that kube-proxy runs the very same thing (bin/nft.ts adds one).
 */
import type { Netfilter } from "../attach";
import { apply } from "./apply";
import { type Author, type Batch, echoText, type MonitorFilter } from "./changes";
import type { CommandNode } from "./ast";
import { HELP } from "./help";
import { expandIncludes, type Files } from "./include";
import { CommandReader } from "./parse";
import { jsonOf } from "./json";
import { commandsOfJson } from "./json-input";
import { type ShowOptions, show } from "./show";
import { describeError, type Input, NftError, NotModelled } from "./source";
import { MOST_ERRORS } from "./tokens";
import { Transaction } from "./transaction";
import { invalid } from "./validate";

export type NftResult = { readonly exit: number; readonly stdout: string; readonly stderr: string; readonly monitor?: Monitor };
/** `nft monitor` was asked for: whoever has a process goes on with it. */
export type Monitor = { readonly filter: MonitorFilter; readonly json: boolean; readonly handles: boolean };

type Options = ShowOptions & { check: boolean; echo: boolean; json: boolean; file: string | undefined; words: string[]; paths: string[]; defines: string[] };
const VERSION = "nftables v1.0.6 (Lester Gooch #5)";
const BUILT_WITH = "  cli:\t\teditline\n  json:\t\tyes\n  minigmp:\tno\n  libxtables:\tyes\n";

type RunOptions = { readonly refused?: ReadonlyMap<number, string>; readonly check?: boolean; readonly json?: boolean; readonly echo?: boolean; readonly by?: Author } & Partial<ShowOptions>;

/** Runs `text` as one transaction; `stdout` is what its list commands print. */
export function runText(netfilter: Netfilter, given: Input, options: RunOptions = {}): NftResult {
  const input = options.json ? ofJson(given) : given;
  if (input instanceof NotModelled) return unmodelled(input);
  if (input instanceof NftError) return { exit: 1, stdout: "", stderr: describeError(input, { ...given, json: true }) };
  // Where the kernel refuses the whole, it goes through the batch once more and looks at each rule in turn.
  return attempt(netfilter, input, options, false) ?? attempt(netfilter, input, options, true) ?? { exit: 1, stdout: "", stderr: "" };
}

const unmodelled = (error: NotModelled): NftResult => ({ exit: 2, stdout: "", stderr: `nft: not modelled: ${error.message}\n` });

/** With -j the input may be JSON, and need not. */
function ofJson(input: Input): Input | NftError | NotModelled {
  try {
    const text = commandsOfJson(input.text);
    return text === undefined ? input : { ...input, text, json: true };
  } catch (error) {
    if (error instanceof NftError || error instanceof NotModelled) return error;
    throw error;
  }
}

function attempt(netfilter: Netfilter, input: Input, options: RunOptions, validating: boolean): NftResult | undefined {
  const tx = new Transaction(netfilter.nftables, { validating, echo: options.echo ?? false });
  const reader = new CommandReader(input.text, options.refused);
  const shown = { stdout: "", stderr: "" };
  try {
    for (let command = reader.next(); command; command = reader.next()) {
      if (command.op === "monitor") return { exit: 0, ...shown, monitor: { filter: command.filter, json: options.json ?? false, handles: options.handles ?? false } };
      tx.during(command.loc, () => carryOut(command, tx, options, shown));
    }
    const problems = reported(reader.problems, tx.problems);
    if (problems.length > 0) {
      tx.rollback(!problems.some(({ ofKernel }) => ofKernel));
      return { exit: 1, stdout: "", stderr: problems.map((problem) => describe(problem, input)).join("") };
    }
    if ([...tx.touched()].some(invalid)) {
      tx.rollback(true);
      return undefined;
    }
    if (options.check) tx.rollback();
    else shown.stdout += commit(tx, options);
    return { exit: 0, ...shown };
  } catch (error) {
    tx.rollback(true);
    if (error instanceof NotModelled) return unmodelled(error);
    throw error;
  }
}

/** What -e says of it. */
function commit(tx: Transaction, options: RunOptions): string {
  const by = options.by ?? { pid: 1, name: "nft" };
  let echoed = "";
  const hear = (batch: Batch): void => void (echoed = echoText(batch, { ...options, nowMs: tx.ruleset.netfilter.ns.world.scheduler.nowMs }));
  if (options.echo) tx.ruleset.listeners.add(hear);
  tx.commit(by);
  tx.ruleset.listeners.delete(hear);
  return echoed;
}

function carryOut(command: CommandNode, tx: Transaction, options: RunOptions, shown: { stdout: string; stderr: string }): void {
  if (command.op !== "list" && command.op !== "reset" && command.op !== "get") return apply(command, tx);
  // Elements that are asked for by name are printed as text all the same.
  if (options.json && command.op !== "get") {
    shown.stdout += `${jsonOf(command, tx.ruleset)}\n`;
    if (command.op === "reset") show(command, tx.ruleset, options);
    return;
  }
  const { stdout, stderr } = show(command, tx.ruleset, options);
  shown.stdout += stdout;
  shown.stderr += stderr;
}

/** What nft itself finds wrong keeps the batch from the kernel, which then says nothing. */
function reported(syntax: readonly NftError[], problems: readonly NftError[]): readonly NftError[] {
  const own = [...syntax, ...problems.filter((problem) => !problem.ofKernel)].slice(0, MOST_ERRORS);
  return own.length > 0 ? own : problems;
}

/** The end of a command is the newline after it. */
function describe(error: NftError, input: Input): string {
  const { loc, wholeCommand } = error;
  if (loc || !wholeCommand || error.kind === "netlink: Error") return describeError(error, input);
  const { start, end } = wholeCommand;
  return describeError(new NftError(error.message, { start, end: input.text[end] === "\n" ? end + 1 : end }), input);
}

/** `files`: what can be read; a function alone reads single files. */
export function runNft(netfilter: Netfilter, args: readonly string[], readInput: () => string, readFile: ((path: string) => string | undefined) | Pick<Files, "read" | "glob">, by?: Author): NftResult {
  const parsed = parseOptions(args);
  if ("exit" in parsed) return parsed;
  const { file, words, defines } = parsed;
  const files: Files = { ...(typeof readFile === "function" ? { read: readFile, glob: () => [] } : readFile), paths: parsed.paths };
  const options = { ...parsed, ...(by && { by }) };
  if (words.length > 0) {
    if (defines.length > 0) return refused("Error: -D/--define can only be used with -f/--filename\n");
    return runSource(netfilter, `${words.join(" ")}\n`, undefined, files, options);
  }
  if (file === undefined) return refused(HELP);
  const text = file === "-" ? readInput() : files.read(file);
  if (text === undefined) return refused(`internal:0:0-0: Error: Could not open file "${file}": No such file or directory\n\n\n`);
  return runSource(netfilter, text, file === "-" ? "/dev/stdin" : file, files, options, defines.map((define) => `define ${define}\n`).join(""));
}

const refused = (stderr: string): NftResult => ({ exit: 1, stdout: "", stderr });

/** With the files it includes; `before`: what the command line defines. */
function runSource(netfilter: Netfilter, text: string, name: string | undefined, files: Files, options: RunOptions, before = ""): NftResult {
  const { text: whole, pieces, refused: missing } = expandIncludes(text, name, files);
  if (before === "" && whole === text && missing.size === 0) return runText(netfilter, { text, name }, options);
  const by = before.length;
  const moved = pieces.map((piece) => ({ ...piece, start: piece.start + by, end: piece.end + by }));
  return runText(netfilter, { text: before + whole, name, pieces: moved }, { ...options, refused: new Map([...missing].map(([at, why]) => [at + by, why])) });
}

const LETTERS: Readonly<Record<string, keyof Options | "ignored" | "absent">> = { a: "handles", s: "stateless", t: "terse", n: "numeric", j: "json", c: "check", e: "echo", y: "numericPriority", p: "numericProtocol", S: "service", N: "absent", u: "users", T: "ignored", i: "absent", o: "absent", d: "absent" };
const WORDS: Readonly<Record<string, string>> = { handle: "a", stateless: "s", terse: "t", numeric: "n", json: "j", check: "c", echo: "e", "numeric-priority": "y", "numeric-protocol": "p", service: "S", reversedns: "N", guid: "u", "numeric-time": "T", interactive: "i", optimize: "o", debug: "d", includepath: "I", define: "D", file: "f" };

const WITH_ARGUMENT: Readonly<Record<string, (options: Options, value: string) => NftResult | undefined>> = {
  f: (options, value) => void (options.file = value === "/dev/stdin" ? "-" : value),
  I: (options, value) => void options.paths.push(...value.split(":")),
  D: (options, value) => (/^\w+=/.test(value) ? void options.defines.push(value) : refused(`Failed to define variable '${value}'\n`)),
};

/** getopt_long(), as far as the first word that is no option. */
function parseOptions(args: readonly string[]): Options | NftResult {
  const options: Options = { handles: false, stateless: false, terse: false, numeric: false, numericPriority: false, numericProtocol: false, service: false, users: false, json: false, check: false, echo: false, file: undefined, words: [], paths: [], defines: [] };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (!word.startsWith("-") || word === "-" || options.words.length > 0) {
      if (word.startsWith("-") && word.length > 1 && !/^-\d/.test(word) && options.words.length > 0 && (LETTERS[word[1] ?? ""] || WORDS[word.slice(2)])) return misplaced(args, at);
      options.words.push(word);
      continue;
    }
    if (word === "--") {
      options.words.push(...args.slice(at + 1));
      break;
    }
    const next = (): string | undefined => args[++at];
    const answer = word.startsWith("--") ? longOption(options, word, next) : shortOptions(options, word, next);
    if (answer) return answer;
  }
  return options;
}

function longOption(options: Options, word: string, next: () => string | undefined): NftResult | undefined {
  if (word === "--version") return { exit: 0, stdout: `${VERSION}\n`, stderr: "" };
  if (word === "--help") return { exit: 0, stdout: HELP, stderr: "" };
  const [name = "", ...rest] = word.slice(2).split("=");
  const letter = WORDS[name];
  if (letter === undefined) return refused(`nft: unrecognized option '${word}'\n`);
  const takes = WITH_ARGUMENT[letter];
  if (!takes) return flag(options, letter, word);
  const value = rest.length > 0 ? rest.join("=") : next();
  return value === undefined ? refused(`nft: option '--${name}' requires an argument\n`) : takes(options, value);
}

function shortOptions(options: Options, word: string, next: () => string | undefined): NftResult | undefined {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const takes = WITH_ARGUMENT[letter];
    if (takes) {
      const value = at + 1 < word.length ? word.slice(at + 1) : next();
      return value === undefined ? refused(`nft: option requires an argument -- '${letter}'\n`) : takes(options, value);
    }
    const answer = flag(options, letter, word);
    if (answer) return answer;
  }
  return undefined;
}

function flag(options: Options, letter: string, word: string): NftResult | undefined {
  if (letter === "v") return { exit: 0, stdout: `${VERSION}\n`, stderr: "" };
  if (letter === "V") return { exit: 0, stdout: `${VERSION}\n${BUILT_WITH}`, stderr: "" };
  if (letter === "h") return { exit: 0, stdout: HELP, stderr: "" };
  const meaning = LETTERS[letter];
  if (meaning === undefined) return refused(`nft: invalid option -- '${letter}'\n`);
  if (meaning === "absent") return { exit: 2, stdout: "", stderr: `nft: not modelled: ${word}\n` };
  if (meaning !== "ignored") (options as unknown as Record<string, boolean>)[meaning] = true;
  return undefined;
}

function misplaced(args: readonly string[], at: number): NftResult {
  const line = ["nft", ...args].join(" ");
  const start = ["nft", ...args.slice(0, at)].join(" ").length + 1;
  const marks = `   ^${" ".repeat(Math.max(0, start - 4))}${"~".repeat((args[at] ?? "").length)}`;
  return { exit: 1, stdout: "", stderr: `Error: syntax error, options must be specified before commands\n${line} \n${marks}\n` };
}
