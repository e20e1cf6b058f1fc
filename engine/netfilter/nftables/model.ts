/**
 * What the kernel holds: tables, chains, rules, sets and named objects (struct nft_table and its
 * kin of net/netfilter/nf_tables_api.c), with expressions that know their types.
 */
import type { HookName } from "../../net/hook";
import type { LimitSpec, NatFlag, ObjectKind, QuotaSpec, StatefulNode } from "./ast";
import type { Connection } from "../connection";
import type { Datatype, Value } from "./datatypes";
import type { Field } from "./fields";
import type { NftSet } from "./nft-set";
import type { RawBase } from "./raw-payload";

export type Expr =
  | { readonly kind: "payload"; readonly protocol: string; readonly field: string; readonly def: Field; readonly type: Datatype }
  | { readonly kind: "meta"; readonly key: string; readonly type: Datatype }
  | { readonly kind: "ct"; readonly key: string; readonly direction?: "original" | "reply"; readonly family?: "ip"; readonly type: Datatype }
  | { readonly kind: "fib"; readonly flags: readonly string[]; readonly result: "type" | "oif" | "oifname"; /** Compared with `exists` or `missing`. */ readonly present?: boolean; readonly type: Datatype }
  | { readonly kind: "raw"; readonly base: RawBase; readonly offset: number; readonly length: number; readonly type: Datatype }
  | { readonly kind: "tcp option"; readonly name: string; readonly field?: string; readonly number: number; readonly span?: { readonly at: number; readonly bytes: number }; readonly type: Datatype }
  | { readonly kind: "rt"; readonly key: string; readonly type: Datatype }
  | { readonly kind: "numgen"; readonly mode: "random" | "inc"; readonly modulus: number; readonly offset: number; readonly type: Datatype; readonly counter: { value: number } }
  | { readonly kind: "hash"; readonly hash: "jhash" | "symhash"; readonly of?: Expr; readonly modulus: number; readonly seed?: number; readonly offset: number; readonly type: Datatype; readonly own: { seed: number | undefined } }
  | { readonly kind: "value"; readonly value: Value; readonly type: Datatype }
  | { readonly kind: "prefix"; readonly value: number; readonly bits: number; readonly type: Datatype }
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly type: Datatype }
  | { readonly kind: "wildcard"; readonly text: string; readonly type: Datatype }
  /** (of & mask) ^ xor: all that and, or and xor with constants come to. */
  | { readonly kind: "bitwise"; readonly of: Expr; readonly mask: number; readonly xor: number; /** The last thing done. */ readonly last?: "&" | "^" | "|"; readonly type: Datatype }
  | { readonly kind: "shift"; readonly of: Expr; readonly op: "<<" | ">>"; readonly by: number; readonly type: Datatype }
  | { readonly kind: "concat"; readonly parts: readonly Expr[] }
  | { readonly kind: "map"; readonly key: Expr; readonly set: NftSet };

export type Verdict = { readonly verdict: "accept" | "drop" | "continue" | "return" } | { readonly verdict: "jump" | "goto"; readonly chain: Chain };

export type CounterState = { packets: number; bytes: number };
export type LimitState = { tokens: number | undefined; lastNs: number };
export type QuotaState = { used: number };
/** `objects`: to counters, limits or quotas by name. `interval`: said of the data, whose values may be ranges. */
export type DataMap = { readonly verdict: true } | { readonly types: readonly Datatype[]; readonly interval?: boolean } | { readonly objects: ObjectKind };

/** What counts or measures, with what it has counted: struct nft_expr with NFT_EXPR_STATEFUL. */
export type Stateful =
  | { readonly kind: "counter"; readonly state: CounterState }
  | { readonly kind: "limit"; readonly limit: LimitSpec; readonly state: LimitState }
  | { readonly kind: "quota"; readonly quota: QuotaSpec; readonly state: QuotaState }
  | { readonly kind: "ct count"; readonly count: number; readonly over: boolean; /** Connections that came by. */ readonly seen: Set<Connection> };

export type MatchOp = "==" | "!=" | "<" | ">" | "<=" | ">=";

