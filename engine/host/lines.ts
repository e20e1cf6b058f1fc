/**
 * Lines from a stream of bytes, as stdio's getline(3) gives them. Bytes are split at the newline
 * before they become text, so that no character is ever cut in two.
 */
import { concat, text } from "../core/bytes";
import type { Task } from "../core/task";
import type { Source } from "./proc";

export type Line = { readonly text: string; /** False for a last line that lacks its newline. */ readonly newline: boolean };

export class LineReader {
  #chunk: Uint8Array | undefined;
  #ended = false;

  constructor(
    private readonly source: Source,
    private readonly delimiter = 10,
  ) {}

  /** True when a whole line can be had without waiting. */
  get ready(): boolean {
    return this.#chunk !== undefined && this.#chunk.indexOf(this.delimiter) >= 0;
  }

  *next(): Task<Line | undefined> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const chunk = this.#chunk ?? (yield* this.#more());
      this.#chunk = undefined;
      if (chunk === undefined) return parts.length === 0 ? undefined : { text: text(concat(parts)), newline: false };
      const end = chunk.indexOf(this.delimiter);
      if (end < 0) {
        parts.push(chunk);
        continue;
      }
      if (end + 1 < chunk.length) this.#chunk = chunk.subarray(end + 1);
      const last = chunk.subarray(0, end);
      return { text: text(parts.length === 0 ? last : concat([...parts, last])), newline: true };
    }
  }

  /** The next line without its newline; undefined at the end. */
  *line(): Task<string | undefined> {
    return (yield* this.next())?.text;
  }

  /** Everything that is left. */
  *rest(): Task<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const chunk = this.#chunk ?? (yield* this.#more());
      this.#chunk = undefined;
      if (chunk === undefined) return concat(parts);
      parts.push(chunk);
    }
  }

  *#more(): Task<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const chunk = yield* this.source.read();
    if (chunk === undefined) this.#ended = true;
    return chunk;
  }
}

/** Reads a source to its end. */
export function* readAll(source: Source): Task<Uint8Array> {
  return yield* new LineReader(source).rest();
}
