/** Where awk's records come from: the operands in turn (assignments among them), or standard input; and getline's files and commands. */
import { text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { LineReader } from "../../host/lines";
import { makePipe } from "../../host/pipe";
import type { Child, OpenFile, Proc } from "../../host/proc";
import { posixRegex } from "../posix-regex";
import { splitBy } from "./fields";

export class Records {
  readonly #lines: LineReader;
  #whole: string[] | undefined;

  constructor(
    readonly file: OpenFile,
    private readonly child?: Child,
  ) {
    this.#lines = new LineReader(file);
  }

  /** The next record by the separator of this moment. */
  *next(separator: string): Task<string | undefined> {
    if (this.#whole === undefined && separator === "\n") return yield* this.#lines.line();
    this.#whole ??= split(text(yield* this.#lines.rest()), separator);
    return this.#whole.shift();
  }

  *close(): Task<number> {
    this.file.release();
    return this.child === undefined ? 0 : yield* this.child.wait();
  }
}

function split(all: string, separator: string): string[] {
  if (all === "") return [];
  if (separator === "") {
    return all
      .replace(/^\n+/, "")
      .replace(/\n+$/, "")
      .split(/\n\n+/)
      .filter((record) => record !== "");
  }
  const records = separator.length === 1 ? all.split(separator) : splitBy(all, posixRegex(separator, "extended"));
  if (records.at(-1) === "" || records.at(-1) === "\n") records.pop();
  return records;
}

export function openFile(proc: Proc, path: string): Records | undefined {
  try {
    return new Records(path === "-" || path === "/dev/stdin" ? proc.file(0).retain() : proc.open(path));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** `"cmd" | getline` */
export function openCommand(proc: Proc, command: string): Records {
  const pipe = makePipe(proc.machine.kernel.nextPipe());
  const child = proc.spawn(["sh", "-c", command], { files: new Map([[0, proc.file(0)], [1, pipe.writer], [2, proc.file(2)]]) });
  pipe.writer.release();
  return new Records(pipe.reader, child);
}
