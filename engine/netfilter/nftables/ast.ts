/** What has been read and not yet understood: expressions without types, statements, commands. */
import type { MonitorFilter } from "./changes";
import type { Loc } from "./source";

export type Node =
  | { readonly kind: "symbol"; readonly text: string; readonly quoted: boolean; readonly loc: Loc }
  | { readonly kind: "wildcard"; readonly text: string; readonly loc: Loc }
  | { readonly kind: "any"; readonly loc: Loc }
  | { readonly kind: "prefix"; readonly base: Node; readonly bits: number; readonly loc: Loc }
  | { readonly kind: "range"; readonly from: Node; readonly to: Node; readonly loc: Loc }
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly loc: Loc }
  | { readonly kind: "binop"; readonly op: BinaryOp; readonly left: Node; readonly right: Node; readonly loc: Loc }
  | { readonly kind: "masked"; readonly value: Node; readonly mask: Node; readonly loc: Loc }
  | { readonly kind: "concat"; readonly parts: readonly Node[]; readonly loc: Loc }
  | { readonly kind: "set"; readonly elements: readonly ElementNode[]; readonly loc: Loc }
  | { readonly kind: "setref"; readonly name: string; readonly loc: Loc }
  | { readonly kind: "map"; readonly key: Node; readonly set: Node; readonly loc: Loc }
  | { readonly kind: "payload"; readonly protocol: string; readonly field: string; readonly loc: Loc }
  | { readonly kind: "meta"; readonly key: string; readonly loc: Loc }
  | { readonly kind: "ct"; readonly key: string; readonly direction?: "original" | "reply"; readonly family?: "ip"; readonly loc: Loc }
  | { readonly kind: "fib"; readonly flags: readonly string[]; readonly flagsLoc: Loc; readonly result: "type" | "oif" | "oifname"; readonly loc: Loc }
  | { readonly kind: "raw"; readonly base: string; readonly offset: number; readonly length: number; readonly loc: Loc }
  | { readonly kind: "tcp option"; readonly name: string; readonly field?: string; readonly loc: Loc }
  | { readonly kind: "rt"; readonly key: string; readonly family?: "ip"; readonly loc: Loc }
  | { readonly kind: "numgen"; readonly mode: "random" | "inc"; readonly modulus: number; readonly offset: number; readonly loc: Loc }
  | { readonly kind: "hash"; readonly hash: "jhash" | "symhash"; readonly of?: Node; readonly modulus: number; readonly seed?: number; readonly offset: number; readonly loc: Loc };

export type BinaryOp = "&" | "|" | "^" | "<<" | ">>";
export type RelationalOp = "implicit" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "!";

export type VerdictNode = { readonly verdict: "accept" | "drop" | "continue" | "return" | "jump" | "goto"; readonly chain?: string; readonly chainLoc?: Loc; readonly loc: Loc };
export type LimitSpec = { readonly rate: number; readonly unit: LimitUnit; readonly over: boolean; readonly burst: number; readonly bytes?: boolean };
export type LimitUnit = "second" | "minute" | "hour" | "day" | "week";

export type QuotaSpec = { readonly bytes: number; readonly over: boolean };

/** What counts or measures: a rule's own, or that of each element of a set (stateful_stmt). */
export type StatefulNode =
  | { readonly kind: "counter"; readonly packets: number; readonly bytes: number }
  | { readonly kind: "limit"; readonly limit: LimitSpec }
  | { readonly kind: "quota"; readonly quota: QuotaSpec; readonly used: number }
  | { readonly kind: "ct count"; readonly count: number; readonly over: boolean };

export type ElementNode = {
  readonly key: Node;
  readonly timeoutMs?: number;
  readonly expiresMs?: number;
  readonly comment?: string;
  readonly stateful?: readonly StatefulNode[];
  readonly statefulLoc?: Loc;
  readonly data?: Node | VerdictNode;
  readonly loc: Loc;
};

export type StatementNode = { readonly loc: Loc } & (
  | { readonly kind: "match"; readonly left: Node; readonly op: RelationalOp; readonly opLoc: Loc; readonly right: Node }
  | { readonly kind: "verdict"; readonly verdict: VerdictNode }
  | { readonly kind: "vmap"; readonly key: Node; readonly set: Node }
  | StatefulNode
  | { readonly kind: "flow offload"; readonly name: string }
  | { readonly kind: "object"; readonly object: ObjectKind; readonly name: string; readonly nameLoc: Loc }
  | { readonly kind: "object map"; readonly object: ObjectKind; readonly key: Node; readonly set: Node }
  | { readonly kind: "log"; readonly prefix?: string; readonly level?: number; readonly flags: number; readonly group?: number; readonly snaplen?: number; readonly threshold?: number }
  | { readonly kind: "reject"; readonly family: "default" | "icmp" | "icmpx" | "tcp"; readonly code?: Node; readonly word?: Loc }
  | { readonly kind: "nat"; readonly type: "snat" | "dnat" | "masquerade" | "redirect"; readonly word: Loc; readonly both: boolean; /** `dnat ip to`. */ readonly family?: "ip"; /** `dnat prefix to`: host by host. */ readonly netmap?: boolean; readonly address?: Node; readonly port?: Node; readonly flags: readonly NatFlag[] }
  | { readonly kind: "set"; readonly target: Node; readonly value: Node }
  | { readonly kind: "notrack" }
  | { readonly kind: "dynset"; readonly op: "add" | "update" | "delete"; readonly set: string; readonly setLoc: Loc; readonly key: Node; readonly timeoutMs?: number; readonly stateful: readonly StatefulNode[]; readonly data?: Node; readonly elementLoc: Loc; /** `meter NAME`: the set is made by it. */ readonly meter?: { readonly size: number } }
);
export type NatFlag = "random" | "fully-random" | "persistent";

