import { expect, test } from "vitest";
import { rfc3339, unixMs } from "../../core/date";
import type { Pod } from "../types";
import { rankForDeletion } from "./pod-ranking";

const NOW = unixMs(2026, 11, 21, 9);
const ago = (seconds: number): string => rfc3339(NOW - seconds * 1000);

type Shape = { readonly node?: string; readonly phase?: string; readonly readyFor?: number; readonly age?: number; readonly cost?: number; readonly restarts?: number };

function pod(name: string, { node = "n", phase = "Running", readyFor, age = 100, cost, restarts = 0 }: Shape): Pod {
  return {
    metadata: { name, uid: name, creationTimestamp: ago(age), ...(cost !== undefined && { annotations: { "controller.kubernetes.io/pod-deletion-cost": String(cost) } }) },
    spec: { ...(node && { nodeName: node }) },
    status: { phase, conditions: readyFor === undefined ? [] : [{ type: "Ready", status: "True", lastTransitionTime: ago(readyFor) }], containerStatuses: [{ restartCount: restarts }] },
  } as unknown as Pod;
}

const order = (pods: readonly Pod[], crowd: (pod: Pod) => number = () => 0): string[] => rankForDeletion(pods, crowd, NOW).map(({ metadata }) => metadata.name);

test("whoever serves least goes first: without a node, Pending, Unknown, not ready, ready", () => {
  const pods = [pod("ready", { readyFor: 10 }), pod("unready", {}), pod("unknown", { phase: "Unknown" }), pod("pending", { phase: "Pending" }), pod("nowhere", { node: "", phase: "Pending" })];
  expect(order(pods)).toEqual(["nowhere", "pending", "unknown", "unready", "ready"]);
});

test("then whoever costs least, then whoever crowds a node", () => {
  expect(order([pod("dear", { readyFor: 1, cost: 5 }), pod("free", { readyFor: 1 }), pod("cheap", { readyFor: 1, cost: -5 })])).toEqual(["cheap", "free", "dear"]);
  expect(order([pod("alone", { readyFor: 1 }), pod("crowded", { readyFor: 1 })], ({ metadata }) => (metadata.name === "crowded" ? 2 : 1))).toEqual(["crowded", "alone"]);
});

test("then whoever has been ready for less time, by powers of two", () => {
  expect(order([pod("old", { readyFor: 1000 }), pod("young", { readyFor: 10 })])).toEqual(["young", "old"]);
});

test("where times differ but not by a power of two neither restarts nor age count, only the uid", () => {
  expect(order([pod("b", { readyFor: 11, restarts: 9 }), pod("a", { readyFor: 10 })])).toEqual(["a", "b"]);
});

test("where they are the same, more restarts go first, then the younger", () => {
  expect(order([pod("a", { readyFor: 10 }), pod("b", { readyFor: 10, restarts: 3 })])).toEqual(["b", "a"]);
  expect(order([pod("a", { readyFor: 10, age: 1000 }), pod("b", { readyFor: 10, age: 20 })])).toEqual(["b", "a"]);
});
