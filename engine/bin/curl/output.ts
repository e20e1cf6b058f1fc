/**
 * Where curl's words and bytes go. Standard output is buffered when it is not a terminal, as stdio
 * buffers it, so that what -v says to standard error may come before the body.
 */
import { concat } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { OpenFile, Proc } from "../../host/proc";

const STDIO_BYTES = 4096;
const TERMINAL_COLUMNS = 79;

/** A body's destination: standard output, or a file that is made when the first byte comes. */
export class BodyOutput {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #file: OpenFile | undefined;
  #looked = false;

  constructor(
    private readonly proc: Proc,
    /** Undefined is standard output; "-" too, but then without the warning about binary bytes. */
    readonly path: string | undefined,
    private readonly unbuffered: boolean,
  ) {}

  get toStdout(): boolean {
    return this.path === undefined || this.path === "-";
  }

  /** False when it cannot be written: exit status 23. "binary": it would mess up the terminal. */
  *write(bytes: Uint8Array): Task<boolean | "binary"> {
    const { proc } = this;
    try {
      if (!this.toStdout) {
        this.#file ??= proc.open(proc.resolve(this.path as string), "w");
        yield* this.#file.write(bytes);
        return true;
      }
      const tty = proc.file(1).tty !== undefined;
      if (tty && this.path === undefined && !this.#looked) {
        this.#looked = true;
        if (bytes.subarray(0, 2000).includes(0)) return "binary";
      }
      if (tty || this.unbuffered) {
        yield* proc.file(1).write(bytes);
        return true;
      }
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
      if (this.#pendingBytes >= STDIO_BYTES) yield* this.flush();
      return true;
    } catch (error) {
      if (error instanceof SysError) return false;
      throw error;
    }
  }

  /** An empty body makes an empty file too, if there was a transfer at all. */
  *create(): Task<boolean> {
    return (yield* this.write(new Uint8Array(0))) === true;
  }

  *flush(): Task {
    if (this.#pending.length === 0) return;
    const bytes = concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    yield* this.proc.file(1).write(bytes);
  }

  *close(): Task {
    try {
      yield* this.flush();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    this.#file?.release();
    this.#file = undefined;
  }
}

/** warnf(): at most 79 columns, broken at spaces. */
export function warning(message: string): string {
  const prefix = "Warning: ";
  const width = TERMINAL_COLUMNS - prefix.length;
  let rest = message;
  let out = "";
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width - 1);
    const cut = space > 0 ? space + 1 : width;
    out += `${prefix}${rest.slice(0, cut)}\n`;
    rest = rest.slice(cut);
  }
  return `${out}${prefix}${rest}\n`;
}

/** What -v says: "* " information, "> " and "< " headers, "{ " and "} " that there was data. */
export class Verbose {
  #dataTold = false;

  constructor(
    private readonly proc: Proc,
    private readonly on: boolean,
    /** The body itself is on the terminal: no need to mention it. */
    private readonly bodyOnTerminal: boolean,
  ) {}

  *info(line: string): Task {
    if (!this.on) return;
    this.#dataTold = false;
    yield* this.proc.err(`* ${line}\n`);
  }

  *sent(head: string): Task {
    if (!this.on) return;
    this.#dataTold = false;
    yield* this.proc.err(head.replace(/^(.*)\r\n/gm, "> $1\r\n"));
  }

  *received(line: string): Task {
    if (!this.on) return;
    this.#dataTold = false;
    yield* this.proc.err(`< ${line}\r\n`);
  }

  *data(direction: "{" | "}", bytes: number): Task {
    if (!this.on || this.#dataTold || this.bodyOnTerminal) return;
    this.#dataTold = true;
    yield* this.proc.err(`${direction} [${bytes} bytes data]\n`);
  }
}

