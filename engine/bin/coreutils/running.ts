/** Programs that run other programs: xargs, timeout, watch, time's kin. */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import { concat, text } from "../../core/bytes";
import { LIMITS } from "../../core/limits";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { LineReader } from "../../host/lines";
import { makePipe } from "../../host/pipe";
import type { Child, OpenFile, Proc, Program } from "../../host/proc";
import { RAW } from "../../host/tty";
import { SIGNALS, signalNamed } from "../../host/signals";
import { strftime } from "../../shell/strftime";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { complain, optionsOf, parseDuration, usage } from "./support";

const xargs = defineCommand({
  name: "xargs",
  summary: "build and execute command lines from standard input",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "0rtpxo", values: "adEIiLnPs", long: { null: "0", "no-run-if-empty": "r", verbose: "t", "max-args": "n", "max-procs": "P", replace: "I", "max-lines": "L", delimiter: "d", "arg-file": "a" }, stopAtOperand: true });
    if (typeof options === "number") return options;
    const command = options.rest.length > 0 ? options.rest : ["echo"];
    const items = yield* readItems(proc, options);
    if (items === undefined) return 1;
    return yield* new Batches(proc, options, command).run(items);
  },
});

/** Items as lists: a list for each input line where -L asks for that, one item each otherwise. */
function* readItems(proc: Proc, options: Options): Task<readonly string[] | undefined> {
  const delimiter = options.has("0") ? "\0" : options.has("d") ? (options.value("d") ?? "\n").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0") : undefined;
  const name = options.value("a");
  const source = name === undefined ? proc.stdin : proc.open(name);
  const input = text(yield* new LineReader(source).rest());
  if (delimiter !== undefined) {
    const items = input.split(delimiter);
    if (items.at(-1) === "") items.pop();
    return items;
  }
  if (options.has("I") || options.has("L")) return input.split("\n").map((line) => line.replace(/^[ \t]+/, "")).filter((line) => line.trim() !== "");
  return yield* splitWords(proc, input);
}

function* splitWords(proc: Proc, input: string): Task<readonly string[] | undefined> {
  const items: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < input.length; i++) {
    const char = input[i] as string;
    if (char === "'" || char === '"') {
      const end = input.indexOf(char, i + 1);
      const newline = input.indexOf("\n", i + 1);
      if (end < 0 || (newline >= 0 && newline < end)) {
        yield* complain(proc, `unmatched ${char === "'" ? "single" : "double"} quote; by default quotes are special to xargs unless you use the -0 option`);
        return undefined;
      }
      word = (word ?? "") + input.slice(i + 1, end);
      i = end;
    } else if (char === "\\") word = (word ?? "") + (input[++i] ?? "");
    else if (/\s/.test(char)) {
      if (word !== undefined) items.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) items.push(word);
  return items;
}

