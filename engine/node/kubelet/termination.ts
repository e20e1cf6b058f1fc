/**
 * Ending one container: preStop, then its turn, then SIGTERM, then SIGKILL, all within one grace
 * period that begins before preStop. Whoever uses it up has two more seconds after SIGTERM. Sidecars
 * run their preStop with the others, but wait with SIGTERM until those that they serve have gone.
 * pkg/kubelet/kuberuntime: killContainer() and kuberuntime_termination_order.go.
 */
import type { Task } from "../../core/task";
import type { PodContainer, Run } from "./container";
import { runHook } from "./lifecycle";
import type { PodWorker } from "./pod-worker";

const MINIMUM_GRACE_MS = 2000;

/** `after`: those that have to end first. */
export function* terminate(worker: PodWorker, container: PodContainer, graceSeconds: number, message = `Stopping container ${container.name}`, after: readonly PodContainer[] = []): Task {
  const { run } = container;
  if (run === undefined || run.process.exited) return;
  const { scheduler } = worker.context.world;
  const deadlineMs = scheduler.nowMs + Math.max(1, graceSeconds) * 1000;
  worker.events.say("Normal", "Killing", message, container.spec);
  if (container.killing === undefined) {
    container.killing = message;
    container.killAtMs = deadlineMs;
    yield* preStop(worker, container, run);
    yield* inTurn(worker, container, run, after);
    container.killAtMs = Math.max(container.killAtMs, scheduler.nowMs + MINIMUM_GRACE_MS);
    if (!run.process.exited) run.process.kill("SIGTERM");
  } else hasten(worker, container, graceSeconds);
  while (!run.process.exited && scheduler.nowMs < container.killAtMs) yield { on: [run.process.ended, container.changed], deadlineMs: container.killAtMs };
  if (!run.process.exited) run.process.kill("SIGKILL");
  run.finishedMs ??= scheduler.nowMs;
  if (worker.nobodyRestarts || container.kind === "ephemeral") {
    run.log.finish();
    container.over();
    worker.publish();
  }
}

/** It is being ended already, and now has less time than it was promised. */
export function hasten(worker: PodWorker, container: PodContainer, graceSeconds: number): void {
  const { nowMs } = worker.context.world.scheduler;
  container.killAtMs = Math.min(container.killAtMs, nowMs + Math.max(MINIMUM_GRACE_MS, graceSeconds * 1000));
  container.changed.notify();
}

function* inTurn(worker: PodWorker, container: PodContainer, run: Run, after: readonly PodContainer[]): Task {
  const { scheduler } = worker.context.world;
  while (after.some(({ running }) => running) && !run.process.exited && scheduler.nowMs < container.killAtMs) {
    yield { on: [...after.flatMap((other) => other.run?.process.ended ?? []), run.process.ended, container.changed], deadlineMs: container.killAtMs };
  }
}

function* preStop(worker: PodWorker, container: PodContainer, run: Run): Task {
  const handler = container.spec.lifecycle?.preStop;
  const { scheduler } = worker.context.world;
  if (handler === undefined) return;
  let problem: string | undefined;
  const hook = worker.start(
    (function* () {
      problem = yield* runHook(worker.context, container.spec, run, handler, worker.sandbox?.ip ?? "");
      worker.changed.notify();
    })(),
  );
  while (!hook.done && !run.process.exited && scheduler.nowMs < container.killAtMs) yield { on: [worker.changed, run.process.ended, container.changed], deadlineMs: container.killAtMs };
  if (!hook.done) hook.kill();
  if (problem !== undefined) worker.events.say("Warning", "FailedPreStopHook", "PreStopHook failed", container.spec);
}

/** Whom a container waits for before it is told to end: a sidecar for the apps, and for the sidecars that began after it. */
export function servedBy(containers: readonly PodContainer[], container: PodContainer): readonly PodContainer[] {
  if (container.kind !== "sidecar") return [];
  const at = containers.indexOf(container);
  return containers.filter(({ kind }, i) => kind === "app" || (kind === "sidecar" && i > at));
}
