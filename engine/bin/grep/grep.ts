/** grep: prints lines that match (GNU grep 3.8). Streams: a line is printed as soon as it has come. */
import { SysError } from "../../core/errno";
import { LineReader } from "../../host/lines";
import type { OpenFile, Proc } from "../../host/proc";
import type { Task } from "../../core/task";
import { defineCommand } from "../command";
import { type Options, parseOptions } from "../options";
import { RegexProblem } from "../posix-regex";
import { matcher, type Matcher } from "./matcher";
import { Printer, type Style } from "./printer";

const LONG = {
  "extended-regexp": "E", "fixed-strings": "F", "basic-regexp": "G", "perl-regexp": "P", "ignore-case": "i", "invert-match": "v", "word-regexp": "w", "line-regexp": "x",
  count: "c", "files-with-matches": "l", "files-without-match": "L", "only-matching": "o", quiet: "q", silent: "q", "no-messages": "s", "line-number": "n", "with-filename": "H", "no-filename": "h",
  recursive: "r", "dereference-recursive": "R", text: "a", "line-buffered": "line-buffered", "regexp=": "e", "file=": "f", "max-count=": "m", "after-context=": "A", "before-context=": "B", "context=": "C",
  "color=?": "color", "colour=?": "color", "include=": "include", "exclude=": "exclude", help: "help", version: "V",
} as const;

const USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";

export const grep = grepAs("grep", "");
export const egrep = grepAs("egrep", "E");
export const fgrep = grepAs("fgrep", "F");

function grepAs(name: string, syntax: "" | "E" | "F") {
  return defineCommand({
    name,
    summary: "print lines that match patterns",

    *run(proc) {
      const options = parseOptions(numericContext(proc.args), { flags: "EFGPivwxclLoqsnHhrRaV", values: "efmABC", long: LONG });
      if ("error" in options) {
        yield* proc.err(`${name}: ${options.error}\n${USAGE}`);
        return 2;
      }
      if (options.has("P")) {
        yield* proc.err(`${name}: not modelled: -P\n`);
        return 2;
      }
      if (options.has("V") || options.has("help")) {
        yield* proc.out(options.has("V") ? "grep (GNU grep) 3.8\n" : USAGE);
        return 0;
      }
      return yield* search(proc, name, options, syntax);
    },
  });
}

/** -5 is -C 5. */
function numericContext(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => (/^-\d+$/.test(arg) && (end < 0 || i < end) && !/^-[efmABC]$/.test(args[i - 1] ?? "") ? `-C${arg.slice(1)}` : arg));
}

function* search(proc: Proc, name: string, options: Options, syntax: "" | "E" | "F"): Task<number> {
  const operands = [...options.rest];
  const patterns = [...options.values("e")];
  for (const file of options.values("f")) patterns.push(...proc.fs.readText(proc.resolve(file)).replace(/\n$/, "").split("\n"));
  if (!options.has("e") && !options.has("f")) {
    const first = operands.shift();
    if (first === undefined) {
      yield* proc.err(USAGE);
      return 2;
    }
    patterns.push(first);
  }
  const numbers = contextOf(options);
  if (typeof numbers === "string") {
    yield* proc.err(`${name}: ${numbers}\n`);
    return 2;
  }
  let match: Matcher;
  try {
    const kind = options.has("F") || syntax === "F" ? "fixed" : options.has("E") || syntax === "E" ? "extended" : "basic";
    match = matcher(patterns, kind, { ignoreCase: options.has("i"), word: options.has("w"), line: options.has("x"), invert: options.has("v") });
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    yield* proc.err(`${name}: ${error.message}\n`);
    return 2;
  }
  return yield* searchAll(proc, name, options, operands, match, numbers);
}

type Numbers = { readonly before: number; readonly after: number; readonly most: number };

function contextOf(options: Options): Numbers | string {
  const both = options.value("C");
  const [before = both ?? "0", after = both ?? "0", most] = [options.value("B"), options.value("A"), options.value("m")];
  for (const written of [before, after]) if (!/^\d+$/.test(written)) return `${written}: invalid context length argument`;
  if (most !== undefined && !/^\d+$/.test(most)) return "invalid max count";
  return { before: Number(before), after: Number(after), most: most === undefined ? Number.POSITIVE_INFINITY : Number(most) };
}

function* searchAll(proc: Proc, name: string, options: Options, operands: readonly string[], match: Matcher, numbers: Numbers): Task<number> {
  const recursive = options.has("r") || options.has("R");
  const named = operands.length > 0 ? operands : recursive ? ["."] : ["-"];
  const files = recursive ? named.flatMap((operand) => filesBelow(proc, operand)) : named;
  const style: Style = {
    ...numbers,
    names: options.has("H") || (!options.has("h") && (files.length > 1 || recursive)),
    lineNumbers: options.has("n"),
    count: options.has("c"),
    list: options.has("l") ? "with" : options.has("L") ? "without" : undefined,
    only: options.has("o"),
    quiet: options.has("q"),
    colour: options.value("color") === "always" || (options.has("color") && options.value("color") !== "never" && proc.file(1).tty !== undefined),
    invert: options.has("v"),
  };
  let [found, failed] = [false, false];
  for (const path of files) {
    const file = yield* opened(proc, name, path, options.has("s"));
    if (file === undefined) {
      failed = true;
      continue;
    }
    const printer = new Printer(proc, style, match, path === "-" ? "(standard input)" : path);
    try {
      if (yield* printer.search(new LineReader(file))) found = true;
    } finally {
      file.release();
    }
    if (found && style.quiet) return 0;
  }
  return failed ? 2 : found ? 0 : 1;
}

function* opened(proc: Proc, name: string, path: string, silent: boolean): Task<OpenFile | undefined> {
  try {
    if (path !== "-" && proc.fs.isDirectory(proc.resolve(path))) {
      if (!silent) yield* proc.err(`${name}: ${path}: Is a directory\n`);
      return undefined;
    }
    return path === "-" ? proc.file(0).retain() : proc.open(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (!silent) yield* proc.err(`${name}: ${path}: ${error.message}\n`);
    return undefined;
  }
}

function filesBelow(proc: Proc, operand: string): string[] {
  const path = proc.resolve(operand);
  if (!proc.fs.exists(path) || !proc.fs.isDirectory(path)) return [operand];
  return proc.fs
    .list(path)
    .sort()
    .flatMap((entry) => filesBelow(proc, operand === "/" ? `/${entry}` : `${operand}/${entry}`));
}
