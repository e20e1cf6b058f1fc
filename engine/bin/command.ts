/** One command: a name, a line for `help`, and a generator that is the program. */
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";

export function defineCommand(command: { readonly name: string; readonly summary: string; run(proc: Proc): Task<number> }): Program {
  return command;
}

/** What is known and left out: said on standard error, exit status 2. */
export function* notModelled(proc: Proc, what: string): Task<number> {
  yield* proc.err(`${proc.argv[0] ?? "?"}: not modelled: ${what}\n`);
  return 2;
}
