/**
 * node-lifecycle-controller: a node that is not ready is tainted, and one that has not been heard of
 * for fifty seconds is declared unreachable (pkg/controller/nodelifecycle). The taints that drive Pods
 * away come to one node of a zone every ten seconds, and not at all where too much is lost.
 */
import { parseRfc3339 } from "../../core/date";
import { type Controller, defineController, type ReconcileContext } from "../controller";
import type { Node, NodeCondition, Pod, Taint } from "../types";
import { disruption, EvictionRate, isReady } from "./node-zones";

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

export function nodeLifecycleController(): Controller {
  const rate = new EvictionRate();
  return defineController({
    name: "node-lifecycle-controller",
    component: "node-controller",
    for: "Node",
    // Whether anybody is evicted depends on how the other nodes are.
    watches: { Node: (node, store, other) => (other === undefined || isReady(node) === isReady(other) ? [] : store.list("Node").map(({ metadata }) => ({ namespace: "", name: metadata.name }))) },
    reconcile(context, { name }) {
      const { store, nowMs } = context;
      const found = store.get("Node", name);
      if (found === undefined) return undefined;
      const heardMs = lastHeard(context, found);
      const silent = heardMs !== undefined && nowMs - heardMs >= GRACE_MS;
      const node = silent ? declareUnknown(context, found) : found;
      const waitMs = taint(context, node, rate);
      markPods(context, node);
      if (waitMs !== undefined) return { requeueAfterMs: waitMs };
      if (heardMs === undefined || silent) return undefined;
      // Looked at when it would be overdue; upstream looks every five seconds, at the same moments.
      const leftMs = heardMs + GRACE_MS - nowMs;
      return { requeueAfterMs: Math.ceil(leftMs / MONITOR_MS) * MONITOR_MS };
    },
  });
}

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

/** Returns how long the node has to wait for the taint that drives its Pods away, if it does. */
function taint({ store, now, nowMs }: ReconcileContext, node: Node, rate: EvictionRate): number | undefined {
  const before = node.spec.taints ?? [];
  const conditions = node.status.conditions ?? [];
  const bad = CONDITION_TAINTS.filter(([type, status]) => conditions.some((condition) => condition.type === type && condition.status === status)).map(([, , key]) => key);
  // A node that has never said anything is not ready either.
  const wanted = conditions.some(({ type }) => type === "Ready") ? bad : [...bad, NOT_READY];
  if (node.spec.unschedulable) wanted.push(UNSCHEDULABLE);
  const lost = conditions.some(({ type }) => type === "Ready") && wanted.some(drives);
  const { everywhere, mayEvict } = lost ? disruption(store) : CALM;
  const managed = [...CONDITION_TAINTS.map(([, , key]) => key), UNSCHEDULABLE];
  const keep = before.filter((one) => !managed.includes(one.key) || (one.effect === "NoSchedule" && wanted.includes(one.key)) || (one.effect === "NoExecute" && drives(one.key) && wanted.includes(one.key) && !everywhere));
  const added: Taint[] = [];
  let waitMs: number | undefined;
  for (const key of wanted) {
    if (!keep.some((one) => one.key === key && one.effect === "NoSchedule")) added.push({ key, effect: "NoSchedule", timeAdded: now });
    if (!lost || !drives(key) || !mayEvict(node) || keep.some((one) => one.key === key && one.effect === "NoExecute")) continue;
    // A node that only changes from one kind of lost to the other has had its turn.
    const swapped = before.some((one) => one.effect === "NoExecute" && drives(one.key));
    waitMs = swapped ? undefined : rate.take(node, nowMs);
    if (waitMs === undefined) added.push({ key, effect: "NoExecute", timeAdded: now });
  }
  if (added.length === 0 && keep.length === before.length) return waitMs;
  store.modify("Node", node.metadata.name, undefined, (draft) => {
    const taints = [...keep, ...added];
    if (taints.length > 0) draft.spec.taints = taints as never;
    else delete draft.spec.taints;
  });
  return waitMs;
}

/** The taints that come with NoExecute, too. */
function drives(key: string): boolean {
  return key === NOT_READY || key === UNREACHABLE;
}

const CALM = { everywhere: false, mayEvict: () => true };

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
