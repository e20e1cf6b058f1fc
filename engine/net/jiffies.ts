/**
 * When a kernel timer fires. The kernel counts in jiffies of 4 ms (CONFIG_HZ=250) and keeps its timers in a wheel whose
 * buckets are coarser the further away they are: up to 252 ms ahead of 4 ms, up to 2 s of 32 ms, up to 16 s of 256 ms,
 * up to 129 s of two seconds. A timer never fires early, and so always in the bucket after its own. That is why SYNs are
 * seen after 1.02, 2.05 and 3.07 seconds. In Linux: calc_wheel_index() of kernel/time/timer.c.
 */
export const JIFFY_MS = 4;
const JIFFY_US = JIFFY_MS * 1000;
const BUCKETS = 64;
/** Each level's buckets are eight times as long as those of the one before. */
const LEVEL_BITS = 3;
const LAST_LEVEL = 8;

/** msecs_to_jiffies(): as many as are not less than this time. */
export function jiffiesOf(ms: number): number {
  return Math.max(0, Math.ceil(ms / JIFFY_MS - 1e-9));
}

/** `jiffies`: how many have passed at this moment of the world's clock. */
export function jiffiesAt(nowUs: number): number {
  return Math.floor(nowUs / JIFFY_US);
}

/** A time rounded up to whole jiffies. */
export function wholeJiffies(ms: number): number {
  return jiffiesOf(ms) * JIFFY_MS;
}

/** When a timer that is set now for so many milliseconds will fire, in microseconds of the world's clock. */
export function timerDueUs(nowUs: number, delayMs: number): number {
  const delay = jiffiesOf(delayMs);
  const expires = jiffiesAt(nowUs) + delay;
  if (delay < BUCKETS - 1) return (expires + 1) * JIFFY_US;
  let level = 1;
  while (level < LAST_LEVEL && delay >= (BUCKETS - 1) * 2 ** (level * LEVEL_BITS)) level++;
  const bucket = 2 ** (level * LEVEL_BITS);
  return (Math.floor(expires / bucket) + 1) * bucket * JIFFY_US;
}
