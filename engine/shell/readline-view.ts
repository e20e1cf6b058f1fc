/** Draws a line that is being edited: prompt, text and cursor over as many rows as it takes. */
import type { Tty } from "../host/tty";
import { charWidth } from "../host/width";

type Spot = { readonly row: number; readonly column: number };

export class LineView {
  #cursor: Spot = { row: 0, column: 0 };
  #rows = 0;
  #drawn = "";

  constructor(private readonly tty: Tty) {}

  /** A new prompt, on a fresh row. */
  reset(): void {
    this.#cursor = { row: 0, column: 0 };
    this.#rows = 0;
    this.#drawn = "";
  }

  draw(prompt: string, text: readonly string[], cursor: number): void {
    const shown = text.join("");
    const atEnd = cursor === text.length;
    const whole = `${prompt}\0${shown}`;
    const { columns } = this.tty;
    const end = place(prompt, shown, columns);
    if (atEnd && this.#drawn !== "" && whole.startsWith(this.#drawn) && this.#atEnd && !whole.slice(this.#drawn.length).includes("\n")) {
      this.tty.print(whole.slice(this.#drawn.length) + (end.column === 0 && end.row > this.#cursor.row ? " \r" : ""));
      return this.#remember(whole, end, end);
    }
    const spot = atEnd ? end : place(prompt, text.slice(0, cursor).join(""), columns);
    let output = this.#home();
    output += `\x1b[J${visible(prompt)}${shown}`;
    if (end.column === 0 && end.row > 0 && !shown.endsWith("\n")) output += " \r";
    if (!atEnd) output += `${up(end.row - spot.row)}\r${spot.column === 0 ? "" : `\x1b[${spot.column}C`}`;
    this.tty.print(output);
    this.#remember(whole, spot, end);
    this.#atEnd = atEnd;
  }

  #atEnd = true;

  #remember(whole: string, spot: Spot, end: Spot): void {
    this.#drawn = whole;
    this.#cursor = spot;
    this.#rows = end.row;
  }

  #home(): string {
    return `${up(this.#cursor.row)}\r`;
  }

  /** Leaves the line as it is and goes below it. */
  leave(): void {
    this.tty.print(`${down(this.#rows - this.#cursor.row)}\n`);
    this.reset();
  }

  clearScreen(): void {
    this.tty.print("\x1b[H\x1b[2J");
    this.reset();
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

function down(rows: number): string {
  return rows > 0 ? `\x1b[${rows}B` : "";
}

/** \[ and \] of PS1 arrive as these two; they say what takes no room. */
function visible(prompt: string): string {
  return prompt.replace(/[\x01\x02]/g, "");
}

/** Where the cursor is after a prompt and a text, counted from where the prompt began. */
function place(prompt: string, text: string, columns: number): Spot {
  let row = 0;
  let column = 0;
  const bare = prompt.replace(/\x01[^\x02]*\x02/g, "").replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07/g, "");
  for (const char of bare + text) {
    if (char === "\n") {
      row++;
      column = 0;
      continue;
    }
    const width = char === "\t" ? 8 - (column % 8) : charWidth(char.codePointAt(0) ?? 0);
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
    if (column === columns) {
      row++;
      column = 0;
    }
  }
  return { row, column };
}
