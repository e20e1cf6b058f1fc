/** Whole command lines of the real nft 1.0.6 against the emulator's: options, listings, echo, JSON. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linkSet } from "../../../engine/net/netlink";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { bareNetfilter } from "../../support/netfilter";

type Case = { readonly argv: readonly string[]; readonly exit: number; readonly stdout: string; readonly stderr: string };
const { base, cases }: { readonly base: string; readonly cases: readonly Case[] } = JSON.parse(readFileSync(new URL("./commands.json", import.meta.url), "utf8"));

test.each(cases.map((recorded) => [recorded.argv.join(" "), recorded] as const))("nft %s", (_, { argv, ...recorded }) => {
  const netfilter = bareNetfilter();
  linkSet(netfilter.ns, "lo", { up: true });
  expect(runNft(netfilter, ["-f", "-"], () => base, () => undefined).stderr).toBe("");
  const { exit, stdout, stderr } = runNft(netfilter, argv, () => "", () => undefined);
  expect({ exit, stdout: stdout.replace(/generation \d+ by process \d+/, "generation N by process P"), stderr }).toEqual(recorded);
});
