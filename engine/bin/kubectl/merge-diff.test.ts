import { expect, test } from "vitest";
import { strategicMerge } from "../../kube/patch/strategic";
import type { JsonMap } from "./json";
import { mergePatchBetween, threeWayPatch, twoWayPatch, typeOfKind } from "./merge-diff";

const service = typeOfKind("Service");
const deployment = typeOfKind("Deployment");

const withContainers = (...containers: readonly JsonMap[]): JsonMap => ({ spec: { template: { spec: { containers } } } });

test("nothing changed is an empty patch, whatever the server has added", () => {
  const manifest = withContainers({ name: "web", image: "nginx" });
  const live = withContainers({ name: "web", image: "nginx", imagePullPolicy: "Always", resources: {} });
  expect(threeWayPatch(manifest, manifest, live, deployment)).toEqual({});
});

test("a container's image is patched by the container's name, with the order of all", () => {
  const live = withContainers({ name: "web", image: "nginx:1", imagePullPolicy: "Always" }, { name: "side", image: "busybox" });
  const before = withContainers({ name: "web", image: "nginx:1" }, { name: "side", image: "busybox" });
  const after = withContainers({ name: "web", image: "nginx:2" }, { name: "side", image: "busybox" });
  expect(threeWayPatch(before, after, live, deployment)).toEqual({
    spec: { template: { spec: { "$setElementOrder/containers": [{ name: "web" }, { name: "side" }], containers: [{ name: "web", image: "nginx:2" }] } } },
  });
});

test("what was applied before and is gone from the manifest is deleted; what others added stays", () => {
  const before = { spec: { selector: { app: "x" }, ports: [{ port: 80, name: "a" }, { port: 81, name: "b" }] } };
  const after = { spec: { ports: [{ port: 81, name: "b" }] } };
  const live = { spec: { selector: { app: "x" }, ports: [{ port: 80, name: "a", protocol: "TCP" }, { port: 81, name: "b", protocol: "TCP" }], clusterIP: "10.96.0.5" } };
  const patch = threeWayPatch(before, after, live, service);
  expect(patch).toEqual({ spec: { selector: null, ports: [{ $patch: "delete", port: 80 }] } });
  expect(strategicMerge(live, patch, service)).toEqual({ spec: { ports: [{ port: 81, name: "b", protocol: "TCP" }], clusterIP: "10.96.0.5" } });
});

test("an edit's patch turns the one object into the other", () => {
  const from = withContainers({ name: "web", image: "nginx:1", env: [{ name: "A", value: "1" }] }, { name: "side", image: "x" });
  const to = withContainers({ name: "web", image: "nginx:2", env: [{ name: "B", value: "2" }] });
  expect(strategicMerge(from, twoWayPatch(from, to, deployment), deployment)).toEqual(to);
});

test("kinds of unknown type are patched by merge patch", () => {
  expect(mergePatchBetween({ a: 1, b: { c: 2, d: 3 }, e: [1] }, { b: { c: 2, d: 4 }, e: [2], f: null })).toEqual({ a: null, b: { d: 4 }, e: [2], f: null });
  expect(threeWayPatch({ a: 1, b: 1 }, { b: 2 }, { a: 1, b: 1, status: {} }, undefined)).toEqual({ a: null, b: 2 });
});
