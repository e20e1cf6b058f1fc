/** The functions a Go template may call: text/template's own, and those kubectl adds. */
import { text, utf8 } from "../../../core/bytes";
import { fromBase64 } from "../base64";
import { goPrint } from "../go-value";
import { isMap, type Json } from "../json";

type Value = Json | undefined;

/** A function that cannot do what it was asked. `plain`: the template found that out, not the function. */
export class CallError extends Error {
  constructor(
    message: string,
    readonly plain = false,
  ) {
    super(message);
  }
}

function truth(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  return Array.isArray(value) ? value.length > 0 : isMap(value) ? Object.keys(value).length > 0 : true;
}

function order(left: Value, right: Value): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new CallError(`incompatible types for comparison: ${goTypeOf(left ?? null)} and ${goTypeOf(right ?? null)}`);
}

/** Two of one kind are compared; nothing is like nothing only. */
function equal(left: Value, right: Value): boolean {
  if (left === undefined || left === null || right === undefined || right === null) return (left ?? null) === (right ?? null);
  const [a, b] = [goTypeOf(left), goTypeOf(right)];
  if (a !== b) throw new CallError(`incompatible types for comparison: ${a} and ${b}`);
  if (typeof left === "object") throw new CallError(`non-comparable type ${goPrint(left)}: ${a}`);
  return left === right;
}

function goTypeOf(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : Number.isInteger(value) ? "int" : "float64";
}

function sliced([item, ...marks]: readonly Value[]): Value {
  if (typeof item !== "string" && !Array.isArray(item)) throw new CallError(item === undefined || item === null ? "slice of untyped nil" : `can't slice item of type ${goTypeOf(item)}`);
  const list = item as string | Json[];
  const [from = 0, to = list.length] = marks.map(Number);
  for (const mark of [from, to]) if (mark < 0 || mark > list.length) throw new CallError(`index out of range: ${mark}`);
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  return list.slice(from, to);
}

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const JS: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D" };

function queryEscaped(written: string): string {
  return [...utf8(written)].map((byte) => (byte === 0x20 ? "+" : /[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)).join("");
}

function fail(why: string): never {
  throw new CallError(why);
}

function index(args: readonly Value[]): Value {
  return args.slice(1).reduce((here: Value, key) => {
    if (Array.isArray(here) && typeof key === "number") {
      if (key < 0 || key >= here.length) fail(`index out of range: ${key}`);
      return here[key] as Json;
    }
    if (typeof here === "string" && typeof key === "number") {
      const bytes = utf8(here);
      return key >= 0 && key < bytes.length ? (bytes[key] as number) : fail(`index out of range: ${key}`);
    }
    if (Array.isArray(here) || typeof here === "string") return fail(`cannot index slice/array with type ${key === undefined || key === null ? "nil" : goTypeOf(key)}`);
    if (isMap(here)) return here[String(key)];
    return here === undefined || here === null ? fail("index of untyped nil") : fail(`can't index item of type ${goTypeOf(here)}`);
  }, args[0]);
}

function length(value: Value): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : fail(value === undefined || value === null ? "reflect: call of reflect.Value.Type on zero Value" : `len of type ${goTypeOf(value)}`);
}

/** fmt.Sprintf for the verbs templates use: %s %v %d %q %f %x %c %t %T %%, with width and flags. */
function printf(args: readonly Value[]): string {
  const [format, ...values] = args;
  let next = 0;
  const printed = String(format ?? "").replaceAll(/%([-+0 ]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g, (_, flags: string, width: string, precision: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const out = formatted(verb, values[next++], precision === undefined ? undefined : Number(precision));
    if (flags.includes("-")) return out.padEnd(Number(width));
    return out.padStart(Number(width), flags.includes("0") ? "0" : " ");
  });
  const extra = values.slice(next).map((value) => `${value === undefined || value === null ? "<nil>" : `${goTypeOf(value)}=${goPrint(value)}`}`);
  return extra.length === 0 ? printed : `${printed}%!(EXTRA ${extra.join(", ")})`;
}

function formatted(verb: string, value: Value, precision: number | undefined): string {
  if (verb === "v" || value === undefined || value === null) return verb === "v" || value === undefined ? goPrint(value) : `%!${verb}(<nil>)`;
  if (verb === "T") return goTypeOf(value);
  if (verb === "q" && typeof value === "string") return JSON.stringify(value);
  if (verb === "s" && typeof value === "string") return precision === undefined ? value : value.slice(0, precision);
  if (verb === "x" && typeof value === "string") return [...utf8(value)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (verb === "t" && typeof value === "boolean") return String(value);
  if (verb === "f" && typeof value === "number" && !Number.isInteger(value)) return value.toFixed(precision ?? 6);
  if (typeof value === "number" && Number.isInteger(value)) {
    if (verb === "d") return String(value);
    if (verb === "x") return value.toString(16);
    if (verb === "c") return String.fromCodePoint(value);
  }
  return typeof value === "object" ? goPrint(value) : `%!${verb}(${goTypeOf(value)}=${goPrint(value)})`;
}

/** fmt.Sprint: a blank between two that are both no strings. */
function print(args: readonly Value[]): string {
  return args.map((value, i) => (i > 0 && typeof value !== "string" && typeof args[i - 1] !== "string" ? ` ${goPrint(value)}` : goPrint(value))).join("");
}

/** How many arguments the fixed ones want; -1: at least one. */
const ARITY: Readonly<Record<string, number>> = { and: -1, or: -1, not: 1, len: 1, lt: 2, le: 2, gt: 2, ge: 2, ne: 2, base64decode: 1, eq: -1 };

export function checkArity(name: string, given: number): void {
  const wanted = ARITY[name];
  if (wanted === undefined || wanted === given || (wanted === -1 && given > 0)) return;
  throw new CallError(`wrong number of args for ${name}: want ${wanted === -1 ? "at least 1" : wanted} got ${given}`, true);
}

export const FUNCTIONS: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  eq: ([left, ...rights]) => (rights.length === 0 ? fail("missing argument for comparison") : rights).some((right) => equal(left, right)),
  ne: ([left, right]) => !equal(left, right),
  html: (args) => print(args).replace(/[&<>"']/g, (c) => HTML[c] ?? c),
  js: (args) => print(args).replace(/[\\'"<>&=]/g, (c) => JS[c] ?? c),
  urlquery: (args) => queryEscaped(print(args)),
  slice: sliced,
  lt: ([left, right]) => order(left, right) < 0,
  le: ([left, right]) => order(left, right) <= 0,
  gt: ([left, right]) => order(left, right) > 0,
  ge: ([left, right]) => order(left, right) >= 0,
  not: ([value]) => !truth(value),
  index,
  len: ([value]) => length(value),
  print,
  println: (args) => `${args.map(goPrint).join(" ")}\n`,
  printf,
  exists: ([map, ...path]) => {
    let here: Value = map;
    for (const key of path) here = isMap(here) ? here[String(key)] : Array.isArray(here) ? (here[Number(key)] as Value) : undefined;
    return here !== undefined;
  },
  base64decode: ([value]) => {
    if (typeof value !== "string") throw value === undefined || value === null ? new CallError("invalid value; expected string", true) : new CallError(`wrong type for value; expected string; got ${goTypeOf(value)}`, true);
    const bytes = fromBase64(value);
    return bytes === undefined ? fail("base64 decode failed") : text(bytes);
  },
};
