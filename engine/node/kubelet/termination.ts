/**
 * Ending one container: preStop, then SIGTERM, then SIGKILL, all within one grace period that
 * begins before preStop. A preStop that uses it up leaves two more seconds for SIGTERM.
 * pkg/kubelet/kuberuntime/kuberuntime_container.go, killContainer().
 */
import type { Task } from "../../core/task";
import type { PodContainer, Run } from "./container";
import { runHook } from "./lifecycle";
import type { PodWorker } from "./pod-worker";

const MINIMUM_GRACE_MS = 2000;

export function* terminate(worker: PodWorker, container: PodContainer, graceSeconds: number, message = `Stopping container ${container.name}`): Task {
  const { run } = container;
  if (run === undefined || run.process.exited || container.killing !== undefined) return;
  container.killing = message;
  worker.events.say("Normal", "Killing", message, container.spec);
  const { scheduler } = worker.context.world;
  const deadlineMs = scheduler.nowMs + graceSeconds * 1000;
  yield* preStop(worker, container, run, deadlineMs);
  const killAtMs = graceSeconds === 0 ? scheduler.nowMs : Math.max(deadlineMs, scheduler.nowMs + MINIMUM_GRACE_MS);
  if (!run.process.exited && killAtMs > scheduler.nowMs) run.process.kill("SIGTERM");
  while (!run.process.exited && scheduler.nowMs < killAtMs) yield { on: run.process.ended, deadlineMs: killAtMs };
  if (!run.process.exited) run.process.kill("SIGKILL");
  run.finishedMs ??= scheduler.nowMs;
  if (worker.terminating || container.kind === "sidecar" || container.kind === "ephemeral") {
    run.log.finish();
    container.over();
    worker.publish();
  }
}

function* preStop(worker: PodWorker, container: PodContainer, run: Run, deadlineMs: number): Task {
  const handler = container.spec.lifecycle?.preStop;
  const { scheduler } = worker.context.world;
  if (handler === undefined || deadlineMs <= scheduler.nowMs) return;
  let problem: string | undefined;
  const hook = worker.start(
    (function* () {
      problem = yield* runHook(worker.context, container.spec, run, handler, worker.sandbox?.ip ?? "");
      worker.changed.notify();
    })(),
  );
  while (!hook.done && !run.process.exited && scheduler.nowMs < deadlineMs) yield { on: [worker.changed, run.process.ended], deadlineMs };
  if (!hook.done) hook.kill();
  if (problem !== undefined) worker.events.say("Warning", "FailedPreStopHook", "PreStopHook failed", container.spec);
}
