/**
 * When to sync: BoundedFrequencyRunner of pkg/proxy/runner (1.34 and later).
 *
 * Between the end of one run and the start of the next at least `minIntervalMs` pass, so that
 * a burst of changes becomes one sync; a failed run is tried again after `retryMs`; without
 * any cause one happens after `maxIntervalMs`.
 */
import { Signal, type Task } from "../../core/task";
import type { World } from "../../core/world";

export type SyncRunnerOptions = { readonly minIntervalMs: number; readonly retryMs: number; readonly maxIntervalMs: number };

export class SyncRunner {
  /** Fires after each run. */
  readonly ran = new Signal();
  readonly #asked = new Signal();
  #pending = false;

  /** `run` says whether it went well. */
  constructor(
    private readonly world: World,
    private readonly options: SyncRunnerOptions,
    private readonly run: () => boolean,
  ) {}

  /** A run has been asked for and has not begun. */
  get pending(): boolean {
    return this.#pending;
  }

  ask(): void {
    this.#pending = true;
    this.#asked.notify();
  }

  *loop(): Task {
    const { scheduler } = this.world;
    const { minIntervalMs, retryMs, maxIntervalMs } = this.options;
    let earliestMs = scheduler.nowMs;
    let latestMs = scheduler.nowMs + maxIntervalMs;
    for (;;) {
      const dueMs = this.#pending ? Math.min(earliestMs, latestMs) : latestMs;
      if (scheduler.nowMs < dueMs) {
        yield { on: this.#asked, deadlineMs: dueMs };
        continue;
      }
      this.#pending = false;
      const done = this.run();
      this.ran.notify();
      earliestMs = scheduler.nowMs + minIntervalMs;
      latestMs = scheduler.nowMs + (done ? maxIntervalMs : retryMs);
    }
  }
}
