/** trap: commands that run when a signal comes, when a command fails, when the shell ends. */
import type { Task } from "../core/task";
import { signalNamed } from "../host/signals";
import type { Interpreter } from "./exec";
import { parseScript } from "./parser";
import type { Shell } from "./shell";
import { ShellSyntaxError } from "./syntax-error";

/** "INT", "SIGINT", "2", "EXIT", "0", "ERR": the name traps are kept under; undefined if there is none such. */
export function trapName(word: string): string | undefined {
  const upper = word.toUpperCase().replace(/^SIG/, "");
  if (upper === "0" || upper === "EXIT") return "EXIT";
  if (["ERR", "DEBUG", "RETURN"].includes(upper)) return upper;
  return signalNamed(word)?.slice(3);
}

export function setTrap(shell: Shell, name: string, action: string | undefined): void {
  if (action === undefined) shell.traps.delete(name);
  else shell.traps.set(name, action);
  if (name === "EXIT" && action) return guardEnd(shell);
  const signal = signalNamed(name);
  if (signal === undefined) return;
  if (action === "") return shell.proc.onSignal(signal, "ignore");
  if (action === undefined) {
    if (shell.onUntrapped) return shell.onUntrapped(signal);
    return shell.proc.onSignal(signal, "default");
  }
  shell.proc.onSignal(signal, () => {
    shell.pendingTraps.push(name);
    shell.trapped.notify();
  });
}

/** With an EXIT trap a shell that is told to end runs it first (termsig_handler). */
function guardEnd(shell: Shell): void {
  if (shell.interactive) return;
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    if (shell.traps.has(signal.slice(3))) continue;
    shell.proc.onSignal(signal, () => {
      shell.dying ??= signal;
      shell.trapped.notify();
    });
  }
}

export function* runPendingTraps(interpreter: Interpreter): Task {
  const { shell } = interpreter;
  while (shell.pendingTraps.length > 0) {
    const name = shell.pendingTraps.shift() as string;
    yield* runTrap(interpreter, name);
  }
}

export function* runTrap(interpreter: Interpreter, name: string): Task {
  const { shell } = interpreter;
  const action = shell.traps.get(name);
  if (action === undefined || action === "") return;
  const { status } = shell;
  const restored = name === "EXIT" || name === "ERR" || name === "DEBUG" || name === "RETURN" ? shell.traps.get(name) : undefined;
  if (restored !== undefined) shell.traps.delete(name);
  try {
    yield* interpreter.script(parseScript(action, shell.aliases));
    shell.status = status;
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    yield* shell.complain(error.message);
  } finally {
    if (restored !== undefined && name !== "EXIT") shell.traps.set(name, restored);
  }
}
