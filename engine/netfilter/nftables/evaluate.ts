/**
 * Expressions get their types: src/evaluate.c. A word means what the other side of its comparison
 * says it means; what cannot be is refused in nft's own words, with the place underlined.
 */
import type { Ip } from "../../wire/ip";
import type { Node, ObjectKind } from "./ast";
import * as types from "./datatypes";
import type { Datatype, Value } from "./datatypes";
import { CT, FIELDS, METAS, PAYLOADS, TRANSPORTS } from "./fields";
import { describeTypes, type Expr, type Table, typesOf } from "./model";
import { nearest } from "./misspell";
import type { KeyPart, NftSet } from "./nft-set";
import { type Loc, NftError, notModelled } from "./source";
import { namedField, type RawBase } from "./raw-payload";
import type { Ruleset } from "./ruleset";
import { TCP_OPTIONS } from "./tcp-option";

/** Which protocols the rule has already asked for, and what it said so with. */
export type Context = {
  readonly ruleset: Ruleset;
  readonly table: Table;
  /** Named by a match on ip protocol or meta l4proto, or by a field of it. */
  transport: string | undefined;
  /** The match that named it, in `statements`: not listed once a field of that protocol follows. */
  named: number | undefined;
  /** The same of the family: `meta nfproto ipv4`, before something of IPv4. */
  namedFamily: number | undefined;
  /** What named it. */
  transportLoc: Loc | undefined;
  /** It is that one and no other. */
  exact: boolean;
  /** Several transports are possible: ports are sure to be there all the same. */
  transportMatched: boolean;
  /** IPv4 for sure: said by a match on a field of it, or by the table itself. */
  network: boolean;
  /** Asked for Ethernet already. */
  ether: boolean;
  /** Asked for before the statement at hand: protocol that a field needs. */
  readonly need: (protocol: string, loc: Loc, field?: string) => void;
  /** The type of ICMP message that was asked for, and in which statement. */
  icmp: { readonly type: number; readonly at: number | undefined } | undefined;
  /** The left side of the comparison at hand. */
  left: Loc | undefined;
  readonly resolveHost: (name: string) => readonly Ip[];
  readonly hasDevice: (name: string) => boolean;
  readonly deviceName: (index: number) => string | undefined;
  readonly anonymousSet: (node: Node & { readonly kind: "set" }, key: Expr, data: "none" | "verdict" | ObjectKind | readonly Datatype[]) => Expr & { readonly kind: "map" };
};

function fail(message: string, loc: Loc, related?: Loc): never {
  throw new NftError(message, loc, related);
}

/** The left side: what a packet is asked for. */
export function evaluateLeft(node: Node, context: Context): Expr {
  switch (node.kind) {
    case "payload":
      return payload(node, context);
    case "meta":
      return METAS[node.key] ?? notModelled(`meta ${node.key}`);
    case "ct":
      return conntrack(node, context);
    case "fib":
      checkFib(node);
      return { kind: "fib", flags: node.flags, result: node.result, type: node.result === "type" ? types.fibAddrtype : node.result === "oif" ? types.ifaceIndex : types.ifname };
    case "numgen":
      if (node.modulus === 0) fail("Could not process rule: Numerical result out of range", node.loc);
      return { kind: "numgen", mode: node.mode, modulus: node.modulus, offset: node.offset, type: types.integer(32, "host"), counter: { value: node.modulus - 1 } };
    case "hash":
      return { kind: "hash", hash: node.hash, ...(node.of && { of: evaluateLeft(node.of, context) }), modulus: node.modulus, ...(node.seed !== undefined && { seed: node.seed }), offset: node.offset, type: types.integer(32, "host"), own: { seed: node.seed } };
    case "raw":
      return raw(node, context);
    case "tcp option":
      return tcpOption(node);
    case "rt":
      if (node.key === "nexthop" && node.family === undefined && !context.network) fail("cannot determine ip protocol version, use \"ip nexthop\" or \"ip6 nexthop\" instead", node.loc);
      return { kind: "rt", key: node.key, type: RT_TYPES[node.key] ?? types.integer(16, "host") };
    case "concat":
      for (const part of node.parts) if (part.kind === "ct" && (part.key === "saddr" || part.key === "daddr") && !part.family) fail("specify either ip or ip6 for address matching", part.loc);
      return { kind: "concat", parts: node.parts.map((part) => sized(evaluateLeft(part, context), part.loc, node.loc)) };
    case "binop":
      return binop(node, context);
    case "map":
      return map(node, context, undefined);
    case "symbol":
    case "prefix":
    case "range":
    case "wildcard":
      return fail("No symbol type information", node.loc);
    default:
      return notModelled(`${node.kind} on the left of a comparison`);
  }
}

