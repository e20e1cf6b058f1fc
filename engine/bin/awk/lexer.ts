/** The words of an awk program. A slash is a division or begins a regular expression, by what stands before it. */
import { AwkProblem } from "./ast";

export type Token = { readonly kind: "number" | "string" | "regex" | "name" | "func" | "builtin" | "word" | "op" | "newline" | "end"; readonly text: string; readonly line: number };

const KEYWORDS = new Set(["BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue", "next", "nextfile", "exit", "return", "delete", "in", "getline", "print", "printf"]);
export const BUILTINS = new Set(["length", "substr", "index", "split", "sub", "gsub", "gensub", "match", "sprintf", "sin", "cos", "atan2", "exp", "log", "sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close", "fflush", "strftime", "systime", "asort", "asorti", "and", "or", "xor", "lshift", "rshift", "compl", "strtonum"]);
const OPS = ["**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", ">>", "|&", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "="];

export function lex(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const add = (kind: Token["kind"], text: string): void => void tokens.push({ kind, text, line });
  while (at < source.length) {
    const char = source[at] as string;
    const rest = source.slice(at, at + 4096);
    const blank = /^(?:[ \t\r]+|\\\r?\n|#[^\n]*)/.exec(rest)?.[0];
    if (blank !== undefined) {
      at += blank.length;
      if (blank.endsWith("\n")) line++;
    } else if (char === "\n") {
      add("newline", "\n");
      line++;
      at++;
    } else if (char === '"') {
      const [text, next] = quoted(source, at + 1, '"', line);
      add("string", text);
      at = next;
    } else if (char === "/" && mayBeRegex(tokens.at(-1))) {
      const [text, next] = regex(source, at + 1, line);
      add("regex", text);
      at = next;
    } else {
      const word = wordAt(rest, line);
      tokens.push(word);
      at += word.text.length;
    }
  }
  add("newline", "\n");
  add("end", "");
  return tokens;
}

function wordAt(rest: string, line: number): Token {
  const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(rest)?.[0];
  if (number !== undefined) return { kind: "number", text: number, line };
  const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
  if (name !== undefined) {
    const kind = KEYWORDS.has(name) ? "word" : BUILTINS.has(name) ? "builtin" : rest[name.length] === "(" ? "func" : "name";
    return { kind, text: name, line };
  }
  const op = OPS.find((candidate) => rest.startsWith(candidate));
  if (op === undefined) throw new AwkProblem(`line ${line}: syntax error at or near ${rest[0]}`);
  return { kind: "op", text: op, line };
}

/** After a value a slash divides. */
function mayBeRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (["number", "string", "regex", "name", "builtin"].includes(before.kind)) return false;
  return !(before.kind === "op" && [")", "]", "$", "++", "--"].includes(before.text));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "/": "/", a: "\x07", b: "\b", f: "\f", v: "\v" };

function quoted(source: string, from: number, end: string, line: number): readonly [string, number] {
  let text = "";
  for (let i = from; i < source.length; i++) {
    const char = source[i] as string;
    if (char === end) return [text, i + 1];
    if (char === "\n") break;
    if (char !== "\\") {
      text += char;
      continue;
    }
    const next = source[++i] ?? "";
    const octal = /^[0-7]{1,3}/.exec(source.slice(i, i + 3))?.[0];
    if (octal !== undefined) {
      text += String.fromCharCode(Number.parseInt(octal, 8));
      i += octal.length - 1;
    } else if (next !== "\n") text += ESCAPES[next] ?? `\\${next}`;
  }
  throw new AwkProblem(`line ${line}: runaway string constant "${text.slice(0, 20)} ...`);
}

function regex(source: string, from: number, line: number): readonly [string, number] {
  let text = "";
  let inBrackets = false;
  for (let i = from; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "\n") break;
    if (char === "/" && !inBrackets) return [text, i + 1];
    if (char === "\\" && source[i + 1] === "/") {
      text += "/";
      i++;
    } else if (char === "\\") {
      text += char + (source[i + 1] ?? "");
      i++;
    } else {
      if (char === "[") inBrackets = true;
      if (char === "]" && source[i - 1] !== "[") inBrackets = false;
      text += char;
    }
  }
  throw new AwkProblem(`line ${line}: regular expression is not terminated`);
}

/** The escapes of a string that came by -v or as an operand. */
export function unescape(text: string): string {
  return text.replace(/\\([0-7]{1,3}|.)/g, (whole, code: string) => (/^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? whole)));
}
