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

test("what -j lists, -j -f takes, and lists the same", () => {
  const [first, second] = [bareNetfilter(), bareNetfilter()];
  for (const { ns } of [first, second]) linkSet(ns, "lo", { up: true });
  const nft = (netfilter: typeof first, argv: readonly string[], input = ""): ReturnType<typeof runNft> => runNft(netfilter, argv, () => input, () => undefined);
  // A map of concatenations, and one whose jumps come before their chain, the real one does not take back either.
  nft(first, ["-f", "-"], base.replace(/^ map a .*\n|^.*map @a\n/gm, "").replace(", 10.0.0.2 . 81 : jump d", ""));
  const listing = nft(first, ["-j", "list", "ruleset"]).stdout;
  expect(nft(second, ["-j", "-f", "-"], listing)).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(nft(second, ["list", "ruleset"]).stdout).toBe(nft(first, ["list", "ruleset"]).stdout.replace('\tcomment "all of it"\n', ""));
});

test.each([
  ['{"nftables": [{"foo": {}}]}', "internal:0:0-0: Error: Unknown object passed to add command.\n\ninternal:0:0-0: Error: Parsing command array at index 0 failed.\n\n"],
  ['{"nftables": 5}', 'internal:0:0-0: Error: Value of property "nftables" must be an array.\n\n'],
  ['{"nftables": [{"add": {"rule": {"family": "ip", "table": "t", "chain": "gone", "expr": [{"accept": null}]}}}]}', "internal:0:0-0: Error: Could not process rule: No such file or directory\n\n"],
  ['{"nftables": [{"add": {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"foo": null}]}}}]}', "internal:0:0-0: Error: Unknown statement object 'foo'.\n\ninternal:0:0-0: Error: Parsing expr array at index 0 failed.\n\ninternal:0:0-0: Error: Parsing command array at index 0 failed.\n\n"],
  ['{"nftables": [{"add": {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 99999}}]}}}]}', "internal:0:0-0: Error: Service out of range\n\n"],
])("JSON that is refused, as recorded: %s", (input, stderr) => {
  const netfilter = bareNetfilter();
  runNft(netfilter, ["-f", "-"], () => "table ip t {\n chain c { }\n}\n", () => undefined);
  expect(runNft(netfilter, ["-j", "-f", "-"], () => input, () => undefined)).toEqual({ exit: 1, stdout: "", stderr });
});
