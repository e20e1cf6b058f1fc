/**
 * statefulset-controller: Pods with names and an order (pkg/controller/statefulset).
 *
 * Differs: no volume claims; the API refuses spec.volumeClaimTemplates.
 */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { controllerKey, controllerOf, isPodAvailable, isPodReady, isPodTerminal, podCondition } from "../pods";
import { matchesLabels } from "../selectors";
import { ApiError } from "../status";
import type { ControllerRevision, Draft, Pod, PodTemplateSpec, StatefulSet } from "../types";
import { claim } from "./adoption";
import { scaled } from "./deployment-util";
import { podFromTemplate } from "./pod-control";
import { currentRevision, revisionHash, revisionsOf, truncateHistory } from "./revisions";

const HASH = "controller-revision-hash";
const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

export const statefulSetController = defineController({
  name: "statefulset-controller",
  for: "StatefulSet",
  watches: {
    Pod(pod, store) {
      if (controllerOf(pod) !== undefined) return controllerKey(pod, "StatefulSet");
      return store.list("StatefulSet", { namespace: pod.metadata.namespace ?? "" }).filter(({ spec }) => matchesLabels(spec.selector, pod.metadata.labels)).map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name }));
    },
  },

  reconcile(context, { namespace, name }) {
    const { store } = context;
    const set = store.get("StatefulSet", name, namespace);
    if (set === undefined) return undefined;
    const update = currentRevision(store, set, () => revisionHash(set.spec.template, set.status.collisionCount));
    const current = revisionsOf(store, set).find((revision) => revision.metadata.name === set.status.currentRevision) ?? update;
    const pods = podsOf(context, set);
    let failure: ApiError | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      try {
        manage(context, set, pods, current, update);
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        failure = problem;
      }
    }
    const result = writeStatus(context, set, current, update);
    truncateHistory(store, set, new Set([current.metadata.name, update.metadata.name, ...[...pods.values()].map((pod) => pod.metadata.labels?.[HASH] ?? "")]));
    if (failure !== undefined) throw failure;
    return result;
  },
});

function ordinalOf(name: string, set: StatefulSet): number {
  const rest = name.startsWith(`${set.metadata.name}-`) ? name.slice(set.metadata.name.length + 1) : "";
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

function podsOf({ store }: ReconcileContext, set: StatefulSet): ReadonlyMap<number, Pod> {
  const pods = claim(store, "Pod", set).map((pod) => [ordinalOf(pod.metadata.name, set), pod] as const);
  return new Map(pods.filter(([ordinal]) => ordinal >= 0).sort(([a], [b]) => a - b));
}

/** updateStatefulSet: from the first to the last, each waits for the one before it. */
function manage(context: ReconcileContext, set: StatefulSet, pods: ReadonlyMap<number, Pod>, current: ControllerRevision, update: ControllerRevision): void {
  const { spec } = set;
  const ordered = spec.podManagementPolicy !== "Parallel";
  const start = spec.ordinals?.start ?? 0;
  const end = start + (spec.replicas ?? 1);
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.get(ordinal);
    if (pod === undefined) {
      create(context, set, ordinal, revisionFor(set, ordinal, current, update));
      if (ordered) return;
      continue;
    }
    if (isPodTerminal(pod)) {
      if (pod.metadata.deletionTimestamp === undefined) remove(context, set, pod);
      if (ordered) return;
      continue;
    }
    if (ordered && !isHealthy(context, set, pod)) return;
  }
  if (shrink(context, set, [...pods].filter(([ordinal]) => ordinal < start || ordinal >= end).map(([, pod]) => pod), ordered)) return;
  if (spec.updateStrategy?.type !== "RollingUpdate") return;
  if (spec.updateStrategy.rollingUpdate?.maxUnavailable === undefined) rollOne(context, set, pods, update, start, end);
  else rollSeveral(context, set, pods, update, start, end);
}

/** Those beyond the end go from the last to the first; one that is not well waits for those below it that are not well either. True: no more for now. */
function shrink(context: ReconcileContext, set: StatefulSet, condemned: readonly Pod[], ordered: boolean): boolean {
  const firstUnhealthy = condemned.find((pod) => !isHealthy(context, set, pod));
  for (const pod of [...condemned].reverse()) {
    const going = pod.metadata.deletionTimestamp !== undefined;
    if (ordered && (going || (!isHealthy(context, set, pod) && pod !== firstUnhealthy))) return true;
    if (!going) remove(context, set, pod);
    if (ordered) return true;
  }
  return false;
}

function isHealthy({ nowMs }: ReconcileContext, { spec }: StatefulSet, pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && pod.status.phase === "Running" && isPodReady(pod) && isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs);
}

