/** Native functions of values: length, keys, has, tostring, the regular expressions, mathematics, dates. */
import { civil, unixMs } from "../../core/date";
import { utf8 } from "../../core/bytes";
import { strftime } from "../../shell/strftime";
import { split } from "./arithmetic";
import { asText } from "./formats";
import { JsonProblem, parseJson } from "./json-parser";
import { indices, JqError, shown } from "./paths";
import { compare, isArray, isObject, type Json, print, sortedKeys, typeOf } from "./value";

type Run = (input: Json, args: readonly Json[]) => Iterable<Json>;

const one = (run: (input: Json, ...args: Json[]) => Json): Run => (input, args) => [run(input, ...args)];

function number(value: Json, what: string): number {
  if (typeof value !== "number") throw new JqError(`${shown(value)} number required`.replace("number required", what));
  return value;
}

const math = (name: string, run: (x: number) => number): readonly [string, Run] => [`${name}/0`, one((x) => run(number(x, "number required")))];

function length(value: Json): Json {
  if (value === null) return 0;
  if (typeof value === "boolean") throw new JqError(`${shown(value)} has no length`);
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "string") return [...value].length;
  return isArray(value) ? value.length : (value as ReadonlyMap<string, Json>).size;
}

function keys(value: Json, sorted: boolean): Json {
  if (isObject(value)) return sorted ? sortedKeys(value) : [...value.keys()];
  if (isArray(value)) return value.map((_, i) => i);
  throw new JqError(`${shown(value)} has no keys`);
}

function has(value: Json, key: Json): boolean {
  if (isObject(value) && typeof key === "string") return value.has(key);
  if (isArray(value) && typeof key === "number") return key >= 0 && key < value.length;
  throw new JqError(`Cannot check whether ${typeOf(value)} has a ${typeof key === "string" ? "string" : typeOf(key)} key`);
}

function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) return [...b].every(([key, value]) => a.has(key) && contains(a.get(key) as Json, value));
  if (isArray(a) && isArray(b)) return b.every((item) => a.some((other) => typeOf(other) === typeOf(item) && contains(other, item)));
  if (typeof a === "string" && typeof b === "string") return a.includes(b);
  if (typeOf(a) === typeOf(b)) return compare(a, b) === 0;
  throw new JqError(`${shown(a)} and ${shown(b)} cannot have their containment checked`);
}

function flatten(value: Json, depth: number): readonly Json[] {
  if (depth < 0) throw new JqError("flatten depth must not be negative");
  if (!isArray(value)) throw new JqError(`Cannot iterate over ${shown(value)}`);
  return value.flatMap((item) => (isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item]));
}

function* count(from: number, to: number, by: number): Generator<number> {
  if (by > 0) for (let x = from; x < to; x += by) yield x;
  else if (by < 0) for (let x = from; x > to; x += by) yield x;
}

/** Lazily: `first(range(1e12))` must not fill the memory. */
export function range(from: Json, to: Json, by: Json = 1): Iterable<number> {
  if (typeof from !== "number" || typeof to !== "number" || typeof by !== "number") throw new JqError("Range bounds must be numeric");
  return { [Symbol.iterator]: () => count(from, to, by) };
}

function tonumber(value: Json): Json {
  if (typeof value === "number") return value;
  if (typeof value !== "string") throw new JqError(`${shown(value)} cannot be parsed as a number`);
  if (!/^\s*-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)) throw new JqError(`Invalid numeric literal at EOF at line 1, column ${value.length} (while parsing '${value}')`);
  return Number(value);
}

function fromjson(value: Json): Json {
  if (typeof value !== "string") throw new JqError(`${shown(value)} only strings can be parsed`);
  try {
    return parseJson(value);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw new JqError(`${error.message} (while parsing '${value}')`);
  }
}

function both(name: string, test: (a: string, b: string) => boolean): Run {
  return one((a, b) => {
    if (typeof a !== "string" || typeof b !== "string") throw new JqError(`${name}() requires string inputs`);
    return test(a, b as string);
  });
}

// Regular expressions: Oniguruma's are close to JavaScript's

