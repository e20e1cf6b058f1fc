/**
 * kube-scheduler: takes the Pods that have no node yet, one by one, the most important and longest
 * waiting first; filters, scores, binds. What found no place waits until the cluster changes.
 */
import type { Timer } from "../../core/scheduler";
import type { World } from "../../core/world";
import type { Rng } from "../../core/rng";
import { EventRecorder } from "../events";
import { withDisruption } from "../pods";
import { bind } from "../rest/subresources";
import { ApiError } from "../status";
import type { Change } from "../storage";
import type { Store } from "../store";
import type { Node, Pod } from "../types";
import { type NodeInfo, SchedulerCache } from "./cache";
import { filterFor, type Refusal } from "./filters";
import { Nominations } from "./nominations";
import { BY_SCHEDULER, type Candidate, preempt, type Preemption } from "./preemption";
import { SchedulingQueue, type Waiting } from "./queue";
import { greatest, scoreNodes } from "./scores";

/** What one scheduling cycle and its binding take. */
const CYCLE_MS = 1;
const ENOUGH_NODES = 100;

export class Scheduler {
  readonly #queue = new SchedulingQueue();
  readonly #nominations = new Nominations();
  readonly #rng: Rng;
  readonly #events: EventRecorder;
  #cache: SchedulerCache;
  #leave: (() => void)[] = [];
  #turn: Timer | undefined;
  /** Where the search over nodes goes on, so that all of them get their share. */
  #next = 0;

  constructor(
    private readonly world: World,
    private readonly store: Store,
    readonly name = "default-scheduler",
  ) {
    this.#rng = world.rng.fork("kube-scheduler");
    this.#events = new EventRecorder(world, store, name, "events.k8s.io");
    this.#cache = new SchedulerCache(store);
  }

  get isRunning(): boolean {
    return this.#leave.length > 0;
  }

  start(): void {
    if (this.isRunning) return;
    this.#cache = new SchedulerCache(this.store);
    this.#leave = [this.store.subscribe("Pod", (change) => this.#podChanged(change)), this.store.subscribe("Node", (change) => this.#nodeChanged(change))];
    for (const pod of this.store.list("Pod")) {
      this.#nominations.podChanged(pod, false);
      this.#enqueue(pod);
    }
  }

  stop(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#queue.clear();
    this.#nominations.clear();
  }

