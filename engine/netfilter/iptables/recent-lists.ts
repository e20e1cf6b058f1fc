/**
 * The lists behind -m recent, which kube-proxy uses for sessionAffinity: ClientIP. Addresses and
 * when they were seen; /proc/net/xt_recent/NAME shows them. In Linux: net/netfilter/xt_recent.c.
 */
import type { Netns } from "../../net/netns";
import { type Ip, printIp } from "../../wire/ip";

/** ip_list_tot: how many addresses a list holds, the least recently seen going first. */
const MOST_ADDRESSES = 100;
/** The kernel's clock ticks (CONFIG_HZ=250), which /proc shows. */
export const HZ = 250;

type Entry = { readonly address: Ip; ttl: number; readonly stampsMs: number[]; index: number };
export type RecentList = { readonly entries: Map<Ip, Entry>; mask: number; stamps: number; users: number };

export class RecentLists {
  readonly #lists = new Map<string, RecentList>();

  constructor(private readonly ns: Netns) {}

  names(): string[] {
    return [...this.#lists.keys()];
  }

  get(name: string): RecentList | undefined {
    return this.#lists.get(name);
  }

  /** A rule names it: recent_mt_check. `stamps` is how many sightings are kept of each address. */
  retain(name: string, mask: number, stamps: number): void {
    const list = this.#lists.get(name);
    if (list) {
      list.users++;
      list.stamps = Math.max(list.stamps, stamps);
    } else this.#lists.set(name, { entries: new Map(), mask, stamps, users: 1 });
  }

  release(name: string): void {
    const list = this.#lists.get(name);
    if (list && --list.users === 0) this.#lists.delete(name);
  }

  seen(list: RecentList, address: Ip, ttl: number): void {
    const nowMs = this.ns.world.scheduler.nowMs;
    const known = list.entries.get(address);
    if (known) {
      list.entries.delete(address); // To the end: the most recently seen.
      list.entries.set(address, known);
      known.stampsMs[known.index++ % list.stamps] = nowMs;
      known.ttl = ttl;
      return;
    }
    const oldest = list.entries.keys().next();
    if (list.entries.size >= MOST_ADDRESSES && !oldest.done) list.entries.delete(oldest.value);
    list.entries.set(address, { address, ttl, stampsMs: [nowMs], index: 1 });
  }

  /** recent_entry_lookup and the hit count: how many sightings fall into the last `seconds`. */
  hits(list: RecentList, address: Ip, ttl: number | undefined, seconds: number): number | undefined {
    const entry = list.entries.get(address);
    if (!entry || (ttl !== undefined && entry.ttl !== 0 && entry.ttl !== ttl)) return undefined;
    if (seconds === 0) return entry.stampsMs.length;
    const sinceMs = this.ns.world.scheduler.nowMs - seconds * 1000;
    return entry.stampsMs.filter((stamp) => stamp >= sinceMs).length;
  }

  remove(list: RecentList, address: Ip): void {
    list.entries.delete(address);
  }

  /** --reap: the least recently seen, if it is older than that. */
  reap(list: RecentList, seconds: number): void {
    const sinceMs = this.ns.world.scheduler.nowMs - seconds * 1000;
    const first = list.entries.values().next();
    if (first.done) return;
    const { address, stampsMs, index } = first.value;
    const last = stampsMs[(index - 1) % list.stamps] ?? 0;
    if (last < sinceMs) list.entries.delete(address);
  }

  /** /proc/net/xt_recent/NAME. */
  print(name: string): string | undefined {
    const list = this.#lists.get(name);
    if (!list) return undefined;
    const jiffies = (ms: number): number => Math.floor((ms * HZ) / 1000) + 4_294_892_296;
    return [...list.entries.values()]
      .map(({ address, ttl, stampsMs, index }) => {
        const last = stampsMs[(index - 1) % list.stamps] ?? 0;
        return `src=${printIp(address)} ttl: ${ttl} last_seen: ${jiffies(last)} oldest_pkt: ${index % list.stamps} ${stampsMs.map(jiffies).join(", ")}\n`;
      })
      .join("");
  }
}
