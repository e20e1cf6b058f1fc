import { expect, test } from "vitest";
import { aCluster, deployment, service, type TestCluster } from "../../../test/support/kube";
import { Rng } from "../../core/rng";

/**
 * Level-based, proved: whatever is killed and restarted in between, what comes out is the same.
 * Names and addresses differ (other draws of chance), what they stand for must not.
 */
function outcome({ store }: TestCluster): unknown {
  const tally = (items: readonly string[]): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const item of [...items].sort()) counts[item] = (counts[item] ?? 0) + 1;
    return counts;
  };
  return {
    deployments: store.list("Deployment").map(({ metadata, spec, status }) => [metadata.name, spec.replicas, status.readyReplicas ?? 0, status.updatedReplicas ?? 0, status.observedGeneration]),
    replicaSets: tally(store.list("ReplicaSet").map(({ metadata, spec, status }) => [metadata.labels?.app, spec.template?.spec?.containers[0]?.image, spec.replicas, status.readyReplicas ?? 0].join(" "))),
    pods: tally(store.list("Pod").map(({ metadata, spec, status }) => [metadata.labels?.app, spec.containers[0]?.image, status.phase].join(" "))),
    endpoints: tally(store.list("EndpointSlice").flatMap(({ metadata, endpoints }) => endpoints.map(({ conditions }) => `${metadata.labels?.["kubernetes.io/service-name"]} ${JSON.stringify(conditions)}`))),
    namespaces: store.list("Namespace").map(({ metadata }) => metadata.name),
  };
}

const STEPS = 14;

/** The same story each time; only who is dead while it happens depends on `chaos`. */
function play(seed: number, chaos: Rng | undefined): unknown {
  const cluster = aCluster(3, seed);
  const { store, controlPlane, run } = cluster;
  const story = new Rng(seed).fork("story");
  for (let step = 0; step < STEPS; step++) {
    act(cluster, story, step);
    const victims = chaos === undefined ? [] : controlPlane.controllers.names.filter(() => chaos.below(3) === 0);
    for (const name of victims) controlPlane.controllers.stop(name);
    const gc = chaos?.below(3) === 0;
    const scheduler = chaos?.below(3) === 0;
    if (gc) controlPlane.garbageCollector.stop();
    if (scheduler) controlPlane.scheduler.stop();
    run(chaos === undefined ? 700 : 100 + chaos.below(1200));
    controlPlane.start();
    run(chaos === undefined ? 0 : chaos.below(300));
  }
  run(120_000);
  expect(store.list("Pod").every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
  return outcome(cluster);
}

function act({ store }: TestCluster, story: Rng, step: number): void {
  const name = ["web", "api", "shop"][story.below(3)] ?? "web";
  const existing = store.get("Deployment", name, "default");
  const replicas = story.below(6);
  const what = story.below(4);
  if (existing === undefined) {
    store.create(deployment(name, replicas));
    if (store.get("Service", name, "default") === undefined) store.create(service(name));
  } else if (what === 0) store.modify("Deployment", name, "default", (draft) => void (draft.spec.replicas = replicas));
  else if (what === 1) store.modify("Deployment", name, "default", (draft) => void ((draft.spec.template.spec?.containers[0] as { image: string }).image = `nginx:${step}`));
  else if (what === 2) store.delete("Deployment", name, "default");
  else for (const pod of store.list("Pod", { namespace: "default", labelSelector: { app: name } }).slice(0, 1)) if (pod.metadata.deletionTimestamp === undefined) store.delete("Pod", pod.metadata.name, "default");
}

test.each(Array.from({ length: 12 }, (_, i) => i + 1))("controllers killed at random moments reach the same end (seed %i)", (seed) => {
  expect(play(seed, new Rng(seed).fork("chaos"))).toEqual(play(seed, undefined));
});
