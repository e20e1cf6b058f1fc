/**
 * Editing a line at a terminal, as GNU readline does in emacs mode: movement, killing and yanking,
 * history, reverse search, completion, bracketed paste. It draws its own echo.
 * Differs: no vi mode, no undo, no numeric arguments, no ~/.inputrc; a line has at most 64 Ki characters.
 */
import type { Signal, Task } from "../core/task";
import { KEYS, type Tty } from "../host/tty";
import { type Key, readKeys } from "./readline-keys";
import { LineView } from "./readline-view";
import { ReverseSearch } from "./readline-search";

export type Completion = {
  /** How many characters before the cursor are to be replaced. */
  readonly replaced: number;
  /** Candidates as they would stand in the line (quoted where needed, with their final blank or slash). */
  readonly candidates: readonly string[];
  /** The same as they are listed. */
  readonly labels: readonly string[];
};

export type ReadlineOptions = {
  readonly prompt: string;
  readonly history: readonly string[];
  readonly complete: (before: string) => Completion;
  /** Fires when ^C or a resize wants attention; `interrupted` says whether it was ^C. */
  readonly woken: Signal;
  readonly interrupted: () => boolean;
};

/** A line, the end of input (^D on an empty line, a hang-up), or ^C. */
export type ReadResult = { readonly kind: "line"; readonly text: string } | { readonly kind: "end" } | { readonly kind: "interrupt" };

const MAX_CHARS = 65_536;

export class Readline {
  readonly #view: LineView;
  #killed = "";
  #pending = "";

  constructor(private readonly tty: Tty) {
    this.#view = new LineView(tty);
  }

  *read(options: ReadlineOptions): Task<ReadResult> {
    const { tty } = this;
    const before = tty.modes;
    tty.modes = KEYS;
    tty.print("\x1b[?2004h");
    this.#view.reset();
    const edit = new Edit(options, this.#killed);
    try {
      this.#draw(edit);
      for (;;) {
        if (options.interrupted()) return this.#interrupted(edit);
        const typed = this.#pending + tty.takeKeys();
        if (typed === "" && tty.hungUp) return { kind: "end" };
        const { keys, rest } = readKeys(typed);
        this.#pending = rest;
        const result = this.#apply(edit, keys);
        if (result) return result;
        if (keys.length > 0) this.#draw(edit);
        yield* tty.await(options.woken, tty.resized);
        if (tty.hungUp && tty.takeKeys() === "") return { kind: "end" };
      }
    } finally {
      this.#killed = edit.killed;
      tty.print("\x1b[?2004l\r");
      tty.modes = before;
    }
  }

  #draw(edit: Edit): void {
    this.#view.draw(edit.prompt, edit.shown, edit.shownCursor);
  }

  #interrupted(edit: Edit): ReadResult {
    edit.endSearch();
    edit.toEnd();
    this.#draw(edit);
    this.tty.print("^C");
    this.#view.leave();
    this.#pending = "";
    return { kind: "interrupt" };
  }

  #apply(edit: Edit, keys: readonly Key[]): ReadResult | undefined {
    for (const [i, key] of keys.entries()) {
      const outcome = edit.press(key);
      if (outcome === "bell") this.tty.print("\x07");
      else if (outcome === "clear") this.#view.clearScreen();
      else if (outcome === "list") this.#list(edit);
      else if (outcome === "end") {
        this.#unread(keys.slice(i + 1));
        return { kind: "end" };
      } else if (outcome === "line") {
        edit.toEnd();
        this.#draw(edit);
        this.#view.leave();
        this.#unread(keys.slice(i + 1));
        return { kind: "line", text: edit.text };
      }
    }
    return undefined;
  }

  /** What was typed ahead is for whoever reads next. */
  #unread(keys: readonly Key[]): void {
    const typed = keys.map(spelled).join("") + this.#pending;
    this.#pending = "";
    this.tty.giveBack(typed);
  }

  #list(edit: Edit): void {
    const { labels } = edit.lastCompletion ?? { labels: [] };
    edit.toEnd();
    this.#draw(edit);
    this.#view.leave();
    this.tty.print(inColumns(labels, this.tty.columns));
  }
}

function spelled(key: Key): string {
  if (key.kind === "text") return key.text;
  if (key.kind === "paste") return `\x1b[200~${key.text}\x1b[201~`;
  const named: Readonly<Record<string, string>> = { enter: "\n", tab: "\t", backspace: "\x7f", up: "\x1b[A", down: "\x1b[B", right: "\x1b[C", left: "\x1b[D" };
  const plain = named[key.name];
  if (plain !== undefined) return plain;
  return key.name.startsWith("C-") ? String.fromCharCode(key.name.charCodeAt(2) - 96) : "";
}

