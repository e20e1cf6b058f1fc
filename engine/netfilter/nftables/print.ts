/**
 * Statements and expressions as nft lists them: the stmt_print and expr_print functions of
 * src/statement.c and src/expression.c, after what netlink_delinearize.c makes of them.
 */
import { compare as compareText } from "../../core/order";
import type { LimitSpec, NatFlag, StatefulNode } from "./ast";
import * as types from "./datatypes";
import type { Datatype, Value } from "./datatypes";
import { BARE_META } from "./fields";
import { printTime } from "./lexer";
import { type Expr, type Stateful, type Statement, typesOf, type Verdict } from "./model";
import { bornOf } from "./stateful";
import { compareElements, type Element, type KeyPart, type NftSet } from "./nft-set";

export type PrintOptions = {
  readonly nowMs: number;
  readonly handles?: boolean;
  /** -s: no counters and other state. */
  readonly stateless?: boolean;
  /** -n: numbers for names. */
  readonly numeric?: boolean;
  /** -y. */
  readonly numericPriority?: boolean;
  /** -p. */
  readonly numericProtocol?: boolean;
  /** -S: services by name. */
  readonly service?: boolean;
  /** -u: users and groups by name. */
  readonly users?: boolean;
  /** -t: no elements. */
  readonly terse?: boolean;
};

export function exprText(expr: Expr, options: PrintOptions): string {
  switch (expr.kind) {
    case "payload":
      return `${expr.protocol} ${expr.field}`;
    case "meta":
      return BARE_META.has(expr.key) ? expr.key : `meta ${expr.key}`;
    case "ct":
      return `ct ${expr.direction && expr.key !== "protocol" && expr.key !== "l3proto" ? `${expr.direction} ` : ""}${expr.key === "saddr" || expr.key === "daddr" ? "ip " : ""}${expr.key}`;
    case "fib":
      return `fib ${expr.flags.join(" . ")} ${expr.result}`;
    case "raw":
      return `@${expr.base},${expr.offset},${expr.length}`;
    case "tcp option":
      return `tcp option ${expr.name}${expr.field === undefined ? "" : ` ${expr.field}`}`;
    case "rt":
      return `rt ${expr.key === "nexthop" ? "ip " : ""}${expr.key}`;
    case "numgen":
      return `numgen ${expr.mode} mod ${expr.modulus}${expr.offset !== 0 ? ` offset ${expr.offset}` : ""}`;
    case "hash": {
      const seed = expr.seed === undefined ? "" : ` seed 0x${expr.seed.toString(16)}`;
      return `${expr.hash}${expr.of ? ` ${exprText(expr.of, options)}` : ""} mod ${expr.modulus}${seed}${expr.offset !== 0 ? ` offset ${expr.offset}` : ""}`;
    }
    case "value":
      return valueText(expr.type, expr.value, options);
    case "prefix":
      return `${valueText(expr.type, expr.value, options)}/${expr.bits}`;
    case "range":
      if (expr.type === types.time) return `${expr.from / 1000}s-${expr.to / 1000}s`;
      return `${valueText(expr.type, expr.from, options)}-${valueText(expr.type, expr.to, options)}`;
    case "wildcard":
      return `"${expr.text}*"`;
    case "bitwise":
      return bitwiseText(expr, options);
    case "shift":
      return `${exprText(expr.of, options)} ${expr.op} ${expr.by}`;
    case "concat":
      return expr.parts.map((part) => exprText(part, options)).join(" . ");
    case "map":
      return `${exprText(expr.key, options)} map ${setText(expr.set, options)}`;
  }
}

export function valueText(type: Datatype, value: Value, { numeric, numericProtocol, service, users }: PrintOptions): string {
  const name = service && type === types.inetService ? types.serviceName(Number(value)) : users ? types.accountName(type, Number(value)) : undefined;
  if (name !== undefined) return `"${name}"`;
  if (type === types.time && numeric) return `${Math.floor(Number(value) / 1000)}s`;
  if (typeof value !== "number" || !type.symbols || type === types.inetService) return type.print(value);
  if (numeric) return numberText(type, value);
  return numericProtocol && type === types.inetProto ? String(value) : type.print(value);
}

/** Flags one by one, in hexadecimal; the rest as the type's own base has it. */
function numberText(type: Datatype, value: number): string {
  if (type.base === "bitmask") {
    const bits = type.symbols?.map(([, bit]) => bit).filter((bit) => (value & bit) !== 0) ?? [];
    return bits.length === 0 ? `0x${value.toString(16)}` : bits.map((bit) => `0x${bit.toString(16)}`).join(",");
  }
  return type === types.ecn ? `0x${value.toString(16)}` : type === types.dscp ? `0x${value.toString(16).padStart(2, "0")}` : type === types.etherType ? `0x${value.toString(16).padStart(4, "0")}` : String(value);
}

