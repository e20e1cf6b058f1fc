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

  /** Closes the shell of a place where lines are typed; the next line gets a new one. */
  hangUp(place: string): void {
    this.#lines.get(place)?.hangUp();
    this.#lines.delete(place);
  }
}

/** A terminal is between 2 and 1000 characters wide and high. */
function bounded(size: number, otherwise: number): number {
  return Number.isFinite(size) ? Math.min(1000, Math.max(2, Math.floor(size))) : otherwise;
}

/**
 * A lasting shell for lines typed whole. A line ends when the shell is done with it, or when a
 * program it started (a shell over ssh, cat) waits for a line of its own: the next one goes there.
 */
class LineShell {
  readonly #tty: Tty;
  readonly #session: ShellSession;
  #running: { exit: number | undefined } | undefined;

  constructor(
    private readonly world: World,
    machine: Machine,
    private readonly place: string,
    private readonly emit: (output: Output) => void,
  ) {
    this.#tty = new Tty(world, "/dev/pts/0");
    this.#tty.unattended = true;
    this.#tty.modes = { ...this.#tty.modes, echo: false, crlf: false };
    this.#session = new ShellSession(machine, {
      tty: this.#tty,
      onStdout: (bytes) => emit({ kind: "printed", place, stdout: text(bytes), stderr: "" }),
      onStderr: (bytes) => emit({ kind: "printed", place, stdout: "", stderr: text(bytes) }),
    });
    this.#tty.onOutput = (written) => emit({ kind: "printed", place, stdout: written, stderr: "" });
  }

  get exited(): boolean {
    return this.#session.exited;
  }

  interrupt(): void {
    this.#session.interrupt();
  }

  /** Ends everything that was started here. */
  hangUp(): void {
    this.#tty.hangUp();
    this.#session.process.deliver("SIGKILL", false);
  }

  type(line: string): void {
    if (this.#running === undefined) {
      const running: { exit: number | undefined } = { exit: undefined };
      this.#running = running;
      this.world.scheduler.spawn(this.#session.run(line), (result) => {
        running.exit = result?.exit ?? 130;
        this.#tty.awaited.notify();
      });
    } else this.#tty.input(`${line}\n`);
    this.world.scheduler.spawn(this.#untilEnded());
  }

  *#untilEnded(): Task {
    for (;;) {
      // Whoever has just been woken may not be waiting any more a moment later.
      yield {};
      const exit = this.#running?.exit;
      if (exit === undefined && !this.#tty.isAwaited) {
        yield { on: this.#tty.awaited };
        continue;
      }
      if (exit !== undefined) this.#running = undefined;
      return this.emit({ kind: "printed", place: this.place, stdout: "", stderr: "", exit: exit ?? 0 });
    }
  }
}
