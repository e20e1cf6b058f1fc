import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newWorld } from "../../../test/support/world";
import { Netns } from "../../net/netns";
import { attachNetfilter } from "../attach";
import { NO_FILES, runIpset } from "./command";

/** Members come in the order of a salted hash; its salt and the memory are chance and architecture. */
function comparable(printed: string): string {
  const lines = printed.replace(/initval 0x[0-9a-f]+/g, "initval 0xRND").replace(/Size in memory: .*/g, "Size in memory: N").split("\n");
  const member = (line: string): boolean => /^(add \S+ )?\d/.test(line);
  const sorted = lines.filter(member).sort();
  return lines.map((line) => (member(line) ? sorted.shift() : line)).join("\n");
}

function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? (m[2] as string)).slice(1);
}

test("ipset prints what ipset 7.17 printed on Linux, command after command", () => {
  const world = newWorld();
  const netfilter = attachNetfilter(new Netns(world, "host"));
  const text = readFileSync(new URL("../../../test/conformance/ipset/session.txt", import.meta.url), "utf8");
  const blocks = text.split(/^\$ /m).slice(1);
  expect(blocks.length).toBeGreaterThan(80);
  for (const block of blocks) {
    const [command = "", ...expected] = block.split("\n");
    const { exit, stdout, stderr } = runIpset(netfilter, words(command), () => "", NO_FILES);
    expect(comparable(`$ ${command}\n${stdout}${stderr}[${exit}]\n`)).toBe(comparable(`$ ${command}\n${expected.join("\n")}`));
    world.scheduler.run(1); // So that time-outs have begun to run, as they had there.
  }
});
