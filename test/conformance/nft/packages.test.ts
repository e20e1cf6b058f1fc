/** Two packages of rules on the same hooks, iptables' and nft's: run by priority, counted by each, as the kernel did. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runScenario } from "../../../engine/lab/scenario";

type Recorded = { readonly scenario: Parameters<typeof runScenario>[0]; readonly [truth: string]: unknown };
const recorded: Readonly<Record<string, Recorded>> = JSON.parse(readFileSync(new URL("./packages.json", import.meta.url), "utf8"));

test.each(Object.entries(recorded))("iptables-%s and nft", (_, { scenario, ...truth }) => {
  const ours = JSON.parse(JSON.stringify(runScenario(scenario)));
  const { conntrack, nft, iptables_save_c } = ours.after.r;
  expect({ steps: ours.steps, conntrack, nft, iptables_save_c }).toEqual(truth);
});
