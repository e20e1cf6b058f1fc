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
  /** What the packet path counts (cpustats): every new connection touches those of another server, so they lie together. */
  conns = 0;
  inpkts = 0;
  outpkts = 0;
  inbytes = 0;
  outbytes = 0;
  /**
   * What the estimator last saw (kstats), the point that `ipvsadm -Z` has declared zero (kstats0),
   * and rates, scaled by 2^10 for packets and connections and by 2^5 for bytes. One array, since
   * thousands of these are gone through every two seconds; made when it has first something to say.
   */
  #kept: number[] | undefined;

  countIn(bytes: number): void {
    this.inpkts++;
    this.inbytes += bytes;
  }

  countOut(bytes: number): void {
    this.outpkts++;
    this.outbytes += bytes;
  }

  /** What has been counted so far, whatever the estimator has seen of it. */
  get live(): Counters {
    const { conns, inpkts, outpkts, inbytes, outbytes } = this;
    return { conns, inpkts, outpkts, inbytes, outbytes };
  }

  /** estimation_timer(): every two seconds. */
  estimate(): void {
    this.#kept ??= new Array<number>(3 * N).fill(0);
    const kept = this.#kept;
    smooth(kept, 0, this.conns, 512);
    smooth(kept, 1, this.inpkts, 512);
    smooth(kept, 2, this.outpkts, 512);
    smooth(kept, 3, this.inbytes, 16);
    smooth(kept, 4, this.outbytes, 16);
  }

  /** Nothing has happened since the last estimate, and all rates have come to rest. */
  get settled(): boolean {
    const { conns, inpkts, outpkts, inbytes, outbytes } = this;
    const kept = this.#kept;
    if (kept === undefined) return conns === 0 && inpkts === 0 && outpkts === 0;
    for (let at = RATES; at < RATES + N; at++) if (kept[at] !== 0) return false;
    return conns === kept[0] && inpkts === kept[1] && outpkts === kept[2] && inbytes === kept[3] && outbytes === kept[4];
  }

  /** ip_vs_zero_stats(). */
  zero(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    for (let at = 0; at < N; at++) {
      kept[ZERO + at] = kept[SEEN + at] ?? 0;
      kept[RATES + at] = 0;
    }
  }

  get shown(): Counters {
    return this.#as((at) => (this.#kept?.[SEEN + at] ?? 0) - (this.#kept?.[ZERO + at] ?? 0));
  }

  /** Per second, rounded up. */
  get rates(): Counters {
    const rate = (at: number): number => this.#kept?.[RATES + at] ?? 0;
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

function smooth(kept: number[], at: number, counted: number, scale: number): void {
  const before = kept[RATES + at] ?? 0;
  kept[RATES + at] = before + Math.floor(((counted - (kept[SEEN + at] ?? 0)) * scale - before) / 4);
  kept[SEEN + at] = counted;
}
