/** A reader over tokens: what every part of the parser shares, and how it complains. */
import { KEYWORDS, type Token, tokenizeLine, tokenName } from "./lexer";
import { nearest } from "./misspell";
import { type Loc, NftError } from "./source";

/** parser_max_errors. */
export const MOST_ERRORS = 10;

export class Tokens {
  /** The line at hand, with one token of what came before it. */
  #tokens: Token[] = [];
  #at = 0;
  /** How far the text is read. */
  #read = 0;
  /** What is defined, in the braces at hand and those around them. */
  readonly #scopes: Map<string, readonly Token[]>[] = [new Map()];

  /** `refused`: what could not be included, by where it is asked for. */
  constructor(
    readonly text: string,
    private readonly refused: ReadonlyMap<number, string> = new Map(),
  ) {
    this.#fill();
  }

  #fill(): void {
    this.#read = tokenizeLine(this.text, this.#read, this.#tokens);
  }

  /** Syntax errors so far: reading goes on after each. */
  readonly problems: NftError[] = [];

  /** The rest of the line is passed over, and what follows is read as if it had been right. */
  recover(error: unknown): void {
    if (!(error instanceof NftError)) throw error;
    // The end of the text is the end of every brace still open: one complaint will do.
    const before = this.problems.at(-1);
    if (before?.loc === undefined || before.loc.start !== error.loc?.start || !this.atEnd) this.problems.push(error);
    while (!this.atEnd && this.now.kind !== "newline" && !this.is(";")) this.next();
  }

  get givenUp(): boolean {
    return this.problems.length >= MOST_ERRORS;
  }

  /** Between commands: what has been read is not asked for again. */
  forget(): void {
    const keep = Math.max(0, this.#at - 2);
    if (keep === 0) return;
    this.#tokens.splice(0, keep);
    this.#at -= keep;
  }

  get now(): Token {
    if (this.#at >= this.#tokens.length) this.#fill();
    return this.#tokens[this.#at] as Token;
  }

  get atEnd(): boolean {
    return this.now.kind === "end of file";
  }

  ahead(n: number): Token {
    while (this.#at + n >= this.#tokens.length && this.#tokens.at(-1)?.kind !== "end of file") this.#fill();
    return this.#tokens[Math.min(this.#at + n, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.now;
    if (token.kind !== "end of file") this.#at++;
    return token;
  }

  /** The last token taken. */
  get last(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)] as Token;
  }

  /** From a token's beginning to the end of the last one taken. */
  since(start: Loc): Loc {
    return { start: start.start, end: Math.max(start.end, this.last.loc.end) };
  }

  is(text: string): boolean {
    const { kind, text: now } = this.now;
    return now === text && (kind === "punctuation" || kind === "string");
  }

  isAny(texts: readonly string[]): boolean {
    return texts.some((text) => this.is(text));
  }

  take(text: string): Token | undefined {
    return this.is(text) ? this.next() : undefined;
  }

  expect(text: string, expecting?: readonly string[]): Token {
    return this.take(text) ?? this.fail(expecting);
  }

  fail(expecting?: readonly string[]): never {
    return this.failAt(this.now, expecting);
  }

  /** `local`: words that the scanner knows just here. */
  failAt(now: Token, expecting?: readonly string[], local: readonly string[] = []): never {
    const hint = expecting ? `, expecting ${expecting.join(" or ")}` : "";
    throw new NftError(`syntax error, unexpected ${now.kind === "string" && local.includes(now.text) ? now.text : tokenName(now, now === this.now ? this.#tokens[this.#at - 1] : undefined)}${hint}`, now.loc);
  }

  skipNewlines(): void {
    while (this.now.kind === "newline") this.next();
  }

  /** Within braces that are never closed there is nothing to go on with. */
  unlessAtEnd(): void {
    if (this.atEnd) this.fail();
  }

  /** Between statements of a block. */
  skipSeparators(): void {
    while (this.now.kind === "newline" || this.is(";")) this.next();
  }

  /** A statement of a block ends: a newline or a semicolon must follow. */
  endStatement(): void {
    if (this.now.kind === "newline" || this.is(";")) this.next();
    else this.fail(["newline", "semicolon"]);
  }

  /** As endStatement(), where more could have come; it is not passed over. */
  peekEnd(expecting: readonly string[]): void {
    if (this.now.kind !== "newline" && !this.is(";")) this.fail(expecting);
  }

  isWord(): boolean {
    return this.now.kind === "string";
  }

  /** A name that somebody gave: no word of the language itself. */
  name(expecting?: readonly string[]): Token {
    if (this.isName()) return this.next();
    return this.fail(expecting);
  }

  isName(): boolean {
    return this.now.kind === "string" && !KEYWORDS.has(this.now.text);
  }

  isNumber(): boolean {
    return this.now.kind === "number";
  }

  number(expecting: readonly string[] | undefined = ["number"], local: readonly string[] = []): number {
    if (!this.isNumber()) this.failAt(this.now, expecting, local);
    return Number(this.next().text);
  }

  /** A string, quoted or not. */
  string(expecting: readonly string[] = ["string", "quoted string", "string with a trailing asterisk"]): Token {
    const { kind } = this.now;
    if (this.isName() || kind === "quoted string" || kind === "string with a trailing asterisk") return this.next();
    return this.fail(expecting);
  }

  /** At `include`, whose file could not be put in its place. */
  include(): never {
    const word = this.next();
    if (this.now.kind !== "quoted string") this.fail(["quoted string"]);
    const file = this.next();
    const loc = { start: word.start, end: file.end + 1 };
    throw new NftError(this.refused.get(word.start) ?? `File not found: ${file.text}`, loc);
  }

  /** What is defined between braces is forgotten after them. */
  enter(): void {
    this.#scopes.push(new Map());
  }

  leave(): void {
    this.#scopes.pop();
  }

  /** define NAME = value, redefine, undefine: `read` passes over the value, whose words are kept. False: none of these. */
  define(read: () => void, ending: readonly string[]): boolean {
    if (!this.isAny(["define", "redefine", "undefine"])) return false;
    const word = this.next().text;
    const scope = this.#scopes.at(-1);
    const name = this.name(["string"]);
    if (word === "undefine") scope?.delete(name.text);
    else {
      this.expect("=", ["'='"]);
      const start = this.#at;
      read();
      if (word === "define" && scope?.has(name.text)) throw new NftError(`redefinition of symbol '${name.text}'`, name.loc);
      scope?.set(name.text, this.#tokens.slice(start, this.#at));
    }
    if (this.now.kind !== "newline" && !this.atEnd && !this.is(";")) this.fail(ending);
    return true;
  }

  /** Puts a variable's tokens in the place of `$name`. */
  expandVariable(): void {
    while (this.is("$")) {
      const name = this.ahead(1);
      if (name.kind !== "string") {
        this.next();
        this.fail(["string"]);
      }
      const value = this.#scopes.findLast((scope) => scope.has(name.text))?.get(name.text);
      if (!value) throw new NftError(`unknown identifier '${name.text}'${this.#likely(name.text)}`, name.loc);
      this.#tokens = [...this.#tokens.slice(0, this.#at), ...value, ...this.#tokens.slice(this.#at + 2)];
    }
  }

  /** symbol_lookup_fuzzy(). */
  #likely(wanted: string): string {
    const guess = nearest(wanted, this.#scopes.flatMap((scope) => [...scope.keys()]));
    return guess === undefined ? "" : `; did you mean identifier ‘${guess}’?`;
  }

  /** A quoted string with its variables put in. */
  interpolated({ text, loc }: Token): string {
    return text.replaceAll(/\$([A-Za-z_]\w*)/g, (_, name: string) => {
      const value = this.#scopes.findLast((scope) => scope.has(name))?.get(name);
      if (!value) throw new NftError(`unknown identifier '${name}'`, loc);
      return value.map((token) => token.text).join("");
    });
  }
}
