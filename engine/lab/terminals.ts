/**
 * The learner's terminals: each a tty with a login shell on some machine, and beside them one
 * lasting shell for each place into which whole lines are typed.
 */
import { text } from "../core/bytes";
import type { Task } from "../core/task";
import type { World } from "../core/world";
import type { Machine } from "../host/machine";
import { Tty } from "../host/tty";
import { ShellSession } from "../shell/session";
import { Terminal } from "../shell/terminal";
import type { Output } from "./contract";

const MOST_TERMINALS = 16;
const MOST_KEYS = 16 << 20;

export class Terminals {
  readonly #open = new Map<string, Terminal>();
  readonly #lines = new Map<string, LineShell>();

  constructor(
    private readonly world: World,
    private readonly machineAt: (place: string) => Machine | undefined,
    private readonly emit: (output: Output) => void,
  ) {}

  /** Undefined, or why it cannot be opened. */
  open(id: string, place: string, columns: number, rows: number): string | undefined {
    if (this.#open.has(id)) return `the terminal "${id}" is open already`;
    if (this.#open.size >= MOST_TERMINALS) return `no more than ${MOST_TERMINALS} terminals can be open`;
    const machine = this.machineAt(place);
    if (machine === undefined) return `there is no place "${place}"`;
    const terminal = new Terminal({ machine, columns: bounded(columns, 80), rows: bounded(rows, 24), argv: ["-bash"], name: `/dev/pts/${this.#open.size}`, onOutput: (written) => this.emit({ kind: "screen", terminal: id, text: written }) });
    this.#open.set(id, terminal);
    this.world.scheduler.spawn(this.#watch(id, terminal));
    return undefined;
  }

  *#watch(id: string, { process }: Terminal): Task {
    yield* process.wait();
    if (!this.#open.delete(id)) return;
    this.emit({ kind: "ended", terminal: id });
  }

  keys(id: string, typed: string): string | undefined {
    const terminal = this.#open.get(id);
    if (terminal === undefined) return `there is no terminal "${id}"`;
    if (typed.length > MOST_KEYS) return "that is too much to type at once";
    terminal.input(typed);
    return undefined;
  }

  resize(id: string, columns: number, rows: number): void {
    this.#open.get(id)?.resize(bounded(columns, 80), bounded(rows, 24));
  }

  close(id: string): void {
    const terminal = this.#open.get(id);
    this.#open.delete(id);
    terminal?.close();
  }

  /** Whether the terminal is one that a person looks at: only there can an editor be opened. */
  isWatched(tty: Tty | undefined): boolean {
    return tty !== undefined && [...this.#open.values()].some((terminal) => terminal.tty === tty);
  }

  /** Types a line at a place; undefined, or why not. Its output comes as "printed". */
  line(place: string, typed: string): string | undefined {
    let shell = this.#lines.get(place);
    if (shell === undefined || shell.exited) {
      const machine = this.machineAt(place);
      if (machine === undefined) return `there is no place "${place}"`;
      shell = new LineShell(this.world, machine, place, this.emit);
      this.#lines.set(place, shell);
    }
    shell.type(typed);
    return undefined;
  }

  /** Ctrl-C at a place where lines are typed. */
  interrupt(place: string): void {
    this.#lines.get(place)?.interrupt();
  }
}

/** A terminal is between 2 and 1000 characters wide and high. */
function bounded(size: number, otherwise: number): number {
  return Number.isFinite(size) ? Math.min(1000, Math.max(2, Math.floor(size))) : otherwise;
}

class LineShell {
  readonly #session: ShellSession;

  constructor(
    private readonly world: World,
    machine: Machine,
    private readonly place: string,
    private readonly emit: (output: Output) => void,
  ) {
    const tty = new Tty(world, "/dev/pts/lines");
    this.#session = new ShellSession(machine, {
      tty,
      onStdout: (bytes) => emit({ kind: "printed", place, stdout: text(bytes), stderr: "" }),
      onStderr: (bytes) => emit({ kind: "printed", place, stdout: "", stderr: text(bytes) }),
    });
  }

  get exited(): boolean {
    return this.#session.exited;
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  type(line: string): void {
    this.world.scheduler.spawn(this.#session.run(line), (result) => this.emit({ kind: "printed", place: this.place, stdout: "", stderr: "", exit: result?.exit ?? 130 }));
  }
}
