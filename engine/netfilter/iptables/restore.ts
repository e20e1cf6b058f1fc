/**
 * iptables-restore: tables from text, each put in place as a whole at its COMMIT
 * (iptables-restore.c, xtables-restore.c). The two back ends differ in what they notice, when,
 * and in which words; each says it as the real one does.
 */
import type { Netfilter } from "../attach";
import { announce, announced, banner, nftFault, problemText, tryHelp } from "./command";
import { type CountedLine, countedLine } from "./counted-line";
import { HELP } from "./help";
import { type Invocation, isVerdict, LONGEST_CHAIN, scanned } from "./invocation";
import { list, listRules, verboseLine } from "./list";
import { demanded, editChains, editRules } from "./operations";
import { parseCommand } from "./parse";
import { fail, NotModelled, Problem } from "./problem";
import { type Backend, BUILTIN, isTableName, type TableName } from "./ruleset";
import { splitLine } from "./split";
import { Refused, Transaction } from "./transaction";
import { validate } from "./validate";

export type RestoreOptions = {
  readonly noflush?: boolean;
  readonly counters?: boolean;
  readonly test?: boolean;
  /** How often -v was given. */
  readonly verbose?: number;
  /** -T: only this table. */
  readonly table?: string | undefined;
  readonly backend?: Backend;
  /** What argv[0] was: it stands in the messages. */
  readonly program?: string;
};

export type RestoreResult = { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly message: string; readonly exit: number; readonly stdout: string };

/** Ends the run with a message of its own. */
class Stop extends Error {
  constructor(
    message: string,
    readonly exit: number,
  ) {
    super(message);
  }
}

type ChainLine = { readonly name: string; readonly policy: string; readonly counters: { readonly packets: number; readonly bytes: number } | undefined };
/** What a line of a table asks for, once it has been read. */
type Step = Invocation | ChainLine;

class Restoring {
  readonly #backend: Backend;
  readonly #program: string;
  #line = 0;
  #transaction: Transaction | undefined;
  /** The table last named, be it one that -T passes over. */
  #current: string | undefined;
  /** nft reads a table to its end before it carries anything out: the lines' numbers and what they ask for. */
  readonly #lines: number[] = [];
  readonly #steps: Step[] = [];
  /** Each command of the file is as verbose as the program, unless the tables are not emptied first. */
  readonly #verbose: number;
  /** What the kernel will say of a batch of nft's. */
  readonly #faults: { readonly line: number; readonly text: string }[] = [];
  readonly #renames: { readonly line: number; readonly from: string; readonly to: string }[] = [];
  /** What is said of emptying the table, once that is carried out. */
  #flushed = "";
  #out = "";

  constructor(
    private readonly netfilter: Netfilter,
    private readonly options: RestoreOptions,
  ) {
    this.#backend = options.backend ?? "nft";
    this.#program = options.program ?? "iptables-restore";
    this.#verbose = options.noflush ? 0 : (options.verbose ?? 0);
    this.#current = this.#backend === "legacy" ? "" : undefined;
  }

