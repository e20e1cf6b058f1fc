/**
 * taint-eviction-controller: Pods on a node with NoExecute taints leave when they tolerate them not,
 * or no longer (pkg/controller/tainteviction). Its events name the Pod without its uid, as upstream's do:
 * kubectl get events shows them, kubectl describe does not.
 */
import { parseRfc3339 } from "../../core/date";
import { type Controller, defineController, type ReconcileContext } from "../controller";
import { withDisruption } from "../pods";
import { isNotFound } from "../status";
import type { Node, Pod, Taint } from "../types";

function evicts(node: Pick<Node, "spec"> | undefined): boolean {
  return node?.spec.taints?.some(({ effect }) => effect === "NoExecute") ?? false;
}

export function taintEvictionController(): Controller {
  /** Pods that have an appointment: only of those it is told that they may stay after all. */
  const leaving = new Set<string>();
  return defineController({
    name: "taint-eviction-controller",
    for: "Pod",
    concerns: ({ spec }, store) => evicts(store.get("Node", (spec as Pod["spec"]).nodeName ?? "")),
    watches: {
      Node({ metadata, spec }, store) {
        if (!evicts({ spec })) return [];
        return store.list("Pod", { fieldSelector: `spec.nodeName=${metadata.name}` }).map((pod) => ({ namespace: pod.metadata.namespace ?? "", name: pod.metadata.name }));
      },
    },
    reconcile(context, { namespace, name }) {
      const { store, nowMs } = context;
      const pod = store.get("Pod", name, namespace);
      const node = pod?.spec.nodeName ? store.get("Node", pod.spec.nodeName) : undefined;
      if (pod === undefined || node === undefined || pod.metadata.deletionTimestamp !== undefined) {
        leaving.delete(`${namespace}/${name}`);
        return undefined;
      }
      const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
      const leaveMs = Math.min(Number.POSITIVE_INFINITY, ...taints.map((one) => mayStayUntil(pod, one, nowMs)));
      if (leaveMs === Number.POSITIVE_INFINITY) {
        if (leaving.delete(`${namespace}/${name}`)) say(context, pod, `Cancelling deletion of Pod ${namespace}/${name}`);
        return undefined;
      }
      if (leaveMs > nowMs) {
        leaving.add(`${namespace}/${name}`);
        return { requeueAfterMs: leaveMs - nowMs };
      }
      leaving.delete(`${namespace}/${name}`);
      evict(context, pod);
      return undefined;
    },
  });
}

function evict(context: ReconcileContext, pod: Pod): void {
  const { store, now } = context;
  const { name, namespace } = pod.metadata;
  say(context, pod, `Marking for deletion Pod ${namespace}/${name}`);
  try {
    store.updateStatus<"Pod">(withDisruption(pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", now));
    store.delete("Pod", name, namespace);
  } catch (problem) {
    if (!isNotFound(problem)) throw problem;
  }
}

function say({ events }: ReconcileContext, { metadata: { name, namespace = "" } }: Pod, message: string): void {
  events.record({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace } }, { type: "Normal", reason: "TaintManagerEviction", message });
}

function mayStayUntil({ spec }: Pod, { key, value = "", effect, timeAdded }: Taint, nowMs: number): number {
  const tolerating = (spec.tolerations ?? []).filter((one) => (!one.effect || one.effect === effect) && (!one.key || one.key === key) && (one.operator === "Exists" || (one.value ?? "") === value));
  if (tolerating.length === 0) return nowMs;
  const seconds = tolerating.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (seconds.length === 0) return Number.POSITIVE_INFINITY;
  return (parseRfc3339(timeAdded ?? "") ?? nowMs) + Math.max(0, Math.min(...seconds)) * 1000;
}
