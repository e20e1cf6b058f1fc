/** Tokens to a tree, by precedence: | , // = and or comparison + * and postfixes. */
import type { Definition, Filter, Pattern } from "./ast";
import { JqSyntaxError, type Token, tokenize } from "./lexer";

const IDENTITY: Filter = { kind: "identity" };
const ASSIGNING = ["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="];
const COMPARING = ["==", "!=", "<", "<=", ">", ">="];
const MAX_DEPTH = 200;

/** A whole program: definitions, then a filter (identity if there is none). */
/** An `if` without `else`, which jq 1.6 does not have: two complaints. */
export class UnterminatedIf extends JqSyntaxError {
  constructor(first: JqSyntaxError) {
    super(first.message, first.column);
  }
}

export function parseProgram(source: string): Filter {
  return new Parser(tokenize(source)).program();
}

class Parser {
  #at = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  program(): Filter {
    const definitions: Definition[] = [];
    while (this.#is("keyword", "def")) definitions.push(this.#definition());
    const first = this.#peek();
    if (definitions.length === 0 && (first.kind === "invalid" || (first.kind === "operator" && ["|", ",", "?", ":", ";", "*", "/", "%", "+", "=", "<", ">"].includes(first.text)) || (first.kind === "keyword" && ["and", "or", "as", "then", "else", "elif", "end", "catch"].includes(first.text)))) throw this.#unexpected("$end");
    const body = first.kind === "end" ? IDENTITY : this.pipe();
    if (this.#peek().kind !== "end") throw this.#unexpected(COMPARING.includes(this.#peek().text) ? "" : "$end");
    return definitions.reduceRight<Filter>((inner, definition) => ({ kind: "define", definition, body: inner }), body);
  }

  #peek(): Token {
    return this.tokens[this.#at] ?? { kind: "end", text: "", at: 0 };
  }

  #is(kind: Token["kind"], text: string): boolean {
    const token = this.#peek();
    return token.kind === kind && token.text === text;
  }

