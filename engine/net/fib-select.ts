/**
 * Which of several next hops, and which of several default routes: fib_select_multipath(), fib_rebalance() and
 * fib_select_default() of net/ipv4/fib_semantics.c.
 *
 * Differs: the hash by which flows are spread is another one than the kernel's, which is salted at boot.
 */
import type { Device } from "../link/device";
import type { Ip } from "../wire/ip";
import type { FibEntry, NextHop } from "./fib";
import type { RouteQuery } from "./route";

const HASH_RANGE = 2 ** 31;

/** fib_lookup_good_nhc(): is there any way by this device, or by any? */
function isGood(hop: NextHop, outDev: Device | undefined): boolean {
  if (hop.dead === true || hop.linkless === true) return false;
  return outDev === undefined || hop.dev === outDev || hop.dev === undefined;
}

export function choose(entry: FibEntry, query: RouteQuery): NextHop | undefined {
  const { hops } = entry;
  const first = hops.find((hop) => isGood(hop, query.outDev));
  if (first === undefined || hops.length === 1 || query.outDev !== undefined) return first;
  return spread(hops, query) ?? first;
}

/** The hop whose source address the sender has already, else the one that the flow's hash falls to. */
function spread(hops: readonly NextHop[], { src = 0 as Ip, dst, inDev }: RouteQuery): NextHop | undefined {
  const own = inDev === undefined ? src : 0;
  const hash = hashOf(src, dst);
  let best: NextHop | undefined;
  let bestScore = -1;
  for (const hop of hops) {
    const { bound = -1 } = hop;
    if (bound < 0) continue;
    const score = (own !== 0 && hop.route.src === own ? 2 : 0) + (hash <= bound ? 1 : 0);
    if (score <= bestScore) continue;
    if (score === 3 || (own === 0 && score === 1)) return hop;
    [best, bestScore] = [hop, score];
  }
  return best;
}

function hashOf(src: Ip, dst: Ip): number {
  let hash = Math.imul(src ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(dst, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 15)) >>> 1;
}

/** fib_rebalance(): each hop that can be used gets its part of the hashes, by weight. */
export function rebalance({ hops }: FibEntry): void {
  if (hops.length < 2) return;
  const total = hops.reduce((sum, hop) => sum + (isGood(hop, undefined) ? hop.weight : 0), 0);
  let weight = 0;
  for (const hop of hops) {
    const good = isGood(hop, undefined);
    if (good) weight += hop.weight;
    hop.bound = good ? Math.round((weight * HASH_RANGE) / total) - 1 : -1;
  }
}

/** What is known of a gateway: nothing, that it answers, that it has an address which may be old, that it is being asked for, that it did not answer. */
export type GatewayState = "unknown" | "reachable" | "valid" | "asked" | "failed";

type Candidate = { entry: FibEntry | undefined; order: number };

/** fib_detect_death(): whether to pass over this gateway, and whether it will do if there is nothing better. */
function seemsDead(entry: FibEntry, order: number, resort: Candidate, last: number, stateOf: (hop: NextHop) => GatewayState): boolean {
  const state = stateOf(entry.hops[0] as NextHop);
  if (state === "unknown" || state === "reachable") return false;
  if (state === "valid" && order !== last) return false;
  if (state === "valid" || (resort.order < 0 && order > last && state !== "asked")) Object.assign(resort, { entry, order });
  return true;
}

/**
 * Among default routes of one metric: the first whose gateway is there, as far as the neighbour table can tell. `last` is what was chosen
 * the time before (fa_default), which is left when it has become doubtful.
 */
export function selectDefault(found: FibEntry, aliases: readonly FibEntry[], tos: number, last: number, stateOf: (hop: NextHop) => GatewayState): { readonly entry: FibEntry; readonly last: number } {
  const resort: Candidate = { entry: undefined, order: -1 };
  let candidate: FibEntry | undefined;
  let order = -1;
  let [lastMetric, lastTos] = [found.metric, 0];
  for (const next of aliases) {
    if (next.tos !== 0 && next.tos !== tos) continue;
    if (next.metric > lastMetric && next.tos === lastTos) {
      if (lastTos !== 0) continue;
      break;
    }
    [lastMetric, lastTos] = [next.metric, next.tos];
    if (next.scope !== found.scope || next.type !== "unicast" || (next.hops[0]?.gateway ?? 0) === 0) continue;
    if (candidate === undefined) {
      if (next !== found) break;
    } else if (!seemsDead(candidate, order, resort, last, stateOf)) return { entry: candidate, last: order };
    candidate = next;
    order++;
  }
  if (order <= 0 || candidate === undefined) return { entry: found, last: -1 };
  if (!seemsDead(candidate, order, resort, last, stateOf)) return { entry: candidate, last: order };
  return { entry: resort.entry ?? found, last: resort.order };
}
