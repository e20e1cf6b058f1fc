/**
 * The emulator against this machine's own kernel, with seeds nobody has seen: random rulesets, sets and
 * clusters, in network namespaces. Needs root; elsewhere the recordings stand in (truths.test.ts).
 *
 * PODPATH_LIVE=N says how many (500 in CI, 12 otherwise), PODPATH_LIVE_FIRST the first seed, PODPATH_LIVE_WIDE=1 that every other one is of
 * the wider generator, PODPATH_LIVE_STACK=1 that all are of the one for what lies below netfilter. A hundred thousand:
 *   PODPATH_LIVE=100000 npx vitest run test/conformance/live
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { runScenario } from "../../engine/lab/scenario";

const COUNT = Number(process.env["PODPATH_LIVE"] ?? (process.env["CI"] === "true" ? 500 : 12));
/** A new stretch of seeds every second of the day; printed with a failure, and enough to repeat it. */
const FIRST = Number(process.env["PODPATH_LIVE_FIRST"] ?? 1_000_000 + (Math.floor(Date.now() / 1000) % 900_000) * 1000);
const MOST_SHOWN = 3;
const JOBS = 2;
const canRun = process.platform === "linux" && process.getuid?.() === 0;

/** Even seeds are of the first generator, odd ones of the wider one. */
const STACK = process.env["PODPATH_LIVE_STACK"] === "1";
const STEP = STACK || process.env["PODPATH_LIVE_WIDE"] === "1" || process.env["PODPATH_LIVE_FIRST"] !== undefined ? 1 : 2;

type Recorded = { readonly seed: number; readonly scenario: unknown; readonly truth: unknown };
type Different = { readonly seed: number; readonly here: unknown; readonly there: unknown };

test.skipIf(!canRun)(`${COUNT} random scenarios from seed ${FIRST} on come out as on this kernel`, { timeout: COUNT * 4000 + 120_000 }, async () => {
  const complaints: string[] = [];
  const { compared, different } = await compare(FIRST, COUNT, JOBS, complaints);
  // A busy machine may spoil a recording. What the kernel does, it does again: each difference is recorded once more, alone.
  const again: Different[] = [];
  for (const { seed } of different) again.push(...(await compare(seed, 1, 1, complaints)).different);
  console.log(`${compared} scenarios compared with this kernel, ${again.length} different, ${different.length - again.length} recordings spoiled`);
  for (const { seed, here, there } of again.slice(0, MOST_SHOWN)) expect.soft(here, `seed ${seed}`).toEqual(there);
  expect(again.map(({ seed }) => seed)).toEqual([]);
  expect(compared, complaints.join("")).toBeGreaterThanOrEqual(Math.floor(COUNT * 0.95));
});

/** Runs the oracle, and the emulator beside it. */
async function compare(first: number, count: number, jobs: number, complaints: string[]): Promise<{ compared: number; different: Different[] }> {
  const oracle = spawn("python3", [path.join(import.meta.dirname, "oracle/live.py"), String(first), String(count), String(jobs), String(STEP)], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...(STACK ? { ORACLE_GENERATOR: "stack" } : {}) } });
  oracle.stderr.on("data", (text: Buffer) => complaints.push(text.toString()));
  const different: Different[] = [];
  let compared = 0;
  for await (const line of createInterface({ input: oracle.stdout })) {
    const { seed, scenario, truth } = JSON.parse(line) as Recorded;
    const here: unknown = JSON.parse(JSON.stringify(runScenario(scenario)));
    compared++;
    if (JSON.stringify(sorted(here)) !== JSON.stringify(sorted(truth))) different.push({ seed, here, there: truth });
  }
  return { compared, different };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
