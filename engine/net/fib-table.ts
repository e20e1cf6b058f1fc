/**
 * One routing table: the longest matching prefix wins, then the TOS, then the lowest metric
 * (net/ipv4/fib_trie.c, with maps by prefix length in place of the trie).
 */
import { type Ip, maskOf } from "../wire/ip";
import type { FibEntry, NextHop } from "./fib";
import type { RouteQuery } from "./route";

export type Found = { readonly entry: FibEntry; readonly hop: NextHop };

/** rtm_scope: how far away a destination may be. */
export const SCOPE = { universe: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

/**
 * What there is of one prefix. Nearly always that is one alias with one next hop: what decides about
 * it stands here, since a table of many addresses is asked for another one by every packet.
 */
type Leaf = { readonly entries: readonly FibEntry[]; readonly only: NextHop | undefined; readonly dev: NextHop["dev"]; readonly tos: number; readonly scope: number };

function leafOf(entries: readonly FibEntry[]): Leaf {
  const [first] = entries;
  const only = entries.length === 1 && first?.hops.length === 1 ? first.hops[0] : undefined;
  return { entries, only, dev: only?.dev, tos: first?.tos ?? 0, scope: first?.scope ?? 0 };
}

export class FibTable {
  /** Prefixes are signed here, as `&` yields them: small integers are what a Map finds fastest. */
  readonly #byBits: (Map<number, Leaf> | undefined)[] = new Array(33).fill(undefined);
  /** The prefix lengths that occur, longest first. */
  #lengths: number[] = [];
  /** Those that name no source address of their own, nor are an address: theirs depends on what addresses there are. */
  readonly sourceless = new Set<FibEntry>();

  constructor(readonly id: number) {}

  get empty(): boolean {
    return this.#lengths.length === 0;
  }

  lookup(query: RouteQuery, scope = 0): NextHop | undefined {
    const { dst, tos = 0, outDev } = query;
    for (const bits of this.#lengths) {
      const leaf = (this.#byBits[bits] as Map<number, Leaf>).get(dst & maskOf(bits));
      if (leaf === undefined) continue;
      const { only, dev } = leaf;
      if (only !== undefined) {
        if ((leaf.tos === 0 || leaf.tos === tos) && leaf.scope >= scope && (outDev === undefined || dev === outDev || dev === undefined)) return only;
        continue;
      }
      for (const entry of leaf.entries) {
        if (entry.tos !== 0 && entry.tos !== tos) continue;
        if (entry.scope < scope) continue;
        const hop = choose(entry, query, outDev);
        if (hop !== undefined) return hop;
      }
    }
    return undefined;
  }

  /** The aliases of one prefix, in the order they are tried. */
  aliases(dst: Ip, bits: number): readonly FibEntry[] {
    return this.#byBits[bits]?.get(dst | 0)?.entries ?? [];
  }

  /** Before its equals ("prepend") or behind them ("append"). */
  insert(entry: FibEntry, before: boolean): void {
    const { bits, dst } = entry;
    if (entry.prefSrc === 0 && entry.type !== "local") this.sourceless.add(entry);
    let map = this.#byBits[bits];
    if (map === undefined) {
      map = new Map();
      this.#byBits[bits] = map;
      this.#lengths = [...this.#lengths, bits].sort((a, b) => b - a);
    }
    const key = dst | 0;
    const entries = map.get(key)?.entries ?? [];
    const at = entries.findIndex((other) => precedes(entry, other) || (before && !precedes(other, entry)));
    map.set(key, leafOf(at < 0 ? [...entries, entry] : [...entries.slice(0, at), entry, ...entries.slice(at)]));
  }

  remove(entry: FibEntry): void {
    this.sourceless.delete(entry);
    const map = this.#byBits[entry.bits];
    const key = entry.dst | 0;
    const left = map?.get(key)?.entries.filter((other) => other !== entry);
    if (map === undefined || left === undefined) return;
    if (left.length > 0) return void map.set(key, leafOf(left));
    map.delete(key);
    if (map.size > 0) return;
    this.#byBits[entry.bits] = undefined;
    this.#lengths = this.#lengths.filter((bits) => bits !== entry.bits);
  }

  /** By address, the longer prefix first: the order in which `ip route` lists them. */
  entries(): FibEntry[] {
    const all = this.#lengths.flatMap((bits) => [...(this.#byBits[bits] as Map<number, Leaf>).values()].flatMap(({ entries }) => entries));
    const position = new Map(all.map((entry, i) => [entry, i]));
    return all.sort((a, b) => a.dst - b.dst || b.bits - a.bits || (position.get(a) as number) - (position.get(b) as number));
  }
}

/** Among aliases of a prefix: the higher TOS first, then the lower metric. */
function precedes(a: FibEntry, b: FibEntry): boolean {
  return a.tos !== b.tos ? a.tos > b.tos : a.metric < b.metric;
}

function choose(entry: FibEntry, query: RouteQuery, outDev: RouteQuery["outDev"]): NextHop | undefined {
  const { hops } = entry;
  const [only] = hops;
  if (hops.length === 1) return outDev === undefined || only?.dev === outDev || only?.dev === undefined ? only : undefined;
  const usable = hops.filter((hop) => outDev === undefined || hop.dev === outDev);
  if (usable.length < 2) return usable[0];
  return usable[spread(usable, query)];
}

/**
 * fib_select_multipath with fib_multipath_hash_policy 0: by the two addresses.
 * Differs: the hash is another one than the kernel's, which is salted at boot anyway.
 */
function spread(hops: readonly NextHop[], { src = 0 as Ip, dst }: RouteQuery): number {
  let hash = Math.imul(src ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(dst, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  const total = hops.reduce((sum, hop) => sum + hop.weight, 0);
  let left = ((hash ^ (hash >>> 15)) >>> 0) % total;
  return hops.findIndex((hop) => {
    left -= hop.weight;
    return left < 0;
  });
}
