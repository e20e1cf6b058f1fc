/**
 * node-lifecycle-controller and the taint manager: a node that is not ready is tainted, one that
 * has not been heard of for fifty seconds is declared unreachable, and Pods leave when they
 * tolerate neither, or no longer (pkg/controller/nodelifecycle, tainteviction).
 */
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { isNotFound } from "../status";
import type { Node, NodeCondition, Pod, Taint } from "../types";

const GRACE_MS = 50_000;
const MONITOR_MS = 5_000;
const LEASES = "kube-node-lease";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

/** Condition type and the status that is bad news, with the taint it becomes. */
const CONDITION_TAINTS: readonly (readonly [string, string, string])[] = [
  ["Ready", "False", NOT_READY],
  ["Ready", "Unknown", UNREACHABLE],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
];

export const nodeLifecycleController = defineController({
  name: "node-lifecycle-controller",
  for: "Node",
  reconcile(context, { name }) {
    const { store, nowMs } = context;
    const found = store.get("Node", name);
    if (found === undefined) return undefined;
    const heardMs = lastHeard(context, found);
    const silent = heardMs !== undefined && nowMs - heardMs >= GRACE_MS;
    const node = silent ? declareUnknown(context, found) : found;
    taint(context, node);
    markPods(context, node);
    if (heardMs === undefined || silent) return undefined;
    // Looked at when it would be overdue; upstream looks every five seconds, at the same moments.
    const leftMs = heardMs + GRACE_MS - nowMs;
    return { requeueAfterMs: Math.ceil(leftMs / MONITOR_MS) * MONITOR_MS };
  },
});

/** The Lease the kubelet renews, or the heartbeat of its condition. Undefined when nobody keeps one. */
function lastHeard({ store }: ReconcileContext, { metadata, status }: Node): number | undefined {
  const lease = parseRfc3339(store.get("Lease", metadata.name, LEASES)?.spec.renewTime ?? "");
  const heartbeat = parseRfc3339(status.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime ?? "");
  if (lease === undefined && heartbeat === undefined) return undefined;
  return Math.max(lease ?? 0, heartbeat ?? 0);
}

const KUBELET_CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"];

function declareUnknown({ store, events, now }: ReconcileContext, node: Node): Node {
  const conditions = node.status.conditions ?? [];
  if (conditions.find(({ type }) => type === "Ready")?.status === "Unknown") return node;
  const unknown = (condition: NodeCondition): NodeCondition =>
    KUBELET_CONDITIONS.includes(condition.type) ? { ...condition, status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status.", lastTransitionTime: now } : condition;
  events.record(node, { type: "Normal", reason: "NodeNotReady", message: `Node ${node.metadata.name} status is now: NodeNotReady` });
  return store.updateStatus<"Node">({ ...node, status: { ...node.status, conditions: conditions.map(unknown) } });
}

function taint({ store, now }: ReconcileContext, node: Node): void {
  const before = node.spec.taints ?? [];
  const conditions = node.status.conditions ?? [];
  const bad = CONDITION_TAINTS.filter(([type, status]) => conditions.some((condition) => condition.type === type && condition.status === status)).map(([, , key]) => key);
  // A node that has never said anything is not ready either.
  const wanted = conditions.some(({ type }) => type === "Ready") ? bad : [...bad, NOT_READY];
  if (node.spec.unschedulable) wanted.push(UNSCHEDULABLE);
  const managed = [...CONDITION_TAINTS.map(([, , key]) => key), UNSCHEDULABLE];
  const keep = before.filter((one) => !managed.includes(one.key) || (one.effect === "NoSchedule" && wanted.includes(one.key)) || (one.effect === "NoExecute" && (one.key === NOT_READY || one.key === UNREACHABLE) && wanted.includes(one.key)));
  const added: Taint[] = [];
  for (const key of wanted) {
    if (!keep.some((one) => one.key === key && one.effect === "NoSchedule")) added.push({ key, effect: "NoSchedule", timeAdded: now });
    const executes = (key === NOT_READY || key === UNREACHABLE) && conditions.some(({ type }) => type === "Ready");
    if (executes && !keep.some((one) => one.key === key && one.effect === "NoExecute")) added.push({ key, effect: "NoExecute", timeAdded: now });
  }
  if (added.length === 0 && keep.length === before.length) return;
  store.modify("Node", node.metadata.name, undefined, (draft) => {
    const taints = [...keep, ...added];
    if (taints.length > 0) draft.spec.taints = taints as never;
    else delete draft.spec.taints;
  });
}

/** Pods of a node that is not ready are not ready: traffic goes elsewhere long before anybody is evicted. */
function markPods({ store, events, now }: ReconcileContext, node: Node): void {
  const ready = node.status.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined || ready.status === "True") return;
  for (const pod of store.list("Pod", { fieldSelector: `spec.nodeName=${node.metadata.name}` })) {
    if (pod.status.conditions?.find(({ type }) => type === "Ready")?.status !== "True") continue;
    const conditions = (pod.status.conditions ?? []).map((condition) => (condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime: now } : condition));
    store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, conditions } } as Pod);
    events.record(pod, { type: "Warning", reason: "NodeNotReady", message: "Node is not ready" });
  }
}

function evicts(node: Pick<Node, "spec"> | undefined): boolean {
  return node?.spec.taints?.some(({ effect }) => effect === "NoExecute") ?? false;
}

/** TaintEvictionController: for each Pod on a node with NoExecute taints, when it has to go. */
export const taintEvictionController = defineController({
  name: "taint-eviction-controller",
  for: "Pod",
  concerns: ({ spec }, store) => evicts(store.get("Node", (spec as Pod["spec"]).nodeName ?? "")),
  watches: {
    Node({ metadata, spec }, store) {
      if (!evicts({ spec })) return [];
      return store.list("Pod", { fieldSelector: `spec.nodeName=${metadata.name}` }).map((pod) => ({ namespace: pod.metadata.namespace ?? "", name: pod.metadata.name }));
    },
  },
  reconcile({ store, events, nowMs }, { namespace, name }) {
    const pod = store.get("Pod", name, namespace);
    const node = pod?.spec.nodeName ? store.get("Node", pod.spec.nodeName) : undefined;
    if (pod === undefined || node === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
    if (taints.length === 0) return undefined;
    const leaveMs = Math.min(...taints.map((one) => mayStayUntil(pod, one, nowMs)));
    if (leaveMs === Number.POSITIVE_INFINITY) return undefined;
    if (leaveMs > nowMs) return { requeueAfterMs: leaveMs - nowMs };
    events.record(pod, { type: "Normal", reason: "TaintManagerEviction", message: `Marking for deletion Pod ${namespace}/${name}` });
    try {
      store.delete("Pod", name, namespace);
    } catch (problem) {
      if (!isNotFound(problem)) throw problem;
    }
    return undefined;
  },
});

function mayStayUntil({ spec }: Pod, { key, value = "", effect, timeAdded }: Taint, nowMs: number): number {
  const tolerating = (spec.tolerations ?? []).filter((one) => (!one.effect || one.effect === effect) && (!one.key || one.key === key) && (one.operator === "Exists" || (one.value ?? "") === value));
  if (tolerating.length === 0) return nowMs;
  const seconds = tolerating.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (seconds.length === 0) return Number.POSITIVE_INFINITY;
  return (parseRfc3339(timeAdded ?? "") ?? nowMs) + Math.max(0, Math.min(...seconds)) * 1000;
}
