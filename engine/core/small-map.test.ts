import { expect, test } from "vitest";
import { Rng } from "./rng";
import { SmallMap } from "./small-map";

test("A small map is what a Map is, few entries or many, in the order they came", () => {
  const rng = new Rng(7);
  for (let round = 0; round < 200; round++) {
    const [small, map] = [new SmallMap<string>(), new Map<number, string>()];
    const keys = 1 + rng.below(20);
    for (let step = 0; step < 60; step++) {
      const key = rng.below(keys) - 3;
      if (rng.below(3) === 0) {
        small.delete(key);
        map.delete(key);
      } else {
        small.set(key, `${step}`);
        map.set(key, `${step}`);
      }
      expect([small.size, small.values(), small.get(key), small.get(99)]).toEqual([map.size, [...map.values()], map.get(key), undefined]);
    }
  }
});
