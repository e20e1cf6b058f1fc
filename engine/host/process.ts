/**
 * A process: a program that runs, with its descriptors, children, signals and sockets.
 *
 * In Linux: task_struct, fork(2), exit_group(2), wait(2), signal(7). A signal's default action
 * happens at once; ending a process runs the `finally` blocks of its Task, then closes all it held.
 * A program's programming error ends that process alone, with a line that says so.
 */
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import type { TaskHandle } from "../core/scheduler";
import { Signal, type Task, type Wake, sleepUntil } from "../core/task";
import { text, utf8 } from "../core/bytes";
import type { World } from "../core/world";
import { IcmpSocket, PacketSocket, TcpSocket, UdpSocket } from "../net/socket";
import type { FileSystem, OpenMode } from "./fs";
import { LineReader } from "./lines";
import type { Machine } from "./machine";
import { absolute, openPath } from "./paths";
import type { PidNamespace } from "./pids";
import type { Child, OpenFile, OwnedSocket, Proc, Program, SignalName, Source, SpawnOptions } from "./proc";
import { ProcessGroup } from "./process-group";
import { defaultAction, SIGNALS } from "./signals";
import type { Tty } from "./tty";

/** What fork and exec take before the program's first step. */
const FORK_MS = 0.3;
const EXEC_MS = 0.5;
/** Processor time is paid for in pieces of this size. */
const SLICE_US = 1000;
const WRITE_US = 4;

export type ProcessInit = SpawnOptions & { readonly argv: readonly string[]; readonly parent: Process | undefined; readonly fork: boolean };

type Disposition = "default" | "ignore" | (() => void);

export class Process implements Proc, Child {
  machine: Machine;
  argv: readonly string[];
  args: readonly string[];
  /** Never written to: whoever wants another one makes another one. */
  env: ReadonlyMap<string, string>;
  readonly group: ProcessGroup;
  readonly tty: Tty | undefined;
  readonly ended = new Signal();
  readonly changed = new Signal();
  readonly startedMs: number;
  cwd: string;
  /** What is taken from the permissions of new files. */
  umask: number;
  status: number | undefined;
  endedBy: SignalName | undefined;
  stopped = false;
  cpuUs = 0;
  readonly #pids: ReadonlyMap<PidNamespace, number>;
  readonly #files = new Map<number, OpenFile>();
  readonly #dispositions = new Map<SignalName, Disposition>();
  readonly #sockets = new Set<OwnedSocket>();
  readonly #children = new Set<Process>();
  #parent: Process | undefined;
  #exits: (() => void)[] = [];
  #handle: TaskHandle<number> | undefined;
  #exitStatus: number | undefined;
  #lines: LineReader | undefined;
  #debtUs = 0;
  #replacement: Task<number> | undefined;

  constructor(
    public program: Program,
    init: ProcessInit,
  ) {
    const { parent } = init;
    this.machine = init.machine ?? (parent as Process).machine;
    this.argv = init.argv;
    this.args = init.argv.slice(1);
    this.env = init.env ?? parent?.env ?? this.machine.env;
    this.umask = parent?.umask ?? 0o022;
    this.cwd = init.cwd ?? parent?.cwd ?? "/";
    this.tty = init.tty ?? parent?.tty;
    this.startedMs = this.machine.world.scheduler.nowMs;
    this.#parent = parent;
    this.#pids = this.machine.pids.enter(this);
    this.group = init.group ?? (init.newGroup || parent === undefined ? new ProcessGroup(this.pid) : parent.group);
    this.group.add(this);
    this.#inherit(init);
    if (parent) parent.#children.add(this);
    // Made at once, begun later: a forked shell copies its parent's state as it is now.
    const task = program.run(this);
    this.#handle = this.world.scheduler.spawn(this.#live(task, init.fork ? FORK_MS : FORK_MS + EXEC_MS), (result) => this.#finish(result));
  }

  #inherit({ parent, files }: ProcessInit): void {
    const inherited = new Map(parent?.files);
    for (const [descriptor, file] of files ?? []) inherited.set(descriptor, file);
    for (const [descriptor, file] of inherited) this.#files.set(descriptor, file.retain());
    for (const [signal, disposition] of parent ? parent.#dispositions : []) if (disposition === "ignore") this.#dispositions.set(signal, "ignore");
  }

  get pid(): number {
    return this.pidIn(this.machine.pids) ?? 0;
  }

  /** Its number as another PID namespace sees it; undefined where it is not visible. */
  pidIn(namespace: PidNamespace): number | undefined {
    return this.#pids.get(namespace);
  }

  get parent(): Process | undefined {
    return this.#parent;
  }

  get ppid(): number {
    return this.#parent?.pidIn(this.machine.pids) ?? 0;
  }

