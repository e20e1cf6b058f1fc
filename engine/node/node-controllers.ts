/**
 * What keeps one Pod of each DaemonSet on every node, and takes the not-ready taint from nodes
 * that have become ready: the parts of kube-controller-manager without which a cluster with a
 * network plugin never comes up. (pkg/controller/daemon, pkg/controller/nodelifecycle)
 *
 * Differs: an update replaces Pods one node at a time, whatever maxUnavailable says; a node that
 * falls silent is not noticed.
 */
import { type Controller, defineController, type ReconcileContext } from "../kube/controller";
import { createPod, deletePod, podFromTemplate } from "../kube/controllers/pod-control";
import { podTemplateHash } from "../kube/pod-template-hash";
import { controllerKey, isPodActive, isPodReady } from "../kube/pods";
import type { DaemonSet, Draft, Node, Pod, Taint, Toleration } from "../kube/types";

const HASH = "controller-revision-hash";
const GENERATION = "pod-template-generation";

export const daemonSets: Controller = defineController({
  name: "daemonset-controller",
  for: "DaemonSet",
  watches: {
    Pod: (pod) => controllerKey(pod, "DaemonSet"),
    Node: (_, store) => store.list("DaemonSet").map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name })),
  },
  reconcile(context, { namespace, name }) {
    const daemonSet = context.store.get("DaemonSet", name, namespace);
    if (daemonSet === undefined || daemonSet.metadata.deletionTimestamp !== undefined) return;
    const nodes = context.store.list("Node").filter((node) => isWanted(daemonSet, node));
    const pods = context.store.owned("Pod", daemonSet).filter(isPodActive);
    manage(context, daemonSet, nodes, pods);
    writeStatus(context, daemonSet, nodes);
  },
});

function isWanted({ spec }: DaemonSet, { metadata, spec: { taints = [] } }: Node): boolean {
  const { nodeSelector = {}, tolerations = [] } = spec.template.spec ?? {};
  const selected = Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value);
  return selected && taints.every((taint) => taint.effect === "PreferNoSchedule" || [...tolerations, ...ADDED].some((toleration) => tolerates(toleration, taint)));
}

function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}

/** What every daemon Pod bears with (AddOrUpdateDaemonPodTolerations). */
const ADDED: readonly Toleration[] = [
  ...["not-ready", "unreachable"].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists" as const, effect: "NoExecute" as const })),
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists" as const, effect: "NoSchedule" as const })),
];

function manage({ store, events }: ReconcileContext, daemonSet: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]): void {
  const hash = hashOf(daemonSet, pods);
  const on = (node: Node) => pods.filter(({ spec }) => spec.nodeName === node.metadata.name);
  for (const node of nodes) if (on(node).length === 0) createPod(store, events, daemonSet, daemonPod(daemonSet, node.metadata.name, hash));
  for (const pod of pods) if (!nodes.some((node) => node.metadata.name === pod.spec.nodeName)) deletePod(store, events, daemonSet, pod);
  if (daemonSet.spec.updateStrategy?.type === "OnDelete") return;
  const old = pods.filter(({ metadata }) => metadata.labels?.[HASH] !== hash);
  if (old[0] !== undefined && pods.length === nodes.length && pods.every((pod) => isPodReady(pod) || pod === old[0])) deletePod(store, events, daemonSet, old[0]);
}

/** A Pod of this very generation has it on its label; else it has to be worked out. */
function hashOf({ metadata, spec }: DaemonSet, pods: readonly Pod[]): string {
  const same = pods.find(({ metadata: { labels } }) => labels?.[GENERATION] === String(metadata.generation ?? 1));
  return same?.metadata.labels?.[HASH] ?? podTemplateHash(spec.template);
}

/** Bound from the beginning: there is only one node it may go to. */
function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Draft<"Pod"> {
  const draft = podFromTemplate(daemonSet, daemonSet.spec.template);
  const { spec = {} } = draft as { spec?: { tolerations?: readonly Toleration[] } };
  return {
    ...draft,
    metadata: { ...draft.metadata, labels: { ...draft.metadata.labels, [HASH]: hash, [GENERATION]: String(daemonSet.metadata.generation ?? 1) } },
    spec: { ...spec, nodeName, tolerations: [...(spec.tolerations ?? []), ...ADDED] },
  } as Draft<"Pod">;
}

function writeStatus({ store }: ReconcileContext, daemonSet: DaemonSet, nodes: readonly Node[]): void {
  const pods = store.owned("Pod", daemonSet).filter(isPodActive);
  const hash = hashOf(daemonSet, pods);
  const ready = pods.filter(isPodReady).length;
  const updated = pods.filter(({ metadata }) => metadata.labels?.[HASH] === hash).length;
  const unavailable = nodes.length - ready;
  store.updateStatus({
    ...daemonSet,
    status: {
      ...daemonSet.status,
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: nodes.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      ...(unavailable > 0 && { numberUnavailable: unavailable }),
      updatedNumberScheduled: updated,
      ...(daemonSet.metadata.generation !== undefined && { observedGeneration: daemonSet.metadata.generation }),
    },
  });
}

const NOT_READY = "node.kubernetes.io/not-ready";

export const nodeTaints: Controller = defineController({
  name: "node-lifecycle-controller",
  for: "Node",
  reconcile({ store }, { name }) {
    const node = store.get("Node", name);
    if (node === undefined) return;
    const ready = (node.status.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
    const taints = node.spec.taints ?? [];
    const tainted = taints.some(({ key }) => key === NOT_READY);
    if (ready === !tainted) return;
    const others = taints.filter(({ key }) => key !== NOT_READY);
    store.update({ ...node, spec: { ...node.spec, taints: ready ? others : [...others, { key: NOT_READY, effect: "NoSchedule" as const }] } });
  },
});
