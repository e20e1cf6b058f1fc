import { expect, test } from "vitest";
import { addressOf, NewGuests } from "./new-guests";

const HOUR_MS = 3_600_000;

test("an address gets so many guests an hour, and another one is not held up by it", () => {
  const guests = new NewGuests();
  const admitted = Array.from({ length: 130 }, () => guests.admit("192.0.2.1", 1000));
  expect(admitted.filter(Boolean)).toHaveLength(120);
  expect(guests.admit("192.0.2.2", 1000)).toBe(true);
  expect(guests.admit("192.0.2.1", 1000 + HOUR_MS)).toBe(true);
});

test("all addresses together have an end too", () => {
  const guests = new NewGuests();
  const admitted = Array.from({ length: 6000 }, (_, i) => guests.admit(`10.0.${i >> 8}.${i & 255}`, 1000));
  expect(admitted.filter(Boolean)).toHaveLength(5000);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["6.6.6.6, 192.0.2.1", "192.0.2.1"],
  [null, "unknown"],
])("of %s the address is %s", (header, address) => {
  expect(addressOf({ get: () => header })).toBe(address);
});
