/**
 * The scheduler's picture of the cluster: per node what is taken, and Pods in groups of the same
 * labels, so that "how many of these run where" costs a look at each group and not at each Pod.
 */
import { milliValue, wholeValue } from "../schema/quantity";
import type { Change } from "../storage";
import type { Store } from "../store";
import { isPodTerminal } from "../pods";
import type { Labels, Node, Pod, PodSpec } from "../types";

/** cpu in thousandths, memory and ephemeral-storage in bytes, anything else in whole units. */
export type Resources = Readonly<Record<string, number>>;

export class NodeInfo {
  allocatable: Resources;
  readonly pods = new Map<string, Pod>();
  readonly requested: Record<string, number> = {};
  /** The same with a little for those who ask for nothing, so that they spread as well. */
  nonZero = { cpu: 0, memory: 0 };
  /** What the last Pod asked for, and how well this node would have done; undefined once something here has changed. */
  lastFit: { readonly cpu: number; readonly memory: number; readonly score: number } | undefined;

  constructor(public node: Node) {
    this.allocatable = resourcesOf(node.status.allocatable);
  }

  setNode(node: Node): void {
    this.node = node;
    this.lastFit = undefined;
    this.allocatable = resourcesOf(node.status.allocatable);
  }

  add(pod: Pod, sign: 1 | -1): void {
    this.lastFit = undefined;
    const { requests, nonZero } = requestsOf(pod.spec);
    for (const [name, amount] of Object.entries(requests)) this.requested[name] = (this.requested[name] ?? 0) + sign * amount;
    this.nonZero.cpu += sign * nonZero.cpu;
    this.nonZero.memory += sign * nonZero.memory;
    if (sign === 1) this.pods.set(pod.metadata.uid, pod);
    else this.pods.delete(pod.metadata.uid);
  }
}

/** Pods of one namespace with the same labels, and how many of them each node has. */
type Group = { readonly labels: Labels; readonly perNode: Map<string, number> };

export class SchedulerCache {
  readonly nodes = new Map<string, NodeInfo>();
  /** The same in a row, until one comes or goes. */
  #nodeList: readonly NodeInfo[] | undefined;
  /** By namespace, then by their labels. */
  readonly #groups = new Map<string, Map<string, Group>>();
  readonly #placed = new Map<string, Pod>();
  /** Pods with required anti-affinity of their own: few, and every newcomer must respect them. */
  readonly repelling = new Map<string, Pod>();

  constructor(store: Store) {
    for (const node of store.list("Node")) this.nodes.set(node.metadata.name, new NodeInfo(node));
    for (const pod of store.list("Pod")) this.#place(pod);
  }

  get nodeList(): readonly NodeInfo[] {
    this.#nodeList ??= [...this.nodes.values()];
    return this.#nodeList;
  }

  nodeChanged({ object, type }: Change<Node>): void {
    const { name } = object.metadata;
    const info = this.nodes.get(name);
    if (type === "DELETED" || info === undefined) this.#nodeList = undefined;
    if (type === "DELETED") this.nodes.delete(name);
    else if (info !== undefined) info.setNode(object);
    else {
      const fresh = new NodeInfo(object);
      this.nodes.set(name, fresh);
      for (const pod of this.#placed.values()) if (pod.spec.nodeName === name) fresh.add(pod, 1);
    }
  }

  podChanged({ object, type }: Change<Pod>): void {
    const before = this.#placed.get(object.metadata.uid);
    // Most changes are of the status, and mean nothing here.
    if (type === "MODIFIED" && before !== undefined && before.spec === object.spec && before.metadata.labels === object.metadata.labels && !isPodTerminal(object)) return;
    if (before !== undefined) this.#remove(before);
    if (type !== "DELETED") this.#place(object);
  }

  /** What would be if these Pods were not where they are. */
  without<T>(pods: readonly Pod[], look: () => T): T {
    for (const pod of pods) this.#remove(pod);
    const seen = look();
    for (const pod of pods) this.#place(pod);
    return seen;
  }

  /** What would be if these Pods, which wait for a node, were there already. */
  with<T>(pods: readonly Pod[], node: string, look: () => T): T {
    const there = pods.map((pod) => ({ ...pod, spec: { ...pod.spec, nodeName: node } }) as Pod);
    for (const pod of there) this.#place(pod);
    const seen = look();
    for (const pod of there) this.#remove(pod);
    return seen;
  }

  #place(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName || isPodTerminal(pod)) return;
    this.#placed.set(pod.metadata.uid, pod);
    this.nodes.get(nodeName)?.add(pod, 1);
    this.#count(pod, nodeName, 1);
    if (pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined) this.repelling.set(pod.metadata.uid, pod);
  }

  #remove(pod: Pod): void {
    const nodeName = pod.spec.nodeName ?? "";
    this.#placed.delete(pod.metadata.uid);
    this.nodes.get(nodeName)?.add(pod, -1);
    this.#count(pod, nodeName, -1);
    this.repelling.delete(pod.metadata.uid);
  }

  #count({ metadata }: Pod, nodeName: string, by: 1 | -1): void {
    const { namespace = "", labels = {} } = metadata;
    const groups = this.#groups.get(namespace) ?? new Map<string, Group>();
    this.#groups.set(namespace, groups);
    const id = JSON.stringify(labels);
    const group = groups.get(id) ?? { labels, perNode: new Map<string, number>() };
    groups.set(id, group);
    const count = (group.perNode.get(nodeName) ?? 0) + by;
    if (count > 0) group.perNode.set(nodeName, count);
    else group.perNode.delete(nodeName);
    if (group.perNode.size === 0) groups.delete(id);
    if (groups.size === 0) this.#groups.delete(namespace);
  }

  /** How many Pods that `picks` each node has. */
  countPerNode(namespaces: (namespace: string) => boolean, picks: (labels: Labels) => boolean): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [namespace, groups] of this.#groups) {
      if (!namespaces(namespace)) continue;
      for (const { labels, perNode } of groups.values()) {
        if (picks(labels)) for (const [node, count] of perNode) counts.set(node, (counts.get(node) ?? 0) + count);
      }
    }
    return counts;
  }
}

function resourcesOf(list: Labels | undefined): Resources {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, amount]) => [name, name === "cpu" ? milliValue(amount) : wholeValue(amount)]));
}

const DEFAULT_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** What a Pod asks for: its containers together, or its largest init container if that is more. */
export function requestsOf(spec: PodSpec): { readonly requests: Resources; readonly nonZero: { readonly cpu: number; readonly memory: number } } {
  const requests: Record<string, number> = {};
  const nonZero = { cpu: 0, memory: 0 };
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const { resources } of [...spec.containers, ...sidecars]) {
    const asked = resourcesOf(resources?.requests);
    for (const [name, amount] of Object.entries(asked)) requests[name] = (requests[name] ?? 0) + amount;
    nonZero.cpu += asked.cpu ?? DEFAULT_CPU;
    nonZero.memory += asked.memory ?? DEFAULT_MEMORY;
  }
  for (const { resources } of spec.initContainers ?? []) {
    for (const [name, amount] of Object.entries(resourcesOf(resources?.requests))) requests[name] = Math.max(requests[name] ?? 0, amount);
  }
  return { requests, nonZero };
}
