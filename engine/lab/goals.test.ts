import { expect, test } from "vitest";
import { Evidence } from "./evidence";
import type { GoalSpec } from "./goal-spec";
import { type AnyObject, GoalBoard, judge, type Objects } from "./goals";

const NOTHING: Objects = { list: () => [] };

function customers(over: Partial<GoalSpec> = {}): GoalSpec {
  return { id: "customers", title: "Customers are answered", kind: "traffic", flow: "customers", holdMs: 1000, overMs: 5000, atLeast: 1, atMost: 1, requests: 3, backends: 0, withinMs: undefined, never: false, ...over } as GoalSpec;
}

function answered(evidence: Evidence, endMs: number, right = true, servedBy?: string): void {
  evidence.record("customers", { startMs: endMs - 5, endMs, answered: right, said: right ? "200" : "Connection refused", servedBy });
}

test("a goal is met only after it has held for as long as it asks, and is lost when it breaks", () => {
  const evidence = new Evidence();
  const board = new GoalBoard([customers()]);
  const metAt = (nowMs: number): boolean | undefined => {
    board.look(evidence, NOTHING, nowMs);
    return board.states[0]?.met;
  };
  for (const at of [100, 200, 300]) answered(evidence, at);
  expect([metAt(300), metAt(1200), metAt(1300)]).toEqual([false, false, true]);
  expect(board.completedMs).toBe(1300);
  answered(evidence, 1400, false);
  expect(metAt(1400)).toBe(false);
});

test("requests that are too old to count are not counted", () => {
  const evidence = new Evidence();
  answered(evidence, 100, false);
  for (const at of [4000, 5000, 6000]) answered(evidence, at);
  expect(judge(customers(), evidence, NOTHING, 5000)).toEqual({ holds: false, detail: "3 of 4 answered; Connection refused" });
  expect(judge(customers(), evidence, NOTHING, 6000)).toEqual({ holds: true, detail: "3 of 3 answered" });
});

test("one Pod that answers everything does not make two", () => {
  const evidence = new Evidence();
  for (const at of [100, 200, 300]) answered(evidence, at, true, "a");
  const goal = customers({ backends: 2 } as Partial<GoalSpec>);
  expect(judge(goal, evidence, NOTHING, 300)).toEqual({ holds: false, detail: "3 of 3 answered by 1 Pod" });
  answered(evidence, 400, true, "b");
  expect(judge(goal, evidence, NOTHING, 400).holds).toBe(true);
});

test("what must never happen cannot be mended", () => {
  const evidence = new Evidence();
  const board = new GoalBoard([customers({ never: true, holdMs: 0 } as Partial<GoalSpec>)]);
  answered(evidence, 100);
  board.look(evidence, NOTHING, 100);
  expect(board.states[0]).toMatchObject({ met: true, broken: false });
  answered(evidence, 200, false);
  answered(evidence, 300);
  board.look(evidence, NOTHING, 300);
  expect(board.states[0]).toMatchObject({ met: false, broken: true, detail: "1 request went unanswered" });
});

test("backends are the ready Pods of the Service's slices, and each must be managed", () => {
  const pod = (name: string, owner?: string): AnyObject => ({ metadata: { name, namespace: "production", ...(owner !== undefined && { ownerReferences: [{ kind: owner }] }) } });
  const slice = (...names: string[]): AnyObject => ({ metadata: { name: "payments-x" }, endpoints: names.map((name) => ({ conditions: { ready: true }, targetRef: { kind: "Pod", name } })) });
  const world = (slices: AnyObject[], pods: AnyObject[]): Objects => ({ list: (kind) => (kind === "Pod" ? pods : slices) });
  const goal: GoalSpec = { id: "managed", title: "", kind: "backends", holdMs: 0, namespace: "production", service: "payments", atLeast: 2, controlledBy: "ReplicaSet" };
  const verdict = (slices: AnyObject[], pods: AnyObject[]): unknown => judge(goal, new Evidence(), world(slices, pods), 0);
  expect(verdict([slice("a", "b")], [pod("a", "ReplicaSet"), pod("b", "ReplicaSet"), pod("c")])).toEqual({ holds: true, detail: "2 ready" });
  expect(verdict([slice("a", "b")], [pod("a", "ReplicaSet"), pod("b")])).toEqual({ holds: false, detail: "2 ready, 1 of them without a ReplicaSet" });
  expect(verdict([], [pod("a", "ReplicaSet")])).toEqual({ holds: false, detail: "0 ready" });
});
