/**
 * Tables, chains and rules as the kernel holds them: struct xt_table and ipt_entry for the legacy
 * back end, nft tables of the same names for the other. Each back end of a namespace is one
 * Ruleset; both act on every packet, as in life.
 *
 * A Rule never changes but for its counters; a change to a chain is a new array of rules, so a
 * transaction that fails leaves nothing behind.
 */
import type { HookName } from "../../net/hook";
import { PRIORITY } from "../../net/hook";
import { buildIndex, type ChainIndex } from "./classifier";
import type { AnyMatch, AnyTarget } from "./extension";

export type Backend = "legacy" | "nft";
export type TableName = "raw" | "mangle" | "nat" | "filter" | "security";
export type Policy = "ACCEPT" | "DROP";

/** The order in which iptables-nft-save walks them (enum nft_table_type). */
export const NFT_ORDER: readonly TableName[] = ["mangle", "security", "raw", "filter", "nat"];

export const BUILTIN: Readonly<Record<TableName, readonly HookName[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

export const TABLE_PRIORITY: Readonly<Record<Exclude<TableName, "nat">, number>> = { raw: PRIORITY.raw, mangle: PRIORITY.mangle, filter: PRIORITY.filter, security: PRIORITY.security };

export const isTableName = (name: string): name is TableName => Object.hasOwn(BUILTIN, name);

/** What every rule can ask without a module: struct ipt_ip. Addresses are signed 32-bit here, as `&` yields them. */
export type Header = {
  readonly src: number;
  readonly srcMask: number;
  readonly notSrc: boolean;
  readonly dst: number;
  readonly dstMask: number;
  readonly notDst: boolean;
  /** 0 is any. */
  readonly proto: number;
  readonly notProto: boolean;
  /** -f: 1 later fragments only, 2 (! -f) not those. */
  readonly fragment: 0 | 1 | 2;
  readonly inDev: string;
  readonly notIn: boolean;
  readonly outDev: string;
  readonly notOut: boolean;
  /** Legacy's "-i +" and "! -i +" match everything and are not saved; -L -v alone remembers them. */
  readonly anyIn?: string;
  readonly anyOut?: string;
};

export type MatchUse = { readonly match: AnyMatch; readonly options: unknown };

export type Action =
  | { readonly kind: "none" }
  | { readonly kind: "verdict"; readonly verdict: "ACCEPT" | "DROP" | "RETURN" | "QUEUE" }
  | { readonly kind: "chain"; readonly chain: string; readonly goto: boolean }
  | { readonly kind: "target"; readonly target: AnyTarget; readonly options: unknown };

export class Rule {
  packets = 0;
  bytes = 0;
  /** Its text without "-A CHAIN", once somebody has asked (save.ts). */
  text: string | undefined;
  /** Its number among those that are being put in place with it, from 1 (transaction.ts). */
  origin = 0;
  constructor(
    readonly header: Header,
    readonly matches: readonly MatchUse[],
    readonly action: Action,
  ) {}

  /** The same rule with another end: its chain was renamed. Counters go along. */
  withAction(action: Action): Rule {
    const rule = new Rule(this.header, this.matches, action);
    rule.packets = this.packets;
    rule.bytes = this.bytes;
    return rule;
  }
}

/** No question asked, and a verdict. */
function decidesAll({ header: h, matches, action }: Rule): boolean {
  if (action.kind !== "verdict" || matches.length > 0) return false;
  return h.proto === 0 && h.srcMask === 0 && h.dstMask === 0 && h.inDev === "" && h.outDev === "" && h.fragment === 0 && !h.notSrc && !h.notDst && h.anyIn === undefined && h.anyOut === undefined;
}

/** What is asked of a chain's rules all together, found in one walk over them. */
type Facts = {
  /** Names of the chains they jump or go to, each once. */
  readonly jumps: readonly string[];
  /** Legacy's check of a table never comes to what stands behind a rule that decides about everything (mark_source_chains). */
  readonly reachable: number;
  /** One of them turns connection tracking on. */
  readonly tracks: boolean;
  /** One of them refers to something outside its table. */
  readonly holds: boolean;
  /** One of them keeps something beside its options. */
  readonly keeps: boolean;
};
const NO_FACTS: Facts = { jumps: [], reachable: 0, tracks: false, holds: false, keeps: false };

function factsOf(rules: readonly Rule[]): Facts {
  const jumps: string[] = [];
  let reachable = rules.length;
  let [tracks, holds, keeps] = [false, false, false];
  for (const [at, rule] of rules.entries()) {
    const { matches, action } = rule;
    if (action.kind === "chain") jumps.push(action.chain);
    if (action.kind === "verdict" && reachable === rules.length && decidesAll(rule)) reachable = at + 1;
    for (const { match } of matches) {
      tracks ||= match.conntrack === true;
      holds ||= match.hold !== undefined;
      keeps ||= match.renew !== undefined;
    }
    if (action.kind !== "target") continue;
    tracks ||= action.target.tracksIf?.(action.options) ?? action.target.conntrack === true;
    holds ||= action.target.hold !== undefined;
  }
  return { jumps: jumps.length > 1 ? [...new Set(jumps)] : jumps, reachable, tracks, holds, keeps };
}

/** What its matches keep begins anew. */
export function renew({ matches }: Rule): void {
  for (const { match, options } of matches) match.renew?.(options);
}

export class Chain {
  /** What befalls a packet that no rule has decided, and how often; undefined for a user's own chain. */
  policy: Policy | undefined;
  packets = 0;
  bytes = 0;
  /** nft counts what meets a policy only once somebody has set that policy; legacy always does. */
  counting: boolean;
  /** nft makes a built-in chain when a command first needs it; until then it is only printed. */
  absent: boolean;
  /** The hooks it was last reached from, a bit for each, when its rules were checked for them (validate.ts). */
  reached = 0;
  /** Its lines as iptables-save prints them without counters, once somebody has asked (save.ts). */
  text: string | undefined;
  /** Its number among the chains of a table that is being checked (jump-graph.ts). */
  place = 0;
  #rules: readonly Rule[] = [];
  #index: ChainIndex | undefined;
  #facts: Facts | undefined;

  constructor(
    readonly name: string,
    readonly hook: HookName | undefined,
    backend: Backend = "legacy",
  ) {
    this.policy = hook && "ACCEPT";
    this.counting = backend === "legacy";
    this.absent = hook !== undefined && backend === "nft";
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  set rules(rules: readonly Rule[]) {
    this.#rules = rules;
    this.text = undefined;
    this.#index = undefined;
    this.#facts = undefined;
  }

  /** The classifier over its rules, made when the first packet asks for it. */
  get index(): ChainIndex {
    this.#index ??= buildIndex(this.#rules);
    return this.#index;
  }

  get facts(): Facts {
    this.#facts ??= this.#rules.length === 0 ? NO_FACTS : factsOf(this.#rules);
    return this.#facts;
  }

  /** For a transaction: the same chain, to be changed apart. The rules themselves are shared. */
  copy(): Chain {
    const copy = new Chain(this.name, this.hook);
    copy.policy = this.policy;
    copy.packets = this.packets;
    copy.bytes = this.bytes;
    copy.counting = this.counting;
    copy.absent = this.absent;
    copy.reached = this.reached;
    copy.text = this.text;
    copy.#rules = this.#rules;
    copy.#index = this.#index;
    copy.#facts = this.#facts;
    return copy;
  }
}

export class Table {
  /** Replaced as a whole by a commit: what reads them holds either the old ones or the new. */
  chains: Map<string, Chain>;
  /** Of the nft back end: its number among all of nftables' tables, in the order they were made. */
  handle = 0;
  #order: readonly Chain[] = [];
  #orderOf: ReadonlyMap<string, Chain> | undefined;

  constructor(
    readonly name: TableName,
    readonly backend: Backend,
    chains?: Map<string, Chain>,
  ) {
    this.chains = chains ?? new Map(BUILTIN[name].map((hook) => [hook, new Chain(hook, hook, backend)]));
  }

  /** Built-in chains first, in the order of the hooks; then the user's by name. */
  ordered(): readonly Chain[] {
    if (this.#orderOf !== this.chains) this.#order = this.#sorted();
    this.#orderOf = this.chains;
    return this.#order;
  }

  #sorted(): Chain[] {
    const builtin: Chain[] = [];
    const own: Chain[] = [];
    for (const chain of this.chains.values()) (chain.hook ? builtin : own).push(chain);
    const hooks = BUILTIN[this.name];
    builtin.sort((a, b) => hooks.indexOf(a.name as HookName) - hooks.indexOf(b.name as HookName));
    own.sort((a, b) => (a.name < b.name ? -1 : 1));
    return [...builtin, ...own];
  }

  /** How many rules jump to each chain: "(2 references)". */
  references(): ReadonlyMap<string, number> {
    const count = new Map<string, number>();
    for (const chain of this.chains.values()) {
      for (const { action } of chain.rules) if (action.kind === "chain") count.set(action.chain, (count.get(action.chain) ?? 0) + 1);
    }
    return count;
  }
}
