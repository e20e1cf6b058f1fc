/** What grep prints of one file: lines with their context, counts, names, colours (GNU's defaults). */
import type { LineReader } from "../../host/lines";
import type { Proc } from "../../host/proc";
import type { Task } from "../../core/task";
import type { Matcher } from "./matcher";

export type Style = {
  readonly before: number;
  readonly after: number;
  readonly most: number;
  readonly names: boolean;
  readonly lineNumbers: boolean;
  readonly count: boolean;
  readonly list: "with" | "without" | undefined;
  readonly only: boolean;
  readonly quiet: boolean;
  readonly colour: boolean;
  readonly invert: boolean;
};

type Numbered = { readonly number: number; readonly text: string };

const paint = (code: string, text: string): string => `\u001b[${code}m\u001b[K${text}\u001b[m\u001b[K`;

export class Printer {
  #held: Numbered[] = [];
  #afterLeft = 0;
  #lastPrinted = 0;
  #selected = 0;

  constructor(
    private readonly proc: Proc,
    private readonly style: Style,
    private readonly match: Matcher,
    private readonly name: string,
  ) {}

  /** True when a line was selected. */
  *search(lines: LineReader): Task<boolean> {
    const { style } = this;
    let number = 0;
    for (let text = yield* lines.line(); text !== undefined; text = yield* lines.line()) {
      if (++number % 512 === 0) yield* this.proc.charge(50);
      const line = { number, text };
      if (!this.match.selects(text)) {
        yield* this.#context(line);
        if (this.#selected >= style.most && this.#afterLeft === 0) break;
        continue;
      }
      if (this.#selected >= style.most) break;
      this.#selected++;
      if (style.quiet || style.list !== undefined) break;
      if (!style.count) yield* this.#select(line);
      if (this.#selected >= style.most && style.after === 0) break;
    }
    yield* this.#summary();
    return this.#selected > 0;
  }

  *#summary(): Task {
    const { style } = this;
    if (style.quiet) return;
    if (style.list !== undefined) {
      if ((style.list === "with") === this.#selected > 0) yield* this.proc.out(`${this.#painted("35", this.name)}\n`);
    } else if (style.count) yield* this.proc.out(`${style.names ? `${this.#painted("35", this.name)}${this.#painted("36", ":")}` : ""}${this.#selected}\n`);
  }

  *#select(line: Numbered): Task {
    yield* this.#separator(this.#held[0]?.number ?? line.number);
    for (const earlier of this.#held) yield* this.#print(earlier, "-");
    this.#held = [];
    this.#afterLeft = this.style.after;
    if (this.style.only) yield* this.#printSpans(line);
    else yield* this.#print(line, ":");
  }

  *#context(line: Numbered): Task {
    if (this.style.count || this.style.only) return;
    if (this.#afterLeft > 0) {
      this.#afterLeft--;
      yield* this.#print(line, "-");
    } else if (this.style.before > 0) {
      this.#held.push(line);
      if (this.#held.length > this.style.before) this.#held.shift();
    }
  }

  /** "--" between groups that do not touch. */
  *#separator(next: number): Task {
    const grouped = this.style.before > 0 || this.style.after > 0;
    if (grouped && this.#lastPrinted > 0 && next > this.#lastPrinted + 1) yield* this.proc.out(`${this.#painted("36", "--")}\n`);
  }

  *#print(line: Numbered, mark: ":" | "-"): Task {
    this.#lastPrinted = line.number;
    const text = this.style.colour && (mark === ":") !== this.style.invert ? this.#coloured(line.text) : line.text;
    yield* this.proc.out(`${this.#prefix(line.number, mark)}${text}\n`);
  }

  *#printSpans({ number, text }: Numbered): Task {
    this.#lastPrinted = number;
    if (this.style.invert) return;
    for (const [from, to] of this.match.spans(text)) {
      if (to > from) yield* this.proc.out(`${this.#prefix(number, ":")}${this.#painted("01;31", text.slice(from, to))}\n`);
    }
  }

  #prefix(number: number, mark: string): string {
    const sign = this.#painted("36", mark);
    return `${this.style.names ? this.#painted("35", this.name) + sign : ""}${this.style.lineNumbers ? this.#painted("32", String(number)) + sign : ""}`;
  }

  #painted(code: string, text: string): string {
    return this.style.colour ? paint(code, text) : text;
  }

  #coloured(text: string): string {
    let out = "";
    let at = 0;
    for (const [from, to] of this.match.spans(text)) {
      if (to === from) continue;
      out += text.slice(at, from) + paint("01;31", text.slice(from, to));
      at = to;
    }
    return out + text.slice(at);
  }
}
