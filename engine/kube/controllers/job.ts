/**
 * job-controller: Pods until enough of them have succeeded (pkg/controller/job).
 *
 * Differs: Pods carry no tracking finalizer; Indexed jobs, failure and success policies are refused.
 */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { controllerKey, isPodActive, isPodReady } from "../pods";
import type { Job, Pod } from "../types";
import { claim } from "./adoption";
import { createPod, deletePod, podFromTemplate } from "./pod-control";

type Condition = NonNullable<Job["status"]["conditions"]>[number];
type Ending = { readonly type: "Complete" | "Failed"; readonly reason: string; readonly message: string };

const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 600_000;

export const jobController = defineController({
  name: "job-controller",
  for: "Job",
  watches: { Pod: (pod) => controllerKey(pod, "Job") },

  reconcile(context, { namespace, name }) {
    const { store, nowMs } = context;
    const found = store.get("Job", name, namespace);
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return undefined;
    const finished = finishedAt(found);
    if (finished !== undefined) return expire(context, found, finished);
    const job = suspendOrResume(context, found);
    const pods = claim(store, "Pod", job);
    const succeeded = pods.filter(({ status }) => status.phase === "Succeeded");
    const failed = pods.filter((pod) => pod.status.phase === "Failed" || (pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== "Succeeded" && !wasSuspended(job, pod)));
    const active = pods.filter(isPodActive);
    const ending = endingOf(job, pods, succeeded.length, failed.length, nowMs);
    if (ending !== undefined) {
      for (const pod of active) deletePod(store, context.events, job, pod);
      return finish(context, job, ending, succeeded.length, failed.length);
    }
    const waitMs = manage(context, job, active, succeeded.length, failed);
    writeStatus(context, job, succeeded.length, failed.length);
    return waitMs === undefined ? undefined : { requeueAfterMs: Math.max(1, waitMs) };
  },
});

function finishedAt({ status }: Job): string | undefined {
  return status.conditions?.find((condition) => (condition.type === "Complete" || condition.type === "Failed") && condition.status === "True")?.lastTransitionTime;
}

/** The condition Suspended comes with the first suspension; whoever is resumed starts anew. */
function suspendOrResume({ store, events, now }: ReconcileContext, job: Job): Job {
  const { conditions = [] } = job.status;
  const before = conditions.find(({ type }) => type === "Suspended")?.status === "True";
  const suspended = job.spec.suspend === true;
  if (before === suspended) return job;
  const [status, reason, message] = suspended ? (["True", "JobSuspended", "Job suspended"] as const) : (["False", "JobResumed", "Job resumed"] as const);
  const condition: Condition = { type: "Suspended", status, lastProbeTime: now, lastTransitionTime: now, reason, message };
  events.record(job, { type: "Normal", reason: suspended ? "Suspended" : "Resumed", message });
  return store.updateStatus<"Job">({ ...job, status: { ...job.status, conditions: [...conditions.filter(({ type }) => type !== "Suspended"), condition], ...(!suspended && { startTime: now }) } });
}

/** A suspension took it away: that is no failure of its own. */
function wasSuspended({ spec, status }: Job, { metadata }: Pod): boolean {
  const resumed = status.conditions?.find(({ type }) => type === "Suspended");
  return spec.suspend === true || (resumed !== undefined && (parseRfc3339(metadata.creationTimestamp) ?? 0) <= (parseRfc3339(resumed.lastTransitionTime ?? "") ?? 0) && metadata.deletionTimestamp !== undefined);
}

/** ttlSecondsAfterFinished (in life a controller of its own). */
function expire({ store, nowMs }: ReconcileContext, { metadata, spec }: Job, finished: string): { readonly requeueAfterMs: number } | undefined {
  if (spec.ttlSecondsAfterFinished === undefined) return undefined;
  const leftMs = (parseRfc3339(finished) ?? 0) + spec.ttlSecondsAfterFinished * 1000 - nowMs;
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  store.delete("Job", metadata.name, metadata.namespace, { propagationPolicy: "Foreground" });
  return undefined;
}