/** As ls does it, column by column. */
export function inColumns(labels: readonly string[], columns: number): string {
  const width = Math.max(1, ...labels.map((label) => label.length)) + 2;
  const across = Math.max(1, Math.floor(columns / width));
  const rows = Math.ceil(labels.length / across);
  let text = "";
  for (let row = 0; row < rows; row++) {
    const cells: string[] = [];
    for (let i = row; i < labels.length; i += rows) cells.push(labels[i] as string);
    text += `${cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(width))).join("")}\n`;
  }
  return text;
}

type Outcome = "line" | "end" | "bell" | "clear" | "list" | undefined;

/** The text, the cursor in it, and what each key does to them. */
class Edit {
  #chars: string[] = [];
  #cursor = 0;
  #at: number;
  #saved = "";
  #search: ReverseSearch | undefined;
  #tabs = 0;
  #killing = false;
  lastCompletion: Completion | undefined;

  constructor(
    private readonly options: ReadlineOptions,
    public killed: string,
  ) {
    this.#at = options.history.length;
  }

  get text(): string {
    return this.#chars.join("");
  }

  get prompt(): string {
    return this.#search ? this.#search.prompt : this.options.prompt;
  }

  get shown(): readonly string[] {
    return this.#search ? [...this.#search.line] : this.#chars;
  }

  get shownCursor(): number {
    return this.#search ? this.#search.cursor : this.#cursor;
  }

  toEnd(): void {
    this.#cursor = this.#chars.length;
  }

  endSearch(): void {
    this.#search = undefined;
  }

  press(key: Key): Outcome {
    if (this.#search) {
      const left = this.#searching(key);
      if (left !== "leave") return left;
    }
    const killing = this.#killing;
    this.#killing = false;
    if (key.kind !== "key" || key.name !== "tab") this.#tabs = 0;
    if (key.kind === "text") return this.#insert(key.text);
    if (key.kind === "paste") return this.#insert(key.text.replace(/\r\n?/g, "\n").replace(/\n$/, "").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, ""));
    return this.#command(key.name, killing);
  }

