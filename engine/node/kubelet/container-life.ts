/**
 * A container's life on its node: pull, create, start, be probed, end, and start again with the
 * back-off of CrashLoopBackOff.
 */
import { SysError } from "../../core/errno";
import { sleepUntil, type Task } from "../../core/task";
import { Machine } from "../../host/machine";
import type { Image } from "../../apps/image";
import { BackOff } from "./back-off";
import { canWait, containerFiles, programOf } from "./container-files";
import type { PodContainer, Run } from "./container";
import { containerId, nextRelistMs, podLabel } from "./context";
import { ConfigProblem, environmentOf, expand, hostnameOf } from "./env";
import { startProblem } from "./exec";
import { ContainerStreams } from "./streams";
import { runHook } from "./lifecycle";
import { pidsFor } from "./pid-namespaces";
import type { PodWorker } from "./pod-worker";
import { type ProbeKind, probeForever } from "./prober";
import { terminate } from "./termination";
import { MountProblem } from "./volumes";

/** How long the kubelet leaves a Pod alone whose container could not be made. */
const RETRY_MS = 12_000;
/** --sync-frequency */
const SYNC_MS = 60_000;

export class ContainerLife {
  readonly #backOff: BackOff;

  constructor(
    private readonly worker: PodWorker,
    private readonly container: PodContainer,
  ) {
    this.#backOff = new BackOff(worker.context.world);
  }

  /** App containers and sidecars; an ephemeral one lives once. */
  *live(): Task {
    do {
      yield* this.#once();
    } while (this.#goesOn());
  }

  /** Init containers; false when the Pod has failed with it. */
  *untilSuccess(): Task<boolean> {
    for (;;) {
      yield* this.#once();
      const { state } = this.container;
      if (state.kind === "terminated" && state.how.exitCode === 0) return true;
      if (this.worker.pod.spec.restartPolicy === "Never") return false;
    }
  }

  #goesOn(): boolean {
    const { state } = this.container;
    return state.kind !== "terminated" ? this.container.kind !== "ephemeral" : this.#startsAgain(state.how.exitCode);
  }

