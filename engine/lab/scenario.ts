/**
 * Runs a raw network scenario in the emulator and reports in the format of the recorded truths,
 * so that the two can be compared line by line. `podpath net` prints what this returns.
 */
import { Capture } from "./scenario-capture";
import { Listeners } from "./scenario-listeners";
import type { Outcome } from "./scenario-probes";
import { report } from "./scenario-report";
import { type SetupNote, setUp } from "./scenario-setup";
import { ScenarioProblem, type StepSpec, asScenario } from "./scenario-spec";
import { Shells } from "./scenario-exec";
import { Steps } from "./scenario-steps";
import { ScenarioWorld } from "./scenario-world";

export { ScenarioProblem };

/** Throws ScenarioProblem for what the emulator does not do. `withCapture` adds what tcpdump saw, which recordings keep apart. */
export function runScenario(scenario: unknown, seed = 1, withCapture = false): unknown {
  const world = new ScenarioWorld(asScenario(scenario), seed);
  const { scenario: spec } = world;
  const notes: SetupNote[] = [];
  setUp(world, notes);
  const listeners = new Listeners(world);
  for (const listener of spec.listeners ?? []) listeners.add(listener, notes);
  const capture = withCapture ? new Capture(world) : undefined;
  const captured = spec.capture === true ? world.hosts.size : (spec.capture?.length ?? 0);
  world.sleep(captured * world.pace.captureMs);
  for (const step of [...(spec.probes ?? []), ...(spec.steps ?? [])] as StepSpec[]) knowPorts(world, step);
  const steps = new Steps(world, listeners, new Shells(world), notes);
  const outcomes: Outcome[] = [];
  for (const step of [...(spec.probes ?? []), ...(spec.steps ?? [])]) {
    const outcome = steps.run(step);
    outcomes.push(step.label === undefined ? outcome : { label: step.label, ...outcome });
  }
  if (spec.settle_ms) world.sleep(spec.settle_ms);
  const after: Record<string, unknown> = {};
  for (const host of world.hosts.values()) {
    if (host.spec.report ?? Boolean(host.spec.rules || host.spec.ipvs)) after[host.name] = report(world, host);
  }
  const result: Record<string, unknown> = { name: spec.name ?? "", steps: outcomes, after };
  if (notes.length > 0) result.setup = notes;
  if (capture !== undefined) result.tcpdump = capture.lines;
  if (spec.capture_log) result.log = logLines(world);
  return result;
}

/** Ports that appear in the scenario are compared; all others are chance. */
function knowPorts(world: ScenarioWorld, { sport, count = 1, sport_step = 1 }: StepSpec): void {
  if (!sport) return;
  world.knownPorts.add(sport);
  for (let i = 0; i < count; i++) world.knownPorts.add(sport + i * sport_step);
}

function logLines(world: ScenarioWorld): string[] {
  const tag = world.scenario.log_tag ?? "";
  return world.logLines.filter((line) => line.includes("IN=") && line.includes("OUT=") && line.includes(tag)).map((line) => line.replace(/ ID=\d+/g, " ID=N"));
}
