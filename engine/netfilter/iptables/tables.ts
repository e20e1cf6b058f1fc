/**
 * One back end's tables in one namespace, and what they hook into. The legacy back end brings a
 * table to life when somebody first looks at it; the nft one when somebody first writes to it.
 * Rules that need connection tracking hold it on as long as they stand.
 */
import { type HookName, PRIORITY } from "../../net/hook";
import type { Netfilter } from "../attach";
import { NAT_HOOKS } from "../nat-hooks";
import { type Backend, BUILTIN, type Chain, NFT_ORDER, type Rule, Table, TABLE_PRIORITY, type TableName } from "./ruleset";
import { runTable } from "./traverse";

/** So many commits may be put off; then they are made up for. */
const MOST_DEFERRED = 32;

export class Iptables {
  /** In the order they came to life. */
  readonly #tables = new Map<TableName, Table>();
  readonly #leave = new Map<TableName, (() => void)[]>();
  readonly #held = new Map<TableName, () => void>();
  /** Counts commits: who has cached something of a table can see that it has changed. */
  generation = 0;
  /** Commits that are certain to succeed and that nobody has looked at yet. */
  #deferred: (() => void)[] = [];
  #behind = new Set<TableName>();

  constructor(
    readonly netfilter: Netfilter,
    readonly backend: Backend,
  ) {}

  /**
   * Puts a commit to these tables off until somebody looks at one of them, be it a packet. Only
   * for what is certain to succeed, and for tables that hold connection tracking already.
   */
  defer(tables: readonly TableName[], commit: () => void): void {
    for (const name of tables) this.#behind.add(name);
    if (this.#deferred.push(commit) > MOST_DEFERRED) this.#catchUp();
  }

  /** Looks at what stands, and leaves what is put off alone: for chains that none of it touches. */
  asItStands<T>(look: () => T): T {
    const behind = this.#behind;
    this.#behind = new Set();
    try {
      return look();
    } finally {
      this.#behind = behind;
    }
  }

  #catchUp(name?: TableName): void {
    if (this.#behind.size === 0 || (name !== undefined && !this.#behind.has(name))) return;
    const commits = this.#deferred;
    this.#deferred = [];
    this.#behind.clear();
    for (const commit of commits) commit();
  }

  table(name: TableName): Table | undefined {
    this.#catchUp(name);
    return this.#tables.get(name);
  }

  /** As iptables-save walks them: nft in a fixed order, legacy the youngest first. */
  listed(): Table[] {
    this.#catchUp();
    if (this.backend === "legacy") return [...this.#tables.values()].reverse();
    return NFT_ORDER.flatMap((name) => this.#tables.get(name) ?? []);
  }

  /** The module is loaded, the base chains are made: the table is there, empty, from now on. */
  ensure(name: TableName): Table {
    this.#catchUp(name);
    const existing = this.#tables.get(name);
    if (existing) return existing;
    const table = new Table(name, this.backend);
    if (this.backend === "nft") table.handle = this.netfilter.nftables.takeHandle();
    this.#tables.set(name, table);
    this.#leave.set(name, this.#hookIn(table));
    return table;
  }

  /** The table as it would be, for one that is only about to be made. */
  blank(name: TableName): Table {
    return new Table(name, this.backend);
  }

  /** nft delete table: the nft tools may take the whole table away. */
  remove(name: TableName): void {
    this.#catchUp(name);
    for (const leave of this.#leave.get(name) ?? []) leave();
    this.#leave.delete(name);
    const table = this.#tables.get(name);
    if (table) this.#account(name, [...table.chains.values()].flatMap(({ rules }) => rules), []);
    this.#tables.delete(name);
    this.#held.get(name)?.();
    this.#held.delete(name);
  }

  /** The new chains take the old ones' place at once: no packet sees half of it. */
  commit(name: TableName, chains: Map<string, Chain>): void {
    const old = this.ensure(name);
    const before = changedRules(old.chains, chains);
    this.#account(name, before.gone, before.come);
    old.chains = chains;
    this.#holdConntrack(name, chains);
    this.generation++;
  }

  #hookIn(table: Table): (() => void)[] {
    const { netfilter } = this;
    const { name } = table;
    const run = (at: HookName) => (skb: Parameters<typeof runTable>[3]) => {
      this.#catchUp(name);
      return runTable(netfilter, table, at, skb);
    };
    if (name === "nat") return NAT_HOOKS.map((at) => netfilter.natHooks.register({ at, priority: at === "PREROUTING" || at === "OUTPUT" ? PRIORITY.dstnat : PRIORITY.srcnat, run: run(at) }));
    return BUILTIN[name].map((at) => netfilter.ns.hooks.register({ name: `iptables-${this.backend} ${name}`, at, priority: TABLE_PRIORITY[name], run: run(at) }));
  }

  #holdConntrack(name: TableName, chains: ReadonlyMap<string, Chain>): void {
    const needed = [...chains.values()].some(({ facts }) => facts.tracks);
    const held = this.#held.get(name);
    if (needed && !held) this.#held.set(name, this.netfilter.requireConntrack());
    if (needed || !held) return;
    held();
    this.#held.delete(name);
  }

  /** Rules that come and go hold lists, sets and accounting objects. */
  #account(_name: TableName, gone: readonly Rule[], come: readonly Rule[]): void {
    for (const rule of come) for (const hold of holdsOf(rule)) hold.retain(this.netfilter);
    for (const rule of gone) for (const hold of holdsOf(rule)) hold.release(this.netfilter);
  }
}

/** What a rule refers to outside its table. */
export type Hold = { readonly retain: (netfilter: Netfilter) => void; readonly release: (netfilter: Netfilter) => void };

function holdsOf({ matches, action }: Rule): Hold[] {
  const holds: Hold[] = [];
  for (const { match, options } of matches) if (match.hold) holds.push(match.hold(options));
  if (action.kind === "target" && action.target.hold) holds.push(action.target.hold(action.options));
  return holds;
}

/** Of the rules that refer to something outside, which come and which go; others may be among them. */
function changedRules(before: ReadonlyMap<string, Chain>, after: ReadonlyMap<string, Chain>): { readonly gone: Rule[]; readonly come: Rule[] } {
  const gone: Rule[] = [];
  const come: Rule[] = [];
  const differ = (a: readonly Rule[], b: readonly Rule[]): void => {
    const kept = new Set(b);
    const had = new Set(a);
    for (const rule of a) if (!kept.has(rule)) gone.push(rule);
    for (const rule of b) if (!had.has(rule)) come.push(rule);
  };
  for (const [name, chain] of after) {
    const was = before.get(name);
    const old = was?.rules ?? [];
    if (old === chain.rules || (!chain.facts.holds && !was?.facts.holds)) continue;
    if (old.length === 0) for (const rule of chain.rules) come.push(rule);
    else if (chain.rules.length === 0) for (const rule of old) gone.push(rule);
    else differ(old, chain.rules);
  }
  for (const [name, chain] of before) if (chain.facts.holds && !after.has(name)) for (const rule of chain.rules) gone.push(rule);
  return { gone, come };
}