class Batches {
  #running: Child[] = [];
  #status = 0;
  #stopped = false;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
    private readonly command: readonly string[],
  ) {}

  *run(items: readonly string[]): Task<number> {
    const replace = this.options.value("I");
    if (replace !== undefined) for (const item of items) yield* this.#start(this.command.map((word, i) => (i === 0 ? word : word.replaceAll(replace, item))));
    else if (items.length === 0) {
      if (!this.options.has("r")) yield* this.#start(this.command);
    } else for (const batch of this.#cut(items)) yield* this.#start([...this.command, ...batch]);
    while (this.#running.length > 0) yield* this.#reap();
    return this.#status;
  }

  *#cut(items: readonly string[]): Generator<readonly string[]> {
    const most = Number(this.options.value("n") ?? this.options.value("L") ?? Number.POSITIVE_INFINITY);
    let batch: string[] = [];
    let bytes = 0;
    for (const item of items) {
      if (batch.length >= most || bytes + item.length > LIMITS.wordBytes / 16) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(...(this.options.has("L") ? item.split(/[ \t]+/) : [item]));
      bytes += item.length + 1;
    }
    if (batch.length > 0) yield batch;
  }

  *#start(words: readonly string[]): Task {
    if (this.#stopped) return;
    if (this.options.has("t")) yield* this.proc.err(`${words.join(" ")}\n`);
    const most = Number(this.options.value("P") ?? 1) || Number.POSITIVE_INFINITY;
    const input = this.proc.open("/dev/null");
    try {
      this.#running.push(this.proc.spawn(words, { files: new Map([[0, input]]) }));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* complain(this.proc, `${words[0]}: ${error.message}`);
      this.#status = error.code === "ENOENT" ? 127 : 126;
      this.#stopped = true;
    } finally {
      input.release();
    }
    while (this.#running.length >= most) yield* this.#reap();
  }

  *#reap(): Task {
    let done = this.#running.find((child) => child.exited);
    while (done === undefined) {
      yield { on: this.#running.map((child) => child.ended) };
      done = this.#running.find((child) => child.exited);
    }
    const { endedBy } = done;
    const status = yield* done.wait();
    this.#running = this.#running.filter((child) => child !== done);
    if (endedBy !== undefined) {
      yield* complain(this.proc, `${this.command[0]}: terminated by signal ${SIGNALS[endedBy]}`);
      this.#status = 125;
      this.#stopped = true;
    } else if (status === 255) {
      yield* complain(this.proc, `${this.command[0]}: exited with status 255; aborting`);
      this.#status = 124;
      this.#stopped = true;
    } else if (status !== 0 && this.#status === 0) this.#status = 123;
  }
}

const timeout = defineCommand({
  name: "timeout",
  summary: "run a command with a time limit",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "v", values: "ks", long: { "kill-after": "k", signal: "s", verbose: "v", foreground: "foreground", "preserve-status": "preserve" }, stopAtOperand: true }, 125);
    if (typeof options === "number") return options;
    const [duration, ...words] = options.rest;
    if (duration === undefined || words.length === 0) {
      yield* proc.err("Try 'timeout --help' for more information.\n");
      return 125;
    }
    const ms = parseDuration(duration);
    if (ms === undefined) return yield* usage(proc, `invalid time interval '${duration}'`, 125);
    const signal = signalNamed(options.value("s") ?? "TERM");
    if (signal === undefined) return yield* usage(proc, `'${options.value("s")}': invalid signal`, 125);
    const later = options.has("k") ? parseDuration(options.value("k") ?? "") : undefined;
    let child: Child;
    try {
      child = proc.spawn(words);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* complain(proc, `failed to run command '${words[0]}': ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
    for (const passed of ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const) proc.onSignal(passed, () => child.kill(passed));
    if (ms === 0) return yield* child.wait();
    const deadlineMs = proc.nowMs + ms;
    while (!child.exited && proc.nowMs < deadlineMs) yield { on: child.ended, deadlineMs };
    if (child.exited) return yield* child.wait();
    if (options.has("v")) yield* complain(proc, `sending signal ${signal.slice(3)} to command '${words[0]}'`);
    child.kill(signal);
    if (later !== undefined) {
      const killMs = proc.nowMs + later;
      while (!child.exited && proc.nowMs < killMs) yield { on: child.ended, deadlineMs: killMs };
      if (!child.exited) child.kill("SIGKILL");
    }
    const status = yield* child.wait();
    // Ended by SIGKILL, timeout ends itself by it too, so that its parent sees 137.
    if (child.endedBy === "SIGKILL") proc.kill(proc.pid, "SIGKILL");
    return options.has("preserve") || child.endedBy === "SIGKILL" ? status : 124;
  },
});

const watch = defineCommand({
  name: "watch",
  summary: "execute a program periodically, showing output fullscreen",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bcdegptxwr", values: "nq", long: { interval: "n", "no-title": "t", "differences=?": "d", exec: "x", color: "c", "no-color": "C", chgexit: "g", errexit: "e", beep: "b", precise: "p", "no-wrap": "w" }, stopAtOperand: true });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) {
      yield* proc.err("\nUsage:\n watch [options] command\n");
      return 1;
    }
    for (const letter of "pr") {
      if (!options.has(letter)) continue;
      yield* complain(proc, `not modelled: -${letter}`);
      return 2;
    }
    const interval = Number((options.value("n") ?? "2").replace(",", "."));
    if (!(interval >= 0)) return yield* usage(proc, `failed to parse argument: '${options.value("n")}'`);
    return yield* new Watching(proc, options, Math.max(100, interval * 1000)).run();
  },
});

class Watching {
  #before: readonly string[] | undefined;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
    private readonly everyMs: number,
  ) {}

  *run(): Task<number> {
    const { proc, options } = this;
    const terminal = proc.files.get(1)?.tty;
    const modes = terminal?.modes;
    if (terminal) {
      terminal.modes = { ...terminal.modes, echo: false, canonical: false };
      proc.onExit(() => {
        terminal.modes = modes ?? RAW;
        terminal.print(`\x1b[?1049l\x1b[?25h`);
      });
      yield* proc.out("\x1b[?1049h\x1b[H\x1b[2J");
    }
    proc.onSignal("SIGWINCH", () => {});
    for (;;) {
      const { output, status } = yield* this.#once();
      const lines = output.replace(/\n$/, "").split("\n");
      yield* proc.out(this.#screen(lines));
      if (options.has("e") && status !== 0) {
        yield* proc.sleep(2000);
        return 8;
      }
      if (options.has("g") && this.#before && this.#before.join("\n") !== lines.join("\n")) return 0;
      this.#before = lines;
      yield* proc.sleep(this.everyMs);
    }
  }

  *#once(): Task<{ readonly output: string; readonly status: number }> {
    const { proc, options } = this;
    const pipe = makePipe(proc.machine.kernel.nextPipe());
    const files = new Map<number, OpenFile>([[1, pipe.writer], [2, pipe.writer]]);
    const words = options.has("x") ? options.rest : ["sh", "-c", options.rest.join(" ")];
    let child: Child;
    try {
      child = proc.spawn(words, { files });
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      pipe.writer.release();
      pipe.reader.release();
      return { output: `${words[0]}: ${error.message}`, status: 127 };
    }
    pipe.writer.release();
    const chunks: Uint8Array[] = [];
    for (let chunk = yield* pipe.reader.read(); chunk !== undefined; chunk = yield* pipe.reader.read()) chunks.push(chunk.slice());
    pipe.reader.release();
    return { output: text(concat(chunks)), status: yield* child.wait() };
  }

  #screen(lines: readonly string[]): string {
    const { proc, options } = this;
    const columns = proc.files.get(1)?.tty?.columns ?? 80;
    const rows = proc.files.get(1)?.tty?.rows ?? 24;
    const head = options.has("t") ? [] : [this.#title(columns), ""];
    const body = lines.flatMap((line) => wrapped(line.replaceAll("\t", "        "), columns)).slice(0, rows - head.length);
    const shown = options.has("d") ? body.map((line, i) => marked(line, this.#before?.[i])) : body;
    return `\x1b[H${[...head, ...shown].map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
  }

  #title(columns: number): string {
    const left = `Every ${(this.everyMs / 1000).toFixed(1)}s: ${this.options.rest.join(" ")}`;
    const now = wallMs(this.proc.world);
    const right = `${this.proc.machine.hostname}: ${strftime("%a %b %e %H:%M:%S %Y", civil(now), now)}`;
    const room = columns - right.length;
    return left.length < room ? left.padEnd(room) + right : `${left.slice(0, Math.max(0, room - 4))}... ${right}`.slice(0, columns);
  }
}

function wrapped(line: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  return line.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""];
}

/** What has changed since the last time stands in reverse video. */
function marked(line: string, before: string | undefined): string {
  if (before === undefined || before === line) return line;
  return [...line].map((char, i) => (char === before[i] ? char : `\x1b[7m${char}\x1b[27m`)).join("");
}

export const running: readonly Program[] = [timeout, watch, xargs];
