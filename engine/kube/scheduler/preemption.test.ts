import { expect, test } from "vitest";
import { aCluster, type TestCluster } from "../../../test/support/kube";
import type { Draft } from "../types";

/** Nodes have four CPUs each. */
function clusterWith(nodes: number): TestCluster {
  const cluster = aCluster(nodes);
  for (const [name, value, extra] of [["high", 1000, {}], ["low", 10, {}], ["lower", 5, {}], ["modest", 1000, { preemptionPolicy: "Never" }]] as const) {
    cluster.store.create({ kind: "PriorityClass", metadata: { name }, value, ...extra } as Draft<"PriorityClass">);
  }
  return cluster;
}

function pod(name: string, cpu: string, priorityClassName?: string, more: object = {}, labels: Readonly<Record<string, string>> = {}): Draft<"Pod"> {
  const spec = { containers: [{ name: "c", image: "nginx", resources: { requests: { cpu } } }], ...(priorityClassName !== undefined && { priorityClassName }), ...more };
  return { kind: "Pod", metadata: { name, namespace: "default", labels }, spec } as Draft<"Pod">;
}

function events({ store }: TestCluster, name: string): readonly string[] {
  return store.list("Event").filter(({ involvedObject }) => involvedObject.name === name).map(({ reason, message }) => `${reason}: ${message}`);
}

const names = ({ store }: TestCluster): readonly string[] => store.list("Pod").filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata, spec }) => `${metadata.name} ${spec.nodeName ?? "-"}`);

test("an important Pod takes the place of a less important one, and waits for it to go", () => {
  const cluster = clusterWith(1);
  const { store, run } = cluster;
  store.create(pod("cheap", "3", "low"));
  run(2000);
  store.create(pod("dear", "2", "high"));
  run(100);
  const [cheap, dear] = ["cheap", "dear"].map((name) => store.read("Pod", name, "default"));
  expect(cheap?.metadata.deletionTimestamp).toBeDefined();
  expect(cheap?.status.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({ status: "True", reason: "PreemptionByScheduler", message: "default-scheduler: preempting to accommodate a higher priority pod" });
  expect(dear?.status.nominatedNodeName).toBe("node-1");
  expect(events(cluster, "cheap").at(-1)).toBe(`Preempted: Preempted by pod ${dear?.metadata.uid} on node node-1`);
  expect(events(cluster, "dear")).toEqual(["FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu."]);
  run(10_000);
  expect(names(cluster)).toEqual(["dear node-1"]);
  expect(events(cluster, "dear").at(-1)).toBe("Scheduled: Successfully assigned default/dear to node-1");
});

test("no more Pods go than have to, the least important and the youngest first", () => {
  const cluster = clusterWith(1);
  const { store, run } = cluster;
  store.create(pod("lower-old", "1", "lower"));
  run(2000);
  store.create(pod("low", "1", "low"));
  store.create(pod("lower-young", "1", "lower"));
  run(2000);
  store.create(pod("dear", "2", "high"));
  run(15_000);
  expect(names(cluster)).toEqual(["dear node-1", "low node-1", "lower-old node-1"]);
});

test("the node that loses least is chosen: a disruption budget counts more than a priority", () => {
  const cluster = clusterWith(2);
  const { store, run } = cluster;
  store.create(pod("guarded", "4", "lower", { nodeSelector: { "kubernetes.io/hostname": "node-1" } }, { app: "guarded" }));
  store.create(pod("other", "4", "low", { nodeSelector: { "kubernetes.io/hostname": "node-2" } }));
  store.create({ kind: "PodDisruptionBudget", metadata: { name: "guarded", namespace: "default" }, spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } } });
  run(3000);
  store.create(pod("dear", "1", "high"));
  run(15_000);
  expect(names(cluster)).toEqual(["dear node-2", "guarded node-1"]);
});

test("whoever may not preempt, finds nobody to preempt, or could not be helped, is told so", () => {
  const cluster = clusterWith(2);
  const { store, run } = cluster;
  store.modify("Node", "node-2", undefined, (node) => void (node.spec.unschedulable = true));
  store.create(pod("first", "3", "high"));
  run(2000);
  store.create(pod("modest", "2", "modest"));
  store.create(pod("equal", "2", "high"));
  store.create(pod("huge", "64", "high"));
  run(100);
  const filtered = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.";
  expect(events(cluster, "modest")).toEqual([`FailedScheduling: ${filtered} preemption: not eligible due to preemptionPolicy=Never.`]);
  expect(events(cluster, "equal")).toEqual([`FailedScheduling: ${filtered} preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.`]);
  expect(events(cluster, "huge")).toEqual([`FailedScheduling: ${filtered} preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.`]);
  expect(names(cluster)).toEqual(["equal -", "first node-1", "huge -", "modest -"]);
});

test("nobody less important slips into the room that was made", () => {
  const cluster = clusterWith(1);
  const { store, run } = cluster;
  store.create(pod("cheap", "4", "low"));
  run(2000);
  store.create(pod("dear", "3", "high"));
  run(500);
  store.create(pod("sly", "2", "low"));
  run(20_000);
  expect(names(cluster)).toEqual(["dear node-1", "sly -"]);
});

test("what stands in the way of anti-affinity goes as well", () => {
  const cluster = clusterWith(1);
  const { store, run } = cluster;
  store.create(pod("cheap", "1", "low", {}, { app: "noisy" }));
  run(2000);
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: "noisy" } }, topologyKey: "kubernetes.io/hostname" }] };
  store.create(pod("dear", "1", "high", { affinity: { podAntiAffinity } }));
  run(15_000);
  expect(names(cluster)).toEqual(["dear node-1"]);
});
