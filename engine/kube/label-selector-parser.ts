/**
 * The text of a label selector, "app=web,tier in (a,b),!old", as apimachinery's pkg/labels/selector.go
 * reads it: a lexer of runs of special characters, words that are keywords only where an operator
 * is expected, and its words for what is wrong. Server and clients both read selectors with it.
 */
import { compare } from "../core/order";
import type { Requirement, Selector } from "./selectors";
import { labelValue, qualifiedName } from "./validation/names";

const OPERATORS = ["=", "==", "!=", "in", "notin", ">", "<"];
const TOKENS = new Set([...OPERATORS, "!", "(", ")", ","]);

/** `end`: there is no more; `bad`: special characters that mean nothing. */
type Token = { readonly kind: "word" | "symbol" | "end" | "bad"; readonly text: string };

export class SelectorSyntaxError extends Error {}

/** Throws a SelectorSyntaxError in upstream's words. */
export function readLabelSelector(written: string): Selector {
  const parser = new Parser(tokensOf(written));
  return [...parser.parse()].sort((a, b) => compare(a.key, b.key));
}

function tokensOf(written: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [run] of written.matchAll(/[=!(),><]+|[^=!(),>< \t\r\n]+/g)) {
    if (!/^[=!(),><]/.test(run)) tokens.push({ kind: "word", text: run });
    else tokens.push(...symbolsIn(run));
  }
  return tokens;
}

/** Each the longest that is one: "!==" is "!=" and "=". */
function symbolsIn(run: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < run.length; ) {
    let length = 1;
    while (at + length < run.length && TOKENS.has(run.slice(at, at + length + 1))) length++;
    tokens.push({ kind: "symbol", text: run.slice(at, at + length) });
    at += length;
  }
  return tokens;
}

const END: Token = { kind: "end", text: "" };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Selector {
    const requirements: Requirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.kind === "end") return requirements;
      if (first.kind !== "word" && !isSymbol(first, "!")) throw new SelectorSyntaxError(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#checked());
      const next = this.#next();
      if (next.kind === "end") return requirements;
      if (!isSymbol(next, ",")) throw new SelectorSyntaxError(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.kind !== "word" && !isSymbol(after, "!")) throw new SelectorSyntaxError(`found '${after.text}', expected: identifier after ','`);
    }
  }

  #checked(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (error instanceof SelectorSyntaxError) throw new SelectorSyntaxError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): Requirement {
    let word = this.#next();
    const negated = isSymbol(word, "!");
    if (negated) word = this.#next();
    if (word.kind !== "word") throw new SelectorSyntaxError(`found '${word.text}', expected: identifier`);
    const key = word.text;
    const problems = qualifiedName(key);
    if (problems.length > 0) throw new SelectorSyntaxError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join("; ")}`);
    if (negated) return { key, operator: "!", values: [] };
    const following = this.#peek();
    if (following.kind === "end" || isSymbol(following, ",")) return { key, operator: "exists", values: [] };
    const operator = this.#next();
    if (!OPERATORS.includes(operator.text)) throw new SelectorSyntaxError(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = operator.text === "in" || operator.text === "notin" ? this.#values() : [this.#exactValue()];
    return made(key, operator.text, values);
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.kind === "end" || isSymbol(next, ",")) return "";
    this.#next();
    if (next.kind === "word") return next.text;
    throw new SelectorSyntaxError(`found '${next.text}', expected: identifier`);
  }

  #values(): readonly string[] {
    const open = this.#next();
    if (!isSymbol(open, "(")) throw new SelectorSyntaxError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (isSymbol(first, ")")) {
      this.#next();
      return [""];
    }
    if (first.kind !== "word" && !isSymbol(first, ",")) throw new SelectorSyntaxError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#identifiers();
    this.#next();
    return [...values].sort(compare);
  }

  /** Up to the closing parenthesis; a comma with nothing before or behind it means the empty value. */
  #identifiers(): ReadonlySet<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      if (token.kind === "word") {
        values.add(token.text);
        const after = this.#peek();
        if (isSymbol(after, ")")) return values;
        if (!isSymbol(after, ",")) throw new SelectorSyntaxError(`found '${after.text}', expected: ',' or ')'`);
        continue;
      }
      if (!isSymbol(token, ",")) throw new SelectorSyntaxError(`found '${token.text}', expected: ',', or identifier`);
      if (values.size === 0) values.add("");
      const after = this.#peek();
      if (isSymbol(after, ")")) return values.add("");
      if (isSymbol(after, ",")) {
        this.#next();
        values.add("");
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === "symbol" && token.text === text;
}

/** labels.NewRequirement. */
function made(key: string, written: string, values: readonly string[]): Requirement {
  const problems: string[] = [];
  const ordered = written === ">" || written === "<";
  if (ordered) values.forEach((value, i) => problems.push(...(/^[+-]?\d+$/.test(value) ? [] : [`values[${i}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`])));
  values.forEach((value, i) => {
    const wrong = labelValue(value);
    if (wrong.length > 0) problems.push(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join("; ")}`);
  });
  if (problems.length > 0) throw new SelectorSyntaxError(problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`);
  const operator = written === "==" ? "=" : written === ">" ? "gt" : written === "<" ? "lt" : (written as "=" | "!=" | "in" | "notin");
  return { key, operator, values };
}
