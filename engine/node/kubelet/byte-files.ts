/** The ends of a ByteQueue that a process holds: a descriptor to read from, one to write to. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { Description } from "../../host/open-file";
import type { ByteQueue } from "./byte-queue";

/** The client's bytes. */
export class QueueSource extends Description {
  constructor(private readonly queue: ByteQueue) {
    super("pipe:[2]");
  }

  *read(maxBytes = 65_536): Task<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.queue.take(maxBytes);
      if (chunk !== undefined) return chunk;
      if (this.queue.closed) return undefined;
      yield { on: this.queue.readable };
    }
  }

  // Never yields: always an error
  *write(): Task {
    throw new SysError("EBADF");
  }

  protected closed(): void {}
}

/** What the process prints, for the client; a process that prints faster than it reads waits. */
export class QueueSink extends Description {
  constructor(private readonly queue: ByteQueue) {
    super("pipe:[3]");
  }

  // Never yields: always an error
  *read(): Task<undefined> {
    throw new SysError("EBADF");
  }

  *write(bytes: Uint8Array): Task {
    while (this.queue.pending > 1 << 20 && !this.queue.closed) yield { on: [this.queue.drained, this.queue.readable] };
    if (this.queue.closed) throw new SysError("EPIPE");
    this.queue.write(bytes);
  }

  protected closed(): void {}
}
