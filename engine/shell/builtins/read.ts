/** read and mapfile: lines from a descriptor, byte by byte where others may want what follows. */
import { concat, text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { LineReader } from "../../host/lines";
import { RegularFile } from "../../host/open-file";
import type { OpenFile } from "../../host/proc";
import { COOKED } from "../../host/tty";
import type { Interpreter } from "../exec";
import type { Shell } from "../shell";
import { within } from "../within";
import { badOption, type Builtin } from "./builtin";

type ReadOptions = { raw: boolean; silent: boolean; array: string | undefined; delimiter: string; count: number | undefined; exact: boolean; prompt: string; timeoutMs: number | undefined; descriptor: number; names: readonly string[] };

const USAGE = "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";

function parse(args: readonly string[]): ReadOptions | { readonly bad: string } | { readonly missing: string } {
  const options: ReadOptions = { raw: false, silent: false, array: undefined, delimiter: "\n", count: undefined, exact: false, prompt: "", timeoutMs: undefined, descriptor: 0, names: [] };
  let i = 0;
  for (; i < args.length; i++) {
    const word = args[i] as string;
    if (word === "--") {
      i++;
      break;
    }
    if (!/^-./.test(word)) break;
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string;
      if (letter === "r") options.raw = true;
      else if (letter === "s") options.silent = true;
      else if (letter === "e") continue;
      else if (!"adinNptu".includes(letter)) return { bad: `-${letter}` };
      else {
        const value = word.slice(at + 1) || args[++i];
        if (value === undefined) return { missing: `-${letter}` };
        assign(options, letter, value);
        break;
      }
    }
  }
  options.names = args.slice(i);
  return options;
}

function assign(options: ReadOptions, letter: string, value: string): void {
  switch (letter) {
    case "a":
      options.array = value;
      break;
    case "d":
      options.delimiter = value.slice(0, 1) || "\0";
      break;
    case "n":
      options.count = Number(value);
      break;
    case "N":
      options.count = Number(value);
      options.exact = true;
      break;
    case "p":
      options.prompt = value;
      break;
    case "t":
      options.timeoutMs = Number(value) * 1000;
      break;
    case "u":
      options.descriptor = Number(value);
  }
}

const read: Builtin = {
  name: "read",
  usage: USAGE,
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const options = parse(args);
    if ("bad" in options) return yield* badOption(interpreter, "read", options.bad, USAGE);
    if ("missing" in options) {
      yield* shell.complainAs("read", `${options.missing}: option requires an argument`);
      return 2;
    }
    const bad = options.names.find((name) => !/^[A-Za-z_]\w*(\[.*\])?$/.test(name));
    if (bad !== undefined) {
      yield* shell.complainAs("read", `\`${bad}': not a valid identifier`);
      return 1;
    }
    const file = shell.proc.files.get(options.descriptor);
    if (file === undefined) {
      yield* shell.complainAs("read", `${options.descriptor}: invalid file descriptor: Bad file descriptor`);
      return 1;
    }
    if (options.prompt !== "" && file.tty) yield* shell.proc.err(options.prompt);
    const got = yield* readFrom(shell, file, options);
    store(shell, options, got.text);
    return got.status;
  },
};

function* readFrom(shell: Shell, file: OpenFile, options: ReadOptions): Task<{ readonly text: string; readonly status: number }> {
  const { tty } = file;
  const modes = tty?.modes;
  if (tty && (options.silent || options.count !== undefined)) tty.modes = { ...tty.modes, echo: !options.silent, canonical: options.count === undefined };
  const state: Collected = { text: "", ended: false };
  try {
    const deadlineMs = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : shell.proc.nowMs + options.timeoutMs;
    const done = yield* within(shell.proc.world, collect(file, options, state), deadlineMs);
    if (done === undefined) return { text: state.text, status: 142 };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* shell.complainAs("read", `read error: ${options.descriptor}: ${error.message}`);
    return { text: "", status: 1 };
  } finally {
    if (tty) tty.modes = modes ?? COOKED;
  }
  return { text: state.text, status: state.ended ? 1 : 0 };
}

type Collected = { text: string; ended: boolean };

/** Reads up to the delimiter, and not a byte further. */
function* collect(file: OpenFile, options: ReadOptions, state: Collected): Task<true> {
  if (file instanceof RegularFile && options.count === undefined) {
    collectFromFile(file, options, state);
    return true;
  }
  let bytes: Uint8Array[] = [];
  let escaped = false;
  const flush = (): string => text(concat(bytes));
  for (;;) {
    const byte = yield* file.read(1);
    if (byte === undefined) {
      state.ended = true;
      return true;
    }
    const char = String.fromCharCode(byte[0] as number);
    if (!escaped && !options.exact && char === options.delimiter) return true;
    bytes.push(byte.slice());
    if (bytes.length > 64) bytes = [concat(bytes)];
    state.text = flush();
    if (escaped && char === "\n" && !options.raw) {
      bytes = [concat(bytes).slice(0, -2)];
      state.text = flush();
    }
    escaped = !escaped && char === "\\" && !options.raw;
    if (options.count !== undefined && [...state.text].length >= options.count) return true;
  }
}

