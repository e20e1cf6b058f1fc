/**
 * One routing table: the longest matching prefix wins, then the TOS, then the lowest metric
 * (net/ipv4/fib_trie.c, with maps by prefix length in place of the trie).
 */
import { SmallMap } from "../core/small-map";
import { type Ip, maskOf } from "../wire/ip";
import type { FibEntry, NextHop } from "./fib";
import { choose } from "./fib-select";
import { NetworksSeen } from "./networks-seen";
import type { Route, RouteQuery } from "./route";

/** rtm_scope: how far away a destination may be. */
export const SCOPE = { universe: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

/**
 * What there is of one prefix. Nearly always that is one alias with one next hop: what decides about
 * it stands here, since a table of many addresses is asked for another one by every packet.
 */
type Leaf = { readonly only: Route | undefined; readonly dev: NextHop["dev"]; readonly tos: number; readonly scope: number; readonly entries: readonly FibEntry[] };

function leafOf(entries: readonly FibEntry[]): Leaf {
  const [first] = entries;
  const hop = entries.length === 1 && first?.hops.length === 1 && first.hops[0]?.linkless !== true ? first.hops[0] : undefined;
  return { only: hop?.route, dev: hop?.dev, tos: first?.tos ?? 0, scope: first?.scope ?? 0, entries };
}

/** All prefixes of one length. They are signed here, as `&` yields them: small integers are what is found fastest. */
class Level {
  readonly mask: number;
  readonly leaves = new SmallMap<Leaf>();
  readonly #seen: NetworksSeen | undefined;

  constructor(readonly bits: number) {
    this.mask = maskOf(bits);
    this.#seen = bits < 16 ? undefined : new NetworksSeen();
  }

  get(dst: Ip): Leaf | undefined {
    return this.#seen === undefined || this.#seen.maybe(dst) ? this.leaves.get(dst & this.mask) : undefined;
  }

  set(dst: Ip, entries: readonly FibEntry[]): void {
    this.#seen?.add(dst);
    this.leaves.set(dst | 0, leafOf(entries));
  }
}

const NO_ENTRIES: ReadonlySet<FibEntry> = new Set();

export class FibTable {
  /** The prefix lengths that occur, longest first. */
  #levels: Level[] = [];
  /** Those that name no source address of their own, nor are an address: theirs depends on what addresses there are. */
  #sourceless: Set<FibEntry> | undefined;

  constructor(readonly id: number) {}

  get sourceless(): ReadonlySet<FibEntry> {
    return this.#sourceless ?? NO_ENTRIES;
  }

  get empty(): boolean {
    return this.#levels.length === 0;
  }

  lookup(query: RouteQuery, scope = 0): Route | undefined {
    const { dst, tos = 0, outDev } = query;
    for (const level of this.#levels) {
      const leaf = level.get(dst);
      if (leaf === undefined) continue;
      const { only, dev } = leaf;
      if (only !== undefined) {
        if ((leaf.tos === 0 || leaf.tos === tos) && leaf.scope >= scope && (outDev === undefined || dev === outDev || dev === undefined)) return only;
        continue;
      }
      for (const entry of leaf.entries) {
        if (entry.tos !== 0 && entry.tos !== tos) continue;
        if (entry.scope < scope) continue;
        const hop = choose(entry, query);
        if (hop !== undefined) return hop.route;
      }
    }
    return undefined;
  }

  #level(bits: number): Level | undefined {
    return this.#levels.find((level) => level.bits === bits);
  }

  /** The aliases of one prefix, in the order they are tried. */
  aliases(dst: Ip, bits: number): readonly FibEntry[] {
    return this.#level(bits)?.leaves.get(dst | 0)?.entries ?? [];
  }

  /** Before its equals ("prepend") or behind them ("append"). */
  insert(entry: FibEntry, before: boolean): void {
    const { bits, dst } = entry;
    if (entry.prefSrc === 0 && entry.type !== "local") (this.#sourceless ??= new Set()).add(entry);
    let level = this.#level(bits);
    if (level === undefined) {
      level = new Level(bits);
      this.#levels = [...this.#levels, level].sort((a, b) => b.bits - a.bits);
    }
    const entries = this.aliases(dst, bits);
    const at = entries.findIndex((other) => precedes(entry, other) || (before && !precedes(other, entry)));
    level.set(dst, at < 0 ? [...entries, entry] : [...entries.slice(0, at), entry, ...entries.slice(at)]);
  }

  remove(entry: FibEntry): void {
    this.#sourceless?.delete(entry);
    const level = this.#level(entry.bits);
    const known = level?.leaves.get(entry.dst | 0);
    if (level === undefined || known === undefined) return;
    const left = known.entries.filter((other) => other !== entry);
    if (left.length > 0) return level.set(entry.dst, left);
    level.leaves.delete(entry.dst | 0);
    if (level.leaves.size === 0) this.#levels = this.#levels.filter((other) => other !== level);
  }

  /** A next hop of it can no longer be used, or can again. */
  refresh({ dst, bits }: FibEntry): void {
    this.#level(bits)?.set(dst, this.aliases(dst, bits));
  }

  /** The longest prefixes first, those of one length in the order they came. */
  byLength(): FibEntry[] {
    return this.#levels.flatMap(({ leaves }) => leaves.values().flatMap(({ entries }) => entries));
  }

  /** By address, the longer prefix first: the order in which `ip route` lists them. */
  entries(): FibEntry[] {
    const all = this.byLength();
    const position = new Map(all.map((entry, i) => [entry, i]));
    return all.sort((a, b) => a.dst - b.dst || b.bits - a.bits || (position.get(a) as number) - (position.get(b) as number));
  }
}

/** Among aliases of a prefix: the higher TOS first, then the lower metric. */
function precedes(a: FibEntry, b: FibEntry): boolean {
  return a.tos !== b.tos ? a.tos > b.tos : a.metric < b.metric;
}
