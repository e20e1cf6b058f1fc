import { expect, test } from "vitest";
import { aCluster, deployment, names } from "../../../test/support/kube";
import { evict } from "../rest/subresources";
import { ApiError } from "../status";
import type { Store } from "../store";
import type { Draft } from "../types";

const template = (app: string): { metadata: { labels: { app: string } }; spec: { containers: { name: string; image: string }[] } } => ({ metadata: { labels: { app } }, spec: { containers: [{ name: "c", image: "nginx:1.27" }] } });

function events(store: Store, kind: string): readonly string[] {
  return store.list("Event").filter(({ involvedObject }) => involvedObject.kind === kind).map(({ reason, message }) => `${reason}: ${message}`);
}

test("a StatefulSet starts its Pods one after the other and ends them backwards", () => {
  const { store, run } = aCluster(2);
  store.create({ kind: "StatefulSet", metadata: { name: "db", namespace: "default" }, spec: { replicas: 3, serviceName: "db", selector: { matchLabels: { app: "db" } }, template: template("db") } });
  const seen: string[] = [];
  store.subscribe("Pod", ({ type, object }) => void (type !== "MODIFIED" && seen.push(`${type} ${object.metadata.name}`)));
  run(3000);
  const [pod] = store.list("Pod");
  expect(pod?.metadata.labels).toMatchObject({ "statefulset.kubernetes.io/pod-name": "db-0", "apps.kubernetes.io/pod-index": "0" });
  expect([pod?.spec.hostname, pod?.spec.subdomain]).toEqual(["db-0", "db"]);
  expect(store.read("StatefulSet", "db", "default").status).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3 });
  store.modify("StatefulSet", "db", "default", (set) => void (set.spec.replicas = 1));
  run(10_000);
  expect(seen).toEqual(["ADDED db-0", "ADDED db-1", "ADDED db-2", "DELETED db-2", "DELETED db-1"]);
  expect(events(store, "StatefulSet")).toContain("SuccessfulCreate: create Pod db-0 in StatefulSet db successful");
});

