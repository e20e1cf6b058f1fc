/** A Deployment's conditions (pkg/controller/deployment/progress.go and sync.go). */
import { parseRfc3339 } from "../../core/date";
import type { Deployment, ReplicaSet } from "../types";
import { fenceposts, hasDeadline, isComplete, sumAvailable } from "./deployment-util";

export type Condition = NonNullable<Deployment["status"]["conditions"]>[number];

export function conditionOf({ conditions }: Deployment["status"], type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** SetDeploymentCondition: nothing where status and reason stay; the time of transition where only the reason changes. */
export function withCondition(conditions: readonly Condition[], set: Pick<Condition, "type" | "status" | "reason" | "message">, now: string): readonly Condition[] {
  const before = conditions.find((condition) => condition.type === set.type);
  if (before?.status === set.status && before?.reason === set.reason) return conditions;
  const lastTransitionTime = before?.status === set.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : now;
  const condition = { type: set.type, status: set.status, lastUpdateTime: now, lastTransitionTime, reason: set.reason, message: set.message } as Condition;
  return [...conditions.filter((one) => one.type !== set.type), condition];
}

export function withoutCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** calculateStatus: the numbers, and whether enough Pods can be reached. */
export function calculateStatus(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined, now: string): Deployment["status"] {
  const available = sumAvailable(all);
  const total = all.reduce((sum, { status }) => sum + (status.replicas ?? 0), 0);
  const wanted = deployment.spec.replicas ?? 1;
  const enough = available >= wanted - fenceposts(deployment).maxUnavailable;
  const reachable = enough
    ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "Deployment does not have minimum availability." };
  const { collisionCount } = deployment.status;
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: total,
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: all.reduce((sum, { status }) => sum + (status.readyReplicas ?? 0), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total - available),
    terminatingReplicas: all.reduce((sum, { status }) => sum + ((status as { terminatingReplicas?: number }).terminatingReplicas ?? 0), 0),
    conditions: withCondition(deployment.status.conditions ?? [], reachable, now),
    ...(collisionCount !== undefined && { collisionCount }),
  } as Deployment["status"];
}

/** syncRolloutStatus: how the rollout goes. Also says when to look again, if a deadline is running. */
export function rolloutStatus(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined, now: string): { readonly status: Deployment["status"]; readonly checkAfterMs: number | undefined } {
  const status = calculateStatus(deployment, all, current, now);
  let conditions = status.conditions ?? [];
  const before = conditionOf(deployment.status, "Progressing");
  const settled = status.replicas === status.updatedReplicas && before?.reason === "NewReplicaSetAvailable";
  const subject = current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
  const limited = hasDeadline(deployment);
  const complete = isComplete({ ...deployment, status });
  if (limited && !settled) {
    if (complete) conditions = withCondition(conditions, { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message: `${subject} has successfully progressed.` }, now);
    else if (isProgressing(deployment, status)) {
      // Progress counts from now on: this one is renewed even when nothing else about it changes.
      const set = { type: "Progressing", status: "True", lastUpdateTime: now, lastTransitionTime: before?.status === "True" && before.lastTransitionTime ? before.lastTransitionTime : now, reason: "ReplicaSetUpdated", message: `${subject} is progressing.` };
      conditions = [...withoutCondition(conditions, "Progressing"), set];
    } else if (hasTimedOut(deployment, before, now)) {
      conditions = withCondition(conditions, { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: `${subject} has timed out progressing.` }, now);
    }
  }
  if (!limited) conditions = withoutCondition(conditions, "Progressing");
  const failed = failureOf(all, current);
  conditions = failed === undefined ? withoutCondition(conditions, "ReplicaFailure") : withCondition(conditions, failed, now);
  const waits = limited && !complete && !settled;
  return { status: { ...status, conditions } as Deployment["status"], checkAfterMs: waits ? deadlineLeft(deployment, conditions, now) : undefined };
}

/** DeploymentProgressing: more new ones, fewer old ones, or more that are ready or available than before. */
function isProgressing({ status: old }: Deployment, now: Deployment["status"]): boolean {
  const oldOnes = (status: Deployment["status"]): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) || oldOnes(now) < oldOnes(old) || (now.readyReplicas ?? 0) > (old.readyReplicas ?? 0) || (now.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function hasTimedOut({ spec }: Deployment, before: Condition | undefined, now: string): boolean {
  if (before === undefined) return false;
  if (before.reason === "ProgressDeadlineExceeded") return true;
  if (before.reason === "NewReplicaSetAvailable") return false;
  const since = parseRfc3339(before.lastUpdateTime ?? "") ?? 0;
  return since + (spec.progressDeadlineSeconds ?? 600) * 1000 < (parseRfc3339(now) ?? 0);
}

function deadlineLeft({ spec }: Deployment, conditions: readonly Condition[], now: string): number | undefined {
  const progressing = conditions.find((condition) => condition.type === "Progressing");
  if (progressing === undefined || progressing.reason === "ProgressDeadlineExceeded") return undefined;
  const since = parseRfc3339(progressing.lastUpdateTime ?? "") ?? 0;
  return Math.max(1000, since + (spec.progressDeadlineSeconds ?? 600) * 1000 - (parseRfc3339(now) ?? 0) + 1000);
}

function failureOf(all: readonly ReplicaSet[], current: ReplicaSet | undefined): Pick<Condition, "type" | "status" | "reason" | "message"> | undefined {
  const of = (replicaSet: ReplicaSet | undefined) => replicaSet?.status.conditions?.find((condition) => condition.type === "ReplicaFailure");
  // What the new one has to complain of comes before what the old ones have.
  const found = of(current) ?? all.map(of).find((one) => one !== undefined);
  return found && { type: "ReplicaFailure", status: found.status, reason: found.reason ?? "", message: found.message ?? "" };
}
