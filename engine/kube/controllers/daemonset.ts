/** daemonset-controller: one Pod on every node that will have it (pkg/controller/daemon). */
import { compare } from "../../core/order";
import { parseRfc3339 } from "../../core/date";
import { defineController, type ReconcileContext } from "../controller";
import { podTemplateHash } from "../pod-template-hash";
import { deepEqual } from "../freeze";
import { controllerKey, controllerOf, isPodActive, isPodAvailable, isPodReady, podCondition } from "../pods";
import { matchesNodeSelector, untolerated } from "../scheduler/node-affinity";
import { matchesLabels } from "../selectors";
import type { DaemonSet, Draft, Node, Pod, PodTemplateSpec, Toleration } from "../types";
import { claim } from "./adoption";
import { scaled } from "./deployment-util";
import { createPod, deletePod, podFromTemplate } from "./pod-control";
import { currentRevision, truncateHistory } from "./revisions";

const HASH = "controller-revision-hash";
const GENERATION = "pod-template-generation";
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

export const daemonSetController = defineController({
  name: "daemonset-controller",
  for: "DaemonSet",
  watches: {
    Pod(pod, store) {
      if (controllerOf(pod) !== undefined) return controllerKey(pod, "DaemonSet");
      return store.list("DaemonSet", { namespace: pod.metadata.namespace ?? "" }).filter(({ spec }) => matchesLabels(spec.selector, pod.metadata.labels)).map(keyOf);
    },
    // shouldIgnoreNodeUpdate: heartbeats move no daemon.
    Node: (node, store, other) => (other !== undefined && isSameToDaemons(node, other) ? [] : store.list("DaemonSet").map(keyOf)),
  },

  reconcile(context, { namespace, name }) {
    const { store } = context;
    const set = store.get("DaemonSet", name, namespace);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
    const hashOf = (): string => podTemplateHash(set.spec.template, set.status.collisionCount);
    const revision = currentRevision(store, set, hashOf);
    const label = revision.metadata.labels?.[HASH] ?? hashOf();
    manage(context, set, label);
    if (set.spec.updateStrategy?.type === "RollingUpdate") rollingUpdate(context, set, label);
    const pods = podsByNode(store, set);
    truncateHistory(store, set, new Set([revision.metadata.name, ...[...pods.values()].flat().map((pod) => `${name}-${pod.metadata.labels?.[HASH]}`)]));
    return writeStatus(context, set, label);
  },
});

function isSameToDaemons(a: Node, b: Node): boolean {
  return a.spec === b.spec && deepEqual(a.metadata.labels, b.metadata.labels);
}

function keyOf({ metadata }: DaemonSet): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? "", name: metadata.name };
}

const toleration = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect });

/** AddOrUpdateDaemonPodTolerations: a daemon stays where others may not. */
function daemonTolerations({ spec }: PodTemplateSpec): readonly Toleration[] {
  const added = [
    toleration("not-ready", "NoExecute"),
    toleration("unreachable", "NoExecute"),
    toleration("disk-pressure", "NoSchedule"),
    toleration("memory-pressure", "NoSchedule"),
    toleration("pid-pressure", "NoSchedule"),
    toleration("unschedulable", "NoSchedule"),
    ...(spec?.hostNetwork ? [toleration("network-unavailable", "NoSchedule")] : []),
  ];
  const own = (spec?.tolerations ?? []).filter((one) => !added.some((other) => other.key === one.key && other.effect === one.effect));
  return [...own, ...added];
}

type Verdict = { readonly run: boolean; readonly stay: boolean };

/** Whether a Pod belongs on a node, and whether one that is there may stay. */
function verdictOf({ spec }: DaemonSet): (node: Node) => Verdict {
  const pod = { ...spec.template.spec, containers: [], tolerations: daemonTolerations(spec.template) } as Pod["spec"];
  return (node) => verdict(pod, node);
}

function verdict(pod: Pod["spec"], node: Node): Verdict {
  if (pod.nodeName !== undefined && pod.nodeName !== node.metadata.name) return { run: false, stay: false };
  if (!matchesNodeSelector(pod, node)) return { run: false, stay: false };
  const stay = untolerated(pod, node, ["NoExecute"]) === undefined;
  return { run: stay && untolerated(pod, node, ["NoSchedule"]) === undefined, stay };
}

/** Where a Pod is, or will be: the affinity it was made with says so before it is bound. */
function nodeOf({ spec }: Pod): string {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields.flatMap(({ values = [] }) => values))[0] ?? "";
}

function podsByNode(store: ReconcileContext["store"], set: DaemonSet): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of claim(store, "Pod", set)) {
    const node = nodeOf(pod);
    const pods = byNode.get(node);
    if (pods === undefined) byNode.set(node, [pod]);
    else pods.push(pod);
  }
  return byNode;
}