  get world(): World {
    return this.machine.world;
  }

  get fs(): FileSystem {
    return this.machine.fs;
  }

  get rng(): Rng {
    return this.machine.rng;
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs;
  }

  get exited(): boolean {
    return this.status !== undefined;
  }

  get waits(): boolean {
    return !this.exited && this.#handle !== undefined;
  }

  // Files

  get files(): ReadonlyMap<number, OpenFile> {
    return this.#files;
  }

  get stdin(): Source {
    return this.#files.get(0) ?? CLOSED;
  }

  file(descriptor: number): OpenFile {
    const file = this.#files.get(descriptor);
    if (file === undefined) throw new SysError("EBADF");
    return file;
  }

  setFile(descriptor: number, file: OpenFile | undefined): void {
    const old = this.#files.get(descriptor);
    if (file === undefined) this.#files.delete(descriptor);
    else this.#files.set(descriptor, file);
    if (descriptor === 0) this.#lines = undefined;
    old?.release();
  }

  open(path: string, mode: OpenMode = "r"): OpenFile {
    return openPath(this, path, mode);
  }

  resolve(path: string): string {
    return absolute(path, this.cwd, this.pid);
  }

  // Streams

  *out(written: string): Task {
    if (written !== "") yield* this.#write(1, utf8(written));
  }

