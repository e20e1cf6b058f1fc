/** Legacy iptables, iptables-nft 1.8.9 and nft 1.0.6 in one namespace: who sees whose rules, and who warns, as recorded. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runIptables } from "../../../engine/netfilter/iptables/command";
import { runSave } from "../../../engine/netfilter/iptables/save-command";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { bareNetfilter } from "../../support/netfilter";

type Step = { readonly argv: readonly string[]; readonly exit: number; readonly stdout: string; readonly stderr: string };
const sessions: Readonly<Record<string, readonly Step[]>> = JSON.parse(readFileSync(new URL("./backends.json", import.meta.url), "utf8"));

function run(netfilter: ReturnType<typeof bareNetfilter>, argv: readonly string[]): Omit<Step, "argv"> {
  const [program = "", ...args] = argv;
  if (program === "nft") return runNft(netfilter, args, () => "", () => undefined);
  return program.endsWith("-save") ? runSave(netfilter, argv, () => undefined) : runIptables(netfilter, argv);
}

test.each(Object.entries(sessions))("%s", (_, steps) => {
  const netfilter = bareNetfilter();
  for (const { argv, ...recorded } of steps) {
    const { exit, stdout, stderr } = run(netfilter, argv);
    expect({ argv, exit, stdout: stdout.replace(/ on \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}/g, " on NOW"), stderr }).toEqual({ argv, ...recorded });
  }
});
