/**
 * curl's progress meter (lib/progress.c): one line that is overwritten every second. Speeds are in
 * bytes, cut to five letters; the current one is that of the last five seconds.
 */
const HEADER = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
const KEPT = 6;

export class Meter {
  #headerShown: boolean;
  #lastShown = -1;
  readonly #samples: { readonly atMs: number; readonly total: number }[] = [];
  expectedDown: number | undefined;
  expectedUp: number | undefined;
  down = 0;
  up = 0;

  /** A retry goes on under the header that stands there already. */
  constructor(
    private readonly startMs: number,
    headerShown = false,
  ) {
    this.#headerShown = headerShown;
  }

  /** The next moment at which a line is due: when the second changes. */
  get nextMs(): number {
    return this.#lastShown < 0 ? this.startMs : (this.#lastShown + 1) * 1000;
  }

  /** What to write now; nothing when this second's line has been written. */
  show(nowMs: number, final = false): string {
    const second = Math.floor(nowMs / 1000);
    if (!final && second === this.#lastShown) return "";
    this.#lastShown = second;
    this.#samples.push({ atMs: nowMs, total: this.down + this.up });
    if (this.#samples.length > KEPT) this.#samples.shift();
    const header = this.#headerShown ? "" : HEADER;
    this.#headerShown = true;
    return `${header}\r${this.#line(nowMs)}${final ? "\n" : ""}`;
  }

  #line(nowMs: number): string {
    const spentUs = Math.max(1, Math.round((nowMs - this.startMs) * 1000));
    const speed = (bytes: number): number => Math.floor((bytes * 1_000_000) / spentUs);
    const [downSpeed, upSpeed] = [speed(this.down), speed(this.up)];
    const expected = (this.expectedDown ?? this.down) + (this.expectedUp ?? this.up);
    const percent = (done: number, all: number | undefined): number => (all === undefined || all === 0 ? 0 : Math.floor((done * 100) / all));
    const totalS = Math.max(estimate(this.expectedDown, downSpeed), estimate(this.expectedUp, upSpeed));
    const spentS = Math.floor(spentUs / 1_000_000);
    const cells = [
      `${pad3(percent(this.down + this.up, expected))} ${max5(expected)}`,
      `${pad3(percent(this.down, this.expectedDown))} ${max5(this.down)}`,
      `${pad3(percent(this.up, this.expectedUp))} ${max5(this.up)}`,
      `${max5(downSpeed)}`,
    ];
    return `${cells.join("  ")}  ${max5(upSpeed)} ${clock(totalS)} ${clock(spentS)} ${clock(totalS > 0 ? totalS - spentS : 0)} ${max5(this.#current(downSpeed + upSpeed))}`;
  }

  #current(average: number): number {
    const [oldest] = this.#samples;
    const newest = this.#samples.at(-1);
    if (oldest === undefined || newest === undefined || this.#samples.length < 2) return average;
    return Math.floor(((newest.total - oldest.total) * 1000) / Math.max(1, Math.floor(newest.atMs - oldest.atMs)));
  }
}

const pad3 = (n: number): string => String(n).padStart(3);

function estimate(expected: number | undefined, speed: number): number {
  return expected === undefined || speed === 0 ? 0 : Math.floor(expected / speed);
}

/** max5data(): five letters for any number of bytes. */
export function max5(bytes: number): string {
  const [k, m, g] = [1024, 1024 ** 2, 1024 ** 3];
  if (bytes < 100_000) return String(bytes).padStart(5);
  if (bytes < 10_000 * k) return `${String(Math.floor(bytes / k)).padStart(4)}k`;
  if (bytes < 100 * m) return `${String(Math.floor(bytes / m)).padStart(2)}.${Math.floor((bytes % m) / (m / 10))}M`;
  if (bytes < 10_000 * m) return `${String(Math.floor(bytes / m)).padStart(4)}M`;
  if (bytes < 100 * g) return `${String(Math.floor(bytes / g)).padStart(2)}.${Math.floor((bytes % g) / (g / 10))}G`;
  return `${String(Math.floor(bytes / g)).padStart(4)}G`;
}

/** time2str(). */
function clock(seconds: number): string {
  if (seconds <= 0) return "--:--:--";
  const h = Math.floor(seconds / 3600);
  if (h <= 99) return `${String(h).padStart(2)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  const d = Math.floor(seconds / 86_400);
  return d <= 999 ? `${String(d).padStart(3)}d ${String(Math.floor(seconds / 3600) % 24).padStart(2, "0")}h` : `${String(d).padStart(7)}d`;
}
