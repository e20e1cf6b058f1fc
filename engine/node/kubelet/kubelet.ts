/**
 * One node's kubelet: registers the Node, keeps its Lease and conditions, and runs a worker for
 * each Pod that is bound to it.
 */
import { type Task, sleepUntil } from "../../core/task";
import type { TaskHandle } from "../../core/scheduler";
import type { Pod } from "../../kube/types";
import { isNotFound } from "../../kube/status";
import type { KubeletContext } from "./context";
import { keepCanary } from "./firewall";
import { NodeStatus } from "./node-status";
import { PodWorker } from "./pod-worker";

/** A changed ConfigMap reaches the files of a Pod with its next sync: about once a minute. */
const RESYNC_MS = 60_000;

export class Kubelet {
  readonly #workers = new Map<string, PodWorker>();
  readonly #status: NodeStatus;
  #tasks: TaskHandle[] = [];

  constructor(readonly context: KubeletContext) {
    this.#status = new NodeStatus(context);
  }

  start(): void {
    const { scheduler } = this.context.world;
    this.#status.register();
    this.#tasks = [this.#followPods(), this.#status.heartbeat(), this.#status.followNetwork(), this.#followConfigMaps(), keepCanary(this.context)].map((task) => scheduler.spawn(task));
  }

  /** systemctl stop kubelet: containers go on, nobody looks after them. */
  stop(): void {
    for (const task of this.#tasks) task.kill();
    this.#tasks = [];
  }

  get workers(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  worker(namespace: string, name: string): PodWorker | undefined {
    return this.workers.find(({ pod, finished }) => !finished && pod.metadata.namespace === namespace && pod.metadata.name === name);
  }

  *#followPods(): Task {
    const watch = this.context.store.watch("Pod", { fieldSelector: `spec.nodeName=${this.context.nodeName}` });
    for (;;) {
      for (let event = watch.next(); event !== undefined; event = watch.next()) this.#heard(event.type === "DELETED", event.object);
      yield { on: watch.ready };
    }
  }

  #heard(deleted: boolean, pod: Pod): void {
    const { uid } = pod.metadata;
    const worker = this.#workers.get(uid);
    if (deleted) return worker?.removed();
    if (worker !== undefined) return worker.update(pod);
    if (pod.metadata.deletionTimestamp !== undefined) return this.#finalize(pod);
    if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return;
    const made: PodWorker = new PodWorker(this.context, pod, () => {
      this.#workers.delete(uid);
      this.#finalize(made.pod);
    });
    this.#workers.set(uid, made);
  }

  /** Nothing of it is left on the node: the object may go. */
  #finalize({ metadata: { name, namespace, uid } }: Pod): void {
    const stored = this.context.store.get("Pod", name, namespace);
    if (stored === undefined || stored.metadata.uid !== uid) return;
    try {
      this.context.store.delete("Pod", name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Files of ConfigMaps and Secrets follow their objects, at the Pod's next sync. */
  *#followConfigMaps(): Task {
    const { store, world } = this.context;
    const watches = [store.watch("ConfigMap"), store.watch("Secret")] as const;
    for (;;) {
      const changed = watches.map((watch) => {
        let any = false;
        for (let event = watch.next(); event !== undefined; event = watch.next()) any ||= event.type === "MODIFIED";
        return any;
      });
      if (changed.includes(true)) {
        yield* sleepUntil(Math.ceil(world.scheduler.nowMs / RESYNC_MS) * RESYNC_MS);
        for (const worker of this.workers) worker.refreshVolumes();
      } else yield { on: watches.map(({ ready }) => ready) };
    }
  }
}