  #podChanged(change: Change<Pod>): void {
    const { object, type } = change;
    const { uid } = object.metadata;
    this.#cache.podChanged(change);
    this.#nominations.podChanged(object, type === "DELETED");
    const freed = object.spec.nodeName !== undefined && (type === "DELETED" || object.status.phase === "Succeeded" || object.status.phase === "Failed");
    if (type === "DELETED" || object.spec.nodeName || object.metadata.deletionTimestamp !== undefined) this.#queue.delete(uid);
    else this.#enqueue(object);
    if (freed || (type === "MODIFIED" && object.spec.nodeName && change.old?.spec.nodeName === undefined)) this.#unpark();
  }

  #nodeChanged(change: Change<Node>): void {
    const { object, old, type } = change;
    this.#cache.nodeChanged(change);
    // Heartbeats change nothing that matters here.
    const same = old !== undefined && old.spec === object.spec && old.metadata.labels === object.metadata.labels && JSON.stringify(old.status.allocatable) === JSON.stringify(object.status.allocatable);
    if (type !== "DELETED" && !same) this.#unpark();
  }

  #unpark(): void {
    this.#queue.unpark();
    this.#wake();
  }

  #enqueue(pod: Pod): void {
    const { metadata, spec, status } = pod;
    if (spec.nodeName || (spec.schedulerName ?? this.name) !== this.name || metadata.deletionTimestamp !== undefined) return;
    if ((spec.schedulingGates ?? []).length > 0 || status.phase === "Failed" || status.phase === "Succeeded") return;
    this.#queue.put(pod);
    this.#wake();
  }

  #wake(): void {
    const { scheduler } = this.world;
    const nowMs = scheduler.nowMs;
    // What is due next cannot be sooner than the next turn.
    if (this.#turn !== undefined && this.#turn.dueMs <= nowMs + CYCLE_MS) return;
    const dueMs = Math.max(this.#queue.dueMs(nowMs), nowMs + CYCLE_MS);
    if (dueMs === Number.POSITIVE_INFINITY || (this.#turn !== undefined && this.#turn.dueMs <= dueMs)) return;
    this.#turn?.cancel();
    this.#turn = scheduler.at(dueMs, () => {
      this.#turn = undefined;
      const next = this.#queue.pop(scheduler.nowMs);
      if (next !== undefined) this.#schedule(next);
      this.#wake();
    });
  }

  #schedule(waiting: Waiting): void {
    const { pod } = waiting;
    const { feasible, refusals } = this.#findNodes(pod);
    if (feasible.length === 0) return this.#failed(waiting, refusals);
    const chosen = this.#select(pod, feasible);
    const { namespace = "", name, uid } = pod.metadata;
    const nodeName = chosen.node.metadata.name;
    this.#queue.delete(uid);
    try {
      bind(this.store, namespace, name, nodeName);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      return; // It went meanwhile, or somebody else has bound it: its own change will tell.
    }
    this.#events.record(pod, { type: "Normal", reason: "Scheduled", action: "Binding", message: `Successfully assigned ${namespace}/${name} to ${nodeName}` });
  }

  /** In a large cluster it is enough to find enough: numFeasibleNodesToFind. A node that was nominated for it comes first. */
  #findNodes(pod: Pod): { readonly feasible: readonly NodeInfo[]; readonly refusals: ReadonlyMap<NodeInfo, Refusal> } {
    const all = this.#cache.nodeList;
    const filter = this.#filter(pod);
    const nominated = pod.status.nominatedNodeName ? this.#cache.nodes.get(pod.status.nominatedNodeName) : undefined;
    if (nominated !== undefined && filter(nominated) === undefined) return { feasible: [nominated], refusals: new Map() };
    const enough = all.length <= ENOUGH_NODES ? all.length : Math.max(ENOUGH_NODES, Math.floor((all.length * Math.max(5, 50 - all.length / 125)) / 100));
    const feasible: NodeInfo[] = [];
    const refusals = new Map<NodeInfo, Refusal>();
    let looked = 0;
    for (; looked < all.length && feasible.length < enough; looked++) {
      const info = all[(this.#next + looked) % all.length] as NodeInfo;
      const refusal = filter(info);
      if (refusal === undefined) feasible.push(info);
      else refusals.set(info, refusal);
    }
    this.#next = all.length === 0 ? 0 : (this.#next + looked) % all.length;
    return { feasible, refusals };
  }

  /** RunFilterPluginsWithNominatedPods: a node must do both with those that wait for it and are as important, and without them. */
  #filter(pod: Pod): (info: NodeInfo) => Refusal | undefined {
    const cache = this.#cache;
    const plain = filterFor(cache, this.store, pod);
    if (this.#nominations.none) return plain;
    return (info) => {
      const name = info.node.metadata.name;
      const expected = this.#nominations.on(name, pod);
      if (expected.length === 0) return plain(info);
      return cache.with(expected, name, () => filterFor(cache, this.store, pod)(info)) ?? plain(info);
    };
  }

  #select(pod: Pod, feasible: readonly NodeInfo[]): NodeInfo {
    const [only] = feasible;
    if (feasible.length === 1 && only !== undefined) return only;
    const scores = scoreNodes(this.#cache, this.store, pod, feasible);
    const most = greatest(scores);
    const best = feasible.filter((_, i) => scores[i] === most);
    return best[this.#rng.below(best.length)] as NodeInfo;
  }

  #failed(waiting: Waiting, refusals: ReadonlyMap<NodeInfo, Refusal>): void {
    const { pod } = waiting;
    this.#queue.park(waiting, this.world.scheduler.nowMs);
    const found: Preemption = refusals.size === 0 ? { message: "" } : preempt(this.#cache, this.store, pod, refusals, () => this.#filter(pod));
    const message = explain(refusals, "message" in found ? found.message : "");
    if ("candidate" in found) this.#makeRoom(pod, found.candidate);
    this.#events.record(pod, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", message });
    // Who waits for its victims to go keeps its nomination.
    const nominated = "candidate" in found ? found.candidate.info.node.metadata.name : found.message.endsWith("nominated node.") ? pod.status.nominatedNodeName : undefined;
    this.#writeUnschedulable(pod, message, nominated);
  }

  /** Its victims go with the grace they have; others who were to have the node for less have to look again. */
  #makeRoom(pod: Pod, { info, victims }: Candidate): void {
    const { store } = this;
    const node = info.node.metadata.name;
    for (const { metadata } of victims) {
      const victim = store.get("Pod", metadata.name, metadata.namespace);
      if (victim === undefined) continue;
      store.updateStatus<"Pod">(withDisruption(victim, BY_SCHEDULER, `${this.name}: preempting to accommodate a higher priority pod`, store.context.now));
      store.delete("Pod", metadata.name, metadata.namespace);
      this.#events.record(victim, { type: "Normal", reason: "Preempted", action: "Preempting", message: `Preempted by pod ${pod.metadata.uid} on node ${node}` });
    }
    for (const { metadata, status, ...other } of this.#nominations.below(node, pod)) {
      const { nominatedNodeName: _nominated, ...rest } = status;
      store.updateStatus<"Pod">({ ...other, metadata, status: rest } as Pod);
    }
  }

  #writeUnschedulable(pod: Pod, message: string, nominated: string | undefined): void {
    const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
    const before = pod.status.conditions?.find(({ type }) => type === "PodScheduled");
    const lastTransitionTime = before?.status === "False" && before.lastTransitionTime ? before.lastTransitionTime : this.store.context.now;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastProbeTime: null as never, lastTransitionTime, observedGeneration: pod.metadata.generation ?? 1 };
    const { nominatedNodeName: _nominated, ...status } = pod.status;
    this.store.updateStatus<"Pod">({ ...pod, status: { ...status, ...(nominated !== undefined && { nominatedNodeName: nominated }), conditions: [...conditions, condition] } } as Pod);
  }
}

/** "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. preemption: …" */
function explain(refusals: ReadonlyMap<NodeInfo, Refusal>, preemption: string): string {
  const total = refusals.size;
  if (total === 0) return "no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const { reasons } of refusals.values()) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const listed = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${total} nodes are available: ${listed.join(", ")}.${preemption === "" ? "" : ` ${preemption}`}`;
}
