/**
 * The emulator against recordings of a real kernel: every scenario must come out the same, to the
 * last counter. What the emulator refuses by name is listed below, and nothing else.
 */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ScenarioProblem, runScenario } from "../../engine/lab/scenario";

type Recording = { scenario: { name: string }; truth: { steps: { results?: { by: string }[] }[] } };

/** Scenarios that need something the emulator says it does not model. One that begins to pass must be taken off. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  conntrack_table_full: /cat: command not found/,
  networkpolicy_drop: /ipsets/,
  networkpolicy_kube_router_reject: /ipsets/,
  nfacct_rule: /nfacct: command not found/,
  reject_silenced_by_redirect: /nstat: command not found/,
  "2": /ipsets/,
  "10": /ipsets/,
  "16": /ipsets/,
  "25": /ipsets/,
  "30": /ipsets/,
  "37": /ipsets/,
};

/** Chance decides who answers: only the shares can be compared. */
const BY_CHANCE = ["random_balance_distribution"];

function load(folder: string, name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./${folder}/${name}.json`, import.meta.url), "utf8"));
}

const names = (folder: string): string[] =>
  readdirSync(new URL(`./${folder}/`, import.meta.url))
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -5));

/** How often each server answered. */
function shares({ steps }: Recording["truth"]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { by } of steps.flatMap(({ results = [] }) => results)) count.set(by, (count.get(by) ?? 0) + 1);
  return count;
}

describe.each(["truth", "corpus"])("%s", (folder) => {
  test.each(names(folder))("%s comes out as on Linux", (name) => {
    const { scenario, truth } = load(folder, name);
    const refused = REFUSED[name];
    if (refused !== undefined) {
      expect(() => runScenario(scenario)).toThrow(ScenarioProblem);
      expect(() => runScenario(scenario)).toThrow(refused);
      return;
    }
    const result = JSON.parse(JSON.stringify(runScenario(scenario)));
    if (!BY_CHANCE.includes(name)) {
      expect(result).toEqual(truth);
      return;
    }
    const [here, there] = [shares(result), shares(truth)];
    expect([...here.keys()].sort()).toEqual([...there.keys()].sort());
    for (const [by, count] of there) expect(Math.abs((here.get(by) ?? 0) - count), by).toBeLessThan(50);
  });
});
