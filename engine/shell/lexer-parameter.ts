/** Reads $name and ${…}: every operator of "Parameter Expansion" in bash(1). */
import type { Parameter, ParameterOperation, Word } from "./ast";
import type { Lexer, Quoting } from "./lexer";
import { ShellSyntaxError } from "./syntax-error";

const SIMPLE = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/;
const NAME = /^(?:[A-Za-z_]\w*|\d+|[@*#?$!-])/;

/** At a dollar sign. Undefined when no parameter follows: then it is only a dollar. */
export function readParameter(lexer: Lexer, quoting: Quoting): Parameter | undefined {
  const at = lexer.at;
  if (lexer.text[at + 1] !== "{") {
    const m = SIMPLE.exec(lexer.text.slice(at + 1, at + 200));
    if (!m) return undefined;
    const name = m[0].length === 200 ? (/^\w+/.exec(lexer.text.slice(at + 1))?.[0] ?? m[0]) : m[0];
    lexer.at = at + 1 + name.length;
    return { name, index: undefined, operation: { kind: "plain" }, raw: `$${name}` };
  }
  lexer.at = at + 2;
  lexer.deeper();
  const outer = lexer.inBraces;
  lexer.inBraces = true;
  const { name, index, operation } = braced(lexer, quoting === "word" ? "word" : "double");
  if (lexer.text[lexer.at] === undefined) throw lexer.incomplete("}");
  const bad = lexer.text[lexer.at] !== "}";
  if (bad) skipBad(lexer);
  lexer.at++;
  lexer.inBraces = outer;
  lexer.depth--;
  const raw = lexer.text.slice(at, lexer.at);
  return bad ? { name: "", index: undefined, operation: { kind: "plain" }, raw } : { name, index, operation, raw };
}

/** A substitution that is not one is an error only when it is expanded: "bad substitution". */
function skipBad(lexer: Lexer): void {
  lexer.parts((char) => char === "}", "double", false, "}");
}

type Braced = { readonly name: string; readonly index: Word | undefined; readonly operation: ParameterOperation };

function braced(lexer: Lexer, quoting: Quoting): Braced {
  const rest = lexer.text.slice(lexer.at, lexer.at + 3);
  if (rest.startsWith("#") && !/^#[}:=?+%#/-]/.test(rest)) {
    lexer.at++;
    const { name, index } = nameAndIndex(lexer);
    return { name, index, operation: { kind: "length" } };
  }
  if (/^![A-Za-z_0-9@*#?$]/.test(rest)) {
    lexer.at++;
    const { name, index } = nameAndIndex(lexer);
    const next = lexer.text[lexer.at];
    if ((next === "*" || next === "@") && lexer.text[lexer.at + 1] === "}") {
      lexer.at++;
      return { name, index, operation: { kind: "names" } };
    }
    if (index?.raw === "@" || index?.raw === "*") return { name, index, operation: { kind: "keys" } };
    if (next === "}") return { name, index, operation: { kind: "indirect" } };
    throw new ShellSyntaxError(`not modelled: an operator after \${!${name}`, lexer.line, false);
  }
  const { name, index } = nameAndIndex(lexer);
  return { name, index, operation: operation(lexer, quoting) };
}

function nameAndIndex(lexer: Lexer): { readonly name: string; readonly index: Word | undefined } {
  const m = NAME.exec(lexer.text.slice(lexer.at, lexer.at + 200));
  const name = m?.[0] ?? "";
  lexer.at += name.length;
  if (lexer.text[lexer.at] !== "[" || !/^[A-Za-z_]/.test(name)) return { name, index: undefined };
  lexer.at++;
  const from = lexer.at;
  const parts = lexer.parts((char) => char === "]", "double", false, "]");
  const raw = lexer.text.slice(from, lexer.at);
  lexer.at++;
  return { name, index: { parts, raw } };
}

function operation(lexer: Lexer, quoting: Quoting): ParameterOperation {
  const two = lexer.text.slice(lexer.at, lexer.at + 2);
  const one = two.slice(0, 1);
  if (/^:[-=?+]/.test(two)) return defaulting(lexer, two.slice(1), true, 2, quoting);
  switch (one) {
    case "-":
    case "=":
    case "?":
    case "+":
      return defaulting(lexer, one, false, 1, quoting);
    case "#":
    case "%": {
      const longest = two === one + one;
      lexer.at += longest ? 2 : 1;
      return { kind: "trim", side: one, longest, pattern: argument(lexer, "word") };
    }
    case "/":
      return replacing(lexer, two);
    case ":":
      return slicing(lexer);
    case "^":
    case ",": {
      const all = two === one + one;
      lexer.at += all ? 2 : 1;
      return { kind: "case", to: one === "^" ? "upper" : "lower", all, pattern: argument(lexer, "word") };
    }
    case "@": {
      const letter = two.slice(1);
      if (!/^[QULuEAaKkP]$/.test(letter)) return { kind: "plain" };
      lexer.at += 2;
      return { kind: "transform", letter };
    }
  }
  return { kind: "plain" };
}

function defaulting(lexer: Lexer, operator: string, orEmpty: boolean, length: number, quoting: Quoting): ParameterOperation {
  lexer.at += length;
  return { kind: "default", operator: operator as "-" | "=" | "?" | "+", orEmpty, word: argument(lexer, quoting) };
}

function replacing(lexer: Lexer, two: string): ParameterOperation {
  const all = two === "//";
  lexer.at += all ? 2 : 1;
  const first = lexer.text[lexer.at];
  const anchor = !all && (first === "#" || first === "%") ? first : "";
  if (anchor !== "") lexer.at++;
  const pattern = argument(lexer, "word", "/");
  if (lexer.text[lexer.at] !== "/") return { kind: "replace", all, anchor, pattern, replacement: { parts: [], raw: "" } };
  lexer.at++;
  return { kind: "replace", all, anchor, pattern, replacement: argument(lexer, "word") };
}

function slicing(lexer: Lexer): ParameterOperation {
  lexer.at++;
  const offset = argument(lexer, "double", ":");
  if (lexer.text[lexer.at] !== ":") return { kind: "slice", offset, length: undefined };
  lexer.at++;
  return { kind: "slice", offset, length: argument(lexer, "double") };
}

function argument(lexer: Lexer, quoting: Quoting, until = ""): Word {
  const from = lexer.at;
  const parts = lexer.parts((char) => char === "}" || (until !== "" && char === until), quoting, false, "}");
  return { parts, raw: lexer.text.slice(from, lexer.at) };
}
