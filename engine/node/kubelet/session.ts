/**
 * A kubectl exec or attach while it lasts: bytes from the client become the process's standard
 * input, what it prints goes back; with a tty all of it passes a terminal's line discipline.
 */
import { Signal, type Task } from "../../core/task";
import { text, utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { World } from "../../core/world";
import { Description } from "../../host/open-file";
import type { Process } from "../../host/process";
import { Tty } from "../../host/tty";
import type { ExecOptions, ExecSession } from "../../kube/runtime";
import type { Status } from "../../kube/types";
import { ByteQueue } from "./byte-queue";
import type { Run } from "./container";
import type { ExecFiles } from "./exec";
import { exitStatus } from "./runtime";

/** The client's bytes as a descriptor to read from. */
class QueueSource extends Description {
  constructor(private readonly queue: ByteQueue) {
    super("pipe:[2]");
  }

  *read(maxBytes = 65_536): Task<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.queue.read();
      if (chunk !== undefined) return chunk.subarray(0, maxBytes);
      if (this.queue.closed) return undefined;
      yield { on: this.queue.readable };
    }
  }

  // biome-ignore lint/correctness/useYield: always an error
  *write(): Task {
    throw new SysError("EBADF");
  }

  protected closed(): void {}
}

/** What the process prints, for the client; who prints faster than it reads waits. */
class QueueSink extends Description {
  constructor(private readonly queue: ByteQueue) {
    super("pipe:[3]");
  }

  // biome-ignore lint/correctness/useYield: always an error
  *read(): Task<undefined> {
    throw new SysError("EBADF");
  }

  *write(bytes: Uint8Array): Task {
    while (this.queue.pending > 1 << 20 && !this.queue.closed) yield { on: [this.queue.drained, this.queue.readable] };
    if (this.queue.closed) throw new SysError("EPIPE");
    this.queue.write(bytes);
  }

  protected closed(): void {}
}

export class ProcessSession implements ExecSession {
  readonly stdin = new ByteQueue();
  readonly stdout = new ByteQueue();
  readonly stderr = new ByteQueue();
  readonly finished = new Signal();
  readonly files: ExecFiles;
  status: Status | undefined;
  readonly #tty: Tty | undefined;

  constructor(
    private readonly world: World,
    { tty, stdin }: ExecOptions,
  ) {
    if (tty) {
      const terminal = new Tty(world);
      terminal.onOutput = (written) => this.stdout.write(utf8(written));
      this.#tty = terminal;
      const file = terminal.file();
      this.files = { stdin: file, stdout: file, stderr: file, tty: terminal };
      if (stdin) world.scheduler.spawn(this.#type(terminal));
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

  /** What the client types goes through the terminal. */
  *#type(terminal: Tty): Task {
    for (;;) {
      const chunk = this.stdin.read();
      if (chunk !== undefined) terminal.input(text(chunk));
      else if (this.stdin.closed) return;
      else yield { on: this.stdin.readable };
    }
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

/** kubectl attach: looks on at what the container prints. */
export class AttachedSession implements ExecSession {
  readonly stdin = new ByteQueue();
  readonly stdout = new ByteQueue();
  readonly stderr = new ByteQueue();
  readonly finished = new Signal();
  status: Status | undefined;
  readonly #stop: () => void;

  constructor(world: World, run: Run) {
    const follow = (stream: "stdout" | "stderr", bytes: Uint8Array) => (stream === "stdout" ? this.stdout : this.stderr).write(bytes);
    run.log.followers.add(follow);
    this.#stop = () => run.log.followers.delete(follow);
    world.scheduler.spawn(this.#wait(run));
  }

  *#wait({ process }: Run): Task {
    while (!process.exited) yield { on: process.ended };
    this.close();
    this.status = exitStatus(process.status ?? 0);
    this.finished.notify();
  }

  resize(): void {}

  close(): void {
    this.#stop();
    this.stdout.end();
    this.stderr.end();
  }
}
