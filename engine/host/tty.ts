/**
 * A terminal, as the kernel keeps it between the person and the programs: termios(3), n_tty.c.
 *
 * Canonical mode collects a line, echoes it and understands ^C ^D ^U ^W ^Z ^\ and backspace;
 * raw mode hands on every key. Output gets its carriage returns here. `foreground` is the
 * process group that ^C reaches.
 * Differs: no flow control (^S ^Q), no baud rate but a cap on output per moment, so that `yes`
 * cannot flood whoever watches.
 */
import { text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import { Signal, type Task } from "../core/task";
import type { World } from "../core/world";
import { StreamFile } from "./open-file";
import type { OpenFile, SignalName, Sink, Source } from "./proc";
import { charWidth } from "./width";

export type TtyModes = {
  /** Lines (ICANON) or keys. */
  readonly canonical: boolean;
  readonly echo: boolean;
  /** ^C, ^\ and ^Z send signals (ISIG). */
  readonly signals: boolean;
  /** A newline goes out as CR LF (OPOST and ONLCR). */
  readonly crlf: boolean;
};

export const COOKED: TtyModes = { canonical: true, echo: true, signals: true, crlf: true };
/** What readline sets: keys, no echo, but ^C and the output as usual. */
export const KEYS: TtyModes = { canonical: false, echo: false, signals: true, crlf: true };
export const RAW: TtyModes = { canonical: false, echo: false, signals: false, crlf: false };

/** Whom a terminal signals: a process group. */
export type Foreground = { readonly id: number; signal(name: SignalName): void };

const MAX_CANON = 4096;
const MAX_INPUT = LIMITS.wordBytes;
/** Bytes a terminal takes in a millisecond: about 4 MB a second, as a fast emulator does. */
const BYTES_PER_MS = 4096;

/** What may wait for a line. */
export type Awaiting = { readonly isAwaited: boolean; readonly awaited: Signal };

export class Tty implements Source, Sink {
  readonly resized = new Signal();
  readonly arrived = new Signal();
  /** Nobody watches the keys: whole lines are typed into it, shells show no prompt and edit no line. */
  unattended = false;
  /** Fires when a program begins to wait for a line. */
  readonly awaited = new Signal();
  /** The terminal at the other end, while keys are handed on to one (kubectl exec -it). */
  through: Awaiting | undefined;
  #readers = 0;
  foreground: Foreground | undefined;
  modes: TtyModes = COOKED;
  onOutput: (text: string) => void = () => {};
  #rows = 24;
  #columns = 80;
  #line = "";
  /** Whole lines in canonical mode, keys in raw mode; "" is an end of file. */
  #ready: string[] = [];
  #readyBytes = 0;
  #pending: Uint8Array = new Uint8Array(0);
  #busyUntilMs = 0;
  #hungUp = false;

  constructor(
    readonly world: World,
    readonly name = "/dev/pts/0",
  ) {}

  get rows(): number {
    return this.#rows;
  }

  get columns(): number {
    return this.#columns;
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return;
    this.#columns = columns;
    this.#rows = rows;
    this.resized.notify();
    this.foreground?.signal("SIGWINCH");
  }

  /** The line has been cut: readers get the end, the foreground gets SIGHUP. */
  hangUp(): void {
    this.#hungUp = true;
    this.foreground?.signal("SIGHUP");
    this.arrived.notify();
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** What the person types. */
  input(typed: string): void {
    if (this.modes.canonical || this.modes.echo) {
      for (const key of typed) this.#key(key);
      return;
    }
    // Keys go on in one piece, cut only where one of them is a signal.
    for (const piece of this.modes.signals ? typed.split(/([\x03\x1a\x1c])/) : [typed]) {
      if (this.modes.signals && piece.length === 1 && this.#signalKey(piece)) continue;
      if (piece !== "") this.#offer(piece);
    }
  }

  /** A descriptor for it; every call gives another description of the same terminal. */
  file(): OpenFile {
    return new StreamFile(this.name, { source: this, sink: this, tty: this });
  }

  /** Keys that wait to be read: what readline drains before it draws. A line begun in canonical mode is among them, as in n_tty_set_termios(). */
  takeKeys(): string {
    const keys = this.#ready.join("") + this.#line;
    this.#ready = [];
    this.#line = "";
    this.#readyBytes = 0;
    return keys;
  }

  /** Puts keys back in front, for whoever reads next. */
  giveBack(keys: string): void {
    if (keys === "") return;
    this.#ready.unshift(keys);
    this.#readyBytes += keys.length;
    this.arrived.notify();
  }

  *read(maxBytes = 4096): Task<Uint8Array | undefined> {
    while (this.#ready.length === 0) {
      if (this.#hungUp) return undefined;
      yield* this.await();
    }
    const first = this.#ready.shift() as string;
    this.#readyBytes -= first.length;
    if (first === "") return undefined;
    const bytes = utf8(first);
    if (bytes.length <= maxBytes) return bytes;
    let cut = maxBytes;
    while (cut > 1 && ((bytes[cut] as number) & 0xc0) === 0x80) cut--;
    this.giveBack(text(bytes.subarray(cut)));
    return bytes.slice(0, cut);
  }

  /** A program waits for a line, and there is none. */
  get isAwaited(): boolean {
    if (this.#ready.length > 0) return false;
    if (this.through !== undefined) return this.through.isAwaited;
    return this.#readers > 0 && (this.modes.canonical || this.modes.signals);
  }

  /** Waits for keys, or for one of `others`. */
  *await(...others: readonly Signal[]): Task {
    this.#readers++;
    this.awaited.notify();
    try {
      yield { on: [this.arrived, ...others] };
    } finally {
      this.#readers--;
    }
  }

  *write(bytes: Uint8Array): Task {
    if (this.#hungUp) throw new SysError("EIO");
    this.#emit(bytes);
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.world.scheduler.nowMs) + bytes.length / BYTES_PER_MS;
    if (this.#busyUntilMs > this.world.scheduler.nowMs + 1) yield { deadlineMs: this.#busyUntilMs };
  }

  /** Text straight to the screen: the echo, and programs that draw. */
  print(written: string): void {
    if (written !== "") this.onOutput(this.modes.crlf ? written.replace(/\r?\n/g, "\r\n") : written);
  }

  #emit(bytes: Uint8Array): void {
    const all = this.#pending.length === 0 ? bytes : joined(this.#pending, bytes);
    const whole = completeLength(all);
    this.#pending = all.slice(whole);
    this.print(text(all.subarray(0, whole)));
  }

  #offer(keys: string): void {
    if (this.#readyBytes + keys.length > MAX_INPUT) {
      this.onOutput("\x07");
      const room = MAX_INPUT - this.#readyBytes;
      if (room <= 0) return;
      return this.#offer(keys.slice(0, room));
    }
    this.#ready.push(keys);
    this.#readyBytes += keys.length;
    this.arrived.notify();
  }

  #key(typed: string): void {
    const key = typed === "\r" ? "\n" : typed;
    if (this.modes.signals && this.#signalKey(key)) return;
    if (!this.modes.canonical) {
      this.#echo(key);
      return this.#offer(key);
    }
    switch (key) {
      case "\n":
        this.#echo("\n");
        this.#offer(`${this.#line}\n`);
        this.#line = "";
        return;
      case "\x04":
        this.#ready.push(this.#line);
        this.#line = "";
        return this.arrived.notify();
      case "\x7f":
      case "\b":
        return this.#erase(1);
      case "\x15":
        return this.#erase([...this.#line].length);
      case "\x17":
        return this.#erase([...(/\S*\s*$/.exec(this.#line)?.[0] ?? "")].length);
    }
    if (this.#line.length >= MAX_CANON - 1) return this.onOutput("\x07");
    this.#line += key;
    this.#echo(key);
  }

  #signalKey(key: string): boolean {
    const signal = ({ "\x03": "SIGINT", "\x1c": "SIGQUIT", "\x1a": "SIGTSTP" } as const)[key];
    if (signal === undefined) return false;
    this.#line = "";
    this.#ready = [];
    this.#readyBytes = 0;
    this.#echo(key);
    this.foreground?.signal(signal);
    return true;
  }

  #erase(count: number): void {
    const chars = [...this.#line];
    for (const char of chars.splice(chars.length - Math.min(count, chars.length)).reverse()) {
      const columns = char < " " ? 2 : charWidth(char.codePointAt(0) ?? 0);
      if (this.modes.echo) this.print("\b \b".repeat(columns));
    }
    this.#line = chars.join("");
  }

  #echo(key: string): void {
    if (!this.modes.echo) return;
    const control = key < " " && key !== "\n" && key !== "\t";
    this.print(control ? `^${String.fromCharCode(key.charCodeAt(0) + 64)}` : key);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** How much of the bytes ends on a whole UTF-8 character. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
