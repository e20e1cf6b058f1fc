/** set -x: each command goes to standard error before it runs, behind $PS4. */
import type { Task } from "../core/task";
import type { Shell } from "./shell";

export function* traceRaw(shell: Shell, command: string): Task {
  yield* shell.proc.err(`${shell.get("PS4") ?? "+ "}${command}\n`);
}
