import { expect, test } from "vitest";
import { aCluster, deployment } from "../../../test/support/kube";
import type { Store } from "../store";
import type { Deployment, ReplicaSet } from "../types";
import { REVISION } from "./deployment-util";

const read = (store: Store): Deployment => store.read("Deployment", "web", "default");
const sets = (store: Store): readonly ReplicaSet[] => [...store.list("ReplicaSet")].sort((a, b) => revision(a) - revision(b));
const revision = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.[REVISION]);

function change(store: Store, how: (spec: { -readonly [K in keyof Deployment["spec"]]: Deployment["spec"][K] }) => void): void {
  store.modify("Deployment", "web", "default", (draft) => how(draft.spec as never));
}

function image(store: Store, to: string): void {
  change(store, (spec) => void ((spec.template.spec?.containers[0] as { image: string }).image = to));
}

/** Nothing here ever becomes ready again: no Pod leaves Pending. */
function jam(store: Store): void {
  for (const { metadata } of store.list("Node")) store.modify("Node", metadata.name, undefined, (node) => void (node.spec.unschedulable = true));
}

test("a rollout that is scaled in its middle grows and shrinks in proportion", () => {
  const { store, run } = aCluster(2);
  store.create({ ...deployment("web", 10), spec: { ...deployment("web", 10).spec, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } } });
  run(5000);
  jam(store);
  run(10);
  image(store, "nginx:2");
  run(10_000);
  expect(sets(store).map(({ spec }) => spec.replicas)).toEqual([8, 5]);
  change(store, (spec) => void (spec.replicas = 15));
  run(500);
  // The example of the Deployment's documentation: of five more the larger gets three, the smaller two.
  expect(sets(store).map(({ spec }) => spec.replicas)).toEqual([11, 7]);
  change(store, (spec) => void (spec.replicas = 5));
  run(500);
  const said = store.list("Event").filter(({ reason }) => reason === "ScalingReplicaSet").map(({ message = "" }) => message.replace(/^Scaled (\w+) .* from/, "$1 from"));
  // First in proportion, then the rollout goes on with what may be missed.
  expect(said.slice(-3)).toEqual(["down from 11 to 5", "down from 7 to 3", "down from 5 to 3"]);
});

test("what failed of an old ReplicaSet is the Deployment's failure as well", () => {
  const { store, run } = aCluster(1);
  store.create(deployment("web", 2));
  run(3000);
  image(store, "nginx:2");
  run(20);
  const old = sets(store)[0] as ReplicaSet;
  const condition = { type: "ReplicaFailure", status: "True" as const, reason: "FailedCreate", message: "no", lastTransitionTime: store.context.now };
  const seen: string[] = [];
  store.subscribe("Deployment", ({ object }) => void seen.push((object.status.conditions ?? []).map(({ type, reason }) => `${type}=${reason}`).join(" ")));
  store.updateStatus<"ReplicaSet">({ ...old, status: { ...old.status, conditions: [condition] } });
  run(3);
  expect(seen.some((line) => line.includes("ReplicaFailure=FailedCreate"))).toBe(true);
});

test("the history keeps the highest revisions, which need not be the youngest ReplicaSets", () => {
  const { store, run } = aCluster(1);
  store.create({ ...deployment("web", 1), spec: { ...deployment("web", 1).spec, revisionHistoryLimit: 1 } });
  run(3000);
  image(store, "nginx:2");
  run(8000);
  image(store, "nginx:1.27"); // As rollout undo does: the oldest ReplicaSet gets revision 3.
  run(8000);
  image(store, "nginx:4");
  run(8000);
  expect(sets(store).map((set) => [revision(set), set.spec.template?.spec?.containers[0]?.image])).toEqual([[3, "nginx:1.27"], [4, "nginx:4"]]);
});

test("without a deadline nothing is said of progress, paused or not", () => {
  const { store, run } = aCluster(1);
  store.create({ ...deployment("web", 1), spec: { ...deployment("web", 1).spec, progressDeadlineSeconds: 2147483647 } });
  run(3000);
  const types = (): (string | undefined)[] => (read(store).status.conditions ?? []).map(({ type }) => type);
  expect(types()).toEqual(["Available"]);
  change(store, (spec) => void (spec.paused = true));
  run(1000);
  expect(types()).toEqual(["Available"]);
});