const RT_TYPES: Readonly<Record<string, Datatype>> = { classid: types.realm, nexthop: types.ipv4Addr, mtu: types.integer(16, "host"), ipsec: types.boolean };

function checkFib({ flags, flagsLoc: loc }: Node & { readonly kind: "fib" }): void {
  if (!flags.includes("saddr") && !flags.includes("daddr")) fail("fib: need either saddr or daddr", loc);
  if (flags.includes("saddr") && flags.includes("daddr")) fail("fib: saddr and daddr are mutually exclusive", loc);
  if (flags.includes("iif") && flags.includes("oif")) fail("fib: iif and oif are mutually exclusive", loc);
}

function sized(part: Expr, loc: Loc, whole: Loc): Expr {
  if (typesOf(part)[0]?.name === "invalid") fail("can not use variable sized data types (invalid) in concat expressions", loc, whole);
  return part;
}

/** Bits that have a name are the field of that name. */
function raw({ base, offset, length, loc }: Node & { readonly kind: "raw" }, context: Context): Expr {
  const [protocol, field] = (base !== "nh" || context.network ? namedField(base, offset, length) : undefined) ?? [];
  if (protocol !== undefined && field !== undefined) return payload({ kind: "payload", protocol, field, loc }, context);
  if (offset % 8 !== 0 || length % 8 !== 0 || length > 48) notModelled(`@${base},${offset},${length}`);
  return { kind: "raw", base: base as RawBase, offset, length, type: types.rawBits(length) };
}

/** It asks for no TCP first: of another packet every option is missing. */
function tcpOption({ name, field }: Node & { readonly kind: "tcp option" }): Expr {
  const option = TCP_OPTIONS[name];
  const span = field === undefined ? undefined : option?.fields[field];
  return { kind: "tcp option", name, ...(field !== undefined && { field }), number: option?.number ?? 0, ...(span && { span }), type: span ? types.integer(span.bytes * 8) : types.boolean };
}

function payload(written: Node & { readonly kind: "payload" }, context: Context): Expr {
  // Where the transport is known, its ports are listed by its own name.
  const own = written.protocol === "th" && context.exact && context.transport !== undefined && FIELDS[context.transport]?.[written.field] !== undefined;
  const node = own && context.transport ? { ...written, protocol: context.transport } : written;
  const def = FIELDS[node.protocol]?.[node.field];
  const { table } = context;
  if ((node.protocol === "ip6" || node.protocol === "arp" || node.protocol === "icmpv6") && table.family === "ip" && node.protocol !== "icmpv6") fail(`conflicting protocols specified: ip vs. ${node.protocol}`, node.loc);
  const expr = PAYLOADS[node.protocol]?.[node.field];
  if (!def || !expr || def.absent) return notModelled(`${node.protocol} ${node.field}`);
  context.need(node.protocol, node.loc, node.field);
  return expr;
}

function conntrack(node: Node & { readonly kind: "ct" }, context: Context): Expr {
  let type = CT[node.key];
  if (!type) return notModelled(`ct ${node.key}`);
  const needsDirection = ["saddr", "daddr", "proto-src", "proto-dst"].includes(node.key);
  const untyped = node.key.startsWith("proto-") && !context.transportMatched;
  if (needsDirection && node.direction === undefined && !untyped) fail("Could not process rule: Invalid argument", node.loc);
  if (/^[sd]addr$/.test(node.key) && node.direction && !node.family && !context.network) fail('cannot determine ip protocol version, use "ip saddr" or "ip6 saddr" instead', node.loc);
  // Ports have a type only where the protocol that has ports was named.
  if (untyped) type = { ...type, name: "invalid", description: "invalid", parse: () => undefined, unknown: () => "Can't parse symbolic invalid expressions" };
  return { kind: "ct", key: node.key, ...(node.direction && { direction: node.direction }), ...(node.family && { family: node.family }), type };
}

const ALL_ONES = (bits: number): number => (bits >= 32 ? 0xffff_ffff : 2 ** bits - 1);

/** and, or, xor with constants are folded as gen_bitwise() of src/netlink_linearize.c folds them. */
function binop(node: Node & { readonly kind: "binop" }, context: Context): Expr {
  const left = evaluateLeft(node.left, context);
  const [type] = typesOf(left);
  if (!type) return notModelled("arithmetic on a concatenation");
  if (type.bits > 32) return notModelled(`arithmetic on ${type.description}`);
  const right = numberOf(node.right, type, context);
  if (node.op === "<<" || node.op === ">>") return { kind: "shift", of: left, op: node.op, by: right, type };
  const inner = left.kind === "bitwise" ? left : { of: left, mask: ALL_ONES(type.bits), xor: 0 };
  let { mask, xor } = inner;
  if (node.op === "^") xor ^= right;
  else if (node.op === "&") {
    mask &= right;
    xor &= right;
  } else {
    mask &= ~right;
    xor |= right;
  }
  return { kind: "bitwise", of: inner.of, mask: mask >>> 0, xor: xor >>> 0, last: node.op, type };
}