function regex(value: Json, source: Json, flags: Json): { readonly expression: RegExp; readonly global: boolean } {
  const [pattern, mods] = isArray(source) ? [source[0] ?? null, source[1] ?? null] : [source, flags];
  if (typeof pattern !== "string") throw new JqError(`${typeOf(pattern)} not a string or array`);
  if (typeof value !== "string") throw new JqError(`${shown(value)} cannot be matched, as it is not a string`);

  if (mods !== null && typeof mods !== "string") throw new JqError(`${shown(mods)} is not a string`);
  const letters = mods ?? "";
  if (/[^gimnpslx]/.test(letters)) throw new JqError(`${letters} is not a valid modifier string`);
  const body = letters.includes("x") ? pattern.replace(/\\[^]|\s+|#.*$/gm, (piece) => (piece.startsWith("\\") ? piece : "")) : pattern;
  try {
    return { expression: new RegExp(body.replace(/\[\[:(\w+):\]\]/g, (_, name: string) => ({ alpha: "[A-Za-z]", digit: "[0-9]", alnum: "[A-Za-z0-9]", space: "\\s", upper: "[A-Z]", lower: "[a-z]", punct: "[!-\\/:-@\\[-`{-~]" })[name] ?? `[[:${name}:]]`), `dug${letters.includes("i") ? "i" : ""}${/[sp]/.test(letters) ? "s" : ""}`), global: letters.includes("g") };
  } catch {
    throw new JqError(`${pattern} (at offset 0) is not a valid regex: invalid pattern`);
  }
}

function* matches(value: Json, source: Json, flags: Json): Generator<RegExpExecArray> {
  const { expression, global } = regex(value, source, flags);
  if (!global) {
    const m = expression.exec(value as string);
    if (m) yield m;
    return;
  }
  yield* (value as string).matchAll(expression) as IterableIterator<RegExpExecArray>;
}

function matchObject(text: string, m: RegExpExecArray): Json {
  const names = new Map<number, string>();
  for (const [name, span] of Object.entries(m.indices?.groups ?? {})) {
    const at = (m.indices ?? []).findIndex((each, i) => i > 0 && !names.has(i) && each?.[0] === span?.[0] && each?.[1] === span?.[1]);
    if (at > 0) names.set(at, name);
  }
  const offset = (at: number): number => [...text.slice(0, at)].length;
  const captures = m.slice(1).map((string, i) => {
    const span = m.indices?.[i + 1];
    return new Map<string, Json>([["offset", span ? offset(span[0]) : -1], ["length", string === undefined ? 0 : [...string].length], ["string", string ?? null], ["name", names.get(i + 1) ?? null]]);
  });
  return new Map<string, Json>([["offset", offset(m.index)], ["length", [...m[0]].length], ["string", m[0]], ["captures", captures]]);
}

function splitRegex(value: Json, source: Json, flags: Json): Json {
  const { expression } = regex(value, source, flags);
  const text = value as string;
  const pieces: string[] = [];
  let at = 0;
  for (const m of text.matchAll(expression)) {
    pieces.push(text.slice(at, m.index));
    at = m.index + m[0].length;
  }
  return [...pieces, text.slice(at)];
}

// Dates

function broken(seconds: number): Json {
  const d = civil(seconds * 1000);
  const yearStart = unixMs(d.year, 1, 1);
  return [d.year, d.month - 1, d.day, d.hour, d.minute, d.second + (seconds - Math.floor(seconds)), d.weekday, Math.floor((seconds * 1000 - yearStart) / 86_400_000)];
}

function gmtime(value: Json): Json {
  if (typeof value !== "number") throw new JqError("gmtime() requires numeric inputs");
  return broken(value);
}

function mktime(value: Json): number {
  if (!isArray(value)) throw new JqError("mktime requires array inputs");
  if (value.length < 6 || value.some((each) => typeof each !== "number")) throw new JqError("mktime requires array of 6 numbers");
  const [year, month, day, hour, minute, second] = value as readonly number[];
  return Math.floor((unixMs(year ?? 1970, (month ?? 0) + 1, day ?? 1, hour, minute) / 1000) + (second ?? 0));
}

function strftimeOf(value: Json, format: Json): Json {
  if (typeof format !== "string") throw new JqError("strftime/1 requires a string format");
  if (typeof value !== "number" && !isArray(value)) throw new JqError("strftime/1 requires parsed datetime inputs");
  const ms = (typeof value === "number" ? Math.floor(value) : mktime(value)) * 1000;
  return strftime(format, civil(ms), ms);
}

function strptime(value: Json, format: Json): Json {
  if (typeof value !== "string" || typeof format !== "string") throw new JqError(`strptime/1 requires string inputs and arguments`);
  const names: string[] = [];
  const fields: Readonly<Record<string, string>> = { Y: "(\\d{4})", m: "(\\d{1,2})", d: "(\\d{1,2})", H: "(\\d{1,2})", M: "(\\d{1,2})", S: "(\\d{1,2})", Z: "(?:[A-Z]+)", z: "(?:Z|[+-]\\d\\d:?\\d\\d)", T: "(\\d\\d):(\\d\\d):(\\d\\d)" };
  const source = format.replace(/%([A-Za-z])|[.*+?^${}()|[\]\\]/g, (whole, letter: string | undefined) => {
    if (letter === undefined) return `\\${whole}`;
    if (!fields[letter]) throw new JqError(`not modelled: %${letter} in strptime`);
    names.push(...(letter === "T" ? ["H", "M", "S"] : /[Zz]/.test(letter) ? [] : [letter]));
    return fields[letter] as string;
  });
  const m = new RegExp(`^${source}$`).exec(value);
  if (!m) throw new JqError(`date "${value}" does not match format "${format}"`);
  const part = (letter: string, missing: number): number => (names.includes(letter) ? Number(m[names.indexOf(letter) + 1]) : missing);
  return broken(unixMs(part("Y", 1900), part("m", 1), part("d", 1), part("H", 0), part("M", 0), part("S", 0)) / 1000);
}

function transpose(value: Json): Json {
  if (!isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
  const odd = value.find((row) => !isArray(row));
  if (odd !== undefined) throw new JqError(`Cannot index ${typeOf(odd)} with number`);
  const rows = value as readonly (readonly Json[])[];
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, i) => rows.map((row) => row[i] ?? null));
}

