import { expect, test } from "vitest";
import { aCluster, deployment } from "../../../test/support/kube";
import type { Store } from "../store";

const taints = (store: Store): string[] => store.list("Node").map(({ metadata, spec }) => `${metadata.name} ${(spec.taints ?? []).map(({ key, effect }) => `${key.slice(19)}:${effect}`).join(" ")}`.trim());

function lose(store: Store, ready: "True" | "False" | "Unknown", ...names: string[]): void {
  for (const name of names) {
    const node = store.read("Node", name);
    store.updateStatus<"Node">({ ...node, status: { ...node.status, conditions: (node.status.conditions ?? []).map((one) => (one.type === "Ready" ? { ...one, status: ready } : one)) } });
  }
}

const said = (store: Store, reason: string): string[] => store.list("Event").filter((event) => event.reason === reason).map(({ message = "", source }) => `${source?.component}: ${message.replace(/web-\S+/, "web")}`);

test("nodes of a zone are driven empty one after the other, ten seconds apart", () => {
  const { store, run } = aCluster(3);
  lose(store, "Unknown", "node-1", "node-2");
  run(1000);
  expect(taints(store)).toEqual(["node-1 unreachable:NoSchedule unreachable:NoExecute", "node-2 unreachable:NoSchedule", "node-3"]);
  run(10_000);
  expect(taints(store)[1]).toBe("node-2 unreachable:NoSchedule unreachable:NoExecute");
});

test("when no node at all is well nobody is driven away, and whoever was to go may stay", () => {
  const { store, run } = aCluster(2);
  store.create(deployment("web", 2));
  run(2000);
  lose(store, "False", "node-1");
  run(1000);
  expect(taints(store)).toEqual(["node-1 not-ready:NoSchedule not-ready:NoExecute", "node-2"]);
  lose(store, "False", "node-2");
  run(1000);
  expect(taints(store)).toEqual(["node-1 not-ready:NoSchedule", "node-2 not-ready:NoSchedule"]);
  expect(said(store, "TaintManagerEviction")).toEqual(["taint-eviction-controller: Cancelling deletion of Pod default/web"]);
  run(400_000);
  expect(store.list("Pod").every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
});

test("in a small zone nobody is driven away while most of it is lost", () => {
  const { store, run } = aCluster(5);
  lose(store, "False", "node-1", "node-2", "node-3");
  run(30_000);
  expect(taints(store)).toEqual(["node-1 not-ready:NoSchedule", "node-2 not-ready:NoSchedule", "node-3 not-ready:NoSchedule", "node-4", "node-5"]);
});

test("a Pod that is driven away is told why, and so is everybody who looks at the events", () => {
  const { store, run } = aCluster(2);
  store.create(deployment("web", 2));
  run(2000);
  const conditions: unknown[] = [];
  store.subscribe("Pod", ({ object }) => void conditions.push(...(object.status.conditions ?? []).filter(({ type }) => type === "DisruptionTarget")));
  store.modify("Node", "node-1", undefined, (node) => void (node.spec.taints = [{ key: "gone", effect: "NoExecute" }]));
  run(100);
  expect(conditions[0]).toMatchObject({ status: "True", reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" });
  expect(said(store, "TaintManagerEviction")).toEqual(["taint-eviction-controller: Marking for deletion Pod default/web"]);
});
