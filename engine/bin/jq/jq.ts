/** jq 1.6: a filter for JSON on the command line. */
import { text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { readAll } from "../../host/lines";
import type { Proc } from "../../host/proc";
import { defineCommand } from "../command";
import type { Filter } from "./ast";
import { Halt, native, PRELUDE } from "./builtins";
import { Evaluator, JqLimit, Scope } from "./evaluate";
import { JsonParser, JsonProblem, parseJson } from "./json-parser";
import { JqSyntaxError } from "./lexer";
import { parseProgram, UnterminatedIf } from "./parser";
import { JqError } from "./paths";
import { isObject, type Json, print, type PrintOptions, truthy, typeOf } from "./value";

const USAGE = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] FILTER --args [ARGUMENTS...]\n\tjq [OPTIONS] FILTER --jsonargs [JSON_VALUES...]\n\n";

type Options = { raw: boolean; join: boolean; compact: boolean; exit: boolean; slurp: boolean; nullInput: boolean; rawInput: boolean; sortKeys: boolean; tab: boolean; indent: number; ascii: boolean; color: boolean | undefined; named: Map<string, Json>; positional: Json[]; rest: string[]; fromFile: boolean };

class UsageProblem extends Error {
  constructor(
    message: string,
    readonly withUsage = true,
  ) {
    super(message);
  }
}

export const jq = defineCommand({
  name: "jq",
  summary: "command-line JSON processor",
  *run(proc) {
    try {
      const options = parseArguments(proc);
      const terminal = proc.files.get(0)?.tty !== undefined && proc.files.get(1)?.tty !== undefined;
      const source = options.rest.shift() ?? (terminal ? undefined : ".");
      if (source === undefined) {
        yield* proc.err(`jq - commandline JSON processor [version 1.6]\n\n${USAGE}jq is a tool for processing JSON inputs, applying the given filter to\nits JSON text inputs and producing the filter's results as JSON on\nstandard output.\n`);
        return 2;
      }
      const program = options.fromFile ? proc.fs.readText(proc.resolve(source)) : source;
      return yield* execute(proc, options, program);
    } catch (error) {
      if (!(error instanceof UsageProblem)) throw error;
      yield* proc.err(`jq: ${error.withUsage && error.message.startsWith("Unknown") ? "" : "error: "}${error.message}\n${error.withUsage ? "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n" : ""}`);
      return 2;
    }
  },
});

const LONG: Readonly<Record<string, string>> = { "raw-output": "r", "compact-output": "c", "exit-status": "e", slurp: "s", "null-input": "n", "raw-input": "R", "sort-keys": "S", "join-output": "j", "ascii-output": "a", "color-output": "C", "monochrome-output": "M", "from-file": "f", tab: "tab" };

function parseArguments(proc: Proc): Options {
  const options: Options = { raw: false, join: false, compact: false, exit: false, slurp: false, nullInput: false, rawInput: false, sortKeys: false, tab: false, indent: 2, ascii: false, color: undefined, named: new Map(), positional: [], rest: [], fromFile: false };
  const args = [...proc.args];
  let further: "files" | "args" | "jsonargs" = "files";
  let plain = false;
  while (args.length > 0) {
    const word = args.shift() as string;
    if (plain || !/^-[-A-Za-z]/.test(word)) {
      if (further === "files" || options.rest.length === 0) options.rest.push(word);
      else options.positional.push(further === "args" ? word : json(word, "--jsonargs"));
    } else if (word === "--") plain = true;
    else if (word === "--args" || word === "--jsonargs") further = word.slice(2) as "args";
    else if (word.startsWith("--")) longOption(proc, options, word.slice(2), args);
    else for (const letter of word.slice(1)) setOption(options, letter, word);
  }
  return options;
}

function json(word: string, where: string): Json {
  try {
    return parseJson(word);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw new UsageProblem(`Invalid JSON text passed to ${where}`);
  }
}