/** netlink_parse_bitwise_mask_xor(): back from a mask and an xor to and, xor, or. */
function bitwiseText({ of, mask, xor, type }: Expr & { readonly kind: "bitwise" }, options: PrintOptions): string {
  const all = type.bits >= 32 ? 0xffff_ffff : 2 ** type.bits - 1;
  const or = (xor & ~mask & all) >>> 0;
  const onlyXor = (xor ^ or) >>> 0;
  const and = (mask | or) >>> 0;
  const text = (n: number): string => (type.base === "bitmask" ? flagsExpression(type, n, options) : valueText(type, n, options));
  return `${exprText(of, options)}${and !== all ? ` & ${text(and)}` : ""}${onlyXor !== 0 ? ` ^ ${text(onlyXor)}` : ""}${or !== 0 ? ` | ${text(or)}` : ""}`;
}

/** Several flags in arithmetic stand in brackets. */
function flagsExpression(type: Datatype, value: number, options: PrintOptions): string {
  const names = valueText(type, value, options).split(",");
  return names.length > 1 ? `(${names.join(" | ")})` : valueText(type, value, options);
}

/** With a comparison in words that no operator stands for equality. */
function comparison(left: Expr, op: string, right: Expr, options: PrintOptions): string {
  const [type] = typesOf(left);
  const flags = type?.base === "bitmask";
  const shown = op === "==" && !flags && left.kind !== "bitwise" && left.kind !== "shift" ? "" : `${op} `;
  return `${exprText(left, options)} ${shown}${rightText(left, right, type, options)}`;
}

function rightText(left: Expr, right: Expr, type: Datatype | undefined, options: PrintOptions): string {
  if (right.kind !== "value" || type?.base !== "bitmask" || typeof right.value !== "number") return exprText(right, options);
  const names = valueText(type, right.value, options).split(",");
  if (names.length < 2) return names[0] ?? "";
  if (left.kind === "bitwise" || type !== types.tcpFlag) return names.join(" | ");
  return `0x${right.value.toString(16)}`;
}

export function verdictText(verdict: Verdict): string {
  return verdict.verdict === "jump" || verdict.verdict === "goto" ? `${verdict.verdict} ${verdict.chain.name}` : verdict.verdict;
}

export function setText(set: NftSet, options: PrintOptions): string {
  if (!set.options.anonymous) return `@${set.name}`;
  return `{ ${sortedElements(set, options).map((element) => elementText(set, element, options)).join(", ")} }`;
}

export function sortedElements(set: NftSet, { nowMs }: PrintOptions): Element[] {
  const alive = set.alive(nowMs);
  if (set.options.interval && set.types.length === 1) {
    return alive.sort((a, b) => (a.any !== b.any ? Number(a.any) - Number(b.any) : typeof a.key[0]?.from === "string" ? compareText(a.key[0].from, String(b.key[0]?.from)) : Number(a.key[0]?.from) - Number(b.key[0]?.from)));
  }
  if (set.options.interval) return alive;
  // Several flags at once are an expression to nft, not a number: such sets keep the kernel's order.
  if (set.types[0] === types.tcpFlag && alive.some(({ key: [part] }) => part && (Number(part.from) & (Number(part.from) - 1)) !== 0)) return set.data ? alive : alive.reverse();
  return alive.sort((a, b) => compareElements(a, b, set.types));
}

export function elementText(set: NftSet, element: Element, options: PrintOptions): string {
  const key = element.any ? "*" : element.key.map((part, i) => flagsText(partText(part, set.types[i] as Datatype, options), set.types[i])).join(" . ");
  const stateful = element.stateful ? element.stateful.map((one) => ` ${statefulText(one, options)}`).join("") : "";
  // Its own time-out is said only where the set has none, or another.
  const timeout = element.timeoutMs !== undefined && element.timeoutMs !== set.options.timeoutMs ? ` timeout ${lifeText(element.timeoutMs, options)}` : "";
  const expires = element.expiresMs !== undefined && !options.stateless ? ` expires ${lifeText(element.expiresMs - options.nowMs, options)}` : "";
  const comment = element.comment !== undefined ? ` comment "${element.comment}"` : "";
  const data = element.verdict ? ` : ${verdictText(element.verdict)}` : element.object ? ` : "${element.object.name}"` : element.data ? ` : ${element.data.map((part, i) => partText(part, dataType(set, i), options)).join(" . ")}` : "";
  return `${key}${stateful}${timeout}${expires}${comment}${data}`;
}

