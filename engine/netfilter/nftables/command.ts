/**
 * nft(8): options, a command or a file of them, carried out as one transaction. Without a Proc
 * around it, so that kube-proxy runs the very same thing (bin/nft.ts adds one).
 */
import type { Netfilter } from "../attach";
import { apply } from "./apply";
import { type Author, type Batch, echoText, type MonitorFilter } from "./changes";
import type { CommandNode } from "./ast";
import { HELP } from "./help";
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

type Options = ShowOptions & { check: boolean; echo: boolean; json: boolean; file: string | undefined; words: string[] };
const VERSION = "nftables v1.0.6 (Lester Gooch #5)";

type RunOptions = { readonly check?: boolean; readonly json?: boolean; readonly echo?: boolean; readonly by?: Author } & Partial<ShowOptions>;

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
  const reader = new CommandReader(input.text);
  const shown = { stdout: "", stderr: "" };
  try {
    for (let command = reader.next(); command; command = reader.next()) {
      if (command.op === "monitor") return { exit: 0, ...shown, monitor: { filter: command.filter, json: options.json ?? false, handles: options.handles ?? false } };
      tx.during(command.loc, () => carryOut(command, tx, options, shown));
    }
    const problems = reported(reader.problems, tx.problems);
    if (problems.length > 0) {
      tx.rollback();
      return { exit: 1, stdout: "", stderr: problems.map((problem) => describe(problem, input)).join("") };
    }
    if ([...tx.touched()].some(invalid)) {
      tx.rollback();
      return undefined;
    }
    if (options.check) tx.rollback();
    else shown.stdout += commit(tx, options);
    return { exit: 0, ...shown };
  } catch (error) {
    tx.rollback();
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

export function runNft(netfilter: Netfilter, args: readonly string[], readInput: () => string, readFile: (path: string) => string | undefined, by?: Author): NftResult {
  const parsed = parseOptions(args);
  if ("exit" in parsed) return parsed;
  if (parsed.file !== undefined) {
    const text = parsed.file === "-" ? readInput() : readFile(parsed.file);
    if (text === undefined) return { exit: 1, stdout: "", stderr: `internal:0:0-0: Error: Could not open file "${parsed.file}": No such file or directory\n\n\n` };
    return runText(netfilter, { text, name: parsed.file === "-" ? "/dev/stdin" : parsed.file }, { ...parsed, ...(by && { by }) });
  }
  if (parsed.words.length === 0) return { exit: 1, stdout: "", stderr: HELP };
  return runText(netfilter, { text: `${parsed.words.join(" ")}\n`, name: undefined }, { ...parsed, ...(by && { by }) });
}

const LETTERS: Readonly<Record<string, keyof Options | "ignored" | "absent">> = { a: "handles", s: "stateless", t: "terse", n: "numeric", j: "json", c: "check", e: "echo", y: "numericPriority", p: "numericProtocol", S: "absent", N: "absent", u: "absent", T: "ignored", i: "absent", o: "absent", d: "absent", I: "absent", D: "absent" };
const WORDS: Readonly<Record<string, string>> = { handle: "a", stateless: "s", terse: "t", numeric: "n", json: "j", check: "c", echo: "e", "numeric-priority": "y", "numeric-protocol": "p", service: "S", reversedns: "N", guid: "u", "numeric-time": "T", interactive: "i", optimize: "o", debug: "d", includepath: "I", define: "D" };

function parseOptions(args: readonly string[]): Options | NftResult {
  const options: Options = { handles: false, stateless: false, terse: false, numeric: false, numericPriority: false, numericProtocol: false, json: false, check: false, echo: false, file: undefined, words: [] };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (!word.startsWith("-") || word === "-" || options.words.length > 0) {
      if (word.startsWith("-") && word.length > 1 && !/^-\d/.test(word) && options.words.length > 0 && (LETTERS[word[1] ?? ""] || WORDS[word.slice(2)])) return misplaced(args, at);
      options.words.push(word);
      continue;
    }
    if (word === "-v" || word === "--version") return { exit: 0, stdout: `${VERSION}\n`, stderr: "" };
    if (word === "-h" || word === "--help") return { exit: 0, stdout: HELP, stderr: "" };
    if (word === "-f" || word === "--file") {
      options.file = args[++at];
      if (options.file === undefined) return { exit: 1, stdout: "", stderr: "nft: option requires an argument -- 'f'\n" };
      continue;
    }
    if (word.startsWith("--file=")) {
      options.file = word.slice(7);
      continue;
    }
    const letters = word.startsWith("--") ? (WORDS[word.slice(2)] ?? "?") : word.slice(1);
    for (const letter of letters) {
      if (letter === "f") {
        options.file = args[++at];
        continue;
      }
      const meaning = LETTERS[letter];
      if (meaning === undefined) return { exit: 1, stdout: "", stderr: word.startsWith("--") ? `nft: unrecognized option '${word}'\n` : `nft: invalid option -- '${letter}'\n` };
      if (meaning === "absent") return { exit: 2, stdout: "", stderr: `nft: not modelled: ${word}\n` };
      if (meaning !== "ignored") (options as unknown as Record<string, boolean>)[meaning] = true;
    }
  }
  return options;
}

function misplaced(args: readonly string[], at: number): NftResult {
  const line = ["nft", ...args].join(" ");
  const start = ["nft", ...args.slice(0, at)].join(" ").length + 1;
  const marks = `   ^${" ".repeat(Math.max(0, start - 4))}${"~".repeat((args[at] ?? "").length)}`;
  return { exit: 1, stdout: "", stderr: `Error: syntax error, options must be specified before commands\n${line}\n${marks}\n` };
}
