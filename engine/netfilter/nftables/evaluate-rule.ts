/**
 * Statements of a rule get their types and what they silently need: `tcp dport` asks for TCP
 * first (payload_gen_dependency), and swallows a match that has just asked for it
 * (payload_dependency_kill), so that a listing says it once.
 */
import type { Node, ObjectKind, RuleNode, StatementNode } from "./ast";
import * as types from "./datatypes";
import type { Datatype } from "./datatypes";
import { checkKey, type Context, evaluateLeft, evaluateRight, evaluateValue, namedSet, numberOf, valueOf } from "./evaluate";
import { evaluateDynset } from "./evaluate-dynset";
import { evaluateElement, mergeIntervals, NoSuchChain, verdictOf, wantsIntervals } from "./evaluate-set";
import { FIELDS, PAYLOADS, TRANSPORTS } from "./fields";
import { mergePayloads } from "./merge-payload";
import { type Chain, describeTypes, type Expr, type MatchOp, type Statement, typesOf } from "./model";
import { Element, NftSet } from "./nft-set";
import type { Ruleset } from "./ruleset";
import { type Loc, NftError, notModelled } from "./source";
import { bornOf } from "./stateful";

export function makeContext(ruleset: Ruleset, table: Context["table"], into: Statement[], madeSet: (set: NftSet, loc: Loc) => void): Context {
  const { netfilter } = ruleset;
  const context: Context = {
    ruleset,
    table,
    transport: undefined,
    transportLoc: undefined,
    network: table.family === "ip",
    ether: false,
    icmp: undefined,
    left: undefined,
    exact: false,
    named: undefined,
    namedFamily: undefined,
    transportMatched: false,
    need: (protocol, loc, field) => {
      needProtocol(context, into, protocol, loc);
      if (protocol === "icmp" && field !== undefined) needIcmpType(context, into, field, loc);
    },
    resolveHost: netfilter.resolveHost,
    deviceName: (index) => netfilter.ns.devices.byIndex(index)?.name,
    hasDevice: (name) => netfilter.ns.devices.byName(name) !== undefined,
    anonymousSet: (node, key, data) => {
      const set = anonymousSet(context, node, key, data);
      madeSet(set, node.loc);
      return { kind: "map", key, set };
    },
  };
  return context;
}

/** The match that `tcp dport` silently begins with. */
const ASKS_FOR: Readonly<Record<string, Statement>> = Object.fromEntries(
  Object.entries(TRANSPORTS).map(([protocol, value]): [string, Statement] => [protocol, { kind: "match", left: { kind: "meta", key: "l4proto", type: types.inetProto }, op: "==", right: { kind: "value", value, type: types.inetProto }, hidden: true }]),
);

function needProtocol(context: Context, into: Statement[], protocol: string, loc: Loc): void {
  if (protocol === "ip") context.network = true;
  if (protocol === "ip" || protocol === "icmp" || (context.table.family === "ip" && protocol !== "ether")) hideFamily(context, into);
  if (protocol === "ip" || protocol === "th") return;
  if (protocol === "ether") return needEther(context, into);
  if (protocol === "igmp" && !context.network) {
    const type = types.nfProto;
    into.push({ kind: "match", left: { kind: "meta", key: "nfproto", type }, op: "==", right: { kind: "value", value: NFPROTO_IPV4, type } });
    context.network = true;
  }
  const number = TRANSPORTS[protocol];
  if (number === undefined) return;
  const { transport } = context;
  if (transport !== undefined && transport !== protocol) throw new NftError(`conflicting protocols specified: ${transport} vs. ${protocol}`, loc);
  if (transport === undefined) {
    into.push(ASKS_FOR[protocol] as Statement);
    context.transport = protocol;
    context.transportLoc = loc;
    context.exact = true;
    context.transportMatched = true;
    if (protocol === "icmp") context.network = true;
    return;
  }
  hideNamed(context, into);
}

