/** How far wget has got: rows of dots in a log, one moving bar on a terminal (progress.c). */
import { printSeconds, printShortRate, printSize } from "./numbers";

const DOT_BYTES = 1024;
const DOTS_PER_CLUSTER = 10;
const CLUSTERS = 5;
const ROW_DOTS = DOTS_PER_CLUSTER * CLUSTERS;

export interface Progress {
  begin(): string;
  /** Bytes have come. */
  more(bytes: number, elapsedMs: number): string;
  end(elapsedMs: number): string;
}

export class Dots implements Progress {
  #total = 0;
  #pending = 0;
  #dots = 0;
  #rowStartMs = 0;
  #rowBytes = 0;

  constructor(private readonly expected: number | undefined) {}

  begin(): string {
    return "";
  }

  more(bytes: number, elapsedMs: number): string {
    this.#total += bytes;
    this.#pending += bytes;
    let out = "";
    while (this.#pending >= DOT_BYTES) {
      out += this.#dots % ROW_DOTS === 0 ? this.#label() : "";
      this.#pending -= DOT_BYTES;
      this.#rowBytes += DOT_BYTES;
      out += this.#dots % DOTS_PER_CLUSTER === 0 ? " ." : ".";
      this.#dots++;
      if (this.#dots % ROW_DOTS === 0) out += this.#stats(elapsedMs, false);
    }
    return out;
  }

  #label(): string {
    return `\n${String(this.#dots).padStart(6)}K`;
  }

  #stats(elapsedMs: number, last: boolean): string {
    const done = last ? this.#total : this.#dots * DOT_BYTES;
    const percent = this.expected === undefined ? "    " : `${String(Math.floor((done * 100) / this.expected)).padStart(3)}%`;
    const seconds = Math.max((elapsedMs - this.#rowStartMs) / 1000, 1e-6);
    const rate = printShortRate(this.#rowBytes + (last ? this.#pending : 0), seconds);
    this.#rowStartMs = elapsedMs;
    this.#rowBytes = 0;
    if (last) return `${percent} ${rate}=${printSeconds(elapsedMs / 1000)}s\n`;
    if (this.expected === undefined) return `     ${rate}`;
    const left = (this.expected - done) / Math.max(done / Math.max(elapsedMs / 1000, 1e-6), 1e-6);
    return `${percent} ${rate} ${Math.floor(left)}s`;
  }

  end(elapsedMs: number): string {
    const inRow = this.#dots % ROW_DOTS;
    const label = inRow === 0 ? this.#label() : "";
    const width = CLUSTERS * (DOTS_PER_CLUSTER + 1);
    const used = inRow + Math.ceil(inRow / DOTS_PER_CLUSTER);
    return `${label}${" ".repeat(width - used)}${this.#stats(elapsedMs, true)}`;
  }
}

/** A sample shorter than this says nothing about speed. */
const SAMPLE_MS = 150;

export class Bar implements Progress {
  #total = 0;
  #shownMs = 0;

  constructor(
    private readonly name: string,
    private readonly expected: number | undefined,
    private readonly columns: number,
  ) {}

  begin(): string {
    return this.#draw(0, false);
  }

  more(bytes: number, elapsedMs: number): string {
    this.#total += bytes;
    if (elapsedMs - this.#shownMs < 200) return "";
    this.#shownMs = elapsedMs;
    return this.#draw(elapsedMs, false);
  }

  end(elapsedMs: number): string {
    return `${this.#draw(elapsedMs, true)}\n`;
  }

  #draw(elapsedMs: number, last: boolean): string {
    const width = this.columns - 1;
    const nameWidth = Math.floor(width / 4);
    const size = Math.max(0, width - nameWidth - 40);
    const head = `\r${this.name.slice(0, nameWidth).padEnd(nameWidth + 1)}`;
    const percent = this.expected === undefined ? "    " : `${String(this.expected === 0 ? 100 : Math.floor((this.#total * 100) / this.expected)).padStart(3)}%`;
    const bar = this.expected === undefined ? this.#walking(size, last) : this.#filled(size);
    const bytes = this.#total < 1024 ? String(this.#total) : printSize(this.#total, 2);
    const speed = elapsedMs >= SAMPLE_MS && this.#total > 0 ? `${printShortRate(this.#total, elapsedMs / 1000)}B/s` : "--.-KB/s";
    const tail = last ? `    in ${printSeconds(elapsedMs / 1000)}s` : "";
    return `${head}${percent}[${bar}]${bytes.padStart(8)}  ${speed.padStart(8)}${tail.padEnd(15)}`;
  }

  #filled(size: number): string {
    const done = Math.min(size, Math.floor((size * this.#total) / Math.max(this.expected ?? 1, 1)));
    return done === 0 ? " ".repeat(size) : `${"=".repeat(done - 1)}>${" ".repeat(size - done)}`;
  }

  #walking(size: number, last: boolean): string {
    return `${last ? " " : ""}<=>`.padEnd(size);
  }
}
