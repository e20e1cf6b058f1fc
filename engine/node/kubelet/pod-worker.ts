/**
 * One Pod on this node, from its volumes and sandbox to its end: pkg/kubelet/pod_workers.go and
 * kuberuntime. Each container lives in a Task of its own; the status is written once for all that
 * changed in one instant.
 *
 * Deleting: preStop, SIGTERM and SIGKILL share one grace period; then the sandbox goes, and last
 * the object.
 */
import { SysError } from "../../core/errno";
import type { TaskHandle } from "../../core/scheduler";
import { Signal, sleepUntil, type Task } from "../../core/task";
import type { Process } from "../../host/process";
import { Netns } from "../../net/netns";
import { linkSet } from "../../net/netlink";
import type { Container, Pod } from "../../kube/types";
import { CniProblem } from "../cni/cni";
import { PodContainer } from "./container";
import { type KubeletContext, containerId, nowRfc3339 } from "./context";
import { ContainerLife } from "./container-life";
import { resolvConf } from "./files";
import { notModelled } from "./not-modelled";
import { sharedPids } from "./pid-namespaces";
import { PodEvents } from "./pod-events";
import { podStatus } from "./status";
import { hasten, servedBy, terminate } from "./termination";
import { deepEqual } from "../../kube/freeze";
import { MountProblem, PodVolumes } from "./volumes";

export type Sandbox = {
  readonly id: string;
  readonly netns: Netns;
  readonly ip: string;
  readonly host: boolean;
  /** What its containers find as /etc/resolv.conf: written once, with the sandbox. */
  readonly resolvConf: string;
  /** /pause of a Pod whose containers share one PID namespace. */
  readonly pause?: Process;
};

/** --sync-frequency: all Pods of a node on the whole minute. */
const SYNC_MS = 60_000;

export class PodWorker {
  readonly containers: PodContainer[];
  readonly volumes: PodVolumes;
  readonly events: PodEvents;
  readonly changed = new Signal();
  sandbox: Sandbox | undefined;
  terminating = false;
  finished = false;
  readonly #life: TaskHandle;
  readonly #tasks = new Set<TaskHandle>();
  /** The Tasks that start containers, and start them again. */
  #lives: TaskHandle[] = [];
  /** They have been ended: whatever ends now stays as it is. */
  nobodyRestarts = false;
  #graceSeconds = Number.POSITIVE_INFINITY;
  /** Why the whole Pod has failed, when it is none of its containers' doing. */
  #failure: { readonly reason: string; readonly message: string } | undefined;
  readonly #startTime: string;
  /** What a container waits for before anything is known of it. */
  readonly #initialReason: string;
  #writing = false;

