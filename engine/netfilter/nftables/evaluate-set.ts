/** Declarations and elements of sets and maps: set_evaluate() and setelem_evaluate() of src/evaluate.c, segtree.c's checks. */
import type { ElementNode, Node, ObjectKind, SetNode, StatefulNode, TypeNode, VerdictNode } from "./ast";
import { DATATYPES, type Datatype } from "./datatypes";
import { type Context, evaluateLeft, evaluateRight, evaluateValue, partOf } from "./evaluate";
import { type DataMap, describeTypes, type Expr, type NamedObject, type Table, typesOf, type Verdict } from "./model";
import { Element, type KeyPart, type NftSet, type SetOptions } from "./nft-set";
import { type Loc, NftError } from "./source";
import { bornOf } from "./stateful";

export function setOptions(node: SetNode, context: Context, blockLoc: Loc): SetOptions {
  if (node.autoMerge && !node.flags.includes("interval")) throw new NftError("auto-merge only works with interval sets", blockLoc);
  if (!node.key) throw new NftError("set definition does not specify key", blockLoc);
  const key = typeList(node.key, context, blockLoc);
  if (node.map && node.data === undefined) throw new NftError("map definition does not specify mapping data type", blockLoc);
  const data = typeof node.data === "object" ? typeList(node.data, context, blockLoc) : undefined;
  const { timeoutMs, gcIntervalMs, policy, comment } = node;
  // Of a constant set the kernel is not told, and none is as good as no limit.
  const size = node.flags.includes("constant") ? undefined : node.size || undefined;
  const dataMap = dataOfMap(node.data, data?.types, node.dataInterval);
  return {
    types: key.types,
    ...(key.of && { typeof: key.of }),
    ...(dataMap && { data: dataMap }),
    ...(data?.of && { dataTypeof: data.of }),
    anonymous: false,
    interval: node.flags.includes("interval"),
    flags: node.flags,
    autoMerge: node.autoMerge,
    stateful: node.stateful,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(gcIntervalMs !== undefined && { gcIntervalMs }),
    ...(size !== undefined && { size }),
    ...(policy && { policy }),
    ...(comment !== undefined && { comment }),
  };
}

function dataOfMap(node: SetNode["data"], list: readonly Datatype[] | undefined, interval: boolean | undefined): DataMap | undefined {
  if (list) return { types: list, ...(interval && { interval }) };
  if (node === undefined || typeof node === "object") return undefined;
  return node === "verdict" ? { verdict: true } : { objects: node };
}

function typeList(node: TypeNode, context: Context, blockLoc: Loc): { readonly types: readonly Datatype[]; readonly of?: readonly Expr[] } {
  if ("typeof" in node) {
    const of = node.typeof.map((part) => evaluateLeft(part, context));
    return { types: of.flatMap(typesOf), of };
  }
  return {
    types: node.names.map(({ name, loc }) => {
      const type = DATATYPES.get(name);
      if (name === "integer") throw new NftError('unqualified type integer specified in set definition. Try "typeof expression" instead of "type datatype".', blockLoc);
      if (!type) throw new NftError(`unknown datatype ${name}`, loc);
      return type;
    }),
  };
}

/** What the kernel's complaints about an element are shown at: of a map, all that stands before the colon. */
export const placeOf = ({ key, data, loc }: ElementNode): Loc => (data === undefined ? key.loc : loc);

/** What has two sides belongs into a map. */
export function isMap(set: NftSet, { data }: ElementNode): NftSet {
  if (data !== undefined && !set.data) throw new NftError("set is not a map", undefined, undefined, "netlink: Error");
  return set;
}

/** One element as the set's types read it. */
export function evaluateElement(node: ElementNode, set: NftSet, context: Context): Element {
  const { types, options } = set;
  const mapped = node.data !== undefined && !set.data;
  if (!options.anonymous) isMap(set, node);
  const key = node.key.kind === "any" ? [] : keyParts(node.key, types, set, context);
  if (mapped) throw new NftError("mapping outside of map context", node.key.loc);
  const { verdict, data } = dataOf(node, set, context);
  const element = new Element(key, node.key.kind === "any", verdict, data);
  element.comment = node.comment;
  const timeout = node.timeoutMs ?? options.timeoutMs;
  if (node.timeoutMs !== undefined && !options.flags.includes("timeout") && options.timeoutMs === undefined) throw new NftError("Could not process rule: Invalid argument", placeOf(node));
  if (timeout !== undefined && timeout > 0) {
    element.timeoutMs = timeout;
    element.expiresMs = context.ruleset.netfilter.ns.world.scheduler.nowMs + (node.expiresMs ?? timeout);
  }
  const stateful = statefulOf(node, options);
  if (stateful.length > 0) element.stateful = stateful.map(bornOf);
  if (set.data && "objects" in set.data && node.data) element.object = objectOf(node.data, set.data.objects, set.table, node.key.loc);
  return element;
}

/** What is said of an element must be said of its set, in the same order; what is not said of it is taken from there. */
function statefulOf(node: ElementNode, { stateful, data }: SetOptions): readonly StatefulNode[] {
  const own = node.stateful ?? [];
  if (own.length === 0) return stateful;
  if (stateful.length === 0) throw new NftError(`missing statement in ${data ? "map" : "set"} declaration`, node.statefulLoc);
  return own;
}

function objectOf(node: Node | VerdictNode, kind: ObjectKind, table: Table, loc: Loc): NamedObject {
  const name = "verdict" in node ? node.verdict : node.kind === "symbol" ? node.text : "";
  const found = table.object(kind, name);
  if (!found) throw new NftError("Could not process rule: No such file or directory", loc);
  return found;
}