/** A constant: names of flags may be joined by | and commas. */
export function numberOf(node: Node, type: Datatype, context: Context): number {
  if (node.kind === "symbol") return Number(valueOf(node, type, context));
  if (node.kind === "list") return node.items.reduce((all, item) => (all | numberOf(item, type, context)) >>> 0, 0);
  if (node.kind === "binop") {
    const [a, b] = [numberOf(node.left, type, context), numberOf(node.right, type, context)];
    switch (node.op) {
      case "|":
        return (a | b) >>> 0;
      case "&":
        return (a & b) >>> 0;
      case "^":
        return (a ^ b) >>> 0;
      case "<<":
        return (a << b) >>> 0;
      default:
        return a >>> b;
    }
  }
  return fail(`Could not parse ${type.description}`, node.loc);
}

/** To the grammar these are protocols whatever they are compared with. */
const PROTOCOL_WORDS: ReadonlySet<string> = new Set(["tcp", "udp", "udplite", "esp", "ah", "icmp", "igmp", "icmpv6", "gre", "comp", "dccp", "sctp"]);

/** One symbol, read as the type has it. */
export function valueOf(node: Node & { readonly kind: "symbol" }, type: Datatype, context: Context): Value {
  const { text, loc } = node;
  if (type === types.inetService && /^\d+$/.test(text) && Number(text) > 65_535) fail("Service out of range", loc);
  if (type === types.ifname) {
    if (text.length > 15) fail("String exceeds maximum length of 16", node.quoted ? loc : loc);
    return text;
  }
  if (type === types.ifaceIndex) {
    if (context.hasDevice(text)) return text;
    if (!/^\d+$/.test(text)) fail("Interface does not exist", loc);
    return context.deviceName(Number(text)) ?? Number(text);
  }
  if (type === types.ipv4Addr && !PROTOCOL_WORDS.has(text)) return address(text, loc, context);
  if (!node.quoted && PROTOCOL_WORDS.has(text) && type.name !== "inet_proto" && type.symbols?.some(([name]) => name === text) !== true) fail(`datatype mismatch, expected ${type.description}, expression has type Internet protocol`, loc, context.left);
  const value = type.parse(text);
  if (value === undefined) fail(type.unknown?.(text) ?? `Could not parse ${type.description}`, loc);
  if (type === types.day && Number(value) > 6) fail(`Value ${value} exceeds valid range 0-6`, loc);
  if (typeof value === "number" && type.bits < 48 && value > ALL_ONES(type.bits)) fail(`Value ${value} exceeds valid range 0-${ALL_ONES(type.bits)}`, loc);
  return value;
}

function address(text: string, loc: Loc, { resolveHost }: Context): number {
  const written = types.ipv4Addr.parse(text);
  if (written !== undefined) return Number(written);
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && Number(text) <= 0xffff_ffff) return Number(text);
  if (text.includes(":")) fail("Could not resolve hostname: Address family for hostname not supported", loc);
  if (/^[\d.]+$/.test(text)) fail("Could not resolve hostname: Name or service not known", loc);
  const found = resolveHost(text);
  if (found.length === 0) fail("Could not resolve hostname: Temporary failure in name resolution", loc);
  if (found.length > 1) fail("Hostname resolves to multiple addresses", loc);
  return Number(found[0]);
}

/** The right side of a comparison, or a dimension of a key: a value, a prefix, a range, a wildcard. */
export function evaluateRight(node: Node, type: Datatype, context: Context): Expr {
  switch (node.kind) {
    case "symbol":
      return { kind: "value", value: valueOf(node, type, context), type };
    case "wildcard":
      if (type.base !== "string") fail(`Could not parse ${type.description}`, node.loc);
      return { kind: "wildcard", text: node.text, type };
    case "prefix": {
      if (node.bits > type.bits) fail(`Prefix length ${node.bits} is invalid for type of ${type.bits} bits width`, node.loc);
      const base = numberOf(node.base, type, context);
      const value = (base & types.maskFor(node.bits, type.bits)) >>> 0;
      return node.bits === type.bits ? { kind: "value", value, type } : { kind: "prefix", value, bits: node.bits, type };
    }
    case "range": {
      const [from, to] = [numberOf(node.from, type, context), numberOf(node.to, type, context)];
      if (from > to) fail("Range has zero or negative size", node.loc);
      return { kind: "range", from, to, type };
    }
    case "list":
      if (type.base !== "bitmask") fail(`Basetype of type ${type.description} is not bitmask`, node.items[0]?.loc ?? node.loc);
      return { kind: "value", value: numberOf(node, type, context), type };
    case "binop":
      return { kind: "value", value: numberOf(node, type, context), type };
    default:
      return fail(`Could not parse ${type.description}`, node.loc);
  }
}

