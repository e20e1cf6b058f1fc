/**
 * The estimator: every two seconds (ticks.ts) from the namespace's birth it copies what the packet path has
 * counted to where ipvsadm looks, and smooths the rates (ip_vs_est.c). It looks only at counters
 * that have moved and have not come to rest again; for all others it would change nothing.
 */
import type { Scheduler } from "../core/scheduler";
import { LazyTimer } from "../net/lazy-timer";
import type { Stats } from "./stats";
import { Ticks } from "./ticks";

const PERIOD_MS = 2000;

export class Estimator {
  readonly #ticks: Ticks;
  readonly #timer: LazyTimer;
  #restless: Stats[] = [];

  /** `enabled`: the sysctl run_estimation. */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly enabled: () => boolean,
  ) {
    this.#ticks = new Ticks(scheduler.nowUs, PERIOD_MS);
    this.#timer = new LazyTimer(scheduler, () => this.#estimate());
  }

  /** They have moved. */
  watch(stats: Stats): void {
    if (stats.watched) return;
    stats.watched = true;
    this.#restless.push(stats);
    if (!this.#timer.pending) this.#wind();
  }

  #wind(): void {
    this.#timer.set(this.#ticks.untilNextMs(this.scheduler.nowUs));
  }

  #estimate(): void {
    if (this.enabled()) {
      const restless = this.#restless;
      this.#restless = [];
      for (const stats of restless) {
        stats.watched = false;
        if (stats.stopped) continue;
        stats.estimate();
        if (!stats.settled) {
          stats.watched = true;
          this.#restless.push(stats);
        }
      }
    }
    if (this.#restless.length > 0) this.#wind();
  }
}
