/** Statements, expressions and elements as JSON: the stmt_json and expr_json functions of src/json.c. */
import type { LimitSpec } from "./ast";
import { type Datatype, date, ICMP_CODES, ICMPX_CODES, tcpFlag, type Value } from "./datatypes";
import { type Expr, type Stateful, type Statement, typesOf, type Verdict } from "./model";
import type { Element, KeyPart, NftSet } from "./nft-set";
import { bytesText, FLAG_ORDER, LOG_LEVELS, ownStateful, type PrintOptions, sortedElements, statementText } from "./print";
import { bornOf } from "./stateful";

export type Json = unknown;

export function elementJson(set: NftSet, element: Element, { nowMs }: PrintOptions): Json {
  const parts = element.any ? ["*"] : element.key.map((part, i) => partJson(part, set.types[i] as Datatype));
  const key = parts.length === 1 ? parts[0] : { concat: parts };
  const timeout = element.timeoutMs !== undefined && element.timeoutMs !== set.options.timeoutMs ? element.timeoutMs / 1000 : undefined;
  const rich = timeout !== undefined || element.expiresMs !== undefined || element.comment !== undefined || element.stateful !== undefined;
  const left = rich ? { elem: { val: key, timeout, expires: element.expiresMs === undefined ? undefined : Math.floor((element.expiresMs - nowMs) / 1000), comment: element.comment, ...(element.stateful?.[0] && statefulJson(element.stateful[0], false)) } } : key;
  if (element.verdict) return [left, verdictJson(element.verdict)];
  if (element.object) return [left, element.object.name];
  if (!element.data) return left;
  const { data } = set;
  const values = element.data.map((part, i) => partJson(part, (data && "types" in data ? data.types[i] : set.types[0]) as Datatype));
  return [left, values.length === 1 ? values[0] : { concat: values }];
}

/** Numbers stay numbers unless the type has names. */
function valueJson(type: Datatype, value: Value): Json {
  const text = type.print(value).replace(/^"(.*)"$/, "$1");
  if (type.name === "boolean") return value !== 0;
  if (type.name === "realm" || type.name === "iface_index") return text;
  if (type === date) return text;
  if (type.name === "bitmask") return value;
  if (typeof value === "string") return value;
  if (type.name === "time") return Math.floor(Number(value) / 1000);
  if (type.name === "mark" || text === String(value)) return value;
  if (type.base === "bitmask") {
    const names = text.split(",");
    return names.length === 1 ? names[0] : names;
  }
  return text.startsWith("0x") ? value : text;
}

/** Flags in arithmetic, in an element, or assigned. */
function flagsJson(type: Datatype, value: Value): Json {
  const plain = valueJson(type, value);
  return type === tcpFlag && Array.isArray(plain) ? plain.reduce((all: Json, name) => ({ "|": [all, name] })) : plain;
}

function partJson({ from, to, wildcard }: KeyPart, type: Datatype): Json {
  if (wildcard) return `${from}*`;
  if (from === to) return flagsJson(type, from);
  const bits = type.name === "ipv4_addr" ? Math.clz32((Number(from) ^ Number(to)) >>> 0) : 0;
  if (type.name === "ipv4_addr" && (Number(to) - Number(from) + 1) === 2 ** (32 - bits)) return { prefix: { addr: type.print(from), len: bits } };
  return { range: [valueJson(type, from), valueJson(type, to)] };
}

function verdictJson(verdict: Verdict): Json {
  return "chain" in verdict ? { [verdict.verdict]: { target: verdict.chain.name } } : { [verdict.verdict]: null };
}

function setUseJson(set: NftSet, options: PrintOptions): Json {
  return set.options.anonymous ? { set: sortedElements(set, options).map((element) => elementJson(set, element, options)) } : `@${set.name}`;
}

