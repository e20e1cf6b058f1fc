/**
 * One view of a system: the mount, PID, network and UTS namespaces that belong together.
 * A node is a Machine; so is a container on it, which shares the node's kernel and (with the other
 * containers of its Pod) a network namespace. In Linux: nsproxy.
 */
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import { text } from "../core/bytes";
import { type World, wallMs } from "../core/world";
import type { Netns } from "../net/netns";
import type { FileSystem } from "./fs";
import type { Kernel } from "./kernel";
import { absolute } from "./paths";
import { StreamFile } from "./open-file";
import { PidNamespace } from "./pids";
import type { OpenFile, Program, SignalName, SpawnOptions } from "./proc";
import { Process } from "./process";

export type User = { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string };

export const ROOT: User = { name: "root", uid: 0, gid: 0, home: "/root" };

export type MachineInit = {
  readonly world: World;
  readonly hostname: string;
  readonly netns: Netns;
  readonly kernel: Kernel;
  /** The tree, or how to make it when somebody first looks. */
  readonly fs: FileSystem | ((machine: Machine) => FileSystem);
  /** The program at an absolute path, if that is known without making the tree. */
  readonly programAt?: (path: string) => Program | undefined;
  /** What /usr/bin holds. */
  readonly programs?: readonly Program[];
  readonly env?: ReadonlyMap<string, string>;
  readonly user?: User;
  /** The node's machine, for a container: its processes are the node's too. */
  readonly host?: Machine;
  /** Another machine's PID namespace: nsenter without -p, a Pod with shareProcessNamespace. */
  readonly pids?: PidNamespace;
  /** What a view of another machine goes on with. */
  readonly rng?: Rng;
};

