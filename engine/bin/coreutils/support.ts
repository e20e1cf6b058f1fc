/** What the text tools have in common: options with GNU's complaints, input files, lines. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { LineReader } from "../../host/lines";
import type { OpenFile, Proc } from "../../host/proc";
import { type Options, type OptionSpec, parseOptions } from "../options";

/** The name it was called by, as complaints begin. */
export function nameOf(proc: Proc): string {
  const called = proc.argv[0] ?? "";
  return called.slice(called.lastIndexOf("/") + 1);
}

export function* complain(proc: Proc, message: string): Task {
  yield* proc.err(`${nameOf(proc)}: ${message}\n`);
}

/** "Try 'cat --help' for more information." */
export function* usage(proc: Proc, message: string, status = 1): Task<number> {
  yield* complain(proc, message);
  yield* proc.err(`Try '${nameOf(proc)} --help' for more information.\n`);
  return status;
}

/** Parsed options, or the exit status once the complaint has been made. */
export function* optionsOf(proc: Proc, spec: OptionSpec, badStatus = 1, args = proc.args): Task<Options | number> {
  const options = parseOptions(args, spec);
  return "error" in options ? yield* usage(proc, options.error, badStatus) : options;
}

/** Runs what may fail with a system error. */
export function tried<T>(run: () => T): { readonly value: T } | { readonly error: SysError } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof SysError) return { error };
    throw error;
  }
}

/** A file operand, opened; "-" is standard input. */
export function openInput(proc: Proc, name: string): { readonly value: OpenFile } | { readonly error: SysError } {
  return tried(() => (name === "-" ? proc.file(0).retain() : proc.open(name)));
}

/** Each operand in turn (standard input when there are none); false if one could not be opened. */
export function* eachInput(proc: Proc, names: readonly string[], use: (file: OpenFile, name: string) => Task<void>, say: (name: string, error: SysError) => string = (name, error) => `${name}: ${error.message}`): Task<boolean> {
  let fine = true;
  for (const name of names.length > 0 ? names : ["-"]) {
    const opened = openInput(proc, name);
    if ("error" in opened) {
      yield* complain(proc, say(name, opened.error));
      fine = false;
      continue;
    }
    try {
      yield* use(opened.value, name);
    } catch (error) {
      // A file of /sys that has no answer: the name is known here.
      if (!(error instanceof SysError) || error.code !== "EINVAL") throw error;
      yield* complain(proc, say(name, error));
      fine = false;
    } finally {
      opened.value.release();
    }
  }
  return fine;
}

/** As GNU's quoteaf: cannot open 'name' for reading. */
export function cannotOpen(name: string, error: SysError): string {
  return error.code === "EISDIR" ? `error reading '${name}': ${error.message}` : `cannot open '${name}' for reading: ${error.message}`;
}

/** All lines of all inputs; the newline is not part of them. */
export function* readLines(proc: Proc, names: readonly string[], say?: (name: string, error: SysError) => string, delimiter = 10): Task<{ readonly lines: readonly string[]; readonly fine: boolean }> {
  const lines: string[] = [];
  const fine = yield* eachInput(
    proc,
    names,
    function* (file): Task<void> {
      const reader = new LineReader(file, delimiter);
      for (let line = yield* reader.line(); line !== undefined; line = yield* reader.line()) {
        lines.push(line);
        yield* proc.charge(1);
      }
    },
    say,
  );
  return { lines, fine };
}

/** Collects what a tool prints and writes it in pieces, as stdio does; in time for a terminal. */
export class Output {
  #parts: string[] = [];
  #size = 0;

  constructor(private readonly proc: Proc) {}

  *write(text: string): Task {
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= 4096) yield* this.flush();
  }

  *flush(): Task {
    if (this.#size === 0) return;
    const text = this.#parts.join("");
    this.#parts = [];
    this.#size = 0;
    yield* this.proc.out(text);
  }
}

/** 10, 5K, 1M, 2kB …: GNU's sizes; undefined when it is none. */
export function parseSize(word: string): number | undefined {
  const m = /^(\d+)(?:([kKMGTPE])(B|iB)?|(b))?$/.exec(word);
  if (!m) return undefined;
  const power = m[2] === undefined ? 0 : "KMGTPE".indexOf(m[2].toUpperCase()) + 1;
  return Number(m[1]) * (m[4] ? 512 : (m[3] === "B" ? 1000 : 1024) ** power);
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Durations of sleep and timeout: 1.5, 10s, 2m, 1h, 1d; in milliseconds. */
export function parseDuration(word: string): number | undefined {
  if (/^inf(inity)?$/i.test(word)) return Number.POSITIVE_INFINITY;
  const m = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word);
  return m ? Number(m[1]) * (UNIT_MS[m[2] ?? ""] ?? 1000) : undefined;
}

/** 1.5K, 2.0M: what -h prints, rounded up as GNU does. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const up = Math.ceil(value * 10) / 10;
  const text = up < 10 ? up.toFixed(1) : String(Math.ceil(value));
  return text === "1024" && unit < 5 ? `1.0${"KMGTPE"[unit + 1]}` : `${text}${"KMGTPE"[unit]}`;
}

/** rwxr-xr-x with the letter of its kind. */
export function modeString(kind: "file" | "directory" | "symlink" | "device", mode: number): string {
  const letter = { file: "-", directory: "d", symlink: "l", device: "c" }[kind];
  const bits = [..."rwxrwxrwx"].map((char, i) => (mode & (0o400 >> i) ? char : "-"));
  const special = (at: number, bit: number, set: string): void => {
    if (mode & bit) bits[at] = bits[at] === "x" ? set : set.toUpperCase();
  };
  special(2, 0o4000, "s");
  special(5, 0o2000, "s");
  special(8, 0o1000, "t");
  return letter + bits.join("");
}

/** Names of users and groups, from /etc/passwd and /etc/group. */
export function nameOfId(proc: Proc, file: "/etc/passwd" | "/etc/group", id: number): string {
  if (!proc.fs.exists(file)) return String(id);
  const line = proc.fs.readText(file).split("\n").find((each) => each.split(":")[2] === String(id));
  return line?.split(":")[0] ?? String(id);
}

export function idOfName(proc: Proc, file: "/etc/passwd" | "/etc/group", name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  if (!proc.fs.exists(file)) return undefined;
  const line = proc.fs.readText(file).split("\n").find((each) => each.split(":")[0] === name);
  return line === undefined ? undefined : Number(line.split(":")[2]);
}

export function basename(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? (path === "" ? "" : "/") : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}
