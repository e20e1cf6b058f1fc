/**
 * Archives as GNU tar writes and reads them, tar(5): blocks of 512 bytes, a header for each member,
 * names beyond a hundred bytes in a member of their own (././@LongLink), two empty blocks at the end.
 */
import { concat, NO_BYTES, text, utf8 } from "../../core/bytes";

export type Member = {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly data: Uint8Array;
  /** Where a symbolic link leads. */
  readonly target: string;
};

const BLOCK = 512;
/** Twenty blocks are a record: archives are filled up to whole ones. */
const RECORD = 20 * BLOCK;
const NAME_MAX = 100;
const TYPES = { file: "0", directory: "5", symlink: "2" } as const;
const LONG_NAME = "L";
const LONG_LINK = "K";

export function encodeMember({ name, kind, mode, mtime, data, target }: Member): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [type, long] of [[LONG_LINK, target], [LONG_NAME, name]] as const) {
    const bytes = utf8(`${long}\0`);
    if (bytes.length - 1 > NAME_MAX) parts.push(header({ name: "././@LongLink", type, mode: 0o644, mtime: 0, size: bytes.length, target: "" }), padded(bytes));
  }
  parts.push(header({ name, type: TYPES[kind], mode, mtime, size: data.length, target }), padded(data));
  return concat(parts);
}

/** What comes after so many bytes of members. */
export function endOfArchive(written: number): Uint8Array {
  const rest = (written + 2 * BLOCK) % RECORD;
  return new Uint8Array(2 * BLOCK + (rest === 0 ? 0 : RECORD - rest));
}

type Head = { readonly name: string; readonly type: string; readonly mode: number; readonly mtime: number; readonly size: number; readonly target: string };

function header({ name, type, mode, mtime, size, target }: Head): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, written: Uint8Array, length: number): void => block.set(written.subarray(0, length), at);
  const octal = (at: number, value: number, digits: number): void => put(at, utf8(value.toString(8).padStart(digits, "0")), digits);
  put(0, utf8(name), NAME_MAX);
  octal(100, mode, 7);
  octal(108, 0, 7);
  octal(116, 0, 7);
  octal(124, size, 11);
  octal(136, mtime, 11);
  put(148, utf8("        "), 8);
  put(156, utf8(type), 1);
  put(157, utf8(target), NAME_MAX);
  put(257, utf8("ustar  \0"), 8);
  put(265, utf8("root"), 4);
  put(297, utf8("root"), 4);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, utf8(`${sum.toString(8).padStart(6, "0")}\0 `), 8);
  return block;
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  out.set(bytes);
  return out;
}

/** Takes an archive apart as it comes. */
export class ArchiveReader {
  #bytes: Uint8Array = NO_BYTES;
  #longName: string | undefined;
  #longTarget: string | undefined;
  /** The two empty blocks have been seen. */
  ended = false;
  /** What came is no archive. */
  broken = false;

  push(bytes: Uint8Array): void {
    this.#bytes = concat([this.#bytes, bytes]);
  }

  /** Undefined when more bytes are needed, or none will help. */
  next(): Member | undefined {
    while (!this.ended && !this.broken && this.#bytes.length >= BLOCK) {
      const head = this.#bytes.subarray(0, BLOCK);
      if (head.every((byte) => byte === 0)) {
        this.ended = true;
        return undefined;
      }
      const size = number(head, 124, 12);
      const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
      if (Number.isNaN(size) || sum !== number(head, 148, 8)) {
        this.broken = true;
        return undefined;
      }
      const length = BLOCK + Math.ceil(size / BLOCK) * BLOCK;
      if (this.#bytes.length < length) return undefined;
      const data = this.#bytes.slice(BLOCK, BLOCK + size);
      const member = this.#member(head, data);
      this.#bytes = this.#bytes.slice(length);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  #member(head: Uint8Array, data: Uint8Array): Member | undefined {
    const type = string(head, 156, 1);
    if (type === LONG_NAME) this.#longName = string(data, 0, data.length);
    else if (type === LONG_LINK) this.#longTarget = string(data, 0, data.length);
    else {
      const prefix = string(head, 257, 6) === "ustar" && string(head, 263, 2) === "00" ? string(head, 345, 155) : "";
      const short = string(head, 0, NAME_MAX);
      const name = this.#longName ?? (prefix === "" ? short : `${prefix}/${short}`);
      const target = this.#longTarget ?? string(head, 157, NAME_MAX);
      this.#longName = undefined;
      this.#longTarget = undefined;
      const kind = type === "5" ? "directory" : type === "2" ? "symlink" : "file";
      if (["x", "g"].includes(type)) return undefined; // POSIX's extended headers say nothing that is kept here.
      return { name, kind, mode: number(head, 100, 8) & 0o7777, mtime: number(head, 136, 12), data: kind === "file" ? data : NO_BYTES, target };
    }
    return undefined;
  }
}

function string(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return text(end < 0 ? field : field.subarray(0, end));
}

function number(bytes: Uint8Array, at: number, length: number): number {
  const written = string(bytes, at, length).trim();
  return written === "" ? 0 : /^[0-7]+$/.test(written) ? Number.parseInt(written, 8) : Number.NaN;
}