  #searching(key: Key): Outcome | "leave" {
    const search = this.#search as ReverseSearch;
    const done = search.press(key);
    if (done === "continue") return undefined;
    if (done === "bell") return "bell";
    this.#search = undefined;
    if (done === "abort") return "bell";
    this.#replace(search.line);
    this.#cursor = search.cursor;
    return "leave";
  }

  #insert(text: string): Outcome {
    const chars = [...text];
    if (this.#chars.length + chars.length > MAX_CHARS) return "bell";
    if (this.#cursor === this.#chars.length && chars.length < 1000) this.#chars.push(...chars);
    else this.#chars = [...this.#chars.slice(0, this.#cursor), ...chars, ...this.#chars.slice(this.#cursor)];
    this.#cursor += chars.length;
    return undefined;
  }

  #replace(text: string): void {
    this.#chars = [...text];
    this.#cursor = this.#chars.length;
  }

  #command(name: string, killing: boolean): Outcome {
    switch (name) {
      case "enter":
      case "C-j":
        return "line";
      case "C-d":
        return this.#chars.length === 0 ? "end" : this.#delete(this.#cursor, this.#cursor + 1);
      case "delete":
        return this.#delete(this.#cursor, this.#cursor + 1);
      case "backspace":
      case "C-h":
        return this.#cursor === 0 ? "bell" : this.#delete(this.#cursor - 1, this.#cursor);
      case "left":
      case "C-b":
        return this.#move(this.#cursor - 1);
      case "right":
      case "C-f":
        return this.#move(this.#cursor + 1);
      case "home":
      case "C-a":
        return this.#move(0);
      case "end":
      case "C-e":
        return this.#move(this.#chars.length);
      case "M-b":
        return this.#move(this.#wordLeft());
      case "M-f":
        return this.#move(this.#wordRight());
      case "C-k":
        return this.#kill(this.#cursor, this.#chars.length, killing, "after");
      case "C-u":
        return this.#kill(0, this.#cursor, killing, "before");
      case "C-w":
        return this.#kill(this.#blankLeft(), this.#cursor, killing, "before");
      case "M-backspace":
        return this.#kill(this.#wordLeft(), this.#cursor, killing, "before");
      case "M-d":
        return this.#kill(this.#cursor, this.#wordRight(), killing, "after");
      case "C-y":
        return this.#insert(this.killed);
      case "C-t":
        return this.#transpose();
      case "up":
      case "C-p":
        return this.#history(this.#at - 1);
      case "down":
      case "C-n":
        return this.#history(this.#at + 1);
      case "M-<":
      case "page-up":
        return this.#history(0);
      case "M->":
      case "page-down":
        return this.#history(this.options.history.length);
      case "M-.":
      case "M-_":
        return this.#insert(/\S+$/.exec(this.options.history.at(-1) ?? "")?.[0] ?? "");
      case "C-r":
        this.#search = new ReverseSearch(this.options.history, this.text, this.#cursor);
        return undefined;
      case "C-l":
        return "clear";
      case "tab":
        return this.#complete();
      case "M-u":
      case "M-l":
      case "M-c":
        return this.#changeCase(name);
    }
    return undefined;
  }

  #move(to: number): Outcome {
    if (to < 0 || to > this.#chars.length) return "bell";
    this.#cursor = to;
    return undefined;
  }

  #delete(from: number, to: number): Outcome {
    if (from >= this.#chars.length) return "bell";
    this.#chars.splice(from, to - from);
    this.#cursor = from;
    return undefined;
  }

  #kill(from: number, to: number, killing: boolean, where: "before" | "after"): Outcome {
    const cut = this.#chars.splice(from, to - from).join("");
    if (killing) this.killed = where === "before" ? cut + this.killed : this.killed + cut;
    else if (cut !== "") this.killed = cut;
    this.#killing = true;
    this.#cursor = from;
    return cut === "" ? "bell" : undefined;
  }

  #wordLeft(): number {
    let at = this.#cursor;
    while (at > 0 && !isWord(this.#chars[at - 1])) at--;
    while (at > 0 && isWord(this.#chars[at - 1])) at--;
    return at;
  }

  #wordRight(): number {
    let at = this.#cursor;
    while (at < this.#chars.length && !isWord(this.#chars[at])) at++;
    while (at < this.#chars.length && isWord(this.#chars[at])) at++;
    return at;
  }

  #blankLeft(): number {
    let at = this.#cursor;
    while (at > 0 && /\s/.test(this.#chars[at - 1] ?? "")) at--;
    while (at > 0 && !/\s/.test(this.#chars[at - 1] ?? "")) at--;
    return at;
  }

  #transpose(): Outcome {
    if (this.#cursor === 0 || this.#chars.length < 2) return "bell";
    const at = Math.min(this.#cursor, this.#chars.length - 1);
    const [a = "", b = ""] = this.#chars.slice(at - 1, at + 1);
    this.#chars.splice(at - 1, 2, b, a);
    this.#cursor = at + 1;
    return undefined;
  }

  #changeCase(name: string): Outcome {
    const from = this.#cursor;
    const to = this.#wordRight();
    const word = this.#chars.slice(from, to).join("");
    const changed = name === "M-u" ? word.toUpperCase() : name === "M-l" ? word.toLowerCase() : word.toLowerCase().replace(/\w/, (char) => char.toUpperCase());
    this.#chars.splice(from, to - from, ...changed);
    this.#cursor = to;
    return undefined;
  }

  #history(to: number): Outcome {
    const { history } = this.options;
    if (to < 0 || to > history.length || to === this.#at) return "bell";
    if (this.#at === history.length) this.#saved = this.text;
    this.#at = to;
    this.#replace(history[to] ?? this.#saved);
    return undefined;
  }

  #complete(): Outcome {
    this.#tabs++;
    const before = this.#chars.slice(0, this.#cursor).join("");
    const completion = this.options.complete(before);
    this.lastCompletion = completion;
    const { candidates, replaced } = completion;
    if (candidates.length === 0) return "bell";
    const typed = [...before].slice(-replaced).join("");
    const common = candidates.length === 1 ? (candidates[0] as string) : commonPrefix(candidates);
    if (common !== typed && common.length >= (replaced === 0 ? 1 : 0) && (candidates.length === 1 || common.length > typed.length)) {
      this.#chars.splice(this.#cursor - replaced, replaced, ...common);
      this.#cursor += [...common].length - replaced;
      this.#tabs = candidates.length === 1 ? 0 : 1;
      return candidates.length === 1 ? undefined : "bell";
    }
    return this.#tabs > 1 ? "list" : "bell";
  }
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}]/u.test(char);
}

function commonPrefix(candidates: readonly string[]): string {
  let prefix = candidates[0] ?? "";
  for (const candidate of candidates) {
    let n = 0;
    while (n < prefix.length && prefix[n] === candidate[n]) n++;
    prefix = prefix.slice(0, n);
  }
  return prefix;
}