export function statementJson(statement: Statement, options: PrintOptions): Json | undefined {
  switch (statement.kind) {
    case "match":
      return statement.hidden ? undefined : { match: { op: statement.op, left: exprJson(statement.left, options), right: exprJson(statement.right, options) } };
    case "flags":
      return { match: { op: statement.any ? "in" : "!", left: exprJson(statement.left, options), right: valueJson(typesOf(statement.left)[0] as Datatype, statement.value) } };
    case "masked": {
      const type = typesOf(statement.left)[0] as Datatype;
      return { match: { op: statement.not ? "!=" : "==", left: { "&": [exprJson(statement.left, options), valueJson(type, statement.mask)] }, right: valueJson(type, statement.value) } };
    }
    case "lookup":
      return { match: { op: statement.not ? "!=" : "==", left: exprJson(statement.left, options), right: setUseJson(statement.set, options) } };
    case "verdict":
      return verdictJson(statement.verdict);
    case "vmap":
      return { vmap: { key: exprJson(statement.key, options), data: setUseJson(statement.set, options) } };
    case "counter":
    case "limit":
    case "quota":
    case "ct count":
      return statefulJson(statement, false);
    case "object":
      return { [statement.object.kind]: statement.object.name };
    case "object map":
      return { [statement.object]: { map: { key: exprJson(statement.key, options), data: setUseJson(statement.set, options) } } };
    case "log":
      return { log: logJson(statement) };
    case "reject":
      return { reject: statement.family === "tcp" ? { type: "tcp reset" } : { type: statement.family, expr: (statement.family === "icmp" ? ICMP_CODES : ICMPX_CODES).find(([, code]) => code === statement.code)?.[0] ?? statement.code } };
    case "nat":
      return { [statement.type]: natJson(statement, options) };
    case "set":
      return { mangle: { key: exprJson(statement.target, options), value: statement.value.kind === "value" ? flagsJson(statement.value.type, statement.value.value) : exprJson(statement.value, options) } };
    case "notrack":
      return { notrack: null };
    case "dynset":
      return dynsetJson(statement, options);
  }
}

/** Updates of maps have no form of their own: they are told as text. */
function dynsetJson(statement: Statement & { readonly kind: "dynset" }, options: PrintOptions): Json {
  const { op, set, key, timeoutMs, data } = statement;
  if (data) return statementText(statement, options);
  const elem = timeoutMs === undefined ? exprJson(key, options) : { elem: { val: exprJson(key, options), timeout: timeoutMs / 1000 } };
  const doing = ownStateful(statement).map((node) => statefulJson(bornOf(node), true));
  if (set.options.meter) return { meter: { key: elem, stmt: doing[0], size: set.size, name: set.name } };
  return { set: { op, elem, set: `@${set.name}`, stmt: doing.length > 0 ? doing : undefined } };
}

/** `bare`: as a set prescribes it, before anything is counted. */
export function statefulJson(stateful: Stateful, bare: boolean): Record<string, Json> {
  switch (stateful.kind) {
    case "counter":
      return { counter: bare ? null : { ...stateful.state } };
    case "limit":
      return { limit: limitJson(stateful.limit) };
    case "quota": {
      const { quota, state } = stateful;
      const [val, unit] = bytesText(quota.bytes).split(" ");
      const [used, usedUnit] = bytesText(state.used).split(" ");
      return { quota: { val: Number(val), val_unit: unit, inv: quota.over || undefined, ...(state.used !== 0 && { used: Number(used), used_unit: usedUnit }) } };
    }
    case "ct count":
      return { "ct count": { val: stateful.count, inv: stateful.over || undefined } };
  }
}

/** Bytes in the largest unit that divides them. */
export function limitJson({ rate, burst, unit, over, bytes }: LimitSpec): Record<"rate" | "burst" | "per" | "inv" | "rate_unit" | "burst_unit", Json> {
  const [value, rateUnit] = bytes ? bytesText(rate).split(" ") : [rate];
  const [most, burstUnit] = bytes ? bytesText(burst).split(" ") : [burst];
  return { rate: Number(value), burst: Number(most), per: unit, inv: over || undefined, rate_unit: rateUnit, burst_unit: burstUnit };
}