test("a StatefulSet's rollout begins with the last Pod and respects the partition", () => {
  const { store, run } = aCluster(2);
  store.create({
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "default" },
    spec: { replicas: 3, serviceName: "db", selector: { matchLabels: { app: "db" } }, template: template("db"), updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
  });
  run(3000);
  store.modify("StatefulSet", "db", "default", (set) => void ((set.spec.template.spec?.containers[0] as { image: string }).image = "nginx:2"));
  run(30_000);
  expect(store.list("Pod").map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]?.image}`)).toEqual(["db-0 nginx:1.27", "db-1 nginx:2", "db-2 nginx:2"]);
  const { status } = store.read("StatefulSet", "db", "default");
  expect(status.currentRevision).not.toBe(status.updateRevision);
  expect(status.updatedReplicas).toBe(2);
});

test("a DaemonSet has a Pod on every node that will have it, new ones included", () => {
  const { store, run } = aCluster(3);
  store.modify("Node", "node-3", undefined, (node) => void (node.spec.taints = [{ key: "gpu", effect: "NoSchedule" }]));
  store.create({ kind: "DaemonSet", metadata: { name: "agent", namespace: "default" }, spec: { selector: { matchLabels: { app: "agent" } }, template: template("agent") } });
  run(3000);
  expect(store.list("Pod").map(({ spec }) => spec.nodeName).sort()).toEqual(["node-1", "node-2"]);
  store.modify("Node", "node-3", undefined, (node) => void delete node.spec.taints);
  run(3000);
  expect(store.read("DaemonSet", "agent", "default").status).toMatchObject({ desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3, numberMisscheduled: 0 });
  store.modify("DaemonSet", "agent", "default", (set) => void ((set.spec.template.spec?.containers[0] as { image: string }).image = "nginx:2"));
  run(60_000);
  expect(store.list("Pod").map(({ spec }) => spec.containers[0]?.image)).toEqual(["nginx:2", "nginx:2", "nginx:2"]);
  expect(names(store, "ControllerRevision")).toHaveLength(2);
});

test("a Job runs Pods until enough have succeeded", () => {
  const { store, run } = aCluster(1);
  const spec = template("job");
  store.create({ kind: "Job", metadata: { name: "sum", namespace: "default" }, spec: { completions: 3, parallelism: 2, template: { ...spec, spec: { ...spec.spec, restartPolicy: "Never" } } } });
  for (let i = 0; i < 10; i++) {
    run(1000);
    for (const pod of store.list("Pod")) if (pod.status.phase === "Running") store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, phase: "Succeeded" } });
  }
  const job = store.read("Job", "sum", "default");
  expect(job.status).toMatchObject({ succeeded: 3, conditions: [{ type: "SuccessCriteriaMet", status: "True" }, { type: "Complete", status: "True", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }] });
  expect(events(store, "Job").at(-1)).toBe("Completed: Job completed");
  expect(names(store, "Pod")).toHaveLength(3);
});

test("a Job gives up after its backoffLimit", () => {
  const { store, run } = aCluster(1);
  const spec = template("job");
  store.create({ kind: "Job", metadata: { name: "sum", namespace: "default" }, spec: { backoffLimit: 1, template: { ...spec, spec: { ...spec.spec, restartPolicy: "Never" } } } });
  for (let i = 0; i < 40; i++) {
    run(1000);
    for (const pod of store.list("Pod")) if (pod.status.phase === "Running") store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, phase: "Failed" } });
  }
  expect(store.read("Job", "sum", "default").status).toMatchObject({ failed: 2, conditions: [{ type: "FailureTarget" }, { type: "Failed", reason: "BackoffLimitExceeded" }] });
});

test("a suspended Job has no Pods, and begins anew when it is resumed", () => {
  const { store, run } = aCluster(1);
  const spec = template("job");
  store.create({ kind: "Job", metadata: { name: "sum", namespace: "default" }, spec: { completions: 2, parallelism: 2, backoffLimit: 0, template: { ...spec, spec: { ...spec.spec, restartPolicy: "Never" } } } });
  run(1000);
  const suspend = (is: boolean): void => void store.modify("Job", "sum", "default", (job) => void (job.spec.suspend = is));
  suspend(true);
  run(1000);
  expect(store.list("Pod").every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
  expect(store.read("Job", "sum", "default").status).toMatchObject({ conditions: [{ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }] });
  suspend(false);
  run(500);
  const job = store.read("Job", "sum", "default");
  expect(job.status).toMatchObject({ active: 2, conditions: [{ type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" }] });
  expect(job.status.failed).toBeUndefined();
  expect(job.status.startTime).toBe(job.status.conditions?.[0]?.lastTransitionTime);
  expect(events(store, "Job").filter((line) => /^(Suspended|Resumed)/.test(line))).toEqual(["Suspended: Job suspended", "Resumed: Job resumed"]);
});

test("an eviction asks the budget, and is told how many there have to be", () => {
  const { store, run } = aCluster(2);
  store.create(deployment("web", 2));
  store.create({ kind: "PodDisruptionBudget", metadata: { name: "web", namespace: "default" }, spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } } });
  run(5000);
  expect(store.read("PodDisruptionBudget", "web", "default").status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 });
  const [first = "", second = ""] = names(store, "Pod");
  expect(evict(store, "default", first).status).toBe("Success");
  run(50);
  let refused: unknown;
  try {
    evict(store, "default", second);
  } catch (problem) {
    refused = problem instanceof ApiError ? problem.status : problem;
  }
  expect(refused).toMatchObject({
    code: 429,
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: "DisruptionBudget", message: "The disruption budget web needs 1 healthy pods and has 1 currently" }] },
  });
});

test("a node nobody hears of is tainted, its Pods leave the endpoints at once and the node after five minutes", () => {
  const { store, run } = aCluster(2);
  const renew = (): void => {
    const renewTime = store.context.now.replace("Z", ".000000Z");
    const spec = { holderIdentity: "node-1", leaseDurationSeconds: 40, renewTime };
    if (store.get("Lease", "node-1", "kube-node-lease") === undefined) store.create({ kind: "Lease", metadata: { name: "node-1", namespace: "kube-node-lease" }, spec });
    else store.modify("Lease", "node-1", "kube-node-lease", (lease) => void (lease.spec.renewTime = renewTime));
  };
  renew();
  store.modify("Node", "node-1", undefined, (node) => void (node.metadata.labels = { ...node.metadata.labels, seen: "yes" }));
  store.create(deployment("web", 4));
  run(20_000);
  expect(store.read("Node", "node-1").spec.taints).toBeUndefined();
  run(60_000);
  const node = store.read("Node", "node-1");
  expect(node.status.conditions).toMatchObject([{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }]);
  expect(node.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
  const here = (): number => store.list("Pod", { fieldSelector: "spec.nodeName=node-1" }).filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
  expect(here()).toBe(2);
  expect(store.list("Pod", { fieldSelector: "spec.nodeName=node-1" }).every(({ status }) => status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "False"))).toBe(true);
  run(300_000);
  expect(here()).toBe(0);
});

test("Endpoints written by hand are mirrored as slices", () => {
  const { store, run } = aCluster(1);
  store.create({ kind: "Service", metadata: { name: "legacy", namespace: "default" }, spec: { ports: [{ port: 5432 }] } });
  store.create({ kind: "Endpoints", metadata: { name: "legacy", namespace: "default" }, subsets: [{ addresses: [{ ip: "203.0.113.9" }], ports: [{ port: 5432 }] }] } as Draft<"Endpoints">);
  run(100);
  const slices = store.list("EndpointSlice", { namespace: "default", labelSelector: "kubernetes.io/service-name=legacy" });
  expect(slices.map(({ endpoints, ports, metadata }) => [endpoints, ports, metadata.labels?.["endpointslice.kubernetes.io/managed-by"]])).toEqual([
    [[{ addresses: ["203.0.113.9"], conditions: { ready: true } }], [{ name: "", port: 5432, protocol: "TCP" }], "endpointslicemirroring-controller.k8s.io"],
  ]);
  store.delete("Endpoints", "legacy", "default");
  run(100);
  expect(store.list("EndpointSlice", { namespace: "default", labelSelector: "kubernetes.io/service-name=legacy" })).toEqual([]);
});
