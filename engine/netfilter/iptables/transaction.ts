/**
 * Changes to one table, made on the side and put in place at once: what libiptc keeps between
 * iptc_init() and iptc_commit(), and iptables-nft between its first message and the batch's end.
 * Chains are copied when they are first touched.
 */
import type { HookName } from "../../net/hook";
import { type Origin, Origins } from "./origins";
import { bodyText } from "./save";
import { Chain, type Policy, renew, type Rule, Table } from "./ruleset";

/** errno of libiptc, spoken by iptc_strerror in words that depend on the operation. */
export type Refusal =
  | "no such chain"
  | "chain exists"
  | "not built-in"
  | "insertion too big"
  | "replacement too big"
  | "deletion too big"
  | "no such rule"
  | "bad policy"
  | "in use"
  | "not empty"
  | "not empty policy"
  | "built-in"
  | "counter too big";

/** libiptc's words for its errors; what iptables prints as "iptables: …". */
export const REFUSAL_TEXT: Readonly<Record<Refusal, string>> = {
  "no such chain": "No chain/target/match by that name.",
  "chain exists": "Chain already exists.",
  "not built-in": "Bad built-in chain name.",
  "insertion too big": "Index of insertion too big.",
  "replacement too big": "Index of replacement too big.",
  "deletion too big": "Index of deletion too big.",
  "no such rule": "Bad rule (does a matching rule exist in that chain?).",
  "bad policy": "Bad policy name. Run `dmesg' for more information.",
  "in use": "Too many links.",
  "not empty": "Directory not empty.",
  "not empty policy": "Directory not empty.",
  "built-in": "Invalid argument. Run `dmesg' for more information.",
  "counter too big": "Index of counter too big.",
};

export class Refused extends Error {
  constructor(
    readonly reason: Refusal,
    readonly chain?: string,
  ) {
    super(REFUSAL_TEXT[reason]);
  }
}

export class Transaction {
  readonly #chains: Map<string, Chain>;
  readonly #own = new Set<Chain>();
  readonly #growing = new Map<Chain, Rule[]>();
  /** Where the last rule was appended. */
  #lastName = "";
  #last: Rule[] | undefined;
  readonly origins = new Origins();
  /** Built-in chains whose policy, and with it its counters, was set here. */
  readonly #counted = new Set<Chain>();
  /** Policies as iptables-nft knows them: until the kernel has the new ones, the old. */
  readonly #policies = new Map<string, Policy>();
  line = 0;
  #deleted = false;
  flushed = false;

  constructor(
    readonly table: Table,
    private readonly existed = true,
  ) {
    this.#chains = new Map(table.chains);
  }

  get chains(): Map<string, Chain> {
    this.#settle();
    return this.#chains;
  }

  /** The table was not there before, or is made anew. */
  get isNew(): boolean {
    return this.flushed || !this.existed;
  }

  /**
   * As iptables-nft works them out: what the kernel said of a chain's uses before any of this, less
   * the rules that stand in it by now.
   */
  references(): (chain: Chain) => number {
    const before = this.existed ? this.table.references() : new Map<string, number>();
    return ({ name, rules }) => (before.get(name) ?? 0) + ((this.existed && this.table.chains.get(name)?.rules.length) || 0) - rules.length;
  }

  isNewChain(name: string): boolean {
    return this.table.backend === "nft" && !(this.existed && this.table.chains.has(name));
  }

  /** Nothing has been said about any chain, and none was taken away. */
  get untouched(): boolean {
    return !this.#deleted && this.#own.size === 0 && this.#growing.size === 0 && this.#chains.size === this.table.chains.size;
  }

  /** The table as it would be now. */
  snapshot(): Table {
    if (this.#policies.size === 0) return new Table(this.table.name, this.table.backend, this.chains);
    const chains = new Map(this.chains);
    for (const [name, policy] of this.#policies) {
      const shown = chains.get(name)?.copy();
      if (!shown) continue;
      shown.policy = policy;
      chains.set(name, shown);
    }
    return new Table(this.table.name, this.table.backend, chains);
  }

  has(name: string): boolean {
    return this.#chains.has(name);
  }

  /** The name a chain has for itself: one string for all who jump there. */
  nameOf(name: string): string | undefined {
    return this.#chains.get(name)?.name;
  }

  /** A chain to look at. */
  chain(name: string): Chain {
    this.#settle();
    return this.#chains.get(name) ?? refuse("no such chain");
  }

  /** One that somebody has made: nft's built-in chains need not be there. */
  #present(name: string): Chain {
    const chain = this.chain(name);
    return chain.absent ? refuse("no such chain") : chain;
  }

