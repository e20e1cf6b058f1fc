/**
 * Runs what was parsed: lists, pipelines and compound commands. Every part of a pipeline is a
 * process of its own and all of them run at once. In bash: execute_cmd.c.
 */
import type { Task } from "../core/task";
import type { Child, OpenFile, Proc } from "../host/proc";
import { makePipe } from "../host/pipe";
import type { ProcessGroup } from "../host/process-group";
import type { AndOr, Command, Item, Pipeline, Script } from "./ast";
import { ExpansionError, FunctionReturn, LoopJump, ShellExit } from "./control";
import { runCompound } from "./exec-compound";
import { runSimple } from "./exec-simple";
import { waitForeground } from "./foreground";
import { applyRedirects } from "./redirect";
import { Shell } from "./shell";
import { runPendingTraps, runTrap } from "./traps";
import { interruptible } from "./within";

export class Interpreter {
  constructor(readonly shell: Shell) {}

  *script(script: Script): Task<number> {
    for (const item of script.items) yield* this.item(item);
    return this.shell.status;
  }

  *item(item: Item): Task<number> {
    const { shell } = this;
    if (shell.pendingTraps.length > 0) yield* runPendingTraps(this);
    if (shell.flags.noexec && !shell.interactive) return 0;
    if (item.background) return yield* this.#background(item.list);
    return yield* this.andOr(item.list);
  }

  *andOr(list: AndOr): Task<number> {
    const { rest } = list;
    let status = yield* this.pipeline(list.first, rest.length > 0);
    for (const [i, { operator, pipeline }] of rest.entries()) {
      if ((operator === "&&") === (status === 0)) status = yield* this.pipeline(pipeline, i < rest.length - 1);
    }
    return status;
  }

  /** `tested`: its failure is somebody's condition, -e does not mind. */
  *pipeline(pipeline: Pipeline, tested = false): Task<number> {
    const { shell } = this;
    const forgiven = tested || pipeline.negated;
    const startedMs = shell.proc.nowMs;
    if (forgiven) shell.forgiving++;
    try {
      shell.status = yield* this.#commands(pipeline);
    } finally {
      if (forgiven) shell.forgiving--;
    }
    if (pipeline.timed) yield* shell.proc.err(times(shell.proc.nowMs - startedMs));
    if (pipeline.negated) shell.status = shell.status === 0 ? 1 : 0;
    if (shell.status !== 0 && !forgiven && shell.forgiving === 0 && minds(pipeline)) yield* this.#failed();
    if (shell.pendingTraps.length > 0) yield* runPendingTraps(this);
    return shell.status;
  }

  *#failed(): Task {
    const { shell } = this;
    if (shell.traps.has("ERR")) yield* runTrap(this, "ERR");
    if (shell.flags.errexit) throw new ShellExit(shell.status);
  }

  *#commands(pipeline: Pipeline): Task<number> {
    const { shell } = this;
    const [first, more] = pipeline.commands;
    if (first !== undefined && more === undefined) {
      const status = yield* this.command(first, pipeline.text);
      shell.pipeStatus = [status];
      return status;
    }
    const { children, group } = this.#startPipeline(pipeline);
    const statuses = yield* waitForeground(shell, children, group, pipeline.text);
    shell.pipeStatus = [...statuses];
    if (shell.flags.pipefail) return [...statuses].reverse().find((status) => status !== 0) ?? 0;
    return statuses.at(-1) ?? 0;
  }

  #startPipeline(pipeline: Pipeline): { readonly children: readonly Child[]; readonly group: ProcessGroup } {
    const { shell } = this;
    const children: Child[] = [];
    let input: OpenFile | undefined;
    let group: ProcessGroup | undefined = shell.flags.monitor ? undefined : shell.proc.group;
    for (const [i, command] of pipeline.commands.entries()) {
      const last = i === pipeline.commands.length - 1;
      const pipe = last ? undefined : makePipe(shell.proc.machine.kernel.nextPipe());
      const files = new Map<number, OpenFile>();
      if (input) files.set(0, input);
      if (pipe) files.set(1, pipe.writer);
      const child: Child = runSubshell(shell, (inner) => inner.command(command, pipeline.text, true), { files, ...(group ? { group } : { newGroup: true }) });
      group ??= child.group;
      children.push(child);
      input?.release();
      pipe?.writer.release();
      input = pipe?.reader;
    }
    return { children, group: group ?? shell.proc.group };
  }

  *#background(list: AndOr): Task<number> {
    const { shell } = this;
    const { first, rest } = list;
    const only = rest.length === 0 && first.commands.length === 1 && !first.negated && !first.timed ? first.commands[0] : undefined;
    const devNull = shell.flags.monitor ? undefined : shell.proc.open("/dev/null");
    const child = runSubshell(shell, (inner) => (only ? inner.command(only, list.text, true) : inner.andOr(list)), { newGroup: shell.flags.monitor, ...(devNull ? { files: new Map([[0, devNull]]) } : {}) });
    devNull?.release();
    shell.lastBackground = child.pid;
    const job = shell.jobs.add([child], child.group, list.text, true);
    if (shell.interactive && shell.subshell === 0 && shell.proc.tty) yield* shell.proc.err(`[${job.number}] ${child.pid}\n`);
    shell.status = 0;
    return 0;
  }

  /** `last`: this process has nothing to do afterwards and may become the program itself. */
  *command(command: Command, text: string, last = false): Task<number> {
    const { shell } = this;
    switch (command.kind) {
      case "simple":
        return yield* runSimple(this, command, text, last);
      case "function":
        shell.functions.set(command.name, { body: command.body, text: command.text });
        return 0;
      case "compound":
        return yield* this.#compound(command, text, last);
    }
  }

  *#compound(command: Extract<Command, { kind: "compound" }>, text: string, last: boolean): Task<number> {
    const { shell } = this;
    shell.line = command.line;
    if (command.redirects.length === 0) return yield* runCompound(this, command.compound, text, last);
    const undo = yield* applyRedirects(shell, command.redirects);
    if (undo === undefined) return 1;
    try {
      return yield* runCompound(this, command.compound, text, false);
    } finally {
      undo();
    }
  }
}

