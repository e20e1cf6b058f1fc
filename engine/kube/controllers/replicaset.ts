/**
 * replicaset-controller: as many Pods as spec.replicas says (pkg/controller/replicaset).
 *
 * Differs: no expectations are needed, since the store it reads is never behind what it wrote.
 */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { controllerKey, controllerOf, isPodActive, isPodAvailable, isPodReady, podCondition } from "../pods";
import { matchesLabels } from "../selectors";
import { ApiError } from "../status";
import type { Pod, ReplicaSet } from "../types";
import { claim } from "./adoption";
import { createPod, deletePod, podFromTemplate } from "./pod-control";
import { rankForDeletion } from "./pod-ranking";

const BURST = 500;

export const replicaSetController = defineController({
  name: "replicaset-controller",
  for: "ReplicaSet",
  watches: {
    Pod(pod, store) {
      const key = controllerKey(pod, "ReplicaSet");
      if (key.length > 0 || controllerOf(pod) !== undefined) return key;
      const candidates = store.list("ReplicaSet", { namespace: pod.metadata.namespace ?? "" });
      return candidates.filter(({ spec }) => matchesLabels(spec.selector, pod.metadata.labels)).map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name }));
    },
  },

  reconcile(context, { namespace, name }) {
    const { store } = context;
    const replicaSet = store.get("ReplicaSet", name, namespace);
    if (replicaSet === undefined) return undefined;
    const claimed = claim(store, "Pod", replicaSet);
    let failure: ApiError | undefined;
    if (replicaSet.metadata.deletionTimestamp === undefined) {
      try {
        manage(context, replicaSet, claimed.filter(isPodActive));
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        failure = problem;
      }
    }
    const soonest = writeStatus(context, store.get("ReplicaSet", name, namespace) ?? replicaSet, failure);
    if (failure !== undefined) throw failure;
    return soonest === undefined ? undefined : { requeueAfterMs: soonest };
  },
});

function manage({ store, events, nowMs }: ReconcileContext, replicaSet: ReplicaSet, active: readonly Pod[]): void {
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing > 0 && replicaSet.spec.template !== undefined) {
    const draft = podFromTemplate(replicaSet, replicaSet.spec.template);
    // slowStartBatch: the first refusal ends it; nothing is gained by a hundred of them.
    for (let i = 0; i < Math.min(missing, BURST); i++) createPod(store, events, replicaSet, draft);
  } else if (missing < 0) {
    const surplus = Math.min(-missing, BURST);
    const relatives = surplus < active.length ? relatedPods(store, replicaSet) : [];
    const onNode = new Map<string, number>();
    for (const { spec } of relatives) onNode.set(spec.nodeName ?? "", (onNode.get(spec.nodeName ?? "") ?? 0) + 1);
    for (const pod of rankForDeletion(active, (one) => onNode.get(one.spec.nodeName ?? "") ?? 0, nowMs).slice(0, surplus)) deletePod(store, events, replicaSet, pod);
  }
}

/** Active Pods of every ReplicaSet that has the same controller: they count as crowding a node, too. */
function relatedPods(store: ReconcileContext["store"], replicaSet: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner === undefined ? [replicaSet] : store.owned("ReplicaSet", { metadata: owner });
  return siblings.flatMap((sibling) => store.owned("Pod", sibling)).filter(isPodActive);
}

/** Returns in how many milliseconds a Pod will have been ready long enough, if one is on its way there. */
function writeStatus({ store, nowMs, now }: ReconcileContext, replicaSet: ReplicaSet, failure: ApiError | undefined): number | undefined {
  const { metadata, spec, status } = replicaSet;
  const all = store.owned("Pod", replicaSet).filter((pod) => controllerOf(pod)?.uid === metadata.uid);
  const pods = all.filter(isPodActive);
  const minReadySeconds = spec.minReadySeconds ?? 0;
  const ready = pods.filter(isPodReady);
  const available = ready.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs));
  const labels = spec.template?.metadata?.labels ?? {};
  const fully = pods.filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value));
  const terminating = all.filter((pod) => pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== "Failed" && pod.status.phase !== "Succeeded");
  const conditions = (status.conditions ?? []).filter((condition) => condition.type !== "ReplicaFailure");
  const before = status.conditions?.find((condition) => condition.type === "ReplicaFailure");
  const reason = (spec.replicas ?? 1) > pods.length ? "FailedCreate" : "FailedDelete";
  const failed = failure && (before?.reason === reason ? before : { type: "ReplicaFailure", status: "True", lastTransitionTime: now, reason, message: failure.message });
  store.updateStatus({
    ...replicaSet,
    status: {
      replicas: pods.length,
      fullyLabeledReplicas: fully.length,
      readyReplicas: ready.length,
      availableReplicas: available.length,
      terminatingReplicas: terminating.length,
      observedGeneration: metadata.generation ?? 0,
      conditions: failed ? [...conditions, failed] : conditions,
    },
  } as ReplicaSet);
  if (minReadySeconds === 0 || available.length === ready.length) return undefined;
  const waits = ready.filter((pod) => !available.includes(pod)).map((pod) => (parseRfc3339(podCondition(pod, "Ready")?.lastTransitionTime ?? "") ?? nowMs) + minReadySeconds * 1000 - nowMs);
  return Math.max(1, Math.min(...waits));
}
