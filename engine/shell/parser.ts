/**
 * From tokens to commands: the grammar of POSIX.1-2017 §2.10 with bash's additions.
 * One complete command at a time (`nextItem`), because bash runs each line before it reads the next.
 */
import type { AndOr, Assignment, Command, Item, Pipeline, Redirect, Script, Simple, Word } from "./ast";
import { Lexer, plainText, type Token } from "./lexer";
import { parseCompound } from "./parser-compound";
import { ShellSyntaxError } from "./syntax-error";

const CLOSERS = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];
const OPENERS = ["if", "for", "while", "until", "case", "{", "[[", "function", "select", "coproc"];
const REDIRECTS = ["<", ">", ">>", ">|", "<>", "<&", ">&", "&>", "&>>", "<<<", "<<", "<<-"];

export type Aliases = ReadonlyMap<string, string>;

export class Parser {
  readonly lexer: Lexer;
  #peeked: Token | undefined;

  constructor(
    source: string | Lexer,
    readonly aliases: Aliases = new Map(),
    firstLine = 1,
  ) {
    this.lexer = typeof source === "string" ? new Lexer(source, (lexer) => parseNested(lexer, aliases), firstLine) : source;
  }

  // Tokens

  peek(): Token {
    this.#peeked ??= this.lexer.next();
    return this.#peeked;
  }

  take(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  /** The operator that comes next, if one does. */
  operator(): string | undefined {
    const token = this.peek();
    return token.kind === "operator" ? token.text : undefined;
  }

  /** The reserved word that comes next, if it is unquoted. */
  keyword(): string | undefined {
    const token = this.peek();
    if (token.kind !== "word") return undefined;
    const [part, more] = token.word.parts;
    return part?.kind === "literal" && more === undefined ? part.text : undefined;
  }

  newlines(): void {
    while (this.peek().kind === "newline") this.take();
  }

  expectWord(word: string): void {
    if (this.keyword() !== word) throw this.unexpected();
    this.take();
  }

  expectOperator(text: string): void {
    if (this.operator() !== text) throw this.unexpected();
    this.take();
  }

  unexpected(token = this.peek()): ShellSyntaxError {
    if (token.kind === "end") return new ShellSyntaxError("syntax error: unexpected end of file", token.line, true);
    const shown = token.kind === "newline" ? "newline" : token.kind === "operator" ? token.text : token.word.raw;
    return new ShellSyntaxError(`syntax error near unexpected token \`${shown}'`, token.line, false, true);
  }

  textFrom(at: number): string {
    const end = this.#peeked?.at ?? this.lexer.at;
    return this.lexer.text.slice(at, end).trim();
  }

  // Grammar

  /** The next complete line of commands; undefined at the end of the text. */
  nextLine(): Script | undefined {
    this.newlines();
    if (this.peek().kind === "end") return undefined;
    const items: Item[] = [];
    for (;;) {
      const { item, more } = this.#item();
      items.push(item);
      const next = this.peek();
      if (next.kind === "newline") {
        this.take();
        return { items };
      }
      if (next.kind === "end") return { items };
      if (!more) throw this.unexpected();
    }
  }

  /** Commands up to a closing word or operator, which stays. */
  list(allowEmpty = false): Script {
    const items: Item[] = [];
    this.newlines();
    while (!this.#atClose()) {
      const { item, more } = this.#item();
      items.push(item);
      const newline = this.peek().kind === "newline";
      this.newlines();
      if (!more && !newline) break;
    }
    if (items.length === 0 && !allowEmpty) throw this.unexpected();
    return { items };
  }

  #atClose(): boolean {
    const operator = this.operator();
    if (operator !== undefined) return [")", ";;", ";&", ";;&"].includes(operator);
    return this.peek().kind === "end" || CLOSERS.includes(this.keyword() ?? "");
  }

