/**
 * What a node says of itself: the Node object's addresses, capacity, conditions and versions,
 * and a Lease renewed every ten seconds, by which others see that it lives.
 * pkg/kubelet/kubelet_node_status.go
 */
import { rfc3339 } from "../../core/date";
import { hex, sha256 } from "../../core/sha256";
import { sleepUntil, type Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { NodeCondition } from "../../kube/types";
import { type KubeletContext, nowRfc3339 } from "./context";

export const KUBELET_VERSION = "v1.36.0";
const LEASE_RENEW_MS = 10_000;
/** nodeStatusReportFrequency: how often conditions are written though nothing has changed. */
const REPORT_MS = 300_000;

export class NodeStatus {
  #reportedMs = 0;

  constructor(private readonly context: KubeletContext) {}

  register(): void {
    const { store, nodeName } = this.context;
    if (store.get("Node", nodeName) === undefined) {
      store.create({ kind: "Node", metadata: { name: nodeName, labels: { "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux" } } });
      this.#say("Starting", "Starting kubelet.");
    }
    this.report();
  }

  #say(reason: string, message: string): void {
    const { events, nodeName } = this.context;
    events.record({ apiVersion: "v1", kind: "Node", metadata: { name: nodeName, uid: nodeName } }, { type: "Normal", reason, message, host: nodeName });
  }

  report(): void {
    const { store, nodeName, nodeIP, world } = this.context;
    const node = store.get("Node", nodeName);
    if (node === undefined) return;
    this.#reportedMs = world.scheduler.nowMs;
    const before = node.status.conditions ?? [];
    const conditions = this.#conditions(before);
    const ready = (list: readonly NodeCondition[]) => list.find(({ type }) => type === "Ready")?.status;
    store.updateStatus({
      ...node,
      status: { ...node.status, addresses: [{ type: "InternalIP", address: nodeIP }, { type: "Hostname", address: nodeName }], ...this.#resources(), conditions, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }, nodeInfo: this.#info(), images: this.#images() },
    });
    if (ready(before) === ready(conditions)) return;
    const reason = ready(conditions) === "True" ? "NodeReady" : "NodeNotReady";
    if (before.length > 0 || reason === "NodeReady") this.#say(reason, `Node ${nodeName} status is now: ${reason}`);
  }

  #resources() {
    const { cpus, memoryBytes } = this.context.machine.kernel;
    const memory = Math.floor(memoryBytes / 1024);
    const common = { cpu: String(cpus), "hugepages-2Mi": "0", pods: "110" };
    return {
      capacity: { ...common, "ephemeral-storage": "40469100Ki", memory: `${memory}Ki` },
      allocatable: { ...common, "ephemeral-storage": "37296322492", memory: `${memory - 102_400}Ki` },
    };
  }

  #conditions(before: readonly NodeCondition[]): NodeCondition[] {
    const now = nowRfc3339(this.context);
    const make = (type: string, status: "True" | "False", reason: string, message: string): NodeCondition => {
      const old = before.find((each) => each.type === type);
      return { type, status, lastHeartbeatTime: now, lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now, reason, message };
    };
    const up = this.context.cni.ready;
    const own = [
      make("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
      make("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
      make("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
      up ? make("Ready", "True", "KubeletReady", "kubelet is posting ready status") : make("Ready", "False", "KubeletNotReady", "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"),
    ];
    return [...before.filter(({ type }) => !own.some((each) => each.type === type)), ...own];
  }

  #info() {
    const { machine, nodeName } = this.context;
    const id = hex(sha256(`machine ${nodeName}`));
    const uuid = (at: number) => `${id.slice(at, at + 8)}-${id.slice(at + 8, at + 12)}-${id.slice(at + 12, at + 16)}-${id.slice(at + 16, at + 20)}-${id.slice(at + 20, at + 32)}`;
    return {
      machineID: id.slice(0, 32),
      systemUUID: uuid(0),
      bootID: uuid(32),
      kernelVersion: machine.kernel.release,
      osImage: "Debian GNU/Linux 12 (bookworm)",
      containerRuntimeVersion: "containerd://2.2.1",
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    };
  }

  #images() {
    const { puller, registry } = this.context;
    return puller.present.flatMap((reference) => {
      const image = registry.find(reference);
      return image ? [{ names: [reference], sizeBytes: image.sizeBytes }] : [];
    });
  }

  /** The network plugin comes up, or goes: that is worth a report of its own. */
  *followNetwork(): Task {
    const { cni } = this.context;
    for (let ready = cni.ready; ; ) {
      if (cni.ready !== ready) {
        ready = cni.ready;
        this.report();
      }
      yield { on: cni.changed };
    }
  }

  *heartbeat(): Task {
    const { world } = this.context;
    for (;;) {
      this.#renew();
      if (world.scheduler.nowMs - this.#reportedMs >= REPORT_MS) this.report();
      yield* sleepUntil(world.scheduler.nowMs + LEASE_RENEW_MS);
    }
  }

  #renew(): void {
    const { store, nodeName, world } = this.context;
    const seconds = rfc3339(wallMs(world));
    const now = seconds.replace("Z", `.${String(Math.floor(wallMs(world) % 1000)).padStart(3, "0")}000Z`);
    const lease = store.get("Lease", nodeName, "kube-node-lease");
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: 40, renewTime: now };
    // Nothing about it needs to be looked at again: a thousand nodes renew theirs a hundred times a second.
    if (lease !== undefined) store.overwrite<"Lease">({ ...lease, spec });
    else if (store.get("Namespace", "kube-node-lease") !== undefined) store.create({ kind: "Lease", metadata: { name: nodeName, namespace: "kube-node-lease" }, spec });
  }
}
