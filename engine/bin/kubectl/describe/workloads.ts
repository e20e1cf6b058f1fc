/** `kubectl describe` of Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs. */
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { DaemonSet, Deployment, Job, ReplicaSet, StatefulSet } from "../../../kube/types";
import type { Context } from "../command";
import { humanDuration } from "../duration";
import { replicaSetsOf } from "../replica-sets";
import { writeEvents } from "./events";
import { formatSelector, longTime, Page, selectorText } from "./page";
import { podCounts, writeTemplate } from "./template";

export function* describeDeployment(context: Context, deployment: Deployment, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = deployment;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations).field(0, "Selector", selectorText(spec.selector));
  page.field(
    0,
    "Replicas",
    `${spec.replicas ?? 1} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
  );
  page.field(0, "StrategyType", spec.strategy?.type ?? "").field(0, "MinReadySeconds", spec.minReadySeconds ?? 0);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling !== undefined) page.field(0, "RollingUpdateStrategy", `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  writeTemplate(page, spec.template);
  writeConditions(page, status.conditions);
  const { old, current } = yield* replicaSetsOf(context, deployment);
  if (old.length > 0 || current !== undefined) {
    page.field(0, "OldReplicaSets", replicaSetTexts(old)).field(0, "NewReplicaSet", replicaSetTexts(current === undefined ? [] : [current]));
  }
  yield* writeEvents(page, context, deployment, showEvents);
  return page.toString();
}

function replicaSetTexts(sets: readonly ReplicaSet[]): string {
  return sets.map(({ metadata, spec, status }) => `${metadata.name} (${status.replicas ?? 0}/${spec.replicas ?? 0} replicas created)`).join(", ") || "<none>";
}

function writeConditions(page: Page, conditions: readonly { readonly type: string; readonly status: string; readonly reason?: string }[] | undefined): void {
  if (conditions === undefined || conditions.length === 0) return;
  page.line(0, "Conditions:").line(1, "Type\tStatus\tReason").line(1, "----\t------\t------");
  for (const { type, status, reason } of conditions) page.line(1, `${type} \t${status}\t${reason ?? ""}`);
}

export function* describeReplicaSet(context: Context, set: ReplicaSet, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = set;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "Selector", formatSelector(spec.selector));
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  writeOwner(page, set);
  page.field(0, "Replicas", `${status.replicas ?? 0} current / ${spec.replicas ?? 1} desired`);
  page.field(0, "Pods Status", yield* podCounts(context, ownerOf(set)));
  if (spec.template !== undefined) writeTemplate(page, spec.template);
  writeConditions(page, status.conditions);
  yield* writeEvents(page, context, set, showEvents);
  return page.toString();
}

function writeOwner(page: Page, object: { readonly metadata: ReplicaSet["metadata"] }): void {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner !== undefined) page.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
}

function ownerOf(object: ReplicaSet | StatefulSet | DaemonSet): { readonly namespace: string; readonly uid: string; readonly selector: string } {
  return { namespace: object.metadata.namespace ?? "", uid: object.metadata.uid, selector: selectorText(object.spec.selector) };
}

export function* describeStatefulSet(context: Context, set: StatefulSet, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = set;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  page.field(0, "Selector", selectorText(spec.selector)).labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.field(0, "Replicas", `${spec.replicas ?? 1} desired | ${status.replicas ?? 0} total`).field(0, "Update Strategy", spec.updateStrategy?.type ?? "");
  const partition = spec.updateStrategy?.rollingUpdate?.partition;
  if (partition !== undefined) page.field(1, "Partition", partition);
  page.field(0, "Pods Status", yield* podCounts(context, ownerOf(set)));
  writeTemplate(page, spec.template);
  if ((spec.volumeClaimTemplates ?? []).length === 0) page.field(0, "Volume Claims", "<none>");
  else page.line(0, "Volume Claims:");
  for (const claim of spec.volumeClaimTemplates ?? []) {
    page.field(1, "Name", claim.metadata?.name ?? "").field(1, "StorageClass", claim.spec?.storageClassName ?? "");
    page.field(1, "Capacity", String(claim.spec?.resources?.requests?.storage ?? "<default>")).field(1, "Access Modes", `[${(claim.spec?.accessModes ?? []).join(" ")}]`);
  }
  yield* writeEvents(page, context, set, showEvents);
  return page.toString();
}

export function* describeDaemonSet(context: Context, set: DaemonSet, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = set;
  const page = new Page();
  const nodeSelector = Object.entries(spec.template.spec?.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "Selector", selectorText(spec.selector));
  page.field(0, "Node-Selector", nodeSelector.sort().join(",") || "<none>").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.line(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}`).line(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}`);
  page.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`).line(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`);
  page.line(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}`);
  page.field(0, "Pods Status", yield* podCounts(context, ownerOf(set)));
  writeTemplate(page, spec.template);
  yield* writeEvents(page, context, set, showEvents);
  return page.toString();
}

export function* describeJob(context: Context, job: Job, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = job;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").field(0, "Selector", selectorText(spec.selector));
  page.labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner !== undefined) page.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
  if (spec.parallelism !== undefined) page.field(0, "Parallelism", spec.parallelism);
  page.field(0, "Completions", spec.completions ?? "<unset>");
  const { completionMode, suspend } = spec as { readonly completionMode?: string; readonly suspend?: boolean };
  if (completionMode !== undefined) page.field(0, "Completion Mode", completionMode);
  if (suspend !== undefined) page.field(0, "Suspend", suspend);
  if (spec.backoffLimit !== undefined) page.field(0, "Backoff Limit", spec.backoffLimit);
  if (spec.ttlSecondsAfterFinished !== undefined) page.field(0, "TTL Seconds After Finished", spec.ttlSecondsAfterFinished);
  if (status.startTime) page.field(0, "Start Time", longTime(status.startTime));
  if (status.completionTime) page.field(0, "Completed At", longTime(status.completionTime));
  if (status.startTime && status.completionTime) page.field(0, "Duration", humanDuration((parseRfc3339(status.completionTime) ?? 0) - (parseRfc3339(status.startTime) ?? 0)));
  if (spec.activeDeadlineSeconds !== undefined) page.field(0, "Active Deadline Seconds", `${spec.activeDeadlineSeconds}s`);
  const { ready } = status as { readonly ready?: number };
  page.field(0, "Pods Statuses", `${status.active ?? 0} Active${ready === undefined ? "" : ` (${ready} Ready)`} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`);
  if (completionMode === "Indexed") page.field(0, "Completed Indexes", capped(status.completedIndexes ?? ""));
  writeTemplate(page, spec.template);
  yield* writeEvents(page, context, job, showEvents);
  return page.toString();
}

/** capIndexesListOrNone: cut at the first comma behind fifty characters. */
function capped(indexes: string): string {
  const comma = indexes.indexOf(",", 50);
  return indexes === "" ? "<none>" : comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`;
}
