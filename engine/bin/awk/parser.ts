/** From words to a program: rules, functions and statements. Expressions stand in parse-expr.ts. */
import { type Awk, AwkProblem, type Expr, type Fn, type Redirect, type Rule, type Stmt } from "./ast";
import { ExprParser } from "./parse-expr";

export function parseAwk(source: string): Awk {
  return new Parser(source).program();
}

class Parser extends ExprParser {
  program(): Awk {
    const rules: Rule[] = [];
    const functions = new Map<string, Fn>();
    this.skipEnds();
    while (this.peek.kind !== "end") {
      if (this.isWord("function") || this.isWord("func")) {
        const fn = this.function();
        functions.set(fn.name, fn);
      } else rules.push(this.rule());
      this.skipEnds();
    }
    return { rules, functions };
  }

  function(): Fn {
    this.take();
    const name = this.take().text;
    this.expect("(");
    const params: string[] = [];
    while (!this.is(")")) {
      params.push(this.take().text);
      this.skipNewlines();
      if (!this.is(")")) this.expect(",");
      this.skipNewlines();
    }
    this.expect(")");
    this.skipNewlines();
    return { name, params, body: this.block() };
  }

  rule(): Rule {
    if (this.isWord("BEGIN") || this.isWord("END")) {
      const kind = this.take().text === "BEGIN" ? "begin" : "end";
      this.skipNewlines();
      return { kind, from: undefined, to: undefined, body: this.block() };
    }
    if (this.is("{")) return { kind: "main", from: undefined, to: undefined, body: this.block() };
    const from = this.expr();
    let to: Expr | undefined;
    if (this.accept(",")) {
      this.skipNewlines();
      to = this.expr();
    }
    return { kind: "main", from, to, body: this.is("{") ? this.block() : undefined };
  }

  block(): Stmt {
    this.expect("{");
    const body: Stmt[] = [];
    this.skipEnds();
    while (!this.is("}")) {
      body.push(this.statement());
      this.skipEnds();
    }
    this.expect("}");
    return { kind: "block", body };
  }

  statement(): Stmt {
    if (this.is("{")) return this.block();
    if (this.accept(";")) return { kind: "block", body: [] };
    if (this.peek.kind !== "word" || this.isWord("getline")) return this.ended(this.simple());
    switch (this.peek.text) {
      case "if":
        return this.conditional();
      case "while":
        this.take();
        return this.loop();
      case "do":
        return this.doLoop();
      case "for":
        return this.forLoop();
      default:
        return this.ended(this.simple());
    }
  }

  conditional(): Stmt {
    this.take();
    const test = this.condition();
    const yes = this.body();
    const mark = this.mark();
    this.skipEnds();
    if (!this.isWord("else")) {
      this.back(mark);
      return { kind: "if", test, yes, no: undefined };
    }
    this.take();
    return { kind: "if", test, yes, no: this.body() };
  }

  loop(): Stmt {
    const test = this.condition();
    return { kind: "while", test, body: this.is(";") ? this.statement() : this.body() };
  }

  doLoop(): Stmt {
    this.take();
    const body = this.body();
    this.skipEnds();
    if (!this.isWord("while")) this.fail();
    this.take();
    return this.ended({ kind: "do", body, test: this.condition() });
  }

  forLoop(): Stmt {
    this.take();
    this.expect("(");
    const [variable, word, array, close] = [this.peekAt(0), this.peekAt(1), this.peekAt(2), this.peekAt(3)];
    if (variable?.kind === "name" && word?.text === "in" && array?.kind === "name" && close?.text === ")") {
      for (let i = 0; i < 4; i++) this.take();
      return { kind: "forin", variable: variable.text, array: array.text, body: this.body() };
    }
    const first = this.is(";") ? undefined : this.simple();
    this.expect(";");
    this.skipNewlines();
    const test = this.is(";") ? undefined : this.expr();
    this.expect(";");
    this.skipNewlines();
    const step = this.is(")") ? undefined : this.simple();
    this.expect(")");
    return { kind: "for", first, test, step, body: this.is(";") ? this.statement() : this.body() };
  }

  condition(): Expr {
    this.expect("(");
    const test = this.expr();
    this.expect(")");
    return test;
  }

  body(): Stmt {
    this.skipNewlines();
    return this.statement();
  }

  simple(): Stmt {
    const word = this.peek.kind === "word" ? this.peek.text : "";
    switch (word) {
      case "print":
      case "printf":
        this.take();
        return this.print(word);
      case "next":
      case "nextfile":
      case "break":
      case "continue":
        this.take();
        return { kind: word };
      case "exit":
      case "return":
        this.take();
        return { kind: word, value: this.atEnd() ? undefined : this.expr() };
      case "delete":
        this.take();
        return this.deletion();
      case "":
      case "getline":
        return { kind: "expr", expr: this.expr() };
      default:
        return this.fail();
    }
  }

  deletion(): Stmt {
    const name = this.take().text;
    if (!this.accept("[")) return { kind: "delete", name, keys: undefined };
    const keys = this.list("]");
    return { kind: "delete", name, keys };
  }

  print(kind: "print" | "printf"): Stmt {
    let args: readonly Expr[] = [];
    if (!this.atEnd() && !this.isRedirect()) {
      this.noGreater++;
      args = this.printArguments();
      this.noGreater--;
    }
    return { kind, args, redirect: this.redirect() };
  }

  /** `print (a, b) > "f"`: the parentheses hold the list, unless an operator follows them. */
  printArguments(): readonly Expr[] {
    if (!this.is("(")) return this.exprs();
    const mark = this.mark();
    const held = this.noGreater;
    this.take();
    this.noGreater = 0;
    const inside = this.list(")");
    this.noGreater = held;
    if (this.atEnd() || this.isRedirect()) return inside;
    this.back(mark);
    return this.exprs();
  }

  redirect(): Redirect | undefined {
    if (!this.isRedirect()) return undefined;
    const to = this.take().text as Redirect["to"];
    return { to, target: this.concatenation() };
  }

  isRedirect(): boolean {
    return this.is(">") || this.is(">>") || this.is("|");
  }

  ended(statement: Stmt): Stmt {
    if (!this.accept(";") && this.peek.kind === "newline") this.take();
    else if (!this.is("}") && this.peek.kind !== "end" && this.previous.text !== ";" && this.previous.text !== "\n") this.fail();
    return statement;
  }

  atEnd(): boolean {
    return this.is(";") || this.is("}") || this.peek.kind === "newline" || this.peek.kind === "end";
  }
}

export { AwkProblem };
