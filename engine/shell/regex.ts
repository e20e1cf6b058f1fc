/**
 * Regular expressions for grep, sed, awk, expr and [[ =~ ]]: POSIX rules (leftmost, then longest).
 *
 * Three ways to run one, chosen by what it contains: JavaScript's own engine where its answer is the
 * same and it cannot run away, the machine of regex-machine.ts otherwise, a bounded search for \1.
 */
import { assemble, type Captures, search, simulate } from "./regex-machine";
import { type Node, type Parsed, parseRegex, RegexError } from "./regex-parse";

export type Match = { readonly start: number; readonly end: number; /** [0] is the whole match. */ readonly groups: readonly (string | undefined)[] };
export type RegexOptions = { readonly extended: boolean; readonly ignoreCase?: boolean };

/** Work JavaScript's engine may be given for one text. */
const MAX_WORK = 50_000_000;

export function compileRegex(source: string, options: RegexOptions): Regex | { readonly error: string } {
  try {
    return new Regex(source, options);
  } catch (error) {
    if (error instanceof RegexError) return { error: error.message };
    throw error;
  }
}

export class Regex {
  readonly groups: number;
  readonly #parsed: Parsed;
  readonly #shape: Shape;
  #code: ReturnType<typeof assemble> | undefined;
  #native: RegExp | undefined;

  constructor(
    readonly source: string,
    { extended, ignoreCase = false }: RegexOptions,
  ) {
    this.#parsed = parseRegex(source, extended, ignoreCase);
    this.groups = this.#parsed.groups;
    this.#shape = shapeOf(this.#parsed.node);
    const written = this.#shape.tame ? print(this.#parsed.node) : undefined;
    if (written !== undefined) this.#native = new RegExp(written, "gu");
    if (!this.#parsed.backReferences) this.#code = assemble(this.#parsed);
  }

  test(text: string): boolean {
    if (this.#native && this.#cheap(text)) {
      this.#native.lastIndex = 0;
      return this.#native.test(text);
    }
    return this.exec(text) !== undefined;
  }

  /** The leftmost match at or after `from` (an index of the text as a string). */
  exec(text: string, from = 0): Match | undefined {
    if (this.#native && this.#shape.greedy && this.#cheap(text)) {
      this.#native.lastIndex = from;
      const m = this.#native.exec(text);
      return m ? { start: m.index, end: m.index + m[0].length, groups: [...m] } : undefined;
    }
    return this.#slowly(text, from);
  }

  #cheap(text: string): boolean {
    return text.length ** (this.#shape.unbounded + 1) <= MAX_WORK;
  }

  #slowly(text: string, from: number): Match | undefined {
    const chars = [...text];
    const wide = chars.length !== text.length;
    const offsets = wide ? offsetsOf(chars) : undefined;
    const begin = offsets ? Math.max(0, offsets.indexOf(from)) : from;
    const captures = this.#code ? simulate(this.#code, chars, begin, (this.groups + 1) * 2) : search(this.#parsed, chars, begin);
    return captures && matchFrom(text, captures, this.groups, offsets);
  }
}

function offsetsOf(chars: readonly string[]): readonly number[] {
  const offsets = [0];
  for (const char of chars) offsets.push((offsets.at(-1) ?? 0) + char.length);
  return offsets;
}

function matchFrom(text: string, captures: Captures, count: number, offsets: readonly number[] | undefined): Match {
  const at = (slot: number): number | undefined => {
    const position = captures[slot];
    return position === undefined ? undefined : offsets ? offsets[position] : position;
  };
  const groups: (string | undefined)[] = [];
  for (let i = 0; i <= count; i++) {
    const [start, end] = [at(i * 2), at(i * 2 + 1)];
    groups.push(start === undefined || end === undefined ? undefined : text.slice(start, end));
  }
  return { start: at(0) ?? 0, end: at(1) ?? 0, groups };
}

/** `tame`: nothing repeated inside something repeated. `greedy`: the first match JavaScript finds is also the longest. */
type Shape = { readonly tame: boolean; readonly greedy: boolean; readonly unbounded: number };

function shapeOf(node: Node): Shape {
  switch (node.kind) {
    case "set":
    case "assert":
      return { tame: true, greedy: true, unbounded: 0 };
    case "back":
      return { tame: false, greedy: false, unbounded: 0 };
    case "group":
      return shapeOf(node.node);
    case "alternate":
    case "concat": {
      const shapes = node.nodes.map(shapeOf);
      return { tame: shapes.every((shape) => shape.tame), greedy: node.kind === "concat" && shapes.every((shape) => shape.greedy), unbounded: shapes.reduce((sum, shape) => sum + shape.unbounded, 0) };
    }
    case "repeat": {
      const inner = shapeOf(node.node);
      const single = node.node.kind === "set";
      const fixed = node.min === node.max && single;
      return { tame: single || (node.max === 1 && inner.tame), greedy: single, unbounded: inner.unbounded + (fixed ? 0 : 1) };
    }
  }
}

/** The same expression as JavaScript writes it; undefined where it has no words for it. */
function print(node: Node): string | undefined {
  switch (node.kind) {
    case "set":
      return node.source === "" ? undefined : node.source;
    case "assert":
      return { start: "^", end: "$", word: undefined, inner: undefined, left: undefined, right: undefined }[node.what];
    case "back":
      return undefined;
    case "group": {
      const inner = print(node.node);
      return inner === undefined ? undefined : `(${inner})`;
    }
    case "alternate":
    case "concat": {
      const parts = node.nodes.map(print);
      if (parts.includes(undefined)) return undefined;
      return node.kind === "concat" ? parts.join("") : `(?:${parts.join("|")})`;
    }
    case "repeat": {
      const inner = print(node.node);
      if (inner === undefined || node.node.kind === "assert") return undefined;
      return `${node.node.kind === "set" ? inner : `(?:${inner})`}{${node.min},${node.max === Number.POSITIVE_INFINITY ? "" : node.max}}`;
    }
  }
}
