/**
 * KYAML: the part of YAML that `-o kyaml` writes, with braces, quotes and commas, so that neither indentation nor
 * the spelling of a value can change what it means (KEP-5295; sigs.k8s.io/yaml/kyaml).
 */
import { compare } from "../../core/order";

type Map = Readonly<Record<string, unknown>>;

/** One document. `sorted`: maps in the order of their keys, as of whoever holds no Go struct. */
export function toKyaml(value: unknown, sorted: boolean): string {
  return `---\n${node(value, 0, sorted)}\n`;
}

function node(value: unknown, indent: number, sorted: boolean): string {
  if (typeof value === "string") return quoted(value, indent + 1);
  if (Array.isArray(value)) return sequence(value, indent, sorted);
  if (typeof value === "object" && value !== null) return mapping(value as Map, indent, sorted);
  return String(value);
}

function sequence(items: readonly unknown[], indent: number, sorted: boolean): string {
  if (items.length === 0) return "[]";
  if (items.every((item) => typeof item === "object" && item !== null)) return `[${items.map((item) => node(item, indent, sorted)).join(", ")}]`;
  return `[\n${items.map((item) => `${pad(indent + 1)}${node(item, indent + 1, sorted)},\n`).join("")}${pad(indent)}]`;
}

function mapping(map: Map, indent: number, sorted: boolean): string {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  if (keys.length === 0) return "{}";
  if (sorted) keys.sort(compare);
  return `{\n${keys.map((key) => `${pad(indent + 1)}${needsQuotes(key) ? quoted(key, indent + 2) : key}: ${node(map[key], indent + 1, sorted)},\n`).join("")}${pad(indent)}}`;
}

function pad(indent: number): string {
  return "  ".repeat(indent);
}

/** Lines are kept apart: each begins anew after a folded break. */
function quoted(value: string, indent: number): string {
  if (!value.includes("\n")) return `"${[...value].map(escaped).join("")}"`;
  const lines = value.split("\n");
  const last = lines.pop() ?? "";
  const begin = (line: string): string => `${pad(indent)}${/^[\p{Z}\t\v\f\r\u0085]/u.test(line) ? "\\" : " "}`;
  const body = lines.map((line) => `${begin(line)}${[...line].map(escaped).join("")}\\n\\\n`).join("");
  const rest = last === "" ? "" : `${begin(last)}${[...last].map(escaped).join("")}\\\n`;
  return `"\\\n${body}${rest}${pad(indent)}"`;
}

const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"', "\\": "\\\\", "\u0007": "\\a", "\b": "\\b", "\f": "\\f", "\r": "\\r", "\v": "\\v", "\0": "\\0", "\u001b": "\\e", "\u0085": "\\N", "\u00a0": "\\_", "\u2028": "\\L", "\u2029": "\\P",
}; // biome-ignore format: pairs

function escaped(rune: string): string {
  const named = NAMED[rune];
  if (named !== undefined) return named;
  if (rune === "\t" || rune === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(rune)) return rune;
  const code = rune.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

const AMBIGUOUS = /^(null|~|true|false|t|f|y|yes|on|n|no|off|[-+]?\.inf|\.nan)$/i;
const NUMBER = /^[-+]?(0x[0-9a-f]+|0o?[0-7]+|0b[01]+|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|inf|infinity|nan)$/i;
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/;

/** Keys stand plain where nobody could read them as anything but a text. */
function needsQuotes(key: string): boolean {
  if (key === "" || AMBIGUOUS.test(key) || NUMBER.test(key.replaceAll("_", "")) || SEXAGESIMAL.test(key) || DATE.test(key)) return true;
  return !/^[\p{L}\p{N}_]([\p{L}\p{N}_./-]*[\p{L}\p{N}_])?$/u.test(key);
}