export type Statement =
  | { readonly kind: "match"; readonly left: Expr; readonly op: MatchOp; readonly right: Expr; /** Made by a dependency, or swallowed by one: not listed. */ readonly hidden?: boolean }
  /** Flags: any of them set, or none. */
  | { readonly kind: "flags"; readonly left: Expr; readonly any: boolean; readonly value: number }
  /** value / mask. */
  | { readonly kind: "masked"; readonly left: Expr; readonly not: boolean; readonly value: number; readonly mask: number }
  | { readonly kind: "lookup"; readonly left: Expr; readonly not: boolean; readonly set: NftSet }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "vmap"; readonly key: Expr; readonly set: NftSet }
  | Stateful
  | { readonly kind: "object"; readonly object: NamedObject }
  | { readonly kind: "object map"; readonly object: ObjectKind; readonly key: Expr; readonly set: NftSet }
  | { readonly kind: "log"; readonly prefix?: string; readonly level?: number; readonly flags: number; readonly group?: number; readonly snaplen?: number; readonly threshold?: number }
  | { readonly kind: "reject"; readonly family: "icmp" | "icmpx" | "tcp"; readonly code: number; readonly default: boolean }
  | { readonly kind: "nat"; readonly type: "snat" | "dnat" | "masquerade" | "redirect"; readonly both: boolean; readonly address?: Expr; readonly port?: Expr; readonly flags: readonly NatFlag[]; readonly family?: "ip"; readonly netmap?: boolean }
  | { readonly kind: "set"; readonly target: Expr; readonly value: Expr }
  | { readonly kind: "notrack" }
  | { readonly kind: "dynset"; readonly op: "add" | "update" | "delete"; readonly set: NftSet; readonly key: Expr; readonly timeoutMs?: number; readonly stateful: readonly StatefulNode[]; readonly data?: Expr };

export class Rule {
  /** Gives conntrack back. */
  release: (() => void) | undefined;
  constructor(
    readonly chain: Chain,
    readonly statements: readonly Statement[],
    readonly comment: string | undefined,
    readonly handle: number,
  ) {}
}

export type Base = { readonly type: "filter" | "nat" | "route"; readonly at: HookName; readonly priority: number; policy: "accept" | "drop" };

export class Chain {
  rules: Rule[] = [];
  comment: string | undefined;
  base: Base | undefined;
  leave: (() => void) | undefined;
  /** Rules and elements that jump here. */
  uses = 0;
  #jump: Verdict | undefined;
  #goto: Verdict | undefined;
  constructor(
    readonly table: Table,
    public name: string,
    readonly handle: number,
  ) {}

  /** One verdict for all who come here in that way. */
  entered(verdict: "jump" | "goto"): Verdict {
    if (verdict === "jump") return (this.#jump ??= { verdict, chain: this });
    return (this.#goto ??= { verdict, chain: this });
  }
}

export class NamedObject {
  /** Rules and elements that mention it. */
  uses = 0;
  constructor(
    readonly kind: ObjectKind,
    readonly name: string,
    readonly handle: number,
    readonly comment: string | undefined,
    readonly stateful: Stateful,
  ) {}
}

export class Table {
  readonly chains = new Map<string, Chain>();
  readonly sets = new Map<string, NftSet>();
  /** By kind and name: a counter and a quota may share one. */
  readonly objects = new Map<string, NamedObject>();
  comment: string | undefined;
  #handles = 0;
  constructor(
    readonly family: string,
    readonly name: string,
    readonly handle: number,
  ) {}

  object(kind: ObjectKind, name: string): NamedObject | undefined {
    return this.objects.get(`${kind} ${name}`);
  }

  /** nf_tables_alloc_handle: chains, sets, rules and objects share one count. */
  nextHandle(): number {
    return ++this.#handles;
  }
}

export const HOOKS: Readonly<Record<string, HookName>> = { prerouting: "PREROUTING", input: "INPUT", forward: "FORWARD", output: "OUTPUT", postrouting: "POSTROUTING" };

/** What the value of an expression is typed as: a concatenation has several. */
export function typesOf(expr: Expr): readonly Datatype[] {
  if (expr.kind === "concat") return expr.parts.flatMap(typesOf);
  if (expr.kind === "map") return expr.set.data && "types" in expr.set.data ? expr.set.data.types : [];
  return [expr.type];
}

/** As error messages call a type. */
export function describeTypes(types: readonly Datatype[]): string {
  return types.length === 1 ? (types[0]?.description ?? "") : `concatenation of (${types.map(({ description }) => description).join(", ")})`;
}
