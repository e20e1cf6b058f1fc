/**
 * Plays a transcript in a session: the same runner for golden tests, lessons' console blocks,
 * solutions and wrong fixes. What was printed takes the place of what was written.
 */
import type { Session } from "./contract";
import { parseDuration } from "./shape";
import { sameOutput, type Step } from "./transcript";
import { typeLine } from "./type-line";

export type Played = {
  readonly steps: readonly Step[];
  /** What was not as written: a line each, in order. */
  readonly differences: readonly string[];
};

export function play(session: Session, steps: readonly Step[]): Played {
  const differences: string[] = [];
  const played = steps.map((step): Step => {
    if (step.kind === "remark") return step;
    if (step.kind === "directive") {
      const problem = obey(session, step.verb, step.argument);
      if (problem !== undefined) differences.push(problem);
      return step;
    }
    let shown = "";
    const { exit } = typeLine(session, step.place, step.line, (stdout, stderr) => {
      shown += stdout + stderr;
    });
    const output = linesOf(shown);
    const same = exit === step.exit && sameOutput(step.output, output);
    if (!same) differences.push(`${step.place}$ ${step.line}\nwritten: ${[...step.output, `[exit ${step.exit}]`].join("\n  ")}\nprinted: ${[...output, `[exit ${exit}]`].join("\n  ")}`);
    // What still fits stays as it was written, with its `…`.
    return same ? step : { ...step, output, exit };
  });
  return { steps: played, differences };
}

function obey(session: Session, verb: "wait" | "done" | "unmet", argument: string): string | undefined {
  if (verb === "wait") {
    const until = session.nowMs + (parseDuration(argument) ?? 0);
    while (session.nowMs < until && session.run(until - session.nowMs, 1_000_000).done === false);
    return undefined;
  }
  const goal = session.goals().find(({ id }) => id === argument);
  if (goal?.met === (verb === "done")) return undefined;
  return `goal "${argument}" is ${goal?.met ? "met" : "not met"} (${goal?.detail ?? "no such goal"})`;
}

function linesOf(shown: string): string[] {
  const text = shown.replace(/\r\n/g, "\n").replace(/\n+$/, "");
  return text === "" ? [] : text.split("\n");
}
