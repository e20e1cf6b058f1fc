/**
 * POSIX regular expressions, basic and extended, with GNU's additions: regex(7). Text to tree.
 * Errors are regcomp(3)'s words as glibc prints them.
 */
import { CLASSES } from "./pattern";

export type Node =
  | { readonly kind: "set"; readonly test: (char: string) => boolean; /** The same as source of a JavaScript expression. */ readonly source: string }
  | { readonly kind: "assert"; readonly what: "start" | "end" | "word" | "inner" | "left" | "right" }
  | { readonly kind: "concat" | "alternate"; readonly nodes: readonly Node[] }
  | { readonly kind: "group"; readonly index: number; readonly node: Node }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: "back"; readonly index: number };

export type Parsed = { readonly node: Node; readonly groups: number; readonly backReferences: boolean };

export class RegexError extends Error {}

const MAX_REPEAT = 32_767;
const MAX_DEPTH = 100;

export function parseRegex(source: string, extended: boolean, ignoreCase: boolean): Parsed {
  return new RegexParser([...source], extended, ignoreCase).whole();
}

export function isWordChar(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char);
}

class RegexParser {
  #at = 0;
  #groups = 0;
  #open = 0;
  #back = false;
  readonly #closed = new Set<number>();

  constructor(
    private readonly chars: readonly string[],
    private readonly extended: boolean,
    private readonly ignoreCase: boolean,
  ) {}