/** What named the protocol is told by what follows it. */
function hideNamed(context: Context, into: Statement[]): void {
  const { named } = context;
  if (named === undefined) return;
  const match = into[named];
  if (match?.kind === "match") into[named] = { ...match, hidden: true };
  context.named = undefined;
}

/** What named the family, too. */
function hideFamily(context: Context, into: Statement[]): void {
  const match = context.namedFamily === undefined ? undefined : into[context.namedFamily];
  if (context.namedFamily !== undefined && match?.kind === "match") into[context.namedFamily] = { ...match, hidden: true };
  context.namedFamily = undefined;
}

const ECHO = 8;
const ECHO_REPLY = 0;
/** Of which types of message a field of ICMP speaks (icmp_dep_to_type). */
const ICMP_NEEDS: Readonly<Record<string, number>> = { id: ECHO, sequence: ECHO, mtu: 3, gateway: 5 };

/** The type that such a field needs is asked for first, unless the rule has named it (payload_gen_icmp_dependency). */
function needIcmpType(context: Context, into: Statement[], field: string, loc: Loc): void {
  const needed = ICMP_NEEDS[field];
  if (needed === undefined) return;
  const { icmp } = context;
  if (icmp === undefined) {
    const left = PAYLOADS.icmp?.type as Expr;
    context.icmp = { type: needed, at: into.length };
    if (needed !== ECHO) into.push({ kind: "match", left, op: "==", right: { kind: "value", value: needed, type: types.icmpType }, hidden: true });
    else into.push({ kind: "lookup", left, not: false, set: echoTypes(context) });
    return;
  }
  if (icmp.type !== needed && !(needed === ECHO && icmp.type === ECHO_REPLY)) throw new NftError(`incompatible icmp match: rule has ${icmp.type}, need ${needed}`, loc);
  const match = icmp.at === undefined ? undefined : into[icmp.at];
  // A listing says it by the field alone.
  if (needed !== ECHO && match?.kind === "match" && icmp.at !== undefined) into[icmp.at] = { ...match, hidden: true };
}

function echoTypes({ table }: Context): NftSet {
  const set = new NftSet(table, "", table.nextHandle(), { types: [types.icmpType], anonymous: true, interval: false, flags: [], autoMerge: false, stateful: [] });
  for (const value of [ECHO_REPLY, ECHO]) set.put(new Element([{ from: value, to: value }], false, undefined, undefined));
  return set;
}

/** Addresses of a frame are asked for only where there are frames of Ethernet. */
function needEther(context: Context, into: Statement[]): void {
  if (context.ether) return;
  context.ether = true;
  const type = types.ifaceType;
  into.push({ kind: "match", left: { kind: "meta", key: "iiftype", type }, op: "==", right: { kind: "value", value: 1, type }, hidden: true });
}

export function evaluateRule(node: RuleNode, chain: Chain, ruleset: Ruleset, madeSet: (set: NftSet, loc: Loc) => void): Statement[] {
  const into: Statement[] = [];
  const context = makeContext(ruleset, chain.table, into, madeSet);
  let terminal: Loc | undefined;
  for (const statement of node.statements) {
    if (terminal) throw new NftError("Statement after terminal statement has no effect", headOf(statement), terminal);
    evaluateStatement(statement, context, into);
    if (isTerminal(statement)) terminal = headOf(statement);
    // What stands between keeps the match that named the protocol in the listing.
    if (statement.kind !== "match" && statement.kind !== "vmap") context.named = context.namedFamily = undefined;
  }
  return mergePayloads(into);
}

/** A translation or a refusal is underlined by its first word alone. */
function headOf(statement: StatementNode): Loc {
  if (statement.kind === "nat") return statement.word;
  if (statement.kind === "reject") return statement.word ?? statement.loc;
  return statement.kind === "verdict" && statement.verdict.chainLoc ? statement.verdict.loc : statement.loc;
}

function isTerminal(statement: StatementNode): boolean {
  if (statement.kind === "verdict") return statement.verdict.verdict !== "continue";
  return statement.kind === "reject" || statement.kind === "nat";
}

