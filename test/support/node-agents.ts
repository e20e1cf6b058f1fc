/**
 * Kubelets without a node below them, for tests of what happens above: they renew their Lease,
 * start and stop Pods, let those of Jobs succeed, and can fall silent and come back.
 */
import type { Scheduler, Timer } from "../../engine/core/scheduler";
import type { Store } from "../../engine/kube/store";
import type { Draft, Node, Pod } from "../../engine/kube/types";

const START_MS = 300;
const STOP_MS = 500;
const WORK_MS = 900;
const RENEW_MS = 10_000;
const LEASES = "kube-node-lease";
const ROOM = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" };

export class NodeAgents {
  readonly #up = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  #address = 2;

  constructor(
    private readonly store: Store,
    private readonly scheduler: Scheduler,
  ) {
    store.subscribe("Pod", ({ object, type }) => void (type !== "DELETED" && this.#look(object)));
    this.#renew();
  }

  /** A node joins, or comes back. */
  start(name: string): void {
    if (this.store.get("Node", name) === undefined) this.store.create({ kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name } }, status: { capacity: ROOM, allocatable: ROOM, conditions: [] } } as Draft<"Node">);
    this.#up.add(name);
    this.#report(name);
    for (const pod of this.store.list("Pod", { fieldSelector: `spec.nodeName=${name}` })) this.#look(pod);
  }

  /** Its machine is off: nothing there is looked after, and nobody hears of it. */
  stop(name: string): void {
    this.#up.delete(name);
  }

  #renew(): void {
    for (const name of this.#up) this.#report(name);
    this.scheduler.after(RENEW_MS, () => this.#renew());
  }

  #report(name: string): void {
    const { store } = this;
    const node = store.get("Node", name);
    if (node === undefined) return;
    const renewTime = store.context.now.replace("Z", ".000000Z");
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
    if (store.get("Lease", name, LEASES) === undefined) store.create({ kind: "Lease", metadata: { name, namespace: LEASES }, spec });
    else store.modify("Lease", name, LEASES, (lease) => void (lease.spec.renewTime = renewTime));
    const ready = node.status.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True") return;
    const now = store.context.now;
    const condition = { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status", lastHeartbeatTime: now, lastTransitionTime: now };
    store.updateStatus<"Node">({ ...node, status: { ...node.status, conditions: [condition] } } as unknown as Node);
  }

  #look(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName || !this.#up.has(nodeName)) return;
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) this.#later(`${uid} stop`, STOP_MS, pod, (now) => void this.store.delete("Pod", now.metadata.name, now.metadata.namespace, { gracePeriodSeconds: 0 }));
    else if (pod.status.phase === "Pending") this.#later(`${uid} start`, START_MS, pod, (now) => this.#run(now));
    else if (pod.status.phase === "Running" && pod.spec.restartPolicy === "Never") this.#later(`${uid} work`, WORK_MS, pod, (now) => this.#succeed(now));
    else if (pod.status.phase === "Running" && !isReady(pod)) this.#later(`${uid} again`, START_MS, pod, (now) => void (isReady(now) || this.#run(now)));
  }

  /** What a kubelet does about a Pod a moment later, if it is still there and so is the kubelet. */
  #later(key: string, ms: number, { metadata, spec }: Pod, act: (pod: Pod) => void): void {
    if (this.#timers.has(key)) return;
    const timer = this.scheduler.after(ms, () => {
      this.#timers.delete(key);
      const now = this.store.get("Pod", metadata.name, metadata.namespace);
      if (now?.metadata.uid !== metadata.uid || !this.#up.has(spec.nodeName ?? "")) return;
      if (now.metadata.deletionTimestamp === undefined || key.endsWith("stop")) act(now);
    });
    this.#timers.set(key, timer);
  }

  #succeed({ status, ...pod }: Pod): void {
    const conditions = (status.conditions ?? []).map((condition) => (/Ready$/.test(condition.type) ? { ...condition, status: "False", reason: "PodCompleted" } : condition));
    this.store.updateStatus<"Pod">({ ...pod, status: { ...status, phase: "Succeeded", conditions } } as Pod);
  }

  #run(pod: Pod): void {
    const ip = pod.status.podIP ?? `10.244.${this.#address >> 8}.${this.#address++ & 255}`;
    const lastTransitionTime = this.store.context.now;
    const others = (pod.status.conditions ?? []).filter(({ type }) => type === "PodScheduled");
    const conditions = [...others, ...["Initialized", "ContainersReady", "Ready"].map((type) => ({ type, status: "True", lastProbeTime: null, lastTransitionTime }))];
    this.store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, phase: "Running", podIP: ip, podIPs: [{ ip }], conditions, startTime: pod.status.startTime ?? lastTransitionTime } } as never);
  }
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}
