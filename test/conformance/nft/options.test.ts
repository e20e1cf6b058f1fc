/** nft 1.0.6 with files that include others, with definitions and with its options, as recorded. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linkSet } from "../../../engine/net/netlink";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { bareNetfilter } from "../../support/netfilter";

type Said = { readonly exit: number; readonly stdout: string; readonly stderr: string };
type Case = { readonly name: string; readonly steps: readonly { readonly argv: readonly string[]; readonly stdin?: string }[]; readonly said: readonly Said[] };
const { files, cases }: { readonly files: Readonly<Record<string, string>>; readonly cases: readonly Case[] } = JSON.parse(readFileSync(new URL("./options.json", import.meta.url), "utf8"));

/** A shell's pattern, as far as these go. */
function matching(pattern: string): string[] {
  const made = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
  return Object.keys(files).filter((name) => made.test(name)).sort();
}

test.each(cases.map((one) => [one.name, one] as const))("nft %s", (_, { steps, said }) => {
  const netfilter = bareNetfilter();
  linkSet(netfilter.ns, "lo", { up: true });
  const ours = steps.map(({ argv, stdin = "" }) => {
    const { exit, stdout, stderr } = runNft(netfilter, argv.slice(1), () => stdin, { read: (path) => files[path], glob: matching });
    return { exit, stdout: stdout.replace(/generation \d+ by process \d+/, "generation N by process P"), stderr };
  });
  expect(ours).toEqual(said);
});
