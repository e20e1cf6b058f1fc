import { expect, test } from "vitest";
import { NodeAgents } from "../../../test/support/node-agents";
import { Story } from "../../../test/support/story";
import { newWorld } from "../../../test/support/world";
import { Rng } from "../../core/rng";
import { bootstrap } from "../bootstrap";
import { ControlPlane } from "../control-plane";
import { isPodReady } from "../pods";
import { KINDS } from "../resources/registry";
import { Store } from "../store";
import type { KubeObject } from "../types";

/**
 * Level-based, proved: whatever is killed and restarted in between, what comes out is the same.
 * Names, addresses and who is where differ (other draws of chance), and so do revisions that
 * nobody had the time to roll out; what is there in the end, and what is said of it, must not.
 */
function outcome(store: Store): unknown {
  const own = (object: { readonly metadata: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> } }): string => `${object.metadata.namespace}/${object.metadata.labels?.app}`;
  return {
    namespaces: store.list("Namespace").map(({ metadata, status }) => `${metadata.name} ${status.phase}`),
    accounts: store.list("ServiceAccount").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    certificates: store.list("ConfigMap").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    nodes: store.list("Node").map(({ metadata, spec, status }) => [metadata.name, spec.unschedulable ?? false, (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort(), status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])]),
    deployments: store.list("Deployment").map(({ metadata, spec, status }) => [metadata.namespace, metadata.name, spec.replicas, status.replicas, status.readyReplicas, status.updatedReplicas, status.availableReplicas, status.observedGeneration === metadata.generation, status.conditions?.map(({ type, status: is }) => `${type}=${is}`).sort()]),
    replicaSets: tally(store.list("ReplicaSet").filter(({ spec, status }) => (spec.replicas ?? 0) > 0 || (status.replicas ?? 0) > 0).map((set) => [own(set), set.spec.template?.spec?.containers[0]?.image, set.spec.replicas, set.status.replicas, set.status.readyReplicas ?? 0, set.status.availableReplicas ?? 0])),
    statefulSets: store.list("StatefulSet").map(({ metadata, spec, status }) => [metadata.namespace, metadata.name, spec.replicas, status.replicas, status.readyReplicas, status.currentReplicas, status.updatedReplicas, status.availableReplicas, status.currentRevision === status.updateRevision]),
    daemonSets: store.list("DaemonSet").map(({ metadata, status }) => [metadata.namespace, metadata.name, status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady, status.numberAvailable, status.updatedNumberScheduled, status.numberMisscheduled]),
    jobs: store.list("Job").map(({ metadata, status }) => [metadata.name, status.succeeded, status.active, status.conditions?.map(({ type, status: is }) => `${type}=${is}`)]),
    // How many tries a Job needed depends on where they were.
    pods: tally(store.list("Pod").filter(({ metadata, status }) => metadata.labels?.job === undefined || status.phase !== "Succeeded").map((pod) => [own(pod), pod.spec.containers[0]?.image, pod.status.phase, isPodReady(pod), pod.metadata.ownerReferences?.[0]?.kind, pod.metadata.deletionTimestamp !== undefined])),
    daemons: tally(store.list("Pod").filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === "DaemonSet").map((pod) => [own(pod), pod.spec.nodeName])),
    statefulPods: store.list("Pod").filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === "StatefulSet").map(({ metadata }) => metadata.name),
    slices: tally(store.list("EndpointSlice").flatMap(({ metadata, endpoints, ports }) => [`${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"]} ${metadata.labels?.["endpointslice.kubernetes.io/managed-by"]} ${JSON.stringify(ports)}`, ...endpoints.map(({ conditions, addresses }) => [metadata.labels?.["kubernetes.io/service-name"], conditions, addresses[0]?.startsWith("203.0.113.") ? addresses : 1])])),
    endpoints: tally(store.list("Endpoints").map(({ metadata, subsets }) => [metadata.namespace, metadata.name, subsets?.map(({ addresses, notReadyAddresses, ports }) => [addresses?.length, notReadyAddresses?.length, ports])])),
    budgets: store.list("PodDisruptionBudget").map(({ metadata, status }) => [metadata.namespace, metadata.name, status.currentHealthy, status.desiredHealthy, status.expectedPods, status.disruptionsAllowed, status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])]),
    going: KINDS.flatMap((kind) => (store.list(kind) as unknown as readonly KubeObject[]).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => `${kind} ${metadata.name}`)),
    orphans: KINDS.flatMap((kind) => (store.list(kind) as unknown as readonly KubeObject[]).filter((object) => ownerIsMissing(store, object)).map(({ metadata }) => `${kind} ${metadata.name}`)),
    homeless: store.list("Pod").filter(({ spec }) => spec.nodeName !== undefined && store.get("Node", spec.nodeName) === undefined).map(({ metadata }) => metadata.name),
  };
}

function ownerIsMissing(store: Store, { metadata }: KubeObject): boolean {
  return (metadata.ownerReferences ?? []).some(({ kind, name, uid }) => store.get(kind as "Pod", name, metadata.namespace)?.metadata.uid !== uid);
}

function tally(items: readonly unknown[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(JSON.stringify(item), (counts.get(JSON.stringify(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const STEPS = 16;

/** The same story each time; only who is dead while it happens, and for how long, depends on `chaos`. */
function play(seed: number, chaos: Rng | undefined): unknown {
  const world = newWorld(seed);
  const store = new Store(world);
  bootstrap(store);
  const plane = new ControlPlane(world, store);
  const story = new Story(store, new NodeAgents(store, world.scheduler), new Rng(seed).fork("story"));
  plane.start();
  world.scheduler.run(200);
  for (let step = 0; step < STEPS; step++) {
    story.step();
    if (chaos !== undefined) kill(plane, chaos);
    // Some steps come in quick succession, some after the cluster has come to rest, some after a node has been given up.
    const pause = story.rng.below(12);
    world.scheduler.run((pause === 0 ? 400_000 : pause < 4 ? 5000 : 600) / 2);
    plane.start();
    world.scheduler.run((pause === 0 ? 400_000 : pause < 4 ? 5000 : 600) / 2);
  }
  story.end();
  if (chaos !== undefined) kill(plane, chaos);
  world.scheduler.run(chaos === undefined ? 0 : chaos.below(1000));
  plane.start();
  world.scheduler.run(1_500_000);
  return outcome(store);
}

function kill(plane: ControlPlane, chaos: Rng): void {
  for (const name of plane.controllers.names) if (chaos.below(3) === 0) plane.controllers.stop(name);
  if (chaos.below(3) === 0) plane.garbageCollector.stop();
  if (chaos.below(3) === 0) plane.scheduler.stop();
}

const FIRST = Number(process.env["RESTARTS_FIRST"] ?? 1);
const SEEDS = Number(process.env["RESTARTS"] ?? 500);

test.each(Array.from({ length: SEEDS }, (_, i) => i + FIRST))("controllers killed at random moments reach the same end (seed %i)", (seed) => {
  expect(play(seed, new Rng(seed).fork("chaos"))).toEqual(play(seed, undefined));
});
