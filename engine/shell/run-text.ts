/** Runs text as bash does: one complete line after the other, each before the next is even parsed. */
import type { Task } from "../core/task";
import type { Script } from "./ast";
import type { Interpreter } from "./exec";
import { Parser } from "./parser";
import { ShellSyntaxError } from "./syntax-error";

/** "eval" and "source" speak of themselves in errors; "main" is the script or -c itself. */
export function* runText(interpreter: Interpreter, text: string, origin: "main" | "eval" | "source"): Task<number> {
  const { shell } = interpreter;
  const parser = new Parser(text, shell.aliases);
  parser.lexer.lenientHeredocs = true;
  for (;;) {
    let line: Script | undefined;
    try {
      line = parser.nextLine();
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      yield* complain(interpreter, error, text, origin);
      shell.status = 2;
      return 2;
    }
    if (line === undefined) return shell.status;
    yield* interpreter.script(line);
    if (shell.aborted) {
      shell.aborted = false;
      return shell.status;
    }
  }
}

export function* complain(interpreter: Interpreter, error: ShellSyntaxError, text: string, origin: "main" | "eval" | "source"): Task {
  const { shell } = interpreter;
  const name = shell.mode === "command" && origin === "main" ? `${shell.name}: -c` : origin === "eval" ? `${shell.name}: eval` : shell.name;
  const prefix = shell.interactive && origin === "main" ? `${shell.name}: ` : `${name}: line ${error.line}: `;
  yield* shell.proc.err(`${prefix}${error.message}\n`);
  if (error.showsLine && prefix.includes("line")) yield* shell.proc.err(`${prefix}\`${text.split("\n")[error.line - 1] ?? ""}'\n`);
}
