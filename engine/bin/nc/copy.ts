/**
 * Standard input to the network and the network to standard output, both at once, until both have
 * ended (readwrite() in netcat.c).
 */
import { concat } from "../../core/bytes";
import { SysError } from "../../core/errno";
import { Signal, type Task } from "../../core/task";
import type { Proc } from "../../host/proc";

export type Channel = {
  readonly readable: Signal;
  /** Undefined: the other side has finished. "later": nothing now. */
  tryRead(): Uint8Array | undefined | "later";
  write(bytes: Uint8Array): Task;
  shutdown(): void;
};

export type CopyOptions = { readonly stdin: boolean; readonly shutdownAtEnd: boolean; readonly quitAfterMs: number | undefined; readonly idleMs: number; readonly crlf: boolean; readonly listening: boolean; readonly packets: number };

/** Reads standard input in a Task of its own and keeps what it read until somebody asks. */
class Input {
  readonly arrived = new Signal();
  readonly #chunks: Uint8Array[] = [];
  ended = false;

  constructor(proc: Proc) {
    const handle = proc.world.scheduler.spawn(this.#read(proc));
    proc.onExit(() => handle.kill());
  }

  *#read(proc: Proc): Task {
    try {
      for (;;) {
        const chunk = yield* proc.stdin.read(16_384);
        if (chunk === undefined) break;
        this.#chunks.push(chunk);
        this.arrived.notify();
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    this.ended = true;
    this.arrived.notify();
  }

  take(): Uint8Array | undefined {
    return this.#chunks.shift();
  }

  get empty(): boolean {
    return this.#chunks.length === 0;
  }
}

/** Returns when there is nothing more to copy, or nothing has moved for too long. */
export function* copyBothWays(proc: Proc, channel: Channel, options: CopyOptions): Task {
  const input = options.stdin ? new Input(proc) : undefined;
  let netOpen = true;
  let outOpen = true;
  let inOpen = input !== undefined;
  let quitAt = Number.POSITIVE_INFINITY;
  let packets = 0;
  let movedMs = proc.nowMs;
  for (;;) {
    let moved = false;
    const got = netOpen ? channel.tryRead() : "later";
    if (got === undefined) {
      netOpen = false;
      if (options.listening) return;
      moved = true;
    } else if (got !== "later") {
      yield* proc.file(1).write(got);
      moved = true;
      if (++packets >= options.packets) return;
    }
    const chunk: Uint8Array | undefined = inOpen && outOpen ? input?.take() : undefined;
    if (chunk !== undefined) {
      outOpen = yield* send(channel, options.crlf ? withCarriageReturns(chunk) : chunk);
      moved = true;
    }
    if (inOpen && input?.ended && input.empty) {
      inOpen = false;
      moved = true;
      if (options.shutdownAtEnd) channel.shutdown();
      if (options.quitAfterMs !== undefined) quitAt = proc.nowMs + options.quitAfterMs;
    }
    if ((!netOpen && !inOpen) || (!outOpen && !netOpen) || proc.nowMs >= quitAt) return;
    if (moved) {
      movedMs = proc.nowMs;
      continue;
    }
    const deadlineMs = Math.min(quitAt, movedMs + options.idleMs);
    const on = [...(netOpen ? [channel.readable] : []), ...(inOpen && input ? [input.arrived] : [])];
    if ((yield { on, deadlineMs }) === "timeout") return;
  }
}

function* send(channel: Channel, bytes: Uint8Array): Task<boolean> {
  try {
    yield* channel.write(bytes);
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function withCarriageReturns(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    parts.push(bytes.subarray(from, at), Uint8Array.of(13, 10));
    from = at + 1;
  }
  return concat([...parts, bytes.subarray(from)]);
}
