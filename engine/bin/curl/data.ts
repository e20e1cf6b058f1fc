/** Files that curl reads: "-" is standard input. */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";

/** Undefined when it cannot be read. */
export function* readInput(proc: Proc, name: string): Task<Uint8Array | undefined> {
  if (name === "-") return utf8(yield* proc.readAll());
  try {
    return proc.fs.readFile(proc.resolve(name));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
