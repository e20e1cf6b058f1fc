/** The expressions of awk, by precedence (POSIX table "Expressions in Decreasing Precedence"). */
import { AwkProblem, type Expr } from "./ast";
import { lex, type Token } from "./lexer";

const ASSIGN = new Set(["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="]);
const COMPARE = new Set(["<", "<=", "==", "!=", ">", ">="]);

export class ExprParser {
  /** Above 0 a bare ">" is a redirection, not a comparison; above 0 "in" belongs to a for. */
  noGreater = 0;
  #at = 0;
  readonly #tokens: readonly Token[];

  constructor(source: string) {
    this.#tokens = lex(source);
  }

  get peek(): Token {
    return this.peekAt(0) as Token;
  }

  get previous(): Token {
    return this.#tokens[this.#at - 1] as Token;
  }

  peekAt(ahead: number): Token | undefined {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
  }

  take(): Token {
    const token = this.peek;
    if (token.kind === "end") this.fail();
    this.#at++;
    return token;
  }

  mark(): number {
    return this.#at;
  }

  back(mark: number): void {
    this.#at = mark;
  }

  is(op: string): boolean {
    return this.peek.kind === "op" && this.peek.text === op;
  }

  isWord(word: string): boolean {
    return this.peek.kind === "word" && this.peek.text === word;
  }

  accept(op: string): boolean {
    if (!this.is(op)) return false;
    this.#at++;
    return true;
  }

  expect(op: string): void {
    if (!this.accept(op)) this.fail();
  }

  fail(): never {
    const { line, text, kind } = this.peek;
    throw new AwkProblem(`line ${line}: syntax error at or near ${kind === "end" ? "end of file" : text === "\n" ? "end of line" : text}`);
  }

  skipNewlines(): void {
    while (this.peek.kind === "newline") this.#at++;
  }

  skipEnds(): void {
    while (this.peek.kind === "newline" || this.is(";")) this.#at++;
  }

  expr(): Expr {
    const left = this.ternary();
    if (this.peek.kind !== "op" || !ASSIGN.has(this.peek.text)) return left;
    if (!["variable", "field", "element"].includes(left.kind)) this.fail();
    const op = this.take().text.slice(0, -1);
    this.skipNewlines();
    return { kind: "assign", op: op === "**" ? "^" : op, to: left, value: this.expr() };
  }

  exprs(): readonly Expr[] {
    const all = [this.expr()];
    while (this.accept(",")) {
      this.skipNewlines();
      all.push(this.expr());
    }
    return all;
  }

  list(close: string): readonly Expr[] {
    this.skipNewlines();
    if (this.accept(close)) return [];
    const all = this.exprs();
    this.skipNewlines();
    this.expect(close);
    return all;
  }

  ternary(): Expr {
    const test = this.or();
    if (!this.accept("?")) return test;
    this.skipNewlines();
    const yes = this.ternary();
    this.skipNewlines();
    this.expect(":");
    this.skipNewlines();
    const no = this.expr();
    return { kind: "cond", test, yes, no };
  }

  or(): Expr {
    let left = this.and();
    while (this.accept("||")) {
      this.skipNewlines();
      left = { kind: "or", left, right: this.and() };
    }
    return left;
  }

  and(): Expr {
    let left = this.membership();
    while (this.accept("&&")) {
      this.skipNewlines();
      left = { kind: "and", left, right: this.membership() };
    }
    return left;
  }

  membership(): Expr {
    let left = this.matching();
    while (this.isWord("in")) {
      this.take();
      left = { kind: "in", keys: [left], name: this.take().text };
    }
    return left;
  }

  matching(): Expr {
    let left = this.comparison();
    while (this.is("~") || this.is("!~")) {
      const negate = this.take().text === "!~";
      left = { kind: "match", negate, left, right: this.comparison() };
    }
    return left;
  }

  comparison(): Expr {
    let left = this.piped();
    while (this.peek.kind === "op" && COMPARE.has(this.peek.text) && !(this.noGreater > 0 && this.peek.text === ">")) {
      const op = this.take().text;
      left = { kind: "binary", op, left, right: this.piped() };
    }
    return left;
  }