/** Whether -e minds: a failure inside a compound command has been minded already, inside. */
function minds({ commands }: Pipeline): boolean {
  const last = commands.at(-1);
  if (commands.length > 1 || last?.kind !== "compound") return true;
  const { kind } = last.compound;
  return kind === "subshell" || kind === "arithmetic" || kind === "condition";
}

export type SubshellOptions = { readonly files?: ReadonlyMap<number, OpenFile>; readonly group?: ProcessGroup; readonly newGroup?: boolean };

/** fork(): a copy of the shell in a process of its own. */
export function runSubshell(shell: Shell, run: (inner: Interpreter) => Task<number>, options: SubshellOptions): Child {
  const { proc } = shell;
  const begin = (child: Proc): Task<number> => {
    const inner = new Shell(child, shell);
    return runToEnd(new Interpreter(inner), run);
  };
  return proc.start({ name: basename(proc.argv[0] ?? "bash"), summary: "", run: begin }, proc.argv, options);
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Runs a shell to its end: what leaves it by exit, return or a fatal error becomes its status; then the EXIT trap. */
export function* runToEnd(interpreter: Interpreter, run: (inner: Interpreter) => Task<number>): Task<number> {
  const { shell } = interpreter;
  // A signal that ends the shell lets its EXIT trap run first.
  const dying = (): unknown => (shell.dying === undefined ? undefined : new ShellExit(0));
  shell.status = (yield* guarded(interpreter, (inner) => interruptible(run(inner), shell.trapped, dying))) ?? 0;
  const signal = shell.dying;
  shell.dying = undefined;
  if (shell.traps.has("EXIT")) {
    const { status } = shell;
    const left = yield* guarded(interpreter, function* (inner) {
      yield* runTrap(inner, "EXIT");
      return undefined;
    });
    if (signal === undefined) return left ?? status;
  }
  if (signal !== undefined) {
    shell.proc.onSignal(signal, "default");
    shell.proc.kill(shell.proc.pid, signal);
    yield {};
  }
  return shell.status;
}

function* guarded(interpreter: Interpreter, run: (inner: Interpreter) => Task<number | undefined>): Task<number | undefined> {
  const { shell } = interpreter;
  try {
    return yield* run(interpreter);
  } catch (error) {
    if (error instanceof ShellExit || error instanceof FunctionReturn) return error.status;
    if (error instanceof LoopJump) return shell.status;
    if (error instanceof ExpansionError) {
      yield* shell.complain(error.message);
      return error.fatal && shell.mode !== "command" ? 1 : error.status;
    }
    throw error;
  }
}

function times(elapsedMs: number): string {
  const minutes = Math.floor(elapsedMs / 60_000);
  return `\nreal\t${minutes}m${((elapsedMs - minutes * 60_000) / 1000).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`;
}
