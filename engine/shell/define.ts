/** A program out of its parts: shell/ lies below bin/ and cannot use bin/command.ts. */
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";

export function defineProgram(name: string, summary: string, run: (proc: Proc) => Task<number>): Program {
  return { name, summary, run };
}