  /** "cmd" | getline [var] */
  piped(): Expr {
    let left = this.concatenation();
    while (this.is("|") && this.peekAt(1)?.text === "getline") {
      this.take();
      this.take();
      left = { kind: "getline", to: this.optionalTarget(), from: "command", source: left };
    }
    return left;
  }

  concatenation(): Expr {
    let left = this.additive();
    while (this.beginsOperand()) left = { kind: "binary", op: " ", left, right: this.additive() };
    return left;
  }

  beginsOperand(): boolean {
    const { kind, text } = this.peek;
    if (["number", "string", "regex", "name", "func", "builtin"].includes(kind)) return true;
    return kind === "op" && ["$", "!", "(", "-", "+", "++", "--"].includes(text) && !(text === "!" && this.peekAt(1)?.text === "~");
  }

  additive(): Expr {
    let left = this.multiplicative();
    while (this.is("+") || this.is("-")) left = { kind: "binary", op: this.take().text, left, right: this.multiplicative() };
    return left;
  }

  multiplicative(): Expr {
    let left = this.unary();
    while (this.is("*") || this.is("/") || this.is("%")) left = { kind: "binary", op: this.take().text, left, right: this.unary() };
    return left;
  }

  unary(): Expr {
    const { kind, text } = this.peek;
    if (kind === "op" && (text === "!" || text === "-" || text === "+")) {
      this.take();
      return { kind: "unary", op: text, of: this.unary() };
    }
    return this.power();
  }

  power(): Expr {
    const base = this.postfix();
    if (!this.accept("^") && !this.accept("**")) return base;
    // Right-associative, and -2^2 is -(2^2) but 2^-2 is allowed.
    const exponent = this.is("-") || this.is("+") || this.is("!") ? this.unary() : this.power();
    return { kind: "binary", op: "^", left: base, right: exponent };
  }

  postfix(): Expr {
    const operand = this.primary();
    if ((this.is("++") || this.is("--")) && ["variable", "field", "element"].includes(operand.kind)) return { kind: "step", op: this.take().text as "++" | "--", prefix: false, of: operand };
    return operand;
  }

  primary(): Expr {
    const token = this.take();
    switch (token.kind) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "string":
        return { kind: "string", value: token.text };
      case "regex":
        return { kind: "regex", source: token.text };
      case "name":
        return this.accept("[") ? { kind: "element", name: token.text, keys: this.list("]") } : { kind: "variable", name: token.text };
      case "func":
        this.expect("(");
        return { kind: "call", name: token.text, args: this.list(")") };
      case "builtin":
        return { kind: "call", name: token.text, args: this.accept("(") ? this.inParentheses() : [] };
      default:
        return this.special(token);
    }
  }

  special(token: Token): Expr {
    switch (token.text) {
      case "$":
        return { kind: "field", index: this.is("++") || this.is("--") || this.is("-") ? this.unary() : this.primary() };
      case "++":
      case "--":
        return { kind: "step", op: token.text, prefix: true, of: this.primary() };
      case "(": {
        const inside = this.inParentheses();
        const [only] = inside;
        if (inside.length === 1 && only !== undefined) return only.kind === "regex" ? { kind: "match", negate: false, left: { kind: "field", index: { kind: "number", value: 0 } }, right: only } : group(only);
        if (!this.isWord("in")) this.fail();
        this.take();
        return { kind: "in", keys: inside, name: this.take().text };
      }
      case "getline": {
        const to = this.optionalTarget();
        if (!this.accept("<")) return { kind: "getline", to, from: "input", source: undefined };
        return { kind: "getline", to, from: "file", source: this.primary() };
      }
      case "-":
      case "+":
      case "!":
        return { kind: "unary", op: token.text, of: this.unary() };
      default:
        this.#at--;
        return this.fail();
    }
  }

  /** Within parentheses ">" compares again. */
  inParentheses(): readonly Expr[] {
    const held = this.noGreater;
    this.noGreater = 0;
    const inside = this.list(")");
    this.noGreater = held;
    return inside;
  }

  optionalTarget(): Expr | undefined {
    if (this.peek.kind === "name" || this.is("$")) return this.primary();
    return undefined;
  }
}

/** A value in parentheses is not a place: (x)++ is no step of x. */
function group(inner: Expr): Expr {
  return inner;
}
