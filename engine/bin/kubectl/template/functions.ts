/** The functions a Go template may call: text/template's own, and those kubectl adds. */
import { text } from "../../../core/bytes";
import { fromBase64 } from "../base64";
import { goPrint } from "../go-value";
import { isMap, type Json } from "../json";
import { TemplateError } from "./parse";

type Value = Json | undefined;

function truth(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  return Array.isArray(value) ? value.length > 0 : isMap(value) ? Object.keys(value).length > 0 : true;
}

function order(left: Value, right: Value): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new TemplateError("1:2: incompatible types for comparison", false);
}

function fail(name: string, why: string): never {
  throw new TemplateError(`1:2: executing "output" at <${name}>: error calling ${name}: ${why}`, false);
}

function index(args: readonly Value[]): Value {
  return args.slice(1).reduce((here: Value, key) => {
    if (Array.isArray(here) && typeof key === "number") {
      if (key < 0 || key >= here.length) fail("index", `error calling index: index out of range: ${key}`);
      return here[key] as Json;
    }
    if (isMap(here)) return here[String(key)];
    return here === undefined || here === null ? fail("index", "index of untyped nil") : fail("index", "can't index item of type string");
  }, args[0]);
}

function length(value: Value): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : fail("len", "len of nil pointer");
}

/** fmt.Sprintf for the verbs templates use: %s %v %d %q %f %t %%, with width and flags. */
function printf(args: readonly Value[]): string {
  const [format, ...values] = args;
  let next = 0;
  return String(format ?? "").replaceAll(/%([-+0 ]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g, (_, flags: string, width: string, precision: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++];
    let out = verb === "q" ? JSON.stringify(goPrint(value)) : verb === "f" ? Number(value).toFixed(Number(precision ?? 6)) : goPrint(value);
    if (verb === "s" && precision !== undefined) out = out.slice(0, Number(precision));
    if (flags.includes("-")) return out.padEnd(Number(width));
    return out.padStart(Number(width), flags.includes("0") ? "0" : " ");
  });
}

/** fmt.Sprint: a blank between two that are both no strings. */
function print(args: readonly Value[]): string {
  return args.map((value, i) => (i > 0 && typeof value !== "string" && typeof args[i - 1] !== "string" ? ` ${goPrint(value)}` : goPrint(value))).join("");
}

export const FUNCTIONS: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  eq: ([left, ...rights]) => rights.some((right) => left === right),
  ne: ([left, right]) => left !== right,
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
    const bytes = fromBase64(String(value));
    return bytes === undefined ? fail("base64decode", "base64 decode failed") : text(bytes);
  },
};
