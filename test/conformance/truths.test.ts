/**
 * The emulator against recordings of a real kernel: every scenario must come out the same, to the
 * last counter.
 */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runScenario } from "../../engine/lab/scenario";

type Recording = { scenario: { name: string }; truth: { steps: { results?: { by: string }[] }[] } };

/** Chance decides who answers: only the shares can be compared. */
const BY_CHANCE = ["random_balance_distribution"];

function load(folder: string, name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./${folder}/${name}.json`, import.meta.url), "utf8"));
}

const names = (folder: string): string[] =>
  readdirSync(new URL(`./${folder}/`, import.meta.url))
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -5));

/**
 * Of a command's output, what may be compared: `stdout_cmp` where there is one; and of conntrack -S
 * the sum of its lines, since it is chance which processor a packet met.
 */
function comparable<T extends Recording["truth"]>(truth: T): unknown {
  const steps = truth.steps.map((step) => {
    const { stdout, stdout_cmp = stdout } = step as { stdout?: string; stdout_cmp?: string };
    return stdout_cmp === undefined ? step : { ...step, stdout: summed(stdout_cmp), stdout_cmp: undefined };
  });
  return { ...truth, steps };
}

function summed(printed: string): string {
  const lines = printed.split("\n");
  const perCpu = lines.filter((line) => line.startsWith("\tfound="));
  const total = new Map<string, number>();
  for (const [, name = "", value] of perCpu.flatMap((line) => [...line.matchAll(/(\w+)=(\d+)/g)])) total.set(name, (total.get(name) ?? 0) + Number(value));
  return [...lines.filter((line) => !perCpu.includes(line)), ...[...total].map(([name, value]) => `${name}=${value}`)].join("\n");
}

/** How often each server answered. */
function shares({ steps }: Recording["truth"]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { by } of steps.flatMap(({ results = [] }) => results)) count.set(by, (count.get(by) ?? 0) + 1);
  return count;
}

describe.each(["truth", "corpus", "found"])("%s", (folder) => {
  test.each(names(folder))("%s comes out as on Linux", (name) => {
    const { scenario, truth } = load(folder, name);
    const result = JSON.parse(JSON.stringify(runScenario(scenario)));
    if (!BY_CHANCE.includes(name)) {
      expect(comparable(result)).toEqual(comparable(truth));
      return;
    }
    const [here, there] = [shares(result), shares(truth)];
    expect([...here.keys()].sort()).toEqual([...there.keys()].sort());
    for (const [by, count] of there) expect(Math.abs((here.get(by) ?? 0) - count), by).toBeLessThan(50);
  });
});
