/**
 * kube-scheduler: takes the Pods that have no node yet, one by one, the most important and longest
 * waiting first; filters, scores, binds. What found no place waits until the cluster changes.
 *
 * Differs: it preempts nobody; a Pod of higher priority waits like any other.
 */
import type { Timer } from "../../core/scheduler";
import type { World } from "../../core/world";
import type { Rng } from "../../core/rng";
import { EventRecorder } from "../events";
import { bind } from "../rest/subresources";
import { ApiError } from "../status";
import type { Change } from "../storage";
import type { Store } from "../store";
import type { Node, Pod } from "../types";
import { type NodeInfo, SchedulerCache } from "./cache";
import { filterFor, type Refusal } from "./filters";
import { SchedulingQueue, type Waiting } from "./queue";
import { scoreNodes } from "./scores";

/** What one scheduling cycle and its binding take. */
const CYCLE_MS = 1;
const ENOUGH_NODES = 100;

export class Scheduler {
  readonly #queue = new SchedulingQueue();
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
    for (const pod of this.store.list("Pod")) this.#enqueue(pod);
  }

  stop(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#queue.clear();
  }

  #podChanged(change: Change<Pod>): void {
    const { object, type } = change;
    const { uid } = object.metadata;
    this.#cache.podChanged(change);
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

  /** In a large cluster it is enough to find enough: numFeasibleNodesToFind. */
  #findNodes(pod: Pod): { readonly feasible: readonly NodeInfo[]; readonly refusals: ReadonlyMap<NodeInfo, Refusal> } {
    const all = [...this.#cache.nodes.values()];
    const filter = filterFor(this.#cache, this.store, pod);
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

  #select(pod: Pod, feasible: readonly NodeInfo[]): NodeInfo {
    const [only] = feasible;
    if (feasible.length === 1 && only !== undefined) return only;
    const scores = scoreNodes(this.#cache, this.store, pod, feasible);
    const most = Math.max(...scores.values());
    const best = feasible.filter((info) => scores.get(info) === most);
    return best[this.#rng.below(best.length)] as NodeInfo;
  }

  #failed(waiting: Waiting, refusals: ReadonlyMap<NodeInfo, Refusal>): void {
    const { pod } = waiting;
    this.#queue.park(waiting, this.world.scheduler.nowMs);
    const message = explain(refusals);
    this.#events.record(pod, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", message });
    const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
    const before = pod.status.conditions?.find(({ type }) => type === "PodScheduled");
    const lastTransitionTime = before?.status === "False" && before.lastTransitionTime ? before.lastTransitionTime : this.store.context.now;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastProbeTime: null as never, lastTransitionTime, observedGeneration: pod.metadata.generation ?? 1 };
    this.store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, conditions: [...conditions, condition] } } as Pod);
  }
}

/** "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. preemption: …" */
function explain(refusals: ReadonlyMap<NodeInfo, Refusal>): string {
  const total = refusals.size;
  if (total === 0) return "no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const { reasons } of refusals.values()) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const listed = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const helpless = [...refusals.values()].filter((refusal) => refusal.helpless).length;
  const preemption = [
    ...(total > helpless ? [`${total - helpless} No preemption victims found for incoming pod`] : []),
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
  ].sort();
  return `0/${total} nodes are available: ${listed.join(", ")}. preemption: 0/${total} nodes are available: ${preemption.join(", ")}.`;
}