/** The highest Pod of an old revision goes, once everything above it is well. */
function rollOne(context: ReconcileContext, set: StatefulSet, pods: ReadonlyMap<number, Pod>, update: ControllerRevision, start: number, end: number): void {
  const partition = Math.max(start, (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0) + start);
  for (let ordinal = end - 1; ordinal >= partition; ordinal--) {
    const pod = pods.get(ordinal);
    if (pod === undefined) return;
    if (pod.metadata.labels?.[HASH] !== update.metadata.name && pod.metadata.deletionTimestamp === undefined) return remove(context, set, pod);
    if (!isHealthy(context, set, pod)) return;
  }
}

/** updateStatefulSetAfterInvariantEstablished: as many of the highest old ones as may still be missed. */
function rollSeveral(context: ReconcileContext, set: StatefulSet, pods: ReadonlyMap<number, Pod>, update: ControllerRevision, start: number, end: number): void {
  const { partition = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const most = Math.max(1, scaled(maxUnavailable, end - start, Math.floor));
  let unavailable = 0;
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.get(ordinal);
    if (pod === undefined || !isHealthy(context, set, pod)) unavailable++;
  }
  for (let ordinal = end - 1; ordinal >= start + partition && unavailable < most; ordinal--) {
    const pod = pods.get(ordinal);
    if (pod === undefined || pod.metadata.labels?.[HASH] === update.metadata.name || pod.metadata.deletionTimestamp !== undefined) continue;
    remove(context, set, pod);
    unavailable++;
  }
}

/** Below the partition the old template holds; anything else that is made now is new, in the middle of a rollout too. */
function revisionFor({ spec }: StatefulSet, ordinal: number, current: ControllerRevision, update: ControllerRevision): ControllerRevision {
  if (spec.updateStrategy?.type !== "RollingUpdate") return update;
  return ordinal < (spec.ordinals?.start ?? 0) + (spec.updateStrategy.rollingUpdate?.partition ?? 0) ? current : update;
}

function create({ store, events }: ReconcileContext, set: StatefulSet, ordinal: number, revision: ControllerRevision): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const template = ((revision as { data?: { spec?: { template?: PodTemplateSpec } } }).data?.spec?.template ?? set.spec.template) as PodTemplateSpec;
  const { $patch: _patch, ...plain } = template as PodTemplateSpec & { $patch?: string };
  const draft = podFromTemplate(set, plain, { name });
  const labels = { ...draft.metadata.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [HASH]: revision.metadata.name };
  const pod = { ...draft, metadata: { ...draft.metadata, labels }, spec: { ...draft.spec, hostname: name, ...(set.spec.serviceName && { subdomain: set.spec.serviceName }) } } as Draft<"Pod">;
  try {
    store.create(pod);
  } catch (problem) {
    events.record(set, { type: "Warning", reason: "FailedCreate", message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${(problem as Error).message}` });
    throw problem;
  }
  events.record(set, { type: "Normal", reason: "SuccessfulCreate", message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful` });
}

function remove({ store, events }: ReconcileContext, set: StatefulSet, pod: Pod): void {
  store.delete("Pod", pod.metadata.name, pod.metadata.namespace);
  events.record(set, { type: "Normal", reason: "SuccessfulDelete", message: `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful` });
}

function writeStatus(context: ReconcileContext, set: StatefulSet, current: ControllerRevision, update: ControllerRevision): { readonly requeueAfterMs: number } | undefined {
  const { store, nowMs } = context;
  const pods = [...podsOf(context, set).values()];
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const on = (revision: ControllerRevision): number => pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.metadata.labels?.[HASH] === revision.metadata.name).length;
  const ready = pods.filter((pod) => pod.status.phase === "Running" && isPodReady(pod));
  const available = ready.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs));
  const updated = on(update);
  // The rollout is over when everybody is new and ready: from now on new is what is current.
  const done = set.spec.updateStrategy?.type === "RollingUpdate" && updated === pods.length && ready.length === pods.length && updated === (set.spec.replicas ?? 1);
  const now = done ? update : current;
  store.updateStatus<"StatefulSet">({
    ...set,
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready.length,
      currentReplicas: on(now),
      updatedReplicas: updated,
      currentRevision: now.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: set.status.collisionCount ?? 0,
      availableReplicas: available.length,
    },
  });
  const waits = ready.filter((pod) => !available.includes(pod)).map((pod) => (parseRfc3339(podCondition(pod, "Ready")?.lastTransitionTime ?? "") ?? nowMs) + minReadySeconds * 1000 - nowMs);
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.max(1, Math.min(...waits)) };
}
