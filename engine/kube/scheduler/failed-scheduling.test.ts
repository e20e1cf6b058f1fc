import { expect, test } from "vitest";
import { aCluster, type TestCluster } from "../../../test/support/kube";
import type { Draft, Node } from "../types";

const CONTAINER = { name: "c", image: "nginx" };

/** Why a Pod with this spec is not placed, in the scheduler's own words. */
function why(cluster: TestCluster, spec: object, labels: Readonly<Record<string, string>> = {}): string | undefined {
  const { store, run } = cluster;
  store.create({ kind: "Pod", metadata: { name: "new", namespace: "default", labels }, spec: { containers: [CONTAINER], ...spec } } as Draft<"Pod">);
  run(50);
  return store.list("Event").find(({ involvedObject, reason }) => involvedObject.name === "new" && reason === "FailedScheduling")?.message;
}

const asking = (requests: object, more: object = {}): object => ({ containers: [{ ...CONTAINER, resources: { requests }, ...more }] });
const change = ({ store }: TestCluster, name: string, how: (node: { metadata: { labels: Record<string, string> }; spec: { taints?: unknown; unschedulable?: boolean } }) => void): void => void store.modify("Node", name, undefined, (node) => how(node as never));
const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";

test("taints, cordons and selectors each have their words, in the order of the alphabet", () => {
  const cluster = aCluster(4);
  change(cluster, "node-1", ({ spec }) => void (spec.taints = [{ key: "gpu", value: "yes", effect: "NoSchedule" }]));
  change(cluster, "node-2", ({ spec }) => void (spec.unschedulable = true));
  expect(why(cluster, { nodeSelector: { disk: "ssd" } })).toBe(
    `0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 ${NOT_HELPFUL}.`,
  );
});

test("a Pod that only one node may have is told of the others that they are not it", () => {
  const cluster = aCluster(3);
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-2"] }] }] } } };
  expect(why(cluster, { ...asking({ cpu: "3" }), affinity })).toBeUndefined();
  cluster.store.delete("Pod", "new", "default", { gracePeriodSeconds: 0 });
  expect(why(cluster, { ...asking({ cpu: "5" }), affinity })).toBe(
    `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/3 nodes are available: 3 ${NOT_HELPFUL}.`,
  );
});

test("every resource that is short is named for every node that is short of it", () => {
  const cluster = aCluster(2);
  cluster.store.create({ kind: "Pod", metadata: { name: "old", namespace: "default" }, spec: { ...asking({ cpu: "2" }), nodeName: "node-1" } } as Draft<"Pod">);
  expect(why(cluster, asking({ cpu: "3", memory: "9Gi" }))).toBe(`0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory. preemption: 0/2 nodes are available: 2 ${NOT_HELPFUL}.`);
});

test("a port of the node is free or it is not", () => {
  const cluster = aCluster(1);
  const ports = { containers: [{ ...CONTAINER, ports: [{ containerPort: 80, hostPort: 80 }] }] };
  cluster.store.create({ kind: "Pod", metadata: { name: "old", namespace: "default" }, spec: { ...ports, nodeName: "node-1" } } as Draft<"Pod">);
  expect(why(cluster, ports)).toBe(`0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 ${NO_VICTIMS}.`);
});

test("affinity to nobody, anti-affinity of its own, and that of those who are there", () => {
  const term = (app: string): object => ({ requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" }] });
  expect(why(aCluster(1), { affinity: { podAffinity: term("nobody") } })).toBe(`0/1 nodes are available: 1 node(s) didn't match pod affinity rules. preemption: 0/1 nodes are available: 1 ${NOT_HELPFUL}.`);
  for (const [mine, theirs, words] of [
    [{ podAntiAffinity: term("db") }, {}, "node(s) didn't match pod anti-affinity rules"],
    [{}, { podAntiAffinity: term("web") }, "node(s) didn't satisfy existing pods anti-affinity rules"],
  ] as const) {
    const cluster = aCluster(1);
    cluster.store.create({ kind: "Pod", metadata: { name: "old", namespace: "default", labels: { app: "db" } }, spec: { containers: [CONTAINER], nodeName: "node-1", affinity: theirs } } as Draft<"Pod">);
    expect(why(cluster, { affinity: mine }, { app: "web" })).toBe(`0/1 nodes are available: 1 ${words}. preemption: 0/1 nodes are available: 1 ${NO_VICTIMS}.`);
  }
});

test("a spread that cannot be kept, and a node that lacks its label", () => {
  const cluster = aCluster(3);
  change(cluster, "node-1", ({ metadata }) => void (metadata.labels.zone = "a"));
  change(cluster, "node-2", ({ metadata, spec }) => {
    metadata.labels.zone = "b";
    spec.unschedulable = true;
  });
  const spec = { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "web" } } }] };
  cluster.store.create({ kind: "Pod", metadata: { name: "old", namespace: "default", labels: { app: "web" } }, spec: { containers: [CONTAINER], nodeName: "node-1" } } as Draft<"Pod">);
  expect(why(cluster, spec, { app: "web" })).toBe(
    "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't match pod topology spread constraints (missing required label), 1 node(s) were unschedulable. " +
      `preemption: 0/3 nodes are available: 1 ${NO_VICTIMS}, 2 ${NOT_HELPFUL}.`,
  );
});

test("a node that has as many Pods as it may have takes no more", () => {
  const cluster = aCluster(1);
  const node = cluster.store.read("Node", "node-1");
  cluster.store.updateStatus<"Node">({ ...node, status: { ...node.status, allocatable: { ...node.status.allocatable, pods: "1" } } } as Node);
  cluster.store.create({ kind: "Pod", metadata: { name: "old", namespace: "default" }, spec: { containers: [CONTAINER], nodeName: "node-1" } } as Draft<"Pod">);
  expect(why(cluster, {})).toBe(`0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 ${NO_VICTIMS}.`);
});

test("without nodes there is nothing to count", () => {
  expect(why(aCluster(0), {})).toBe("no nodes available to schedule pods");
});

test("who finds no place and may not preempt is told that too", () => {
  const cluster = aCluster(1);
  cluster.store.create({ kind: "PriorityClass", metadata: { name: "modest" }, value: 10, preemptionPolicy: "Never" } as Draft<"PriorityClass">);
  expect(why(cluster, { ...asking({ cpu: "5" }), priorityClassName: "modest" })).toBe("0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.");
});

test("a Pod behind a gate is not looked at until the gate is taken away", () => {
  const cluster = aCluster(1);
  expect(why(cluster, { schedulingGates: [{ name: "wait" }] })).toBeUndefined();
  const pod = (): { phase: string | undefined; nodeName: string | undefined; reason: string | undefined; message: string | undefined } => {
    const { spec, status } = cluster.store.read("Pod", "new", "default");
    return { phase: status.phase, nodeName: spec.nodeName, reason: status.conditions?.[0]?.reason, message: status.conditions?.[0]?.message };
  };
  expect(pod()).toEqual({ phase: "Pending", nodeName: undefined, reason: "SchedulingGated", message: "Scheduling is blocked due to non-empty scheduling gates" });
  cluster.store.modify("Pod", "new", "default", (draft) => void delete (draft.spec as { schedulingGates?: unknown }).schedulingGates);
  cluster.run(50);
  expect(pod().nodeName).toBe("node-1");
});
