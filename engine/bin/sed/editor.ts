/** sed at work: the cycle over lines, pattern space and hold space. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Line, LineReader } from "../../host/lines";
import type { Proc } from "../../host/proc";
import { type Regex, replaceMatches } from "../posix-regex";
import { type Address, type Command, type Piece, SedProblem, type Substitution } from "./script";

const MOST_SPACE = 8 << 20;

export class Editor {
  #space = "";
  #hold = "";
  #newline = true;
  #lineNumber = 0;
  #reader: LineReader | undefined;
  #ahead: Line | undefined;
  #lastRegex: Regex | undefined;
  #appended: string[] = [];
  #substituted = false;
  readonly #active = new Map<Command, number>();
  #nextReader: () => Task<LineReader | undefined> = function* () {
    return undefined;
  };

  constructor(
    private readonly proc: Proc,
    private readonly script: readonly Command[],
    private readonly quiet: boolean,
    private readonly print: (text: string) => Task,
  ) {}

  *run(nextReader: () => Task<LineReader | undefined>): Task<number> {
    this.#nextReader = nextReader;
    let restart = false;
    this.#ahead = yield* this.#fetch();
    while (restart || (yield* this.#next())) {
      restart = false;
      const end = yield* this.#cycle();
      if (end === "restart") {
        restart = true;
        continue;
      }
      if (end === "print" || (typeof end === "number" && end < 256)) if (!this.quiet) yield* this.#emit(this.#space);
      yield* this.#flushAppended();
      if (typeof end === "number") return end & 255;
    }
    return 0;
  }

  *#fetch(): Task<Line | undefined> {
    for (;;) {
      this.#reader ??= yield* this.#nextReader();
      if (this.#reader === undefined) return undefined;
      const line = yield* this.#reader.next();
      if (line !== undefined) return line;
      this.#reader = undefined;
    }
  }

  *#next(): Task<boolean> {
    const line = this.#ahead;
    if (line === undefined) return false;
    this.#space = line.text;
    this.#newline = line.newline;
    this.#lineNumber++;
    this.#ahead = yield* this.#fetch();
    if (this.#lineNumber % 256 === 0) yield* this.proc.charge(100);
    return true;
  }

  *#emit(text: string): Task {
    yield* this.print(this.#newline || this.#ahead !== undefined ? `${text}\n` : text);
  }

  *#flushAppended(): Task {
    for (const text of this.#appended.splice(0)) yield* this.print(text);
  }

  /** One cycle; a number is an exit status, 256 and more without printing. */
  *#cycle(): Task<"print" | "delete" | "restart" | number> {
    this.#substituted = false;
    let steps = 0;
    for (let i = 0; i < this.script.length; i++) {
      if (++steps % 1024 === 0) yield* this.proc.charge(200);
      const command = this.script[i] as Command;
      if (this.#selected(command) === command.negate) {
        if (command.name === "{") i = command.target;
        continue;
      }
      const jump = yield* this.#execute(command);
      if (jump === undefined) continue;
      if (typeof jump !== "object") return jump;
      i = jump.to;
    }
    return "print";
  }

  *#execute(command: Command): Task<undefined | { to: number } | "print" | "delete" | "restart" | number> {
    switch (command.name) {
      case "s":
        yield* this.#substitute(command.substitution as Substitution);
        return undefined;
      case "y":
        this.#space = [...this.#space].map((char) => command.map?.get(char) ?? char).join("");
        return undefined;
      case "p":
        yield* this.#emit(this.#space);
        return undefined;
      case "P":
        yield* this.print(`${this.#space.split("\n")[0]}\n`);
        return undefined;
      case "=":
        yield* this.print(`${this.#lineNumber}\n`);
        return undefined;
      case "l":
        yield* this.print(`${visible(this.#space)}$\n`);
        return undefined;
      case "a":
        this.#appended.push(command.text);
        return undefined;
      case "i":
        yield* this.print(command.text);
        return undefined;
      case "c":
        if (command.to === undefined || command.negate || !this.#active.has(command)) yield* this.print(command.text);
        return "delete";
      case "r":
        this.#appended.push(this.#readFile(command.text));
        return undefined;
      case "w":
        this.proc.fs.writeFile(this.proc.resolve(command.text), `${this.#space}\n`, { append: true });
        return undefined;
      case "b":
        return { to: command.target };
      case "t":
      case "T": {
        const jumps = this.#substituted === (command.name === "t");
        this.#substituted = false;
        return jumps ? { to: command.target } : undefined;
      }
      case "q":
        return Number(command.text || 0);
      case "Q":
        return 256 + Number(command.text || 0);
      default:
        return yield* this.#spaces(command.name);
    }
  }

  /** The commands that move text between the lines, the pattern space and the hold space. */
  *#spaces(name: string): Task<undefined | "print" | "delete" | "restart"> {
    switch (name) {
      case "d":
        return "delete";
      case "D": {
        const end = this.#space.indexOf("\n");
        if (end < 0) return "delete";
        this.#space = this.#space.slice(end + 1);
        return "restart";
      }
      case "n":
        if (this.#ahead === undefined) return this.quiet ? "delete" : "print";
        if (!this.quiet) yield* this.#emit(this.#space);
        yield* this.#flushAppended();
        yield* this.#next();
        return undefined;
      case "N": {
        if (this.#ahead === undefined) return "print";
        const before = this.#space;
        yield* this.#flushAppended();
        yield* this.#next();
        this.#setSpace(`${before}\n${this.#space}`);
        return undefined;
      }
      case "g":
        this.#space = this.#hold;
        return undefined;
      case "G":
        this.#setSpace(`${this.#space}\n${this.#hold}`);
        return undefined;
      case "h":
        this.#hold = this.#space;
        return undefined;
      case "H":
        this.#hold = `${this.#hold}\n${this.#space}`.slice(-MOST_SPACE);
        return undefined;
      case "x":
        [this.#space, this.#hold] = [this.#hold, this.#space];
        return undefined;
      case "z":
        this.#space = "";
        return undefined;
      default:
        return undefined;
    }
  }

  #setSpace(text: string): void {
    if (text.length > MOST_SPACE) throw new SedProblem("memory exhausted");
    this.#space = text;
  }

  #readFile(path: string): string {
    try {
      return this.proc.fs.readText(this.proc.resolve(path));
    } catch (error) {
      if (error instanceof SysError) return "";
      throw error;
    }
  }

  /** Whether the addresses choose this line; a range stays open until its second address. */
  #selected(command: Command): boolean {
    const { from, to } = command;
    if (from === undefined) return true;
    if (to === undefined) return this.#at(from);
    const until = this.#active.get(command);
    if (until === undefined) {
      if (!this.#at(from)) return false;
      if (to.kind === "line" && to.line <= this.#lineNumber) return true;
      if (to.kind === "more" && to.lines === 0) return true;
      this.#active.set(command, to.kind === "more" ? this.#lineNumber + to.lines : Number.POSITIVE_INFINITY);
      return true;
    }
    if (to.kind === "line" && this.#lineNumber > to.line) {
      this.#active.delete(command);
      return this.#at(from);
    }
    if (to.kind === "more" ? this.#lineNumber >= until : this.#at(to)) this.#active.delete(command);
    return true;
  }

  #at(address: Address): boolean {
    switch (address.kind) {
      case "line":
        return this.#lineNumber === address.line;
      case "last":
        return this.#ahead === undefined;
      case "step":
        return address.step === 0 ? this.#lineNumber === address.first : this.#lineNumber >= address.first && (this.#lineNumber - address.first) % address.step === 0;
      case "regex":
        return this.#remember(address.regex).test(this.#space);
      case "more":
        return false;
    }
  }

  /** An empty regular expression is the last one that was used. */
  #remember(regex: Regex | undefined): Regex {
    const used = regex ?? this.#lastRegex;
    if (used === undefined) throw new SedProblem("no previous regular expression");
    this.#lastRegex = used;
    return used;
  }

  *#substitute({ regex, replacement, all, nth, print }: Substitution): Task {
    const pattern = this.#remember(regex);
    let changed = false;
    const after = replaceMatches(pattern, this.#space, all, (match, count) => {
      if (count < nth) return undefined;
      changed = true;
      return filled(replacement, match.groups);
    });
    if (!changed) return;
    this.#substituted = true;
    this.#setSpace(after);
    if (print) yield* this.#emit(this.#space);
  }
}

function filled(pieces: readonly Piece[], match: readonly (string | undefined)[]): string {
  let out = "";
  let shift: "\\U" | "\\L" | "\\E" = "\\E";
  for (const piece of pieces) {
    if (piece === "\\U" || piece === "\\L" || piece === "\\E") {
      shift = piece;
      continue;
    }
    const text = typeof piece === "number" ? (match[piece] ?? "") : piece;
    out += shift === "\\U" ? text.toUpperCase() : shift === "\\L" ? text.toLowerCase() : text;
  }
  return out;
}

function visible(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t");
}