/** Several flags of one element. */
const flagsText = (text: string, type: Datatype | undefined): string => (type === types.tcpFlag ? text.replaceAll(",", " | ") : text);

function dataType(set: NftSet, i: number): Datatype {
  const { data } = set;
  return data && "types" in data ? (data.types[i] ?? types.ipv4Addr) : types.ipv4Addr;
}

export function partText({ from, to, wildcard }: KeyPart, type: Datatype, options: PrintOptions): string {
  if (wildcard) return `"${from}*"`;
  if (from === to) return valueText(type, from, options);
  const prefix = type === types.ipv4Addr ? prefixOf(Number(from), Number(to)) : undefined;
  if (prefix !== undefined) return `${type.print(from)}/${prefix}`;
  return `${type.print(from)}-${type.print(to)}`;
}

/** A range that is all of a network is written as one. */
function prefixOf(from: number, to: number): number | undefined {
  const bits = Math.clz32((from ^ to) >>> 0);
  const mask = types.maskFor(bits, 32);
  return (from & ~mask) >>> 0 === 0 && ((to & ~mask) >>> 0) === ~mask >>> 0 ? bits : undefined;
}

const BYTES = ["bytes", "kbytes", "mbytes"];

/** get_rate(): the largest unit that divides it. */
export function bytesText(n: number): string {
  let at = 0;
  let value = n;
  while (at < 2 && value !== 0 && value % 1024 === 0) {
    value /= 1024;
    at++;
  }
  return `${value} ${BYTES[at]}`;
}

export function limitText({ rate, unit, over, burst, bytes }: LimitSpec): string {
  const head = `limit rate ${over ? "over " : ""}`;
  if (bytes) return `${head}${bytesText(rate)}/${unit}${burst !== 0 ? ` burst ${bytesText(burst)}` : ""}`;
  return `${head}${rate}/${unit}${burst !== 0 && burst !== 5 ? ` burst ${burst} packets` : ""}`;
}

export const LOG_LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"];
const REJECT_CODES = new Map(types.ICMP_CODES.map(([name, value]) => [value, name]));
const REJECTX_CODES = new Map(types.ICMPX_CODES.map(([name, value]) => [value, name]));

/** Undefined: not listed. */
export function statementText(statement: Statement, options: PrintOptions): string | undefined {
  switch (statement.kind) {
    case "match":
      return statement.hidden ? undefined : comparison(statement.left, statement.op, statement.right, options);
    case "flags": {
      const [type] = typesOf(statement.left) as [Datatype];
      return `${exprText(statement.left, options)} ${statement.any ? "" : "! "}${valueText(type, statement.value, options)}`;
    }
    case "masked": {
      const [type] = typesOf(statement.left) as [Datatype];
      return `${exprText(statement.left, options)} ${statement.not ? "!= " : ""}${valueText(type, statement.value, options)} / ${valueText(type, statement.mask, options)}`;
    }
    case "lookup":
      return `${exprText(statement.left, options)} ${statement.not ? "!= " : statement.left.kind === "bitwise" ? "== " : ""}${setText(statement.set, options)}`;
    case "verdict":
      return verdictText(statement.verdict);
    case "vmap":
      return `${exprText(statement.key, options)} vmap ${setText(statement.set, options)}`;
    case "counter":
    case "limit":
    case "quota":
    case "ct count":
      return statefulText(statement, options);
    case "object":
      return `${statement.object.kind} name "${statement.object.name}"`;
    case "object map":
      return `${statement.object} name ${exprText(statement.key, options)} map ${setText(statement.set, options)}`;
    case "log":
      return logText(statement);
    case "reject":
      return rejectText(statement, options);
    case "nat":
      return natText(statement, options);
    case "set":
      return `${exprText(statement.target, options)} set ${assignedText(statement.value, options)}`;
    case "notrack":
      return "notrack";
    case "dynset":
      return dynsetText(statement, options);
  }
}

/** Several flags at once are joined as in arithmetic. */
function assignedText(value: Expr, options: PrintOptions): string {
  const text = exprText(value, options);
  return value.kind === "value" && value.type.base === "bitmask" ? text.replaceAll(",", " | ") : text;
}

/** What the set says of all its elements is not the rule's to tell (nft_dynset_dump). */
export function ownStateful({ set, stateful }: Statement & { readonly kind: "dynset" }): readonly StatefulNode[] {
  return set.options.stateful.length > 0 ? [] : stateful;
}

