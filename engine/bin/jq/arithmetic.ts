/** + - * / % and comparison on all of jq's types. */
import { JqError, shown } from "./paths";
import { compare, isArray, isObject, type Json, type JsonObject } from "./value";

export function arithmetic(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case "+":
      return add(a, b);
    case "-":
      if (typeof a === "number" && typeof b === "number") return a - b;
      if (isArray(a) && isArray(b)) return a.filter((item) => !b.some((other) => compare(item, other) === 0));
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be subtracted`);
    case "*":
      return multiply(a, b);
    case "/":
      if (typeof a === "number" && typeof b === "number") {
        if (b === 0) throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided because the divisor is zero`);
        return a / b;
      }
      if (typeof a === "string" && typeof b === "string") return split(a, b);
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
    case "%":
      return modulo(a, b);
    case "==":
      return compare(a, b) === 0;
    case "!=":
      return compare(a, b) !== 0;
    case "<":
      return compare(a, b) < 0;
    case "<=":
      return compare(a, b) <= 0;
    case ">":
      return compare(a, b) > 0;
  }
  return compare(a, b) >= 0;
}

export function split(text: string, separator: string): readonly string[] {
  if (text === "") return [];
  return separator === "" ? [...text] : text.split(separator);
}

export function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (isArray(a) && isArray(b)) return [...a, ...b];
  if (isObject(a) && isObject(b)) return new Map([...a, ...b]);
  throw new JqError(`${shown(a)} and ${shown(b)} cannot be added`);
}

function multiply(a: Json, b: Json): Json {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (typeof a === "string" && typeof b === "number") return b > 0 ? a.repeat(Math.min(Math.max(1, Math.floor(b)), 1 << 20)) : null;
  if (isObject(a) && isObject(b)) return merged(a, b);
  throw new JqError(`${shown(a)} and ${shown(b)} cannot be multiplied`);
}

function merged(a: JsonObject, b: JsonObject): Json {
  const made = new Map(a);
  for (const [key, value] of b) {
    const old = made.get(key);
    made.set(key, old !== undefined && isObject(old) && isObject(value) ? merged(old, value) : value);
  }
  return made;
}

function modulo(a: Json, b: Json): Json {
  if (typeof a !== "number" || typeof b !== "number") throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
  const divisor = Math.trunc(b);
  if (divisor === 0) throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided (remainder) because the divisor is zero`);
  return Math.trunc(a) % Math.abs(divisor);
}
