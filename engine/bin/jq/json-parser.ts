/** JSON texts, one after the other, as jq reads them; its complaints name line and column. */
import type { Json } from "./value";

export class JsonProblem extends Error {}

const MAX_DEPTH = 256;

export class JsonParser {
  #at = 0;
  #depth = 0;

  constructor(private readonly text: string) {}

  /** The next value; undefined at the end. */
  next(): Json | undefined {
    this.#blank();
    if (this.#at >= this.text.length) return undefined;
    return this.#value();
  }

  get line(): number {
    const end = this.text.indexOf("\n", this.#at);
    return this.text.slice(0, end < 0 ? this.text.length : end + 1).split("\n").length - 1;
  }

  #blank(): void {
    while (/[\s\ufeff]/.test(this.text[this.#at] ?? "")) this.#at++;
  }

  #problem(what: string, at = this.#at): JsonProblem {
    const before = this.text.slice(0, at + 1);
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n") - 1;
    return new JsonProblem(`${what} at ${at >= this.text.length ? "EOF at " : ""}line ${line}, column ${column}`);
  }

  #value(): Json {
    if (++this.#depth > MAX_DEPTH) throw this.#problem("Exceeds depth limit for parsing");
    const char = this.text[this.#at];
    const value = char === "{" ? this.#object() : char === "[" ? this.#array() : char === '"' ? this.#string() : this.#literal();
    this.#depth--;
    return value;
  }

  #literal(): Json {
    const m = /^[^\s,:{}[\]"]+/.exec(this.text.slice(this.#at, this.#at + 400));
    if (!m) throw this.#problem(this.#at >= this.text.length ? "Unfinished JSON term" : /[}\]]/.test(this.text[this.#at] ?? "") ? (this.#depth > 1 ? "Expected another array element" : `Unmatched '${this.text[this.#at]}'`) : this.text[this.#at] === "," ? "Expected value before ','" : "':' not as part of an object");
    const [word] = m;
    this.#at += word.length;
    switch (word) {
      case "true":
        return true;
      case "false":
        return false;
      case "null":
        return null;
      case "nan":
      case "NaN":
        return Number.NaN;
    }
    if (/^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word)) return Number(word);
    throw this.#problem(/^[tfn]/.test(word) ? "Invalid literal" : "Invalid numeric literal");
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined) throw this.#problem("Unfinished string");
      if (char === "\\") this.#at++;
      if (char === '"') break;
      this.#at++;
    }
    this.#at++;
    const raw = this.text.slice(start + 1, this.#at - 1);
    if (!raw.includes("\\")) return raw;
    return raw.replace(/\\(u[0-9a-fA-F]{4}|[^])/g, (_, escape: string) => {
      if (escape.length === 5) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
      const plain = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "/": "/", "\\": "\\", '"': '"' }[escape];
      if (plain === undefined) throw this.#problem("Invalid escape", start);
      return plain;
    });
  }

  #array(): Json {
    this.#at++;
    const items: Json[] = [];
    this.#blank();
    if (this.text[this.#at] === "]") {
      this.#at++;
      return items;
    }
    for (;;) {
      this.#blank();
      if (this.#at >= this.text.length) throw this.#problem("Unfinished JSON term");
      items.push(this.#value());
      this.#blank();
      const char = this.text[this.#at++];
      if (char === "]") return items;
      if (char === undefined) throw this.#problem("Unfinished JSON term");
      if (char !== ",") throw this.#problem("Expected separator between values", this.#at - 1);
    }
  }

  #object(): Json {
    this.#at++;
    const object = new Map<string, Json>();
    this.#blank();
    if (this.text[this.#at] === "}") {
      this.#at++;
      return object;
    }
    for (;;) {
      this.#blank();
      if (this.#at >= this.text.length) throw this.#problem("Unfinished JSON term");
      if (this.text[this.#at] !== '"') {
        if (!/[}\]]/.test(this.text[this.#at] ?? "")) this.#literal();
        throw this.#problem(/[}\]]/.test(this.text[this.#at] ?? "") ? "Objects must consist of key:value pairs" : "Object keys must be strings");
      }
      const key = this.#string();
      this.#blank();
      if (this.text[this.#at++] !== ":") throw this.#problem("Objects must consist of key:value pairs", this.#at - 1);
      this.#blank();
      if (this.#at >= this.text.length) throw this.#problem("Unfinished JSON term");
      object.set(key, this.#value());
      this.#blank();
      const char = this.text[this.#at++];
      if (char === "}") return object;
      if (char === undefined) throw this.#problem("Unfinished JSON term");
      if (char !== ",") throw this.#problem("Expected separator between values", this.#at - 1);
    }
  }
}

export function parseJson(text: string): Json {
  const parser = new JsonParser(text);
  const value = parser.next();
  if (value === undefined) return null;
  if (parser.next() !== undefined) throw new JsonProblem("Unexpected extra JSON values");
  return value;
}