  /** nft asks for the rule before it asks for the chain. */
  #numbered(name: string): Chain {
    const chain = this.#chains.get(name);
    if (this.table.backend === "nft" && (!chain || chain.absent)) refuse("no such rule");
    return this.chain(name);
  }

  #writable(name: string): Chain {
    const chain = this.#chains.get(name) ?? refuse("no such chain");
    if (this.#own.has(chain)) return chain;
    const copy = chain.copy();
    this.#own.add(copy);
    // What is made now stands behind what was there before: nft lists it so.
    if (copy.absent) this.#chains.delete(name);
    copy.absent = false;
    this.#chains.set(name, copy);
    return copy;
  }

  /** Appended rules are gathered, so that ten thousand of them do not copy the chain ten thousand times. */
  #settle(): void {
    this.#last = undefined;
    for (const [chain, rules] of this.#growing) chain.rules = rules;
    this.#growing.clear();
  }

  #came(rule: Rule, operation: Origin["operation"], chain: string): void {
    this.origins.set(rule, this.line, operation, chain);
  }

  append(name: string, rule: Rule): void {
    // Lines of one chain mostly stand together.
    if (this.#lastName !== name || !this.#last) [this.#lastName, this.#last] = [name, this.#grow(name)];
    this.#last.push(rule);
    this.#came(rule, "APPEND", this.#lastName);
  }

  #grow(name: string): Rule[] {
    const chain = this.#writable(name);
    const growing = this.#growing.get(chain);
    if (growing) return growing;
    const rules = [...chain.rules];
    this.#growing.set(chain, rules);
    return rules;
  }

  /** `number` counts from 1. */
  insert(name: string, number: number, rule: Rule): void {
    this.#settle();
    const { rules } = this.chain(name);
    if (number - 1 > rules.length) refuse("insertion too big");
    this.#writable(name).rules = [...rules.slice(0, number - 1), rule, ...rules.slice(number - 1)];
    // At the very end nft appends.
    this.#came(rule, number > 1 && number - 1 === rules.length ? "APPEND" : "INSERT", name);
  }

  replace(name: string, number: number, rule: Rule): void {
    this.#settle();
    const { rules } = this.#present(name);
    if (number > rules.length) refuse("replacement too big");
    this.#writable(name).rules = rules.with(number - 1, rule);
    this.#came(rule, "REPLACE", name);
  }

  deleteNumber(name: string, number: number): void {
    this.#settle();
    const { rules } = this.#present(name);
    if (number > rules.length) refuse("deletion too big");
    this.#writable(name).rules = rules.filter((_, at) => at !== number - 1);
  }

  /** The position of the first rule that says the same; -1 if none does. */
  find(name: string, rule: Rule): number {
    const wanted = bodyText(rule);
    return this.chain(name).rules.findIndex((other) => bodyText(other) === wanted);
  }

  deleteRule(name: string, rule: Rule): "deleted" | "none" {
    const at = this.find(name, rule);
    if (at < 0) return "none";
    this.deleteNumber(name, at + 1);
    return "deleted";
  }

  flush(name?: string): void {
    this.#settle();
    const all = [...this.#chains.values()].filter(({ absent }) => !absent);
    for (const each of name === undefined ? all.map((chain) => chain.name) : [name]) this.#writable(each).rules = [];
  }

  /** nft: the built-in chains that are not there yet, or one of them. */
  make(name?: string): void {
    for (const chain of [...this.#chains.values()]) if (chain.absent && (name === undefined || chain.name === name)) this.#writable(chain.name);
  }

  create(name: string): void {
    if (this.#chains.has(name)) refuse("chain exists");
    const chain = new Chain(name, undefined);
    this.#own.add(chain);
    this.#chains.set(name, chain);
  }

  /** Does a rule jump there? */
  isUsed(name: string): boolean {
    this.#settle();
    for (const chain of this.#chains.values()) if (chain.facts.jumps.includes(name)) return true;
    return false;
  }

  delete(name: string): void {
    const chain = this.#present(name);
    if (chain.hook) return this.#deleteBuiltin(chain);
    if (this.isUsed(name)) refuse("in use", name);
    if (chain.rules.length > 0) refuse("not empty", name);
    this.#chains.delete(name);
  }

  /** nft takes a built-in chain away when it holds nothing and lets everything pass. */
  #deleteBuiltin({ name, policy, rules }: Chain): void {
    if (this.table.backend === "legacy") refuse("built-in");
    // What came with this transaction iptables-nft knows of; what stood there before, only the kernel.
    if ((this.#policies.get(name) ?? policy) !== "ACCEPT" || rules.some((rule) => this.origins.has(rule))) refuse("not empty policy");
    if (rules.length > 0) refuse("not empty", name);
    this.#chains.set(name, new Chain(name, name as HookName, "nft"));
    this.#deleted = true;
  }

  /** nft's kernel says of each chain by itself that it is `busy`. */
  deleteAll(busy?: (chain: string) => void): void {
    this.#settle();
    for (const chain of [...this.#chains.values()]) {
      if (chain.hook) continue;
      if (busy && (chain.rules.length > 0 || this.isUsed(chain.name))) busy(chain.name);
      else this.delete(chain.name);
    }
    if (this.table.backend === "legacy") return;
    for (const chain of [...this.#chains.values()]) if (chain.hook && !chain.absent && (this.#policies.get(chain.name) ?? chain.policy) === "ACCEPT" && chain.rules.length === 0) this.#deleteBuiltin(chain);
  }

  /** Refuses what cannot be renamed. */
  checkRename(from: string, to: string): Chain {
    const old = this.chain(from);
    if (old.hook) refuse("no such chain");
    if (this.#chains.has(to)) refuse("chain exists");
    return old;
  }

  rename(from: string, to: string): void {
    const old = this.checkRename(from, to);
    const renamed = new Chain(to, old.hook);
    renamed.rules = old.rules;
    this.#own.add(renamed);
    this.#chains.delete(from);
    this.#chains.set(to, renamed);
    this.#redirect(from, to);
  }

  /** Jumps hold the chain, not its name; here they hold the name, so they are written anew. */
  #redirect(from: string, to: string): void {
    for (const chain of [...this.#chains.values()]) {
      if (!chain.facts.jumps.includes(from)) continue;
      const rules = chain.rules.map((rule) => (rule.action.kind === "chain" && rule.action.chain === from ? rule.withAction({ ...rule.action, chain: to }) : rule));
      this.#writable(chain.name).rules = rules;
    }
  }

  setPolicy(name: string, policy: string, counters?: { readonly packets: number; readonly bytes: number }): void {
    const chain = this.#chains.get(name);
    const valid = policy === "ACCEPT" || policy === "DROP";
    if (!valid && this.table.backend === "nft") refuse("bad policy");
    if (!chain) refuse("no such chain");
    if (!chain.hook) refuse("not built-in");
    if (!valid) refuse("bad policy");
    const own = this.#writable(name);
    if (this.table.backend === "nft" && own.policy && !this.#policies.has(name)) this.#policies.set(name, own.policy);
    own.policy = policy as Policy;
    own.counting = true;
    own.packets = counters?.packets ?? 0;
    own.bytes = counters?.bytes ?? 0;
    this.#counted.add(own);
  }

  /**
   * What is put in place. libiptc loses the counters of all policies with every change that it
   * commits, except those that were given with it; those of the rules survive, but not what their matches keep.
   */
  finished(): Map<string, Chain> {
    this.origins.forget();
    const { chains } = this;
    const changed = chains.size !== this.table.chains.size || [...chains].some(([name, chain]) => this.table.chains.get(name) !== chain);
    if (this.table.backend === "nft" || !changed) return chains;
    renewAll(chains.values());
    for (const chain of [...chains.values()]) {
      if (!chain.hook || this.#counted.has(chain)) continue;
      const own = this.#writable(chain.name);
      own.packets = own.bytes = 0;
    }
    return chains;
  }

  /** Counters are the one thing that changes in place. */
  zero(name?: string, number?: number): void {
    const chains = name === undefined ? [...this.chains.values()] : [number === undefined ? this.#present(name) : this.#numbered(name)];
    if (this.table.backend === "legacy" && number !== undefined && number > (chains[0]?.rules.length ?? 0)) refuse("counter too big");
    for (const chain of chains) {
      if (number === undefined) chain.packets = chain.bytes = 0;
      // nft gives a base chain the counters it is to hold: from then on it counts.
      if (number === undefined && chain.hook && !chain.absent) chain.counting = true;
      for (const [at, rule] of chain.rules.entries()) if (number === undefined || at === number - 1) zeroRule(rule);
    }
    if (this.table.backend === "nft") return;
    renewAll(this.chains.values());
    for (const chain of this.chains.values()) if (chain.hook) chain.packets = chain.bytes = 0;
  }

  /** nft deletes the table and makes a new one, policies and all. */
  #begin(): void {
    this.#chains.clear();
    for (const [name, chain] of new Table(this.table.name, "nft").chains) this.#chains.set(name, chain);
    this.flushed = true;
  }

  /** Empties everything: iptables-restore without --noflush. */
  reset(): void {
    this.#last = undefined;
    this.#growing.clear();
    if (this.table.backend === "nft") return this.#begin();
    for (const chain of [...this.#chains.values()]) {
      if (!chain.hook) this.#chains.delete(chain.name);
      else if (chain.rules.length > 0) this.#writable(chain.name).rules = [];
    }
  }
}

/** iptables-nft writes a rule that has counted something once more. */
function zeroRule(rule: Rule): void {
  if (rule.packets !== 0 || rule.bytes !== 0) renew(rule);
  rule.packets = rule.bytes = 0;
}

function renewAll(chains: Iterable<Chain>): void {
  for (const { facts, rules } of chains) if (facts.keeps) for (const rule of rules) renew(rule);
}

function refuse(reason: Refusal, chain?: string): never {
  throw new Refused(reason, chain);
}
