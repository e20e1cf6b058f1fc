import { expect, test } from "vitest";
import { aCluster, deployment, names, service } from "../../test/support/kube";

test("a Deployment becomes a ReplicaSet, Pods on nodes, and endpoints", () => {
  const { store, run } = aCluster(3);
  store.create(service("web"));
  store.create(deployment("web", 3));
  run(5000);
  const web = store.read("Deployment", "web", "default");
  expect(web.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, observedGeneration: 1 });
  expect(web.status.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
    ["Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."],
    ["Progressing", "True", "NewReplicaSetAvailable", `ReplicaSet "${names(store, "ReplicaSet")[0]}" has successfully progressed.`],
  ]);
  const pods = store.list("Pod", { namespace: "default" });
  expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(3);
  expect(pods[0]?.metadata.name).toMatch(/^web-[a-z0-9]+-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const [slice] = store.list("EndpointSlice", { namespace: "default", labelSelector: "kubernetes.io/service-name=web" });
  expect(slice?.endpoints.map(({ conditions }) => conditions)).toEqual(Array(3).fill({ ready: true, serving: true, terminating: false }));
  expect(slice?.ports).toEqual([{ name: "", protocol: "TCP", port: 8080 }]);
  expect(store.read("Endpoints", "web", "default").subsets?.[0]?.addresses).toHaveLength(3);
});

test("events tell the story in upstream's words", () => {
  const { store, run } = aCluster(1);
  store.create(deployment("web", 1));
  run(5000);
  const [set] = names(store, "ReplicaSet");
  const [pod] = names(store, "Pod");
  const events = store.list("Event", { namespace: "default" }).map(({ involvedObject, reason, message, reportingComponent }) => `${involvedObject.kind} ${reason} ${reportingComponent}: ${message}`);
  expect(events.sort()).toEqual([
    `Deployment ScalingReplicaSet deployment-controller: Scaled up replica set ${set} from 0 to 1`,
    `Pod Scheduled default-scheduler: Successfully assigned default/${pod} to node-1`,
    `ReplicaSet SuccessfulCreate replicaset-controller: Created pod: ${pod}`,
  ]);
});

test("a rolling update never has fewer Pods than it may, nor more", () => {
  const { store, run } = aCluster(3);
  store.create(deployment("web", 4));
  run(10_000);
  store.modify("Deployment", "web", "default", (web) => void ((web.spec.template.spec?.containers[0] as { image: string }).image = "nginx:2"));
  let least = 99;
  let most = 0;
  for (let i = 0; i < 600; i++) {
    run(50);
    const pods = store.list("Pod", { namespace: "default" }).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    most = Math.max(most, pods.length);
    least = Math.min(least, pods.filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True")).length);
  }
  expect([least, most]).toEqual([3, 5]);
  expect(store.list("ReplicaSet").map(({ spec, status, metadata }) => [spec.replicas, status.replicas, metadata.annotations?.["deployment.kubernetes.io/revision"]]).sort()).toEqual([[0, 0, "1"], [4, 4, "2"]]);
  expect(store.read("Deployment", "web", "default").metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
  expect(store.list("Pod").every(({ spec }) => spec.containers[0]?.image === "nginx:2")).toBe(true);
});

test("a Service whose selector nobody has gets one empty slice", () => {
  const { store, run } = aCluster(1);
  store.create(service("nobody"));
  run(1000);
  const [slice, ...others] = store.list("EndpointSlice", { namespace: "default", labelSelector: "kubernetes.io/service-name=nobody" });
  expect([slice?.endpoints, slice?.ports, others]).toEqual([[], [], []]);
  expect(slice?.metadata.name).toMatch(/^nobody-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test("more than a hundred endpoints are split", () => {
  const { store, run } = aCluster(3);
  store.create(service("web"));
  store.create(deployment("web", 230));
  run(60_000);
  const slices = store.list("EndpointSlice", { namespace: "default", labelSelector: "kubernetes.io/service-name=web" });
  expect(slices.map(({ endpoints }) => endpoints.length).sort((a, b) => a - b)).toEqual([30, 100, 100]);
});

test("deleting a Deployment takes everything below it along, or leaves it when asked to", () => {
  const { store, run } = aCluster(1);
  store.create(deployment("gone", 2));
  store.create(deployment("left", 2));
  run(5000);
  store.delete("Deployment", "gone", "default");
  store.delete("Deployment", "left", "default", { propagationPolicy: "Orphan" });
  run(60_000);
  expect(names(store, "Deployment")).toEqual([]);
  expect(names(store, "ReplicaSet").map((name) => name.split("-")[0])).toEqual(["left"]);
  expect(store.list("ReplicaSet")[0]?.metadata.ownerReferences).toBeUndefined();
  expect(store.list("Pod")).toHaveLength(2);
});

test("a foreground deletion waits for its Pods", () => {
  const { store, run } = aCluster(1);
  store.create(deployment("web", 1));
  run(5000);
  store.delete("Deployment", "web", "default", { propagationPolicy: "Foreground" });
  run(500);
  expect(store.get("Deployment", "web", "default")?.metadata.finalizers).toEqual(["foregroundDeletion"]);
  run(60_000);
  expect([names(store, "Deployment"), names(store, "ReplicaSet"), names(store, "Pod")]).toEqual([[], [], []]);
});

test("a namespace is emptied before it goes", () => {
  const { store, run } = aCluster(1);
  store.create({ kind: "Namespace", metadata: { name: "shop" } });
  run(100);
  const web = deployment("web", 2);
  store.create({ ...web, metadata: { ...web.metadata, namespace: "shop" } });
  run(5000);
  store.delete("Namespace", "shop");
  run(1000);
  expect(store.get("Namespace", "shop")?.status.phase).toBe("Terminating");
  run(60_000);
  expect(store.get("Namespace", "shop")).toBeUndefined();
  expect(store.list("Pod", { namespace: "shop" })).toEqual([]);
});

test("a Pod that fits nowhere says why", () => {
  const { store, run } = aCluster(2);
  store.modify("Node", "node-1", undefined, (node) => void (node.spec.taints = [{ key: "gpu", effect: "NoSchedule" }]));
  store.create({ kind: "Pod", metadata: { name: "big", namespace: "default" }, spec: { containers: [{ name: "big", image: "nginx", resources: { requests: { cpu: "64" } } }] } });
  run(100);
  const message = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
  expect(store.list("Event").find(({ reason }) => reason === "FailedScheduling")?.message).toBe(message);
  expect(store.read("Pod", "big", "default").status.conditions).toMatchObject([{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }]);
});
