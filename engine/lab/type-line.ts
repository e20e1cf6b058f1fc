/**
 * Types a line where nobody watches the keys, and lets the world live until it has ended.
 * Time passes only while a line runs; an incomplete one (a loop, a here-document) needs the next.
 */
import type { Output, Session } from "./contract";

/** A line may take this long in the world's time, and cost this much, before it is interrupted as by Ctrl-C. */
const LONGEST_MS = 3_600_000;
const EVENTS_PER_LINE = 5_000_000;
const MOST_OUTPUT = 16 << 20;
/** What an interrupted line may still do before it is given up. */
const EVENTS_TO_END = 200_000;
const EVENTS_PER_STEP = 2000;
const STEP_MS = 1000;

export type Printed = { stdout: string; stderr: string; exit: number };

/** `onOutput` hears of each piece when it is printed, in order. */
export function typeLine(session: Session, place: string, line: string, onOutput: (stdout: string, stderr: string) => void = () => {}): Printed {
  const printed: Printed = { stdout: "", stderr: "", exit: 0 };
  session.apply({ kind: "line", place, text: line });
  const limit = until(session, printed, onOutput, { deadlineMs: session.nowMs + LONGEST_MS, events: EVENTS_PER_LINE, output: MOST_OUTPUT });
  if (limit === undefined) return printed;
  session.apply({ kind: "interrupt", place });
  say(`podpath: interrupted: ${limit}\n`, printed, onOutput);
  const stuck = until(session, printed, onOutput, { deadlineMs: session.nowMs + LONGEST_MS, events: EVENTS_TO_END, output: 2 * MOST_OUTPUT });
  if (stuck !== undefined) {
    session.apply({ kind: "hangup", place });
    say("podpath: it did not end; the shell is closed, and the next line gets a new one\n", printed, onOutput);
    printed.exit = 130;
  }
  return printed;
}

type Limits = { readonly deadlineMs: number; readonly events: number; readonly output: number };

/** Lets the world live until the line has ended: undefined. Otherwise which limit it met. */
function until(session: Session, printed: Printed, onOutput: (stdout: string, stderr: string) => void, { deadlineMs, events, output }: Limits): string | undefined {
  for (let left = events; ; ) {
    const next = session.nextEventMs;
    if (next === undefined || next > deadlineMs) return "it ran for an hour";
    if (left <= 0) return "it had too much to do";
    if (printed.stdout.length + printed.stderr.length > output) return "it printed too much";
    // Only to the next event, so that no time passes once the line has ended.
    const ran = session.run(Math.min(STEP_MS, Math.max(0, next - session.nowMs)), EVENTS_PER_STEP);
    left -= ran.events;
    if (collect(ran.outputs, printed, onOutput)) return undefined;
  }
}

function say(message: string, printed: Printed, onOutput: (stdout: string, stderr: string) => void): void {
  printed.stderr += message;
  onOutput("", message);
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