  #startsAgain(exitCode: number): boolean {
    const { kind, startsAnew } = this.container;
    if (kind === "ephemeral") return false;
    const { restartPolicy = "Always" } = this.worker.pod.spec;
    if (kind === "sidecar" || startsAnew) return true;
    return restartPolicy === "OnFailure" || kind === "init" ? restartPolicy !== "Never" && exitCode !== 0 : restartPolicy === "Always";
  }

  /** One run, from the back-off before it to its recorded end. */
  *#once(): Task {
    const { container, worker } = this;
    yield* this.#wait();
    const before = container.run;
    while (!(yield* this.#start())) worker.publish();
    worker.publish();
    const { run } = container;
    if (run === undefined || run === before) return;
    yield* container.untilExit();
    run.finishedMs ??= worker.context.world.scheduler.nowMs;
    run.log.finish();
    yield* sleepUntil(nextRelistMs(worker.context));
    container.over();
    worker.publish();
  }

  *#wait(): Task {
    const { container, worker } = this;
    const { last } = container;
    if (last === undefined) return;
    const { scheduler } = worker.context.world;
    for (;;) {
      // Another image, another container: it owes nothing.
      const waitMs = this.#backOff.waitMs(container.spec.image ?? "", last.finishedMs);
      const untilMs = last.finishedMs + waitMs;
      if (untilMs <= scheduler.nowMs) break;
      const label = podLabel(worker.pod);
      worker.events.say("Warning", "BackOff", `Back-off restarting failed container ${container.name} in pod ${label}`, container.spec);
      const length = waitMs >= 60_000 ? `${Math.floor(waitMs / 60_000)}m${(waitMs % 60_000) / 1000}s` : `${waitMs / 1000}s`;
      container.wait("CrashLoopBackOff", `back-off ${length} restarting failed container=${container.name} pod=${label}`);
      worker.publish();
      // A longer wait is looked at again, and said again, with every sync of the Pod.
      yield { on: container.redefined, deadlineMs: Math.min(untilMs, scheduler.nowMs + SYNC_MS) };
    }
    this.#backOff.next(container.spec.image ?? "");
  }

  /** True when it runs, or has failed in a way that counts as a run. */
  *#start(): Task<boolean> {
    const { container, worker } = this;
    const { context } = worker;
    const say = worker.events.about(container.spec);
    const pulled = yield* context.puller.ensure(worker.pod.metadata.uid, container.spec, say);
    if ("reason" in pulled) {
      say("Warning", "Failed", `Error: ${pulled.reason}`);
      container.wait(pulled.reason, pulled.message);
      worker.publish();
      const retryMs = Math.max(context.puller.retryAtMs(worker.pod.metadata.uid, container.spec), context.world.scheduler.nowMs + RETRY_MS);
      yield { on: container.redefined, deadlineMs: pulled.reason === "ErrImagePull" ? context.world.scheduler.nowMs + RETRY_MS : retryMs };
      return false;
    }
    try {
      return yield* this.#create(pulled.image, pulled.imageID);
    } catch (error) {
      if (!(error instanceof ConfigProblem || error instanceof MountProblem)) throw error;
      say("Warning", "Failed", `Error: ${error.message}`);
      container.wait("CreateContainerConfigError", error.message);
      worker.publish();
      yield { on: container.redefined, deadlineMs: context.world.scheduler.nowMs + RETRY_MS };
      return false;
    }
  }

  *#create(image: Image, imageID: string): Task<boolean> {
    const { container, worker } = this;
    const { context, pod, sandbox, volumes } = worker;
    if (sandbox === undefined) return false;
    const { spec } = container;
    const say = worker.events.about(spec);
    const env = environmentOf(context, pod, spec, image, sandbox.ip);
    const id = containerId(context.rng);
    const machine = new Machine({ world: context.world, hostname: sandbox.host ? context.machine.hostname : hostnameOf(pod), netns: sandbox.netns, kernel: context.machine.kernel, ...pidsFor(worker, container), programs: image.programs, programAt: (path) => programOf(image, spec, path), env, host: context.machine, fs: (made) => containerFiles({ context, pod, sandbox, volumes }, container, image, made) });
    if (!canWait(pod, spec)) machine.makeFiles();
    say("Normal", "Created", "Container created");
    const command = (spec.command ?? image.entrypoint).map((word) => expand(word, env));
    const args = (spec.args ?? (spec.command === undefined ? (image.cmd ?? []) : [])).map((word) => expand(word, env));
    const argv = [...command, ...args];
    const streams = new ContainerStreams(context.world, spec);
    try {
      const process = machine.spawn(argv, { cwd: spec.workingDir ?? image.workingDir ?? "/", files: streams.files, ...(streams.tty && { tty: streams.tty }) });
      const { log, tty, stdin } = streams;
      yield* this.#began({ id, image, imageID, machine, process, log, tty, stdin, startedMs: context.world.scheduler.nowMs });
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${startProblem(argv, error)}: unknown`;
      say("Warning", "Failed", `Error: ${message}`);
      container.failedToStart(id, message, this.#startsAgain(128));
      worker.publish();
      yield* sleepUntil(nextRelistMs(context));
    }
    return true;
  }

  *#began(run: Run): Task {
    const { container, worker } = this;
    const { spec } = container;
    container.created(run);
    worker.events.say("Normal", "Started", "Container started", spec);
    if (spec.lifecycle?.postStart) {
      const problem = yield* runHook(worker.context, spec, run, spec.lifecycle.postStart, worker.sandbox?.ip ?? "");
      if (problem !== undefined) {
        worker.events.say("Warning", "FailedPostStartHook", "PostStartHook failed", spec);
        container.began(run);
        worker.start(terminate(worker, container, worker.pod.spec.terminationGracePeriodSeconds ?? 30, "FailedPostStartHook"));
        return;
      }
    }
    container.began(run);
    this.#probe(run);
  }

  #probe(run: Run): void {
    const { container, worker } = this;
    const { startupProbe, livenessProbe, readinessProbe } = container.spec;
    const failed = (kind: ProbeKind): void => {
      if (worker.terminating || container.killing !== undefined) return;
      const grace = (kind === "Liveness" ? livenessProbe : startupProbe)?.terminationGracePeriodSeconds ?? worker.pod.spec.terminationGracePeriodSeconds ?? 30;
      const what = `${container.kind === "sidecar" ? "Init container" : "Container"} ${container.name} failed ${kind.toLowerCase()} probe`;
      const restarts = container.kind === "app" && worker.pod.spec.restartPolicy !== "Never";
      worker.start(terminate(worker, container, grace, restarts ? `${what}, will be restarted` : what));
    };
    const prober = { context: worker.context, container, run, podIP: worker.sandbox?.ip ?? "", say: worker.events.about(container.spec), failed, isLeaving: () => worker.terminating };
    for (const [kind, probe] of [["Startup", startupProbe], ["Liveness", livenessProbe], ["Readiness", readinessProbe]] as const) {
      if (probe) worker.start(probeForever(prober, kind, probe));
    }
  }
}