function longOption(proc: Proc, options: Options, name: string, args: string[]): void {
  const take = (count: number): string[] => {
    if (args.length < count) throw new UsageProblem(`--${name} takes ${count === 1 ? "one parameter" : `two parameters (e.g. --${name} varname ${name.endsWith("file") ? "filename" : name === "argjson" ? "text" : "value"})`}`);
    return args.splice(0, count);
  };
  switch (name) {
    case "arg": {
      const [key = "", value = ""] = take(2);
      options.named.set(key, value);
      return;
    }
    case "argjson": {
      const [key = "", value = ""] = take(2);
      options.named.set(key, json(value, "--argjson"));
      return;
    }
    case "slurpfile":
    case "rawfile": {
      const [key = "", file = ""] = take(2);
      const content = proc.fs.readText(proc.resolve(file));
      options.named.set(key, name === "rawfile" ? content : [...documents(content)]);
      return;
    }
    case "indent":
      options.indent = Number(take(1)[0]);
      return;
    case "seq":
    case "stream":
    case "unbuffered":
      if (name !== "unbuffered") throw new UsageProblem(`not modelled: --${name}`, false);
      return;
  }
  const letter = Object.hasOwn(LONG, name) ? LONG[name] : undefined;
  if (letter === undefined) throw new UsageProblem(`Unknown option --${name}`);
  setOption(options, letter, `--${name}`);
}

function setOption(options: Options, letter: string, word: string): void {
  switch (letter) {
    case "r": options.raw = true; return;
    case "c": options.compact = true; return;
    case "e": options.exit = true; return;
    case "s": options.slurp = true; return;
    case "n": options.nullInput = true; return;
    case "R": options.rawInput = true; return;
    case "S": options.sortKeys = true; return;
    case "j": options.raw = options.join = true; return;
    case "a": options.ascii = true; return;
    case "C": options.color = true; return;
    case "M": options.color = false; return;
    case "f": options.fromFile = true; return;
    case "tab": options.tab = true; return;
  }
  throw new UsageProblem(`Unknown option ${word}`);
}

function* documents(content: string): Generator<Json> {
  const parser = new JsonParser(content);
  for (let value = parser.next(); value !== undefined; value = parser.next()) yield value;
}

function* execute(proc: Proc, options: Options, source: string): Task<number> {
  let program: Filter;
  try {
    program = parseProgram(source);
    checkNames(program, options);
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error;
    const shell = error.message.startsWith("syntax error") ? " (Unix shell quoting issues?)" : "";
    const shown = source + " ".repeat(error.column);
    const second = error instanceof UnterminatedIf ? `jq: error: Possibly unterminated 'if' statement at <top-level>, line 1:\n${source}\n` : "";
    yield* proc.err(`jq: error: ${error.message}${shell} at <top-level>, line 1:\n${shown}\n${second}jq: ${second === "" ? "1 compile error" : "2 compile errors"}\n`);
    return 3;
  }
  return yield* new Run(proc, options, program).all();
}

/** Names are checked before anything runs, as a compiler does. */
function checkNames(program: Filter, options: Options): void {
  const probe = new Evaluator({ env: new Map(), nowSeconds: () => 0, nextInput: () => undefined, debug: () => {}, inputLine: () => 0 });
  const visit = (node: unknown, functions: ReadonlySet<string>, variables: ReadonlySet<string>): void => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      for (const each of node) visit(each, functions, variables);
      return;
    }
    const filter = node as Filter;
    if (filter.kind === "call") {
      const key = `${filter.name}/${filter.args.length}`;
      if (!functions.has(key) && !native(probe, key) && !PRELUDE.has(key)) throw new JqSyntaxError(`${key} is not defined`, filter.at);
    }
    if (filter.kind === "define") {
      const { definition, body } = filter;
      const own = new Set([...functions, `${definition.name}/${definition.parameters.length}`]);
      visit(definition.body, new Set([...own, ...definition.parameters.map((each) => `${each.replace(/^\$/, "")}/0`)]), new Set([...variables, ...definition.parameters.filter((each) => each.startsWith("$")).map((each) => each.slice(1))]));
      return visit(body, own, variables);
    }
    if (filter.kind === "break" && !functions.has(`*${filter.name}`)) throw new JqSyntaxError(`$*label-${filter.name} is not defined`);
    if (filter.kind === "label") return visit(filter.body, new Set([...functions, `*${filter.name}`]), variables);
    if (filter.kind === "variable" && "name" in filter && !variables.has("*") && !variables.has(filter.name)) throw new JqSyntaxError(`$${filter.name} is not defined`, filter.at);
    const bound = "pattern" in filter || "patterns" in filter ? new Set([...variables, ...boundBy("patterns" in filter ? filter.patterns : [filter.pattern])]) : variables;
    for (const value of Object.values(node)) if (value !== (filter as { pattern?: unknown }).pattern && value !== (filter as { patterns?: unknown }).patterns) visit(value, functions, bound);
  };
  visit(program, new Set(), new Set([...options.named.keys(), "ENV", "ARGS", "__loc__"]));
}