  #accept(text: string, kind: Token["kind"] = "operator"): boolean {
    if (!this.#is(kind, text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string, kind: Token["kind"] = "operator"): void {
    if (!this.#accept(text, kind)) throw this.#unexpected();
  }

  #unexpected(expecting = ""): JqSyntaxError {
    const token = this.#peek();
    const names: Readonly<Record<string, string>> = { end: "$end", identifier: "IDENT", field: "FIELD", number: "LITERAL", string: "QQSTRING_START", format: "FORMAT", variable: "'$'" };
    const shown = token.kind === "end" ? "$end" : token.kind === "operator" ? (token.text.length === 1 ? `'${token.text}'` : token.text) : token.kind === "keyword" ? token.text : (names[token.kind] ?? token.text);
    const column = token.kind === "end" ? (this.tokens[this.#at - 1]?.at ?? 0) : token.at;
    const last = this.tokens[this.#at - 1];
    const dollar = token.kind === "end" && last?.kind === "variable" ? column + 1 : column;
    return new JqSyntaxError(`syntax error, unexpected ${shown}${expecting === "" ? "" : `, expecting ${expecting}`}`, dollar);
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new JqSyntaxError("syntax error, memory exhausted");
    const made = parse();
    this.#depth--;
    return made;
  }

  pipe(): Filter {
    return this.#deeper(() => {
      if (this.#is("keyword", "def")) {
        const definition = this.#definition();
        return { kind: "define", definition, body: this.pipe() };
      }
      if (this.#accept("label", "keyword")) {
        const token = this.#peek();
        if (token.kind !== "variable") throw this.#unexpected();
        this.#at++;
        this.#expect("|");
        return { kind: "label", name: token.text, body: this.pipe() };
      }
      const left = this.#comma();
      if (this.#accept("as", "keyword")) return this.#binding(left);
      return this.#accept("|") ? { kind: "pipe", left, right: this.pipe() } : left;
    });
  }

  #binding(source: Filter): Filter {
    const patterns = [this.#pattern()];
    while (this.#accept("?//")) patterns.push(this.#pattern());
    if (!this.#accept("|")) throw this.#unexpected("'|'");
    return { kind: "bind", source, patterns, body: this.pipe() };
  }

  #comma(): Filter {
    let left = this.#alternative();
    while (this.#accept(",")) left = { kind: "comma", left, right: this.#alternative() };
    return left;
  }

  #alternative(): Filter {
    const left = this.#assignment();
    return this.#accept("//") ? { kind: "alternative", left, right: this.#alternative() } : left;
  }

  #assignment(): Filter {
    const left = this.#or();
    const token = this.#peek();
    if (token.kind !== "operator" || !ASSIGNING.includes(token.text)) return left;
    this.#at++;
    return { kind: "assign", operator: token.text, left, right: this.#alternative() };
  }

  #or(): Filter {
    let left = this.#and();
    while (this.#accept("or", "keyword")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Filter {
    let left = this.#comparison();
    while (this.#accept("and", "keyword")) left = { kind: "and", left, right: this.#comparison() };
    return left;
  }

  #comparison(): Filter {
    const left = this.#sum();
    const token = this.#peek();
    if (token.kind !== "operator" || !COMPARING.includes(token.text)) return left;
    this.#at++;
    return { kind: "binary", operator: token.text, left, right: this.#sum() };
  }

  #sum(): Filter {
    let left = this.#product();
    for (let token = this.#peek(); token.kind === "operator" && (token.text === "+" || token.text === "-"); token = this.#peek()) {
      this.#at++;
      left = { kind: "binary", operator: token.text, left, right: this.#product() };
    }
    return left;
  }

  #product(): Filter {
    let left = this.#unary();
    for (let token = this.#peek(); token.kind === "operator" && ["*", "/", "%"].includes(token.text); token = this.#peek()) {
      this.#at++;
      const right = this.#unary();
      if (token.text === "/" && left.kind === "literal" && typeof left.value === "number" && right.kind === "literal" && right.value === 0) throw new JqSyntaxError("Division by zero?");
      left = { kind: "binary", operator: token.text, left, right };
    }
    return left;
  }

  #unary(): Filter {
    if (this.#accept("-")) return this.#deeper(() => ({ kind: "negate", of: this.#unary() }));
    return this.#postfix();
  }

  #postfix(): Filter {
    let of = this.#term();
    for (;;) {
      const token = this.#peek();
      if (token.kind === "field") {
        this.#at++;
        of = { kind: "field", of, name: { kind: "literal", value: token.text } };
      } else if (this.#is("operator", ".") && this.tokens[this.#at + 1]?.kind === "string") {
        this.#at++;
        of = { kind: "field", of, name: this.#string(undefined) };
      } else if (this.#is("operator", ".")) {
        this.#at++;
        throw this.#unexpected("FORMAT or QQSTRING_START");
      } else if (this.#accept("[")) of = this.#bracket(of);
      else if (this.#accept("?")) of = { kind: "try", body: of, handler: undefined };
      else return of;
    }
  }

  #bracket(of: Filter): Filter {
    if (this.#accept("]")) return { kind: "iterate", of };
    if (this.#accept(":")) {
      const to = this.pipe();
      this.#expect("]");
      return { kind: "slice", of, from: undefined, to };
    }
    const name = this.pipe();
    if (this.#accept(":")) {
      const to = this.#is("operator", "]") ? undefined : this.pipe();
      this.#expect("]");
      return { kind: "slice", of, from: name, to };
    }
    this.#expect("]");
    return { kind: "field", of, name };
  }

  #term(): Filter {
    const token = this.#peek();
    switch (token.kind) {
      case "number":
        this.#at++;
        return { kind: "literal", value: Number(token.text) };
      case "string":
        return this.#string(undefined);
      case "format":
        this.#at++;
        return this.#peek().kind === "string" ? this.#string(token.text) : { kind: "format", name: token.text };
      case "field":
        this.#at++;
        return { kind: "field", of: IDENTITY, name: { kind: "literal", value: token.text } };
      case "variable":
        this.#at++;
        return { kind: "variable", name: token.text, at: token.at };
      case "identifier":
        return this.#call(token.text);
      case "keyword":
        return this.#keyword(token.text);
      case "operator":
        return this.#punctuation(token.text);
      case "invalid":
      case "end":
        throw this.#unexpected();
    }
  }

  #punctuation(text: string): Filter {
    this.#at++;
    switch (text) {
      case ".": {
        const next = this.#peek();
        if (next.kind === "string") return { kind: "field", of: IDENTITY, name: this.#string(undefined) };
        return IDENTITY;
      }
      case "..":
        return { kind: "recurse" };
      case "(": {
        const inner = this.pipe();
        this.#expect(")");
        return inner;
      }
      case "[": {
        if (this.#accept("]")) return { kind: "array", of: undefined };
        const of = this.pipe();
        this.#expect("]");
        return { kind: "array", of };
      }
      case "{":
        return this.#object();
      case "$":
        if (this.#peek().kind === "end") throw this.#unexpected("IDENT or __loc__");
        if (this.#accept("__loc__", "keyword")) return { kind: "literal", value: new Map<string, string | number>([["file", "<top-level>"], ["line", 1]]) };
    }
    this.#at--;
    throw this.#unexpected();
  }

  #keyword(word: string): Filter {
    this.#at++;
    switch (word) {
      case "if":
        return this.#if();
      case "try": {
        const body = this.#postTry();
        return { kind: "try", body, handler: this.#accept("catch", "keyword") ? this.#postTry() : undefined };
      }
      case "reduce": {
        const [source, pattern] = this.#loopHead();
        const start = this.pipe();
        this.#expect(";");
        const update = this.pipe();
        this.#expect(")");
        return { kind: "reduce", source, pattern, start, update };
      }
      case "foreach": {
        const [source, pattern] = this.#loopHead();
        const start = this.pipe();
        this.#expect(";");
        const update = this.pipe();
        const extract = this.#accept(";") ? this.pipe() : undefined;
        this.#expect(")");
        return { kind: "foreach", source, pattern, start, update, extract };
      }
      case "def": {
        this.#at--;
        const definition = this.#definition();
        return { kind: "define", definition, body: this.pipe() };
      }
      case "import":
      case "include":
        throw new JqSyntaxError(`not modelled: ${word}`);
    }
    this.#at--;
    throw this.#unexpected();
  }

  #postTry(): Filter {
    return this.#postfix();
  }

  #if(): Filter {
    return this.#deeper(() => {
      const condition = this.pipe();
      this.#expect("then", "keyword");
      const then = this.pipe();
      if (this.#accept("elif", "keyword")) return { kind: "if", condition, then, otherwise: this.#if() };
      if (!this.#is("keyword", "else") && this.#is("keyword", "end")) throw new UnterminatedIf(this.#unexpected());
      this.#expect("else", "keyword");
      const otherwise = this.pipe();
      this.#expect("end", "keyword");
      return { kind: "if", condition, then, otherwise };
    });
  }

  #loopHead(): readonly [Filter, Pattern] {
    const source = this.#postfix();
    this.#expect("as", "keyword");
    const pattern = this.#pattern();
    this.#expect("(");
    return [source, pattern];
  }

  #call(name: string): Filter {
    const { at } = this.#peek();
    this.#at++;
    if (name === "break") {
      const token = this.#peek();
      if (token.kind !== "variable") throw new JqSyntaxError("break requires a label to break to");
      this.#at++;
      return { kind: "break", name: token.text };
    }
    const args: Filter[] = [];
    if (this.#accept("(")) {
      do args.push(this.pipe());
      while (this.#accept(";"));
      this.#expect(")");
    }
    return { kind: "call", name, args, at };
  }

  #definition(): Definition {
    this.#expect("def", "keyword");
    const name = this.#peek();
    if (name.kind !== "identifier" && name.kind !== "keyword") throw this.#unexpected();
    this.#at++;
    const parameters: string[] = [];
    if (this.#accept("(")) {
      do {
        const token = this.#peek();
        if (token.kind !== "identifier" && token.kind !== "variable") throw this.#unexpected();
        this.#at++;
        parameters.push(token.kind === "variable" ? `$${token.text}` : token.text);
      } while (this.#accept(";"));
      this.#expect(")");
    }
    this.#expect(":");
    const body = this.pipe();
    this.#expect(";");
    return { name: name.text, parameters, body };
  }

  #string(format: string | undefined): Filter {
    const token = this.#peek();
    if (token.kind !== "string") throw this.#unexpected();
    this.#at++;
    if (token.parts.length === 1) return { kind: "literal", value: token.parts[0] as string };
    return { kind: "text", format, parts: token.parts.map((part) => (typeof part === "string" ? part : new Parser(part).program())) };
  }

  #object(): Filter {
    const entries: { key: Filter; value: Filter }[] = [];
    while (!this.#accept("}")) {
      if (entries.length > 0) this.#expect(",");
      if (entries.length > 0 && this.#accept("}")) break;
      entries.push(this.#entry());
    }
    return { kind: "object", entries };
  }

  #entry(): { readonly key: Filter; readonly value: Filter } {
    const token = this.#peek();
    if (token.kind === "variable") {
      if (token.text === "__loc__") throw new JqSyntaxError("syntax error, unexpected __loc__, expecting IDENT", token.at + 1);
      this.#at++;
      return { key: { kind: "literal", value: token.text }, value: { kind: "variable", name: token.text, at: token.at } };
    }
    if (token.kind === "format" && this.tokens[this.#at + 1]?.kind !== "string") {
      this.#at++;
      return { key: { kind: "literal", value: token.text }, value: { kind: "format", name: token.text } };
    }
    let key: Filter;
    if (this.#accept("(")) {
      key = this.pipe();
      this.#expect(")");
    } else if (token.kind === "string") key = this.#string(undefined);
    else if (token.kind === "format") {
      this.#at++;
      key = this.#string(token.text);
    } else if (token.kind === "identifier" || token.kind === "keyword" || token.kind === "number") {
      this.#at++;
      key = { kind: "literal", value: token.kind === "number" ? Number(token.text) : token.text };
    } else throw this.#unexpected();
    if (key.kind === "literal" && typeof key.value !== "string") throw new JqSyntaxError(`Cannot use ${typeof key.value} (${key.value}) as object key`, 1);
    if (this.#peek().kind === "end") throw this.#unexpected("'}'");
    if (!this.#accept(":")) return { key, value: { kind: "field", of: IDENTITY, name: key } };
    let value = this.#objectValue();
    while (this.#accept("|")) value = { kind: "pipe", left: value, right: this.#objectValue() };
    return { key, value };
  }

  #objectValue(): Filter {
    return this.#deeper(() => this.#alternative());
  }

  #pattern(): Pattern {
    return this.#deeper(() => {
      const token = this.#peek();
      if (token.kind === "variable") {
        this.#at++;
        return { kind: "variable", name: token.text };
      }
      if (this.#accept("[")) {
        const items: Pattern[] = [];
        do items.push(this.#pattern());
        while (this.#accept(","));
        this.#expect("]");
        return { kind: "array", items };
      }
      if (!this.#accept("{")) throw this.#unexpected("'$' or '[' or '{'");
      const entries: { key: Filter; bind: string | undefined; value: Pattern | undefined }[] = [];
      do entries.push(this.#patternEntry());
      while (this.#accept(","));
      this.#expect("}");
      return { kind: "object", entries };
    });
  }

  #patternEntry(): { readonly key: Filter; readonly bind: string | undefined; readonly value: Pattern | undefined } {
    const token = this.#peek();
    let key: Filter;
    let bind: string | undefined;
    if (token.kind === "variable") {
      this.#at++;
      key = { kind: "literal", value: token.text };
      bind = token.text;
    } else if (this.#accept("(")) {
      key = this.pipe();
      this.#expect(")");
    } else if (token.kind === "string") key = this.#string(undefined);
    else if (token.kind === "identifier" || token.kind === "keyword") {
      this.#at++;
      key = { kind: "literal", value: token.text };
    } else throw this.#unexpected();
    const value = this.#accept(":") ? this.#pattern() : undefined;
    if (value === undefined && bind === undefined) throw this.#unexpected();
    return { key, bind, value };
  }
}
