/**
 * The state of one shell: variables, functions, options, jobs, traps. A subshell is a copy of it
 * in a process of its own. What runs commands on it is exec.ts.
 */
import { Signal, type Task } from "../core/task";
import { wallMs } from "../core/world";
import { textWidth } from "../host/width";
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import type { Proc, SignalName } from "../host/proc";
import type { ProcessGroup } from "../host/process-group";
import type { Command } from "./ast";
import { ExpansionError } from "./control";
import { Jobs } from "./jobs";
import { Variables, type Variable } from "./variables";

/** How errors are introduced: "bash: ", "bash: line 3: ", "./script: line 3: ". */
export type Mode = "interactive" | "command" | "script";

export type Flags = { allexport: boolean; errexit: boolean; noglob: boolean; noexec: boolean; nounset: boolean; verbose: boolean; xtrace: boolean; noclobber: boolean; pipefail: boolean; hashall: boolean; monitor: boolean; braceexpand: boolean; history: boolean; emacs: boolean };
export type FunctionDefinition = { readonly body: Command; readonly text: string };

export class Shell {
  readonly functions: Map<string, FunctionDefinition>;
  readonly aliases: Map<string, string>;
  readonly flags: Flags;
  readonly switches: Map<string, boolean>;
  readonly traps: Map<string, string>;
  readonly jobs: Jobs;
  readonly hashed: Map<string, { path: string; hits: number }>;
  variables: Variables;
  history: string[] = [];
  name = "bash";
  mode: Mode = "command";
  positional: string[] = [];
  status = 0;
  pipeStatus: number[] = [0];
  lastBackground: number | undefined;
  lastArgument = "";
  line = 1;
  /** $$: a subshell keeps its parent's. */
  readonly mainPid: number;
  subshell = 0;
  callDepth = 0;
  callers: string[] = [];
  sourceDepth = 0;
  loopDepth = 0;
  /** Above 0 where -e looks away: conditions, && and ||, after !. */
  forgiving = 0;
  directories: string[] = [];
  optionLetter = 0;
  warnedOfJobs = false;
  /** This process is another program from now on: descriptors stay as they are. */
  replaced = false;
  /** Descriptors of <(…), to be closed when the command that used them is over. */
  borrowed: number[] = [];
  /** A trap waits to be run; whoever sleeps on behalf of the shell wakes up. */
  readonly trapped = new Signal();
  pendingTraps: string[] = [];
  /** A signal that ends the shell once its EXIT trap has run. */
  dying: SignalName | undefined;
  /** What an interactive shell does about a signal whose trap is taken away. */
  onUntrapped: ((signal: SignalName) => void) | undefined;
  /** It was started as one logs in: "-bash", bash -l. */
  login = false;
  /** The job that has the terminal. */
  foreground: ProcessGroup | undefined;
  readonly #startedMs: number;
  #secondsOffset = 0;
  #random: Rng | undefined;

  constructor(
    readonly proc: Proc,
    parent?: Shell,
  ) {
    this.functions = new Map(parent?.functions);
    this.aliases = new Map(parent?.aliases);
    this.switches = new Map(parent?.switches);
    this.flags = parent ? { ...parent.flags, monitor: false } : { allexport: false, errexit: false, noglob: false, noexec: false, nounset: false, verbose: false, xtrace: false, noclobber: false, pipefail: false, hashall: true, monitor: false, braceexpand: true, history: false, emacs: false };
    this.traps = new Map([...(parent?.traps ?? [])].filter(([, action]) => action === ""));
    this.hashed = new Map(parent?.hashed);
    this.jobs = new Jobs();
    this.variables = parent ? parent.variables.copy() : new Variables();
    this.mainPid = parent?.mainPid ?? proc.pid;
    this.#startedMs = parent ? parent.#startedMs : proc.nowMs;
    if (parent) this.#copy(parent);
    else this.#import();
  }

