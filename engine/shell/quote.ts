/** Quoting: $'…' as bash reads it, the escapes of echo -e and printf, and words made safe to type again. */
const SIMPLE: Readonly<Record<string, string>> = { a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", "'": "'", '"': '"', "?": "?" };

/** From behind $' on; `end` lies behind the closing quote, undefined if there is none. */
export function ansiQuoted(text: string, from: number): { readonly text: string; readonly end: number | undefined } {
  let out = "";
  for (let at = from; at < text.length; ) {
    const char = text[at] as string;
    if (char === "'") return { text: out, end: at + 1 };
    if (char !== "\\") {
      out += char;
      at++;
      continue;
    }
    const escape = readEscape(text, at + 1, "ansi");
    out += escape.text;
    at = escape.end;
  }
  return { text: out, end: undefined };
}

/** "echo" wants a 0 before octal digits and knows \c; "printf" and $'…' do not want it. */
export type EscapeStyle = "ansi" | "echo" | "printf";

/** From behind a backslash on. `stop` is \c: print nothing more. */
export function readEscape(text: string, at: number, style: EscapeStyle): { readonly text: string; readonly end: number; readonly stop?: boolean } {
  const char = text[at];
  if (char === undefined) return { text: "\\", end: at };
  const rest = text.slice(at, at + 12);
  const octal = (style === "echo" ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest);
  if (octal) return { text: String.fromCharCode(Number.parseInt(octal[1] || "0", 8) & 255), end: at + octal[0].length };
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest) ?? /^u([0-9a-fA-F]{1,4})/.exec(rest) ?? /^U([0-9a-fA-F]{1,8})/.exec(rest);
  if (hex) return { text: fromCode(Number.parseInt(hex[1] ?? "0", 16)), end: at + hex[0].length };
  if (char === "c") {
    if (style !== "ansi") return { text: "", end: text.length, stop: true };
    return { text: String.fromCharCode((text.charCodeAt(at + 1) || 0) & 31), end: at + 2 };
  }
  const quote = char === "'" || char === "?" || (char === '"' && style === "echo");
  const simple = quote && style === "echo" ? undefined : Object.hasOwn(SIMPLE, char) ? SIMPLE[char] : undefined;
  return { text: simple ?? `\\${char}`, end: at + 1 };
}

function fromCode(code: number): string {
  return code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
}

/** All escapes of a text; `stop` if one of them was \c. */
export function unescape(text: string, style: EscapeStyle): { readonly text: string; readonly stop: boolean } {
  if (!text.includes("\\")) return { text, stop: false };
  let out = "";
  for (let at = 0; at < text.length; ) {
    const char = text[at] as string;
    if (char !== "\\") {
      out += char;
      at++;
      continue;
    }
    const escape = readEscape(text, at + 1, style);
    out += escape.text;
    if (escape.stop) return { text: out, stop: true };
    at = escape.end;
  }
  return { text: out, stop: false };
}

/** As printf %q prints a word. */
export function quoteWord(word: string): string {
  if (word === "") return "''";
  if (/[\x00-\x1f\x7f]/.test(word)) return ansiQuote(word);
  return word.replace(/[^A-Za-z0-9_@%+=:,./\u0080-\uffff-]/g, "\\$&").replace(/^~/, "\\~");
}

/** In single quotes if it needs any: as `set`, `declare -p`, `alias` and -x print values. */
export function quoteSingle(word: string): string {
  if (/[\x00-\x1f\x7f]/.test(word)) return ansiQuote(word);
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export function quoteIfNeeded(word: string): string {
  return word !== "" && /^[A-Za-z0-9_@%+:,./=\u0080-\uffff-]+$/.test(word) ? word : quoteSingle(word);
}

function ansiQuote(word: string): string {
  const names: Readonly<Record<string, string>> = { "\x07": "\\a", "\b": "\\b", "\x1b": "\\E", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", "'": "\\'" };
  return `$'${word.replace(/[\x00-\x1f\x7f'\\]/g, (char) => names[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`)}'`;
}
