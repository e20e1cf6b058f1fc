/** less and more: shows text a screen at a time. Space and b, arrows, g G, / and n, q. Elsewhere than on a terminal they are cat. */
import { concat, text } from "../../core/bytes";
import type { Task } from "../../core/task";
import { readAll } from "../../host/lines";
import type { Proc, Program } from "../../host/proc";
import { RAW, type Tty } from "../../host/tty";
import { compileRegex } from "../../shell/regex";
import { readKeys } from "../../shell/readline-keys";
import { defineCommand } from "../command";
import { eachInput, optionsOf } from "./support";

function pager(name: "less" | "more"): Program {
  return defineCommand({
    name,
    summary: name === "less" ? "opposite of more" : "display the contents of a file in a terminal",
    *run(proc) {
      const options = yield* optionsOf(proc, { flags: "NSRXFEeimnqrs", long: { "LINE-NUMBERS": "N", "RAW-CONTROL-CHARS": "R", "quit-if-one-screen": "F" } }, 1, proc.args.filter((arg) => !/^\+/.test(arg)));
      if (typeof options === "number") return options;
      if (options.rest.length === 0 && proc.files.get(0)?.tty) {
        yield* proc.err(name === "less" ? 'Missing filename ("less --help" for help)\n' : "more: bad usage\nTry 'more --help' for more information.\n");
        return 1;
      }
      const parts: Uint8Array[] = [];
      const fine = yield* eachInput(proc, options.rest, function* (file) {
        parts.push(yield* readAll(file));
      });
      const screen = proc.files.get(1)?.tty;
      const content = text(concat(parts));
      if (!screen || content === "") {
        yield* proc.out(content);
        return fine ? 0 : 1;
      }
      const lines = content.replace(/\n$/, "").split("\n");
      yield* new Pager(proc, screen, options.has("N") ? lines.map((line, i) => `${String(i + 1).padStart(7)} ${line}`) : lines, options.has("S")).run();
      return fine ? 0 : 1;
    },
  });
}

class Pager {
  #top = 0;
  #found: { readonly test: (line: string) => boolean } | undefined;
  #message = "";

  constructor(
    private readonly proc: Proc,
    private readonly tty: Tty,
    private readonly lines: readonly string[],
    private readonly chop: boolean,
  ) {}

  get #page(): number {
    return Math.max(1, this.tty.rows - 1);
  }

  get #last(): number {
    return Math.max(0, this.lines.length - this.#page);
  }

  *run(): Task {
    const { tty, proc } = this;
    const modes = tty.modes;
    tty.modes = { ...RAW, crlf: true, signals: true };
    proc.onExit(() => {
      tty.modes = modes;
      tty.print("\x1b[?1049l");
    });
    proc.onSignal("SIGINT", () => {});
    tty.print("\x1b[?1049h");
    let typed = "";
    for (;;) {
      this.#draw();
      const bytes = yield* tty.read();
      if (bytes === undefined) return;
      const { keys, rest } = readKeys(typed + text(bytes));
      typed = rest;
      const names = keys.flatMap((key) => (key.kind === "key" ? [key.name] : key.kind === "text" ? [...key.text] : []));
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        if (name === "q" || name === "Q") return;
        if (name === "/" || name === "?") yield* this.#search(names);
        else this.#press(name);
      }
    }
  }

  #press(name: string): void {
    const move = (to: number): void => {
      this.#top = Math.max(0, Math.min(this.#last, to));
    };
    this.#message = "";
    switch (name) {
      case " ":
      case "f":
      case "page-down":
      case "C-f":
        return move(this.#top + this.#page);
      case "b":
      case "page-up":
      case "C-b":
        return move(this.#top - this.#page);
      case "enter":
      case "j":
      case "down":
      case "e":
        return move(this.#top + 1);
      case "k":
      case "up":
      case "y":
        return move(this.#top - 1);
      case "d":
      case "C-d":
        return move(this.#top + Math.floor(this.#page / 2));
      case "u":
      case "C-u":
        return move(this.#top - Math.floor(this.#page / 2));
      case "g":
      case "<":
      case "home":
        return move(0);
      case "G":
      case ">":
      case "end":
        return move(this.#last);
      case "n":
        return this.#next(this.#top + 1, 1);
      case "N":
        return this.#next(this.#top - 1, -1);
    }
  }

  /** `ahead`: keys that were typed already. */
  *#search(ahead: string[]): Task {
    let wanted = "";
    for (;;) {
      const next = ahead.shift();
      if (next === "enter") return this.#find(wanted);
      if (next === "C-g") return;
      if (next !== undefined) {
        wanted = next === "backspace" ? wanted.slice(0, -1) : wanted + (next.length === 1 ? next : "");
        continue;
      }
      this.tty.print(`\r\x1b[K/${wanted}`);
      const bytes = yield* this.tty.read();
      if (bytes === undefined) return;
      ahead.push(...readKeys(text(bytes)).keys.flatMap((key) => (key.kind === "key" ? [key.name] : key.kind === "text" ? [...key.text] : [])));
    }
  }

  #find(wanted: string): void {
    const regex = compileRegex(wanted, { extended: true });
    if ("error" in regex) {
      this.#message = `${regex.error}  (press RETURN)`;
      return;
    }
    this.#found = { test: (line) => regex.test(line) };
    this.#next(this.#top + 1, 1);
  }

  #next(from: number, step: 1 | -1): void {
    for (let at = from; at >= 0 && at < this.lines.length; at += step) {
      if (!this.#found?.test(this.lines[at] ?? "")) continue;
      this.#top = Math.min(this.#last, at);
      return;
    }
    this.#message = "Pattern not found  (press RETURN)";
  }

  #draw(): void {
    const { columns } = this.tty;
    const shown = this.lines.slice(this.#top, this.#top + this.#page).map((line) => (this.chop || line.length > columns ? line.slice(0, columns) : line));
    while (shown.length < this.#page) shown.push("~");
    const prompt = this.#message !== "" ? `\x1b[7m${this.#message}\x1b[27m` : this.#top >= this.#last ? "\x1b[7m(END)\x1b[27m" : ":";
    this.tty.print(`\x1b[H${shown.map((line) => `${line}\x1b[K\n`).join("")}${prompt}\x1b[K`);
  }
}

const man = defineCommand({
  name: "man",
  summary: "an interface to the system reference manuals",
  *run(proc) {
    const names = proc.args.filter((arg) => !arg.startsWith("-") && !/^\d$/.test(arg));
    if (names.length === 0) {
      yield* proc.err("What manual page do you want?\nFor example, try 'man man'.\n");
      return 1;
    }
    let status = 0;
    for (const name of names) {
      const program = proc.machine.programs.find((each) => each.name === name);
      if (program) yield* proc.out(`${name} - ${program.summary}\n(not modelled: the rest of the manual; try ${name} --help)\n`);
      else {
        yield* proc.err(`No manual entry for ${name}\n`);
        status = 16;
      }
    }
    return status;
  },
});

export const pagers: readonly Program[] = [pager("less"), man, pager("more")];
