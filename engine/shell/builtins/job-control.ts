/** jobs, fg, bg, wait, kill, disown. */
import type { Task } from "../../core/task";
import { SysError } from "../../core/errno";
import { COOKED } from "../../host/tty";
import { SIGNAL_LIST, SIGNALS, signalNamed } from "../../host/signals";
import type { SignalName } from "../../host/proc";
import { waitForeground } from "../foreground";
import { type Job, printJob, stateOf } from "../jobs";
import type { Shell } from "../shell";
import type { Builtin } from "./builtin";

const jobs: Builtin = {
  name: "jobs",
  usage: "jobs [-lnprs] [jobspec ...] or jobs -x command [args]",
  *run({ shell }, args): Task<number> {
    for (const job of [...shell.jobs.all]) {
      if (args[0] === "-p") yield* shell.proc.out(`${job.children[0]?.pid}\n`);
      else if ((args[0] === "-r" && stateOf(job) !== "Running") || (args[0] === "-s" && stateOf(job) !== "Stopped")) continue;
      else yield* shell.proc.out(printJob(shell.jobs, job, args[0] === "-l"));
      if (stateOf(job) === "Done") forget(shell, job);
    }
    return 0;
  },
};

function forget(shell: Shell, job: Job): void {
  shell.jobs.remove(job);
}

function* jobNamed(shell: Shell, builtin: string, spec: string): Task<Job | undefined> {
  const job = shell.jobs.find(spec, true);
  if (job !== undefined && job !== "ambiguous") return job;
  const current = ["%%", "%+", ""].includes(spec) ? "current" : spec;
  yield* shell.complainAs(builtin, job === "ambiguous" ? `${spec}: ambiguous job spec` : `${current}: no such job`);
  return undefined;
}

const fg: Builtin = {
  name: "fg",
  usage: "fg [job_spec]",
  *run({ shell }, [spec = "%%"]): Task<number> {
    if (!shell.flags.monitor) {
      yield* shell.complainAs("fg", "no job control");
      return 1;
    }
    const job = yield* jobNamed(shell, "fg", spec);
    if (!job) return 1;
    yield* shell.proc.out(`${job.text}\n`);
    job.background = false;
    if (shell.proc.tty) {
      shell.proc.tty.modes = COOKED;
      shell.proc.tty.foreground = job.group;
    }
    job.group.signal("SIGCONT");
    const statuses = yield* waitForeground(shell, job.children, job.group, job.text, job);
    return statuses.at(-1) ?? 0;
  },
};

const bg: Builtin = {
  name: "bg",
  usage: "bg [job_spec ...]",
  *run({ shell }, specs): Task<number> {
    if (!shell.flags.monitor) {
      yield* shell.complainAs("bg", "no job control");
      return 1;
    }
    let status = 0;
    for (const spec of specs.length > 0 ? specs : ["%%"]) {
      const job = yield* jobNamed(shell, "bg", spec);
      if (!job) {
        status = 1;
        continue;
      }
      if (stateOf(job) === "Running") {
        yield* shell.complainAs("bg", `job ${job.number} already in background`);
        continue;
      }
      job.background = true;
      job.told = false;
      yield* shell.proc.out(`[${job.number}]${shell.jobs.mark(job)} ${job.text} &\n`);
      job.group.signal("SIGCONT");
    }
    return status;
  },
};

const wait: Builtin = {
  name: "wait",
  usage: "wait [-fn] [-p var] [id ...]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    const any = args[0] === "-n";
    const specs = any ? args.slice(1) : args;
    if (any) return yield* waitAny(shell);
    if (specs.length === 0) {
      for (const job of [...shell.jobs.all]) {
        if (stateOf(job) === "Stopped") continue;
        if (yield* waitJob(shell, job)) return interruptedBy(shell);
      }
      return 0;
    }
    let status = 0;
    for (const spec of specs) status = yield* waitOne(shell, spec);
    return status;
  },
};

function* waitAny(shell: Shell): Task<number> {
  for (;;) {
    const done = shell.jobs.all.find((job) => stateOf(job) === "Done");
    if (done) {
      const status = done.children.at(-1)?.status ?? 0;
      for (const child of done.children) yield* child.wait();
      forget(shell, done);
      return status;
    }
    if (shell.jobs.all.length === 0) return 127;
    yield { on: [...shell.jobs.all.flatMap((job) => job.children.map((child) => child.ended)), shell.trapped] };
    if (shell.pendingTraps.length > 0) return interruptedBy(shell);
  }
}

