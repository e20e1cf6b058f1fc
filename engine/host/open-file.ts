/**
 * Open file descriptions: what several descriptors, of several processes, can share (open(2)).
 * The last descriptor that goes closes it.
 */
import { utf8, text } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { FileContext, Dynamic, Regular } from "./inode";
import type { OpenFile, Sink, Source } from "./proc";
import type { Tty } from "./tty";

export type Access = { readonly read: boolean; readonly write: boolean; readonly append: boolean };

/** Counts the descriptors; subclasses say what reading, writing and closing mean. */
export abstract class Description implements OpenFile {
  readonly tty: Tty | undefined = undefined;
  #references = 1;

  constructor(readonly name: string) {}

  abstract read(maxBytes?: number): Task<Uint8Array | undefined>;
  abstract write(bytes: Uint8Array): Task;
  protected abstract closed(): void;

  retain(): OpenFile {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.closed();
  }
}

const CHUNK_BYTES = 65_536;

export class RegularFile extends Description {
  #offset = 0;

  constructor(
    name: string,
    readonly inode: Regular,
    private readonly access: Access,
    private readonly touch: () => void,
  ) {
    super(name);
  }

  get offset(): number {
    return this.#offset;
  }

  seek(offset: number): void {
    this.#offset = offset;
  }

  *read(maxBytes = CHUNK_BYTES): Task<Uint8Array | undefined> {
    if (!this.access.read) throw new SysError("EBADF");
    if (this.#offset >= this.inode.size) return undefined;
    const chunk = this.inode.bytes.slice(this.#offset, this.#offset + maxBytes);
    this.#offset += chunk.length;
    return chunk;
  }

  *write(bytes: Uint8Array): Task {
    if (!this.access.write) throw new SysError("EBADF");
    if (this.access.append) this.#offset = this.inode.size;
    this.inode.write(this.#offset, bytes);
    this.#offset += bytes.length;
    this.touch();
  }

  protected closed(): void {}
}

/** A file of /proc: its text is fixed at the first read (seq_file), a write is understood at once. */
export class DynamicFile extends Description {
  #rest: Uint8Array | undefined;

  constructor(
    name: string,
    private readonly inode: Dynamic,
    private readonly context: FileContext,
  ) {
    super(name);
  }

  *read(maxBytes = CHUNK_BYTES): Task<Uint8Array | undefined> {
    this.#rest ??= utf8(this.inode.read(this.context));
    if (this.#rest.length === 0) return undefined;
    const chunk = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  *write(bytes: Uint8Array): Task {
    if (this.inode.write === undefined) throw new SysError("EACCES");
    this.inode.write(text(bytes), this.context);
  }

  protected closed(): void {}
}

/** Something made of two functions: devices, and what a test or the lab listens to. */
export class StreamFile extends Description {
  override readonly tty: Tty | undefined;

  constructor(
    name: string,
    private readonly ends: { readonly source?: Source; readonly sink?: Sink; readonly tty?: Tty; readonly onClose?: () => void },
  ) {
    super(name);
    this.tty = ends.tty;
  }

  *read(maxBytes?: number): Task<Uint8Array | undefined> {
    return this.ends.source ? yield* this.ends.source.read(maxBytes) : undefined;
  }

  *write(bytes: Uint8Array): Task {
    if (this.ends.sink) yield* this.ends.sink.write(bytes);
  }

  protected closed(): void {
    this.ends.onClose?.();
  }
}

/** Hands every write to a function: how the outside listens to a program. */
export function listener(name: string, heard: (bytes: Uint8Array) => void, tty?: Tty): OpenFile {
  const sink: Sink = { *write(bytes) { heard(bytes); } };
  return new StreamFile(name, tty ? { sink, tty } : { sink });
}

/** Gives these bytes, then the end. */
export function bytesFile(name: string, bytes: Uint8Array): OpenFile {
  let rest = bytes;
  const source: Source = { *read(maxBytes = CHUNK_BYTES) {
    const chunk = rest.subarray(0, maxBytes);
    rest = rest.subarray(chunk.length);
    return chunk.length === 0 ? undefined : chunk;
  } };
  return new StreamFile(name, { source });
}
