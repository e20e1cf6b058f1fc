/**
 * A shell somebody sits at: prompts, edits lines, keeps a history, tells of jobs, survives ^C.
 * Without a terminal (`bash -i < file`) it reads lines all the same.
 */
import { Signal, type Task } from "../core/task";
import type { SignalName } from "../host/proc";
import { COOKED, type Tty } from "../host/tty";
import { complete } from "./completion";
import { ExpansionError, FunctionReturn, Interrupt, LoopJump, ShellExit } from "./control";
import { type Interpreter, runToEnd } from "./exec";
import { expandText } from "./expand";
import { expandHistory } from "./history-expansion";
import { describe, stateOf, tellJobs } from "./jobs";
import { Lexer } from "./lexer";
import { Parser } from "./parser";
import { expandPrompt } from "./prompt";
import { Readline, type ReadResult } from "./readline";
import { runStream } from "./run-stream";
import { runText } from "./run-text";
import { ShellSyntaxError } from "./syntax-error";
import { interruptible } from "./within";

const HISTORY_LINES = 1000;

export function* runInteractive(interpreter: Interpreter, tty: Tty | undefined): Task<number> {
  const { shell } = interpreter;
  shell.mode = "interactive";
  shell.flags.history = true;
  shell.flags.emacs = true;
  if (tty === undefined) return yield* runToEnd(interpreter, () => runStream(interpreter, shell.proc.file(0)));
  shell.flags.monitor = true;
  return yield* new Interactive(interpreter, tty).run();
}

