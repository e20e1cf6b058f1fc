/** A reader over tokens: what every part of the parser shares, and how it complains. */
import { type Token, tokenize, tokenName } from "./lexer";
import { type Loc, NftError } from "./source";

const NEVER_NAMES = new Set("ip ip6 inet arp bridge netdev tcp udp icmp icmpv6 udplite sctp dccp esp ah th ether vlan meta ct fib numgen jhash symhash rt counter set map chain table rule element accept drop jump goto return continue fwd dup queue limit quota log iif iifname oif oifname skuid skgid mark snat dnat masquerade redirect reject notrack type hook policy comment flags flush list add delete insert replace rename reset vmap handle position index size timeout elements".split(" "));

export class Tokens {
  #tokens: Token[];
  #at = 0;
  readonly #variables = new Map<string, readonly Token[]>();

  constructor(readonly text: string) {
    this.#tokens = tokenize(text);
  }

  get now(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get atEnd(): boolean {
    return this.now.kind === "end of file";
  }

  ahead(n: number): Token {
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
    const { now } = this;
    const hint = expecting ? `, expecting ${expecting.join(" or ")}` : "";
    // The end of the input has no column of its own.
    const loc = now.kind === "end of file" ? this.#endLoc() : now.loc;
    throw new NftError(`syntax error, unexpected ${tokenName(now)}${hint}`, loc);
  }

  #endLoc(): Loc {
    const line = this.text.lastIndexOf("\n", this.text.length - 2) + 1;
    return { start: line, end: line + 1 };
  }

  skipNewlines(): void {
    while (this.now.kind === "newline") this.next();
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

  isWord(): boolean {
    return this.now.kind === "string";
  }

  /** A name that somebody gave: no word of the language itself. */
  name(expecting?: readonly string[]): Token {
    if (this.now.kind === "string" && !NEVER_NAMES.has(this.now.text)) return this.next();
    return this.fail(expecting);
  }

  isNumber(): boolean {
    return this.now.kind === "number";
  }

  number(expecting: readonly string[] | undefined = ["number"]): number {
    if (!this.isNumber()) this.fail(expecting);
    return Number(this.next().text);
  }

  /** A string, quoted or not. */
  string(expecting: readonly string[] = ["string", "quoted string", "string with a trailing asterisk"]): Token {
    const { kind } = this.now;
    if (kind === "string" || kind === "quoted string" || kind === "string with a trailing asterisk") return this.next();
    return this.fail(expecting);
  }

  /** define NAME = value, up to the end of the line or the closing brace. */
  define(): void {
    const name = this.name().text;
    this.expect("=");
    const value: Token[] = [];
    let depth = 0;
    while (this.now.kind !== "end of file" && (depth > 0 || (this.now.kind !== "newline" && !this.is(";")))) {
      if (this.is("{")) depth++;
      if (this.is("}")) depth--;
      value.push(this.next());
    }
    this.#variables.set(name, value);
  }

  /** Puts a variable's tokens in the place of `$name`. */
  expandVariable(): void {
    while (this.is("$")) {
      const dollar = this.now;
      const name = this.ahead(1);
      const value = this.#variables.get(name.text);
      if (!value) throw new NftError(`unknown identifier '${name.text}'`, { start: dollar.loc.start, end: name.loc.end });
      this.#tokens = [...this.#tokens.slice(0, this.#at), ...value, ...this.#tokens.slice(this.#at + 2)];
    }
  }
}
