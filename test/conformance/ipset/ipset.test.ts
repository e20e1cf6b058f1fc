/** Sessions of the real ipset 7.17 (Linux 6.18.44), played in the emulator: every word, the order of members, sizes in memory. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Netns } from "../../../engine/net/netns";
import { attachNetfilter } from "../../../engine/netfilter/attach";
import { runIpset } from "../../../engine/netfilter/ipset/command";
import { newWorld } from "../../support/world";

type Step = { readonly argv: readonly string[]; readonly stdin?: string; readonly atMs: number; readonly rc: number; readonly out: string; readonly err: string };

const FILES = { read: () => undefined, write: () => "No such file or directory" };

describe.each(["commands", "time", "random"])("recorded ipset sessions: %s", (file) => {
  const sessions: Record<string, Step[]> = JSON.parse(readFileSync(new URL(`./${file}.json`, import.meta.url), "utf8"));
  test.each(Object.entries(sessions))("%s", (_name, steps) => {
    const world = newWorld();
    const netfilter = attachNetfilter(new Netns(world, "host"));
    for (const { argv, stdin = "", atMs, rc, out, err } of steps) {
      world.scheduler.runUntil(atMs);
      const { exit, stdout, stderr } = runIpset(netfilter, argv, () => stdin, FILES);
      expect({ argv, rc: exit, out: stdout, err: stderr }).toEqual({ argv, rc, out, err });
    }
  });
});
