/**
 * Cuts a script into tokens: words with their quoting and expansions, operators, newlines.
 * In bash: read_token() and parse_matched_pair() of parse.y. A $(…) inside a word is parsed by
 * the parser itself, on the same text, so nesting and quoting are right by construction.
 */
import type { ArrayElement, Part, Redirect, Script, Word } from "./ast";
import { readParameter } from "./lexer-parameter";
import { ansiQuoted } from "./quote";
import { ShellSyntaxError } from "./syntax-error";

export type Token =
  | { readonly kind: "word"; readonly word: Word; /** name=(…) */ readonly array?: readonly ArrayElement[]; readonly line: number; readonly at: number; readonly end: number }
  | { readonly kind: "operator"; readonly text: string; readonly descriptor?: number; readonly line: number; readonly at: number; readonly end: number }
  | { readonly kind: "newline"; readonly line: number; readonly at: number; readonly end: number }
  | { readonly kind: "end"; readonly line: number; readonly at: number; readonly end: number };

const OPERATORS = ["&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "&>", "|&", "<<", "<&", "<>", ">>", ">&", ">|", ";", "&", "|", "(", ")", "<", ">"];
const META = " \t\n;&|<>()";
const MAX_DEPTH = 100;

/** How quotes and backslashes behave: in a word, between double quotes, in a here-document. */
export type Quoting = "word" | "double" | "heredoc";
/** Parses commands up to a closing parenthesis: given by the parser, which knows how. */
export type SubParser = (lexer: Lexer) => Script;

export class Lexer {
  at = 0;
  line: number;
  depth = 0;
  #heredocs: { redirect: Redirect; delimiter: string; quoted: boolean; stripTabs: boolean }[] = [];

  constructor(
    public text: string,
    readonly parse: SubParser,
    firstLine = 1,
  ) {
    this.line = firstLine;
  }

  next(): Token {
    this.#blanks();
    const at = this.at;
    const { line } = this;
    const char = this.text[at];
    if (char === undefined) return { kind: "end", line, at, end: at };
    if (char === "\n") {
      this.at++;
      this.line++;
      this.#readHeredocs();
      return { kind: "newline", line, at, end: at + 1 };
    }
    const number = /^\d{1,9}(?=[<>])/.exec(this.text.slice(at, at + 10));
    if (number) this.at += number[0].length;
    const operator = this.#operator();
    if (operator !== undefined) {
      this.at += operator.length;
      return { kind: "operator", text: operator, ...(number ? { descriptor: Number(number[0]) } : {}), line, at, end: this.at };
    }
    return this.#wordToken(at, line);
  }

  #operator(): string | undefined {
    const rest = this.text.slice(this.at, this.at + 3);
    if (rest.startsWith("<(") || rest.startsWith(">(")) return undefined;
    return OPERATORS.find((operator) => rest.startsWith(operator));
  }

  #wordToken(at: number, line: number): Token {
    const word = this.#word(at);
    if (this.text[this.at] === "(" && /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=$/.test(word.raw)) {
      const array = this.#array();
      return { kind: "word", word, array, line, at, end: this.at };
    }
    return { kind: "word", word, line, at, end: this.at };
  }

  #word(at: number): Word {
    const subscript = /^[A-Za-z_]\w*\[/.exec(this.text.slice(at, at + 80));
    const head: Part[] = [];
    if (subscript) {
      const close = this.#closingBracket(at + subscript[0].length);
      if (close !== undefined && /^\+?=/.test(this.text.slice(close + 1, close + 3))) {
        head.push({ kind: "literal", text: this.text.slice(at, close + 1) });
        this.at = close + 1;
      }
    }
    const parts = this.parts((char) => META.includes(char), "word");
    return { parts: [...head, ...parts], raw: this.text.slice(at, this.at) };
  }

  #closingBracket(from: number): number | undefined {
    for (let at = from, open = 1; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === "\n") return undefined;
      if (char === "[") open++;
      if (char === "]" && --open === 0) return at;
    }
    return undefined;
  }

  #array(): readonly ArrayElement[] {
    this.at++;
    const begun = this.line;
    const elements: ArrayElement[] = [];
    for (;;) {
      const token = this.next();
      if (token.kind === "newline") continue;
      if (token.kind === "operator" && token.text === ")") return elements;
      if (token.kind === "end") throw this.incomplete(")", begun);
      if (token.kind === "operator") throw new ShellSyntaxError(`syntax error near unexpected token \`${token.text}'`, token.line, false, true);
      const keyed = /^\[([^\]]*)\]=/.exec(token.word.raw);
      if (!keyed) elements.push({ index: undefined, value: token.word });
      else elements.push({ index: this.sub(keyed[1] ?? "", "double"), value: this.sub(token.word.raw.slice(keyed[0].length), "word") });
    }
  }

  /** Lexes a piece of text that was cut out before. */
  sub(raw: string, quoting: Quoting): Word {
    const inner = new Lexer(raw, this.parse, this.line);
    inner.depth = this.depth + 1;
    return { parts: inner.parts(() => false, quoting, true), raw };
  }

  /** Blanks, comments and continued lines. */
  #blanks(): void {
    for (;;) {
      const char = this.text[this.at];
      if (char === " " || char === "\t" || char === "\r") this.at++;
      else if (char === "\\" && this.text[this.at + 1] === "\n") {
        this.at += 2;
        this.line++;
      } else if (char === "#") {
        const end = this.text.indexOf("\n", this.at);
        this.at = end < 0 ? this.text.length : end;
      } else return;
    }
  }

  /** Reads until `stop`; at the end of the text only if that is all right. */
  parts(stop: (char: string) => boolean, quoting: Quoting, untilEnd = quoting === "word", closer = '"'): readonly Part[] {
    const parts: Part[] = [];
    const begun = this.line;
    let literal = "";
    const flush = (): void => {
      if (literal !== "") parts.push({ kind: "literal", text: literal });
      literal = "";
    };
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) {
        if (!untilEnd) throw this.incomplete(closer, begun);
        break;
      }
      if (stop(char) && !(quoting === "word" && (char === "<" || char === ">") && this.text[this.at + 1] === "(")) break;
      const part = this.#part(char, quoting);
      if (typeof part === "string") literal += part;
      else if (part !== undefined) {
        flush();
        parts.push(part);
      }
    }
    flush();
    return parts;
  }

  /** One step: a part, literal text, or nothing (a continued line). */
  #part(char: string, quoting: Quoting): Part | string | undefined {
    switch (char) {
      case "\\":
        return this.#backslash(quoting);
      case "'":
        if (quoting === "word") return this.#single();
        break;
      case '"':
        if (quoting !== "heredoc") return this.#double();
        break;
      case "$":
        return this.dollar(quoting);
      case "`":
        return this.#backtick(quoting);
      case "<":
      case ">":
        if (quoting === "word" && this.text[this.at + 1] === "(") return this.#process(char);
        break;
      case "\n":
        this.line++;
    }
    this.at++;
    return char;
  }

  #backslash(quoting: Quoting): Part | string | undefined {
    const next = this.text[this.at + 1];
    if (next === "\n") {
      this.at += 2;
      this.line++;
      return undefined;
    }
    if (next === undefined) {
      this.at++;
      return "\\";
    }
    const special = quoting === "word" || (quoting === "double" ? '$`"\\}' : "$`\\").includes(next);
    if (!special) {
      this.at++;
      return "\\";
    }
    this.at += 2;
    if (quoting === "double" && next === "}" && !this.inBraces) return "\\}";
    return { kind: "quoted", text: next };
  }

  /** Inside ${…}, where a backslash also protects the closing brace. */
  inBraces = false;

  #single(): Part {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) throw this.incomplete("'");
    const text = this.text.slice(this.at + 1, end);
    this.#skipTo(end + 1);
    return { kind: "quoted", text };
  }

  #double(): Part {
    this.at++;
    const parts = this.parts((char) => char === '"', "double");
    this.at++;
    return { kind: "double", parts };
  }

  #process(direction: "<" | ">"): Part {
    this.at += 2;
    return { kind: "process", direction, script: this.#nested() };
  }

  #nested(): Script {
    this.deeper();
    const pending = this.#heredocs;
    this.#heredocs = [];
    const script = this.parse(this);
    this.#heredocs = pending;
    this.depth--;
    return script;
  }

  deeper(): void {
    if (++this.depth > MAX_DEPTH) throw new ShellSyntaxError(`not modelled: more than ${MAX_DEPTH} levels of nesting`, this.line, false);
  }

  /** $… : a parameter, a command, an expression, or only a dollar. */
  dollar(quoting: Quoting): Part | string {
    const next = this.text[this.at + 1];
    if (next === "(") {
      const arithmetic = this.text[this.at + 2] === "(" ? this.arithmetic(this.at + 3) : undefined;
      if (arithmetic !== undefined) return { kind: "arithmetic", parts: arithmetic.parts };
      this.at += 2;
      return { kind: "command", script: this.#nested() };
    }
    if (next === "'" && quoting === "word") {
      const { text, end } = ansiQuoted(this.text, this.at + 2);
      if (end === undefined) throw this.incomplete("'");
      this.#skipTo(end);
      return { kind: "quoted", text };
    }
    if (next === '"' && quoting === "word") {
      this.at++;
      return this.#double();
    }
    const parameter = readParameter(this, quoting);
    if (parameter !== undefined) return { kind: "parameter", parameter };
    this.at++;
    return "$";
  }

  /** The text of ((…)) from `from` on, if it is one; moves behind it. */
  arithmetic(from: number): Word | undefined {
    let open = 0;
    for (let at = from; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === "\\") at++;
      else if (char === "(") open++;
      else if (char === ")") {
        if (open === 0 && this.text[at + 1] !== ")") return undefined;
        if (open-- > 0) continue;
        const raw = this.text.slice(from, at);
        this.#skipTo(at + 2);
        return this.sub(raw, "double");
      }
    }
    return undefined;
  }

  #backtick(quoting: Quoting): Part {
    let body = "";
    let at = this.at + 1;
    for (; this.text[at] !== "`"; at++) {
      if (at >= this.text.length) throw this.incomplete("`");
      const next = this.text[at + 1] ?? "";
      if (this.text[at] === "\\" && ("$`\\".includes(next) || (quoting === "double" && next === '"'))) at++;
      body += this.text[at];
    }
    const inner = new Lexer(`${body}\n)`, this.parse, this.line);
    inner.depth = this.depth;
    this.#skipTo(at + 1);
    return { kind: "command", script: inner.#nested() };
  }

  /** The word after =~, in which parentheses and bars belong to the expression. */
  regexWord(): Word {
    this.#blanks();
    const at = this.at;
    let open = 0;
    const parts = this.parts((char) => {
      if (char === "(") open++;
      if (char === ")" && open-- === 0) return true;
      return open <= 0 && (char === " " || char === "\t" || char === "\n" || (char === "&" && this.text[this.at + 1] === "&"));
    }, "word");
    return { parts, raw: this.text.slice(at, this.at) };
  }

  // Here-documents

  expectHeredoc(redirect: Redirect, stripTabs: boolean): void {
    const { parts } = redirect.target;
    const quoted = parts.some((part) => part.kind === "quoted" || part.kind === "double");
    this.#heredocs.push({ redirect, delimiter: plainText(parts), quoted, stripTabs });
  }

  get expectsHeredoc(): boolean {
    return this.#heredocs.length > 0;
  }

  #readHeredocs(): void {
    for (const { redirect, delimiter, quoted, stripTabs } of this.#heredocs.splice(0)) {
      let body = "";
      const begun = this.line - 1;
      for (;;) {
        if (this.at >= this.text.length) {
          if (this.lenientHeredocs) {
            this.warnings.push({ line: this.line - (this.text.endsWith("\n") ? 1 : 0), text: `warning: here-document at line ${begun} delimited by end-of-file (wanted \`${delimiter}')` });
            break;
          }
          throw new ShellSyntaxError(`here-document delimited by end-of-file (wanted \`${delimiter}')`, this.line, true);
        }
        const end = this.text.indexOf("\n", this.at);
        let line = this.text.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.text.length : end + 1;
        this.line++;
        if (stripTabs) line = line.replace(/^\t+/, "");
        if (line === delimiter) break;
        body += `${line}\n`;
      }
      redirect.heredoc = quoted ? { parts: [{ kind: "quoted", text: body }], raw: body } : this.sub(body, "heredoc");
    }
  }

  /** At the end of a script a here-document may lack its delimiter; at a prompt one waits for it. */
  lenientHeredocs = false;
  readonly warnings: { readonly line: number; readonly text: string }[] = [];

  #skipTo(at: number): void {
    for (let i = this.at; i < at; i++) if (this.text[i] === "\n") this.line++;
    this.at = at;
  }

  incomplete(closer: string, line = this.line): ShellSyntaxError {
    return new ShellSyntaxError(`unexpected EOF while looking for matching \`${closer}'`, line, true);
  }
}

export function plainText(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === "double" ? plainText(part.parts) : part.kind === "literal" || part.kind === "quoted" ? part.text : part.kind === "parameter" ? part.parameter.raw : "")).join("");
}
