/**
 * iptables-restore: tables from text, each put in place as a whole at its COMMIT
 * (iptables-restore.c, xtables-restore.c). The two back ends differ in what they notice, when,
 * and in which words; each says it as the real one does.
 */
import type { Netfilter } from "../attach";
import { banner, nftFault, problemText, tryHelp } from "./command";
import type { Invocation } from "./invocation";
import { list, listRules } from "./list";
import { editChains, editRules } from "./operations";
import { parseCommand } from "./parse";
import { NotModelled, Problem } from "./problem";
import { type Backend, isTableName, type TableName } from "./ruleset";
import { splitLine } from "./split";
import { Refused, Transaction } from "./transaction";
import { validate } from "./validate";

export type RestoreOptions = {
  readonly noflush?: boolean;
  readonly counters?: boolean;
  readonly test?: boolean;
  /** -T: only this table. */
  readonly table?: TableName | undefined;
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

type Missing = { readonly name: string };

class Restoring {
  readonly #backend: Backend;
  readonly #program: string;
  #line = 0;
  #transaction: Transaction | undefined;
  /** -T, and this is another table: its lines are passed over. */
  #skipping = false;
  #missing: Missing | undefined;
  #out = "";

  constructor(
    private readonly netfilter: Netfilter,
    private readonly options: RestoreOptions,
  ) {
    this.#backend = options.backend ?? "nft";
    this.#program = options.program ?? "iptables-restore";
  }

  run(text: string): RestoreResult {
    try {
      this.#all(text);
      return { ok: true, stdout: this.#out };
    } catch (error) {
      if (error instanceof Stop) return { ok: false, message: error.message, exit: error.exit, stdout: this.#out };
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
    if (first === "" || first === "#") return; // nft's own restore also echoes comments, with -v.
    const commit = line === "COMMIT" && (ended || this.#backend === "nft");
    const transaction = this.#transaction;
    if (commit && (transaction || this.#skipping)) return this.#commit();
    if (first === "*" && !transaction && !this.#skipping) return this.#open(line);
    if (this.#skipping) return;
    if (!transaction) throw this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
    transaction.line = this.#line;
    if (first === ":") return this.#chainLine(transaction, line);
    this.#rule(transaction, line);
  }

  #open(line: string): void {
    const name = line.slice(1).split(/[ \t\n]/).find((word) => word !== "") ?? "";
    if (this.options.table !== undefined && this.options.table !== name) {
      this.#skipping = true;
      return;
    }
    if (name === "") throw new Problem(`${this.#program}: line ${this.#line} table name invalid\n`, "parameter");
    const store = this.netfilter.iptables[this.#backend];
    if (!isTableName(name)) {
      if (this.#backend === "legacy") throw this.#said(`${banner(this.#program, "legacy")}: ${this.#program}: unable to initialize table '${name}'\nError occurred at line: ${this.#line}\n${tryHelp(this.#program)}`, 2);
      throw new Problem(`${this.#program}: line ${this.#line} table name '${name}' invalid`);
    }
    const table = this.#backend === "legacy" ? store.ensure(name) : (store.table(name) ?? store.blank(name));
    this.#transaction = new Transaction(table);
    if (!this.options.noflush) this.#transaction.reset();
  }

  #chainLine(transaction: Transaction, line: string): void {
    const [, name = "", policy = "", counters = ""] = /^:\s*([^ \t]*)[ \t]*([^ \t]*)[ \t]*([^ \t]*)/.exec(line) ?? [];
    if (name === "") throw new Problem(`${this.#program}: line ${this.#line} chain name invalid`, "parameter");
    if (name.length > 28) throw new Problem(`Invalid chain name \`${name}' (28 chars max)`);
    if (policy === "") throw new Problem(`${this.#program}: line ${this.#line} policy invalid`, "parameter");
    const builtin = transaction.has(name) && transaction.chain(name).hook !== undefined;
    if (this.#backend === "nft") return this.#nftChain(transaction, name, policy, counters, builtin);
    if (!builtin) this.#legacyChain(transaction, name);
    if (policy === "-") return;
    try {
      transaction.setPolicy(name, policy, this.#countersOf(counters));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const why = error.reason === "bad policy" ? "Bad policy name" : "Bad built-in chain name";
      throw this.#said(`${banner(this.#program, "legacy")}: Can't set policy \`${policy}' on \`${name}' line ${this.#line}: ${why}\n`, 1);
    }
  }

  #legacyChain(transaction: Transaction, name: string): void {
    if (!transaction.has(name)) return transaction.create(name);
    if (this.options.noflush) return transaction.flush(name);
    throw new Problem(`error creating chain '${name}':File exists`);
  }

  #nftChain(transaction: Transaction, name: string, policy: string, counters: string, builtin: boolean): void {
    if (builtin) {
      if (policy !== "ACCEPT" && policy !== "DROP" && policy !== "-") throw this.#said(`${this.#program}: line ${this.#line} failed: Bad policy name.\n`, 1);
      if (policy !== "-") transaction.setPolicy(name, policy, this.#countersOf(counters));
      return;
    }
    if (name.startsWith("-") || name.startsWith("!")) throw new Problem(`chain name not allowed to start with \`${name.charAt(0)}'`);
    if (!transaction.has(name)) transaction.create(name);
    else transaction.flush(name);
  }

  #countersOf(text: string): { readonly packets: number; readonly bytes: number } | undefined {
    if (!this.options.counters) return undefined;
    const m = /^\[(\d+):(\d+)\]/.exec(text);
    if (!m) {
      if (text === "") return undefined;
      throw new Problem("invalid policy counters for chain", "parameter");
    }
    return { packets: Number(m[1]), bytes: Number(m[2]) };
  }

  #rule(transaction: Transaction, line: string): void {
    const counted = line.startsWith("[") ? /^\[([^:\]]*):([^\]]*)\][ \t]*/.exec(line) : undefined;
    if (line.startsWith("[") && !counted) throw new Problem(`need closing ]`);
    const read = this.#read(transaction.table.name, counted ? line.slice(counted[0].length) : line, counted === undefined);
    if (!read) return;
    const invocation = counted && this.options.counters && read.rule ? { ...read, rule: { ...read.rule, packets: Number(counted[1]), bytes: Number(counted[2]) } } : read;
    if (invocation.command === "help" || invocation.command === "version") return;
    try {
      if (invocation.command === "L" || invocation.command === "S") this.#show(transaction, invocation);
      else if (invocation.rule) editRules(this.#backend, transaction, invocation, (name) => void (this.#missing ??= { name }));
      else editChains(transaction, invocation);
    } catch (error) {
      if (error instanceof Refused) throw this.#refused(error, invocation.command, invocation.chain ?? "");
      throw error;
    }
  }

  #read(table: TableName, line: string, ended: boolean): Invocation | undefined {
    const { lines } = this.netfilter;
    const before = this.#backend === "nft" ? lines?.get(table, line) : undefined;
    if (before !== undefined) return before;
    const words = splitLine(line, ended);
    const invocation = parseCommand(words, this.netfilter, this.#backend, table, true);
    if (this.#backend === "nft" && invocation !== undefined) lines?.keep(table, line, words, invocation);
    return invocation;
  }

  #show(transaction: Transaction, invocation: Invocation): void {
    const { chain, ruleNumber, numeric, exact, lineNumbers, verbose } = invocation;
    const table = transaction.snapshot();
    const text = invocation.command === "L" ? list(this.netfilter, table, chain, ruleNumber, { numeric, exact, lineNumbers, verbose: verbose > 0 }) : listRules(table, chain, ruleNumber, verbose > 0);
    if (text === undefined) throw new Refused("no such chain");
    this.#out += text;
  }

  #refused(error: Refused, command: string, chain: string): Stop {
    if (this.#backend === "legacy") return this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
    if (error.reason === "in use" || error.reason === "not empty") return this.#said(`${banner(this.#program, "nft")}: \nline ${this.#line}: CHAIN_DEL failed (Device or resource busy): chain ${chain}\n`, 4);
    const text = command === "R" && error.reason === "replacement too big" ? "No chain/target/match by that name." : error.message;
    return this.#said(`${this.#program}: line ${this.#line} failed: ${text}\n`, 1);
  }

  #commit(): void {
    this.#skipping = false;
    const transaction = this.#transaction;
    if (!transaction) return;
    this.#transaction = undefined;
    if (this.#missing) throw new Problem(`Chain '${this.#missing.name}' does not exist`);
    const { name } = transaction.table;
    const faults = validate(this.netfilter, this.#backend, name, transaction.chains, transaction.origins);
    if (faults.length > 0) {
      if (this.#backend === "legacy") throw this.#said(`${this.#program}: line ${this.#line} failed\n`, 1);
      const lines = faults.map((fault) => {
        const origin = fault.rule && transaction.origins.get(fault.rule);
        return `line ${origin?.line ?? this.#line}:${nftFault(fault, origin)}\n`;
      });
      throw this.#said(`${banner(this.#program, "nft")}: \n${lines.join("")}`, 4);
    }
    if (this.options.test) return;
    const store = this.netfilter.iptables[this.#backend];
    if (this.#backend === "nft" && transaction.untouched) {
      // Nothing but a flush: nft deletes the table, and has no reason to make it anew.
      if (transaction.flushed) store.remove(name);
      return;
    }
    store.commit(name, transaction.finished());
  }
}

export function restore(netfilter: Netfilter, text: string, options: RestoreOptions = {}): RestoreResult {
  return new Restoring(netfilter, options).run(text);
}