/** A value that is set or translated to: a constant, something of the packet, or looked up in a map. */
export function evaluateValue(node: Node, wanted: readonly Datatype[], context: Context): Expr {
  if (node.kind === "map") return map(node, context, wanted);
  if (isConstant(node)) {
    const [type] = wanted;
    if (node.kind === "concat") return { kind: "concat", parts: node.parts.map((part, i) => evaluateRight(part, wanted[i] as Datatype, context)) };
    return evaluateRight(node, type as Datatype, context);
  }
  // `mark` on the right is the packet's.
  return evaluateLeft(node, context);
}

function isConstant(node: Node): boolean {
  if (node.kind === "binop") return isConstant(node.left) && isConstant(node.right);
  if (node.kind === "concat") return node.parts.every(isConstant);
  return node.kind === "symbol" || node.kind === "prefix" || node.kind === "range" || node.kind === "list" || node.kind === "wildcard";
}

function map(node: Node & { readonly kind: "map" }, context: Context, wanted: readonly Datatype[] | undefined): Expr {
  const key = evaluateLeft(node.key, context);
  if (node.set.kind === "set") {
    const [first] = node.set.elements;
    // A concatenation of address and port is told from an address by its elements.
    const data = wanted && first?.data && "kind" in first.data && first.data.kind === "concat" ? first.data.parts.map((_, i) => wanted[i] ?? types.inetService) : wanted?.slice(0, 1);
    return context.anonymousSet(node.set, key, data ?? notModelled("a map here"));
  }
  if (node.set.kind !== "setref") return notModelled("a map of an expression");
  const set = namedSet(node.set.name, node.set.loc, context);
  if (!set.data || !("types" in set.data)) fail("Expression is not a map", node.set.loc);
  checkKey(key, node.key.loc, set.types, node.set.loc, "map");
  return { kind: "map", key, set };
}

/** `@name`, or what nft says when there is none. */
export function namedSet(name: string, loc: Loc, { table, ruleset }: Pick<Context, "table" | "ruleset">): NftSet {
  return table.sets.get(name) ?? fail(`No such file or directory${likeSet(ruleset, name)}`, loc);
}

/** set_lookup_fuzzy(): in whatever table. */
export function likeSet(ruleset: Ruleset, name: string): string {
  const all = ruleset.listed().flatMap((table) => [...table.sets.values()]);
  const guess = nearest(name, all.map((set) => set.name));
  const found = all.find((set) => set.name === guess);
  return found && guess !== name ? `; did you mean ${found.data ? "map" : "set"} ‘${guess}’ in table ${found.table.family} ‘${found.table.name}’?` : "";
}

export function checkKey(key: Expr, loc: Loc, wanted: readonly Datatype[], at: Loc, as: "set" | "map"): void {
  const have = typesOf(key);
  const same = have.length === wanted.length && have.every((type, i) => comparable(type, wanted[i] as Datatype));
  if (same) return;
  if (as === "map") fail(`datatype mismatch, map expects ${describeTypes(wanted)}, mapping expression has type ${describeTypes(have)}`, at, loc);
  fail(`datatype mismatch, expected ${describeTypes(have)}, expression has type ${describeTypes(wanted)}`, at, loc);
}

function comparable(a: Datatype, b: Datatype): boolean {
  return a.name === b.name || (a.base === "integer" && b.name === "integer" && a.bits === b.bits) || (a.name === "integer" && b.base === "integer" && a.bits === b.bits);
}

export function partOf(expr: Expr): KeyPart {
  switch (expr.kind) {
    case "value":
      return { from: expr.value, to: expr.value };
    case "prefix":
      return { from: expr.value, to: (expr.value | ~types.maskFor(expr.bits, expr.type.bits) & ALL_ONES(expr.type.bits)) >>> 0 };
    case "range":
      return { from: expr.from, to: expr.to };
    case "wildcard":
      return { from: expr.text, to: `${expr.text}\uffff`, wildcard: true };
    default:
      return notModelled("this in a set");
  }
}

export const isTransport = (protocol: string): boolean => TRANSPORTS[protocol] !== undefined;
