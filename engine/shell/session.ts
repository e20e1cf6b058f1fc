/**
 * A shell that stays: lines are typed into it one by one, and what each prints is heard separately.
 * Transcripts, `podpath lab --run` and the labs' own scripts use it; state, jobs and directory persist.
 */
import { Signal, type Task } from "../core/task";
import type { Machine } from "../host/machine";
import { listener } from "../host/open-file";
import type { OpenFile } from "../host/proc";
import type { Process } from "../host/process";
import type { Tty } from "../host/tty";
import { ExpansionError, Interrupt, LoopJump, FunctionReturn, ShellExit } from "./control";
import { Interpreter } from "./exec";
import { defineProgram } from "./define";
import { tellJobs } from "./jobs";
import { runText } from "./run-text";
import { Shell } from "./shell";
import { interruptible } from "./within";

export type SessionInit = {
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
  readonly stdin?: OpenFile;
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /** Programs see a terminal of this size (`ls` in columns, `kubectl exec -it` content); its output still comes separately. */
  readonly tty?: Tty;
};

export class ShellSession {
  readonly process: Process;
  readonly #lines: { readonly text: string; status: number | undefined }[] = [];
  readonly #changed = new Signal();
  #shell: Shell | undefined;
  #interrupted = false;
  readonly #wake = new Signal();

  constructor(machine: Machine, init: SessionInit) {
    const stdout = listener("/dev/pts/0", init.onStdout, init.tty);
    const stderr = listener("/dev/pts/0", init.onStderr, init.tty);
    const files = new Map<number, OpenFile>([[1, stdout], [2, stderr]]);
    if (init.stdin) files.set(0, init.stdin);
    else if (init.tty) files.set(0, init.tty.file());
    const program = defineProgram("bash", "", (proc) => this.#main(proc as Process));
    this.process = machine.start(program, ["bash"], { files, cwd: init.cwd ?? machine.user.home, ...(init.env ? { env: init.env } : {}), ...(init.tty ? { tty: init.tty } : {}), newGroup: true });
  }

  /** True once the shell itself is gone (`exit`). */
  get exited(): boolean {
    return this.process.exited;
  }

  get cwd(): string {
    return this.process.cwd;
  }

  /** Types one line (or several) and waits for its end; jobs in the background go on. */
  *run(text: string): Task<{ readonly exit: number }> {
    const line = { text, status: undefined as number | undefined };
    this.#lines.push(line);
    this.#changed.notify();
    while (line.status === undefined) {
      if (this.exited) return { exit: this.process.status ?? 0 };
      yield { on: [this.#changed, this.process.ended] };
    }
    return { exit: line.status };
  }

  /** ^C: ends what runs in the foreground. */
  interrupt(): void {
    const group = this.#shell?.foreground;
    if (group) return group.signal("SIGINT");
    this.#interrupted = this.#lines.length > 0;
    this.#wake.notify();
  }

  *#main(proc: Process): Task<number> {
    const shell = new Shell(proc);
    this.#shell = shell;
    shell.mode = "interactive";
    shell.flags.monitor = true;
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP"] as const) proc.onSignal(signal, "default");
    const interpreter = new Interpreter(shell);
    for (;;) {
      const line = this.#lines[0];
      if (line === undefined) {
        yield { on: this.#changed };
        continue;
      }
      const left = yield* this.#one(interpreter, line.text);
      if (!left && proc.tty) yield* tellJobs(shell.jobs, (told) => proc.err(told));
      this.#lines.shift();
      line.status = shell.status;
      this.#changed.notify();
      if (left) return shell.status;
    }
  }

  /** True when the line was `exit`. */
  *#one(interpreter: Interpreter, text: string): Task<boolean> {
    const { shell } = interpreter;
    shell.history.push(text);
    shell.loopDepth = 0;
    shell.forgiving = 0;
    try {
      const look = (): unknown => {
        if (!this.#interrupted) return undefined;
        this.#interrupted = false;
        return new Interrupt();
      };
      yield* interruptible(runText(interpreter, text, "main"), this.#wake, look);
    } catch (error) {
      if (error instanceof ShellExit) {
        shell.status = error.status;
        return true;
      }
      if (error instanceof Interrupt) shell.status = 130;
      else if (error instanceof ExpansionError) {
        yield* shell.complain(error.message);
        shell.status = error.fatal ? 1 : error.status;
      } else if (!(error instanceof LoopJump || error instanceof FunctionReturn)) throw error;
    }
    return false;
  }
}