  whole(): Parsed {
    const node = this.#alternatives();
    if (this.#at < this.chars.length) throw new RegexError("Unmatched ) or \\)");
    return { node, groups: this.#groups, backReferences: this.#back };
  }

  /** Whether an operator stands here: `|` in extended, `\|` in basic expressions. */
  #operator(char: string): boolean {
    if (this.extended) return this.chars[this.#at] === char;
    return this.chars[this.#at] === "\\" && this.chars[this.#at + 1] === char;
  }

  #accept(char: string): boolean {
    if (!this.#operator(char)) return false;
    this.#at += this.extended ? 1 : 2;
    return true;
  }

  #alternatives(): Node {
    const nodes = [this.#sequence()];
    while (this.#accept("|")) nodes.push(this.#sequence());
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: "alternate", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    for (;;) {
      if (this.#at >= this.chars.length || this.#operator("|") || (this.#operator(")") && (this.#open > 0 || this.extended))) break;
      if (!this.extended && this.#operator(")")) throw new RegexError("Unmatched ) or \\)");
      nodes.push(this.#repeated(this.#atom(nodes.length === 0)));
    }
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: "concat", nodes };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (;;) {
      const bounds = this.#quantifier();
      if (bounds === undefined) return node;
      const [min, max] = bounds;
      node = { kind: "repeat", node, min, max };
    }
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.chars[this.#at] === "*") {
      this.#at++;
      return [0, Number.POSITIVE_INFINITY];
    }
    if (this.#accept("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#accept("?")) return [0, 1];
    if (!this.#operator("{")) return undefined;
    const rest = this.chars.slice(this.#at, this.#at + 20).join("");
    const m = (this.extended ? /^\{(\d*)(,?)(\d*)\}/ : /^\\\{(\d*)(,?)(\d*)\\\}/).exec(rest);
    if (!m || (m[1] === "" && m[2] === "")) {
      if (this.extended) return undefined;
      throw new RegexError(/^\\\{[\d,]*$/.test(rest) ? "Unmatched \\{" : "Invalid content of \\{\\}");
    }
    this.#at += m[0].length;
    const min = Number(m[1] || 0);
    const max = m[2] === "" ? min : m[3] === "" ? Number.POSITIVE_INFINITY : Number(m[3]);
    if (max < min) throw new RegexError("Invalid content of \\{\\}");
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) throw new RegexError("Regular expression too big");
    return [min, max];
  }

  #atom(first: boolean): Node {
    if (this.#accept("(")) return this.#group();
    const char = this.chars[this.#at] as string;
    this.#at++;
    switch (char) {
      case "[":
        return this.#bracket();
      case ".":
        return { kind: "set", test: () => true, source: "[^]" };
      case "\\":
        return this.#escaped();
      case "^":
        if (this.extended || first) return { kind: "assert", what: "start" };
        break;
      case "$":
        if (this.extended || this.#at >= this.chars.length || this.#operator(")") || this.#operator("|")) return { kind: "assert", what: "end" };
    }
    return this.#char(char);
  }

  #group(): Node {
    if (++this.#open > MAX_DEPTH) throw new RegexError("Regular expression too big");
    const index = ++this.#groups;
    const node = this.#alternatives();
    if (!this.#accept(")")) throw new RegexError("Unmatched ( or \\(");
    this.#open--;
    this.#closed.add(index);
    return { kind: "group", index, node };
  }

  #char(char: string): Node {
    const source = char.replace(/[\\^$.|?*+()[\]{}/-]/u, "\\$&");
    const lower = char.toLowerCase();
    if (this.ignoreCase && lower !== char.toUpperCase()) return { kind: "set", test: (c) => c.toLowerCase() === lower, source: `[${lower}${char.toUpperCase()}]` };
    return { kind: "set", test: (c) => c === char, source: source === "\\-" ? "-" : source };
  }

  #escaped(): Node {
    const char = this.chars[this.#at++];
    if (char === undefined) throw new RegexError("Trailing backslash");
    switch (char) {
      case "w":
        return { kind: "set", test: isWordChar, source: "[\\p{L}\\p{N}_]" };
      case "W":
        return { kind: "set", test: (c) => !isWordChar(c), source: "[^\\p{L}\\p{N}_]" };
      case "s":
        return { kind: "set", test: (c) => /\s/.test(c), source: "\\s" };
      case "S":
        return { kind: "set", test: (c) => !/\s/.test(c), source: "\\S" };
      case "b":
        return { kind: "assert", what: "word" };
      case "B":
        return { kind: "assert", what: "inner" };
      case "<":
        return { kind: "assert", what: "left" };
      case ">":
        return { kind: "assert", what: "right" };
      case "`":
        return { kind: "assert", what: "start" };
      case "'":
        return { kind: "assert", what: "end" };
      case "n":
        return this.#char("\n");
      case "t":
        return this.#char("\t");
    }
    if (!/[1-9]/.test(char)) return this.#char(char);
    if (!this.#closed.has(Number(char))) throw new RegexError("Invalid back reference");
    this.#back = true;
    return { kind: "back", index: Number(char) };
  }

  #bracket(): Node {
    const negated = this.chars[this.#at] === "^";
    if (negated) this.#at++;
    const tests: ((char: string) => boolean)[] = [];
    let source = "";
    for (let first = true; ; first = false) {
      const char = this.chars[this.#at];
      if (char === undefined) throw new RegexError("Unmatched [, [^, [:, [., or [=");
      if (char === "]" && !first) break;
      const named = char === "[" && this.chars[this.#at + 1] === ":" ? this.#class() : undefined;
      if (named) {
        tests.push((c) => named.test.test(c));
        source += named.source;
        continue;
      }
      const from = this.#bracketChar();
      const ranged = this.chars[this.#at] === "-" && this.chars[this.#at + 1] !== "]" && this.chars[this.#at + 1] !== undefined;
      if (ranged) this.#at++;
      const to = ranged ? this.#bracketChar() : from;
      if (to < from) throw new RegexError("Invalid range end");
      tests.push((c) => c >= from && c <= to);
      source += from === to ? escapeInSet(from) : `${escapeInSet(from)}-${escapeInSet(to)}`;
    }
    this.#at++;
    const plain = (c: string): boolean => tests.some((test) => test(c));
    const match = this.ignoreCase ? (c: string) => plain(c.toLowerCase()) || plain(c.toUpperCase()) : plain;
    return { kind: "set", test: negated ? (c) => !match(c) : match, source: this.ignoreCase ? "" : `[${negated ? "^" : ""}${source}]` };
  }

  #bracketChar(): string {
    const char = this.chars[this.#at] as string;
    const next = this.chars[this.#at + 1];
    if (char === "[" && (next === "." || next === "=")) {
      const end = this.chars.findIndex((each, i) => i > this.#at + 2 && each === next && this.chars[i + 1] === "]");
      if (end < 0) throw new RegexError("Unmatched [, [^, [:, [., or [=");
      if (end !== this.#at + 3) throw new RegexError("Invalid collation character");
      this.#at = end + 2;
      return this.chars[end - 1] as string;
    }
    this.#at++;
    return char;
  }

  #class(): { readonly test: RegExp; readonly source: string } {
    const m = /^\[:([^:\]]*):\]/.exec(this.chars.slice(this.#at, this.#at + 14).join(""));
    if (!m) throw new RegexError("Unmatched [, [^, [:, [., or [=");
    const name = m[1] ?? "";
    const test = Object.hasOwn(CLASSES, name) && name !== "word" ? CLASSES[name] : undefined;
    if (test === undefined) throw new RegexError("Invalid character class name");
    this.#at += m[0].length;
    return { test, source: CLASS_SOURCES[name] ?? "" };
  }
}

/** The classes as they stand inside a JavaScript set. */
const CLASS_SOURCES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z\\u00aa-\\uffff", digit: "0-9", alnum: "A-Za-z0-9\\u00aa-\\uffff", upper: "\\p{Lu}", lower: "\\p{Ll}", space: " \\t\\n\\r\\f\\v", blank: " \\t",
  punct: "!-\\/:-@\\[-`\\{-~", print: "\\x20-\\x7e\\u0080-\\u{10ffff}", graph: "\\x21-\\x7e\\u0080-\\u{10ffff}", cntrl: "\\x00-\\x1f\\x7f", xdigit: "0-9A-Fa-f",
};

function escapeInSet(char: string): string {
  return /[\\\]^[\-{}()|/&]/.test(char) ? `\\${char}` : char;
}
