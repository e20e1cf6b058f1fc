/**
 * pod-garbage-collector-controller: Pods of a node that no longer exists go without a grace period,
 * since nobody is there to grant one (pkg/controller/podgc). It waits for the node to come back, first.
 */
import { defineController } from "../controller";
import { isPodTerminal, withDisruption } from "../pods";

const QUARANTINE_MS = 40_000;

export function podGarbageCollector() {
  /** When each missing node was missed first. */
  const missing = new Map<string, number>();
  return defineController({
    name: "pod-garbage-collector-controller",
    for: "Node",
    watches: { Pod: ({ spec }, store) => (spec.nodeName && store.get("Node", spec.nodeName) === undefined ? [{ namespace: "", name: spec.nodeName }] : []) },
    reconcile({ store, nowMs, now }, { name }) {
      if (store.get("Node", name) !== undefined) {
        missing.delete(name);
        return undefined;
      }
      const pods = store.list("Pod", { fieldSelector: `spec.nodeName=${name}` });
      if (pods.length === 0) return undefined;
      const sinceMs = missing.get(name) ?? nowMs;
      missing.set(name, sinceMs);
      if (nowMs - sinceMs < QUARANTINE_MS) return { requeueAfterMs: sinceMs + QUARANTINE_MS - nowMs };
      for (const pod of pods) {
        if (!isPodTerminal(pod)) {
          const told = withDisruption(pod, "DeletionByPodGC", "PodGC: node no longer exists", now);
          store.updateStatus<"Pod">({ ...told, status: { ...told.status, phase: "Failed" } });
        }
        store.delete("Pod", pod.metadata.name, pod.metadata.namespace, { gracePeriodSeconds: 0 });
      }
      return undefined;
    },
  });
}
