/**
 * YAML as `kubectl get -o yaml` writes it (sigs.k8s.io/yaml over go-yaml v2): keys sorted, lists
 * not indented under their key, two blanks a level. The `yaml` package folds and quotes otherwise,
 * so this is our own; reading YAML is in manifest.ts.
 */
import { isMap } from "./json";
import { byYamlKey } from "./yaml-order";
import { writeString } from "./yaml-scalar";

/** A whole document, with a newline at its end. */
export function toYaml(value: unknown): string {
  if (isMap(value) && Object.keys(value).length > 0) return writeMap(value, 0);
  if (Array.isArray(value) && value.length > 0) return writeList(value, 0);
  return `${writeScalar(value, { column: 0, indent: 2, isKey: false })}\n`;
}

function writeMap(map: { readonly [key: string]: unknown }, indent: number): string {
  const pad = " ".repeat(indent);
  let out = "";
  let first = true;
  for (const key of Object.keys(map).sort(byYamlKey)) {
    const value = map[key];
    if (value === undefined) continue;
    const name = writeString(key, { column: indent, indent, isKey: true });
    out += `${first ? "" : pad}${name}:${writeValue(value, indent, indent + [...name].length + 2)}`;
    first = false;
  }
  return out;
}

/** What follows "key:", its newline included. `column` is where a scalar would begin. */
function writeValue(value: unknown, indent: number, column: number): string {
  if (isMap(value) && Object.keys(value).length > 0) return `\n${" ".repeat(indent + 2)}${writeMap(value, indent + 2)}`;
  if (Array.isArray(value) && value.length > 0) return `\n${" ".repeat(indent)}${writeList(value, indent)}`;
  return ` ${writeScalar(value, { column, indent: indent + 2, isKey: false })}\n`;
}

function writeList(list: readonly unknown[], indent: number): string {
  return list.map((item) => `- ${writeItem(item, indent)}`).join(" ".repeat(indent));
}

function writeItem(item: unknown, indent: number): string {
  if (isMap(item) && Object.keys(item).length > 0) return writeMap(item, indent + 2);
  if (Array.isArray(item) && item.length > 0) return writeList(item, indent + 2);
  return `${writeScalar(item, { column: indent + 2, indent: indent + 2, isKey: false })}\n`;
}

function writeScalar(value: unknown, place: { readonly column: number; readonly indent: number; readonly isKey: boolean }): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return writeString(value, place);
  if (typeof value === "number") return goNumber(value);
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "[]" : "{}";
}

/** strconv.FormatFloat(f, 'g', -1, 64) for what is no whole number. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  const [mantissa = "0", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 21) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
