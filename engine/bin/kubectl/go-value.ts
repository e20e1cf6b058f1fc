/** Values as Go's fmt prints them, for templates: strings bare, maps as map[a:1 b:2] or JSON. */
import { compactJson, isMap, type Json } from "./json";

/** As kubectl's jsonpath prints a result: scalars as text, anything deeper as compact JSON. */
export function goText(value: Json): string {
  if (typeof value === "object") return compactJson(value);
  return scalarText(value);
}

/** fmt.Sprint of a decoded JSON value: what go-template prints. */
export function goPrint(value: Json | undefined): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map((item: Json) => goPrint(item)).join(" ")}]`;
  if (isMap(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goPrint(value[key] as Json)}`).join(" ")}]`;
  }
  return scalarText(value);
}

function scalarText(value: Json): string {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(value);
}

/** fmt's %q for the text that stands in messages. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** fmt's %#v of a decoded JSON value: what kubectl shows when a template fails. */
export function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map((item: Json) => goSyntax(item)).join(", ")}}`;
  if (!isMap(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `map[string]interface {}{${keys.map((key) => `${quoted(key)}:${goSyntax(value[key] as Json)}`).join(", ")}}`;
}

/** Go's name for the type of a decoded JSON value. */
export function goType(value: Json): string {
  if (value === null) return "invalid";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return "string";
}
