/**
 * What every part of the emulation is given when it is made: the one clock, the one source of
 * chance, the one trace. There is nothing else to hold on to; nobody reads the machine outside.
 */
import type { Rng } from "./rng";
import type { Scheduler } from "./scheduler";
import type { Trace } from "./trace";

export type World = {
  readonly scheduler: Scheduler;
  readonly rng: Rng;
  readonly trace: Trace;
  /** What the wall clock showed when the world began, in milliseconds since 1970 (UTC). */
  readonly epochMs: number;
};

/** Milliseconds since 1970, as `date` would print it inside the world. */
export function wallMs(world: World): number {
  return world.epochMs + world.scheduler.nowMs;
}
