/**
 * A kubectl exec or attach while it lasts: bytes from the client become the process's standard
 * input, what it prints goes back; with a tty all of it passes a terminal's line discipline.
 */
import { Signal, type Task } from "../../core/task";
import { text, utf8 } from "../../core/bytes";
import type { World } from "../../core/world";
import type { Process } from "../../host/process";
import { type Awaiting, Tty } from "../../host/tty";
import { success } from "../../kube/status";
import type { AttachOptions, ExecOptions, ExecSession } from "../../kube/runtime";
import type { Status } from "../../kube/types";
import { QueueSink, QueueSource } from "./byte-files";
import { ByteQueue } from "./byte-queue";
import type { Run } from "./container";
import type { ExecFiles } from "./exec";
import { exitStatus } from "./runtime";

export class ProcessSession implements ExecSession {
  readonly stdin = new ByteQueue();
  readonly stdout = new ByteQueue();
  readonly stderr = new ByteQueue();
  readonly finished = new Signal();
  readonly files: ExecFiles;
  status: Status | undefined;
  readonly terminal?: Awaiting;
  readonly #tty: Tty | undefined;

  constructor(
    private readonly world: World,
    { tty, stdin, unattended = false }: ExecOptions,
  ) {
    if (tty) {
      const terminal = new Tty(world);
      terminal.onOutput = (written) => this.stdout.write(utf8(written));
      this.#tty = terminal;
      if (unattended) leaveAlone(terminal);
      this.terminal = awaiting(this, terminal);
      const file = terminal.file();
      this.files = { stdin: file, stdout: file, stderr: file, tty: terminal };
      if (stdin) world.scheduler.spawn(typing(this.stdin, terminal));
    } else this.files = { ...(stdin && { stdin: new QueueSource(this.stdin) }), stdout: new QueueSink(this.stdout), stderr: new QueueSink(this.stderr) };
  }

  began(process: Process): void {
    this.world.scheduler.spawn(this.#wait(process));
  }

  *#wait(process: Process): Task {
    while (!process.exited) yield { on: process.ended };
    this.stdin.end();
    this.stdout.end();
    this.stderr.end();
    this.status = exitStatus(process.status ?? 0);
    this.finished.notify();
  }

  resize(columns: number, rows: number): void {
    this.#tty?.resize(columns, rows);
  }

  close(): void {
    this.stdin.end();
    this.stdout.end();
    this.stderr.end();
    this.#tty?.hangUp();
  }
}

/** Lines are typed into it whole, and nobody looks at their echo. */
function leaveAlone(terminal: Tty): void {
  terminal.unattended = true;
  terminal.modes = { ...terminal.modes, echo: false, crlf: false };
}

function awaiting({ stdin, stdout }: { readonly stdin: ByteQueue; readonly stdout: ByteQueue }, terminal: Tty): Awaiting {
  return {
    awaited: terminal.awaited,
    get isAwaited() {
      return stdin.pending === 0 && stdout.pending === 0 && terminal.isAwaited;
    },
  };
}

/** What the client types goes through the terminal. */
function* typing(typed: ByteQueue, terminal: Tty): Task {
  for (;;) {
    const chunk = typed.read();
    if (chunk !== undefined) terminal.input(text(chunk));
    else if (typed.closed) return;
    else yield { on: typed.readable };
  }
}

/** And without one straight into the container's standard input. */
function* handing(typed: ByteQueue, to: ByteQueue, once: boolean): Task {
  for (;;) {
    const chunk = typed.read();
    if (chunk !== undefined) to.write(chunk);
    else if (typed.closed) return once ? to.end() : undefined;
    else yield { on: typed.readable };
  }
}

/** kubectl attach: looks on at what the container prints, and types into it if it reads at all. */
export class AttachedSession implements ExecSession {
  readonly stdin = new ByteQueue();
  readonly stdout = new ByteQueue();
  readonly stderr = new ByteQueue();
  readonly finished = new Signal();
  status: Status | undefined;
  readonly terminal?: Awaiting;
  readonly #stop: () => void;

  constructor(
    world: World,
    private readonly run: Run,
    { stdin }: AttachOptions,
    stdinOnce: boolean,
  ) {
    const follow = (stream: "stdout" | "stderr", bytes: Uint8Array) => (stream === "stdout" ? this.stdout : this.stderr).write(bytes);
    this.#stop = run.log.follow(follow);
    world.scheduler.spawn(this.#wait(run));
    if (stdin && run.tty !== undefined) {
      this.terminal = awaiting(this, run.tty);
      world.scheduler.spawn(typing(this.stdin, run.tty));
    } else if (stdin && run.stdin !== undefined) world.scheduler.spawn(handing(this.stdin, run.stdin, stdinOnce));
  }

  *#wait({ process }: Run): Task {
    while (!process.exited) yield { on: process.ended };
    this.close();
    this.status = success(); // How the container ended is in the Pod's status; an attach has no exit status of its own.
    this.finished.notify();
  }

  resize(columns: number, rows: number): void {
    this.run.tty?.resize(columns, rows);
  }

  close(): void {
    this.#stop();
    this.stdin.end();
    this.stdout.end();
    this.stderr.end();
  }
}
