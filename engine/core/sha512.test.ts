import { sha512 as reference } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import { hex } from "./sha256";
import { sha512 } from "./sha512";

test("the digest of the standard's example", () => {
  expect(hex(sha512("abc"))).toBe("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
});

test.each([0, 1, 111, 112, 127, 128, 129, 240, 1000])("%i bytes have the digest that a library gives them", (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
  expect(hex(sha512(bytes))).toBe(hex(reference(bytes)));
});