  #item(): { readonly item: Item; readonly more: boolean } {
    const list = this.#andOr();
    const operator = this.operator();
    if (operator !== ";" && operator !== "&") return { item: { list, background: false }, more: false };
    this.take();
    return { item: { list, background: operator === "&" }, more: true };
  }

  #andOr(): AndOr {
    const at = this.peek().at;
    const first = this.#pipeline();
    const rest: { operator: "&&" | "||"; pipeline: Pipeline }[] = [];
    for (;;) {
      const operator = this.operator();
      if (operator !== "&&" && operator !== "||") return { first, rest, text: this.textFrom(at) };
      this.take();
      this.newlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    let negated = false;
    let timed = false;
    const { at } = this.peek();
    while (this.keyword() === "!" || this.keyword() === "time") {
      if (this.keyword() === "!") negated = !negated;
      else timed = true;
      this.take();
      if (this.keyword() === "-p") this.take();
    }
    const next = this.peek();
    const bare = (negated || timed) && (next.kind === "newline" || next.kind === "end" || this.operator() === ";");
    if (bare) return { negated, timed, commands: [{ kind: "simple", assignments: [], words: [], redirects: [], line: next.line }], text: this.textFrom(at) };
    const commands: Command[] = [this.command()];
    for (;;) {
      const operator = this.operator();
      if (operator !== "|" && operator !== "|&") break;
      this.take();
      if (operator === "|&") commands.push(withStderr(commands.pop() as Command));
      this.newlines();
      commands.push(this.command());
    }
    return { negated, timed, commands, text: this.textFrom(at) };
  }

  command(): Command {
    this.#expandAlias();
    const keyword = this.keyword();
    const { line, at } = this.peek();
    if (keyword !== undefined && CLOSERS.includes(keyword)) throw this.unexpected();
    if (keyword === "function") return this.#function(at, line, true);
    if (this.operator() === "(" || (keyword !== undefined && OPENERS.includes(keyword))) {
      this.lexer.deeper();
      const compound = parseCompound(this);
      this.lexer.depth--;
      return { kind: "compound", compound, redirects: this.#redirects(), line };
    }
    return this.#simple(at, line);
  }

  #redirects(): readonly Redirect[] {
    const redirects: Redirect[] = [];
    for (let redirect = this.#redirect(); redirect; redirect = this.#redirect()) redirects.push(redirect);
    return redirects;
  }

  #redirect(): Redirect | undefined {
    const token = this.peek();
    if (token.kind !== "operator" || !REDIRECTS.includes(token.text)) return undefined;
    this.take();
    const target = this.peek();
    if (target.kind !== "word") throw this.unexpected();
    const operator = (token.text === "<<-" ? "<<" : token.text) as Redirect["operator"];
    const redirect: Redirect = { descriptor: token.descriptor, operator, target: target.word };
    // Told before the next token is read: the newline that follows brings the text.
    if (operator === "<<") this.lexer.expectHeredoc(redirect, token.text === "<<-");
    this.take();
    return redirect;
  }

  #simple(at: number, line: number): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const redirect = this.#redirect();
      if (redirect) {
        redirects.push(redirect);
        continue;
      }
      const token = this.peek();
      if (token.kind !== "word") {
        if (this.operator() === "(" && words.length === 1 && assignments.length === 0) return this.#function(at, line, false, words[0]);
        break;
      }
      const assignment = assignmentOf(token, this.lexer);
      if (assignment && words.length === 0) assignments.push(assignment);
      else if (token.array && assignment) words.push(declared(token.word, token.array, this.lexer.text.slice(token.at, token.end)));
      else words.push(token.word);
      this.take();
    }
    if (assignments.length + words.length + redirects.length === 0) throw this.unexpected();
    const simple: Simple = { kind: "simple", assignments, words, redirects, line };
    return simple;
  }

  #function(at: number, line: number, keyword: boolean, named?: Word): Command {
    if (keyword) this.take();
    const token = named ? undefined : this.take();
    const word = named ?? (token?.kind === "word" ? token.word : undefined);
    if (word === undefined) throw this.unexpected(token);
    if (!keyword || this.operator() === "(") {
      this.expectOperator("(");
      this.expectOperator(")");
    }
    this.newlines();
    const next = this.peek();
    if (this.operator() !== "(" && !OPENERS.includes(this.keyword() ?? "")) throw this.unexpected(next);
    const body = this.command();
    if (body.kind !== "compound") throw this.unexpected(next);
    return { kind: "function", name: plainText(word.parts), body, line, text: this.textFrom(at) };
  }

  /** The first word of a command may stand for other words; each alias is used once in a row. */
  #expandAlias(): void {
    const used = new Set<string>();
    for (;;) {
      const token = this.peek();
      const name = this.keyword();
      const value = name === undefined || used.has(name) ? undefined : this.aliases.get(name);
      if (value === undefined || token.kind !== "word" || name === undefined) return;
      used.add(name);
      this.replaceText(token.at, token.end, value);
    }
  }

  /** Puts other text in the place of a token and reads again from there. */
  replaceText(at: number, end: number, value: string): void {
    const { lexer } = this;
    lexer.text = `${lexer.text.slice(0, at)}${value}${lexer.text.slice(end)}`;
    lexer.at = at;
    this.#peeked = undefined;
  }

  /** Gives the text back that a token was made of, to read it differently. */
  rewind(token: Token, to: number): void {
    this.lexer.at = to;
    this.lexer.line = token.line;
    this.#peeked = undefined;
  }
}

