import { expect, test } from "vitest";
import { Stats } from "./stats";

test("counters show only what the estimator has seen, and rates creep up", () => {
  const stats = new Stats();
  for (let i = 0; i < 20; i++) stats.conns++;
  stats.countIn(1000);
  expect(stats.shown.conns).toBe(0);
  stats.estimate();
  expect(stats.shown).toEqual({ conns: 20, inpkts: 1, outpkts: 0, inbytes: 1000, outbytes: 0 });
  expect(stats.rates).toEqual({ conns: 2, inpkts: 0, outpkts: 0, inbytes: 125, outbytes: 0 });
});

test("-Z declares zero what has been seen so far", () => {
  const stats = new Stats();
  stats.conns = 3;
  stats.estimate();
  stats.zero();
  stats.conns = 5;
  expect(stats.shown.conns).toBe(0);
  stats.estimate();
  expect(stats.shown.conns).toBe(2);
});

test("with nothing going on, rates come to rest", () => {
  const stats = new Stats();
  stats.countOut(60);
  for (let i = 0; i < 60; i++) stats.estimate();
  expect(stats.settled).toBe(true);
});