function manage({ store, events, nowMs }: ReconcileContext, set: DaemonSet, hash: string): void {
  const byNode = podsByNode(store, set);
  const judge = verdictOf(set);
  for (const node of store.list("Node")) {
    const { run, stay } = judge(node);
    const pods = byNode.get(node.metadata.name) ?? [];
    const failed = pods.filter((pod) => pod.status.phase === "Failed" || pod.status.phase === "Succeeded");
    for (const pod of stay ? failed : pods) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      const where = `daemon pod ${set.metadata.namespace}/${pod.metadata.name} on node ${node.metadata.name}, will try to`;
      if (pod.status.phase === "Failed") events.record(set, { type: "Warning", reason: "FailedDaemonPod", message: `Found failed ${where} kill it` });
      if (pod.status.phase === "Succeeded") events.record(set, { type: "Normal", reason: "SucceededDaemonPod", message: `Found succeeded ${where} delete it` });
      deletePod(store, events, set, pod);
    }
    const alive = pods.filter((pod) => !failed.includes(pod));
    // The oldest stays; a surplus only lives while a surge replaces it.
    const active = alive.filter((pod) => pod.metadata.deletionTimestamp === undefined).sort((a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
    const surge = maxSurge(set) > 0;
    if (stay && !surge) for (const pod of active.slice(1)) deletePod(store, events, set, pod);
    if (stay && surge) for (const pod of active.filter((one) => one.metadata.labels?.[HASH] !== hash)) {
      const replaced = active.some((one) => one.metadata.labels?.[HASH] === hash && isPodAvailable(one, set.spec.minReadySeconds ?? 0, nowMs));
      if (replaced) deletePod(store, events, set, pod);
    }
    const waitsForOld = !surge && alive.some((pod) => pod.metadata.deletionTimestamp !== undefined);
    if (run && active.length === 0 && !waitsForOld) createPod(store, events, set, draftFor(set, node.metadata.name, hash));
  }
  for (const [name, pods] of byNode) if (store.get("Node", name) === undefined && name !== "") for (const pod of pods) if (pod.metadata.deletionTimestamp === undefined) deletePod(store, events, set, pod);
}

function maxSurge({ spec }: DaemonSet): number {
  return spec.updateStrategy?.type === "RollingUpdate" ? scaled(spec.updateStrategy.rollingUpdate?.maxSurge ?? 0, 100, Math.ceil) : 0;
}

/** The ordinary scheduler places it: an affinity to the node's name leaves it no choice. */
function draftFor(set: DaemonSet, node: string, hash: string): Draft<"Pod"> {
  const { template } = set.spec;
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION] ?? "1";
  const labels = { ...template.metadata?.labels, [HASH]: hash, [GENERATION]: generation };
  const nodeAffinity = {
    ...template.spec?.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }] },
  };
  const spec = { ...template.spec, affinity: { ...template.spec?.affinity, nodeAffinity }, tolerations: daemonTolerations(template) };
  return podFromTemplate(set, { ...template, metadata: { ...template.metadata, labels }, spec } as PodTemplateSpec);
}

function rollingUpdate(context: ReconcileContext, set: DaemonSet, hash: string): void {
  const { store, events, nowMs } = context;
  const byNode = podsByNode(store, set);
  const judge = verdictOf(set);
  const nodes = store.list("Node").filter((node) => judge(node).run);
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const surge = scaled(rolling?.maxSurge ?? 0, nodes.length, Math.ceil);
  const most = surge === 0 ? Math.max(1, scaled(rolling?.maxUnavailable ?? 1, nodes.length, Math.ceil)) : scaled(rolling?.maxUnavailable ?? 0, nodes.length, Math.ceil);
  let unavailable = 0;
  let surging = 0;
  const candidates: Pod[] = [];
  for (const node of nodes) {
    const active = (byNode.get(node.metadata.name) ?? []).filter(isPodActive);
    const old = active.filter((pod) => pod.metadata.labels?.[HASH] !== hash);
    const available = active.some((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs));
    if (active.length > 1) surging++;
    if (!available) unavailable++;
    const [pod] = old;
    if (pod === undefined || active.length > 1) continue;
    // What is broken anyway is replaced without asking.
    if (!available && surge === 0) deletePod(store, events, set, pod);
    else candidates.push(pod);
  }
  if (surge === 0) for (const pod of candidates.slice(0, Math.max(0, most - unavailable))) deletePod(store, events, set, pod);
  else for (const pod of candidates.slice(0, Math.max(0, surge - surging))) createPod(store, events, set, draftFor(set, nodeOf(pod), hash));
}

function writeStatus({ store, nowMs }: ReconcileContext, set: DaemonSet, hash: string): { readonly requeueAfterMs: number } | undefined {
  const byNode = podsByNode(store, set);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  let waitMs = Number.POSITIVE_INFINITY;
  const judge = verdictOf(set);
  for (const node of store.list("Node")) {
    const pods = (byNode.get(node.metadata.name) ?? []).filter(isPodActive).sort((a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
    const [pod] = pods;
    if (!judge(node).run) {
      if (pod !== undefined) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (pod === undefined) continue;
    counts.current++;
    if (isPodReady(pod)) counts.ready++;
    if (isPodAvailable(pod, minReadySeconds, nowMs)) counts.available++;
    else if (isPodReady(pod)) waitMs = Math.min(waitMs, (parseRfc3339(podCondition(pod, "Ready")?.lastTransitionTime ?? "") ?? nowMs) + minReadySeconds * 1000 - nowMs);
    if (pod.metadata.labels?.[HASH] === hash) counts.updated++;
  }
  store.updateStatus<"DaemonSet">({
    ...set,
    status: {
      ...set.status,
      currentNumberScheduled: counts.current,
      numberMisscheduled: counts.misscheduled,
      desiredNumberScheduled: counts.desired,
      numberReady: counts.ready,
      observedGeneration: set.metadata.generation ?? 1,
      updatedNumberScheduled: counts.updated,
      numberAvailable: counts.available,
      numberUnavailable: counts.desired - counts.available,
    },
  });
  return waitMs === Number.POSITIVE_INFINITY ? undefined : { requeueAfterMs: Math.max(1, waitMs) };
}