/** Parses the commands of $(…) and <(…), behind the opening parenthesis, through the closing one. */
function parseNested(lexer: Lexer, aliases: Aliases): Script {
  const parser = new Parser(lexer, aliases);
  const script = parser.list(true);
  if (parser.operator() !== ")") {
    if (parser.peek().kind === "end") throw lexer.incomplete(")");
    throw parser.unexpected();
  }
  parser.take();
  return script;
}

/** Every line of a text at once: for `eval`, `source` and traps; throws ShellSyntaxError. */
export function parseScript(text: string, aliases?: Aliases): Script {
  const parser = new Parser(text, aliases);
  parser.lexer.lenientHeredocs = true;
  const items: Item[] = [];
  for (let line = parser.nextLine(); line; line = parser.nextLine()) items.push(...line.items);
  return { items };
}

const ASSIGNMENT = /^([A-Za-z_]\w*)(?:\[((?:[^\]]|\][^+=])*)\])?(\+?)=/;

function assignmentOf(token: Token & { readonly kind: "word" }, lexer: Lexer): Assignment | undefined {
  const [first, ...others] = token.word.parts;
  if (first?.kind !== "literal") return undefined;
  const whole = first.text.endsWith("]") && others[0]?.kind === "literal" ? first.text + others[0].text : first.text;
  const rest = whole === first.text ? others : others.slice(1);
  const m = ASSIGNMENT.exec(whole);
  if (!m) return undefined;
  const [matched, name = "", index, plus] = m;
  const after = whole.slice(matched.length);
  const value: Word = { parts: after === "" ? rest : [{ kind: "literal", text: after }, ...rest], raw: token.word.raw.slice(matched.length) };
  return { name, index: index === undefined ? undefined : lexer.sub(index, "double"), append: plus === "+", value: token.array ?? value };
}

/** `declare a=(1 2)`: the word carries the array for the declaring builtin to read. */
function declared(word: Word, array: unknown, raw: string): Word {
  return Object.assign({ parts: [...word.parts, { kind: "quoted" as const, text: raw.slice(word.raw.length) }], raw }, { array });
}

function withStderr(command: Command): Command {
  const both: Redirect = { descriptor: 2, operator: ">&", target: { parts: [{ kind: "literal", text: "1" }], raw: "1" } };
  return command.kind === "function" ? command : { ...command, redirects: [...command.redirects, both] };
}
