import { expect, test } from "vitest";
import { Rng } from "../../core/rng";
import { goSort } from "./go-sort";

/** Keys, and the places they came from in the order that Go 1.19's sort.Sort leaves them in. (Its shuffle was another one: none of these comes to it.) */
const RECORDED = [
  { keys: "1 1 0 1 1 1 1 1 0 0 0 0 1 1 1 0 1 1 1 1 0 0 0 1 1", order: "9 22 2 21 20 15 11 10 8 12 16 6 0 13 14 5 7 17 18 19 4 3 1 23 24" },
  { keys: "0 0 0 1 0 1 1 2 2 3 1 2 2 3 2 2 1 0 3 1 1 2 1 3", order: "17 1 2 0 4 6 16 22 20 19 10 5 3 12 14 15 11 8 21 7 13 18 9 23" },
  { keys: "0 0 0 1 1 1 2 2 2 3 3 3 4 4 4 5", order: "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15" },
];

test.each(RECORDED)("equals come out in Go's order: $keys", ({ keys, order }) => {
  const items = keys.split(" ").map((key, place) => ({ key: Number(key), place }));
  expect(goSort(items, (a, b) => a.key - b.key).map(({ place }) => place).join(" ")).toBe(order);
});

test("it sorts, whatever it is given", () => {
  const rng = new Rng(5);
  for (let n = 0; n < 200; n++) {
    const range = [2, 10, 1000, 1e6][n % 4] ?? 2;
    const items = Array.from({ length: rng.below(700) }, (_, i) => (n % 3 === 0 ? i + rng.below(5) : n % 3 === 1 ? 700 - i : rng.below(range)));
    expect(goSort(items, (a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
  }
});
