/** A sed script, read (POSIX XCU sed and GNU sed 4.9): commands with their addresses. */
import { posixRegex, type Regex } from "../posix-regex";

export type Address = { readonly kind: "line"; readonly line: number } | { readonly kind: "last" } | { readonly kind: "regex"; readonly regex: Regex | undefined } | { readonly kind: "step"; readonly first: number; readonly step: number } | { readonly kind: "more"; readonly lines: number };

export type Substitution = { readonly regex: Regex | undefined; readonly replacement: readonly Piece[]; readonly all: boolean; readonly nth: number; readonly print: boolean };
export type Piece = string | number | "\\U" | "\\L" | "\\E";

export type Command = {
  readonly name: string;
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly negate: boolean;
  readonly text: string;
  readonly substitution: Substitution | undefined;
  readonly map: ReadonlyMap<string, string> | undefined;
  /** Where a "{" ends, and where a branch goes; by index. */
  target: number;
};

export class SedProblem extends Error {
  constructor(
    message: string,
    /** 1 for a bad script, 4 for what goes wrong at work. */
    readonly exit = 1,
  ) {
    super(message);
  }
}

export function parseScript(source: string, extended: boolean): readonly Command[] {
  return new ScriptReader(source, extended).read();
}

class ScriptReader {
  #at = 0;
  readonly #commands: Command[] = [];
  readonly #open: number[] = [];

  constructor(
    private readonly source: string,
    private readonly extended: boolean,
  ) {}