function evaluateStatement(node: StatementNode, context: Context, into: Statement[]): void {
  switch (node.kind) {
    case "match":
      return evaluateMatch(node, context, into);
    case "verdict":
      into.push({ kind: "verdict", verdict: verdictOf(node.verdict, context.table) });
      return;
    case "vmap":
      into.push(evaluateVmap(node, context));
      return;
    case "limit":
      if (node.limit.rate === 0) throw new NftError("Could not process rule: Invalid argument", node.loc);
      into.push(bornOf(node));
      return;
    case "counter":
    case "quota":
    case "ct count":
      into.push(bornOf(node));
      return;
    case "object": {
      const object = context.table.object(node.object, node.name);
      if (!object) throw new NoSuchChain("Could not process rule: No such file or directory", node.nameLoc, undefined, "Error", node.name);
      into.push({ kind: "object", object });
      return;
    }
    case "flow offload":
      throw new NoSuchChain("Could not process rule: No such file or directory", node.loc, undefined, "Error", node.name);
    case "object map":
      into.push(evaluateObjectMap(node, context));
      return;
    case "log": {
      const { loc, ...log } = node;
      const word = { start: loc.start, end: loc.start + "log".length };
      // Both are sent to a group, the first if none is named.
      const group = node.group ?? node.snaplen ?? node.threshold;
      if (group !== undefined && node.level !== undefined) throw new NftError("level and group are mutually exclusive", word);
      if (group !== undefined && node.flags !== 0) throw new NftError("flags and group are mutually exclusive", word);
      into.push(log);
      return;
    }
    case "reject":
      return evaluateReject(node, context, into);
    case "nat":
      into.push(evaluateNat(node, context));
      return;
    case "set":
      into.push(evaluateSet(node, context));
      return;
    case "notrack":
      into.push({ kind: "notrack" });
      return;
    case "dynset":
      into.push(evaluateDynset(node, context));
  }
}