export type RuleNode = { readonly statements: readonly StatementNode[]; readonly comment?: string; readonly loc: Loc };

/** What a set says of itself besides its types: libnftables' set_block and map_block alike. */
export type SetTraits = {
  readonly flags: readonly string[];
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  readonly size?: number;
  readonly policy?: "performance" | "memory";
  readonly autoMerge: boolean;
  readonly stateful: readonly StatefulNode[];
  readonly comment?: string;
};

export type SetNode = SetTraits & {
  readonly map: boolean;
  readonly key?: TypeNode;
  readonly data?: TypeNode | "verdict" | ObjectKind;
  /** `: interval ipv4_addr`. */
  readonly dataInterval?: boolean;
  readonly elements?: Node & { readonly kind: "set" };
};
export type TypeNode = { readonly names: readonly { readonly name: string; readonly loc: Loc }[] } | { readonly typeof: readonly Node[] };

export type HookNode = { readonly type: string; readonly typeLoc: Loc; readonly hook: string; readonly hookLoc: Loc; readonly priority: PriorityNode; readonly policy?: "accept" | "drop"; readonly loc: Loc };
export type PriorityNode = { readonly name?: string; readonly offset: number; readonly loc: Loc };

export type ChainNode = { readonly base?: HookNode; readonly policy?: "accept" | "drop"; readonly policyLoc?: Loc; readonly comment?: string; readonly rules: readonly RuleNode[] };
/** Named objects: what has a name and counts or measures for all rules that mention it. */
export type ObjectKind = "counter" | "limit" | "quota";
export type ObjectNode = { readonly state: StatefulNode; readonly comment?: string };

/** What a command is about, by name. */
export type Handle = {
  readonly family: string;
  readonly table?: string;
  readonly tableLoc?: Loc;
  readonly name?: string;
  readonly nameLoc?: Loc;
  /** The braces of a set that a command declares. */
  readonly blockLoc?: Loc;
  /** `handle 5`. */
  readonly id?: number;
  readonly idLoc?: Loc;
  readonly index?: number;
  /** `position 5` of the old form. */
  readonly position?: number;
  readonly positionLoc?: Loc;
};

export type TableNode = { readonly comment?: string; readonly flags: readonly string[]; readonly items: readonly BlockItem[] };
export type BlockItem =
  | { readonly kind: "chain"; readonly handle: Handle; readonly chain: ChainNode; readonly loc: Loc }
  | { readonly kind: "set"; readonly handle: Handle; readonly set: SetNode; readonly loc: Loc }
  | { readonly kind: ObjectKind; readonly handle: Handle; readonly node: ObjectNode; readonly loc: Loc };

export type CommandNode = { readonly loc: Loc; readonly handle: Handle } & (
  | { readonly op: "add" | "create"; readonly object: "table"; readonly table: TableNode }
  | { readonly op: "add" | "create"; readonly object: "chain"; readonly chain: ChainNode }
  | { readonly op: "add" | "create"; readonly object: "set"; readonly set: SetNode }
  | { readonly op: "add" | "create"; readonly object: ObjectKind; readonly node: ObjectNode }
  | { readonly op: "add" | "create"; readonly object: "element"; readonly elements: Node & { readonly kind: "set" } }
  | { readonly op: "delete"; readonly object: "element"; readonly elements: Node & { readonly kind: "set" } }
  | { readonly op: "get"; readonly object: "element"; readonly elements: Node & { readonly kind: "set" } }
  | { readonly op: "add"; readonly object: "rule"; readonly rule: RuleNode }
  | { readonly op: "insert" | "replace"; readonly object: "rule"; readonly rule: RuleNode }
  | { readonly op: "delete"; readonly object: "table" | "chain" | "set" | "map" | ObjectKind | "rule" }
  | { readonly op: "flush"; readonly object: "ruleset" | "table" | "chain" | "set" | "map" }
  | { readonly op: "list" | "reset"; readonly object: ListObject }
  | { readonly op: "rename"; readonly object: "chain"; readonly to: string; readonly toLoc: Loc }
  | { readonly op: "monitor"; readonly object: "monitor"; readonly filter: MonitorFilter }
);
export type ListObject = "ruleset" | "table" | "tables" | "chain" | "chains" | "set" | "sets" | "map" | "maps" | "counter" | "counters" | "limit" | "limits" | "quota" | "meter" | "meters" | "flowtables" | "quotas" | "secmarks" | "synproxys" | "rules" | "rule" | "hooks";