function implode(value: Json): Json {
  if (!isArray(value)) throw new JqError("implode input must be an array");
  return value.map((code) => String.fromCodePoint(number(code, "Unicode codepoint must be numeric"))).join("");
}

function extreme(sign: 1 | -1): Run {
  return one((value) => {
    if (!isArray(value)) throw new JqError(`${shown(value)} and ${shown(value)} cannot be iterated over`);
    return value.reduce<Json>((best, item, i) => (i === 0 || compare(item, best) * sign > 0 || (sign === 1 && compare(item, best) === 0) ? item : best), null);
  });
}

export const NATIVE_VALUES: ReadonlyMap<string, Run> = new Map<string, Run>([
  ["length/0", one(length)],
  ["utf8bytelength/0", one((value) => {
    if (typeof value !== "string") throw new JqError(`${shown(value)} only strings have UTF-8 byte length`);
    return utf8(value).length;
  })],
  ["keys/0", one((value) => keys(value, true))],
  ["keys_unsorted/0", one((value) => keys(value, false))],
  ["has/1", one((value, key) => has(value, key as Json))],
  ["contains/1", one((a, b) => contains(a, b as Json))],
  ["type/0", one(typeOf)],
  ["tostring/0", one(asText)],
  ["tojson/0", one((value) => print(value))],
  ["fromjson/0", one(fromjson)],
  ["tonumber/0", one(tonumber)],
  ["flatten/0", one((value) => flatten(value, 1e9))],
  ["flatten/1", one((value, depth) => flatten(value, number(depth as Json, "flatten depth must not be negative")))],
  ["range/3", (_, [from = 0, to = 0, by = 1]) => range(from, to, by)],
  ["min/0", extreme(-1)],
  ["max/0", extreme(1)],
  ["transpose/0", one(transpose)],
  ["explode/0", one((value) => {
    if (typeof value !== "string") throw new JqError("explode input must be a string");
    return [...value].map((char) => char.codePointAt(0) ?? 0);
  })],
  ["implode/0", one(implode)],
  ["startswith/1", both("startswith", (a, b) => a.startsWith(b))],
  ["endswith/1", both("endswith", (a, b) => a.endsWith(b))],
  ["split/1", one((value, separator) => {
    if (typeof value !== "string" || typeof separator !== "string") throw new JqError("split input and separator must be strings");
    return split(value, separator);
  })],
  ["split/2", one((value, source, flags) => splitRegex(value, source as Json, flags as Json))],
  ["indices/1", one((value, wanted) => indices(value, wanted as Json))],
  ["match/2", (value, [source = null, flags = null]) => [...matches(value, source, flags)].map((m) => matchObject(value as string, m))],
  ["test/2", one((value, source, flags) => regex(value, source as Json, flags as Json).expression.test(value as string))],
  ["gmtime/0", one(gmtime)],
  ["localtime/0", one(gmtime)],
  ["mktime/0", one(mktime)],
  ["strftime/1", one((value, format) => strftimeOf(value, format as Json))],
  ["strflocaltime/1", one((value, format) => strftimeOf(value, format as Json))],
  ["strptime/1", one((value, format) => strptime(value, format as Json))],
  ["infinite/0", one(() => Number.POSITIVE_INFINITY)],
  ["nan/0", one(() => Number.NaN)],
  ["null/0", one(() => null)],
  ["true/0", one(() => true)],
  ["false/0", one(() => false)],
  ["isinfinite/0", one((value) => Math.abs(number(value, "number required")) === Number.POSITIVE_INFINITY)],
  ["isnan/0", one((value) => Number.isNaN(number(value, "number required")))],
  ["isnormal/0", one((value) => Number.isFinite(value) && value !== 0)],
  ["pow/2", one((_, a, b) => number(a as Json, "number required") ** number(b as Json, "number required"))],
  ["log2/0", one((value) => Math.log2(number(value, "number required")))],
  math("floor", Math.floor), math("ceil", Math.ceil), math("round", (x) => Math.sign(x) * Math.round(Math.abs(x))), math("fabs", Math.abs), math("sqrt", Math.sqrt), math("log", Math.log), math("log10", Math.log10), math("exp", Math.exp), math("exp10", (x) => 10 ** x), math("exp2", (x) => 2 ** x), math("trunc", Math.trunc),
]);