const OPPOSITE_OPS: Readonly<Record<string, MatchOp>> = { implicit: "==", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=" };

function evaluateMatch(node: StatementNode & { readonly kind: "match" }, context: Context, into: Statement[]): void {
  context.left = node.left.loc;
  const left = asPresence(evaluateLeft(node.left, context), node.right, node.left.loc);
  if (left.kind === "meta" && left.key === "nfproto" && context.table.family !== "inet") throw new NftError("meta nfproto is only useful in the inet family", node.left.loc);
  const { right, op, opLoc } = node;
  const not = op === "!=";
  if (right.kind === "setref") {
    const set = namedSet(right.name, right.loc, context);
    checkKey(left, node.left.loc, set.types, right.loc, "set");
    into.push({ kind: "lookup", left, not, set });
    return;
  }
  if (right.kind === "set") return relatedTo(node.left.loc, () => evaluateLookup(left, op, right, context, into));
  if (left.kind === "concat") {
    if (right.kind !== "concat") throw new NftError(`invalid data type, expected ${describeTypes(typesOf(left))}`, right.loc);
    throw new NftError("Use concatenations with sets and maps, not singleton values", node.left.loc, right.loc);
  }
  if (left.kind === "tcp option" && context.transport === "tcp") hideNamed(context, into);
  const [type] = typesOf(left) as [Datatype];
  if (left.kind === "shift" && right.kind === "symbol") throw new NftError(`datatype mismatch, expected ${type.description}, expression has type integer`, right.loc, node.left.loc);
  if (left.kind === "meta" && left.key === "nftrace") throw new NftError("Could not process rule: Operation not supported", node.left.loc);
  if (op === "!" && type.base !== "bitmask") throw new NftError("negation can only be used with singleton bitmask values", node.left.loc, right.loc);
  if (right.kind === "range" && "<>".includes(op.charAt(0))) throw new NftError(`Relational expression (${op}) is undefined for range expressions`, right.loc, opLoc);
  into.push(...compare(left, op, right, type, context));
  const made = into.at(-1);
  if (made?.kind === "match" && made.op === "==") noteTransport(context, left, made.right, into.length - 1, node.loc);
}

/** fib … oif exists: asked whether there is a route, not by which device. */
function asPresence(left: Expr, right: Node, loc: Loc): Expr {
  if (left.kind !== "fib" || left.result === "type" || right.kind !== "symbol" || (right.text !== "exists" && right.text !== "missing")) return left;
  if (left.result === "oifname") throw new NftError("Could not process rule: Invalid argument", loc);
  return { ...left, present: true, type: types.boolean };
}

/** Comparisons with flags have forms of their own; the rest is equality and order. */
function compare(left: Expr, op: string, right: Node, type: Datatype, context: Context): Statement[] {
  if (right.kind === "masked") return [{ kind: "masked", left, not: op === "!=", value: numberOf(right.value, type, context), mask: numberOf(right.mask, type, context) }];
  if (type.base === "bitmask") {
    if (left.kind === "bitwise" && left.xor === 0) {
      const value = numberOf(right, type, context);
      if (value === 0 && op !== "implicit") return [{ kind: "flags", left: left.of, any: op === "!=", value: left.mask }];
      if (value === left.mask && op !== "!=" && (value & (value - 1)) === 0) return [{ kind: "match", left, op: "==", right: { kind: "value", value, type } }];
      return [{ kind: "masked", left: left.of, not: op === "!=", value, mask: left.mask }];
    }
    if (op === "implicit" || op === "!") return [{ kind: "flags", left, any: op === "implicit", value: numberOf(right, type, context) }];
  }
  if (type === types.hour && right.kind === "range") return [hoursOf(left, op, right, context)];
  const expr = evaluateRight(right, type, context);
  if (left.kind === "bitwise" && left.last === "^" && expr.kind === "value" && (op === "==" || op === "!=" || op === "implicit")) return [withoutXor(left, op === "!=" ? "!=" : "==", Number(expr.value), type)];
  // A contiguous mask over an address is a prefix.
  if (left.kind === "bitwise" && left.xor === 0 && type === types.ipv4Addr && expr.kind === "value" && (op === "==" || op === "!=" || op === "implicit")) {
    const bits = Math.clz32(~left.mask);
    if (left.mask !== 0 && types.maskFor(bits, 32) === left.mask) return [{ kind: "match", left: left.of, op: op === "!=" ? "!=" : "==", right: { kind: "prefix", value: Number(expr.value), bits, type } }];
  }
  return [{ kind: "match", left, op: OPPOSITE_OPS[op] ?? "==", right: expr }];
}

/** Over midnight: all but the hours between. */
function hoursOf(left: Expr, op: string, right: Node & { readonly kind: "range" }, context: Context): Statement {
  const type = types.hour;
  const [from, to] = [numberOf(right.from, type, context), numberOf(right.to, type, context)];
  const not = (op === "!=") !== from > to;
  return { kind: "match", left, op: not ? "!=" : "==", right: { kind: "range", from: Math.min(from, to), to: Math.max(from, to), type } };
}

/** What is xored with a constant is compared with the other side so xored (binop_transfer). */
function withoutXor(left: Expr & { readonly kind: "bitwise" }, op: MatchOp, value: number, type: Datatype): Statement {
  const whole = left.mask === (type.bits >= 32 ? 0xffff_ffff : 2 ** type.bits - 1);
  const bare: Expr = whole ? left.of : { ...left, xor: 0 };
  return { kind: "match", left: bare, op, right: { kind: "value", value: (value ^ left.xor) >>> 0, type } };
}

const NFPROTO_IPV4 = 2;
const ETH_P_IP = 0x0800;

/** ip protocol tcp, meta l4proto tcp: the rule knows its transport from here on. */
/** In a table of IPv4 the frame's protocol goes without saying once something follows, whatever it was. */
function namesFamily(left: Expr, right: Expr, { table }: Context): boolean {
  if (right.kind !== "value") return false;
  if (left.kind === "meta" && left.key === "nfproto") return right.value === NFPROTO_IPV4;
  if (left.kind === "payload" && left.protocol === "ether" && left.field === "type") return right.value === ETH_P_IP;
  return left.kind === "meta" && left.key === "protocol" && table.family === "ip";
}

function noteTransport(context: Context, left: Expr, right: Expr, at: number, loc: Loc): void {
  if (left.kind === "payload" && left.protocol === "icmp" && left.field === "type" && right.kind === "value") context.icmp = { type: Number(right.value), at };
  if (left.kind === "payload" && left.protocol === "ether" && left.field === "type" && right.kind === "value" && right.value === ETH_P_IP) context.network = true;
  if (left.kind === "meta" && left.key === "nfproto" && right.kind === "value" && right.value === NFPROTO_IPV4) context.network = true;
  if (namesFamily(left, right, context)) context.namedFamily = at;
  const names = (left.kind === "payload" && left.protocol === "ip" && left.field === "protocol") || (left.kind === "meta" && left.key === "l4proto") || (left.kind === "ct" && left.key === "protocol" && context.table.family === "ip");
  if (!names || right.kind !== "value") return;
  context.transportMatched = true;
  const found = Object.entries(TRANSPORTS).find(([, number]) => number === right.value);
  if (!found) return;
  [context.transport] = found;
  context.transportLoc = loc;
  context.exact = true;
  if (left.kind === "ct") {
    context.transport = undefined;
    return;
  }
  // In inet a match on ip protocol says more than the transport: that this is IPv4.
  if (left.kind === "payload" && context.table.family === "inet") return;
  context.named = at;
}

/** What is wrong with the size of an element is said of the left side too. */
function relatedTo(left: Loc, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof NftError && error.message === "too many concatenation components") throw new NftError(error.message, error.loc, left);
    throw error;
  }
}