export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class Machine {
  readonly world: World;
  readonly kernel: Kernel;
  readonly netns: Netns;
  readonly programs: readonly Program[];
  readonly env: ReadonlyMap<string, string>;
  readonly user: User;
  readonly host: Machine | undefined;
  readonly pids: PidNamespace;
  readonly rng: Rng;
  /** Since when it is there, and the files it came with: milliseconds since 1970. */
  readonly sinceMs: number;
  hostname: string;
  #fs: FileSystem | undefined;
  readonly #init: MachineInit;

  constructor(init: MachineInit) {
    this.#init = init;
    this.world = init.world;
    this.sinceMs = wallMs(init.world);
    this.kernel = init.kernel;
    this.netns = init.netns;
    this.hostname = init.hostname;
    this.programs = init.programs ?? [];
    this.user = init.user ?? ROOT;
    this.host = init.host;
    this.pids = init.pids ?? new PidNamespace(init.host?.pids);
    this.env = init.env ?? new Map([["PATH", PATH], ["HOME", this.user.home], ["USER", this.user.name], ["LOGNAME", this.user.name], ["SHELL", "/bin/bash"]]);
    this.rng = init.rng ?? init.world.rng.fork(`machine ${init.hostname}`);
  }

  get fs(): FileSystem {
    if (this.#fs === undefined) {
      const made = typeof this.#init.fs === "function" ? this.#init.fs(this) : this.#init.fs;
      this.#fs = made.assembled().seenBy(this);
    }
    return this.#fs;
  }

  /** Makes its files now: they depend on something that may soon be otherwise. */
  makeFiles(): void {
    void this.fs;
  }

  /** True once somebody has looked into its files. */
  get hasFiles(): boolean {
    return this.#fs !== undefined || typeof this.#init.fs !== "function";
  }

  /** The same system with another network namespace, other files …: what setns(2) does to a process. */
  view(changes: { readonly netns?: Netns; readonly fs?: FileSystem; readonly hostname?: string; readonly pids?: PidNamespace }): Machine {
    return new Machine({ ...this.#init, fs: this.fs, pids: this.pids, hostname: this.hostname, rng: this.rng, ...changes });
  }

  /** The processes it sees, by the number it knows them under. */
  get processes(): ReadonlyMap<number, Process> {
    return this.pids.processes;
  }

  /** Starts a program of its PATH without a parent; descriptors not given are /dev/null. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Process {
    const env = this.#environment(options);
    const { program, argv: actual } = this.executable(argv, env, options.cwd ?? "/");
    return this.#begin(program, actual, { ...options, env }, false);
  }

  /** Starts a program that is at hand. */
  start(program: Program, argv: readonly string[] = [program.name], options: SpawnOptions = {}): Process {
    return this.#begin(program, argv, { ...options, env: this.#environment(options) }, true);
  }

  #environment({ env }: SpawnOptions): ReadonlyMap<string, string> {
    return env === undefined ? this.env : new Map([...this.env, ...env]);
  }

  #begin(program: Program, argv: readonly string[], options: SpawnOptions, fork: boolean): Process {
    const files = new Map<number, OpenFile>(options.files);
    const opened: OpenFile[] = [];
    for (const descriptor of [0, 1, 2]) {
      if (files.has(descriptor)) continue;
      const file = new StreamFile("/dev/null", {});
      files.set(descriptor, file);
      opened.push(file);
    }
    const process = new Process(program, { ...options, machine: this, argv, files, parent: undefined, fork });
    for (const file of opened) file.release();
    return process;
  }

  /** kill(2): `sender` undefined means from outside the namespace. */
  signal(pid: number, signal: SignalName, sender?: Process): void {
    const targets = pid > 0 ? [this.processes.get(pid)] : [...this.processes.values()].filter((process) => process.group.id === -pid || (pid === 0 && process.group === sender?.group) || (pid === -1 && process !== sender && process.pidIn(this.pids) !== 1));
    const found = targets.filter((target) => target !== undefined);
    if (found.length === 0) throw new SysError("ESRCH");
    for (const target of found) target.deliver(signal, sender !== undefined && target.machine.pids === sender.machine.pids);
  }

  /** Finds what execvp(3) would run: the program behind a path, or the interpreter its #! line names. */
  executable(argv: readonly string[], env: ReadonlyMap<string, string>, cwd: string): { readonly program: Program; readonly argv: readonly string[]; readonly path: string } {
    const [name = ""] = argv;
    const known = this.hasFiles || !name.startsWith("/") ? undefined : this.#init.programAt?.(name);
    if (known !== undefined) return { program: known, argv, path: name };
    const path = this.find(name, env, cwd);
    return this.#load(path, argv, 0, name.includes("/") ? name : path);
  }

  /** Where a command's file is; throws ENOENT, EACCES. */
  find(name: string, env: ReadonlyMap<string, string>, cwd: string): string {
    if (name === "") throw new SysError("ENOENT");
    if (name.includes("/")) return this.#runnable(absolute(name, cwd, 0));
    let denied = false;
    for (const folder of (env.get("PATH") ?? PATH).split(":")) {
      const path = `${folder === "" ? cwd : absolute(folder, cwd, 0)}/${name}`;
      if (!this.fs.exists(path)) continue;
      try {
        return this.#runnable(path);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        denied = true;
      }
    }
    throw new SysError(denied ? "EACCES" : "ENOENT");
  }

  #runnable(path: string): string {
    const stat = this.fs.stat(path);
    if (stat.kind === "directory" || (stat.mode & 0o111) === 0) throw new SysError("EACCES");
    return path;
  }

  /** `shown`: the script's name as its interpreter is told it. */
  #load(path: string, argv: readonly string[], depth: number, shown = path): { readonly program: Program; readonly argv: readonly string[]; readonly path: string } {
    const program = this.fs.program(path);
    if (program !== undefined) return { program, argv, path };
    if (depth > 4) throw new SysError("ELOOP");
    const written = text(this.fs.readFile(path).subarray(0, 256));
    const [, interpreter = "/bin/sh", argument] = /^#![ \t]*(\S+)(?:[ \t]+([^\n]*?))?[ \t]*(?:\n|$)/.exec(written) ?? [];
    const next = [interpreter, ...(argument ? [argument] : []), shown, ...argv.slice(1)];
    return this.#load(this.#runnable(interpreter), next, depth + 1);
  }
}
