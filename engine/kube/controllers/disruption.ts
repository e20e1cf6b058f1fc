/** disruption controller: how many Pods of a PodDisruptionBudget may be missed right now (pkg/controller/disruption). */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { controllerOf, isPodReady } from "../pods";
import { matchesLabels } from "../selectors";
import type { Pod, PodDisruptionBudget } from "../types";
import { scaled } from "./deployment-util";

/** An eviction that was allowed but never came about is forgotten after two minutes. */
const FORGET_MS = 120_000;

export const disruptionController = defineController({
  name: "disruption-controller",
  component: "controllermanager",
  for: "PodDisruptionBudget",
  watches: {
    Pod: (pod, store) =>
      store
        .list("PodDisruptionBudget", { namespace: pod.metadata.namespace ?? "" })
        .filter(({ spec }) => matchesLabels(spec.selector, pod.metadata.labels))
        .map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name })),
  },

  reconcile(context, { namespace, name }) {
    const { store, events, nowMs, now } = context;
    const budget = store.get("PodDisruptionBudget", name, namespace);
    if (budget === undefined) return undefined;
    const pods = store.list("Pod", { namespace }).filter(({ metadata }) => matchesLabels(budget.spec.selector, metadata.labels));
    if (pods.length === 0) events.record(budget, { type: "Normal", reason: "NoPods", message: "No matching pods found" });
    const { expectedPods, desiredHealthy } = expected(context, budget, pods);
    const disrupted = stillDisrupted(budget, pods, nowMs);
    const currentHealthy = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined && isPodReady(pod)).length;
    const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const generation = budget.metadata.generation ?? 1;
    const before = budget.status.conditions?.find(({ type }) => type === "DisruptionAllowed");
    const status = disruptionsAllowed > 0 ? "True" : "False";
    const condition = {
      type: "DisruptionAllowed", status, observedGeneration: generation, lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
      reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods", message: "",
    };
    const others = (budget.status.conditions ?? []).filter(({ type }) => type !== "DisruptionAllowed");
    store.updateStatus<"PodDisruptionBudget">({
      ...budget,
      status: { observedGeneration: generation, disruptedPods: disrupted, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions: [...others, condition] },
    });
    return Object.keys(disrupted).length > 0 ? { requeueAfterMs: FORGET_MS } : undefined;
  },
});

function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Record<string, string> {
  const names = new Set(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name));
  return Object.fromEntries(Object.entries(status.disruptedPods ?? {}).filter(([name, at]) => names.has(name) && (parseRfc3339(at) ?? 0) + FORGET_MS > nowMs));
}

function expected(context: ReconcileContext, { spec }: PodDisruptionBudget, pods: readonly Pod[]): { readonly expectedPods: number; readonly desiredHealthy: number } {
  if (spec.maxUnavailable !== undefined) {
    const expectedPods = wantedByOwners(context, pods);
    return { expectedPods, desiredHealthy: Math.max(0, expectedPods - scaled(spec.maxUnavailable, expectedPods, Math.ceil)) };
  }
  if (typeof spec.minAvailable === "number") return { expectedPods: pods.length, desiredHealthy: spec.minAvailable };
  if (spec.minAvailable === undefined) return { expectedPods: pods.length, desiredHealthy: 0 };
  const expectedPods = wantedByOwners(context, pods);
  return { expectedPods, desiredHealthy: scaled(spec.minAvailable, expectedPods, Math.ceil) };
}

/** getExpectedScale: what the workloads behind the Pods ought to have, counted once each. */
function wantedByOwners({ store }: ReconcileContext, pods: readonly Pod[]): number {
  const wanted = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) continue;
    const { namespace } = pod.metadata;
    if (owner.kind === "ReplicaSet") {
      const replicaSet = store.get("ReplicaSet", owner.name, namespace);
      const above = replicaSet && controllerOf(replicaSet);
      const deployment = above?.kind === "Deployment" ? store.get("Deployment", above.name, namespace) : undefined;
      if (deployment !== undefined) wanted.set(deployment.metadata.uid, deployment.spec.replicas ?? 1);
      else if (replicaSet !== undefined) wanted.set(replicaSet.metadata.uid, replicaSet.spec.replicas ?? 1);
    } else if (owner.kind === "StatefulSet") {
      const set = store.get("StatefulSet", owner.name, namespace);
      if (set !== undefined) wanted.set(set.metadata.uid, set.spec.replicas ?? 1);
    }
  }
  return [...wanted.values()].reduce((sum, n) => sum + n, 0);
}
