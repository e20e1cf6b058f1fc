/**
 * Types a line where nobody watches the keys, and lets the world live until it has ended.
 * Time passes only while a line runs; an incomplete one (a loop, a here-document) needs the next.
 */
import type { Output, Session } from "./contract";

/** A line may take this long in the world's time before it is given up. */
const LONGEST_MS = 3_600_000;
const EVENTS_PER_LINE = 20_000_000;
const EVENTS_PER_STEP = 2000;
const STEP_MS = 1000;

export type Printed = { stdout: string; stderr: string; exit: number };

/** `onOutput` hears of each piece when it is printed, in order. */
export function typeLine(session: Session, place: string, line: string, onOutput: (stdout: string, stderr: string) => void = () => {}): Printed {
  const printed: Printed = { stdout: "", stderr: "", exit: 0 };
  session.apply({ kind: "line", place, text: line });
  const deadline = session.nowMs + LONGEST_MS;
  let budget = EVENTS_PER_LINE;
  for (;;) {
    const next = session.nextEventMs;
    if (next === undefined || next > deadline || budget <= 0) {
      const message = "podpath: the line did not end; it was given up\n";
      onOutput("", message);
      return { ...printed, stderr: printed.stderr + message, exit: 130 };
    }
    // Only to the next event, so that no time passes once the line has ended.
    const { outputs } = session.run(Math.min(STEP_MS, Math.max(0, next - session.nowMs)), EVENTS_PER_STEP);
    budget -= EVENTS_PER_STEP;
    if (collect(outputs, printed, onOutput)) return printed;
  }
}

function collect(outputs: readonly Output[], printed: Printed, onOutput: (stdout: string, stderr: string) => void): boolean {
  let ended = false;
  for (const output of outputs) {
    if (output.kind !== "printed" && output.kind !== "failed") continue;
    const { stdout, stderr, exit } = output.kind === "failed" ? { stdout: "", stderr: `podpath: ${output.message}\n`, exit: 1 } : output;
    printed.stdout += stdout;
    printed.stderr += stderr;
    onOutput(stdout, stderr);
    if (exit === undefined) continue;
    printed.exit = exit;
    ended = true;
  }
  return ended;
}
