/** jq's values: JSON, with objects that keep the order their keys came in. */
import { compare as compareText } from "../../core/order";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

export function isObject(value: Json): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function typeOf(value: Json): "null" | "boolean" | "number" | "string" | "array" | "object" {
  if (value === null) return "null";
  if (isArray(value)) return "array";
  if (isObject(value)) return "object";
  return typeof value as "boolean" | "number" | "string";
}

export function truthy(value: Json): boolean {
  return value !== null && value !== false;
}

const ORDER = ["null", "false", "true", "number", "string", "array", "object"];

function rank(value: Json): number {
  return ORDER.indexOf(typeof value === "boolean" ? String(value) : typeOf(value));
}

export function sortedKeys(object: JsonObject): string[] {
  return [...object.keys()].sort(compareText);
}

/** jq's total order: null, false, true, numbers, strings, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const order = rank(a) - rank(b);
  if (order !== 0) return order;
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.isNaN(a) ? -1 : 1;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (isArray(a) && isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const inner = compare(a[i] as Json, b[i] as Json);
      if (inner !== 0) return inner;
    }
    return a.length - b.length;
  }
  if (isObject(a) && isObject(b)) {
    const [x, y] = [sortedKeys(a), sortedKeys(b)];
    const keys = compare(x, y);
    if (keys !== 0) return keys;
    for (const key of x) {
      const inner = compare(a.get(key) as Json, b.get(key) as Json);
      if (inner !== 0) return inner;
    }
  }
  return 0;
}

export type PrintOptions = { readonly indent: string; readonly sortKeys: boolean; readonly ascii: boolean; readonly color: boolean };
export const COMPACT: PrintOptions = { indent: "", sortKeys: false, ascii: false, color: false };

/** jq 1.6's colours: null dark, false true numbers plain, strings green, arrays and objects bold, keys blue. */
const COLORS = { null: "1;30", false: "0;39", true: "0;39", number: "0;39", string: "0;32", array: "1;39", object: "1;39", key: "34;1" };

export function print(value: Json, options: PrintOptions = COMPACT, pad = ""): string {
  if (options.color) return printColored(value, options, pad);
  switch (typeOf(value)) {
    case "number":
      return printNumber(value as number);
    case "string":
      return quote(value as string, options.ascii);
    case "array":
      return wrap("[", "]", (value as readonly Json[]).map((item) => print(item, options, pad + options.indent)), options, pad);
    case "object": {
      const object = value as JsonObject;
      const keys = options.sortKeys ? sortedKeys(object) : [...object.keys()];
      return wrap("{", "}", keys.map((key) => `${quote(key, options.ascii)}:${options.indent === "" ? "" : " "}${print(object.get(key) as Json, options, pad + options.indent)}`), options, pad);
    }
    case "null":
    case "boolean":
      return String(value);
  }
}

function wrap(open: string, close: string, items: readonly string[], { indent }: PrintOptions, pad: string): string {
  if (items.length === 0) return open + close;
  if (indent === "") return open + items.join(",") + close;
  return `${open}\n${items.map((item) => pad + indent + item).join(",\n")}\n${pad}${close}`;
}

function printColored(value: Json, options: PrintOptions, pad: string): string {
  const type = typeOf(value);
  const color = type === "boolean" ? COLORS[String(value) as "true"] : COLORS[type];
  const paint = (text: string, code = color): string => `\x1b[${code}m${text}\x1b[0m`;
  if (type !== "array" && type !== "object") return paint(print(value, { ...options, color: false }));
  const break_ = options.indent === "" ? "" : `\n${pad}${options.indent}`;
  const end = options.indent === "" ? "" : `\n${pad}`;
  if (isArray(value)) {
    if (value.length === 0) return paint("[]");
    const items = value.map((item, i) => `${i === 0 ? "" : `\x1b[${color}m,`}${break_}${printColored(item, options, pad + options.indent)}`);
    return `\x1b[${color}m[${items.join("")}\x1b[${color}m${end}\x1b[${color}m]\x1b[0m`;
  }
  const object = value as JsonObject;
  if (object.size === 0) return paint("{}");
  const keys = options.sortKeys ? sortedKeys(object) : [...object.keys()];
  const items = keys.map((key, i) => `${i === 0 ? "" : `\x1b[${color}m,${break_}`}${i === 0 ? break_ : ""}\x1b[0m${paint(quote(key, options.ascii), COLORS.key)}\x1b[${color}m:${options.indent === "" ? "" : " "}\x1b[0m${printColored(object.get(key) as Json, options, pad + options.indent)}`);
  return `\x1b[${color}m{${items.join("")}\x1b[${color}m${end}\x1b[${color}m}\x1b[0m`;
}

export function printNumber(value: number): string {
  if (Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return value > 0 ? "1.7976931348623157e+308" : "-1.7976931348623157e+308";
  if (Object.is(value, -0)) return "-0";
  if (value === 0) return "0";
  // As jq's dtoa does: digits as they are while the point lies near them, with an exponent beyond.
  const m = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  const [, sign = "", first = "0", more = "", power = "0"] = m ?? [];
  const digits = first + more;
  const point = Number(power) + 1;
  if (point <= -4 || point > digits.length + 15) return `${sign}${first}${more === "" ? "" : `.${more}`}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return digits.length <= point ? sign + digits.padEnd(point, "0") : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f" };

export function quote(text: string, ascii = false): string {
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${ascii ? escaped.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`) : escaped}"`;
}
