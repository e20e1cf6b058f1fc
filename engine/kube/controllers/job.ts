/**
 * job-controller: Pods until enough of them have succeeded (pkg/controller/job).
 *
 * Differs: Pods carry no tracking finalizer.
 */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { controllerKey, isPodActive, isPodReady, isPodTerminal } from "../pods";
import type { Job, Pod } from "../types";
import { claim } from "./adoption";
import { duplicates, indexOf, isIndexed, pendingIndexes, printIndexes, succeededIndexes, withIndex } from "./job-indexes";
import { successCriteria, verdictOn } from "./job-policies";
import { createPod, deletePod, podFromTemplate } from "./pod-control";

type Condition = NonNullable<Job["status"]["conditions"]>[number];
/** What has come of its Pods so far. */
type Tally = {
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly failed: readonly Pod[];
  readonly succeeded: number;
  /** Of an Indexed Job: the numbers that have succeeded, and those that may not be tried again. */
  readonly done: ReadonlySet<number>;
  readonly lost: ReadonlySet<number>;
  readonly failJob: string | undefined;
};

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
    const tally = tallyOf(job, pods);
    const ending = endingOf(job, tally, nowMs);
    if (ending !== undefined) {
      for (const pod of tally.active) deletePod(store, context.events, job, pod);
      return finish(context, job, ending, tally);
    }
    const waitMs = manage(context, job, tally);
    writeStatus(context, job, tally);
    return waitMs === undefined ? undefined : { requeueAfterMs: Math.max(1, waitMs) };
  },
});

function tallyOf(job: Job, pods: readonly Pod[]): Tally {
  const { spec } = job;
  const waits = replacesOnlyFailed(job);
  const over = pods.filter((pod) => pod.status.phase === "Failed" || (!waits && pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== "Succeeded" && !wasSuspended(job, pod)));
  const verdicts = spec.podFailurePolicy === undefined ? [] : over.map((pod) => [pod, verdictOn(job, pod)] as const);
  const ignored = new Set(verdicts.filter(([, { action }]) => action === "Ignore").map(([pod]) => pod));
  const failed = over.filter((pod) => !ignored.has(pod));
  const done = isIndexed(job) ? succeededIndexes(job, pods) : new Set<number>();
  const succeeded = isIndexed(job) ? done.size : pods.filter(({ status }) => status.phase === "Succeeded").length;
  const lost = new Set(verdicts.filter(([, { action }]) => action === "FailIndex").map(([pod]) => indexOf(pod)));
  if (spec.backoffLimitPerIndex !== undefined) for (const pod of failed) if (failuresOf(failed, indexOf(pod)).length > spec.backoffLimitPerIndex) lost.add(indexOf(pod));
  for (const index of done) lost.delete(index);
  return { pods, active: pods.filter(isPodActive), failed, succeeded, done, lost, failJob: verdicts.find(([, { action }]) => action === "FailJob")?.[1].message };
}

/** podReplacementPolicy Failed: who is on his way out still holds his place. */
function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

function failuresOf(failed: readonly Pod[], index: number): readonly Pod[] {
  return failed.filter((pod) => indexOf(pod) === index);
}

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

function endingOf(job: Job, { pods, succeeded, failed, done, lost, failJob }: Tally, nowMs: number): Ending | undefined {
  const { spec, status } = job;
  if (failJob !== undefined) return { type: "Failed", reason: "PodFailurePolicy", message: failJob };
  const restarts = pods.filter((pod) => isPodActive(pod)).reduce((sum, pod) => sum + (pod.status.containerStatuses ?? []).reduce((n, one) => n + one.restartCount, 0), 0);
  const tooOften = spec.template.spec?.restartPolicy === "OnFailure" ? restarts > (spec.backoffLimit ?? 6) : false;
  if (failed.length > (spec.backoffLimit ?? 6) || tooOften) return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const startMs = status.startTime ? parseRfc3339(status.startTime) : undefined;
  if (!spec.suspend && spec.activeDeadlineSeconds !== undefined && startMs !== undefined && nowMs - startMs >= spec.activeDeadlineSeconds * 1000) {
    return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  }
  if (lost.size > (spec.maxFailedIndexes ?? Number.POSITIVE_INFINITY)) return { type: "Failed", reason: "MaxFailedIndexesExceeded", message: "Job has exceeded the specified maximal number of failed indexes" };
  if (lost.size > 0 && lost.size + done.size >= (spec.completions ?? 0)) return { type: "Failed", reason: "FailedIndexes", message: "Job has failed indexes" };
  const enough = isIndexed(job) ? successCriteria(job, done) : undefined;
  if (enough !== undefined) return { type: "Complete", reason: "SuccessPolicy", message: enough };
  const complete = spec.completions === undefined ? succeeded > 0 && !pods.some(isPodActive) : succeeded >= spec.completions;
  return complete ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" } : undefined;
}

