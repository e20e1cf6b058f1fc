/** ${name@Q} and the other transformations, and the text `declare -p` prints for a variable. */
import { quoteSingle, unescape } from "./quote";
import type { Shell } from "./shell";
import type { Variable } from "./variables";

export function transform(shell: Shell, name: string, value: string, letter: string): string {
  switch (letter) {
    case "Q":
      return quoteSingle(value);
    case "U":
      return value.toUpperCase();
    case "u":
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case "L":
      return value.toLowerCase();
    case "E":
      return unescape(value, "ansi").text;
    case "A":
      return `${name}=${quoteSingle(value)}`;
    case "a":
      return attributes(shell.variables.find(name)).replace(/-/g, "");
  }
  return value;
}

export function attributes(variable: Variable | undefined): string {
  if (variable === undefined) return "";
  const letters = `${variable.array ? "a" : ""}${variable.associative ? "A" : ""}${variable.integer ? "i" : ""}${variable.lower ? "l" : ""}${variable.readonly ? "r" : ""}${variable.upper ? "u" : ""}${variable.exported ? "x" : ""}`;
  return letters === "" ? "-" : letters;
}

/** `declare -x NAME="value"`, a line of declare -p. */
export function declaration(name: string, variable: Variable): string {
  const letters = attributes(variable);
  const head = `declare -${letters === "-" ? "-" : letters} ${name}`;
  if (!variable.isSet) return head;
  if (variable.array) return `${head}=(${variable.keys.map((key, i) => `[${key}]=${doubleQuoted(variable.elements[i] ?? "")}`).join(" ")})`;
  if (variable.associative) return `${head}=(${variable.keys.map((key, i) => `[${/^[\w./:@%+-]+$/.test(key) ? key : doubleQuoted(key)}]=${doubleQuoted(variable.elements[i] ?? "")} `).join("")})`;
  return `${head}=${doubleQuoted(variable.value ?? "")}`;
}

function doubleQuoted(value: string): string {
  return /[\x00-\x1f\x7f]/.test(value) ? quoteSingle(value) : `"${value.replace(/[$`"\\]/g, "\\$&")}"`;
}
