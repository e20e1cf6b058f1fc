/**
 * The garbage collector: gc_worker() of nf_conntrack_core.c. Expired entries stay in the table,
 * and are counted, until somebody looks at them or this comes by: once a minute on a quiet
 * machine, more often when many are short-lived.
 */
import { STATUS } from "./connection";
import type { Conntrack } from "./conntrack";
import { canDropEarly } from "./conntrack-tcp";

const MIN_MS = 1000;
const MAX_MS = 60_000;
const CLAMP_MS = 300_000;
/** GC_SCAN_INTERVAL_INIT and _INITIAL_COUNT: a hundred imaginary entries that never expire. */
const INITIAL_MS = 2_147_483_647;
const INITIAL_COUNT = 100;

/** Returns when to come again. */
export function collectGarbage(conntrack: Conntrack, full: boolean): number {
  const { nowMs, table, limits } = conntrack;
  let averageMs = INITIAL_MS;
  let count = INITIAL_COUNT;
  for (const conn of [...table.connections()]) {
    const leftMs = conn.expiresMs - nowMs;
    if (leftMs <= 0) {
      conntrack.forget(conn);
      continue;
    }
    averageMs += (Math.min(Math.max(leftMs, MIN_MS), CLAMP_MS) - averageMs) / ++count;
    // Once a packet has found no room, closing connections go early while the table is 95 % full.
    const may = !conn.has(STATUS.assured) || canDropEarly(conn);
    if (full && table.size > (limits.max / 100) * 95 && may) conntrack.forget(conn);
  }
  return Math.min(Math.max(averageMs, MIN_MS), MAX_MS);
}
