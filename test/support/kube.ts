/** A control plane with nodes that run every Pod: for tests of what happens above the kubelet. */
import { bootstrap } from "../../engine/kube/bootstrap";
import { ControlPlane } from "../../engine/kube/control-plane";
import { Store } from "../../engine/kube/store";
import type { Draft, Kind, Pod } from "../../engine/kube/types";
import { newWorld } from "./world";

export type TestCluster = { readonly store: Store; readonly controlPlane: ControlPlane; readonly run: (ms: number) => void };

const START_MS = 300;
const STOP_MS = 2000;

export function aCluster(nodes: number, seed = 1): TestCluster {
  const world = newWorld(seed);
  const store = new Store(world);
  bootstrap(store);
  const controlPlane = new ControlPlane(world, store);
  for (let i = 1; i <= nodes; i++) addNode(store, `node-${i}`);
  controlPlane.start();
  const addresses = { next: 2 };
  const timers = new Set<string>();
  store.subscribe("Pod", ({ object, type }) => {
    if (type !== "DELETED" && object.spec.nodeName) kubelet(store, object, timers, addresses, (ms, act) => void world.scheduler.after(ms, act));
  });
  world.scheduler.run(10);
  return { store, controlPlane, run: (ms) => void world.scheduler.run(ms) };
}

function addNode(store: Store, name: string): void {
  const room = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" };
  store.create({
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: { capacity: room, allocatable: room, conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }] },
  } as Draft<"Node">);
  store.modify("Node", name, undefined, (node) => void delete node.spec.taints);
}

function kubelet(store: Store, pod: Pod, timers: Set<string>, addresses: { next: number }, after: (ms: number, act: () => void) => void): void {
  const { uid, name, namespace, deletionTimestamp } = pod.metadata;
  const now = (): Pod | undefined => {
    const current = store.get("Pod", name, namespace);
    return current?.metadata.uid === uid ? current : undefined;
  };
  if (deletionTimestamp !== undefined && !timers.has(`${uid} stop`)) {
    timers.add(`${uid} stop`);
    after(STOP_MS, () => void (now() && store.delete("Pod", name, namespace, { gracePeriodSeconds: 0 })));
  } else if (pod.status.phase === "Pending" && !timers.has(uid)) {
    timers.add(uid);
    after(START_MS, () => {
      const current = now();
      if (current !== undefined && current.metadata.deletionTimestamp === undefined) markRunning(store, current, addresses);
    });
  }
}

function markRunning(store: Store, pod: Pod, addresses: { next: number }): void {
  const ip = `10.244.${addresses.next >> 8}.${addresses.next++ & 255}`;
  const lastTransitionTime = store.context.now;
  const conditions = [...(pod.status.conditions ?? []), ...["Initialized", "ContainersReady", "Ready"].map((type) => ({ type, status: "True", lastProbeTime: null, lastTransitionTime }))];
  store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, phase: "Running", podIP: ip, podIPs: [{ ip }], conditions, startTime: lastTransitionTime } } as never);
}

export function names(store: Store, kind: Kind, namespace = "default"): readonly string[] {
  return store.list(kind, { namespace }).map(({ metadata }) => metadata.name);
}

export function deployment(name: string, replicas: number): Draft<"Deployment"> {
  const labels = { app: name };
  return {
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx:1.27", ports: [{ containerPort: 8080 }] }] } } },
  };
}

export function service(name: string): Draft<"Service"> {
  return { kind: "Service", metadata: { name, namespace: "default" }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] } };
}
