/** awk's own functions (POSIX, and those of mawk and gawk that everybody uses). */
import type { Task } from "../../core/task";
import { formatNumber, formatString, parseFormat, type Sized } from "../printf-format";
import { replaceMatches } from "../posix-regex";
import { AwkProblem, type Expr } from "./ast";
import { evaluate, pattern, store } from "./evaluate";
import { splitFields } from "./fields";
import type { Interpreter } from "./interpreter";
import { fromInput, toNumber, type Value } from "./values";

type Builtin = (awk: Interpreter, args: readonly Expr[]) => Task<Value>;

/** A function of plain values. */
function plain(act: (awk: Interpreter, values: readonly Value[]) => Value): Builtin {
  return function* (awk, args) {
    const values: Value[] = [];
    for (const arg of args) values.push(yield* evaluate(awk, arg));
    return act(awk, values);
  };
}

const numeric = (act: (x: number, y: number) => number): Builtin => plain((_, [x, y]) => act(toNumber(x), toNumber(y)));

const BUILTINS: Readonly<Record<string, Builtin>> = {
  *length(awk, [of]) {
    if (of?.kind === "variable" && awk.isArray(of.name)) return awk.array(of.name).size;
    return [...awk.text(of === undefined ? awk.field(0) : yield* evaluate(awk, of))].length;
  },
  substr: plain((awk, [text, from, length]) => substr(awk.text(text), toNumber(from), length === undefined ? Number.POSITIVE_INFINITY : toNumber(length))),
  index: plain((awk, [text, part]) => awk.text(text).indexOf(awk.text(part)) + 1),
  split,
  *sub(awk, args) {
    return yield* substitute(awk, args, false);
  },
  *gsub(awk, args) {
    return yield* substitute(awk, args, true);
  },
  *match(awk, [text, regex]) {
    const found = (yield* pattern(awk, regex as Expr)).exec(awk.text(yield* evaluate(awk, text as Expr)));
    awk.set("RSTART", found ? found.start + 1 : 0);
    awk.set("RLENGTH", found ? found.end - found.start : -1);
    return found ? found.start + 1 : 0;
  },
  sprintf: plain((awk, [format, ...values]) => sprintf(awk, awk.text(format), values)),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  atan2: numeric(Math.atan2),
  exp: numeric(Math.exp),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  int: numeric(Math.trunc),
  rand: plain((awk) => awk.proc.rng.fraction()),
  srand: plain(() => 0),
  tolower: plain((awk, [text]) => awk.text(text).toLowerCase()),
  toupper: plain((awk, [text]) => awk.text(text).toUpperCase()),
  systime: plain((awk) => Math.floor((awk.proc.world.epochMs + awk.proc.nowMs) / 1000)),
  strtonum: plain((awk, [text]) => (/^0[xX]/.test(awk.text(text)) ? Number.parseInt(awk.text(text), 16) : toNumber(text))),
  *system(awk, [command]) {
    yield* awk.outputs.flush();
    const line = awk.text(yield* evaluate(awk, command as Expr));
    return yield* awk.proc.spawn(["sh", "-c", line]).wait();
  },
  *close(awk, [target]) {
    return yield* awk.close(awk.text(yield* evaluate(awk, target as Expr)));
  },
  *fflush(awk) {
    yield* awk.outputs.flush();
    return 0;
  },
};

export const BUILTIN_NAMES: ReadonlySet<string> = new Set([...Object.keys(BUILTINS), "gensub", "strftime", "asort", "asorti", "and", "or", "xor", "lshift", "rshift", "compl"]);

export function* callBuiltin(awk: Interpreter, name: string, args: readonly Expr[]): Task<Value> {
  const builtin = BUILTINS[name];
  if (builtin === undefined) throw new AwkProblem(`not modelled: ${name}()`);
  return yield* builtin(awk, args);
}

/** Characters are counted from 1, and positions are rounded. */
function substr(text: string, from: number, length: number): string {
  const chars = [...text];
  const begin = Math.round(from);
  const end = length === Number.POSITIVE_INFINITY ? chars.length + 1 : begin + Math.round(length);
  return chars.slice(Math.max(begin, 1) - 1, Math.max(Math.min(end, chars.length + 1), 1) - 1).join("");
}

function* split(awk: Interpreter, [text, into, by]: readonly Expr[]): Task<Value> {
  if (into?.kind !== "variable") throw new AwkProblem("split: second argument is not an array");
  const source = awk.text(yield* evaluate(awk, text as Expr));
  const separator = by === undefined ? awk.text(awk.get("FS")) : by.kind === "regex" ? by.source : awk.text(yield* evaluate(awk, by));
  const parts = splitFields(source, by?.kind === "regex" && separator.length === 1 ? `(${separator})` : separator, (written) => awk.regex(written));
  awk.array(into.name).clear();
  for (const [i, part] of parts.entries()) awk.setElement(into.name, String(i + 1), fromInput(part));
  return parts.length;
}

/** "&" in the replacement is what was matched, "\\&" an ampersand. */
function* substitute(awk: Interpreter, [regex, replacement, target]: readonly Expr[], all: boolean): Task<Value> {
  const by = yield* pattern(awk, regex as Expr);
  const written = awk.text(yield* evaluate(awk, replacement as Expr));
  const to: Expr = target ?? { kind: "field", index: { kind: "number", value: 0 } };
  const text = awk.text(yield* evaluate(awk, to));
  let count = 0;
  const replaced = replaceMatches(by, text, all, (match) => {
    const found = text.slice(match.start, match.end);
    count++;
    return written.replace(/\\\\|\\&|&/g, (part) => (part === "&" ? found : part === "\\&" ? "&" : "\\"));
  });
  if (count > 0) yield* store(awk, to, replaced);
  return count;
}

export function sprintf(awk: Interpreter, format: string, values: readonly Value[]): string {
  let next = 0;
  let out = "";
  const take = (): Value => {
    if (next >= values.length) throw new AwkProblem(`not enough arguments passed to sprintf("${format}")`);
    return values[next++];
  };
  for (const piece of parseFormat(format)) {
    if (typeof piece === "string") {
      out += piece;
      continue;
    }
    let { flags } = piece;
    let width = piece.width === "*" ? toNumber(take()) : (piece.width ?? 0);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    const precision = piece.precision === "*" ? toNumber(take()) : piece.precision;
    out += convert(awk, take(), { flags, width, precision, conversion: piece.conversion });
  }
  return out;
}

function convert(awk: Interpreter, value: Value, sized: Sized): string {
  switch (sized.conversion) {
    case "s":
      return formatString(awk.text(value), sized);
    case "c":
      return formatString(typeof value === "number" ? String.fromCodePoint(Math.max(0, Math.min(0x10ffff, Math.trunc(value)))) : [...awk.text(value)].slice(0, 1).join(""), sized);
    default:
      if (!"diouxXfFeEgG".includes(sized.conversion)) return `%${sized.flags}${sized.conversion}`;
      return formatNumber(toNumber(value), sized);
  }
}
