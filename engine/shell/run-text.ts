/** Runs text as bash does: one complete line after the other, each before the next is even parsed. */
import type { Task } from "../core/task";
import type { Script } from "./ast";
import { ExpansionError } from "./control";
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
    yield* warn(interpreter, parser);
    if (yield* runLine(interpreter, line, origin)) return shell.status;
  }
}

/** An error in an expansion gives up the line it is in: all of -c and of what is typed, one line of a script. True: stop. */
function* runLine(interpreter: Interpreter, line: Script, origin: "main" | "eval" | "source"): Task<boolean> {
  const { shell } = interpreter;
  try {
    yield* interpreter.script(line);
    return false;
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.fatal || origin !== "main" || shell.mode !== "script" || shell.subshell > 0) throw error;
    yield* shell.complain(error.message);
    shell.status = 1;
    return false;
  }
}

/** Here-documents that ran into the end of the script. */
function* warn({ shell }: Interpreter, { lexer }: Parser): Task {
  for (const warning of lexer.warnings.splice(0)) yield* shell.proc.err(shell.interactive ? `${shell.name}: ${warning.text}\n` : `${shell.name}: line ${warning.line}: ${warning.text}\n`);
}

export function* complain(interpreter: Interpreter, error: ShellSyntaxError, text: string, origin: "main" | "eval" | "source"): Task {
  const { shell } = interpreter;
  const name = shell.mode === "command" && origin === "main" ? `${shell.name}: -c` : origin === "eval" ? `${shell.name}: eval` : shell.name;
  const prefix = shell.interactive && origin === "main" ? `${shell.name}: ` : `${name}: line ${error.line}: `;
  yield* shell.proc.err(`${prefix}${error.message}\n`);
  if (error.showsLine && prefix.includes("line")) yield* shell.proc.err(`${prefix}\`${text.split("\n")[error.line - 1] ?? ""}'\n`);
}
