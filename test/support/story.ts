/**
 * What happens to a cluster in a test: random operations on everything that controllers look
 * after. The story depends on its seed alone, never on how far anybody has got with it.
 */
import type { Rng } from "../../engine/core/rng";
import { evict } from "../../engine/kube/rest/subresources";
import { ApiError } from "../../engine/kube/status";
import type { Store } from "../../engine/kube/store";
import type { Draft, Kind, Metadata } from "../../engine/kube/types";
import type { NodeAgents } from "./node-agents";

const NODES = ["node-1", "node-2", "node-3", "node-4"];

type Operation = (story: Story) => void;

export class Story {
  /** What was created and not yet deleted, by kind: "default/web-1". */
  readonly #there = new Map<Kind, string[]>();
  readonly #off = new Set<string>();
  readonly #removed = new Set<string>();
  #number = 0;

  constructor(
    readonly store: Store,
    readonly agents: NodeAgents,
    readonly rng: Rng,
  ) {
    for (const name of NODES) agents.start(name);
  }

  step(): void {
    const operation = OPERATIONS[this.rng.below(OPERATIONS.length)] as Operation;
    operation(this);
  }

  /** Machines are switched on, rollouts and Jobs resumed, and what was left to itself halfway is taken away. */
  end(): void {
    for (const { metadata, spec } of this.store.list("Deployment")) if (spec.paused) this.store.modify("Deployment", metadata.name, metadata.namespace, (draft) => void delete draft.spec.paused);
    for (const { metadata, spec } of this.store.list("Job")) if (spec.suspend) this.store.modify("Job", metadata.name, metadata.namespace, (draft) => void delete draft.spec.suspend);
    const own = this.#there.get("ReplicaSet") ?? [];
    for (const { metadata } of this.store.list("ReplicaSet")) if (metadata.ownerReferences === undefined && !own.includes(`${metadata.namespace}/${metadata.name}`)) this.#discard("ReplicaSet", metadata);
    for (const name of [...this.#off, ...this.#removed]) this.agents.start(name);
    for (const { metadata } of this.store.list("Pod", { labelSelector: { lost: "yes" } })) this.#discard("Pod", metadata);
  }

  #discard(kind: Kind, { name, namespace, deletionTimestamp }: Metadata): void {
    if (deletionTimestamp === undefined) this.store.delete(kind, name, namespace, { propagationPolicy: "Background" });
  }

  fresh(prefix: string): string {
    return `${prefix}-${++this.#number}`;
  }

  create<K extends Kind>(draft: Draft<K>): void {
    this.store.create(draft);
    const { name = "", namespace = "" } = draft.metadata;
    this.#there.set(draft.kind as K, [...(this.#there.get(draft.kind as K) ?? []), `${namespace}/${name}`]);
  }

  pick(kind: Kind): { readonly namespace: string; readonly name: string } | undefined {
    const names = this.#there.get(kind) ?? [];
    const draw = this.rng.u32();
    const [namespace = "", name = ""] = (names[draw % Math.max(1, names.length)] ?? "").split("/");
    return name === "" ? undefined : { namespace, name };
  }

  delete(kind: Kind, propagationPolicy: "Background" | "Foreground" | "Orphan"): void {
    const found = this.pick(kind);
    if (found === undefined) return;
    this.#there.set(kind, (this.#there.get(kind) ?? []).filter((key) => key !== `${found.namespace}/${found.name}`));
    this.store.delete(kind, found.name, found.namespace, { propagationPolicy });
  }

  /** A namespace goes with all that was made in it. */
  deleteNamespace(): void {
    const found = this.pick("Namespace");
    if (found === undefined) return;
    for (const [kind, names] of this.#there) this.#there.set(kind, names.filter((key) => !key.startsWith(`${found.name}/`) && key !== `/${found.name}`));
    this.store.delete("Namespace", found.name);
  }

  /** A Pod of nobody in particular: which one it is depends on who is there. */
  anyPod(): { readonly name: string; readonly namespace: string } | undefined {
    const pods = this.store.list("Pod").filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && metadata.labels?.job === undefined && status.phase !== "Succeeded");
    const draw = this.rng.u32();
    const pod = pods[draw % Math.max(1, pods.length)];
    return pod && { name: pod.metadata.name, namespace: pod.metadata.namespace ?? "" };
  }

  node(): string {
    return NODES[this.rng.below(NODES.length)] as string;
  }

  switchOff(name: string): void {
    if (this.#removed.has(name)) return;
    this.#off.add(name);
    this.agents.stop(name);
  }

  switchOn(name: string): void {
    if (this.#removed.has(name)) return;
    this.#off.delete(name);
    this.agents.start(name);
  }

  remove(name: string): void {
    if (this.#removed.has(name) || this.#removed.size > 1) return;
    this.switchOff(name);
    this.#off.delete(name);
    this.#removed.add(name);
    this.store.delete("Node", name);
  }

  bringBack(): void {
    const [name] = this.#removed;
    if (name === undefined) return;
    this.#removed.delete(name);
    this.agents.start(name);
  }

  modifyNode(change: (node: { spec: { unschedulable?: boolean; taints?: unknown[] } }) => void): void {
    const name = this.node();
    if (!this.#removed.has(name)) this.store.modify("Node", name, undefined, (node) => change(node as never));
  }
}

const template = (name: string, image = "nginx:1", more: object = {}) => ({ metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image, ports: [{ containerPort: 8080 }] }], ...more } });
const selector = (name: string) => ({ matchLabels: { app: name } });

function workload(kind: "Deployment" | "StatefulSet" | "ReplicaSet" | "DaemonSet", spec: (story: Story) => object): Operation {
  return (story) => {
    const namespace = story.rng.below(3) === 0 ? (story.pick("Namespace")?.name ?? "default") : "default";
    const name = story.fresh(kind.toLowerCase());
    story.create({ kind, metadata: { name, namespace }, spec: { selector: selector(name), template: template(name), ...spec(story) } } as never);
    if (story.rng.below(2) === 0) story.create({ kind: "Service", metadata: { name, namespace }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] } } as Draft<"Service">);
    if (story.rng.below(3) === 0) story.create({ kind: "PodDisruptionBudget", metadata: { name, namespace }, spec: { minAvailable: 1, selector: selector(name) } } as Draft<"PodDisruptionBudget">);
  };
}

