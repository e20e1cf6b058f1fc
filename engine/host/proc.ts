/**
 * What a running program can do: the table of system calls.
 *
 * Programs (bin/, apps/) get files, sockets, time and chance from here and from nowhere else;
 * what is not here cannot be done by a program. A program is a generator: `yield*` where the
 * real one would block. Failures throw SysError (core/errno.ts).
 */
import type { Rng } from "../core/rng";
import type { Signal, Task } from "../core/task";
import type { World } from "../core/world";
import type { IcmpSocket, PacketSocket, TcpSocket, UdpSocket } from "../net/socket";
import type { FileSystem, OpenMode } from "./fs";
import type { Machine } from "./machine";
import type { ProcessGroup } from "./process-group";
import type { Tty } from "./tty";

/** An executable: its name as `ps` shows it, and what it does. Returns its exit status, 0 to 255. */
export type Program = {
  readonly name: string;
  /** One line, as in whatis(1); `help` shows it. */
  readonly summary: string;
  readonly run: (proc: Proc) => Task<number>;
  /** What the word under the cursor could become when Tab is pressed; whole words. Undefined: file names. */
  readonly complete?: (context: CompletionContext) => readonly string[] | undefined;
};

export type CompletionContext = {
  /** The words of the command before the one under the cursor, the command's own name first. */
  readonly words: readonly string[];
  /** The word under the cursor, as far as it is typed. */
  readonly current: string;
  readonly machine: Machine;
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
};

export type SignalName = "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGKILL" | "SIGUSR1" | "SIGUSR2" | "SIGPIPE" | "SIGALRM" | "SIGTERM" | "SIGCHLD" | "SIGCONT" | "SIGSTOP" | "SIGTSTP" | "SIGWINCH";

/** Something that can be read: a pipe, a file, a terminal. Undefined is the end. */
export interface Source {
  read(maxBytes?: number): Task<Uint8Array | undefined>;
}

/** Something that can be written to. Waits while it is full; EPIPE when nobody will ever read. */
export interface Sink {
  write(bytes: Uint8Array): Task;
}

/** An open file description; several descriptors, of several processes, may share it. */
export interface OpenFile extends Source, Sink {
  /** The terminal behind it, if it is one: isatty(3). */
  readonly tty: Tty | undefined;
  /** Path or "pipe:[n]", as /proc/PID/fd shows it. */
  readonly name: string;
  /** dup(2): one more descriptor refers to it. */
  retain(): OpenFile;
  /** One descriptor fewer; the last one closes it. */
  release(): void;
}

/** What every kind of socket has in common here. */
export type OwnedSocket = { owner: { readonly pid: number; readonly name: string; readonly fd: number } | undefined; close(): void };

export type SpawnOptions = {
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /** Which descriptors the child gets; those not named are inherited (0, 1, 2). */
  readonly files?: ReadonlyMap<number, OpenFile>;
  /** A new process group of its own: what Ctrl-C reaches together. */
  readonly newGroup?: boolean;
  /** An existing process group to join: the other parts of a pipeline. */
  readonly group?: ProcessGroup;
  /** Another view of the system: nsenter, kubectl exec. */
  readonly machine?: Machine;
  /** The controlling terminal, where it is not the parent's. */
  readonly tty?: Tty;
};

export interface Child {
  readonly pid: number;
  /** Waits for its end; 128 + n when signal n ended it. */
  wait(): Task<number>;
  readonly exited: boolean;
  readonly status: number | undefined;
  readonly ended: Signal;
  /** The signal that ended it, if one did. */
  readonly endedBy: SignalName | undefined;
  /** Stopped by SIGSTOP or SIGTSTP, not yet continued. */
  readonly stopped: boolean;
  /** Fires when it stops, continues or ends. */
  readonly changed: Signal;
  readonly group: ProcessGroup;
  kill(signal: SignalName): void;
}

export interface Proc {
  readonly pid: number;
  readonly ppid: number;
  readonly world: World;
  readonly machine: Machine;
  /** argv, the program's own name first. */
  readonly argv: readonly string[];
  /** argv without the name: what most programs look at. */
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  cwd: string;
  umask: number;
  readonly fs: FileSystem;
  readonly rng: Rng;
  /** The controlling terminal. */
  readonly tty: Tty | undefined;

  readonly stdin: Source;
  /** File descriptor n; throws EBADF. */
  file(descriptor: number): OpenFile;
  /** All descriptors that are open. */
  readonly files: ReadonlyMap<number, OpenFile>;
  /** dup2(2) and close(2): takes over the reference it is given, releases what was there. */
  setFile(descriptor: number, file: OpenFile | undefined): void;
  /** open(2) by a path as this process sees it, /dev/stdin, /dev/fd/N and /dev/tty included. */
  open(path: string, mode?: OpenMode): OpenFile;

  /** Writes text to standard output; ends the process by SIGPIPE when nobody reads. */
  out(text: string): Task;
  /** Writes text to standard error. */
  err(text: string): Task;
  /** Standard input up to the next newline, without it; undefined at the end. */
  readLine(): Task<string | undefined>;
  /** All of standard input as text. */
  readAll(): Task<string>;

  /** Milliseconds since the world began. */
  readonly nowMs: number;
  sleep(ms: number): Task;
  /** Time on the processor: paid for in sleeps of a millisecond, so that no loop can stop the world. */
  charge(us: number): Task;

  /** A path as this process sees it, made absolute. */
  resolve(path: string): string;

  /** Sockets are closed when the process ends, and are listed as its own by `ss -p`. */
  tcp(): TcpSocket;
  udp(): UdpSocket;
  icmp(): IcmpSocket;
  packet(): PacketSocket;

  /** fork and exec of a program found by the machine's PATH; throws ENOENT, EACCES. */
  spawn(argv: readonly string[], options?: SpawnOptions): Child;
  /** The same for a program that is at hand rather than in a file. */
  start(program: Program, argv: readonly string[], options?: SpawnOptions): Child;
  /** execve(2): this process goes on as another program; throws ENOENT, EACCES. */
  exec(argv: readonly string[], env?: ReadonlyMap<string, string>, /** setns(2) before it: another view of the same system, of the same processes. */ machine?: Machine): Task<never>;
  /** Ends this process now, from however deep inside. */
  exit(status: number): Task<never>;
  readonly group: ProcessGroup;
  /** Sends a signal; a negative number means a process group. Throws ESRCH. */
  kill(pid: number, signal: SignalName): void;
  /** A socket that accept() gave: from now on it is this process's own. */
  adopt<T extends OwnedSocket>(socket: T): T;
  /** What a signal does from now on: a function runs at once when it arrives (and should only set a flag and notify). */
  onSignal(signal: SignalName, action: "default" | "ignore" | (() => void)): void;
  /** Called when the process ends, however it ends; for what must not outlive it. */
  onExit(release: () => void): void;
}
