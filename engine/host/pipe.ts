/**
 * pipe(7): bytes from writers to readers, at most 64 KiB of them on their way.
 * A writer whom nobody will ever read gets EPIPE; a reader to whom nobody will ever write, the end.
 */
import { concat } from "../core/bytes";
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import { Signal, type Task } from "../core/task";
import { Description } from "./open-file";
import type { OpenFile } from "./proc";

export type Pipe = { readonly reader: OpenFile; readonly writer: OpenFile };

export function makePipe(number: number, capacity: number = LIMITS.pipeBytes): Pipe {
  const buffer = new Buffered(capacity);
  return { reader: new ReadEnd(`pipe:[${number}]`, buffer), writer: new WriteEnd(`pipe:[${number}]`, buffer) };
}

class Buffered {
  readonly changed = new Signal();
  readonly chunks: Uint8Array[] = [];
  size = 0;
  readable = true;
  writable = true;

  constructor(readonly capacity: number) {}

  /** All there is, up to `maxBytes`. */
  take(maxBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let left = maxBytes;
    let used = 0;
    for (const chunk of this.chunks) {
      if (left === 0) break;
      const part = chunk.subarray(0, left);
      parts.push(part);
      left -= part.length;
      if (part.length < chunk.length) this.chunks[used] = chunk.subarray(part.length);
      else used++;
    }
    this.chunks.splice(0, used);
    this.size -= maxBytes - left;
    this.changed.notify();
    return concat(parts);
  }
}

class ReadEnd extends Description {
  constructor(
    name: string,
    private readonly buffer: Buffered,
  ) {
    super(name);
  }

  *read(maxBytes = 65_536): Task<Uint8Array | undefined> {
    const { buffer } = this;
    while (buffer.size === 0) {
      if (!buffer.writable) return undefined;
      yield { on: buffer.changed };
    }
    return buffer.take(maxBytes);
  }

  *write(): Task {
    throw new SysError("EBADF");
  }

  protected closed(): void {
    this.buffer.readable = false;
    this.buffer.changed.notify();
  }
}

class WriteEnd extends Description {
  constructor(
    name: string,
    private readonly buffer: Buffered,
  ) {
    super(name);
  }

  *read(): Task<Uint8Array | undefined> {
    throw new SysError("EBADF");
  }

  *write(bytes: Uint8Array): Task {
    const { buffer } = this;
    let rest = bytes;
    while (rest.length > 0) {
      if (!buffer.readable) throw new SysError("EPIPE");
      const room = buffer.capacity - buffer.size;
      if (room === 0) {
        yield { on: buffer.changed };
        continue;
      }
      const chunk = rest.slice(0, room);
      buffer.chunks.push(chunk);
      buffer.size += chunk.length;
      rest = rest.subarray(chunk.length);
      buffer.changed.notify();
    }
  }

  protected closed(): void {
    this.buffer.writable = false;
    this.buffer.changed.notify();
  }
}