function boundBy(patterns: unknown): readonly string[] {
  const names: string[] = [];
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    const { kind, name, bind } = node as { kind?: string; name?: string; bind?: string };
    if (kind === "variable" && name !== undefined) names.push(name);
    if (bind !== undefined) names.push(bind);
    for (const value of Object.values(node)) walk(value);
  };
  walk(patterns);
  return names;
}

class Run {
  #status = 0;
  #last: Json | undefined;
  #debug: string[] = [];
  #parser: JsonParser | undefined;
  #pending: Iterator<Json> | undefined;
  #ended = false;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
    private readonly program: Filter,
  ) {}

  *all(): Task<number> {
    const { proc, options } = this;
    let content = "";
    if (options.rest.length === 0) content = text(yield* readAll(proc.stdin));
    for (const name of options.rest) {
      try {
        content += proc.fs.readText(proc.resolve(name));
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* proc.err(`jq: error: Could not open file ${name}: ${error.message}\n`);
        this.#status = 2;
      }
    }
    this.#pending = this.#inputs(content);
    try {
      yield* this.#each();
    } catch (error) {
      if (error instanceof Halt) return yield* this.#halt(error);
      if (!(error instanceof JsonProblem)) throw error;
      yield* proc.err(`parse error: ${error.message}\n`);
      return 4;
    }
    if (this.#status !== 0) return this.#status;
    if (!options.exit) return 0;
    return this.#last === undefined ? 4 : truthy(this.#last) ? 0 : 1;
  }

  *#inputs(content: string): Generator<Json> {
    const { options } = this;
    if (options.rawInput) {
      if (options.slurp) yield content;
      else if (content !== "") yield* content.replace(/\n$/, "").split("\n");
      return;
    }
    if (options.slurp) {
      yield [...documents(content)];
      return;
    }
    this.#parser = new JsonParser(content);
    for (let value = this.#parser.next(); value !== undefined; value = this.#parser.next()) yield value;
  }

  #next(): Json | undefined {
    const next = this.#pending?.next();
    if (next === undefined || next.done) this.#ended = true;
    return next === undefined || next.done ? undefined : next.value;
  }

  *#each(): Task {
    const { proc, options } = this;
    const around = { env: proc.env, nowSeconds: () => wallMs(proc.world) / 1000, nextInput: () => this.#next(), debug: (value: Json) => void this.#debug.push(print(value)), inputLine: () => this.#parser?.line ?? 0 };
    const args = new Map<string, Json>([["positional", options.positional], ["named", options.named]]);
    if (options.nullInput) return yield* this.#one(around, args, null);
    for (let value = this.#next(); value !== undefined; value = this.#next()) yield* this.#one(around, args, value);
  }

  *#one(around: ConstructorParameters<typeof Evaluator>[0], args: Json, input: Json): Task {
    const { proc, options } = this;
    const evaluator = new Evaluator(around);
    const scope = new Scope(evaluator.root, new Map<string, Json>([...options.named, ["ARGS", args]]));
    try {
      for (const value of evaluator.run(this.program, input, scope)) {
        yield* this.#tellDebug();
        this.#last = value;
        yield* proc.out(this.#shown(value));
      }
      yield* this.#tellDebug();
    } catch (error) {
      yield* this.#tellDebug();
      if (error instanceof JqError) yield* proc.err(`jq: error (at ${options.nullInput || this.#ended ? "<unknown>" : `<stdin>:${this.#parser?.line ?? 0}`})${isObject(error.value) || (typeof error.value !== "string" && error.value !== null) ? " (not a string)" : ""}: ${typeof error.value === "string" ? error.value : print(error.value)}\n`);
      else if (error instanceof JqLimit) yield* proc.err(`jq: error: ${error.message}\n`);
      else if (error instanceof RangeError) yield* proc.err("jq: error: not modelled: recursion this deep\n");
      else throw error;
      this.#status = 5;
    }
  }

  *#tellDebug(): Task {
    for (const line of this.#debug.splice(0)) yield* this.proc.err(`${line}\n`);
  }

  *#halt({ message, status }: Halt): Task<number> {
    if (message !== undefined && message !== null) yield* this.proc.err(typeof message === "string" ? message : `${print(message)}\n`);
    return status;
  }

  #shown(value: Json): string {
    const { options, proc } = this;
    if (options.raw && typeOf(value) === "string") return `${value as string}${options.join ? "" : "\n"}`;
    const color = options.color ?? proc.files.get(1)?.tty !== undefined;
    const indent = options.compact ? "" : options.tab ? "\t" : " ".repeat(options.indent);
    const how: PrintOptions = { indent, sortKeys: options.sortKeys, ascii: options.ascii, color };
    return `${print(value, how)}${options.join ? "" : "\n"}`;
  }
}
