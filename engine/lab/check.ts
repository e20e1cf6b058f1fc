/**
 * The author's validator. A lab is sound when it is broken at the start, each of its solutions
 * solves it, each wrong fix fails on the goal it names, each goal is needed to stop one of
 * them, each hint can be reached, and its transcripts say what is really printed.
 */
import { parseYaml } from "../core/yaml";
import { type LabFiles, LabProblem, type Session } from "./contract";
import { type Lab, readLab, type Script } from "./lab";
import { play } from "./play";
import { openSession } from "./equipped";
import { printTranscript } from "./transcript";

export type LabReport = {
  readonly id: string;
  readonly problems: readonly string[];
  readonly solutions: number;
  readonly wrong: number;
  readonly hints: number;
  readonly goals: number;
  /** Transcripts with what was really printed, by path: what `--update` writes. */
  readonly played: Readonly<Record<string, string>>;
};

/** Long enough for every goal to be seen unmet, and for one that is true from the start to be met. */
const LOOK_MS = 15_000;

type Findings = { problems: string[]; hintsSeen: Set<string>; stoppedBy: Set<string>; played: Record<string, string> };

/** Plays everything once for each seed; outputs are compared with the first seed's. */
export function checkLab(files: LabFiles, seeds: readonly number[]): LabReport {
  let lab: Lab;
  try {
    lab = readLab(files, parseYaml);
  } catch (problem) {
    if (!(problem instanceof LabProblem)) throw problem;
    return { id: "?", problems: [problem.message], solutions: 0, wrong: 0, hints: 0, goals: 0, played: {} };
  }
  const findings: Findings = { problems: [], hintsSeen: new Set(), stoppedBy: new Set(), played: {} };
  if (lab.goals.length > 0) for (const [i, seed] of seeds.entries()) checkSeed(files, lab, seed, i === 0, findings);
  else tryOpen(files, seeds[0] ?? 1, findings);
  if (lab.goals.length > 0) checkWhole(lab, findings);
  return { id: lab.summary.id, problems: findings.problems, solutions: lab.solutions.length, wrong: lab.wrong.length, hints: lab.hints.length, goals: lab.goals.length, played: findings.played };
}

function tryOpen(files: LabFiles, seed: number, { problems }: Findings): Session | undefined {
  try {
    return openSession(files, { seed });
  } catch (problem) {
    if (!(problem instanceof LabProblem)) throw problem;
    problems.push(`seed ${seed}: ${problem.message}`);
    return undefined;
  }
}

function checkSeed(files: LabFiles, lab: Lab, seed: number, first: boolean, findings: Findings): void {
  const untouched = tryOpen(files, seed, findings);
  if (!untouched) return;
  untouched.run(LOOK_MS);
  if (untouched.goals().every(({ met }) => met)) findings.problems.push(`seed ${seed}: nothing is broken: every goal is met at the start`);
  for (const script of lab.solutions) {
    const session = run(files, script, seed, first, findings);
    for (const { id, met, detail } of session?.goals() ?? []) if (!met) findings.problems.push(`${script.path}: does not meet the goal "${id}" (seed ${seed}: ${detail})`);
  }
  for (const script of lab.wrong) {
    const session = run(files, script, seed, first, findings);
    const unmet = (session?.goals() ?? []).filter(({ met }) => !met).map(({ id }) => id);
    if (session && unmet.length === 0) findings.problems.push(`${script.path}: meets every goal (seed ${seed}), so nothing stops this wrong fix`);
    if (unmet.length === 1 && unmet[0] !== undefined) findings.stoppedBy.add(unmet[0]);
  }
}

function run(files: LabFiles, script: Script, seed: number, first: boolean, findings: Findings): Session | undefined {
  const session = tryOpen(files, seed, findings);
  if (!session) return undefined;
  const { steps, differences } = play(session, script.steps);
  for (const hint of session.hints()) if (hint.available) findings.hintsSeen.add(hint.id);
  const verdicts = differences.filter((difference) => difference.startsWith("goal "));
  for (const difference of first ? differences : verdicts) findings.problems.push(`${script.path} (seed ${seed}): ${difference}`);
  if (first) findings.played[script.path] = printTranscript(steps);
  return session;
}

function checkWhole(lab: Lab, { problems, hintsSeen, stoppedBy }: Findings): void {
  if (lab.solutions.length === 0) problems.push("solutions/: there is none");
  for (const { path, steps } of lab.wrong) {
    if (!steps.some((step) => step.kind === "directive" && step.verb === "unmet")) problems.push(`${path}: names no goal that must stay unmet (@unmet GOAL)`);
  }
  for (const { id } of lab.hints) if (!hintsSeen.has(id)) problems.push(`lab.yaml: hint "${id}" is never offered in any transcript`);
  for (const { id } of lab.goals) if (!stoppedBy.has(id)) problems.push(`lab.yaml: goal "${id}" is not needed: no wrong fix fails on it alone`);
}