class Interactive {
  readonly #readline: Readline;
  readonly #woken = new Signal();
  #interrupted = false;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly tty: Tty,
  ) {
    this.#readline = new Readline(tty);
  }

  *run(): Task<number> {
    const { interpreter, tty } = this;
    const { shell } = interpreter;
    const before = tty.foreground;
    tty.foreground = shell.proc.group;
    shell.onUntrapped = (signal) => this.#handle(signal);
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP"] as const) this.#handle(signal);
    // As Debian's /etc/bash.bashrc sets it; bash itself would show its name and version.
    if (shell.get("PS1") === undefined) shell.set("PS1", "\\u@\\h:\\w\\$ ");
    if (shell.get("PS2") === undefined) shell.set("PS2", "> ");
    try {
      return yield* runToEnd(interpreter, () => this.#loop());
    } finally {
      for (const job of shell.jobs.all) if (stateOf(job) !== "Done") job.group.signal("SIGHUP");
      tty.modes = COOKED;
      tty.foreground = before;
    }
  }

  #handle(signal: SignalName): void {
    const { proc } = this.interpreter.shell;
    if (signal !== "SIGINT") return proc.onSignal(signal, () => {});
    proc.onSignal("SIGINT", () => {
      this.#interrupted = true;
      this.#woken.notify();
    });
  }

  *#loop(): Task<number> {
    const { shell } = this.interpreter;
    yield* this.#startup();
    for (;;) {
      yield* tellJobs(shell.jobs, (line) => shell.proc.err(line));
      const command = yield* this.#command();
      if (command === undefined) {
        if (this.tty.hungUp) return shell.status;
        yield* shell.proc.err(shell.login ? "logout\n" : "exit\n");
        return shell.status;
      }
      if (command.trim() !== "") yield* this.#execute(command);
    }
  }

  *#startup(): Task {
    const { shell } = this.interpreter;
    for (const file of ["/etc/bash.bashrc", `${shell.home}/.bashrc`]) {
      if (!shell.proc.fs.exists(file)) continue;
      const text = shell.proc.fs.readText(file);
      yield* this.#guarded(() => runText(this.interpreter, text, "source"));
    }
  }

  /** One command, over as many lines as it takes; undefined at the end of input. */
  *#command(): Task<string | undefined> {
    const { shell } = this.interpreter;
    let text = "";
    for (;;) {
      const result: ReadResult = yield* this.#ask(text === "" ? "PS1" : "PS2");
      if (result.kind === "interrupt") {
        shell.status = 130;
        this.#interrupted = false;
        text = "";
        continue;
      }
      if (result.kind === "end") {
        if (text === "") return undefined;
        yield* this.#unfinished(text);
        text = "";
        continue;
      }
      const expanded = expandHistory(result.text, shell.history);
      if ("error" in expanded) {
        yield* shell.proc.err(`${shell.name}: ${expanded.error}\n`);
        text = "";
        continue;
      }
      if (expanded.changed) yield* shell.proc.out(`${expanded.line}\n`);
      text += expanded.line;
      if (incomplete(text, shell.aliases)) {
        text += "\n";
        continue;
      }
      this.#remember(text);
      return text;
    }
  }

  *#unfinished(text: string): Task {
    const { shell } = this.interpreter;
    this.#remember(text.trimEnd());
    yield* shell.proc.err("\n");
    yield* this.#guarded(() => runText(this.interpreter, text, "main"));
  }

  #remember(text: string): void {
    const { history } = this.interpreter.shell;
    if (text.trim() === "" || text.startsWith(" ") || history.at(-1) === text) return;
    history.push(text);
    if (history.length > HISTORY_LINES) history.shift();
  }

  *#ask(name: "PS1" | "PS2"): Task<ReadResult> {
    const { shell } = this.interpreter;
    if (name === "PS1" && shell.get("PROMPT_COMMAND")) yield* this.#guarded(() => runText(this.interpreter, shell.get("PROMPT_COMMAND") ?? "", "eval"));
    const escaped = expandPrompt(shell, shell.get(name) ?? "");
    const prompt = /[$`]/.test(escaped.slice(0, -2)) ? yield* expanded(this.interpreter, escaped) : escaped;
    this.#interrupted = false;
    return yield* this.#readline.read({
      prompt,
      history: shell.history,
      complete: (before) => complete(shell, before),
      woken: this.#woken,
      interrupted: () => {
        const was = this.#interrupted;
        this.#interrupted = false;
        return was;
      },
    });
  }

  *#execute(command: string): Task {
    const { shell } = this.interpreter;
    this.tty.modes = COOKED;
    shell.loopDepth = 0;
    shell.forgiving = 0;
    yield* this.#guarded(() => runText(this.interpreter, command, "main"));
  }

  /** Runs something that ^C may end; errors that would end a script only end this line. */
  *#guarded(run: () => Task<number>): Task {
    const { shell } = this.interpreter;
    const look = (): unknown => {
      if (!this.#interrupted) return undefined;
      this.#interrupted = false;
      return new Interrupt();
    };
    try {
      yield* interruptible(run(), this.#woken, look);
    } catch (error) {
      if (error instanceof Interrupt) {
        if (shell.status !== 130) yield* shell.proc.err("\n");
        shell.status = 130;
      } else if (error instanceof ExpansionError) {
        yield* shell.complain(error.message);
        shell.status = 1;
      } else if (!(error instanceof LoopJump || error instanceof FunctionReturn)) throw error;
    }
  }
}

export { describe };

/** A prompt may hold $(…) and ${…}. */
function* expanded(interpreter: Interpreter, prompt: string): Task<string> {
  try {
    const lexer = new Lexer(prompt, (inner) => {
      throw new ShellSyntaxError("not modelled: $(…) in a prompt", inner.line, false);
    });
    return yield* expandText(interpreter.shell, { parts: lexer.parts(() => false, "heredoc", true), raw: prompt });
  } catch (error) {
    if (error instanceof ShellSyntaxError || error instanceof ExpansionError || error instanceof ShellExit) return prompt;
    throw error;
  }
}

/** Whether more lines are needed before it can be run. */
export function incomplete(text: string, aliases: ReadonlyMap<string, string>): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  const parser = new Parser(`${text}\n`, aliases);
  try {
    while (parser.nextLine());
    return false;
  } catch (error) {
    return error instanceof ShellSyntaxError && error.incomplete;
  }
}
