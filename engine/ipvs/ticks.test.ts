import { expect, test } from "vitest";
import { Ticks } from "./ticks";

/** When it fires, in milliseconds from the boot of a machine, for one that came to life at `bornMs`. */
function firings(bornMs: number, periodMs: number, count: number): number[] {
  const ticks = new Ticks(bornMs * 1000, periodMs);
  const at: number[] = [];
  for (let now = bornMs; at.length < count; ) {
    now += ticks.untilNextMs(now * 1000);
    at.push(now);
  }
  return at;
}

test("the kernel's estimator looks every 2016 ms, since its timer waits in buckets of 32 ms", () => {
  expect(firings(100, 2000, 4)).toEqual([2112, 4128, 6144, 8160]);
});

test("the defence comes every 1024 ms", () => {
  expect(firings(0, 1000, 3)).toEqual([1024, 2048, 3072]);
});
