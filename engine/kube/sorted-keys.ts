/**
 * Keys in their order, as etcd keeps them. New ones wait until somebody wants to see the list:
 * thirty thousand Events come and are hardly ever looked at.
 */
import { compare } from "../core/order";

export class SortedKeys {
  #keys: string[] = [];
  #fresh: string[] = [];

  get length(): number {
    return this.#keys.length + this.#fresh.length;
  }

  /** A key that is not in it. */
  add(key: string): void {
    this.#fresh.push(key);
  }

  delete(key: string): void {
    const keys = this.sorted() as string[];
    const at = place(keys, key);
    if (keys[at] === key) keys.splice(at, 1);
  }

  sorted(): readonly string[] {
    const fresh = this.#fresh;
    if (fresh.length === 0) return this.#keys;
    this.#fresh = [];
    if (fresh.length < 4) for (const key of fresh) this.#keys.splice(place(this.#keys, key), 0, key);
    else this.#keys = merged(this.#keys, fresh.sort(compare));
    return this.#keys;
  }
}

function merged(a: readonly string[], b: readonly string[]): string[] {
  const out: string[] = [];
  let at = 0;
  for (const key of b) {
    while (at < a.length && compare(a[at] as string, key) < 0) out.push(a[at++] as string);
    out.push(key);
  }
  while (at < a.length) out.push(a[at++] as string);
  return out;
}

function place(keys: readonly string[], key: string): number {
  let low = 0;
  for (let high = keys.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (compare(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
