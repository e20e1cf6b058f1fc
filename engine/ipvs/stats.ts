/**
 * Counters of a virtual service or a real server: ip_vs_est.c and ip_vs_copy_stats().
 *
 * Packets are counted at once, but what `ipvsadm --stats` shows is the copy that the estimator
 * takes every two seconds, together with the rates it smooths (a quarter of the way each time).
 */
export type Counters = { conns: number; inpkts: number; outpkts: number; inbytes: number; outbytes: number };
/** The five in a row, as the estimator goes through them; the last two are bytes. */
const COUNTERS = ["conns", "inpkts", "outpkts", "inbytes", "outbytes"] as const;
const N = COUNTERS.length;
const BYTES = 3;
/** Where each kind begins in `#kept`. */
const SEEN = 0;
const ZERO = N;
const RATES = 2 * N;

export const zeroCounters = (): Counters => ({ conns: 0, inpkts: 0, outpkts: 0, inbytes: 0, outbytes: 0 });

export class Stats {
  /** The estimator has it on its list; and it is to leave it alone, because its server or service was deleted. */
  watched = false;
  stopped = false;
  /** What the packet path counts (cpustats). */
  readonly live = zeroCounters();
  /**
   * What the estimator last saw (kstats), the point that `ipvsadm -Z` has declared zero (kstats0),
   * and rates, scaled by 2^10 for packets and connections and by 2^5 for bytes. One array, since
   * thousands of these are gone through every two seconds.
   */
  readonly #kept: number[] = new Array<number>(3 * N).fill(0);

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
    const { conns, inpkts, outpkts, inbytes, outbytes } = this.live;
    this.#estimate(0, conns, 512);
    this.#estimate(1, inpkts, 512);
    this.#estimate(2, outpkts, 512);
    this.#estimate(3, inbytes, 16);
    this.#estimate(4, outbytes, 16);
  }

  #estimate(at: number, counted: number, scale: number): void {
    const kept = this.#kept;
    const before = kept[RATES + at] ?? 0;
    kept[RATES + at] = before + Math.floor(((counted - (kept[SEEN + at] ?? 0)) * scale - before) / 4);
    kept[SEEN + at] = counted;
  }

  /** Nothing has happened since the last estimate, and all rates have come to rest. */
  get settled(): boolean {
    const kept = this.#kept;
    for (let at = RATES; at < RATES + N; at++) if (kept[at] !== 0) return false;
    const { conns, inpkts, outpkts, inbytes, outbytes } = this.live;
    return conns === kept[0] && inpkts === kept[1] && outpkts === kept[2] && inbytes === kept[3] && outbytes === kept[4];
  }

  /** ip_vs_zero_stats(). */
  zero(): void {
    const kept = this.#kept;
    for (let at = 0; at < N; at++) {
      kept[ZERO + at] = kept[SEEN + at] ?? 0;
      kept[RATES + at] = 0;
    }
  }

  get shown(): Counters {
    return this.#as((at) => (this.#kept[SEEN + at] ?? 0) - (this.#kept[ZERO + at] ?? 0));
  }

  /** Per second, rounded up. */
  get rates(): Counters {
    const rate = (at: number): number => this.#kept[RATES + at] ?? 0;
    return this.#as((at) => (at >= BYTES ? (rate(at) + 0xf) >>> 5 : Math.floor((rate(at) + 0x1ff) / 1024)));
  }

  #as(value: (at: number) => number): Counters {
    const shown = zeroCounters();
    COUNTERS.forEach((counter, at) => {
      shown[counter] = value(at);
    });
    return shown;
  }
}
