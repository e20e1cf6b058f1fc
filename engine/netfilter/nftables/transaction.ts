/**
 * A batch of changes, all or nothing: each is made at once and can be taken back until the whole
 * batch has gone through (nf_tables_commit() and nf_tables_abort()). No packet runs in between.
 */
import { PRIORITY } from "../../net/hook";
import type { NatHook } from "../nat-hooks";
import { type Author, type Change, withSets } from "./changes";
import { type Base, Chain, type NamedObject, Rule, type Statement, type Table, type Verdict } from "./model";
import type { Element, NftSet } from "./nft-set";
import { needsConntrack, setsOf } from "./needs";
import { runBase } from "./run";
import type { Ruleset } from "./ruleset";
import { type Loc, NftError } from "./source";
import { invalid } from "./validate";

const DYNAMIC_SIZE = 65_535;
/** Most chains of a large ruleset have no more rules than this. */
const SMALL = 8;

/** How to take something back; the commonest need no function of their own: a rule at the end of its chain, an element. */
type Undo = Rule | { readonly set: NftSet; readonly put: Element } | (() => void);

export class Transaction {
  readonly #undo: Undo[] = [];
  /** What was refused so far; the rest of the batch is looked at all the same. */
  readonly problems: NftError[] = [];
  #command: Loc | undefined;
  readonly #handlesBefore: number;

  /** `validating`: the kernel looks at the table again after each rule, to name those it refuses (NFT_VALIDATE_DO). */
  constructor(
    readonly ruleset: Ruleset,
    private readonly how: { readonly validating: boolean; readonly echo: boolean } = { validating: false, echo: false },
  ) {
    this.#handlesBefore = ruleset.handles;
  }