  *err(written: string): Task {
    if (written !== "" && this.#files.has(2)) yield* this.#write(2, utf8(written));
  }

  *#write(descriptor: number, bytes: Uint8Array): Task {
    try {
      yield* this.file(descriptor).write(bytes);
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== "EPIPE") throw error;
      this.kill("SIGPIPE");
      if (this.endedBy !== undefined) yield* forever();
      throw error;
    }
    yield* this.charge(WRITE_US + bytes.length / 1000);
  }

  *readLine(): Task<string | undefined> {
    yield* this.charge(1);
    this.#lines ??= new LineReader(this.stdin);
    return yield* this.#lines.line();
  }

  *readAll(): Task<string> {
    this.#lines ??= new LineReader(this.stdin);
    return text(yield* this.#lines.rest());
  }

  // Time

  *sleep(ms: number): Task {
    yield* sleepUntil(this.nowMs + ms);
  }

  *charge(us: number): Task {
    this.#debtUs += us;
    if (this.#debtUs < SLICE_US) return;
    const debtMs = this.#debtUs / 1000;
    this.cpuUs += this.#debtUs;
    this.#debtUs = 0;
    yield* sleepUntil(this.nowMs + debtMs);
  }

  // Sockets

  tcp(): TcpSocket {
    return this.adopt(new TcpSocket(this.machine.netns));
  }

  udp(): UdpSocket {
    return this.adopt(new UdpSocket(this.machine.netns));
  }

  icmp(): IcmpSocket {
    return this.adopt(new IcmpSocket(this.machine.netns));
  }

  packet(): PacketSocket {
    return this.adopt(new PacketSocket(this.machine.netns));
  }

  adopt<T extends OwnedSocket>(socket: T): T {
    let fd = 3;
    const taken = new Set([...this.#files.keys(), ...[...this.#sockets].map((other) => other.owner?.fd ?? 0)]);
    while (taken.has(fd)) fd++;
    socket.owner = { pid: this.pid, name: this.program.name, fd };
    const close = socket.close;
    socket.close = () => {
      this.#sockets.delete(socket);
      close.call(socket);
    };
    this.#sockets.add(socket);
    return socket;
  }

  // Children

  spawn(argv: readonly string[], options: SpawnOptions = {}): Child {
    const machine = options.machine ?? this.machine;
    const { program, argv: actual } = machine.executable(argv, options.env ?? this.env, this.resolve(options.cwd ?? this.cwd));
    return new Process(program, { ...options, machine, argv: actual, parent: this, fork: false });
  }

  start(program: Program, argv: readonly string[], options: SpawnOptions = {}): Child {
    return new Process(program, { machine: this.machine, ...options, argv, parent: this, fork: true });
  }

  *exec(argv: readonly string[], env: ReadonlyMap<string, string> = this.env, machine: Machine = this.machine): Task<never> {
    const { program, argv: actual } = machine.executable(argv, env, this.cwd);
    this.machine = machine;
    this.program = program;
    this.argv = actual;
    this.args = actual.slice(1);
    this.env = env;
    this.#lines = undefined;
    for (const [signal, disposition] of this.#dispositions) if (typeof disposition === "function") this.#dispositions.delete(signal);
    this.#replacement = program.run(this);
    return yield* forever();
  }

  /** All children that have not been waited for. */
  get children(): ReadonlySet<Process> {
    return this.#children;
  }

  *wait(): Task<number> {
    while (this.status === undefined) yield { on: this.ended };
    this.reap();
    return this.status;
  }

  /** Its parent has looked: the zombie goes. */
  reap(): void {
    if (this.status === undefined) return;
    if (this.#parent) this.#parent.#children.delete(this);
    this.machine.pids.leave(this);
  }

  // Signals

  kill(signal: SignalName): void;
  kill(pid: number, signal: SignalName): void;
  kill(target: number | SignalName, signal?: SignalName): void {
    if (typeof target === "string") return this.deliver(target, false);
    this.machine.signal(target, signal ?? "SIGTERM", this);
  }

  /** `inside`: sent from the process's own PID namespace, where the first process is protected. */
  deliver(signal: SignalName, inside: boolean): void {
    if (this.exited) return;
    const disposition = this.#dispositions.get(signal) ?? "default";
    const unblockable = signal === "SIGKILL" || signal === "SIGSTOP";
    if (this.machine.pids.parent !== undefined && this.pid === 1 && (inside || !unblockable) && typeof disposition !== "function") return;
    if (signal === "SIGCONT") this.#resume();
    if (disposition === "ignore" && !unblockable) return;
    if (typeof disposition === "function" && !unblockable) return disposition();
    switch (defaultAction(signal)) {
      case "ignore":
      case "continue":
        return;
      case "stop":
        this.stopped = true;
        return this.#tell();
      case "terminate":
        this.endedBy ??= signal;
        return this.#handle?.kill();
    }
  }

  #resume(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.#tell();
  }

  #tell(): void {
    this.changed.notify();
    this.#parent?.deliver("SIGCHLD", true);
  }

  onSignal(signal: SignalName, action: Disposition): void {
    if (action === "default") this.#dispositions.delete(signal);
    else this.#dispositions.set(signal, action);
  }

  onExit(release: () => void): void {
    this.#exits.push(release);
  }

  *exit(status: number): Task<never> {
    this.#exitStatus = status & 255;
    this.#handle?.kill();
    return yield* forever();
  }

  // Life and death

  *#live(begun: Task<number>, startMs: number): Task<number> {
    let task = begun;
    let wake: Wake = "signalled";
    try {
      yield* sleepUntil(this.nowMs + startMs);
      for (;;) {
        while (this.stopped) yield { on: this.changed };
        const step = task.next(wake);
        if (this.#replacement !== undefined) {
          task.return(0);
          task = this.#replacement;
          this.#replacement = undefined;
          yield* sleepUntil(this.nowMs + EXEC_MS);
          continue;
        }
        if (step.done) return step.value & 255;
        wake = yield step.value;
      }
    } catch (error) {
      return yield* this.#failed(error);
    } finally {
      task.return(0);
    }
  }

  *#failed(error: unknown): Task<number> {
    if (error instanceof SysError && error.code === "EPIPE") {
      this.endedBy = "SIGPIPE";
      return 0;
    }
    const known = error instanceof SysError;
    const words = known ? error.message : `internal error: ${error instanceof Error ? error.message : String(error)}`;
    try {
      yield* this.#files.get(2)?.write(utf8(`${this.program.name}: ${words}\n`)) ?? nothing();
    } catch (worse) {
      if (!(worse instanceof SysError)) throw worse;
    }
    return known ? 1 : 134;
  }

  #finish(result: number | undefined): void {
    this.status = this.endedBy !== undefined ? 128 + SIGNALS[this.endedBy] : (result ?? this.#exitStatus ?? 134);
    for (const release of this.#exits.reverse()) release();
    this.#exits = [];
    for (const socket of [...this.#sockets]) socket.close();
    for (const file of this.#files.values()) file.release();
    this.#files.clear();
    this.group.delete(this);
    this.#orphan();
    this.ended.notify();
    if (this.#parent === undefined || this.#parent.exited) this.reap();
    this.#tell();
    if (this.pid === 1 && this.machine.pids.parent !== undefined) for (const other of [...this.machine.pids.processes.values()]) other.deliver("SIGKILL", false);
  }

  /** Children go to the namespace's first process, or to nobody, who buries them at once. */
  #orphan(): void {
    const init = this.machine.pids.processes.get(1);
    const heir = init === this || init?.exited ? undefined : init;
    for (const child of this.#children) {
      child.#parent = heir;
      if (child.exited) this.machine.pids.leave(child);
      else if (heir) heir.#children.add(child);
    }
    this.#children.clear();
  }
}

function* forever(): Task<never> {
  const never = new Signal();
  for (;;) yield { on: never };
}

function* nothing(): Task {}

const CLOSED: Source = {
  *read() {
    throw new SysError("EBADF");
  },
};
