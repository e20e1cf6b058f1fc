/**
 * A timer that winds itself up again each time it fires, as the estimator and the defence of IPVS do. The kernel's wheel
 * (net/jiffies.ts) lets it fire a little late each time, so its period is longer than the one it asks for: 2.016 seconds
 * instead of two, 1.024 instead of one. Nobody need run it while there is nothing to do: its moments can be reckoned.
 */
import { timerDueUs } from "../net/jiffies";

export class Ticks {
  readonly #firstUs: number;
  readonly #periodUs: number;

  constructor(bornUs: number, periodMs: number) {
    this.#firstUs = timerDueUs(bornUs, periodMs);
    this.#periodUs = timerDueUs(this.#firstUs, periodMs) - this.#firstUs;
  }

  /** How long from now until it fires next. */
  untilNextMs(nowUs: number): number {
    const passed = nowUs < this.#firstUs ? 0 : Math.floor((nowUs - this.#firstUs) / this.#periodUs) + 1;
    return (this.#firstUs + passed * this.#periodUs - nowUs) / 1000;
  }
}