  read(): readonly Command[] {
    for (this.#skip(/[\s;]/); this.#at < this.source.length; this.#skip(/[\s;]/)) this.#command();
    if (this.#open.length > 0) this.fail("unmatched `{'");
    this.#resolve();
    return this.#commands;
  }

  fail(words: string): never {
    throw new SedProblem(`-e expression #1, char ${this.#at}: ${words}`);
  }

  #peek(): string {
    return this.source[this.#at] ?? "";
  }

  #skip(set: RegExp): void {
    while (this.#at < this.source.length && set.test(this.#peek())) this.#at++;
  }

  #command(): void {
    if (this.#peek() === "#") {
      while (this.#at < this.source.length && this.#peek() !== "\n") this.#at++;
      return;
    }
    const from = this.#address();
    let to: Address | undefined;
    this.#skip(/[ \t]/);
    if (from !== undefined && this.#peek() === ",") {
      this.#at++;
      this.#skip(/[ \t]/);
      to = this.#address();
      if (to === undefined) this.fail("unexpected `,'");
    }
    this.#skip(/[ \t]/);
    const negate = this.#peek() === "!";
    while (this.#peek() === "!") this.#at++;
    this.#skip(/[ \t]/);
    const name = this.#peek();
    this.#at++;
    this.#add({ name, from, to, negate });
  }

  #add(head: Pick<Command, "name" | "from" | "to" | "negate">): void {
    let text = "";
    let substitution: Substitution | undefined;
    let map: ReadonlyMap<string, string> | undefined;
    switch (head.name) {
      case "{":
        this.#open.push(this.#commands.length);
        break;
      case "}": {
        const begin = this.#open.pop();
        if (begin === undefined) this.fail("unexpected `}'");
        (this.#commands[begin] as Command).target = this.#commands.length;
        break;
      }
      case "s":
        substitution = this.#substitution();
        break;
      case "y":
        map = this.#transliteration();
        break;
      case "a":
      case "i":
      case "c":
        text = this.#textArgument();
        break;
      case ":":
      case "b":
      case "t":
      case "T":
        this.#skip(/[ \t]/);
        text = this.#until(head.name === ":" ? /[\n;]/ : /[\n;}]/).trim();
        break;
      case "r":
      case "w":
        this.#skip(/[ \t]/);
        text = this.#until(/\n/);
        if (text === "") this.fail("missing filename in r/R/w/W commands");
        break;
      case "q":
      case "Q":
        this.#skip(/[ \t]/);
        text = this.#until(/[^\d]/);
        break;
      case "":
        this.fail("missing command");
        break;
      default:
        if (!"dDpPnNgGhHxlz=".includes(head.name)) this.fail(`unknown command: \`${head.name}'`);
    }
    this.#commands.push({ ...head, text, substitution, map, target: -1 });
    if ("{aicrw:bTt".includes(head.name)) return;
    this.#skip(/[ \t]/);
    if (this.#peek() !== "" && !/[\n;}#]/.test(this.#peek())) this.fail("extra characters after command");
  }

  #until(stop: RegExp): string {
    const from = this.#at;
    while (this.#at < this.source.length && !stop.test(this.#peek())) this.#at++;
    return this.source.slice(from, this.#at);
  }

  #address(): Address | undefined {
    const rest = this.source.slice(this.#at);
    const step = /^(\d+)~(\d+)/.exec(rest);
    const line = /^\d+/.exec(rest);
    const more = /^\+(\d+)/.exec(rest);
    if (step) {
      this.#at += step[0].length;
      return { kind: "step", first: Number(step[1]), step: Number(step[2]) };
    }
    if (line) {
      this.#at += line[0].length;
      return { kind: "line", line: Number(line[0]) };
    }
    if (more) {
      this.#at += more[0].length;
      return { kind: "more", lines: Number(more[1]) };
    }
    if (this.#peek() === "$") {
      this.#at++;
      return { kind: "last" };
    }
    if (this.#peek() !== "/" && this.#peek() !== "\\") return undefined;
    if (this.#peek() === "\\") this.#at++;
    const source = this.#delimited(this.#peek(), "unterminated address regex");
    const ignoreCase = this.#peek() === "I";
    if (ignoreCase) this.#at++;
    return { kind: "regex", regex: source === "" ? undefined : this.#regex(source, ignoreCase) };
  }

  #regex(source: string, ignoreCase: boolean): Regex {
    return posixRegex(source.replace(/\\n/g, "\n").replace(/\\t/g, "\t"), this.extended ? "extended" : "basic", ignoreCase);
  }

  /** The text up to the next unescaped delimiter; an escaped delimiter stands for itself. */
  #delimited(delimiter: string, complaint: string, regex = true): string {
    this.#at++;
    return this.#upTo(delimiter, complaint, regex);
  }

  /** In a regular expression a delimiter within brackets is an ordinary character. */
  #upTo(delimiter: string, complaint: string, regex = false): string {
    let text = "";
    let brackets = false;
    for (; this.#at < this.source.length; this.#at++) {
      const char = this.#peek();
      if (char === delimiter && !brackets) {
        this.#at++;
        return text;
      }
      if (char === "\\") {
        const next = this.source[++this.#at] ?? "";
        text += next === delimiter && !/[\\^$.*+?()[\]{}|]/.test(delimiter) ? next : `\\${next}`;
        continue;
      }
      if (regex && char === "[" && this.source.indexOf("]", this.#at + 2) > 0) brackets = true;
      else if (char === "]" && brackets) brackets = false;
      text += char;
    }
    return this.fail(complaint);
  }

  #substitution(): Substitution {
    const delimiter = this.#peek();
    if (delimiter === "" || delimiter === "\n" || delimiter === "\\") this.fail("unterminated `s' command");
    const source = this.#delimited(delimiter, "unterminated `s' command");
    const replacement = this.#upTo(delimiter, "unterminated `s' command");
    const flags = this.#until(/[^gpiIme\d]/);
    if (/[me]/.test(flags)) this.fail("not modelled: the flags m and e of `s'");
    if (this.#peek() !== "" && !/[\s;}#]/.test(this.#peek())) this.fail("unknown option to `s'");
    const nth = /\d+/.exec(flags)?.[0];
    if (nth === "0") this.fail("number option to `s' command may not be zero");
    return { regex: source === "" ? undefined : this.#regex(source, /i/i.test(flags)), replacement: pieces(replacement), all: flags.includes("g"), nth: nth === undefined ? 1 : Number(nth), print: flags.includes("p") };
  }

  #transliteration(): ReadonlyMap<string, string> {
    const delimiter = this.#peek();
    const [from, to] = [this.#delimited(delimiter, "unterminated `y' command", false), this.#upTo(delimiter, "unterminated `y' command")].map((text) => [...text.replace(/\\n/g, "\n").replace(/\\(.)/g, "$1")]);
    if (from === undefined || to === undefined || from.length !== to.length) this.fail("strings for `y' command are different lengths");
    return new Map(from.map((char, i) => [char, to[i] ?? ""]));
  }

  /** "a text", "a\" and the text on the next line; a backslash at the end of a line goes on. */
  #textArgument(): string {
    this.#skip(/[ \t]/);
    if (this.#peek() === "\\") {
      this.#at++;
      this.#skip(/[ \t]/);
      if (this.#peek() === "\n") this.#at++;
    }
    let text = "";
    for (; this.#at < this.source.length && this.#peek() !== "\n"; this.#at++) {
      if (this.#peek() === "\\") this.#at++;
      text += this.#peek();
    }
    if (text === "") this.fail("expected \\ after `a', `c' or `i'");
    return `${text}\n`;
  }

  #resolve(): void {
    const labels = new Map(this.#commands.flatMap(({ name, text }, i) => (name === ":" ? [[text, i] as const] : [])));
    for (const command of this.#commands) {
      if (!"btT".includes(command.name)) continue;
      const target = command.text === "" ? this.#commands.length : labels.get(command.text);
      if (target === undefined) throw new SedProblem(`can't find label for jump to \`${command.text}'`, 4);
      command.target = target;
    }
  }
}

function pieces(replacement: string): readonly Piece[] {
  const out: Piece[] = [];
  for (const [part] of replacement.matchAll(/\\[\s\S]|&|[^\\&]+/g)) {
    if (part === "&") out.push(0);
    else if (/^\\\d$/.test(part)) out.push(Number(part[1]));
    else if (part === "\\U" || part === "\\L" || part === "\\E") out.push(part);
    else if (part === "\\n") out.push("\n");
    else if (part === "\\t") out.push("\t");
    else out.push(part.startsWith("\\") ? part.slice(1) : part);
  }
  return out;
}
