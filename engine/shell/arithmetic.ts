/**
 * $(( … )): C's integer arithmetic on 64 bits, as "ARITHMETIC EVALUATION" in bash(1) has it.
 * One pass: the expression is evaluated while it is parsed; what && || ?: skip is parsed without effect.
 */
import { ExpansionError } from "./control";

export type ArithmeticScope = {
  get(name: string, index: string | undefined): string | undefined;
  set(name: string, index: string | undefined, value: string): void;
};

const MAX_DEPTH = 64;
const OPERATORS = ["<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "(", ")", "+", "-", "*", "/", "%", "<", ">", "&", "|", "^", "!", "~", "?", ":", "=", ","];
/** From loosest to tightest. */
const BINARY: readonly (readonly string[])[] = [["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];
const ASSIGNING = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="];

export function evaluate(expression: string, scope: ArithmeticScope, depth = 0): bigint {
  if (depth > MAX_DEPTH) throw new ExpansionError(`${expression}: expression recursion level exceeded (error token is "${expression}")`, false);
  if (/^\s*$/.test(expression)) return 0n;
  const simple = /^\s*(\d{1,15})\s*$/.exec(expression);
  if (simple && !/^\s*0\d/.test(expression)) return BigInt(simple[1] ?? "0");
  return new Evaluator(expression, scope, depth).whole();
}

type Reference = { readonly name: string; readonly index: string | undefined };

class Evaluator {
  #at = 0;
  /** Above 0: parse, but neither look up nor assign. */
  #skipping = 0;
  #nesting = 0;
  #tokenAt = 0;

  constructor(
    private readonly text: string,
    private readonly scope: ArithmeticScope,
    private readonly depth: number,
  ) {}

  whole(): bigint {
    const value = this.#comma();
    if (this.#peek() !== undefined) throw this.#error("syntax error in expression");
    return value;
  }

  #error(what: string, at = this.#at): ExpansionError {
    const rest = this.text.slice(at).trimStart();
    return new ExpansionError(`${this.text.trimStart()}: ${what} (error token is "${rest === "" ? this.text.slice(this.#tokenAt).trimStart() : rest}")`, false);
  }

  #blank(): void {
    while (/\s/.test(this.text[this.#at] ?? "")) this.#at++;
  }

  #peek(): string | undefined {
    this.#blank();
    const rest = this.text.slice(this.#at, this.#at + 3);
    if (rest === "") return undefined;
    return OPERATORS.find((operator) => rest.startsWith(operator)) ?? rest[0];
  }

  #accept(...operators: readonly string[]): string | undefined {
    const next = this.#peek();
    if (next === undefined || !operators.includes(next) || !OPERATORS.includes(next)) return undefined;
    this.#tokenAt = this.#at;
    this.#at += next.length;
    return next;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#accept(",")) value = this.#assignment();
    return value;
  }

  #assignment(): bigint {
    if (++this.#nesting > 200) throw this.#error("expression recursion level exceeded");
    const start = this.#at;
    const reference = this.#reference();
    const operator = reference && this.#accept(...ASSIGNING);
    if (reference === undefined || operator === undefined) {
      this.#at = start;
      const value = this.#conditional();
      if (this.#peek() === "=") throw this.#error("attempted assignment to non-variable");
      this.#nesting--;
      return value;
    }
    const right = this.#assignment();
    this.#nesting--;
    return this.#store(reference, operator === "=" ? right : this.#apply(operator.slice(0, -1), this.#value(reference), right));
  }

  #conditional(): bigint {
    const test = this.#or();
    if (!this.#accept("?")) return test;
    const yes = this.#maybe(test !== 0n, () => this.#comma());
    if (!this.#accept(":")) throw this.#error("`:' expected for conditional expression");
    const no = this.#maybe(test === 0n, () => this.#conditional());
    return test !== 0n ? yes : no;
  }

  #maybe(run: boolean, parse: () => bigint): bigint {
    if (!run) this.#skipping++;
    const value = parse();
    if (!run) this.#skipping--;
    return value;
  }

  #or(): bigint {
    let value = this.#and();
    while (this.#accept("||")) {
      const right = this.#maybe(value === 0n, () => this.#and());
      value = value !== 0n || right !== 0n ? 1n : 0n;
    }
    return value;
  }

  #and(): bigint {
    let value = this.#binary(0);
    while (this.#accept("&&")) {
      const right = this.#maybe(value !== 0n, () => this.#binary(0));
      value = value !== 0n && right !== 0n ? 1n : 0n;
    }
    return value;
  }

  #binary(level: number): bigint {
    const operators = BINARY[level];
    if (operators === undefined) return this.#power();
    let value = this.#binary(level + 1);
    for (let operator = this.#accept(...operators); operator; operator = this.#accept(...operators)) value = this.#apply(operator, value, this.#binary(level + 1));
    return value;
  }

  #power(): bigint {
    const base = this.#unary();
    if (!this.#accept("**")) return base;
    const exponent = this.#power();
    if (exponent < 0n) throw this.#error("exponent less than 0");
    let result = 1n;
    let square = base;
    for (let left = exponent; left > 0n; left >>= 1n) {
      if (left & 1n) result = BigInt.asIntN(64, result * square);
      square = BigInt.asIntN(64, square * square);
    }
    return result;
  }

  #unary(): bigint {
    if (++this.#nesting > 200) throw this.#error("expression recursion level exceeded");
    const value = this.#prefixed();
    this.#nesting--;
    return value;
  }

  #prefixed(): bigint {
    const step = this.#accept("++", "--");
    if (step) {
      const reference = this.#reference();
      if (reference) return this.#store(reference, this.#value(reference) + (step === "++" ? 1n : -1n));
      const value = this.#unary();
      return step === "++" ? value : value;
    }
    const operator = this.#accept("+", "-", "!", "~");
    if (operator === undefined) return this.#primary();
    const value = this.#unary();
    switch (operator) {
      case "-":
        return BigInt.asIntN(64, -value);
      case "!":
        return value === 0n ? 1n : 0n;
      case "~":
        return ~value;
    }
    return value;
  }

  #primary(): bigint {
    if (this.#accept("(")) {
      const value = this.#comma();
      if (!this.#accept(")")) throw this.#error("missing `)'");
      return value;
    }
    const reference = this.#reference();
    if (reference) {
      const step = this.#accept("++", "--");
      const value = this.#value(reference);
      if (step) this.#store(reference, value + (step === "++" ? 1n : -1n));
      return value;
    }
    return this.#number();
  }

  #number(): bigint {
    this.#blank();
    const m = /^(?:(\d+)#([0-9A-Za-z@_]*)|0[xX]([0-9a-fA-F]*)|(\d[0-9A-Za-z_]*))/.exec(this.text.slice(this.#at));
    if (!m) throw this.#error("syntax error: operand expected");
    const [word, base, digits, hex, plain = ""] = m;
    this.#tokenAt = this.#at;
    this.#at += word.length;
    if (base !== undefined) return this.#based(Number(base), digits ?? "", word);
    if (hex !== undefined) return BigInt.asIntN(64, BigInt(`0x${hex || "0"}`));
    if (/^0[0-9]/.test(plain)) {
      if (/[89A-Za-z_]/.test(plain)) throw this.#badNumber(/^\d+$/.test(plain) ? "value too great for base" : "value too great for base", word);
      return BigInt.asIntN(64, BigInt(`0o${plain.slice(1)}`));
    }
    if (!/^\d+$/.test(plain)) throw this.#badNumber("value too great for base", word);
    return BigInt.asIntN(64, BigInt(plain));
  }

  #badNumber(what: string, token: string): ExpansionError {
    return new ExpansionError(`${this.text.trimStart()}: ${what} (error token is "${token}")`, false);
  }

  #based(base: number, digits: string, word: string): bigint {
    if (base < 2 || base > 64) throw this.#badNumber("invalid arithmetic base", word);
    let value = 0n;
    for (const char of digits) {
      const digit = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_".indexOf(base <= 36 ? char.toLowerCase() : char);
      if (digit >= base) throw this.#badNumber("value too great for base", word);
      value = BigInt.asIntN(64, value * BigInt(base) + BigInt(digit));
    }
    return value;
  }

  #reference(): Reference | undefined {
    this.#blank();
    const m = /^[A-Za-z_]\w*/.exec(this.text.slice(this.#at, this.#at + 200));
    if (!m) return undefined;
    this.#tokenAt = this.#at;
    this.#at += m[0].length;
    if (this.text[this.#at] !== "[") return { name: m[0], index: undefined };
    let open = 1;
    let end = this.#at + 1;
    for (; end < this.text.length && open > 0; end++) open += this.text[end] === "[" ? 1 : this.text[end] === "]" ? -1 : 0;
    const index = this.text.slice(this.#at + 1, end - 1);
    this.#at = end;
    return { name: m[0], index };
  }

  #value({ name, index }: Reference): bigint {
    if (this.#skipping > 0) return 0n;
    return evaluate(this.scope.get(name, index) ?? "", this.scope, this.depth + 1);
  }

  #store({ name, index }: Reference, value: bigint): bigint {
    const wrapped = BigInt.asIntN(64, value);
    if (this.#skipping === 0) this.scope.set(name, index, String(wrapped));
    return wrapped;
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    const truth = (yes: boolean): bigint => (yes ? 1n : 0n);
    switch (operator) {
      case "|": return a | b;
      case "^": return a ^ b;
      case "&": return a & b;
      case "==": return truth(a === b);
      case "!=": return truth(a !== b);
      case "<=": return truth(a <= b);
      case ">=": return truth(a >= b);
      case "<": return truth(a < b);
      case ">": return truth(a > b);
      case "<<": return BigInt.asIntN(64, a << (b & 63n));
      case ">>": return a >> (b & 63n);
      case "+": return BigInt.asIntN(64, a + b);
      case "-": return BigInt.asIntN(64, a - b);
      case "*": return BigInt.asIntN(64, a * b);
    }
    if (b === 0n) {
      if (this.#skipping > 0) return 0n;
      throw this.#error("division by 0", this.#tokenAt);
    }
    return BigInt.asIntN(64, operator === "/" ? a / b : a % b);
  }
}
