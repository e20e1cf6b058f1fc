import { expect, test } from "vitest";
import { concat, internetChecksum, text, utf8 } from "./bytes";
import { asctime, civil, parseRfc3339, rfc3339, unixMs } from "./date";
import { floorLog2, naturalLog } from "./numbers";
import { Rng } from "./rng";
import { base32, hex, sha256 } from "./sha256";

test("UTF-8 goes in and comes out as every other implementation has it", () => {
  for (const sample of ["", "plain", "naïve café", "日本語", "a😀b", "\u0000\u007f\u0080\u07ff\u0800\uffff"]) {
    expect([...utf8(sample)]).toEqual([...new TextEncoder().encode(sample)]);
    expect(text(utf8(sample))).toBe(sample);
  }
});

test("what is not UTF-8 is shown, not lost and not fatal", () => {
  for (const bytes of [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) expect(text(new Uint8Array(bytes))).toContain("\ufffd");
});

test("a long text is not too long", () => {
  const long = "é".repeat(100_000);
  expect(text(utf8(long))).toBe(long);
});

test("the example of RFC 1071 sums to what it says", () => {
  expect(internetChecksum(new Uint8Array([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]))).toBe(~0xddf2 & 0xffff);
});

test("dates agree with the machine's own calendar for four centuries", () => {
  const rng = new Rng(7);
  for (let i = 0; i < 2000; i++) {
    const at = (rng.below(12_000_000) * 1000 - 2_000_000_000) * 1000 + rng.below(1000);
    const d = new Date(at);
    expect(civil(at)).toEqual({ year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: d.getUTCHours(), minute: d.getUTCMinutes(), second: d.getUTCSeconds(), ms: d.getUTCMilliseconds(), weekday: d.getUTCDay() });
  }
  expect(parseRfc3339(rfc3339(unixMs(2026, 11, 21, 9)))).toBe(Date.UTC(2026, 10, 21, 9));
  expect(asctime(unixMs(2026, 11, 1, 0, 22, 38))).toBe("Sun Nov  1 00:22:38 2026");
});

test("kube-proxy's chain names come out as a node prints them", () => {
  const chain = (name: string): string => base32(sha256(name)).slice(0, 16);
  expect(chain("production/payments:httptcp")).toBe("T4ZV3SLK53JRUDO4");
  expect(chain("kube-system/kube-dns:dnsudp")).toBe("TCOU7JCQXEZGVUNU");
  expect(hex(sha256("abc")).slice(0, 16)).toBe("ba7816bf8f01cfea");
});

test("a message of any length has the hash that openssl gives it", () => {
  const messages = Array.from({ length: 201 }, (_, length) => Uint8Array.from({ length }, (_, i) => i));
  expect(hex(sha256(Uint8Array.from(messages.flatMap((message) => [...sha256(message)]))))).toBe("64ef7c229fce2408b5336b6a542fea0e078c3a87d2da85cb3fc52e2008b65021");
});

test("a stream of chance depends on seed and name, and on nobody else's draws", () => {
  const draws = (rng: Rng): number[] => Array.from({ length: 3 }, () => rng.u32());
  const one = new Rng(1);
  const before = draws(one.fork("statistic"));
  draws(one);
  expect(draws(one.fork("statistic"))).toEqual(before);
  expect(draws(one.fork("ports"))).not.toEqual(before);
  expect(draws(new Rng(2).fork("statistic"))).not.toEqual(before);
});

test("below() is even-handed", () => {
  const rng = new Rng(3);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 50_000; i++) counts[rng.below(5)] = (counts[rng.below(5)] ?? 0) + 1;
  const total = counts.reduce((a, b) => a + b);
  for (const count of counts) expect(Math.abs(count / total - 0.2)).toBeLessThan(0.02);
});

test("pieces are put together in order", () => {
  expect([...concat([new Uint8Array([1, 2]), new Uint8Array([]), new Uint8Array([3])])]).toEqual([1, 2, 3]);
});

test("logarithms are right, and made of arithmetic alone", () => {
  for (const n of [1, 2, 3, 5, 7, 10, 100, 5002, 1e6]) expect(naturalLog(n)).toBeCloseTo(Math.log(n), 12);
  for (const n of [1, 2, 3, 4, 65_535, 65_536, 1e15]) expect(floorLog2(n)).toBe(Math.floor(Math.log2(n)));
  expect(floorLog2(0.5)).toBe(-1);
});
