/** The jobs a shell has started: what `jobs`, `fg`, `bg`, `wait` and %1 talk about. */
import type { Task } from "../core/task";
import type { Child } from "../host/proc";
import type { ProcessGroup } from "../host/process-group";
import { SIGNAL_WORDS } from "../host/signals";

export type Job = {
  readonly number: number;
  readonly group: ProcessGroup;
  readonly children: readonly Child[];
  readonly text: string;
  /** Its end, or its stop, has been told. */
  told: boolean;
  background: boolean;
  /** `disown`ed or waited for: gone from the table. */
};

export type JobState = "Running" | "Stopped" | "Done";

export class Jobs {
  readonly #jobs: Job[] = [];
  #current: Job | undefined;
  #previous: Job | undefined;
  /** Exit statuses of background processes that were waited for or told, so that `wait PID` can still answer. */
  readonly remembered = new Map<number, number>();

  get all(): readonly Job[] {
    return this.#jobs;
  }

  add(children: readonly Child[], group: ProcessGroup, text: string, background: boolean): Job {
    const number = (this.#jobs.at(-1)?.number ?? 0) + 1;
    const job: Job = { number, group, children, text, told: false, background };
    this.#jobs.push(job);
    this.makeCurrent(job);
    return job;
  }

  makeCurrent(job: Job): void {
    if (this.#current === job) return;
    this.#previous = this.#current;
    this.#current = job;
  }

  remove(job: Job): void {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return;
    this.#jobs.splice(at, 1);
    const last = job.children.at(-1);
    if (last?.status !== undefined) this.remembered.set(last.pid, last.status);
    if (this.#current === job) {
      this.#current = this.#previous ?? this.#jobs.at(-1);
      this.#previous = undefined;
    }
    if (this.#previous === job || this.#previous === undefined) this.#previous = this.#jobs.filter((other) => other !== this.#current).at(-1);
  }

  mark(job: Job): string {
    return job === this.#current ? "+" : job === this.#previous ? "-" : " ";
  }

  /** %1 %% %+ %- %name %?text, or a number alone where `bare` allows it. */
  find(spec: string, bare = false): Job | undefined | "ambiguous" {
    if (bare && /^\d+$/.test(spec)) return this.#jobs.find((job) => job.number === Number(spec));
    if (!spec.startsWith("%")) return undefined;
    const name = spec.slice(1);
    if (name === "" || name === "%" || name === "+") return this.#current;
    if (name === "-") return this.#previous ?? this.#current;
    if (/^\d+$/.test(name)) return this.#jobs.find((job) => job.number === Number(name));
    const matching = this.#jobs.filter((job) => (name.startsWith("?") ? job.text.includes(name.slice(1)) : job.text.startsWith(name)));
    return matching.length > 1 ? "ambiguous" : matching[0];
  }
}

export function stateOf(job: Job): JobState {
  if (job.children.every((child) => child.exited)) return "Done";
  return job.children.some((child) => child.stopped) ? "Stopped" : "Running";
}

/** "Done", "Exit 3", "Terminated", "Running", "Stopped". */
export function describe(job: Job): string {
  const state = stateOf(job);
  if (state !== "Done") return state;
  const last = job.children.at(-1);
  if (last?.endedBy !== undefined) return SIGNAL_WORDS[last.endedBy] ?? last.endedBy;
  return last?.status === 0 || last === undefined ? "Done" : `Exit ${last.status}`;
}

/** A line of `jobs`, as bash lays it out. */
export function printJob(jobs: Jobs, job: Job, long = false): string {
  const state = describe(job);
  const ampersand = state === "Running" && job.background ? " &" : "";
  const pid = long ? `${String(job.children[0]?.pid ?? "").padStart(5)} ` : "";
  return `[${job.number}]${jobs.mark(job)}  ${pid}${state.padEnd(long ? 23 : 24)}${long ? " " : ""}${job.text}${ampersand}\n`;
}

/** What an interactive shell says before it asks for the next line: which jobs are over. */
export function* tellJobs(jobs: Jobs, say: (line: string) => Task): Task {
  for (const job of [...jobs.all]) {
    if (stateOf(job) !== "Done") continue;
    yield* say(printJob(jobs, job));
    for (const child of job.children) yield* child.wait();
    jobs.remove(job);
  }
}
