/** Waits for a pipeline in the foreground: who has the terminal, who was stopped, who was killed. */
import type { Task } from "../core/task";
import type { Child } from "../host/proc";
import type { ProcessGroup } from "../host/process-group";
import { SIGNAL_WORDS } from "../host/signals";
import { Interrupt } from "./control";
import { type Job, printJob } from "./jobs";
import type { Shell } from "./shell";

/** Exit statuses in order; a stopped job counts as 128 + SIGTSTP. Throws Interrupt when ^C ended it. */
export function* waitForeground(shell: Shell, children: readonly Child[], group: ProcessGroup, text: string, resumed?: Job): Task<readonly number[]> {
  const { tty } = shell.proc;
  const control = shell.flags.monitor;
  if (control) {
    shell.foreground = group;
    if (tty) tty.foreground = group;
  }
  try {
    for (const child of children) while (!child.exited && !children.some((other) => other.stopped)) yield { on: children.map((other) => other.changed) };
  } finally {
    shell.foreground = undefined;
    if (control && tty) tty.foreground = shell.proc.group;
  }
  if (children.some((child) => child.stopped && !child.exited)) return yield* stopped(shell, children, group, text, resumed);
  const statuses: number[] = [];
  for (const child of children) statuses.push(yield* child.wait());
  if (resumed) shell.jobs.remove(resumed);
  yield* report(shell, children, text);
  return statuses;
}

function* stopped(shell: Shell, children: readonly Child[], group: ProcessGroup, text: string, resumed: Job | undefined): Task<readonly number[]> {
  const job = resumed ?? shell.jobs.add(children, group, text, false);
  job.background = false;
  job.told = true;
  shell.jobs.makeCurrent(job);
  yield* shell.proc.err(`\n${printJob(shell.jobs, job)}`);
  return [148];
}

function* report(shell: Shell, children: readonly Child[], text: string): Task {
  const last = children.at(-1);
  if (children.some((child) => child.endedBy === "SIGINT")) {
    if (!shell.flags.monitor) return;
    if (shell.interactive && shell.proc.tty) yield* shell.proc.err("\n");
    shell.status = 130;
    throw new Interrupt();
  }
  if (last?.endedBy === undefined || last.endedBy === "SIGPIPE" || shell.subshell > 0) return;
  const word = SIGNAL_WORDS[last.endedBy] ?? last.endedBy;
  if (shell.interactive || last.endedBy === "SIGTERM") yield* shell.proc.err(`${word}\n`);
  else yield* shell.proc.err(`${shell.prefix}${String(last.pid).padStart(5)} ${word.padEnd(24)}${text}\n`);
}
