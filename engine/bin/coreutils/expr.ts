/** expr: arithmetic, comparison and matching of its arguments. */
import { compare } from "../../core/order";
import { compileRegex } from "../../shell/regex";
import { defineCommand } from "../command";
import { complain, usage } from "./support";

class ExprError extends Error {}

const LEVELS: readonly (readonly string[])[] = [["|"], ["&"], ["<", "<=", "=", "==", "!=", ">=", ">"], ["+", "-"], ["*", "/", "%"], [":"]];

export const expr = defineCommand({
  name: "expr",
  summary: "evaluate expressions",
  *run(proc) {
    const words = proc.args[0] === "--" ? proc.args.slice(1) : proc.args;
    if (words.length === 0) return yield* usage(proc, "missing operand", 2);
    try {
      const value = new Expression(words).whole();
      yield* proc.out(`${value}\n`);
      return value === "" || /^-?0+$/.test(value) ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ExprError)) throw error;
      yield* complain(proc, error.message);
      return 2;
    }
  },
});

class Expression {
  #at = 0;
  #depth = 0;

  constructor(private readonly words: readonly string[]) {}

  whole(): string {
    const value = this.#level(0);
    const rest = this.words[this.#at];
    if (rest !== undefined) throw new ExprError(`syntax error: unexpected argument '${rest}'`);
    return value;
  }

  #level(level: number): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#primary();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = this.words[this.#at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at++;
      left = apply(operator, left, this.#level(level + 1));
    }
  }

  #take(): string {
    const word = this.words[this.#at++];
    if (word === undefined) throw new ExprError(`syntax error: missing argument after '${this.words.at(-1)}'`);
    return word;
  }

  #primary(): string {
    const word = this.#take();
    if (word === "(") {
      if (++this.#depth > 100) throw new ExprError("memory exhausted");
      const value = this.#level(0);
      const close = this.words[this.#at];
      if (close === undefined) throw new ExprError(`syntax error: expecting ')' after '${this.words.at(-1)}'`);
      if (close !== ")") throw new ExprError(`syntax error: expecting ')' instead of '${close}'`);
      this.#at++;
      this.#depth--;
      return value;
    }
    if (word === ")") throw new ExprError("syntax error: unexpected ')'");
    switch (word) {
      case "+":
        return this.#take();
      case "length":
        if (this.#at < this.words.length) return String([...this.#primary()].length);
        break;
      case "match":
        if (this.#at + 1 < this.words.length) {
          const text = this.#primary();
          return match(text, this.#primary());
        }
        break;
      case "index":
        if (this.#at + 1 < this.words.length) {
          const text = this.#primary();
          const chars = this.#primary();
          return String([...text].findIndex((char) => chars.includes(char)) + 1);
        }
        break;
      case "substr":
        if (this.#at + 2 < this.words.length) {
          const text = [...this.#primary()];
          const [from, count] = [Number(this.#primary()), Number(this.#primary())];
          return from > 0 && count > 0 ? text.slice(from - 1, from - 1 + count).join("") : "";
        }
    }
    return word;
  }
}

function isInteger(word: string): boolean {
  return /^-?\d+$/.test(word);
}

function match(text: string, pattern: string): string {
  const regex = compileRegex(`^\\(${pattern}\\)`, { extended: false });
  if ("error" in regex) throw new ExprError(regex.error);
  const found = regex.exec(text);
  const grouped = regex.groups > 1;
  if (!found) return grouped ? "" : "0";
  return grouped ? (found.groups[2] ?? "") : String([...(found.groups[0] ?? "")].length);
}

function apply(operator: string, left: string, right: string): string {
  const none = (word: string): boolean => word === "" || /^-?0+$/.test(word);
  const truth = (yes: boolean): string => (yes ? "1" : "0");
  if (operator === "|") return none(left) ? (none(right) ? "0" : right) : left;
  if (operator === "&") return none(left) || none(right) ? "0" : left;
  if (operator === ":") return match(left, right);
  const numbers = isInteger(left) && isInteger(right);
  const order = numbers ? (BigInt(left) < BigInt(right) ? -1 : BigInt(left) > BigInt(right) ? 1 : 0) : compare(left, right);
  switch (operator) {
    case "<":
      return truth(order < 0);
    case "<=":
      return truth(order <= 0);
    case "=":
    case "==":
      return truth(order === 0);
    case "!=":
      return truth(order !== 0);
    case ">=":
      return truth(order >= 0);
    case ">":
      return truth(order > 0);
  }
  if (!numbers) throw new ExprError("non-integer argument");
  const [a, b] = [BigInt(left), BigInt(right)];
  if (operator === "+") return String(a + b);
  if (operator === "-") return String(a - b);
  if (operator === "*") return String(a * b);
  if (b === 0n) throw new ExprError("division by zero");
  return String(operator === "/" ? a / b : a % b);
}