function evaluateLookup(left: Expr, op: string, node: Node & { readonly kind: "set" }, context: Context, into: Statement[]): void {
  const not = op === "!=";
  const [single] = node.elements;
  // A set of one thing is that thing.
  const alone = node.elements.length === 1 && single && single.key.kind !== "any" && !single.data && left.kind !== "concat";
  if (alone) {
    const [type] = typesOf(left) as [Datatype];
    into.push(...compare(left, not ? "!=" : "implicit", single.key, type, context));
    const made = into.at(-1);
    if (made?.kind === "match" && made.op === "==") noteTransport(context, left, made.right, into.length - 1, node.loc);
    return;
  }
  const { set } = context.anonymousSet(node, left, "none");
  const elements = [...set.elements.values()];
  into.push({ kind: "lookup", left, not, set });
  const last = elements.at(-1)?.key[0]?.from;
  if (left.kind === "payload" && left.protocol === "icmp" && left.field === "type" && !not && last !== undefined) context.icmp = { type: Number(last), at: undefined };
  if ((left.kind === "meta" && left.key === "l4proto") || (left.kind === "payload" && left.field === "protocol")) {
    context.transportMatched = true;
    const found = Object.entries(TRANSPORTS).find(([, number]) => number === last);
    if (found) context.transport ??= found[0];
  }
}

function anonymousSet(context: Context, node: Node & { readonly kind: "set" }, key: Expr, data: "none" | "verdict" | ObjectKind | readonly Datatype[]): NftSet {
  const interval = wantsIntervals(node);
  const set = new NftSet(context.table, "", context.table.nextHandle(), {
    types: typesOf(key),
    ...(data !== "none" && { data: data === "verdict" ? { verdict: true as const } : typeof data === "string" ? { objects: data } : { types: data } }),
    anonymous: true,
    interval,
    flags: [],
    autoMerge: false,
    stateful: [],
  });
  let elements = node.elements.map((element) => evaluateElement(element, set, context));
  if (interval && set.types.length === 1) {
    if (data === "none") elements = mergeIntervals(elements, true);
    else refuseConflicts(elements, node);
  }
  for (const element of elements) set.put(element);
  return set;
}

