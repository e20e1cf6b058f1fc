/**
 * How one string stands in YAML: plain, quoted or as a block. After libyaml's emitter as go-yaml
 * has it (analyze_scalar, select_scalar_style, write_*_scalar), which decides what `kubectl get
 * -o yaml` looks like: long lines are folded after column 80, tabs and emoji are escaped.
 */
const BEST_WIDTH = 80;

type Style = "plain" | "single" | "double" | "literal";

/** Where a scalar is written: column of its first character, indent of its further lines. */
export type Place = { readonly column: number; readonly indent: number; readonly isKey: boolean };

export function writeString(value: string, place: Place): string {
  switch (styleOf(value, place.isKey)) {
    case "plain":
      return fold([...value], place, 0);
    case "single":
      return `'${fold([...value], { ...place, column: place.column + 1 }, 1).replaceAll("\u0000", "''")}'`;
    case "double":
      return `"${writeDouble([...value], { ...place, column: place.column + 1 })}"`;
    case "literal":
      return writeLiteral(value, place.indent);
  }
}

function styleOf(value: string, isKey: boolean): Style {
  const look = analyze(value);
  const wanted: Style = value.includes("\n") ? "literal" : readsAsString(value) ? "plain" : "double";
  if (wanted === "double" || (isKey && look.multiline)) return "double";
  if (wanted === "literal") return look.block && !isKey ? "literal" : "double";
  if (look.plain) return "plain";
  return look.single ? "single" : "double";
}

type Look = { readonly multiline: boolean; readonly plain: boolean; readonly single: boolean; readonly block: boolean };

function analyze(value: string): Look {
  const multiline = /[\n\r\u0085\u2028\u2029]/.test(value);
  const spaceBreak = / [\n\r\u0085\u2028\u2029]/.test(value);
  const breakSpace = /[\n\r\u0085\u2028\u2029] /.test(value);
  const special = [...value].some((rune) => !isPrintable(rune));
  const edges = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/.test(value);
  return {
    multiline,
    plain: !multiline && !edges && !spaceBreak && !special && !hasIndicators(value),
    single: !spaceBreak && !special && !breakSpace,
    block: !spaceBreak && !special && !/ $/.test(value),
  };
}

/** Characters that would mean something in block context. */
function hasIndicators(value: string): boolean {
  if (value.startsWith("---") || value.startsWith("...")) return true;
  return /^[#,[\]{}&*!|>'"%@`]/.test(value) || /^[?:-](?:[\s\0]|$)/.test(value) || /:(?:\s|$)/.test(value) || /\s#/.test(value);
}

function isPrintable(rune: string): boolean {
  const code = rune.codePointAt(0) ?? 0;
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) return true;
  return code >= 0xa0 && code <= 0xfffd && code !== 0xfeff && !(code >= 0xd800 && code < 0xe000);
}

/** False for what YAML 1.1 would read as a number, a truth value, null or a date. */
export function readsAsString(value: string): boolean {
  if (value === "" || /^(?:~|null|Null|NULL|<<)$/.test(value)) return value === "<<";
  if (/^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/.test(value)) return false;
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(value)) return false;
  const bare = value.replaceAll("_", "");
  if (/^[-+]?(?:0b[01]+|0x[0-9a-fA-F]+|0o?[0-7]+|\d+)$/.test(bare) && /^[-+.\d]/.test(value)) return false;
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(value)) return false;
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?$/.test(value)) return false;
  return !isTimestamp(value);
}

function isTimestamp(value: string): boolean {
  return /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ]\s*\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|\s*[-+]\d{1,2}(?::?\d{1,2})?)?$)/.test(value);
}

/** Plain and single quoted text, broken at a single blank once the line is full. A quote becomes NUL, to be doubled. */
function fold(runes: readonly string[], place: Place, quotes: 0 | 1): string {
  let column = place.column;
  let wasSpace = false;
  let out = "";
  runes.forEach((rune, i) => {
    const inside = quotes === 0 || (i > 0 && i < runes.length - 1);
    if (rune === " " && !place.isKey && !wasSpace && inside && column > BEST_WIDTH && runes[i + 1] !== " ") {
      out += `\n${" ".repeat(place.indent)}`;
      column = place.indent;
    } else {
      const quote = quotes === 1 && rune === "'";
      out += quote ? "\u0000" : rune;
      column += quote ? 2 : 1;
    }
    wasSpace = rune === " ";
  });
  return out;
}

function writeDouble(runes: readonly string[], place: Place): string {
  let column = place.column;
  let wasSpace = false;
  let out = "";
  runes.forEach((rune, i) => {
    if (rune === " " && !place.isKey && !wasSpace && column > BEST_WIDTH && i > 0 && i < runes.length - 1) {
      const next = runes[i + 1] === " " ? "\\" : "";
      out += `\n${" ".repeat(place.indent)}${next}`;
      column = place.indent + next.length;
      wasSpace = true;
      return;
    }
    const written = isPrintable(rune) && rune !== "\n" && rune !== '"' && rune !== "\\" && !/[\u0085\u2028\u2029]/.test(rune) ? rune : escaped(rune);
    out += written;
    column += [...written].length;
    wasSpace = rune === " ";
  });
  return out;
}

const SHORT: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escaped(rune: string): string {
  const short = SHORT[rune];
  if (short !== undefined) return short;
  const hex = (rune.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function writeLiteral(value: string, indent: number): string {
  const hint = /^[ \n]/.test(value) ? "2" : "";
  const chomp = !value.endsWith("\n") ? "-" : value === "\n" || value.endsWith("\n\n") ? "+" : "";
  const body = value.endsWith("\n") ? value.slice(0, -1) : value;
  const pad = " ".repeat(indent);
  return `|${hint}${chomp}\n${body
    .split("\n")
    .map((line) => (line === "" ? "" : pad + line))
    .join("\n")}`;
}
