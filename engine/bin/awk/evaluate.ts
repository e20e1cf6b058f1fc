/** The value of an awk expression. Places that can be assigned to are variables, elements and fields. */
import type { Task } from "../../core/task";
import type { Regex } from "../posix-regex";
import { AwkProblem, type Expr } from "./ast";
import { BUILTIN_NAMES, callBuiltin } from "./builtins";
import type { Interpreter } from "./interpreter";
import { compareValues, fromInput, isTrue, toNumber, type Value } from "./values";

export function* evaluate(awk: Interpreter, expr: Expr): Task<Value> {
  switch (expr.kind) {
    case "number":
    case "string":
      return expr.value;
    case "regex":
      return awk.regex(expr.source).test(awk.text(awk.field(0))) ? 1 : 0;
    case "variable":
      return awk.get(expr.name);
    case "field":
      return awk.field(index(yield* evaluate(awk, expr.index)));
    case "element":
      return element(awk, expr.name, yield* key(awk, expr.keys));
    case "assign":
      return yield* assign(awk, expr);
    case "step":
      return yield* step(awk, expr);
    case "unary": {
      const value = yield* evaluate(awk, expr.of);
      if (expr.op === "!") return isTrue(value) ? 0 : 1;
      return expr.op === "-" ? -toNumber(value) : toNumber(value);
    }
    case "and":
      return isTrue(yield* evaluate(awk, expr.left)) && isTrue(yield* evaluate(awk, expr.right)) ? 1 : 0;
    case "or":
      return isTrue(yield* evaluate(awk, expr.left)) || isTrue(yield* evaluate(awk, expr.right)) ? 1 : 0;
    case "cond":
      return yield* evaluate(awk, isTrue(yield* evaluate(awk, expr.test)) ? expr.yes : expr.no);
    case "in":
      return awk.array(expr.name).has(yield* key(awk, expr.keys)) ? 1 : 0;
    case "match": {
      const text = awk.text(yield* evaluate(awk, expr.left));
      return (yield* pattern(awk, expr.right)).test(text) !== expr.negate ? 1 : 0;
    }
    case "binary":
      return arithmetic(awk, expr.op, yield* evaluate(awk, expr.left), yield* evaluate(awk, expr.right));
    case "call":
      if (BUILTIN_NAMES.has(expr.name)) return yield* callBuiltin(awk, expr.name, expr.args);
      return yield* awk.call(expr.name, expr.args);
    case "getline":
      return yield* getline(awk, expr);
  }
}

/** What a regular expression is made of: a literal one, or any value's text. */
export function* pattern(awk: Interpreter, expr: Expr): Task<Regex> {
  return awk.regex(expr.kind === "regex" ? expr.source : awk.text(yield* evaluate(awk, expr)));
}

export function* key(awk: Interpreter, keys: readonly Expr[]): Task<string> {
  const parts: string[] = [];
  for (const part of keys) parts.push(awk.text(yield* evaluate(awk, part)));
  return parts.length === 1 ? (parts[0] as string) : parts.join(awk.text(awk.get("SUBSEP")));
}

/** Naming an element makes it. */
function element(awk: Interpreter, name: string, at: string): Value {
  const array = awk.array(name);
  if (!array.has(at)) awk.setElement(name, at, undefined);
  return array.get(at);
}

function index(value: Value): number {
  return Math.trunc(toNumber(value));
}

export function* store(awk: Interpreter, to: Expr, value: Value): Task {
  if (to.kind === "variable") awk.set(to.name, value);
  else if (to.kind === "field") awk.setField(index(yield* evaluate(awk, to.index)), value);
  else if (to.kind === "element") awk.setElement(to.name, yield* key(awk, to.keys), value);
  else throw new AwkProblem("assignment to something that is not a variable");
}

function* assign(awk: Interpreter, expr: Extract<Expr, { kind: "assign" }>): Task<Value> {
  const right = yield* evaluate(awk, expr.value);
  const value = expr.op === "" ? right : arithmetic(awk, expr.op, yield* evaluate(awk, expr.to), right);
  yield* store(awk, expr.to, value);
  return value;
}

function* step(awk: Interpreter, expr: Extract<Expr, { kind: "step" }>): Task<Value> {
  const before = toNumber(yield* evaluate(awk, expr.of));
  const after = expr.op === "++" ? before + 1 : before - 1;
  yield* store(awk, expr.of, after);
  return expr.prefix ? after : before;
}

function arithmetic(awk: Interpreter, op: string, a: Value, b: Value): Value {
  if (op === " ") return awk.text(a) + awk.text(b);
  switch (op) {
    case "<":
    case "<=":
    case "==":
    case "!=":
    case ">":
    case ">=":
      return compared(op, compareValues(a, b, (number) => awk.text(number))) ? 1 : 0;
  }
  const [x, y] = [toNumber(a), toNumber(b)];
  switch (op) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      if (y === 0) throw new AwkProblem("division by zero");
      return x / y;
    case "%":
      if (y === 0) throw new AwkProblem("division by zero in %");
      return x % y;
    default:
      return x ** y;
  }
}

function compared(op: string, order: number): boolean {
  switch (op) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

/** 1 for a record, 0 for the end, -1 for a file that cannot be opened. */
function* getline(awk: Interpreter, { to, from, source }: Extract<Expr, { kind: "getline" }>): Task<Value> {
  const record = from === "input" ? yield* awk.nextRecord() : yield* awk.readFrom(from, awk.text(yield* evaluate(awk, source as Expr)));
  if (typeof record !== "string") return record;
  if (from === "command") awk.set("NR", toNumber(awk.get("NR")) + 1);
  if (to === undefined) awk.setRecord(record);
  else yield* store(awk, to, fromInput(record));
  return 1;
}
