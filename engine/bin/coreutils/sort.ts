/** sort: whole lines or keys (-k), as text, numbers, versions, human sizes or months. */
import { compare } from "../../core/order";
import { utf8 } from "../../core/bytes";
import { MONTHS } from "../../core/date";
import type { Program } from "../../host/proc";
import { defineCommand } from "../command";
import { complain, optionsOf, Output, readLines } from "./support";

type Ordering = { numeric: boolean; general: boolean; human: boolean; version: boolean; month: boolean; reverse: boolean; fold: boolean; blanks: boolean; dictionary: boolean };
type Key = { readonly startField: number; readonly startChar: number; readonly endField: number | undefined; readonly endChar: number; readonly ordering: Ordering | undefined };

const LETTERS = "bdfgiMhnRrV";

function orderingOf(letters: string): Ordering {
  return { numeric: letters.includes("n"), general: letters.includes("g"), human: letters.includes("h"), version: letters.includes("V"), month: letters.includes("M"), reverse: letters.includes("r"), fold: letters.includes("f"), blanks: letters.includes("b"), dictionary: letters.includes("d") };
}

function parseKey(word: string): Key | undefined {
  const m = /^(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*))?$/.exec(word);
  if (!m || m[1] === "0") return undefined;
  const letters = (m[3] ?? "") + (m[6] ?? "");
  return { startField: Number(m[1]), startChar: Number(m[2] ?? 1), endField: m[4] === undefined ? undefined : Number(m[4]), endChar: Number(m[5] ?? 0), ordering: letters === "" ? undefined : orderingOf(letters) };
}

/** The fields of a line as [start, end]; without -t a field begins with the blanks before it. */
function fieldSpans(line: string, separator: string | undefined): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  if (separator !== undefined) {
    let at = 0;
    for (const piece of line.split(separator)) {
      spans.push([at, at + piece.length]);
      at += piece.length + separator.length;
    }
    return spans;
  }
  for (const m of line.matchAll(/[ \t]*[^ \t]+/g)) spans.push([m.index, m.index + m[0].length]);
  return spans;
}

function extract(line: string, key: Key, separator: string | undefined, blanks: boolean): string {
  const spans = fieldSpans(line, separator);
  const skip = (at: number, end: number): number => {
    let from = at;
    if (blanks) while (from < end && /[ \t]/.test(line[from] ?? "")) from++;
    return from;
  };
  const first = spans[key.startField - 1];
  if (!first) return "";
  const start = Math.min(skip(first[0], first[1]) + key.startChar - 1, line.length);
  if (key.endField === undefined) return line.slice(start);
  const last = spans[key.endField - 1];
  if (!last) return line.slice(start);
  const end = key.endChar === 0 ? last[1] : Math.min(skip(last[0], last[1]) + key.endChar, line.length);
  return line.slice(start, Math.max(start, end));
}

function comparator(ordering: Ordering): (a: string, b: string) => number {
  const direction = ordering.reverse ? -1 : 1;
  const base = (a: string, b: string): number => {
    if (ordering.numeric) return numberOf(a) - numberOf(b);
    if (ordering.general) return generalOf(a) - generalOf(b);
    if (ordering.human) return humanOf(a) - humanOf(b);
    if (ordering.month) return monthOf(a) - monthOf(b);
    if (ordering.version) return compareVersions(a, b);
    const [x, y] = [textOf(a, ordering), textOf(b, ordering)];
    return compareBytes(x, y);
  };
  return (a, b) => direction * base(a, b);
}

/** LC_ALL=C compares bytes; UTF-16 units differ from that only beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  if (!/[\ud800-\uffff]/.test(a + b)) return compare(a, b);
  const [x, y] = [utf8(a), utf8(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number);
  return x.length - y.length;
}

function textOf(word: string, { fold, dictionary, blanks }: Ordering): string {
  const trimmed = blanks ? word.replace(/^[ \t]+/, "") : word;
  const kept = dictionary ? trimmed.replace(/[^A-Za-z0-9 \t]/g, "") : trimmed;
  return fold ? kept.toUpperCase() : kept;
}

function numberOf(word: string): number {
  return Number(/^\s*(-?\d*\.?\d*)/.exec(word)?.[1] || 0) || 0;
}

function generalOf(word: string): number {
  const value = Number.parseFloat(word);
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

function humanOf(word: string): number {
  const m = /^\s*(-?\d*\.?\d*)([KkMGTPE]?)/.exec(word);
  const unit = m?.[2] ? "KMGTPE".indexOf(m[2].toUpperCase()) + 1 : 0;
  return (Number(m?.[1]) || 0) * 1024 ** unit;
}

function monthOf(word: string): number {
  return MONTHS.findIndex((month) => word.trimStart().slice(0, 3).toUpperCase() === month.toUpperCase()) + 1;
}

/** filevercmp() as far as digits and the rest in turn go. */
export function compareVersions(a: string, b: string): number {
  const pieces = (word: string): string[] => word.match(/\d+|\D+/g) ?? [];
  const [x, y] = [pieces(a), pieces(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p, q] = [x[i], y[i]];
    if (p === undefined) return -1;
    if (q === undefined) return 1;
    const digits = /^\d/.test(p) && /^\d/.test(q);
    const order = digits ? Number(p) - Number(q) : compare(p, q);
    if (order !== 0) return order;
  }
  return 0;
}