function* waitOne(shell: Shell, spec: string): Task<number> {
  const job = spec.startsWith("%") ? shell.jobs.find(spec) : shell.jobs.all.find((each) => each.children.some((child) => String(child.pid) === spec));
  if (job === undefined || job === "ambiguous") {
    const remembered = shell.jobs.remembered.get(Number(spec));
    if (remembered !== undefined) return remembered;
    yield* shell.complainAs("wait", spec.startsWith("%") ? `${spec}: no such job` : /^\d+$/.test(spec) ? `pid ${spec} is not a child of this shell` : `\`${spec}': not a pid or valid job spec`);
    return spec.startsWith("%") || /^\d+$/.test(spec) ? 127 : 1;
  }
  const last = job.children.at(-1);
  if (yield* waitJob(shell, job)) return interruptedBy(shell);
  return last?.status ?? 0;
}

/** True when a trapped signal came first. */
function* waitJob(shell: Shell, job: Job): Task<boolean> {
  for (const child of job.children) {
    while (!child.exited) {
      if (shell.pendingTraps.length > 0) return true;
      yield { on: [child.ended, shell.trapped] };
    }
    yield* child.wait();
  }
  if (!shell.interactive || shell.proc.tty === undefined) forget(shell, job);
  return false;
}

function interruptedBy(shell: Shell): number {
  const [name = "INT"] = shell.pendingTraps;
  return 128 + (SIGNALS[`SIG${name}` as SignalName] ?? 0);
}

const kill: Builtin = {
  name: "kill",
  usage: "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
  *run(interpreter, args): Task<number> {
    const { shell } = interpreter;
    let signal: SignalName | undefined = "SIGTERM";
    let rest = args;
    const [first = ""] = args;
    if (first === "-l" || first === "-L") return yield* list(shell, args.slice(1));
    let word: string | undefined;
    if (first === "-s" || first === "-n") {
      word = args[1] ?? "";
      rest = args.slice(2);
    } else if (/^-./.test(first) && first !== "--") {
      word = first.slice(1);
      rest = args.slice(1);
    } else if (first === "--") rest = args.slice(1);
    if (rest[0] === "--") rest = rest.slice(1);
    if (word !== undefined) {
      signal = signalNamed(word);
      if (signal === undefined && word !== "0") {
        yield* shell.complainAs("kill", `${word}: invalid signal specification`);
        return 1;
      }
    }
    if (rest.length === 0) {
      yield* shell.proc.err(`kill: usage: ${this.usage}\n`);
      return 2;
    }
    let status = 1;
    for (const target of rest) if (yield* killOne(shell, target, signal)) status = 0;
    return status;
  },
};

function* killOne(shell: Shell, word: string, signal: SignalName | undefined): Task<boolean> {
  if (word.startsWith("%")) {
    const job = yield* jobNamed(shell, "kill", word);
    if (!job) return false;
    // Begun without job control it shares the shell's own group: then the first of its processes is meant.
    const [first] = job.children;
    const target = job.group === shell.proc.group ? { signal: (name: SignalName) => first?.kill(name) } : job.group;
    if (signal) target.signal(signal);
    if (signal === "SIGTERM" || signal === "SIGHUP") target.signal("SIGCONT");
    return true;
  }
  if (!/^-?\d+$/.test(word)) {
    yield* shell.complainAs("kill", `${word}: arguments must be process or job IDs`);
    return false;
  }
  try {
    if (signal) shell.proc.kill(Number(word), signal);
    else if (!shell.proc.machine.processes.has(Number(word))) throw new SysError("ESRCH");
    return true;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* shell.complainAs("kill", `(${word}) - ${error.message}`);
    return false;
  }
}

function* list(shell: Shell, words: readonly string[]): Task<number> {
  if (words.length === 0) {
    const cells = SIGNAL_LIST.slice(1).map((name, i) => `${String(i + 1).padStart(2)}) SIG${name}`);
    let text = "";
    for (const [i, cell] of cells.entries()) text += cell + ((i + 1) % 5 === 0 || i === cells.length - 1 ? "\n" : "\t");
    yield* shell.proc.out(text);
    return 0;
  }
  for (const word of words) {
    const number = Number(word) > 128 ? Number(word) - 128 : Number(word);
    const name = /^\d+$/.test(word) ? SIGNAL_LIST[number] : String(SIGNAL_LIST.indexOf(word.toUpperCase().replace(/^SIG/, "")));
    if (name === undefined || name === "-1") {
      yield* shell.complainAs("kill", `${word}: invalid signal specification`);
      return 1;
    }
    yield* shell.proc.out(`${name}\n`);
  }
  return 0;
}

const disown: Builtin = {
  name: "disown",
  usage: "disown [-h] [-ar] [jobspec ... | pid ...]",
  *run({ shell }, specs): Task<number> {
    if (specs[0] === "-a") {
      for (const job of [...shell.jobs.all]) forget(shell, job);
      return 0;
    }
    for (const spec of specs.length > 0 ? specs : ["%%"]) {
      const job = yield* jobNamed(shell, "disown", spec);
      if (!job) return 1;
      forget(shell, job);
    }
    return 0;
  },
};

export const jobControl: readonly Builtin[] = [jobs, fg, bg, wait, kill, disown];
