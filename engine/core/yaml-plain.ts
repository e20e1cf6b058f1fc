/**
 * The YAML that people write in manifests, read in one pass: block mappings and sequences, scalars
 * on one line, literal blocks, small flow collections. It is a subset with exactly one reading.
 *
 * Whatever is not plainly in it (anchors, tags, folded text, tabs, every error) is not decided
 * here: the answer is undefined, and the whole text goes to the package that knows all of YAML.
 */
import { FlowReader } from "./yaml-flow";
import { ODD, plainScalar } from "./yaml-scalar";

/** Undefined where only a full parser can tell. */
export function parsePlainYaml(source: string): readonly unknown[] | undefined {
  if (ODD.test(source)) return undefined;
  try {
    return new Reader(source).documents();
  } catch (reason) {
    if (reason === NOT_PLAIN) return undefined;
    throw reason;
  }
}

/** Thrown, and caught above. */
const NOT_PLAIN = Symbol("not plain");

function notPlain(): never {
  throw NOT_PLAIN;
}

const KEY = /^(?:([A-Za-z_][\w./-]*)|"([A-Za-z_][\w ./-]*)"|'([A-Za-z_][\w ./-]*)'):(?: +|$)/;
const LITERAL = /^\|-?(?: +#.*)?$/;

class Reader {
  readonly #lines: string[];
  #at = 0;
  /** Of the line at hand: how far it is indented, and what stands there. */
  #indent = 0;
  #text = "";

  constructor(source: string) {
    this.#lines = source.split("\n");
    this.#skip();
  }

  documents(): readonly unknown[] {
    const found: unknown[] = [];
    while (!this.#ended) {
      if (this.#separator) this.#next();
      if (this.#ended || this.#separator) continue;
      found.push(this.#block(this.#indent));
      if (!this.#ended && !this.#separator) notPlain();
    }
    return found;
  }

  get #ended(): boolean {
    return this.#at >= this.#lines.length;
  }

  get #separator(): boolean {
    return this.#indent === 0 && this.#text === "---";
  }

  #next(): void {
    this.#at++;
    this.#skip();
  }

  /** Goes on to a line that says something. At the end nothing is indented enough for anybody. */
  #skip(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] as string;
      let indent = 0;
      while (line.charCodeAt(indent) === 32) indent++;
      if (indent === line.length || line.charCodeAt(indent) === 35) continue;
      this.#indent = indent;
      this.#text = line.slice(indent).trimEnd();
      if (indent === 0 && (this.#text.startsWith("%") || this.#text.startsWith("...") || this.#text.startsWith("--- "))) notPlain();
      return;
    }
    this.#indent = -1;
    this.#text = "";
  }

  #block(indent: number): unknown {
    return this.#atItem ? this.#sequence(indent) : this.#mapping(indent);
  }

  get #atItem(): boolean {
    return this.#text === "-" || this.#text.startsWith("- ");
  }

  #sequence(indent: number): readonly unknown[] {
    const items: unknown[] = [];
    while (this.#indent === indent && this.#atItem && !this.#separator) {
      const rest = this.#text.slice(1).trimStart();
      if (rest === "-" || rest.startsWith("- ") || KEY.test(rest)) {
        // What follows the dash is a block of its own, as if it stood there on a line.
        this.#indent += this.#text.length - rest.length;
        this.#text = rest;
        items.push(this.#block(this.#indent));
      } else items.push(this.#value(rest, indent, false));
      if (this.#indent > indent) notPlain();
    }
    return items;
  }

  #mapping(indent: number): unknown {
    const out: Record<string, unknown> = {};
    while (this.#indent === indent && !this.#separator) {
      const match = KEY.exec(this.#text) ?? notPlain();
      const key = match[1] ?? match[2] ?? match[3] ?? "";
      if (Object.hasOwn(out, key) || key === "__proto__" || typeof plainScalar(key) !== "string") notPlain();
      out[key] = this.#value(this.#text.slice(match[0].length), indent, true);
      if (this.#indent > indent) notPlain();
    }
    return out;
  }

  /** What stands behind a key or a dash that is indented by so much. */
  #value(text: string, indent: number, inMapping: boolean): unknown {
    if (text === "" || text.startsWith("#")) {
      this.#next();
      if (this.#separator) return null;
      if (this.#indent > indent) return this.#block(this.#indent);
      return inMapping && this.#indent === indent && this.#atItem ? this.#sequence(indent) : null;
    }
    if (text.startsWith("|")) return LITERAL.test(text) ? this.#literal(indent, text.startsWith("|-")) : notPlain();
    const value = new FlowReader(text).whole();
    if (value === undefined) notPlain();
    this.#next();
    return value;
  }

  #literal(indent: number, strip: boolean): string {
    const first = this.#lines[++this.#at] ?? "";
    const inside = first.length - first.trimStart().length;
    if (inside <= indent || inside === first.length || this.#lines[this.#lines.length - 1] !== "") notPlain();
    const lines: string[] = [];
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] as string;
      const spaces = line.length - line.trimStart().length;
      if (spaces < inside && spaces < line.length) break;
      lines.push(line.slice(inside));
    }
    while (lines.at(-1) === "") lines.pop();
    this.#skip();
    return lines.join("\n") + (strip ? "" : "\n");
  }
}
