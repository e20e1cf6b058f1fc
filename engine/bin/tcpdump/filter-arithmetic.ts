/**
 * Arithmetic on a frame's bytes: `tcp[13] & 2 != 0`, `ip[2:2] > 576`, `icmp[icmptype] = icmp-echo`, `len > 100`.
 * Which protocol it must be is asked for the leftmost access alone, as libpcap's gen_arth() leaves it.
 */
import type { Token } from "./filter-lex";
import { linkBytes, type Link, networkBytes, transportBytes } from "./filter-fields";
import { and, FilterProblem, type Node, OUTSIDE, type Probe, type Reader } from "./filter-node";

export interface Cursor {
  readonly link: Link;
  peek(ahead?: number): Token | undefined;
  next(): Token;
  take(...wanted: readonly string[]): boolean;
  /** gen_proto_abbrev() and, of a transport, that it is no later fragment. */
  guard(protocol: string): Node | undefined;
}

/** `text` names the value: two of the same text are the same field. */
type Value = { readonly text: string; readonly constant: number | undefined; readonly guard: Node | undefined; readonly read: Reader };

const NETWORK = new Set(["ip", "arp", "rarp", "ip6", "atalk", "decnet"]);
const TRANSPORT = new Set(["tcp", "udp", "icmp", "igmp", "sctp", "igrp", "pim", "vrrp", "carp", "icmp6"]);
/** Loosest first. */
const LEVELS: readonly (readonly string[])[] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];
const APPLY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "|": (a, b) => (a | b) >>> 0, "^": (a, b) => (a ^ b) >>> 0, "&": (a, b) => (a & b) >>> 0, "<<": (a, b) => (b > 31 ? 0 : (a << b) >>> 0), ">>": (a, b) => (b > 31 ? 0 : a >>> b),
  "+": (a, b) => (a + b) >>> 0, "-": (a, b) => (a - b) >>> 0, "*": (a, b) => Math.imul(a, b) >>> 0, "/": (a, b) => (b === 0 ? OUTSIDE : Math.floor(a / b)), "%": (a, b) => (b === 0 ? OUTSIDE : a % b),
};
const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = { "=": (a, b) => a === b, "!=": (a, b) => a !== b, ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };

export function isArithmeticStart(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token === undefined) return false;
  if (token.kind === "number") return true;
  return token.text === "(" || token.text === "len" || token.text === "-" || (isLayer(token.text) && cursor.peek(1)?.text === "[");
}

const isLayer = (word: string): boolean => word === "ether" || NETWORK.has(word) || TRANSPORT.has(word);

/** Undefined when it is no relation after all. */
export function arithmetic(cursor: Cursor): Node | undefined {
  const left = sum(cursor, 0);
  const sign = cursor.peek()?.text ?? "";
  const relation = RELATIONS[sign];
  if (relation === undefined || cursor.peek()?.kind !== "word") return undefined;
  cursor.next();
  const right = sum(cursor, 0);
  const guards = [left.guard, right.guard].filter((guard) => guard !== undefined);
  const [first, ...more] = [...guards, comparison(left, right, sign, relation)];
  return first && and(first, ...more);
}

function comparison(left: Value, right: Value, sign: string, relation: (a: number, b: number) => boolean): Node {
  if (left.constant !== undefined && right.constant !== undefined) return { kind: "const", value: relation(left.constant, right.constant) };
  const equal: Node | undefined = right.constant === undefined ? undefined : { kind: "is", key: left.text, value: right.constant, read: left.read };
  if (equal && sign === "=") return equal;
  if (equal && sign === "!=") return { kind: "not", of: equal };
  return {
    kind: "test",
    test: (probe) => {
      const [a, b] = [left.read(probe), right.read(probe)];
      if (a === OUTSIDE || b === OUTSIDE) probe.outside = true;
      return relation(a, b);
    },
  };
}

function sum(cursor: Cursor, level: number): Value {
  const signs = LEVELS[level];
  if (signs === undefined) return term(cursor);
  let left = sum(cursor, level + 1);
  while (cursor.peek()?.kind === "word" && signs.includes(cursor.peek()?.text ?? "")) {
    const sign = cursor.next().text;
    left = combined(left, sum(cursor, level + 1), sign);
  }
  return left;
}

function combined(a: Value, b: Value, sign: string): Value {
  const apply = APPLY[sign] as (a: number, b: number) => number;
  if ((sign === "/" || sign === "%") && b.constant === 0) throw new FilterProblem(sign === "/" ? "division by zero" : "modulus by zero");
  if ((sign === "<<" || sign === ">>") && (b.constant ?? 0) > 31) throw new FilterProblem("shift by more than 31 bits");
  const constant = a.constant !== undefined && b.constant !== undefined ? apply(a.constant, b.constant) : undefined;
  const read: Reader = (probe) => {
    const [x, y] = [a.read(probe), b.read(probe)];
    return x === OUTSIDE || y === OUTSIDE ? OUTSIDE : apply(x, y);
  };
  return { text: `(${a.text} ${sign} ${b.text})`, constant, guard: a.guard, read };
}

function number(value: number): Value {
  return { text: String(value), constant: value, guard: undefined, read: () => value };
}

function term(cursor: Cursor): Value {
  if (cursor.take("(")) {
    const inner = sum(cursor, 0);
    if (!cursor.take(")")) throw new FilterProblem("syntax error");
    return inner;
  }
  if (cursor.take("-")) {
    const inner = term(cursor);
    return { ...combined(number(0), inner, "-"), guard: inner.guard };
  }
  const token = cursor.next();
  if (token.kind === "number") return number(token.value);
  if (token.kind !== "word") throw new FilterProblem("syntax error");
  if (token.text === "len") return { text: "len", constant: undefined, guard: undefined, read: ({ about }) => about.length() };
  if (isLayer(token.text)) return access(cursor, token.text);
  throw new FilterProblem("syntax error");
}

function access(cursor: Cursor, layer: string): Value {
  if (!cursor.take("[")) throw new FilterProblem("syntax error");
  const offset = sum(cursor, 0);
  let size = 1;
  if (cursor.take(":")) {
    const token = cursor.next();
    if (token.kind !== "number") throw new FilterProblem("syntax error");
    size = token.value;
  }
  if (!cursor.take("]")) throw new FilterProblem("syntax error");
  if (size !== 1 && size !== 2 && size !== 4) throw new FilterProblem("data size must be 1, 2, or 4");
  const at = (probe: Probe): number => {
    const value = offset.read(probe);
    return value === OUTSIDE ? Number.NEGATIVE_INFINITY : value;
  };
  const { link } = cursor;
  const read = layer === "ether" ? linkBytes(size, at) : NETWORK.has(layer) ? networkBytes(link, size, at) : transportBytes(link, size, at);
  return { text: `${layer}[${offset.text}:${size}] ${link.shift}`, constant: undefined, guard: cursor.guard(layer), read };
}
