/**
 * Go's sort.Sort: pattern-defeating quicksort (Peters, 2021) with Go's constants. It is not
 * stable, so that equals come out in an order of its own; kubectl's output shows that order.
 */

/** Up to so many are sorted by insertion, which keeps the order of equals. */
const INSERTION = 12;
const NINTHER = 50;
const SHORTEST_SHIFT = 50;
const MOST_STEPS = 5;
const MOST_SWAPS = 12;

export function goSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const sorted = [...items];
  new PatternDefeating(sorted, compare).sort(0, sorted.length, bitLength(sorted.length));
  return sorted;
}

function bitLength(n: number): number {
  return n === 0 ? 0 : 32 - Math.clz32(n);
}

type Pivot = { readonly at: number; readonly order: "increasing" | "decreasing" | "unknown" };

class PatternDefeating<T> {
  #swaps = 0;

  constructor(
    private readonly items: T[],
    private readonly compare: (a: T, b: T) => number,
  ) {}

  #less(i: number, j: number): boolean {
    return this.compare(this.items[i] as T, this.items[j] as T) < 0;
  }

  #swap(i: number, j: number): void {
    const item = this.items[i] as T;
    this.items[i] = this.items[j] as T;
    this.items[j] = item;
  }

  /** Items from..to-1; `limit` bad choices of a pivot and it becomes a heapsort. */
  sort(first: number, to: number, limit: number): void {
    let from = first;
    let end = to;
    let left = limit;
    for (let balanced = true, partitioned = true; ; ) {
      const length = end - from;
      if (length <= INSERTION) return this.#insertion(from, end);
      if (left === 0) return this.#heap(from, end);
      if (!balanced) {
        this.#shuffle(from, end);
        left--;
      }
      const pivot = this.#pivot(from, end);
      if (balanced && partitioned && pivot.order === "increasing" && this.#almostSorted(from, end)) return;
      if (from > 0 && !this.#less(from - 1, pivot.at)) {
        from = this.#partitionEqual(from, end, pivot.at);
        continue;
      }
      const cut = this.#partition(from, end, pivot.at);
      partitioned = cut.already;
      const [below, above] = [cut.at - from, end - cut.at];
      balanced = Math.min(below, above) >= Math.floor(length / 8);
      if (below < above) {
        this.sort(from, cut.at, left);
        from = cut.at + 1;
      } else {
        this.sort(cut.at + 1, end, left);
        end = cut.at;
      }
    }
  }

  #insertion(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) for (let j = i; j > from && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heap(from: number, to: number): void {
    const length = to - from;
    for (let i = Math.floor((length - 1) / 2); i >= 0; i--) this.#siftDown(i, length, from);
    for (let i = length - 1; i >= 0; i--) {
      this.#swap(from, from + i);
      this.#siftDown(0, i, from);
    }
  }

  #siftDown(start: number, to: number, from: number): void {
    for (let root = start; ; ) {
      let child = 2 * root + 1;
      if (child >= to) return;
      if (child + 1 < to && this.#less(from + child, from + child + 1)) child++;
      if (!this.#less(from + root, from + child)) return;
      this.#swap(from + root, from + child);
      root = child;
    }
  }

  /** Less than the pivot to the left of it, the rest to the right. */
  #partition(from: number, to: number, pivot: number): { readonly at: number; readonly already: boolean } {
    this.#swap(from, pivot);
    let i = from + 1;
    let j = to - 1;
    for (let already = true; ; already = false) {
      while (i <= j && this.#less(i, from)) i++;
      while (i <= j && !this.#less(j, from)) j--;
      if (i > j) {
        this.#swap(j, from);
        return { at: j, already };
      }
      this.#swap(i++, j--);
    }
  }

  /** Where everything equals the least: those equal to the pivot first, and where the others begin. */
  #partitionEqual(from: number, to: number, pivot: number): number {
    this.#swap(from, pivot);
    let i = from + 1;
    let j = to - 1;
    for (;;) {
      while (i <= j && !this.#less(from, i)) i++;
      while (i <= j && this.#less(from, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Puts a few right that are out of order; true when that was all. */
  #almostSorted(from: number, to: number): boolean {
    let i = from + 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      while (i < to && !this.#less(i, i - 1)) i++;
      if (i === to) return true;
      if (to - from < SHORTEST_SHIFT) return false;
      this.#swap(i, i - 1);
      if (i - from >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      if (to - i >= 2) for (let j = i + 1; j < to && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  /** Swaps three in the middle with others, by a xorshift of the length. */
  #shuffle(from: number, to: number): void {
    const length = to - from;
    if (length < 8) return;
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const middle = from + Math.floor(length / 4) * 2 - 1;
    let random = BigInt(length);
    for (let i = 0; i < 3; i++) {
      random = BigInt.asUintN(64, random ^ (random << 13n));
      random ^= random >> 7n;
      random = BigInt.asUintN(64, random ^ (random << 17n));
      const other = Number(random & mask);
      this.#swap(middle + i, from + (other >= length ? other - length : other));
    }
  }

  /** A median of three, or of three medians; a range that seems to fall is turned round first. */
  #pivot(from: number, to: number): Pivot {
    const length = to - from;
    const quarter = Math.floor(length / 4);
    const places = [1, 2, 3].map((n) => from + quarter * n);
    this.#swaps = 0;
    const [i = from, j = from, k = from] = length >= NINTHER ? places.map((at) => this.#median(at - 1, at, at + 1)) : places;
    const at = length >= 8 ? this.#median(i, j, k) : j;
    if (this.#swaps === 0) return { at, order: "increasing" };
    if (this.#swaps !== MOST_SWAPS) return { at, order: "unknown" };
    for (let a = from, b = to - 1; a < b; a++, b--) this.#swap(a, b);
    return { at: to - 1 - (at - from), order: "increasing" };
  }

  #median(a: number, b: number, c: number): number {
    const [low, high] = this.#ordered(a, b);
    const [middle] = this.#ordered(high, c);
    return this.#ordered(low, middle)[1];
  }

  #ordered(a: number, b: number): readonly [number, number] {
    if (!this.#less(b, a)) return [a, b];
    this.#swaps++;
    return [b, a];
  }
}