/** Returns how long the next Pod has to wait because others failed. */
function manage(context: ReconcileContext, job: Job, tally: Tally): number | undefined {
  const { store, events, nowMs } = context;
  const { pods, active, succeeded, failed, lost } = tally;
  const { spec, status } = job;
  if (spec.suspend) {
    for (const pod of active) deletePod(store, events, job, pod);
    return undefined;
  }
  const parallelism = spec.parallelism ?? 1;
  const wanted = spec.completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.min(parallelism, spec.completions - succeeded - lost.size);
  const surplus = isIndexed(job) ? duplicates(job, active) : [];
  for (const pod of surplus) deletePod(store, events, job, pod);
  const working = active.filter((pod) => !surplus.includes(pod));
  for (const pod of working.slice(wanted)) deletePod(store, events, job, pod);
  const leaving = replacesOnlyFailed(job) ? pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod)).length : 0;
  const deadlineMs = spec.activeDeadlineSeconds === undefined || !status.startTime ? undefined : (parseRfc3339(status.startTime) ?? 0) + spec.activeDeadlineSeconds * 1000 - nowMs;
  const missing = wanted - working.length - leaving;
  if (missing <= 0) return deadlineMs;
  if (isIndexed(job) && spec.backoffLimitPerIndex !== undefined) return sooner(deadlineMs, createIndexed(context, job, tally, missing, (index) => backoffOf(failuresOf(failed, index), nowMs)));
  const waitMs = backoffOf(failed, nowMs);
  if (waitMs > 0) return deadlineMs === undefined ? waitMs : Math.min(waitMs, deadlineMs);
  if (isIndexed(job)) createIndexed(context, job, tally, missing, () => 0);
  else for (let i = 0; i < missing; i++) createPod(store, events, job, podFromTemplate(job, spec.template));
  return deadlineMs;
}

/** Returns after how long the first of those that have to wait may be tried again. */
function createIndexed({ store, events }: ReconcileContext, job: Job, { pods, failed, done, lost }: Tally, missing: number, waitOf: (index: number) => number): number | undefined {
  let soonestMs: number | undefined;
  const isFree = (index: number): boolean => {
    const waitMs = waitOf(index);
    if (waitMs > 0) soonestMs = Math.min(soonestMs ?? waitMs, waitMs);
    return waitMs <= 0;
  };
  const perIndex = job.spec.backoffLimitPerIndex !== undefined;
  for (const index of pendingIndexes(job, pods, new Set([...done, ...lost]), missing, isFree)) {
    createPod(store, events, job, withIndex(job, podFromTemplate(job, job.spec.template), index, perIndex ? failuresOf(failed, index).length : undefined));
  }
  return soonestMs;
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function backoffOf(failed: readonly Pod[], nowMs: number): number {
  return failed.length === 0 ? 0 : backoff(failed, nowMs);
}

function backoff(failed: readonly Pod[], nowMs: number): number {
  const ends = failed.flatMap(({ status, metadata }) => {
    const finished = (status.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
    return parseRfc3339(finished.sort().at(-1) ?? metadata.deletionTimestamp ?? metadata.creationTimestamp) ?? 0;
  });
  return Math.max(...ends) + Math.min(FIRST_BACKOFF_MS * 2 ** (failed.length - 1), LAST_BACKOFF_MS) - nowMs;
}

/** What only an Indexed Job's status says. */
function indexStatus(job: Job, { done, lost }: Tally): object {
  if (!isIndexed(job)) return {};
  return { ...(done.size > 0 && { completedIndexes: printIndexes(done) }), ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: printIndexes(lost) }) };
}

function writeStatus({ store, now }: ReconcileContext, job: Job, tally: Tally): void {
  const { succeeded, failed } = tally;
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
      ...(failed.length > 0 && { failed: failed.length }),
      ...indexStatus(job, tally),
      terminating,
      uncountedTerminatedPods: {},
      ready: active.filter(isPodReady).length,
    },
  });
}

function finish({ store, events, now }: ReconcileContext, job: Job, { type, reason, message }: Ending, tally: Tally): undefined {
  const { succeeded, failed } = tally;
  const condition = (name: string): Condition => ({ type: name, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message });
  const { startTime = now } = job.status;
  store.updateStatus<"Job">({
    ...job,
    status: {
      conditions: [...(job.status.conditions ?? []), condition(type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget"), condition(type)],
      startTime,
      ...(type === "Complete" && { completionTime: now }),
      ...(succeeded > 0 && { succeeded }),
      ...(failed.length > 0 && { failed: failed.length }),
      ...indexStatus(job, tally),
      terminating: 0,
      uncountedTerminatedPods: {},
      ready: 0,
    },
  });
  if (type === "Complete") events.record(job, { type: "Normal", reason: "Completed", message: "Job completed" });
  else events.record(job, { type: "Warning", reason, message });
  return undefined;
}
