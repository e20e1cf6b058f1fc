/**
 * Counters of a virtual service or a real server: ip_vs_est.c and ip_vs_copy_stats().
 *
 * Packets are counted at once, but what `ipvsadm --stats` shows is the copy that the estimator
 * takes every two seconds, together with the rates it smooths (a quarter of the way each time).
 */
export type Counters = { conns: number; inpkts: number; outpkts: number; inbytes: number; outbytes: number };
type Counter = keyof Counters;

const COUNTERS: readonly Counter[] = ["conns", "inpkts", "outpkts", "inbytes", "outbytes"];
const isBytes = (counter: Counter): boolean => counter === "inbytes" || counter === "outbytes";

export const zeroCounters = (): Counters => ({ conns: 0, inpkts: 0, outpkts: 0, inbytes: 0, outbytes: 0 });

export class Stats {
  /** The estimator has it on its list; and it is to leave it alone, because its server or service was deleted. */
  watched = false;
  stopped = false;
  /** What the packet path counts (cpustats). */
  readonly live = zeroCounters();
  /** What the estimator last saw (kstats), and the point that `ipvsadm -Z` has declared zero (kstats0). */
  readonly #seen = zeroCounters();
  readonly #zero = zeroCounters();
  /** Rates, scaled by 2^10 for packets and connections and by 2^5 for bytes. */
  readonly #rates = zeroCounters();
  readonly #last = zeroCounters();

  countIn(bytes: number): void {
    this.live.inpkts++;
    this.live.inbytes += bytes;
  }

  countOut(bytes: number): void {
    this.live.outpkts++;
    this.live.outbytes += bytes;
  }

  /** estimation_timer(): every two seconds. */
  estimate(): void {
    for (const counter of COUNTERS) {
      this.#seen[counter] = this.live[counter];
      const rate = (this.#seen[counter] - this.#last[counter]) * (isBytes(counter) ? 16 : 512);
      this.#last[counter] = this.#seen[counter];
      this.#rates[counter] += Math.floor((rate - this.#rates[counter]) / 4);
    }
  }

  /** Nothing has happened since the last estimate, and all rates have come to rest. */
  get settled(): boolean {
    return COUNTERS.every((counter) => this.live[counter] === this.#seen[counter] && this.#rates[counter] === 0);
  }

  /** ip_vs_zero_stats(). */
  zero(): void {
    for (const counter of COUNTERS) {
      this.#zero[counter] = this.#last[counter] = this.#seen[counter];
      this.#rates[counter] = 0;
    }
  }

  get shown(): Counters {
    const shown = zeroCounters();
    for (const counter of COUNTERS) shown[counter] = this.#seen[counter] - this.#zero[counter];
    return shown;
  }

  /** Per second, rounded up. */
  get rates(): Counters {
    const shown = zeroCounters();
    for (const counter of COUNTERS) shown[counter] = isBytes(counter) ? (this.#rates[counter] + 0xf) >>> 5 : Math.floor((this.#rates[counter] + 0x1ff) / 1024);
    return shown;
  }
}
