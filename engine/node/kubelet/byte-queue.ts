/** Bytes on their way between a client of the API and a container: one end writes, one reads. */
import { Signal } from "../../core/task";
import type { ByteSink, ByteStream } from "../../kube/runtime";

export class ByteQueue implements ByteSink, ByteStream {
  readonly readable = new Signal();
  readonly drained = new Signal();
  readonly #chunks: Uint8Array[] = [];
  #pending = 0;
  #over = false;

  get pending(): number {
    return this.#pending;
  }

  /** No more will be written; what is here can still be read. */
  get closed(): boolean {
    return this.#over;
  }

  get ended(): boolean {
    return this.#over && this.#chunks.length === 0;
  }

  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return;
    this.#chunks.push(bytes.slice());
    this.#pending += bytes.length;
    this.readable.notify();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.readable.notify();
  }

  read(): Uint8Array | undefined {
    return this.take(Number.POSITIVE_INFINITY);
  }

  take(maxBytes: number): Uint8Array | undefined {
    const first = this.#chunks.shift();
    if (first === undefined) return undefined;
    const chunk = first.length <= maxBytes ? first : first.subarray(0, maxBytes);
    if (chunk !== first) this.#chunks.unshift(first.subarray(maxBytes));
    this.#pending -= chunk.length;
    this.drained.notify();
    return chunk;
  }
}