  get #heard(): boolean {
    return this.how.echo || this.ruleset.listeners.size > 0;
  }

  /** One command of the batch. */
  during(loc: Loc, work: () => void): void {
    this.#command = loc;
    this.attempt(work);
  }

  /** One part of a command: what is wrong with it does not hide what is wrong with the others. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof NftError)) throw error;
      this.#blame(error);
    }
  }

  #blame(error: NftError): void {
    error.wholeCommand = this.#command;
    this.problems.push(error);
  }

  /** After a rule or elements: could the table count as it is now? */
  check(table: Table, loc: Loc | undefined): void {
    const found = this.how.validating && invalid(table);
    if (found) this.#blame(new NftError(`Could not process rule: ${found}`, loc));
  }

  /** Unsent: nft itself has found the fault, and the kernel has not counted the tables. */
  rollback(unsent = false): void {
    if (unsent) this.ruleset.unmake(this.#handlesBefore);
    for (const undo of this.#undo.reverse()) {
      if (typeof undo === "function") undo();
      else if (undo instanceof Rule) this.#takeBack(undo);
      else this.#drop(undo.set, undo.put);
    }
  }

  #takeBack(rule: Rule): void {
    rule.chain.rules = rule.chain.rules.filter((other) => other !== rule);
    this.#letGo(rule);
  }

  readonly #changes: Change[] = [];

  /** Kept only while somebody listens. */
  #tell(...changes: readonly Change[]): void {
    if (this.#heard) this.#changes.push(...changes);
  }

  /** It has gone through: listeners hear of it. */
  commit(by: Author): void {
    if (this.#undo.length === 0) return;
    for (const set of this.#made) set.settled = true;
    const generation = ++this.ruleset.generation;
    if (this.#changes.length > 0) for (const listener of this.ruleset.listeners) listener({ changes: this.#changes, generation, by });
  }

  readonly #tables = new Set<Table>();
  /** Tables whose rules or jumps this batch has changed. */
  touched(): ReadonlySet<Table> {
    return this.#tables;
  }

  #do(action: () => void, undo: () => void): void {
    action();
    this.#undo.push(undo);
  }

  /** Tables that iptables-nft wrote go with the rest of the ruleset. */
  removeManaged(): void {
    const { nft } = this.ruleset.netfilter.iptables;
    for (const table of nft.listed()) {
      const { chains } = table;
      this.#do(() => nft.remove(table.name), () => nft.commit(table.name, chains)); // prettier-ignore
    }
  }

  addTable(table: Table): void {
    const { ruleset } = this;
    this.#do(() => ruleset.put(table), () => ruleset.drop(table)); // prettier-ignore
    this.#tell({ op: "add", kind: "table", table });
  }

  setTableComment(table: Table, comment: string): void {
    const before = table.comment;
    this.#do(() => void (table.comment = comment), () => void (table.comment = before)); // prettier-ignore
  }

  deleteTable(table: Table): void {
    for (const chain of table.chains.values()) this.flushChain(chain);
    for (const set of [...table.sets.values()]) this.deleteSet(set);
    for (const object of [...table.objects.values()]) this.deleteObject(table, object);
    for (const chain of [...table.chains.values()]) this.deleteChain(chain);
    const { ruleset } = this;
    const order = [...ruleset.tables.entries()];
    this.#do(
      () => ruleset.drop(table),
      () => {
        ruleset.tables.clear();
        for (const [key, value] of order) ruleset.tables.set(key, value);
      },
    );
    this.#tell({ op: "delete", kind: "table", table });
  }

  addChain(chain: Chain): void {
    const { chains } = chain.table;
    this.#do(() => void chains.set(chain.name, chain), () => void chains.delete(chain.name)); // prettier-ignore
    this.#attach(chain);
    this.#tell({ op: "add", kind: "chain", chain });
  }

  #attach(chain: Chain): void {
    const { base } = chain;
    if (!base) return;
    this.#do(
      () => void (chain.leave = register(this.ruleset, chain, base)),
      () => chain.leave?.(),
    );
  }

  setPolicy(chain: Chain, base: Base, policy: "accept" | "drop"): void {
    const before = base.policy;
    this.#tell({ op: "add", kind: "chain", chain });
    this.#do(() => void (base.policy = policy), () => void (base.policy = before)); // prettier-ignore
  }

  deleteChain(chain: Chain): void {
    const { chains } = chain.table;
    const order = [...chains.entries()];
    const { base } = chain;
    this.flushChain(chain);
    this.#do(
      () => {
        chains.delete(chain.name);
        chain.leave?.();
        chain.leave = undefined;
      },
      () => {
        restore(chains, order);
        if (base) chain.leave = register(this.ruleset, chain, base);
      },
    );
    this.#tell({ op: "delete", kind: "chain", chain });
  }

  renameChain(chain: Chain, name: string): void {
    const { chains } = chain.table;
    const before = chain.name;
    const order = [...chains.entries()];
    this.#do(
      () => {
        chain.name = name;
        restore(chains, order.map(([key, value]) => [key === before ? name : key, value]));
      },
      () => {
        chain.name = before;
        restore(chains, order);
      },
    );
    this.#tell({ op: "add", kind: "chain", chain });
  }

  /** `at`: before which of the chain's rules; at the end by default. */
  addRule(rule: Rule, at = rule.chain.rules.length, op: "add" | "insert" = "add"): void {
    const { chain } = rule;
    this.#tables.add(chain.table);
    const before = chain.rules;
    // Appending in place keeps the load of a large chain linear; a small one is kept without room to spare.
    if (at === before.length && at >= SMALL) before.push(rule);
    else chain.rules = [...before.slice(0, at), rule, ...before.slice(at)];
    this.#hold(rule);
    this.#undo.push(rule);
    this.#tell({ op, kind: "rule", rule });
  }

  deleteRule(rule: Rule, replaced = false): void {
    const { chain } = rule;
    if (this.#heard) this.#tell(...withSets(rule, replaced));
    const before = chain.rules;
    this.#do(
      () => {
        chain.rules = before.filter((other) => other !== rule);
        this.#letGo(rule);
      },
      () => {
        chain.rules = before;
        this.#hold(rule);
      },
    );
  }

  flushChain(chain: Chain): void {
    const before = chain.rules;
    if (before.length === 0) return;
    if (this.#heard) this.#tell(...before.flatMap((rule) => withSets(rule)));
    this.#do(
      () => {
        chain.rules = [];
        for (const rule of before) this.#letGo(rule);
      },
      () => {
        chain.rules = before;
        for (const rule of before) this.#hold(rule);
      },
    );
  }

  #hold(rule: Rule): void {
    const { sets } = rule.chain.table;
    for (const statement of rule.statements) {
      if (statement.kind === "dynset" && statement.set.options.meter) sets.set(statement.set.name, statement.set);
      this.#count(statement, 1);
    }
    if (needsConntrack(rule.statements)) rule.release = this.ruleset.netfilter.requireConntrack();
  }

  #letGo(rule: Rule): void {
    const { sets } = rule.chain.table;
    for (const statement of rule.statements) {
      if (statement.kind === "dynset" && statement.set.options.meter) sets.delete(statement.set.name);
      this.#count(statement, -1);
    }
    rule.release?.();
    rule.release = undefined;
  }

  #count(statement: Statement, by: 1 | -1): void {
    if (statement.kind === "verdict") this.#countVerdict(statement.verdict, by);
    else if (statement.kind === "object") statement.object.uses += by;
    else for (const set of setsOf(statement)) this.#countSet(set, by, statement.kind === "dynset");
  }

  #countSet(set: NftSet, by: 1 | -1, dynamic: boolean): void {
    set.uses += by;
    // nft_dynset_init: packets may not fill the memory.
    if (dynamic && by > 0) set.size ??= DYNAMIC_SIZE;
    if (set.options.anonymous) for (const element of set.elements.values()) this.#countElement(element, by);
  }

  /** What an element leads to. */
  #countElement({ verdict, object }: Element, by: 1 | -1): void {
    if (verdict) this.#countVerdict(verdict, by);
    if (object) object.uses += by;
  }

  #countVerdict(verdict: Verdict, by: 1 | -1): void {
    if (verdict.verdict !== "jump" && verdict.verdict !== "goto") return;
    verdict.chain.uses += by;
  }

  readonly #made: NftSet[] = [];

  addSet(set: NftSet): void {
    const { sets } = set.table;
    this.#made.push(set);
    this.#do(() => void sets.set(set.name, set), () => void sets.delete(set.name)); // prettier-ignore
    this.#tell({ op: "add", kind: "set", set });
  }

  deleteSet(set: NftSet): void {
    const { sets } = set.table;
    const order = [...sets.entries()];
    // Its elements go with it, unmentioned.
    for (const element of [...set.elements.values()]) this.#withdraw(set, element);
    this.#do(() => void sets.delete(set.name), () => restore(sets, order)); // prettier-ignore
    this.#tell({ op: "delete", kind: "set", set });
  }

  putElement(set: NftSet, element: Element): void {
    if (element.verdict) this.#tables.add(set.table);
    set.put(element);
    this.#countElement(element, 1);
    this.#undo.push({ set, put: element });
    this.#tell({ op: "add", kind: "element", set, element });
  }

  #drop(set: NftSet, element: Element): void {
    set.remove(element);
    this.#countElement(element, -1);
  }

  removeElement(set: NftSet, element: Element): void {
    this.#withdraw(set, element);
    this.#tell({ op: "delete", kind: "element", set, element });
  }

  #withdraw(set: NftSet, element: Element): void {
    this.#do(
      () => this.#drop(set, element),
      () => {
        set.put(element);
        this.#countElement(element, 1);
      },
    );
  }

  /** It lives as long as it is now said to. */
  renewElement(element: Element, { timeoutMs, expiresMs }: Element): void {
    const before = { timeoutMs: element.timeoutMs, expiresMs: element.expiresMs };
    this.#do(() => void Object.assign(element, { timeoutMs, expiresMs }), () => void Object.assign(element, before)); // prettier-ignore
  }

  flushSet(set: NftSet): void {
    for (const element of [...set.elements.values()]) this.removeElement(set, element);
  }

  addObject(table: Table, object: NamedObject): void {
    const key = keyOf(object);
    this.#do(() => void table.objects.set(key, object), () => void table.objects.delete(key)); // prettier-ignore
    this.#tell({ op: "add", kind: "object", table, object });
  }

  deleteObject(table: Table, object: NamedObject): void {
    const order = [...table.objects.entries()];
    this.#do(() => void table.objects.delete(keyOf(object)), () => restore(table.objects, order)); // prettier-ignore
    this.#tell({ op: "delete", kind: "object", table, object });
  }

  newChain(table: Table, name: string, base: Base | undefined, comment: string | undefined): Chain {
    const chain = new Chain(table, name, table.nextHandle());
    chain.base = base;
    chain.comment = comment;
    this.addChain(chain);
    return chain;
  }
}

const keyOf = ({ kind, name }: NamedObject): string => `${kind} ${name}`;

function restore<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

/** A base chain meets packets; a nat chain is asked only for the first of a connection. */
function register(ruleset: Ruleset, chain: Chain, base: Base): () => void {
  const { netfilter } = ruleset;
  const run = runBase(ruleset, chain);
  if (base.type === "nat") return netfilter.natHooks.register({ at: base.at as NatHook, priority: base.priority, run });
  return netfilter.ns.hooks.register({ name: `nft ${chain.table.family} ${chain.table.name} ${chain.name}`, at: base.at, priority: base.priority, run });
}

/** NF_IP_PRI_CONNTRACK: before it there are no connections to translate. */
export const natPriorityIsTooEarly = (priority: number): boolean => priority <= PRIORITY.conntrack;