function dynsetText(statement: Statement & { readonly kind: "dynset" }, options: PrintOptions): string {
  const { op, set, key, timeoutMs, data } = statement;
  const stateful = ownStateful(statement);
  const timeout = timeoutMs !== undefined ? ` timeout ${lifeText(timeoutMs, options)}` : "";
  const doing = stateful.map((node) => ` ${statefulText(bornOf(node), { ...options, stateless: true })}`).join("");
  const to = data ? ` : ${exprText(data, options)}` : "";
  const head = set.options.meter ? `meter ${set.name} size ${set.size}` : `${op} @${set.name}`;
  return `${head} { ${exprText(key, options)}${timeout}${doing}${to} }`;
}

/** -n: in seconds. */
export const lifeText = (ms: number, { numeric }: Pick<PrintOptions, "numeric">): string => (numeric ? `${Math.floor(ms / 1000)}s` : printTime(ms));

export function statefulText(stateful: Stateful, { stateless }: Pick<PrintOptions, "stateless">): string {
  switch (stateful.kind) {
    case "counter":
      return stateless ? "counter" : `counter packets ${stateful.state.packets} bytes ${stateful.state.bytes}`;
    case "limit":
      return limitText(stateful.limit);
    case "quota":
      return `quota ${quotaText(stateful, stateless)}`;
    case "ct count":
      return `ct count ${stateful.over ? "over " : ""}${stateful.count}`;
  }
}

export function quotaText({ quota, state }: Stateful & { readonly kind: "quota" }, stateless: boolean | undefined): string {
  return `${quota.over ? "over " : ""}${bytesText(quota.bytes)}${state.used !== 0 && !stateless ? ` used ${bytesText(Math.min(state.used, quota.bytes))}` : ""}`;
}

function logText({ prefix, level, flags, group, snaplen, threshold }: Statement & { readonly kind: "log" }): string {
  const parts = ["log"];
  if (prefix !== undefined) parts.push(`prefix "${prefix}"`);
  if (group !== undefined) parts.push(`group ${group}`);
  if (snaplen !== undefined) parts.push(`snaplen ${snaplen}`);
  if (threshold !== undefined) parts.push(`queue-threshold ${threshold}`);
  if (level !== undefined && level !== 4) parts.push(`level ${LOG_LEVELS[level]}`);
  if (flags === 47) parts.push("flags all");
  else if (flags !== 0) {
    const tcp = [flags & 1 ? "sequence" : "", flags & 2 ? "options" : ""].filter((word) => word !== "");
    if (tcp.length > 0) parts.push(`flags tcp ${tcp.join(",")}`);
    if (flags & 4) parts.push("flags ip options");
    if (flags & 8) parts.push("flags skuid");
    if (flags & 32) parts.push("flags ether");
  }
  return parts.join(" ");
}

function rejectText({ family, code, default: isDefault }: Statement & { readonly kind: "reject" }, { numeric }: PrintOptions): string {
  if (family === "tcp") return "reject with tcp reset";
  if (isDefault) return "reject";
  if (numeric) return `reject with ${family} ${code}`;
  if (family === "icmpx") return `reject with icmpx ${REJECTX_CODES.get(code) ?? code}`;
  return `reject with icmp ${REJECT_CODES.get(code) ?? code}`;
}

export const FLAG_ORDER: readonly NatFlag[] = ["random", "fully-random", "persistent"];

function natText({ type, address, port, both, flags, family, netmap }: Statement & { readonly kind: "nat" }, options: PrintOptions): string {
  const ip = `${both || family ? " ip" : ""}${netmap ? " prefix" : ""}`;
  const to = address || port ? `${ip} to ${address ? addressText(address, options) : ""}${port ? `:${exprText(port, options)}` : ""}` : "";
  const flagText = flags.length > 0 ? ` ${[...flags].sort((a, b) => FLAG_ORDER.indexOf(a) - FLAG_ORDER.indexOf(b)).join(",")}` : "";
  return `${type}${to}${flagText}`;
}

/** A range of addresses that is a network is written as one. */
function addressText(address: Expr, options: PrintOptions): string {
  return address.kind === "range" ? partText({ from: address.from, to: address.to }, address.type, options) : exprText(address, options);
}

export function ruleText(statements: readonly Statement[], comment: string | undefined, options: PrintOptions): string {
  const words = statements.map((statement) => statementText(statement, options)).filter((text) => text !== undefined);
  if (comment !== undefined) words.push(`comment "${comment}"`);
  return words.join(" ");
}
