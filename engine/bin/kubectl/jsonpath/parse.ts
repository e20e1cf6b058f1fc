/**
 * JSONPath templates as kubectl has them (client-go/util/jsonpath, parser.go): text with
 * expressions in braces, {range}…{end}, filters, slices, unions, recursive descent.
 */

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly nodes: readonly Node[] }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "array"; readonly from: number | undefined; readonly to: number | undefined; readonly step: number | undefined; readonly single: boolean }
  | { readonly kind: "filter"; readonly left: Node; readonly operator: string; readonly right: Node | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "union"; readonly nodes: readonly Node[] }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "value"; readonly value: number | boolean };

/** `parsing`: found before the template runs; otherwise kubectl shows the object along with the message. */
export class JsonPathError extends Error {
  constructor(
    message: string,
    readonly parsing = false,
  ) {
    super(message);
  }
}

/** Parses a whole template. */
export function parseTemplate(text: string): readonly Node[] {
  return new Parser(text).template();
}

class Parser {
  #at = 0;

  constructor(readonly text: string) {}

  template(): readonly Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.text.length) {
      const open = this.text.indexOf("{", this.#at);
      const end = open < 0 ? this.text.length : open;
      if (end > this.#at) nodes.push({ kind: "text", text: this.text.slice(this.#at, end) });
      this.#at = end;
      if (open < 0) break;
      this.#at++;
      nodes.push(this.#action());
    }
    return nodes;
  }

  /** The inside of one pair of braces. */
  #action(): Node {
    const nodes: Node[] = [];
    for (;;) {
      const c = this.text[this.#at];
      if (c === undefined || c === "\n" || c === "\r") throw new JsonPathError("unclosed action", true);
      if (c === "}") {
        this.#at++;
        return { kind: "list", nodes };
      }
      this.#step(c, nodes);
    }
  }

  #step(c: string, nodes: Node[]): void {
    if (this.text.startsWith("..", this.#at)) {
      this.#at += 2;
      nodes.push({ kind: "recursive" });
      const next = this.text[this.#at] ?? "";
      if (/[A-Za-z0-9_]/.test(next)) nodes.push(this.#field());
      return;
    }
    if (c === "[") nodes.push(this.#bracket());
    else if (c === '"' || c === "'") nodes.push({ kind: "text", text: this.#quoted(c) });
    else if (c === ".") {
      this.#at++;
      nodes.push(this.#field());
    } else if (/[+\-\d]/.test(c)) nodes.push(this.#number());
    else if (/[A-Za-z]/.test(c)) nodes.push(this.#word());
    else if (c === "@" || c === "$" || c === " " || c === "\t") this.#at++;
    else if (c === "(") throw new JsonPathError("unrecognized character in action: U+0028 '('", true);
    else throw new JsonPathError(`unrecognized character in action: ${unicode(c)}`, true);
  }

  #field(): Node {
    let name = "";
    for (; this.#at < this.text.length; this.#at++) {
      const c = this.text.charAt(this.#at);
      if (c === "\\") {
        name += this.text.charAt(++this.#at);
        continue;
      }
      if (/[\s.,[\]{}$@]/.test(c)) break;
      name += c;
    }
    return name === "*" ? { kind: "wildcard" } : { kind: "field", name };
  }

  #number(): Node {
    const m = /^[+-]?[\d.eE]+/.exec(this.text.slice(this.#at));
    if (m === null || Number.isNaN(Number(m[0]))) throw new JsonPathError(`cannot parse number ${m?.[0] ?? ""}`, true);
    this.#at += m[0].length;
    return { kind: "value", value: Number(m[0]) };
  }

  #word(): Node {
    const word = /^[A-Za-z0-9]+/.exec(this.text.slice(this.#at))?.[0] ?? "";
    this.#at += word.length;
    if (word === "true" || word === "false") return { kind: "value", value: word === "true" };
    return { kind: "word", word };
  }

  #quoted(mark: string): string {
    let raw = "";
    for (this.#at++; this.#at < this.text.length; this.#at++) {
      const c = this.text.charAt(this.#at);
      if (c === mark) {
        this.#at++;
        return raw;
      }
      if (c === "\\") raw += unescaped(this.text.charAt(++this.#at));
      else raw += c;
    }
    throw new JsonPathError("unterminated quoted string", true);
  }

  #bracket(): Node {
    const start = ++this.#at;
    const end = this.#closing(start);
    const inside = this.text.slice(start, end);
    this.#at = end + 1;
    if (inside.trimStart().startsWith("?(")) return parseFilter(inside.trim());
    return parseSubscript(inside);
  }

  /** The bracket that closes the one before `from`: quotes and inner brackets are stepped over. */
  #closing(from: number): number {
    let depth = 1;
    let mark = "";
    for (let i = from; i < this.text.length; i++) {
      const c = this.text.charAt(i);
      if (mark !== "") {
        if (c === "\\") i++;
        else if (c === mark) mark = "";
      } else if (c === '"' || c === "'") mark = c;
      else if (c === "[") depth++;
      else if (c === "]" && --depth === 0) return i;
    }
    throw new JsonPathError("unterminated array", true);
  }
}

/** [0], [-1], [1:3], [::2], [*], ['a','b'], [0,2] */
function parseSubscript(inside: string): Node {
  const parts = splitOutsideQuotes(inside, ",");
  if (parts.length > 1) return { kind: "union", nodes: parts.map((part) => ({ kind: "list", nodes: [parseSubscript(part.trim())] })) };
  const one = inside;
  if (one === "*") return { kind: "array", from: undefined, to: undefined, step: undefined, single: false };
  const quoted = /^'((?:[^'\\]|\\.)*)'$/.exec(one);
  // ['a.b'] is .a.b: a dot that belongs to a name is escaped there too.
  if (quoted !== null) return { kind: "list", nodes: parseTemplate(`{.${quoted[1] ?? ""}}`).flatMap((node) => (node.kind === "list" ? node.nodes : [node])) };
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(one);
  if (slice === null || one === "") throw new JsonPathError(`invalid array index ${one}`, true);
  const [, from = "", to, step] = slice;
  if (to === undefined) return { kind: "array", from: Number(from), to: Number(from) + 1, step: undefined, single: true };
  return { kind: "array", from: whole(from), to: whole(to.slice(1)), step: whole(step?.slice(1) ?? ""), single: false };
}

function whole(digits: string): number | undefined {
  return digits === "" ? undefined : Number(digits);
}

function parseFilter(inside: string): Node {
  if (!inside.endsWith(")")) throw new JsonPathError("unclosed array expect ]", true);
  const body = inside.slice(2, -1);
  const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/s.exec(body);
  if (parts === null) return { kind: "filter", left: operand(body), operator: "exists", right: undefined };
  return { kind: "filter", left: operand(parts[1] ?? ""), operator: parts[2] ?? "", right: operand(parts[3] ?? "") };
}

function operand(text: string): Node {
  return { kind: "list", nodes: parseTemplate(`{${text.trim()}}`).flatMap((node) => (node.kind === "list" ? node.nodes : [node])) };
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts = [""];
  let mark = "";
  for (const c of text) {
    if (mark !== "") mark = c === mark ? "" : mark;
    else if (c === "'" || c === '"') mark = c;
    if (c === separator && mark === "") parts.push("");
    else parts[parts.length - 1] += c;
  }
  return parts;
}

function unescaped(c: string): string {
  return { n: "\n", t: "\t", r: "\r" }[c] ?? c;
}

function unicode(c: string): string {
  return `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")} '${c}'`;
}