  #copy(parent: Shell): void {
    this.name = parent.name;
    this.mode = parent.mode;
    this.positional = [...parent.positional];
    this.status = parent.status;
    this.lastBackground = parent.lastBackground;
    this.lastArgument = parent.lastArgument;
    this.line = parent.line;
    this.subshell = parent.subshell + 1;
    this.callDepth = parent.callDepth;
    this.callers = [...parent.callers];
    this.sourceDepth = parent.sourceDepth;
    this.forgiving = parent.forgiving;
    this.directories = [...parent.directories];
    this.history = parent.history;
    this.#secondsOffset = parent.#secondsOffset;
  }

  #import(): void {
    const { proc } = this;
    for (const [name, value] of proc.env) {
      if (!/^[A-Za-z_]\w*$/.test(name)) continue;
      const variable = this.variables.need(name);
      variable.value = value;
      variable.exported = true;
    }
    const set = (name: string, value: string, exported = false): void => {
      const variable = this.variables.need(name);
      variable.value = value;
      variable.exported ||= exported;
    };
    set("PWD", proc.cwd, true);
    this.variables.need("OLDPWD").exported = true;
    set("SHLVL", String((Number(proc.env.get("SHLVL")) || 0) + 1), true);
    set("IFS", " \t\n");
    set("PS4", "+ ");
    set("OPTIND", "1");
    set("OPTERR", "1");
    set("HOSTNAME", proc.machine.hostname);
    set("HOSTTYPE", "x86_64");
    set("OSTYPE", "linux-gnu");
    set("MACHTYPE", "x86_64-pc-linux-gnu");
    set("BASH", "/bin/bash");
    set("BASH_VERSION", "5.2.15(1)-release");
    if (!proc.env.has("PATH")) set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    set("PPID", String(proc.ppid));
    for (const name of ["UID", "EUID"]) set(name, String(proc.machine.user.uid));
    for (const name of ["PPID", "UID", "EUID"]) this.variables.need(name).readonly = true;
  }

  get interactive(): boolean {
    return this.mode === "interactive";
  }

  // Variables

  /** $name for a name that is not special: undefined when unset. */
  get(name: string): string | undefined {
    return this.#computed(name) ?? this.variables.find(name)?.scalar;
  }

  #computed(name: string): string | undefined {
    const { proc } = this;
    switch (name) {
      case "RANDOM":
        this.#random ??= proc.rng.fork(`RANDOM ${proc.pid} ${proc.nowMs}`);
        return String(this.#random.below(32_768));
      case "SECONDS":
        return String(Math.floor((proc.nowMs - this.#startedMs) / 1000) + this.#secondsOffset);
      case "LINENO":
        return String(this.line);
      case "BASHPID":
        return String(proc.pid);
      case "BASH_SUBSHELL":
        return String(this.subshell);
      case "EPOCHSECONDS":
        return String(Math.floor(wallMs(proc.world) / 1000));
      case "EPOCHREALTIME":
        return (wallMs(proc.world) / 1000).toFixed(6);
      case "PIPESTATUS":
        return String(this.pipeStatus[0] ?? 0);
      case "FUNCNAME":
        return this.callers.at(-1);
      case "COLUMNS":
        return this.interactive && proc.tty && !this.variables.find("COLUMNS") ? String(proc.tty.columns) : undefined;
      case "LINES":
        return this.interactive && proc.tty && !this.variables.find("LINES") ? String(proc.tty.rows) : undefined;
    }
    return undefined;
  }

  /** Throws ExpansionError for a read-only one. */
  writable(name: string, variable = this.variables.need(name)): Variable {
    if (variable.readonly) throw new ExpansionError(`${name}: readonly variable`, true);
    return variable;
  }

  set(name: string, value: string, variable = this.variables.need(name)): void {
    this.writable(name, variable);
    if (name === "SECONDS") {
      this.#secondsOffset = (Number(value) || 0) - Math.floor((this.proc.nowMs - this.#startedMs) / 1000);
      return;
    }
    if (name === "RANDOM") this.#random = this.proc.world.rng.fork(`RANDOM ${value}`);
    if (name === "OPTIND") this.optionLetter = 0;
    if (name === "PATH") this.hashed.clear();
    const shaped = variable.shaped(value);
    if (variable.array) variable.array.set(0, shaped);
    else if (variable.associative) variable.associative.set("0", shaped);
    else variable.value = shaped;
    if (this.flags.allexport) variable.exported = true;
  }

  /** A special parameter, a positional one or a variable; undefined when unset. */
  parameter(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === "0" ? this.name : this.positional[Number(name) - 1];
    switch (name) {
      case "?":
        return String(this.status);
      case "#":
        return String(this.positional.length);
      case "$":
        return String(this.mainPid);
      case "!":
        return this.lastBackground === undefined ? undefined : String(this.lastBackground);
      case "-":
        return this.#letters();
      case "_":
        return this.lastArgument;
    }
    return this.get(name);
  }

  #letters(): string {
    const { flags } = this;
    const letters: readonly (readonly [boolean, string])[] = [[flags.allexport, "a"], [flags.errexit, "e"], [flags.noglob, "f"], [flags.hashall, "h"], [this.interactive, "i"], [flags.monitor, "m"], [flags.nounset, "u"], [flags.verbose, "v"], [flags.xtrace, "x"], [flags.braceexpand, "B"], [flags.noclobber, "C"], [this.interactive, "H"], [this.mode === "command", "c"]];
    return letters.map(([on, letter]) => (on ? letter : "")).join("");
  }

  get home(): string {
    return this.get("HOME") ?? this.proc.machine.user.home;
  }

  // Speaking

  get prefix(): string {
    return this.interactive ? `${this.name}: ` : `${this.name}: line ${this.line}: `;
  }

  *complain(message: string): Task {
    yield* this.proc.err(`${this.prefix}${message}\n`);
  }

  /** A builtin's complaint: "bash: cd: …". */
  *complainAs(builtin: string, message: string): Task {
    yield* this.complain(`${builtin}: ${message}`);
  }

  columns(): number {
    return this.proc.tty?.columns ?? 80;
  }

  width(text: string): number {
    return textWidth(text);
  }
}

/** Runs what may fail with a system error; hands back its words. */
export function attempt<T>(run: () => T): { readonly value: T } | { readonly error: SysError } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof SysError) return { error };
    throw error;
  }
}