function refuseConflicts(elements: ReturnType<typeof mergeIntervals>, node: Node & { readonly kind: "set" }): void {
  const inOrder = elements.map((element, i) => ({ part: element.key[0], loc: node.elements[i]?.key.loc })).sort((a, b) => (Number(a.part?.from) - Number(b.part?.from)) || 0);
  inOrder.forEach(({ part, loc }, i) => {
    const before = inOrder[i - 1];
    if (part && before?.part && part.from <= before.part.to) throw new NftError("conflicting intervals specified", loc, before.loc);
  });
}

function evaluateVmap(node: StatementNode & { readonly kind: "vmap" }, context: Context): Statement {
  const key = evaluateLeft(node.key, context);
  if (node.set.kind === "set") return { kind: "vmap", key, set: context.anonymousSet(node.set, key, "verdict").set };
  if (node.set.kind !== "setref") return notModelled("vmap of an expression");
  const set = namedSet(node.set.name, node.set.loc, context);
  if (!set.data) throw new NftError("Expression is not a map", node.set.loc);
  checkKey(key, node.key.loc, set.types, node.set.loc, "map");
  if (!("verdict" in set.data)) throw new NftError(`datatype mismatch: expected netfilter verdict, expression has type ${"types" in set.data ? describeTypes(set.data.types) : "string"}`, node.loc);
  return { kind: "vmap", key, set };
}

/** Which counter, limit or quota is looked up by the packet. */
function evaluateObjectMap(node: StatementNode & { readonly kind: "object map" }, context: Context): Statement {
  const key = evaluateLeft(node.key, context);
  if (node.set.kind === "set") return { kind: "object map", object: node.object, key, set: context.anonymousSet(node.set, key, node.object).set };
  if (node.set.kind !== "setref") return notModelled("a map of an expression");
  const set = namedSet(node.set.name, node.set.loc, context);
  if (!set.data || !("objects" in set.data)) throw new NftError("Expression is not a map with objects", node.set.loc);
  checkKey(key, node.key.loc, set.types, node.set.loc, "map");
  return { kind: "object map", object: node.object, key, set };
}

function evaluateReject(node: StatementNode & { readonly kind: "reject" }, context: Context, into: Statement[]): void {
  if (node.family === "tcp") {
    if (context.transport !== undefined && context.transport !== "tcp") throw new NftError("you cannot use tcp reset with this protocol", node.word ?? node.loc, context.transportLoc);
    if (context.table.family === "ip") hideNamed(context, into);
    if (context.transport === undefined) {
      context.need("tcp", node.loc);
      const made = into.at(-1);
      if (context.table.family === "inet" && made?.kind === "match") into[into.length - 1] = { ...made, hidden: false };
    }
    into.push({ kind: "reject", family: "tcp", code: 0, default: false });
    return;
  }
  if (node.family === "icmpx") {
    if (context.table.family !== "inet") throw new NftError("abstracted ICMP unreachable not supported", node.code?.loc, node.word);
    const type = { ...types.icmpCode, parse: (text: string) => ICMPX.get(text), description: "icmpx code", unknown: () => "Could not parse icmpx code" };
    const code = Number(valueOf(node.code as Node & { kind: "symbol" }, type, context));
    into.push({ kind: "reject", family: "icmpx", code, default: code === 1 });
    return;
  }
  if (node.family === "default" && !context.network) {
    into.push({ kind: "reject", family: "icmpx", code: 1, default: true });
    return;
  }
  const code = node.code ? Number(valueOf(node.code as Node & { kind: "symbol" }, types.icmpCode, context)) : 3;
  hideFamily(context, into);
  into.push({ kind: "reject", family: "icmp", code, default: code === 3 && context.table.family === "ip" });
}
const ICMPX: ReadonlyMap<string, number> = new Map(types.ICMPX_CODES.map(([name, value]) => [name, value]));