function endingOf({ spec, status }: Job, pods: readonly Pod[], succeeded: number, failed: number, nowMs: number): Ending | undefined {
  const restarts = pods.filter((pod) => isPodActive(pod)).reduce((sum, pod) => sum + (pod.status.containerStatuses ?? []).reduce((n, one) => n + one.restartCount, 0), 0);
  const tooOften = spec.template.spec?.restartPolicy === "OnFailure" ? restarts > (spec.backoffLimit ?? 6) : false;
  if (failed > (spec.backoffLimit ?? 6) || tooOften) return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const startMs = status.startTime ? parseRfc3339(status.startTime) : undefined;
  if (!spec.suspend && spec.activeDeadlineSeconds !== undefined && startMs !== undefined && nowMs - startMs >= spec.activeDeadlineSeconds * 1000) {
    return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  }
  const complete = spec.completions === undefined ? succeeded > 0 && !pods.some(isPodActive) : succeeded >= spec.completions;
  return complete ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" } : undefined;
}

/** Returns how long the next Pod has to wait because others failed. */
function manage({ store, events, nowMs }: ReconcileContext, job: Job, active: readonly Pod[], succeeded: number, failed: readonly Pod[]): number | undefined {
  const { spec, status } = job;
  if (spec.suspend) {
    for (const pod of active) deletePod(store, events, job, pod);
    return undefined;
  }
  const parallelism = spec.parallelism ?? 1;
  const wanted = spec.completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.min(parallelism, spec.completions - succeeded);
  for (const pod of active.slice(wanted)) deletePod(store, events, job, pod);
  const deadlineMs = spec.activeDeadlineSeconds === undefined || !status.startTime ? undefined : (parseRfc3339(status.startTime) ?? 0) + spec.activeDeadlineSeconds * 1000 - nowMs;
  if (active.length >= wanted) return deadlineMs;
  const waitMs = failed.length === 0 ? 0 : backoff(failed, nowMs);
  if (waitMs > 0) return deadlineMs === undefined ? waitMs : Math.min(waitMs, deadlineMs);
  for (let i = active.length; i < wanted; i++) createPod(store, events, job, podFromTemplate(job, spec.template));
  return deadlineMs;
}

function backoff(failed: readonly Pod[], nowMs: number): number {
  const ends = failed.flatMap(({ status, metadata }) => {
    const finished = (status.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
    return parseRfc3339(finished.sort().at(-1) ?? metadata.deletionTimestamp ?? metadata.creationTimestamp) ?? 0;
  });
  return Math.max(...ends) + Math.min(FIRST_BACKOFF_MS * 2 ** (failed.length - 1), LAST_BACKOFF_MS) - nowMs;
}

function writeStatus({ store, now }: ReconcileContext, job: Job, succeeded: number, failed: number): void {
  const pods = store.owned("Pod", job);
  const active = pods.filter(isPodActive);
  const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !["Succeeded", "Failed"].includes(pod.status.phase ?? "")).length;
  const { startTime } = job.status;
  store.updateStatus<"Job">({
    ...job,
    status: {
      ...(job.status.conditions && { conditions: job.status.conditions }),
      ...(startTime ? { startTime } : job.spec.suspend ? {} : { startTime: now }),
      ...(active.length > 0 && { active: active.length }),
      ...(succeeded > 0 && { succeeded }),
      ...(failed > 0 && { failed }),
      terminating,
      uncountedTerminatedPods: {},
      ready: active.filter(isPodReady).length,
    },
  });
}

function finish({ store, events, now }: ReconcileContext, job: Job, { type, reason, message }: Ending, succeeded: number, failed: number): undefined {
  const condition = (name: string): Condition => ({ type: name, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message });
  const { startTime = now } = job.status;
  store.updateStatus<"Job">({
    ...job,
    status: {
      conditions: [...(job.status.conditions ?? []), condition(type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget"), condition(type)],
      startTime,
      ...(type === "Complete" && { completionTime: now }),
      ...(succeeded > 0 && { succeeded }),
      ...(failed > 0 && { failed }),
      terminating: 0,
      uncountedTerminatedPods: {},
      ready: 0,
    },
  });
  if (type === "Complete") events.record(job, { type: "Normal", reason: "Completed", message: "Job completed" });
  else events.record(job, { type: "Warning", reason, message });
  return undefined;
}