  constructor(
    readonly context: KubeletContext,
    public pod: Pod,
    private readonly onGone: () => void,
  ) {
    const { initContainers = [], containers } = pod.spec;
    this.#initialReason = initContainers.length > 0 ? "PodInitializing" : "ContainerCreating";
    this.containers = [
      ...initContainers.map((spec) => new PodContainer(spec, (spec as { readonly restartPolicy?: string }).restartPolicy === "Always" ? "sidecar" : "init", context, "PodInitializing", () => this.publish())),
      ...containers.map((spec) => new PodContainer(spec, "app", context, this.#initialReason, () => this.publish())),
    ];
    this.volumes = new PodVolumes(context, () => this.sandbox?.ip ?? "");
    this.events = new PodEvents(context, () => this.pod);
    this.#startTime = pod.status.startTime ?? nowRfc3339(context);
    this.#life = this.start(this.#live());
    if (pod.spec.activeDeadlineSeconds !== undefined) this.start(this.#deadline());
  }

  /** A Task of this Pod's; it ends with it at the latest. */
  start(task: Task<unknown>): TaskHandle {
    const handle: TaskHandle = this.context.world.scheduler.spawn(task, () => this.#tasks.delete(handle));
    this.#tasks.add(handle);
    return handle;
  }

  /** The API server's object has changed. */
  update(pod: Pod): void {
    const { labels, annotations } = this.pod.metadata;
    this.pod = pod;
    if (pod.metadata.labels !== labels || pod.metadata.annotations !== annotations) this.#refreshDownward();
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminate(pod.metadata.deletionGracePeriodSeconds ?? 30);
    else {
      this.#redefine();
      this.#startEphemeral();
      this.publish();
    }
  }

  /** Only the image of a container can be another in a Pod that runs: such a one is ended and started anew. */
  #redefine(): void {
    const { initContainers = [], containers } = this.pod.spec;
    for (const container of this.containers) {
      const spec = [...initContainers, ...containers].find(({ name }) => name === container.name);
      if (spec === undefined || spec.image === container.spec.image || container.kind === "ephemeral") continue;
      container.redefine(spec);
      if (container.kind === "init") continue;
      const words = container.kind === "app" ? `Container ${container.name} definition changed, will be restarted` : `Init container ${container.name} definition changed`;
      this.start(terminate(this, container, this.pod.spec.terminationGracePeriodSeconds ?? 30, words));
    }
  }

  /** kubectl debug has put containers beside those that run: each is started once, as soon as there is a sandbox. */
  #startEphemeral(): void {
    if (this.sandbox === undefined || this.terminating) return;
    for (const spec of (this.pod.spec.ephemeralContainers ?? []) as readonly Container[]) {
      if (this.containers.some(({ name }) => name === spec.name)) continue;
      const container = new PodContainer(spec, "ephemeral", this.context, this.#initialReason, () => this.publish());
      this.containers.push(container);
      this.#lives.push(this.start(new ContainerLife(this, container).live()));
    }
  }

  /** Files of the downward API follow the Pod's labels and annotations, with its next sync. */
  #refreshDownward(): void {
    const { scheduler } = this.context.world;
    const follows = this.pod.spec.volumes?.some(({ downwardAPI, projected }) => downwardAPI !== undefined || projected?.sources?.some((source) => source.downwardAPI?.items?.some(({ fieldRef }) => fieldRef?.fieldPath.startsWith("metadata.labels") || fieldRef?.fieldPath.startsWith("metadata.annotations"))));
    if (!follows || this.terminating) return;
    const refresh = this.refreshVolumes.bind(this);
    this.start(
      (function* () {
        yield* sleepUntil(Math.ceil((scheduler.nowMs + 1) / SYNC_MS) * SYNC_MS);
        refresh();
      })(),
    );
  }

  /** ConfigMaps and Secrets may have changed under its volumes; what is missing now is left as it was. */
  refreshVolumes(): void {
    if (this.sandbox === undefined || this.terminating) return;
    try {
      this.volumes.setUp(this.pod);
    } catch (error) {
      if (!(error instanceof MountProblem)) throw error;
      this.events.say("Warning", "FailedMount", error.message);
    }
  }

  /** The object has gone while containers still ran: they are ended at once. */
  removed(): void {
    this.#terminate(0);
  }

  /** Asked for a second time, it can only become shorter. */
  #terminate(graceSeconds: number): void {
    if (graceSeconds >= this.#graceSeconds) return;
    this.#graceSeconds = graceSeconds;
    if (this.terminating) {
      for (const container of this.containers) {
        if (!container.running || container.killing === undefined) continue;
        this.events.say("Normal", "Killing", `Stopping container ${container.name}`, container.spec);
        hasten(this, container, graceSeconds);
      }
      return;
    }
    this.terminating = true;
    this.#life.kill();
    this.#stopLives();
    this.start(this.#end(graceSeconds));
  }

  *#live(): Task {
    this.publish();
    const ignored = notModelled(this.pod);
    if (ignored.length > 0) this.events.say("Warning", "NotModelled", `not modelled: ${ignored.join(", ")}`);
    yield* this.#prepare();
    this.#startEphemeral();
    this.publish();
    for (const container of this.containers) {
      if (container.kind !== "init" && container.kind !== "sidecar") continue;
      const life = new ContainerLife(this, container);
      if (container.kind === "sidecar") {
        this.#lives.push(this.start(life.live()));
        while (!container.started) yield { on: container.changed };
      } else if (!(yield* life.untilSuccess())) return;
    }
    for (const container of [...this.containers]) if (container.kind === "app") this.#lives.push(this.start(new ContainerLife(this, container).live()));
    yield* this.#untilAllOver();
  }

  /** From here on nothing is started again. */
  #stopLives(): void {
    this.nobodyRestarts = true;
    for (const life of this.#lives) life.kill();
    this.#lives = [];
  }

  /** When no app container will ever run again the Pod is over, and its sidecars with it. */
  *#untilAllOver(): Task {
    const apps = this.containers.filter(({ kind }) => kind === "app");
    while (!apps.every(({ state, startsAnew }) => state.kind === "terminated" && !startsAnew && !this.#restarts(state.how.exitCode))) yield { on: apps.map(({ changed }) => changed) };
    this.#stopLives();
    yield* this.#endAll(this.pod.spec.terminationGracePeriodSeconds ?? 30);
    this.#dropSandbox();
    this.publish();
  }

  /** All at once, but that sidecars wait for their turn. */
  *#endAll(graceSeconds: number): Task {
    const { scheduler } = this.context.world;
    const running = this.containers.filter((container) => container.running);
    const ending = running.map((container) => this.start(terminate(this, container, graceSeconds, undefined, servedBy(running, container))));
    while (ending.some((handle) => !handle.done)) yield { on: this.containers.map(({ changed }) => changed), deadlineMs: scheduler.nowMs + 1000 };
  }

  /** spec.activeDeadlineSeconds is over, however well it does. */
  *#deadline(): Task {
    const { scheduler } = this.context.world;
    const seconds = this.pod.spec.activeDeadlineSeconds ?? 0;
    yield* sleepUntil(scheduler.nowMs + seconds * 1000);
    if (this.terminating || this.nobodyRestarts) return;
    const failure = { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
    this.events.say("Normal", failure.reason, failure.message);
    this.#life.kill();
    this.#stopLives();
    yield* this.#endAll(this.pod.spec.terminationGracePeriodSeconds ?? 30);
    this.#failure = failure;
    this.#dropSandbox();
    this.publish();
  }

  #restarts(exitCode: number): boolean {
    const { restartPolicy = "Always" } = this.pod.spec;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
  }

  /** Volumes and sandbox, tried again with growing pauses until they are there. */
  *#prepare(): Task {
    const { scheduler } = this.context.world;
    for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 122_000)) {
      try {
        this.volumes.setUp(this.pod);
        break;
      } catch (error) {
        if (!(error instanceof MountProblem)) throw error;
        this.events.say("Warning", "FailedMount", error.message);
        yield* sleepUntil(scheduler.nowMs + pauseMs);
      }
    }
    for (;;) {
      const { text, complaints } = resolvConf(this.context, this.pod);
      const problem = yield* this.#makeSandbox(text);
      if (problem === undefined) {
        for (const complaint of complaints) this.events.say("Warning", "DNSConfigForming", complaint);
        return;
      }
      this.events.say("Warning", problem.reason, problem.message);
      yield { on: this.context.cni.changed, deadlineMs: scheduler.nowMs + 12_000 };
    }
  }

  // Never yields: making one takes no time of its own
  *#makeSandbox(dns: string): Task<{ reason: string; message: string } | undefined> {
    const { context, pod } = this;
    const id = containerId(context.rng);
    if (pod.spec.hostNetwork) {
      this.sandbox = { id, netns: context.machine.netns, ip: context.nodeIP, host: true, resolvConf: dns, ...sharedPids(context, pod, context.machine.netns) };
      return undefined;
    }
    if (!context.cni.ready) return { reason: "NetworkNotReady", message: "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized" };
    const netns = new Netns(context.world, pod.metadata.name);
    netns.log = context.machine.netns.log;
    netns.putOff(() => linkSet(netns, "lo", { up: true }));
    try {
      const { ip } = context.cni.add({ namespace: pod.metadata.namespace ?? "default", name: pod.metadata.name, id, netns });
      this.sandbox = { id, netns, ip, host: false, resolvConf: dns, ...sharedPids(context, pod, netns) };
      netns.held = true;
      context.machine.netns.names.set(netnsName(id), netns);
      for (const { name, value } of pod.spec.securityContext?.sysctls ?? []) netns.sysctl.set(name, value);
      return undefined;
    } catch (error) {
      if (error instanceof SysError) return { reason: "FailedCreatePodSandBox", message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: open /proc/sys/net: ${error.message.toLowerCase()}: unknown` };
      if (!(error instanceof CniProblem)) throw error;
      return { reason: "FailedCreatePodSandBox", message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${id}": plugin type="${context.cni.name}" failed (add): ${error.message}` };
    }
  }

  #dropSandbox(): void {
    const { sandbox, context, pod } = this;
    if (sandbox === undefined) return;
    sandbox.pause?.kill("SIGKILL");
    if (!sandbox.host) context.cni.delete({ namespace: pod.metadata.namespace ?? "default", name: pod.metadata.name, id: sandbox.id, netns: sandbox.netns });
    context.machine.netns.names.delete(netnsName(sandbox.id));
    this.sandbox = undefined;
  }

  *#end(graceSeconds: number): Task {
    yield* this.#endAll(graceSeconds);
    for (const container of this.containers) if (container.state.kind === "waiting" && container.last !== undefined) container.state = { kind: "terminated", how: container.last };
    this.#write();
    this.#dropSandbox();
    this.finished = true;
    for (const handle of [...this.#tasks]) if (!handle.done) handle.kill();
    this.onGone();
  }

  /** The status will be written when this instant is over. */
  publish(): void {
    this.changed.notify();
    if (this.#writing) return;
    this.#writing = true;
    this.context.world.scheduler.soon(() => {
      this.#writing = false;
      if (!this.finished) this.#write();
    });
  }

  #write(): void {
    const { context } = this;
    const stored = context.store.get("Pod", this.pod.metadata.name, this.pod.metadata.namespace);
    if (stored === undefined || stored.metadata.uid !== this.pod.metadata.uid) return;
    const status = podStatus({ pod: stored, containers: this.containers, podIP: this.sandbox?.ip ?? stored.status.podIP, hostIP: context.nodeIP, startTime: this.#startTime, now: nowRfc3339(context), sandboxReady: this.sandbox !== undefined, failure: this.#failure });
    if (!deepEqual(status, stored.status)) this.pod = context.store.updateWholeStatus<"Pod">(stored, status);
  }
}

/** The file in /run/netns under which containerd keeps a sandbox's network namespace: a number that chance chose. */
function netnsName(id: string): string {
  return `cni-${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20, 32)}`;
}
