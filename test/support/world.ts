/** A world for a test: seed 1, unless it says otherwise, and the clock at zero. */
import { Rng } from "../../engine/core/rng";
import { Scheduler } from "../../engine/core/scheduler";
import { Trace } from "../../engine/core/trace";
import type { World } from "../../engine/core/world";

export function newWorld(seed = 1): World {
  return { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: Date.UTC(2026, 10, 20, 12) };
}
