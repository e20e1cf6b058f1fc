import { expect, test } from "vitest";
import { ip } from "../wire/ip";
import { NetworksSeen } from "./networks-seen";

test("whatever was added is seen, and of thirty other networks most are not", () => {
  const seen = new NetworksSeen();
  expect(seen.maybe(ip("10.96.0.10"))).toBe(false);
  seen.add(ip("10.96.0.10"));
  expect(seen.maybe(ip("10.96.200.1"))).toBe(true);
  const others = Array.from({ length: 30 }, (_, i) => seen.maybe(ip(`10.${100 + i}.0.1`)));
  expect(others.filter((maybe) => maybe).length).toBeLessThan(4);
});