  run(text: string): RestoreResult {
    try {
      this.#all(text);
      return { ok: true, stdout: this.#out };
    } catch (error) {
      if (error instanceof Stop) return { ok: error.exit === 0, message: error.message, exit: error.exit, stdout: this.#out };
      if (error instanceof Problem) return { ok: false, message: problemText(error, this.#program, this.#backend, error.kind === "other" ? undefined : this.#line), exit: error.exit, stdout: this.#out };
      if (error instanceof NotModelled) return { ok: false, message: `not modelled: ${error.message}\n`, exit: 2, stdout: this.#out };
      throw error;
    }
  }

  #all(text: string): void {
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline < 0 ? text.length : newline;
      this.#line++;
      this.#one(text.slice(from, to), newline >= 0);
      from = to + 1;
    }
    if (this.#transaction) throw this.#said(`${this.#program}: COMMIT expected at line ${this.#line + 1}\n`, 1);
  }

  #said(message: string, exit: number): Stop {
    return new Stop(message, exit);
  }

  #one(line: string, ended: boolean): void {
    const first = line.charAt(0);
    if (first === "") return;
    if (first === "#") {
      if (this.options.verbose) this.#out += ended ? `${line}\n` : line;
      return;
    }
    const transaction = this.#transaction;
    if (transaction && line === "COMMIT" && (ended || this.#backend === "nft")) return this.#commit(transaction);
    if (first === "*" && !transaction) return this.#open(line);
    if (transaction && first === ":") return this.#chain(transaction, line);
    if (transaction) return this.#rule(transaction, line, ended);
    if (this.options.table !== undefined && this.#current !== undefined && this.options.table !== this.#current) return;
    throw this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
  }

  #open(line: string): void {
    const name = words(line)[0];
    const [legacy, { table, test }] = [this.#backend === "legacy", this.options];
    if (name === undefined) throw new Problem(`${this.#program}: line ${this.#line} table name invalid`, "parameter");
    if (!legacy && !isTableName(name)) throw new Problem(`${this.#program}: line ${this.#line} table name '${name}' invalid`);
    this.#current = name;
    if (table !== undefined && table !== name) return;
    if (!isTableName(name)) throw this.#said(`${banner(this.#program, "legacy")}: ${this.#program}: unable to initialize table '${name}'\nError occurred at line: ${this.#line}\n${tryHelp(this.#program)}`, 2);
    const store = this.netfilter.iptables[this.#backend];
    const transaction = new Transaction(legacy ? store.ensure(name) : (store.table(name) ?? store.blank(name)), legacy || store.table(name) !== undefined);
    this.#transaction = transaction;
    this.#flushed = "";
    if (this.options.noflush || (test && !legacy)) return;
    const said = this.#verbose > 0 ? announced(transaction, "F", undefined) + announced(transaction, "X", undefined) : "";
    if (legacy) this.#out += said;
    else this.#flushed = said;
    transaction.reset();
  }

  #chain(transaction: Transaction, line: string): void {
    const [name, policy, counters] = words(line);
    if (name === undefined) throw new Problem(`${this.#program}: line ${this.#line} chain name invalid`, "parameter");
    if (this.#backend === "legacy") return this.#legacyChain(transaction, name, policy, counters);
    checkChainName(name);
    if (policy === undefined) throw new Problem(`${this.#program}: line ${this.#line} policy invalid`, "parameter");
    const builtin = isBuiltin(transaction.table.name, name);
    this.#later({ name, policy, counters: builtin && this.options.counters ? countersOf(name, counters) : undefined });
  }

  #legacyChain(transaction: Transaction, name: string, policy: string | undefined, counters: string | undefined): void {
    if (name.length > LONGEST_CHAIN) throw new Problem(`Invalid chain name \`${name}' (${LONGEST_CHAIN} chars max)`);
    if (!isBuiltin(transaction.table.name, name)) {
      if (transaction.has(name) && this.options.noflush) transaction.flush(name);
      else if (transaction.has(name) || isVerdict(name)) throw new Problem(`error creating chain '${name}':File exists`);
      else transaction.create(name);
    }
    if (policy === undefined) throw new Problem(`${this.#program}: line ${this.#line} policy invalid`, "parameter");
    if (policy === "-") return;
    try {
      transaction.setPolicy(name, policy, this.options.counters ? countersOf(name, counters) : undefined);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const why = error.reason === "bad policy" ? "Bad policy name" : "Bad built-in chain name";
      throw this.#said(`${banner(this.#program, "legacy")}: Can't set policy \`${policy}' on \`${name}' line ${this.#line}: ${why}\n`, 1);
    }
  }

  #nftChain(transaction: Transaction, { name, policy, counters }: ChainLine): void {
    if (isBuiltin(transaction.table.name, name)) {
      if (policy === "-" && !counters) return transaction.make(name);
      if (policy === "-") return transaction.setPolicy(name, transaction.chain(name).policy ?? "ACCEPT", counters);
      if (policy !== "ACCEPT" && policy !== "DROP") throw this.#said(`${this.#program}: line ${this.#line} failed: Bad policy name.\n`, 1);
      return transaction.setPolicy(name, policy, counters);
    }
    if (!transaction.has(name)) transaction.create(name);
    else transaction.flush(name);
  }

  #rule(transaction: Transaction, line: string, ended: boolean): void {
    const counted = countedLine(line, this.#line);
    const read = this.#read(transaction.table.name, counted, line, ended);
    if (!read) return;
    if (read.command === "help" || read.command === "version") {
      const own = banner(this.#program, this.#backend);
      this.#out += read.command === "help" ? HELP(own, this.#program) : `${own}\n`;
      throw this.#said("", 0);
    }
    const invocation = this.#verbose > 0 ? { ...read, verbose: read.verbose + this.#verbose } : read;
    if (invocation.rule) demanded(this.#backend, invocation.rule);
    if (this.#backend === "nft") return this.#later(invocation);
    this.#carryOut(transaction, invocation);
  }

  /** With counters in front it is as if -c stood there, with all that comes of it. */
  #read(table: TableName, counted: CountedLine | undefined, line: string, ended: boolean): Invocation | undefined {
    if (!counted) return this.#parse(table, line, ended, []);
    if (!this.options.counters) return this.#parse(table, counted.rest, ended, []);
    if (!PLAIN.test(counted.packets) || !PLAIN.test(counted.bytes)) return this.#parse(table, counted.rest, ended, ["--set-counters", counted.packets, counted.bytes]);
    const read = this.#parse(table, counted.rest, ended, []);
    if (read?.rule && !read.counters && "AIR".includes(read.command)) return { ...read, rule: { ...read.rule, packets: Number(counted.packets), bytes: Number(counted.bytes) } };
    return this.#parse(table, counted.rest, ended, ["--set-counters", counted.packets, counted.bytes]);
  }

  #parse(table: TableName, line: string, ended: boolean, before: readonly string[]): Invocation | undefined {
    const { lines } = this.netfilter;
    const known = this.#backend === "nft" && before.length === 0 ? lines?.get(table, line) : undefined;
    if (known !== undefined) return known;
    const argv = splitLine(line, ended);
    const invocation = parseCommand(before.length === 0 ? argv : [...before, ...argv], this.netfilter, this.#backend, table, this.#program);
    if (this.#backend === "nft" && before.length === 0 && invocation !== undefined) lines?.keep(table, line, argv, invocation);
    return invocation;
  }

  #later(step: Step): void {
    this.#lines.push(this.#line);
    this.#steps.push(step);
  }

  #carryOut(transaction: Transaction, invocation: Invocation): void {
    const { command, verbose } = invocation;
    if (verbose > 1) throw new NotModelled("-vv");
    transaction.line = this.#line;
    try {
      if (command === "L" || command === "S") return this.#show(transaction, invocation);
      if (verbose > 0) this.#out += announce(transaction, invocation);
      if (!invocation.rule) return this.#editChains(transaction, invocation);
      if (this.#backend === "legacy" && isBuiltin(transaction.table.name, invocation.rule.jumpTo)) throw new Refused("built-in");
      editRules(this.#backend, transaction, invocation, verbose === 0 ? undefined : (rule) => void (this.#out += verboseLine(rule)));
    } catch (error) {
      if (error instanceof Refused) throw this.#refused(error, command);
      throw error;
    }
  }

  #editChains(transaction: Transaction, invocation: Invocation): void {
    // nft has no table to empty yet when it looks whether there is one.
    if (this.#backend === "nft" && invocation.command === "F" && invocation.chain === undefined && transaction.isNew) return;
    if (this.#backend === "nft" && invocation.command === "E") transaction.checkRename(invocation.chain ?? "", invocation.newName ?? "");
    if (this.#backend === "nft" && invocation.command === "E") return void this.#renames.push({ line: this.#line, from: invocation.chain ?? "", to: invocation.newName ?? "" });
    if (this.#backend === "nft" && invocation.command === "X") return this.#deleteChains(transaction, invocation.chain);
    editChains(transaction, invocation);
  }

  /** That a chain is still needed nft learns from the kernel, in the end. */
  #deleteChains(transaction: Transaction, name: string | undefined): void {
    const busy = (chain: string): void => void this.#faults.push({ line: this.#line, text: ` CHAIN_DEL failed (Device or resource busy): chain ${chain}` });
    if (name === undefined) return transaction.deleteAll(busy);
    try {
      transaction.delete(name);
    } catch (error) {
      if (error instanceof Refused && (error.reason === "in use" || error.reason === "not empty")) busy(name);
      else throw error;
    }
  }

  #show(transaction: Transaction, invocation: Invocation): void {
    const { chain, ruleNumber, numeric, exact, lineNumbers, verbose, command } = invocation;
    const table = transaction.snapshot();
    const text = command === "L" ? list(this.netfilter, table, chain, ruleNumber, { numeric, exact, lineNumbers, verbose: verbose > 0, ...(this.#backend === "nft" && { references: transaction.references() }) }) : listRules(table, chain, ruleNumber, verbose > 0);
    if (text !== undefined) this.#out += text;
    else if (this.#backend === "legacy") throw new Refused("no such chain");
    else throw this.#said(`${banner(this.#program, "nft")}: chain \`${chain}' in table \`${table.name}' is incompatible, use 'nft' tool.\n`, 1);
  }

  #refused(error: Refused, command: string): Stop {
    if (this.#backend === "legacy") return this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
    if (error.reason === "no such rule" && command === "Z") return this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
    return this.#said(`${this.#program}: line ${this.#line} failed: ${error.message.replace(" Run `dmesg' for more information.", "")}\n`, 1);
  }

  #commit(transaction: Transaction): void {
    this.#transaction = undefined;
    const steps = this.#steps.splice(0);
    const lines = this.#lines.splice(0);
    if (this.options.test) return;
    const commitLine = this.#line;
    this.#out += this.#flushed;
    for (const [at, step] of steps.entries()) {
      this.#line = lines[at] ?? commitLine;
      if ("policy" in step && "name" in step) this.#nftChain(transaction, step);
      else this.#inNft(transaction, step, commitLine);
    }
    this.#line = commitLine;
    this.#rename(transaction);
    this.#putInPlace(transaction);
  }

  /** What it complains of by way of xtables_error() has the number of the line that was read last. */
  #inNft(transaction: Transaction, invocation: Invocation, commitLine: number): void {
    try {
      this.#carryOut(transaction, invocation);
    } catch (error) {
      if (error instanceof Problem) this.#line = commitLine;
      throw error;
    }
  }

  /** nft: the kernel does it in the end, and can rename only what it has already. */
  #rename(transaction: Transaction): void {
    const renames = this.#renames.splice(0);
    for (const { line, from, to } of renames) {
      if (transaction.isNew || transaction.isNewChain(from)) this.#faults.push({ line, text: ` CHAIN_RENAME failed (No such file or directory): chain ${to}` });
      else transaction.rename(from, to);
    }
  }

  #putInPlace(transaction: Transaction): void {
    const { name } = transaction.table;
    const faults = this.#faults.splice(0);
    for (const fault of validate(this.netfilter, this.#backend, name, transaction.chains, transaction.origins)) {
      const origin = fault.rule && transaction.origins.get(fault.rule);
      faults.push({ line: origin?.line ?? this.#line, text: nftFault(fault, origin) });
    }
    if (faults.length > 0 && this.#backend === "legacy") throw this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
    if (faults.length > 0) {
      faults.sort((a, b) => a.line - b.line);
      throw this.#said(`${banner(this.#program, "nft")}: \n${faults.map(({ line, text }) => `line ${line}:${text}\n`).join("")}`, 4);
    }
    const store = this.netfilter.iptables[this.#backend];
    if (this.#backend === "nft" && transaction.untouched) {
      // Nothing but a flush: nft deletes the table, and has no reason to make it anew.
      if (transaction.flushed) store.remove(name);
      return;
    }
    store.commit(name, transaction.finished());
  }
}

const PLAIN = /^\d{1,15}$/;

/** strtok(3) over blanks, behind the line's first character. */
function words(line: string): readonly string[] {
  return line.slice(1).split(/[ \t\n]+/).filter((word) => word !== "");
}

const isBuiltin = (table: TableName, name: string): boolean => (BUILTIN[table] as readonly string[]).includes(name);

/** assert_valid_chain_name. */
function checkChainName(name: string): void {
  if (name.length > LONGEST_CHAIN) fail(`chain name \`${name}' too long (must be under ${LONGEST_CHAIN + 1} chars)`);
  if (isVerdict(name)) fail("chain name may not clash with target name");
  if (name.startsWith("-") || name.startsWith("!")) fail(`chain name not allowed to start with \`${name.charAt(0)}'`);
}

/** parse_counters: sscanf(3) of "[%llu:%llu]", which does not miss what stands behind the second number. */
function countersOf(chain: string, text = ""): { readonly packets: number; readonly bytes: number } {
  const [, packets, bytes] = /^\[([+-]?\d+):([+-]?\d+)/.exec(text) ?? fail(`invalid policy counters for chain '${chain}'`);
  return { packets: scanned(packets ?? "") ?? 0, bytes: scanned(bytes ?? "") ?? 0 };
}

export function restore(netfilter: Netfilter, text: string, options: RestoreOptions = {}): RestoreResult {
  return new Restoring(netfilter, options).run(text);
}