export const sort: Program = defineCommand({
  name: "sort",
  summary: "sort lines of text files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bcCdfghiMmnRrsuVz", values: "kotST", long: { key: "k", "field-separator": "t", reverse: "r", unique: "u", "numeric-sort": "n", "general-numeric-sort": "g", "human-numeric-sort": "h", "version-sort": "V", "month-sort": "M", "ignore-case": "f", "ignore-leading-blanks": "b", "dictionary-order": "d", stable: "s", output: "o", check: "c", merge: "m", "zero-terminated": "z", "random-sort": "R" } }, 2);
    if (typeof options === "number") return options;
    const separator = options.value("t") === "\\0" ? "\0" : options.value("t");
    if (separator !== undefined && [...separator].length > 1) return yield* failed(proc, `multi-character tab '${separator}'`);
    if (separator === "") return yield* failed(proc, "empty tab");
    const global = orderingOf([...LETTERS].filter((letter) => options.has(letter)).join(""));
    const keys: Key[] = [];
    for (const word of options.values("k")) {
      const key = parseKey(word);
      if (key === undefined) return yield* failed(proc, /^\D/.test(word) ? `invalid number at field start: invalid count at start of '${word}'` : `-: invalid field specification '${word}'`.replace("-: ", word.startsWith("0") ? "-: " : ""));
      keys.push(key);
    }
    const delimiter = options.has("z") ? 0 : 10;
    const { lines, fine } = yield* readLines(proc, options.rest, (name, error) => (error.code === "EISDIR" ? `read failed: ${name}: ${error.message}` : `cannot read: ${name}: ${error.message}`), delimiter);
    if (!fine) return 2;
    const order = orderOf(keys, global, separator, options.has("s") || options.has("u"));
    const byKey = orderOf(keys, global, separator, true);
    if (options.has("c") || options.has("C")) {
      const bad = lines.findIndex((line, i) => i > 0 && (options.has("u") ? byKey(lines[i - 1] as string, line) >= 0 : order(lines[i - 1] as string, line) > 0));
      if (bad < 0) return 0;
      if (options.has("c")) yield* complain(proc, `${options.rest[0] ?? "-"}:${bad + 1}: disorder: ${lines[bad]}`);
      return 1;
    }
    yield* proc.charge(lines.length * 2);
    let sorted = options.has("R") ? proc.rng.fork(`sort ${proc.pid} ${proc.nowMs}`).shuffle(lines) : [...lines].sort(order);
    if (options.has("u")) sorted = sorted.filter((line, i) => i === 0 || byKey(sorted[i - 1] as string, line) !== 0);
    const end = options.has("z") ? "\0" : "\n";
    const target = options.value("o");
    if (target !== undefined) proc.fs.writeFile(proc.resolve(target), sorted.map((line) => line + end).join(""));
    else {
      const output = new Output(proc);
      for (const line of sorted) yield* output.write(line + end);
      yield* output.flush();
    }
    return 0;
  },
});

function* failed(proc: Parameters<Program["run"]>[0], message: string) {
  yield* complain(proc, message);
  return 2;
}

function orderOf(keys: readonly Key[], global: Ordering, separator: string | undefined, stable: boolean): (a: string, b: string) => number {
  const compares = keys.map((key) => {
    const ordering = key.ordering ?? global;
    return { key, by: comparator(ordering), blanks: ordering.blanks || ordering.numeric || ordering.human };
  });
  const whole = comparator(global);
  return (a, b) => {
    for (const { key, by, blanks } of compares) {
      const order = by(extract(a, key, separator, blanks), extract(b, key, separator, blanks));
      if (order !== 0) return order;
    }
    if (keys.length === 0) {
      const order = whole(a, b);
      if (order !== 0) return order;
    }
    if (stable) return 0;
    return global.reverse ? compareBytes(b, a) : compareBytes(a, b);
  };
}