type Spec = { replicas?: number; paused?: boolean; suspend?: boolean; parallelism?: number; template: { spec: { containers: { image: string }[] } } };

function modify(kind: Kind, change: (spec: Spec, story: Story) => void): Operation {
  return (story) => {
    const found = story.pick(kind);
    if (found !== undefined) story.store.modify(kind, found.name, found.namespace, (object) => change((object as unknown as { spec: Spec }).spec, story));
  };
}

const scale = (spec: Spec, { rng }: Story): void => void (spec.replicas = rng.below(6));
const newImage = (spec: Spec, story: Story): void => void ((spec.template.spec.containers[0] as { image: string }).image = story.fresh("nginx:v"));

function attempt(act: () => unknown): void {
  try {
    act();
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
  }
}

const OPERATIONS: readonly Operation[] = [
  workload("Deployment", ({ rng }) => ({ replicas: rng.below(6) })),
  workload("Deployment", ({ rng }) => ({ replicas: 1 + rng.below(4), strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: rng.below(3), maxUnavailable: 1 + rng.below(2) } } })),
  workload("Deployment", ({ rng }) => ({ replicas: rng.below(4), strategy: { type: "Recreate" } })),
  workload("StatefulSet", ({ rng }) => ({ replicas: rng.below(4), serviceName: "x", podManagementPolicy: rng.below(2) === 0 ? "Parallel" : "OrderedReady" })),
  workload("ReplicaSet", ({ rng }) => ({ replicas: rng.below(4) })),
  workload("DaemonSet", () => ({})),
  (story) => {
    const name = story.fresh("job");
    const { metadata, spec } = template(name, "worker:1", { restartPolicy: "Never" });
    story.create({ kind: "Job", metadata: { name, namespace: "default" }, spec: { completions: 1 + story.rng.below(4), parallelism: 1 + story.rng.below(3), template: { metadata: { labels: { ...metadata.labels, job: "yes" } }, spec } } } as never);
  },
  (story) => {
    const name = story.fresh("legacy");
    story.create({ kind: "Service", metadata: { name, namespace: "default" }, spec: { ports: [{ port: 5432 }] } } as Draft<"Service">);
    story.create({ kind: "Endpoints", metadata: { name, namespace: "default" }, subsets: [{ addresses: [{ ip: `203.0.113.${1 + story.rng.below(200)}` }], ports: [{ port: 5432 }] }] } as Draft<"Endpoints">);
  },
  (story) => story.create({ kind: "Namespace", metadata: { name: story.fresh("team") } } as Draft<"Namespace">),
  modify("Deployment", scale),
  modify("Deployment", scale),
  modify("Deployment", newImage),
  modify("Deployment", newImage),
  modify("Deployment", (spec) => void (spec.paused = spec.paused !== true)),
  modify("StatefulSet", scale),
  modify("StatefulSet", newImage),
  modify("ReplicaSet", scale),
  modify("DaemonSet", newImage),
  modify("Job", (spec) => void (spec.suspend = spec.suspend !== true)),
  modify("Job", (spec, { rng }) => void (spec.parallelism = 1 + rng.below(3))),
  (story) => story.delete("Deployment", "Background"),
  (story) => story.delete("Deployment", "Foreground"),
  (story) => story.delete("Deployment", "Orphan"),
  (story) => story.delete("StatefulSet", "Background"),
  (story) => story.delete("ReplicaSet", "Foreground"),
  (story) => story.delete("DaemonSet", "Background"),
  (story) => story.delete("Job", "Background"),
  (story) => story.delete("Service", "Background"),
  (story) => story.delete("Endpoints", "Background"),
  (story) => story.delete("PodDisruptionBudget", "Background"),
  (story) => story.deleteNamespace(),
  (story) => {
    const pod = story.anyPod();
    if (pod !== undefined) story.store.delete("Pod", pod.name, pod.namespace);
  },
  (story) => {
    const pod = story.anyPod();
    if (pod !== undefined) attempt(() => evict(story.store, pod.namespace, pod.name));
  },
  (story) => {
    const pod = story.anyPod();
    if (pod !== undefined) story.store.modify("Pod", pod.name, pod.namespace, (draft) => void (draft.metadata.labels = { lost: "yes" }));
  },
  (story) => attempt(() => story.store.delete("ServiceAccount", "default", "default")),
  (story) => attempt(() => story.store.delete("ConfigMap", "kube-root-ca.crt", "default")),
  (story) => story.modifyNode(({ spec }) => void (spec.unschedulable = spec.unschedulable !== true)),
  (story) => story.modifyNode(({ spec }) => void (spec.taints = (spec.taints ?? []).some((taint) => (taint as { key: string }).key === "broken") ? (spec.taints ?? []).filter((taint) => (taint as { key: string }).key !== "broken") : [...(spec.taints ?? []), { key: "broken", effect: "NoExecute" }])),
  (story) => story.switchOff(story.node()),
  (story) => story.switchOn(story.node()),
  (story) => story.remove(story.node()),
  (story) => story.bringBack(),
];
