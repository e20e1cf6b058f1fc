/** A namespace with netfilter and nothing else: for tests of rules as text. */
import { Rng } from "@/engine/core/rng";
import { Scheduler } from "@/engine/core/scheduler";
import { Trace } from "@/engine/core/trace";
import type { World } from "@/engine/core/world";
import { Netns } from "@/engine/net/netns";
import { attachNetfilter, type Netfilter, type SetLookup } from "@/engine/netfilter/attach";

export function world(seed = 1): World {
  return { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: 1_795_221_758_000 };
}

/** Sets that exist and hold nothing. */
export function emptySets(...names: readonly string[]): SetLookup {
  return { exists: (name) => names.includes(name), dimension: () => 1, test: () => false, add() {}, delete() {}, retain() {}, release() {} };
}

export function bareNetfilter(init: { readonly initial?: boolean; readonly sets?: readonly string[] } = {}): Netfilter {
  const netfilter = attachNetfilter(new Netns(world(), "node", { initial: init.initial ?? true }));
  if (init.sets) netfilter.sets = emptySets(...init.sets);
  return netfilter;
}