function keyParts(node: Node, types: readonly Datatype[], set: NftSet, context: Context): KeyPart[] {
  const nodes = node.kind === "concat" ? node.parts : [node];
  if (nodes.length < types.length) throw new NftError(nodes.length === 1 ? `invalid data type, expected ${describeTypes(types)}` : "datatype mismatch", innermost(node));
  if (types.length === 1 && nodes.length > 1) throw noConcatenation(nodes[0] as Node);
  if (nodes.length > types.length) throw new NftError("too many concatenation components", node.loc);
  const parts = nodes.map((part, i) => partOf(evaluateRight(part, types[i] as Datatype, context)));
  const at = parts.findIndex(({ from, to }) => from !== to);
  const ranged = nodes[at];
  const exact = parts.every(({ from, to }) => from === to);
  if (!exact && !set.options.interval) throw new NftError(`You must add 'flags interval' to your ${set.data ? "map" : "set"} declaration if you want to add ${ranged?.kind === "prefix" || ranged?.kind === "wildcard" ? "prefix" : "range"} elements`, partLoc(nodes, at));
  return parts;
}

/** From the third part on, a part is told together with its dot. */
function partLoc(nodes: readonly Node[], at: number): Loc {
  const [before, part] = [nodes[at - 1], nodes[at] as Node];
  return before && at > 1 ? { start: before.loc.end + 1, end: part.loc.end } : part.loc;
}

/** Of a prefix or a range, its first address is looked at first. */
const innermost = (node: Node): Loc => (node.kind === "prefix" ? node.base.loc : node.kind === "range" ? node.from.loc : node.loc);

/** Several parts where one is wanted: the first is read as a part of nothing. */
function noConcatenation(first: Node): NftError {
  if (first.kind === "symbol" && /^\d+$/.test(first.text)) return new NftError(`Value ${first.text} exceeds valid range 0-0`, first.loc);
  return new NftError("Can't parse symbolic invalid expressions", first.loc);
}

function dataOf({ data: node, key }: ElementNode, set: NftSet, context: Context): { readonly verdict: Verdict | undefined; readonly data: readonly KeyPart[] | undefined } {
  if (node === undefined || !set.data) return { verdict: undefined, data: undefined };
  if ("verdict" in set.data) {
    if (!("verdict" in node)) throw new NftError("Can't parse symbolic netfilter verdict expressions", node.loc);
    if (node.chain !== undefined && !set.table.chains.has(node.chain)) throw new NftError("Could not process rule: No such file or directory", key.loc);
    return { verdict: verdictOf(node.chainLoc ? { ...node, chainLoc: key.loc } : node, set.table), data: undefined };
  }
  if ("objects" in set.data) return { verdict: undefined, data: undefined };
  if ("verdict" in node) throw new NftError("Could not process rule: Invalid argument", key.loc);
  const value = evaluateValue(node, set.data.types, context);
  return { verdict: undefined, data: (value.kind === "concat" ? value.parts : [value]).map(partOf) };
}

/** A jump to nowhere is found out only by the kernel. */
export class NoSuchChain extends NftError {}

const PLAIN = { accept: { verdict: "accept" }, drop: { verdict: "drop" }, continue: { verdict: "continue" }, return: { verdict: "return" } } as const;

export function verdictOf(node: VerdictNode, table: Table): Verdict {
  if (node.verdict !== "jump" && node.verdict !== "goto") return PLAIN[node.verdict];
  const chain = table.chains.get(node.chain ?? "");
  if (!chain) throw new NoSuchChain("Could not process rule: No such file or directory", node.chainLoc, undefined, "Error", node.chain);
  if (chain.base) throw new NftError("Could not process rule: Operation not supported", node.chainLoc);
  return chain.entered(node.verdict);
}

/** Does an anonymous set need intervals? */
export function wantsIntervals(node: Node & { readonly kind: "set" }): boolean {
  const ranged = (key: Node): boolean => key.kind === "prefix" || key.kind === "range" || key.kind === "wildcard" || (key.kind === "concat" && key.parts.some(ranged));
  return node.elements.some(({ key }) => ranged(key));
}

/** Overlaps merge where they may (auto-merge, and anonymous sets); elsewhere they are refused. */
export function mergeIntervals(elements: readonly Element[], isAdjacent: boolean): Element[] {
  const sorted = [...elements].sort((a, b) => Number(a.key[0]?.from) - Number(b.key[0]?.from));
  const merged: Element[] = [];
  for (const element of sorted) {
    const before = merged.at(-1);
    const part = element.key[0] as KeyPart;
    const last = before?.key[0];
    if (!before || !last || typeof part.from === "string" || typeof last.to === "string" || part.from > last.to + (isAdjacent ? 1 : 0)) {
      merged.push(element);
      continue;
    }
    const joined = new Element([{ from: last.from, to: Math.max(last.to, Number(part.to)) }], false, before.verdict, before.data);
    joined.comment = before.comment;
    joined.timeoutMs = before.timeoutMs;
    joined.expiresMs = before.expiresMs;
    joined.stateful = before.stateful;
    merged[merged.length - 1] = joined;
  }
  return merged;
}

export function overlap(a: Element, b: Element): boolean {
  return a.key.every((part, i) => {
    const other = b.key[i] as KeyPart;
    return part.from <= other.to && other.from <= part.to;
  });
}
