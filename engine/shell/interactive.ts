import type { Task } from "../core/task";
import type { Tty } from "../host/tty";
import type { Interpreter } from "./exec";
export function* runInteractive(_interpreter: Interpreter, _tty: Tty | undefined): Task<number> {
  yield {};
  return 0;
}
