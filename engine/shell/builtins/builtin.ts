/** A command that is part of the shell: what all files in this folder are made of. */
import type { Task } from "../../core/task";
import type { Interpreter } from "../exec";
import type { DeclaredArray } from "../exec-simple";

export type Builtin = {
  readonly name: string;
  /** How `help` shows its use. */
  readonly usage: string;
  /** POSIX special builtin: assignments before it stay. */
  readonly special?: boolean;
  readonly run: (interpreter: Interpreter, args: readonly string[], arrays: readonly DeclaredArray[]) => Task<number>;
};

/** "bash: cd: -x: invalid option" and the usage line; status 2. */
export function* badOption(interpreter: Interpreter, builtin: string, option: string, usage: string): Task<number> {
  yield* interpreter.shell.complainAs(builtin, `${option}: invalid option`);
  yield* interpreter.shell.proc.err(`${builtin}: usage: ${usage}\n`);
  return 2;
}

/** Leading options that are all flags: which letters, and what follows; or the bad one. */
export function flagsOf(args: readonly string[], allowed: string): { readonly flags: string; readonly rest: readonly string[] } | { readonly bad: string } {
  let flags = "";
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return { flags, rest: args.slice(i + 1) };
    if (!/^-./.test(arg)) return { flags, rest: args.slice(i) };
    const bad = [...arg.slice(1)].find((letter) => !allowed.includes(letter));
    if (bad !== undefined) return { bad: `-${bad}` };
    flags += arg.slice(1);
  }
  return { flags, rest: [] };
}
