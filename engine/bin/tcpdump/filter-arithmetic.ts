/**
 * Arithmetic on a frame's bytes: `tcp[13] & 2 != 0`, `ip[2:2] > 576`, `icmp[icmptype] = icmp-echo`,
 * `len > 100`. An access to a protocol that the frame has not makes the whole relation false.
 */
import type { Frame } from "../../wire/packet";
import { type About, FilterProblem, type Test } from "./filter-tests";

export interface Cursor {
  peek(ahead?: number): string | undefined;
  next(): string;
  take(...wanted: readonly string[]): boolean;
}

/** Undefined: the frame has no such bytes. */
type Value = (frame: Frame, about: About) => number | undefined;

const NAMES: Readonly<Record<string, number>> = {
  tcpflags: 13, icmptype: 0, icmpcode: 1, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
  "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8, "icmp-timxceed": 11, "icmp-paramprob": 12, "icmp-tstamp": 13, "icmp-tstampreply": 14,
};
const LAYERS = new Set(["ether", "ip", "arp", "tcp", "udp", "icmp", "link"]);
const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = { "=": (a, b) => a === b, "==": (a, b) => a === b, "!=": (a, b) => a !== b, ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };
/** Loosest first. */
const LEVELS: readonly (readonly string[])[] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/"]];
const APPLY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "|": (a, b) => (a | b) >>> 0, "^": (a, b) => (a ^ b) >>> 0, "&": (a, b) => (a & b) >>> 0, "<<": (a, b) => (a << b) >>> 0, ">>": (a, b) => a >>> b,
  "+": (a, b) => (a + b) >>> 0, "-": (a, b) => (a - b) >>> 0, "*": (a, b) => Math.imul(a, b) >>> 0, "/": (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
};

export function isArithmeticStart(cursor: Cursor): boolean {
  const word = cursor.peek() ?? "";
  return word === "(" || word === "len" || /^\d/.test(word) || (LAYERS.has(word) && cursor.peek(1) === "[");
}

/** Undefined when it is no relation after all. */
export function arithmetic(cursor: Cursor): Test | undefined {
  const left = sum(cursor, 0);
  const relation = RELATIONS[cursor.peek() ?? ""];
  if (relation === undefined) return undefined;
  cursor.next();
  const right = sum(cursor, 0);
  return (frame, about) => {
    const a = left(frame, about);
    const b = right(frame, about);
    return a !== undefined && b !== undefined && relation(a, b);
  };
}

function sum(cursor: Cursor, level: number): Value {
  const signs = LEVELS[level];
  if (signs === undefined) return term(cursor);
  let left = sum(cursor, level + 1);
  while (signs.includes(cursor.peek() ?? "")) {
    const apply = APPLY[cursor.next()] as (a: number, b: number) => number;
    const [a, b] = [left, sum(cursor, level + 1)];
    left = (frame, about) => {
      const [x, y] = [a(frame, about), b(frame, about)];
      return x === undefined || y === undefined ? undefined : apply(x, y);
    };
  }
  return left;
}

function term(cursor: Cursor): Value {
  if (cursor.take("(")) {
    const inner = sum(cursor, 0);
    if (!cursor.take(")")) throw new FilterProblem("syntax error");
    return inner;
  }
  const word = cursor.next();
  if (word === "len") return (_, about) => about.length();
  if (LAYERS.has(word)) return access(cursor, word);
  // "tcp-syn|tcp-fin" may come as one word.
  const value = NAMES[word] ?? (/^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : undefined);
  if (value === undefined) throw new FilterProblem("syntax error");
  return () => value;
}

function access(cursor: Cursor, layer: string): Value {
  if (!cursor.take("[")) throw new FilterProblem("syntax error");
  const offset = sum(cursor, 0);
  const size = cursor.take(":") ? Number(cursor.next()) : 1;
  if (!cursor.take("]") || ![1, 2, 4].includes(size)) throw new FilterProblem("syntax error");
  return (frame, about) => {
    const start = startOf(frame, layer);
    const at = offset(frame, about);
    if (start === undefined || at === undefined) return undefined;
    const bytes = about.bytes();
    if (start + at + size > bytes.length) return undefined;
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[start + at + i] as number);
    return value;
  };
}

function startOf({ payload }: Frame, layer: string): number | undefined {
  if (layer === "ether" || layer === "link") return 0;
  if (layer === "arp") return payload.kind === "arp" ? 14 : undefined;
  if (payload.kind !== "ipv4") return undefined;
  if (layer === "ip") return 14;
  const numbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };
  return payload.proto === numbers[layer] && payload.offset === 0 ? 34 : undefined;
}
