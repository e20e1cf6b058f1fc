/**
 * Counters, limits, quotas and connection counts: what they are born as, and what each does when
 * a packet comes by (nft_counter.c, nft_limit.c, nft_quota.c, nft_connlimit.c). A rule, an element
 * of a set and an object with a name run the same code.
 */
import { connectionOf, STATUS } from "../connection";
import { S } from "../conntrack-tcp-states";
import type { LimitSpec, StatefulNode } from "./ast";
import type { LimitState, Stateful } from "./model";
import type { RunContext } from "./read";

export function bornOf(node: StatefulNode): Stateful {
  switch (node.kind) {
    case "counter":
      return { kind: "counter", state: { packets: node.packets, bytes: node.bytes } };
    case "limit":
      return { kind: "limit", limit: node.limit, state: { tokens: undefined, lastNs: 0 } };
    case "quota":
      return { kind: "quota", quota: node.quota, state: { used: node.used } };
    case "ct count":
      return { kind: "ct count", count: node.count, over: node.over, seen: new Set() };
  }
}

/** False: the rule ends here (NFT_BREAK). */
export function passes(stateful: Stateful, c: RunContext): boolean {
  switch (stateful.kind) {
    case "counter":
      stateful.state.packets++;
      stateful.state.bytes += c.bytes;
      return true;
    case "limit":
      return !limitExceeded(stateful.limit, stateful.state, c);
    case "quota":
      stateful.state.used += c.bytes;
      return stateful.state.used > stateful.quota.bytes === stateful.quota.over;
    case "ct count":
      return connectionsPass(stateful, c);
  }
}

/** As they come, until one ends the rule. */
export function allPass(list: readonly Stateful[], c: RunContext): boolean {
  return list.every((stateful) => passes(stateful, c));
}

const UNIT_SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;
const NS = 1e9;

/** nft_limit_eval: nanoseconds are the tokens. */
function limitExceeded({ rate, unit, over, burst, bytes }: LimitSpec, state: LimitState, c: RunContext): boolean {
  const period = UNIT_SECONDS[unit] * NS;
  const most = bytes ? Math.floor((period * (rate + burst)) / rate) : Math.floor(period / rate) * (burst === 0 ? 5 : burst);
  const cost = bytes ? Math.floor((period * c.bytes) / rate) : Math.floor(period / rate);
  const nowNs = c.nowMs * 1e6;
  const tokens = state.tokens === undefined ? most : Math.min(most, state.tokens + nowNs - state.lastNs);
  state.lastNs = nowNs;
  const within = tokens >= cost;
  state.tokens = within ? tokens - cost : tokens;
  return within === over;
}

/**
 * nf_conncount: connections that came by and are still there; those that closed, timed out or were
 * never confirmed are looked for first. Differs: the kernel does that once a jiffy (4 ms) only.
 */
function connectionsPass({ seen, count, over }: Stateful & { readonly kind: "ct count" }, c: RunContext): boolean {
  const own = connectionOf(c.skb)?.conn;
  for (const conn of seen) {
    const closed = conn.tcp?.state === S.timeWait || conn.tcp?.state === S.close;
    if (conn !== own && (!conn.confirmed || conn.has(STATUS.dying) || conn.expiresMs <= c.nowMs || closed)) seen.delete(conn);
  }
  if (own !== undefined) seen.add(own);
  return seen.size > count === over;
}

/** What a listing knows of it is forgotten (`nft reset`): a counter begins anew, a quota is whole again. */
export function reset(stateful: Stateful): void {
  if (stateful.kind === "counter") Object.assign(stateful.state, { packets: 0, bytes: 0 });
  else if (stateful.kind === "quota") stateful.state.used = 0;
}
