/** tr: translates, squeezes and deletes characters. */
import { LineReader } from "../../host/lines";
import { CLASSES } from "../../shell/pattern";
import { defineCommand } from "../command";
import { complain, optionsOf, usage } from "./support";

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" };

class SetProblem extends Error {}

/** "a-z", "[:upper:]", "\n", "[=x=]", "[x*5]": the characters meant, in order. `length` is what [x*] fills up to. */
function expandSet(source: string, length: number): string[] {
  const chars = [...source];
  const out: string[] = [];
  let fill: number | undefined;
  for (let i = 0; i < chars.length; i++) {
    const rest = chars.slice(i, i + 14).join("");
    const named = /^\[:(\w+):\]/.exec(rest);
    if (named) {
      const test = Object.hasOwn(CLASSES, named[1] ?? "") ? CLASSES[named[1] ?? ""] : undefined;
      if (!test) throw new SetProblem(`invalid character class '${named[1]}'`);
      for (let code = 0; code < 128; code++) if (test.test(String.fromCharCode(code))) out.push(String.fromCharCode(code));
      i += named[0].length - 1;
      continue;
    }
    const repeated = /^\[(\\?[^]|\\[0-7]{1,3})\*(\d*)\]/u.exec(rest);
    if (repeated) {
      const char = unescaped([...(repeated[1] ?? "")], 0).char;
      if (!repeated[2]) fill = out.length;
      out.push(...new Array(repeated[2] ? Number.parseInt(repeated[2], repeated[2].startsWith("0") ? 8 : 10) : 1).fill(char));
      i += [...repeated[0]].length - 1;
      continue;
    }
    const from = unescaped(chars, i);
    i = from.end;
    if (chars[i + 1] !== "-" || chars[i + 2] === undefined) {
      out.push(from.char);
      continue;
    }
    const to = unescaped(chars, i + 2);
    const [low, high] = [from.char.codePointAt(0) ?? 0, to.char.codePointAt(0) ?? 0];
    if (high < low) throw new SetProblem(`range-endpoints of '${from.char}-${to.char}' are in reverse collating sequence order`);
    for (let code = low; code <= high; code++) out.push(String.fromCodePoint(code));
    i = to.end;
  }
  if (fill !== undefined) while (out.length < length) out.splice(fill, 0, out[fill] as string);
  return out;
}

function unescaped(chars: readonly string[], at: number): { readonly char: string; readonly end: number } {
  if (chars[at] !== "\\" || chars[at + 1] === undefined) return { char: chars[at] as string, end: at };
  const octal = /^[0-7]{1,3}/.exec(chars.slice(at + 1, at + 4).join(""));
  if (octal) return { char: String.fromCharCode(Number.parseInt(octal[0], 8) & 255), end: at + octal[0].length };
  const next = chars[at + 1] as string;
  return { char: ESCAPES[next] ?? next, end: at + 1 };
}

export const tr = defineCommand({
  name: "tr",
  summary: "translate, squeeze, and/or delete characters",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "cCdst", long: { complement: "c", delete: "d", "squeeze-repeats": "s", "truncate-set1": "t" }, stopAtOperand: true });
    if (typeof options === "number") return options;
    const [first, second, extra] = options.rest;
    const [deletes, squeezes] = [options.has("d"), options.has("s")];
    const complement = options.has("c") || options.has("C");
    if (first === undefined) return yield* usage(proc, "missing operand");
    if (second === undefined && !deletes && !squeezes) {
      yield* complain(proc, `missing operand after '${first}'`);
      yield* proc.err("Two strings must be given when translating.\nTry 'tr --help' for more information.\n");
      return 1;
    }
    if (second === undefined && deletes && squeezes) {
      yield* complain(proc, `missing operand after '${first}'`);
      yield* proc.err("Two strings must be given when both deleting and squeezing repeats.\nTry 'tr --help' for more information.\n");
      return 1;
    }
    if (extra !== undefined || (second !== undefined && deletes && !squeezes)) {
      yield* complain(proc, `extra operand '${extra ?? second}'`);
      if (extra === undefined) yield* proc.err("Only one string may be given when deleting without squeezing repeats.\n");
      yield* proc.err("Try 'tr --help' for more information.\n");
      return 1;
    }
    try {
      const map = mapper(first, second, { complement, deletes, squeezes, truncate: options.has("t") });
      const state = { last: "" };
      const lines = new LineReader(proc.stdin);
      for (let line = yield* lines.next(); line; line = yield* lines.next()) {
        yield* proc.charge(2);
        yield* proc.out(map(line.text + (line.newline ? "\n" : ""), state));
      }
      return 0;
    } catch (error) {
      if (!(error instanceof SetProblem)) throw error;
      yield* complain(proc, error.message);
      return 1;
    }
  },
});

type Mode = { readonly complement: boolean; readonly deletes: boolean; readonly squeezes: boolean; readonly truncate: boolean };

function mapper(first: string, second: string | undefined, mode: Mode): (text: string, state: { last: string }) => string {
  const one = expandSet(first, 0);
  const set = new Set(one);
  const inOne = (char: string): boolean => set.has(char) !== mode.complement;
  const two = second === undefined ? [] : expandSet(second, one.length);
  if (second !== undefined && two.length === 0 && !mode.deletes && !mode.truncate) throw new SetProblem("when not truncating set1, string2 must be non-empty");
  const table = new Map<string, string>();
  if (!mode.deletes && second !== undefined && !mode.complement) for (const [i, char] of one.entries()) if (i < two.length || !mode.truncate) table.set(char, two[Math.min(i, two.length - 1)] as string);
  const last = two.at(-1) ?? "";
  const translate = (char: string): string => (mode.deletes || second === undefined ? char : mode.complement ? (inOne(char) ? last : char) : (table.get(char) ?? char));
  const squeezed = new Set(second === undefined ? one : two);
  const squeezable = (char: string): boolean => (second === undefined ? inOne(char) : squeezed.has(char));
  return (source, state) => {
    let out = "";
    for (const char of source) {
      if (mode.deletes && inOne(char)) continue;
      const made = translate(char);
      if (mode.squeezes && made === state.last && squeezable(made)) continue;
      out += made;
      state.last = made;
    }
    return out;
  };
}

