/**
 * ___ratelimit() of lib/ratelimit.c: so many lines in so many seconds, then silence, then one
 * line that says how many were held back.
 */
import type { World } from "../core/world";

export class RateLimit {
  #beginMs: number | undefined;
  #printed = 0;
  #missed = 0;

  constructor(
    private readonly world: World,
    private readonly intervalMs: number,
    private readonly burst: number,
    private readonly by = "net_ratelimit",
  ) {}

  log(write: (line: string) => void, line: string): void {
    const now = this.world.scheduler.nowMs;
    this.#beginMs ??= now;
    if (now > this.#beginMs + this.intervalMs) {
      if (this.#missed > 0) write(`${this.by}: ${this.#missed} callbacks suppressed`);
      this.#beginMs = now;
      this.#printed = this.#missed = 0;
    }
    if (this.#printed >= this.burst) {
      this.#missed++;
      return;
    }
    this.#printed++;
    write(line);
  }
}