const LEVEL_DEFAULT = 4;

function logJson({ prefix, group, snaplen, threshold, level, flags }: Statement & { readonly kind: "log" }): Json {
  const words = flags === 47 ? ["all"] : LOG_FLAG_WORDS.filter(([bit]) => flags & bit).map(([, word]) => word);
  const named = level === undefined || level === LEVEL_DEFAULT ? undefined : LOG_LEVELS[level];
  const log = { prefix, group, snaplen, "queue-threshold": threshold, level: named, flags: words.length > 1 ? words : words[0] };
  return Object.values(log).every((value) => value === undefined) ? null : log;
}

const LOG_FLAG_WORDS = [[1, "tcp sequence"], [2, "tcp options"], [4, "ip options"], [8, "skuid"], [32, "ether"]] as const; // prettier-ignore

function natJson({ address, port, flags, both, family, netmap }: Statement & { readonly kind: "nat" }, options: PrintOptions): Json {
  if (!address && !port && flags.length === 0) return null;
  return { family: both || family ? "ip" : undefined, addr: address && exprJson(address, options), port: port && exprJson(port, options), flags: netmap ? "netmap" : flags.length === 0 ? undefined : flags.length === 1 ? flags[0] : FLAG_ORDER.filter((flag) => flags.includes(flag)), type_flags: netmap ? "prefix" : undefined };
}

function exprJson(expr: Expr, options: PrintOptions): Json {
  switch (expr.kind) {
    case "payload":
      return { payload: { protocol: expr.protocol, field: expr.field } };
    case "meta":
      return { meta: { key: expr.key } };
    case "ct":
      return { ct: { key: expr.key === "saddr" || expr.key === "daddr" ? `${expr.family ?? expr.direction ? (expr.family ? "ip " : "") : ""}${expr.key}` : expr.key, dir: expr.key === "protocol" || expr.key === "l3proto" ? undefined : expr.direction } };
    case "raw":
      return { payload: { base: expr.base, offset: expr.offset, len: expr.length } };
    case "tcp option":
      return { "tcp option": { name: expr.name, field: expr.field } };
    case "rt":
      return { rt: { key: expr.key, family: expr.key === "nexthop" ? "ip" : undefined } };
    case "fib":
      return { fib: { result: expr.result, flags: expr.flags } };
    case "numgen":
      return { numgen: { mode: expr.mode, mod: expr.modulus, offset: expr.offset } };
    case "hash":
      return { [expr.hash]: { mod: expr.modulus, seed: expr.seed, offset: expr.offset || undefined, expr: expr.of && exprJson(expr.of, options) } };
    case "value":
      return valueJson(expr.type, expr.value);
    case "prefix":
      return { prefix: { addr: valueJson(expr.type, expr.value), len: expr.bits } };
    case "range":
      return { range: [valueJson(expr.type, expr.from), valueJson(expr.type, expr.to)] };
    case "wildcard":
      return `${expr.text}*`;
    case "bitwise": {
      const or = (expr.xor & ~expr.mask) >>> 0;
      const only = (expr.xor ^ or) >>> 0;
      const and = (expr.mask | or) >>> 0;
      const all = expr.type.bits >= 32 ? 0xffff_ffff : 2 ** expr.type.bits - 1;
      let out = exprJson(expr.of, options);
      if (and !== all) out = { "&": [out, flagsJson(expr.type, and)] };
      if (only !== 0) out = { "^": [out, valueJson(expr.type, only)] };
      if ((or & all) !== 0) out = { "|": [out, valueJson(expr.type, (or & all) >>> 0)] };
      return out;
    }
    case "shift":
      return { [expr.op]: [exprJson(expr.of, options), expr.by] };
    case "concat":
      return { concat: expr.parts.map((part) => exprJson(part, options)) };
    case "map":
      return { map: { key: exprJson(expr.key, options), data: setUseJson(expr.set, options) } };
  }
}
