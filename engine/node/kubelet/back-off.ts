/**
 * client-go's flowcontrol.Backoff, as the kubelet uses it twice: 10 s, 20 s, … 5 min, forgotten
 * after ten quiet minutes. For containers the wait counts from when the last one ended.
 */
import type { World } from "../../core/world";

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;

type Entry = { backOffMs: number; updatedMs: number };

export class BackOff {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly world: World) {}

  /** One more failure: the wait begins, or doubles. */
  next(key: string): void {
    const nowMs = this.world.scheduler.nowMs;
    const entry = this.#entries.get(key);
    if (entry === undefined || nowMs - entry.updatedMs > 2 * MAX_MS) this.#entries.set(key, { backOffMs: INITIAL_MS, updatedMs: nowMs });
    else {
      entry.backOffMs = Math.min(entry.backOffMs * 2, MAX_MS);
      entry.updatedMs = nowMs;
    }
  }

  inBackOff(key: string): boolean {
    return this.untilMs(key) > this.world.scheduler.nowMs;
  }

  untilMs(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : entry.updatedMs + entry.backOffMs;
  }

  /** How long to wait after `sinceMs`; 0 when there is no reason to. */
  waitMs(key: string, sinceMs: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || sinceMs - entry.updatedMs > 2 * MAX_MS) return 0;
    return entry.backOffMs;
  }
}
