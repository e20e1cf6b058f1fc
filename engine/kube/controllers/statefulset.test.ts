import { expect, test } from "vitest";
import { aCluster } from "../../../test/support/kube";
import type { Store } from "../store";
import type { Draft, Pod, StatefulSet } from "../types";

function set(replicas: number, spec: object = {}): Draft<"StatefulSet"> {
  const labels = { app: "db" };
  return {
    kind: "StatefulSet", metadata: { name: "db", namespace: "default" },
    spec: { replicas, serviceName: "db", selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx:1" }] } }, ...spec },
  } as Draft<"StatefulSet">;
}

const pods = (store: Store): string[] => store.list("Pod").map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]?.image}${metadata.deletionTimestamp === undefined ? "" : " going"}`);
const change = (store: Store, how: (draft: { spec: StatefulSet["spec"] }) => void): void => void store.modify("StatefulSet", "db", "default", (draft) => how(draft as never));
const image = (store: Store, to: string): void => change(store, ({ spec }) => void ((spec.template.spec?.containers[0] as { image: string }).image = to));

function mark(store: Store, name: string, how: (pod: Pod) => Pod["status"]): void {
  const pod = store.read("Pod", name, "default");
  store.updateStatus<"Pod">({ ...pod, status: how(pod) });
}

function unready(store: Store, name: string): void {
  mark(store, name, ({ status }) => ({ ...status, conditions: (status.conditions ?? []).map((one) => (one.type === "Ready" ? { ...one, status: "False" } : one)) }));
}

test("a Pod that is over is deleted and made again, and only the deletion is told", () => {
  const { store, run } = aCluster(1);
  store.create(set(1));
  run(2000);
  mark(store, "db-0", ({ status }) => ({ ...status, phase: "Failed" }));
  run(2000);
  expect(store.list("Event").filter(({ involvedObject }) => involvedObject.kind === "StatefulSet").map(({ reason, message, count }) => `${reason} ${count}: ${message}`)).toEqual([
    "SuccessfulCreate 2: create Pod db-0 in StatefulSet db successful",
    "SuccessfulDelete 1: delete Pod db-0 in StatefulSet db successful",
  ]);
});

test("what is lost below the partition comes back as it was, above it as it is to be", () => {
  const { store, run } = aCluster(1);
  store.create(set(2));
  run(3000);
  change(store, ({ spec }) => void ((spec as { updateStrategy: object }).updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 1 } }));
  image(store, "nginx:2");
  run(10_000);
  store.delete("Pod", "db-0", "default");
  store.delete("Pod", "db-1", "default");
  run(10_000);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:2"]);
});

test("without a partition a Pod that is lost in the middle of a rollout comes back new", () => {
  const { store, run } = aCluster(1);
  store.create(set(3));
  run(3000);
  image(store, "nginx:2");
  run(200);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:1", "db-2 nginx:1 going"]);
  store.delete("Pod", "db-0", "default", { gracePeriodSeconds: 0 });
  run(100);
  expect(pods(store)[0]).toBe("db-0 nginx:2");
});

test("a Pod that is one too many and not well waits until those below it have gone", () => {
  const { store, run } = aCluster(1);
  store.create(set(3));
  run(3000);
  unready(store, "db-1");
  unready(store, "db-2");
  change(store, ({ spec }) => void ((spec as { replicas: number }).replicas = 1));
  run(500);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:1", "db-2 nginx:1"]);
});

test("maxUnavailable lets several go at once", () => {
  const { store, run } = aCluster(1);
  store.create(set(4, { podManagementPolicy: "Parallel", updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "50%" } } }));
  run(3000);
  image(store, "nginx:2");
  run(100);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:1", "db-2 nginx:1 going", "db-3 nginx:1 going"]);
  run(20_000);
  expect(pods(store)).toEqual(["db-0 nginx:2", "db-1 nginx:2", "db-2 nginx:2", "db-3 nginx:2"]);
});

test("in parallel all are made at once, and all too many go at once", () => {
  const { store, run } = aCluster(1);
  store.create(set(3, { podManagementPolicy: "Parallel", ordinals: { start: 5 } }));
  run(100);
  expect(pods(store)).toEqual(["db-5 nginx:1", "db-6 nginx:1", "db-7 nginx:1"]);
  run(2000);
  change(store, ({ spec }) => void ((spec as { replicas: number }).replicas = 1));
  run(100);
  expect(pods(store)).toEqual(["db-5 nginx:1", "db-6 nginx:1 going", "db-7 nginx:1 going"]);
});

test("OnDelete leaves everybody alone until somebody deletes", () => {
  const { store, run } = aCluster(1);
  store.create(set(2, { updateStrategy: { type: "OnDelete" } }));
  run(3000);
  image(store, "nginx:2");
  run(5000);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:1"]);
  store.delete("Pod", "db-1", "default");
  run(5000);
  expect(pods(store)).toEqual(["db-0 nginx:1", "db-1 nginx:2"]);
});