function evaluateNat(node: StatementNode & { readonly kind: "nat" }, context: Context): Statement {
  const { address, port } = node;
  if (address && !context.network && node.family === undefined) throw new NftError("ip or ip6 must be specified with address for inet tables.", node.word);
  if (address?.kind === "concat" && address.parts.length === 2 && address.parts.every(({ kind }) => kind === "symbol")) {
    const [host, service] = address.parts as [Node, Node];
    return evaluateNat({ ...node, both: false, address: host, port: service }, context);
  }
  if (node.both && address?.kind === "symbol") throw new NftError(`invalid data type, expected ${describeTypes([types.ipv4Addr, types.inetService])}`, address.loc);
  const at = address && evaluateValue(address, node.both ? [types.ipv4Addr, types.inetService] : [types.ipv4Addr, types.inetService], context);
  const concatenated = at?.kind === "map" && typesOf(at).length === 2;
  if (concatenated && address && !context.transportMatched && !asksForPort(at)) throw new NftError("transport protocol mapping is only valid after transport protocol match", address.loc, node.word);
  if (port && !context.transportMatched) throw new NftError("transport protocol mapping is only valid after transport protocol match", port.loc, node.word);
  const to = port && evaluateValue(port, [types.inetService], context);
  if (address?.kind === "map" && address.set.kind === "set" && at?.kind === "map") refuseMixed(address.set, at.set);
  const ranged = at?.kind === "map" && !concatenated && at.set.options.anonymous && [...at.set.elements.values()].some(({ data }) => data?.some(({ from, to }) => from !== to));
  return { kind: "nat", type: node.type, ...(node.netmap && { netmap: true }), both: concatenated || ranged, ...(at && { address: at }), ...(to && { port: to }), flags: node.flags, ...(context.table.family === "inet" && address && { family: "ip" as const }) };
}

/** Ranges and single addresses do not mix in one map: they are kept differently. */
function refuseMixed(node: Node & { readonly kind: "set" }, set: NftSet): void {
  const single = [...set.elements.values()].map(({ data }) => data?.every(({ from, to }) => from === to) === true);
  if (single.every((is) => is === single[0])) return;
  throw new NftError("Could not process rule: Invalid argument", node.elements[single.indexOf(true)]?.key.loc);
}

/** The map's key has a port in it, so there is a transport. */
function asksForPort(expr: Expr): boolean {
  if (expr.kind === "map") return asksForPort(expr.key);
  if (expr.kind === "concat") return expr.parts.some(asksForPort);
  return expr.kind === "payload" && FIELDS[expr.protocol] !== undefined && expr.protocol !== "ip";
}

function evaluateSet(node: StatementNode & { readonly kind: "set" }, context: Context): Statement {
  const target = evaluateLeft(node.target, context);
  if (target.kind === "meta" && !["mark", "nftrace", "pkttype"].includes(target.key)) throw new NftError("Could not process rule: Operation not supported", node.loc);
  if (target.kind === "tcp option" && target.field !== "size") notModelled(`tcp option ${target.name} set`);
  if (target.kind === "ct" && target.key !== "mark") notModelled(`ct ${target.key} set`);
  if (target.kind === "payload" && !target.def.set) notModelled(`${target.protocol} ${target.field} set`);
  const value = evaluateValue(node.value, typesOf(target), context);
  checkAssigned(target, value, node);
  return { kind: "set", target, value };
}

/** What is assigned is of the target's type, or a number as wide. */
function checkAssigned(target: Expr, value: Expr, { loc, value: { loc: at }, target: { loc: to } }: StatementNode & { readonly kind: "set" }): void {
  const [want] = typesOf(target);
  const [have] = typesOf(value);
  if (!want || !have || value.kind === "value") return;
  if (value.kind === "payload" && have.bits < 16 && have === want) throw new NftError(`Left shift of ${have.bits} bits is undefined for type of ${have.bits} bits width`, to, at);
  if (have.name === want.name || (have.name === "integer" && have.bits === want.bits) || ["rt", "numgen", "hash"].includes(value.kind)) return;
  throw new NftError(`datatype mismatch: expected ${want.description}, expression has type ${have.description}${have.name === "integer" ? ` with length ${have.bits}` : ""}`, at, loc);
}
