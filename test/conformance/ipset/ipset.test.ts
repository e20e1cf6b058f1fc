/** Sessions of the real ipset 7.17 (Linux 6.18.44), played in the emulator: every word, the order of members, sizes in memory. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Netns } from "../../../engine/net/netns";
import { attachNetfilter, type Netfilter } from "../../../engine/netfilter/attach";
import { runIpset } from "../../../engine/netfilter/ipset/command";
import { runIptables } from "../../../engine/netfilter/iptables/command";
import { runRestore } from "../../../engine/netfilter/iptables/restore-command";
import { runScenario } from "../../../engine/lab/scenario";
import { newWorld } from "../../support/world";

type Step = { readonly program?: string; readonly argv: readonly string[]; readonly stdin?: string; readonly atMs: number; readonly rc: number; readonly out: string; readonly err: string };

const FILES = { read: () => undefined, write: () => "No such file or directory" };

function run(netfilter: Netfilter, program: string, argv: readonly string[], stdin: string): { readonly exit: number; readonly stdout: string; readonly stderr: string } {
  if (program === "ipset") return runIpset(netfilter, argv, () => stdin, FILES);
  if (program.endsWith("-restore")) return runRestore(netfilter, [program, ...argv], () => stdin, () => undefined);
  return runIptables(netfilter, [program, ...argv]);
}

describe.each(["commands", "time", "random", "rules"])("recorded ipset sessions: %s", (file) => {
  const sessions: Record<string, Step[]> = JSON.parse(readFileSync(new URL(`./${file}.json`, import.meta.url), "utf8"));
  test.each(Object.entries(sessions))("%s", (_name, steps) => {
    const world = newWorld();
    const netfilter = attachNetfilter(new Netns(world, "host"));
    for (const { program = "ipset", argv, stdin = "", atMs, rc, out, err } of steps) {
      world.scheduler.runUntil(atMs);
      const { exit, stdout, stderr } = run(netfilter, program, argv, stdin);
      expect({ program, argv, rc: exit, out: stdout, err: stderr }).toEqual({ program, argv, rc, out, err });
    }
  });
});

describe("packets against sets, as the kernel decided and counted", () => {
  const recorded: Record<string, { scenario: unknown; truth: unknown }> = JSON.parse(readFileSync(new URL("./packets.json", import.meta.url), "utf8"));
  test.each(Object.entries(recorded))("%s", (_name, { scenario, truth }) => {
    expect(JSON.parse(JSON.stringify(runScenario(scenario as Parameters<typeof runScenario>[0])))).toEqual(truth);
  });
});