/** A file can be read ahead and wound back. */
function collectFromFile(file: RegularFile, options: ReadOptions, state: Collected): void {
  const all = file.inode.bytes;
  const stop = options.delimiter.charCodeAt(0);
  let at = file.offset;
  for (;;) {
    const end = all.indexOf(stop, at);
    const upTo = end < 0 ? all.length : end;
    let backslashes = 0;
    while (!options.raw && all[upTo - 1 - backslashes] === 92 && upTo - 1 - backslashes >= file.offset) backslashes++;
    if (end >= 0 && backslashes % 2 === 1) {
      at = end + 1;
      continue;
    }
    state.text = text(all.subarray(file.offset, upTo));
    if (!options.raw) state.text = state.text.replace(/\\\n/g, "");
    state.ended = end < 0;
    file.seek(end < 0 ? all.length : end + 1);
    return;
  }
}

/** Splits at IFS into the names; a backslash protects, unless -r. */
function store(shell: Shell, options: ReadOptions, line: string): void {
  const ifs = shell.get("IFS") ?? " \t\n";
  const chars = marked(line, options.raw);
  if (options.exact) return shell.set(options.names[0] ?? "REPLY", line);
  if (options.array !== undefined) {
    const variable = shell.writable(options.array);
    variable.value = undefined;
    variable.array = new Map(fields(chars, ifs, Number.POSITIVE_INFINITY).map((field, i) => [i, field]));
    return;
  }
  if (options.names.length === 0) return shell.set("REPLY", chars.map(({ char }) => char).join(""));
  const values = fields(chars, ifs, options.names.length);
  for (const [i, name] of options.names.entries()) {
    const m = /^(.*?)\[(.*)\]$/.exec(name);
    if (m) {
      const variable = shell.variables.need(m[1] ?? "");
      if (variable.associative) variable.associative.set(m[2] ?? "", values[i] ?? "");
      else (variable.array ??= new Map()).set(Number(m[2]), values[i] ?? "");
    } else shell.set(name, values[i] ?? "");
  }
}

type Marked = { readonly char: string; readonly safe: boolean };

function marked(line: string, raw: boolean): Marked[] {
  const chars: Marked[] = [];
  const all = [...line];
  for (let i = 0; i < all.length; i++) {
    const escape = !raw && all[i] === "\\";
    if (escape) i++;
    if (all[i] !== undefined) chars.push({ char: all[i] as string, safe: escape });
  }
  return chars;
}

function fields(chars: readonly Marked[], ifs: string, count: number): string[] {
  const isSpace = ({ char, safe }: Marked): boolean => !safe && ifs.includes(char) && /[ \t\n]/.test(char);
  const isMark = ({ char, safe }: Marked): boolean => !safe && ifs.includes(char) && !/[ \t\n]/.test(char);
  let from = 0;
  let to = chars.length;
  while (from < to && isSpace(chars[from] as Marked)) from++;
  while (to > from && isSpace(chars[to - 1] as Marked)) to--;
  const found: string[] = [];
  while (from < to) {
    if (found.length === count - 1) {
      let rest = chars.slice(from, to);
      // A single separator at the very end belongs to no field.
      const marks = rest.filter(isMark).length;
      if (marks === 1 && isMark(rest.at(-1) as Marked)) rest = rest.slice(0, -1);
      found.push(rest.map(({ char }) => char).join(""));
      return found;
    }
    let end = from;
    while (end < to && !isSpace(chars[end] as Marked) && !isMark(chars[end] as Marked)) end++;
    found.push(chars.slice(from, end).map(({ char }) => char).join(""));
    while (end < to && isSpace(chars[end] as Marked)) end++;
    if (end < to && isMark(chars[end] as Marked)) end++;
    while (end < to && isSpace(chars[end] as Marked)) end++;
    from = end;
  }
  return found;
}

function mapfile(name: string): Builtin {
  const usage = `${name} [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]`;
  return {
    name,
    usage,
    *run(interpreter: Interpreter, args): Task<number> {
      const { shell } = interpreter;
      let trim = false;
      let i = 0;
      for (; i < args.length && /^-./.test(args[i] ?? ""); i++) {
        if (args[i] !== "-t") return yield* badOption(interpreter, name, args[i] ?? "", usage);
        trim = true;
      }
      const variable = shell.writable(args[i] ?? "MAPFILE");
      variable.value = undefined;
      variable.array = new Map();
      const lines = new LineReader(shell.proc.file(0));
      for (let line = yield* lines.next(); line; line = yield* lines.next()) {
        variable.array.set(variable.array.size, line.text + (line.newline && !trim ? "\n" : ""));
      }
      return 0;
    },
  };
}

export const input: readonly Builtin[] = [read, mapfile("mapfile"), mapfile("readarray")];
