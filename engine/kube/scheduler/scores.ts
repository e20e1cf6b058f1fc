/**
 * Which of the nodes that would do is best: the default plugins with their default weights.
 * NodeResourcesFit (least allocated) 1, BalancedAllocation 1, TaintToleration 3, NodeAffinity 2,
 * PodTopologySpread 2, InterPodAffinity 2. Each comes to 0 … 100 before it is weighed.
 *
 * Differs: ImageLocality is left out; images cost nothing to pull twice here.
 */
import { naturalLog } from "../../core/numbers";
import { selects } from "../selectors";
import type { Store } from "../store";
import { controllerOf } from "../pods";
import { matchesLabels } from "../selectors";
import type { Labels, Node, Pod } from "../types";
import { type NodeInfo, requestsOf, type SchedulerCache } from "./cache";
import { matchesTerm, tolerates } from "./node-affinity";
import { affinityScore, softSpreads, type Spread } from "./topology";

const FULL = 100;

export function scoreNodes(cache: SchedulerCache, store: Store, pod: Pod, nodes: readonly NodeInfo[]): ReadonlyMap<NodeInfo, number> {
  const totals = new Map(nodes.map((info) => [info, 0]));
  const add = (scores: ReadonlyMap<NodeInfo, number>, weight: number): void => {
    for (const [info, score] of scores) totals.set(info, (totals.get(info) ?? 0) + score * weight);
  };
  const { requests, nonZero } = requestsOf(pod.spec);
  add(each(nodes, (info) => leastAllocated(info, nonZero)), 1);
  if (Object.keys(requests).length > 0) add(each(nodes, (info) => balanced(info, requests.cpu ?? 0, requests.memory ?? 0)), 1);
  add(normalized(each(nodes, ({ node }) => intolerable(pod, node)), true), 3);
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  if (preferred !== undefined) add(normalized(each(nodes, ({ node }) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0)), false), 2);
  const attraction = affinityScore(cache, store, pod);
  if (attraction !== undefined) add(between(each(nodes, ({ node }) => attraction(node))), 2);
  add(spreadScores(softSpreads(cache, pod, defaultSelectors(store, pod)), nodes), 2);
  return totals;
}

function each(nodes: readonly NodeInfo[], score: (info: NodeInfo) => number): Map<NodeInfo, number> {
  return new Map(nodes.map((info) => [info, score(info)]));
}

function leastAllocated({ allocatable, nonZero }: NodeInfo, asked: { readonly cpu: number; readonly memory: number }): number {
  const left = (name: "cpu" | "memory"): number => {
    const all = allocatable[name] ?? 0;
    const used = nonZero[name] + asked[name];
    return all === 0 || used > all ? 0 : Math.floor(((all - used) * FULL) / all);
  };
  return Math.floor((left("cpu") + left("memory")) / 2);
}

function balanced({ allocatable, requested }: NodeInfo, cpu: number, memory: number): number {
  const share = (name: string, asked: number): number => Math.min(1, ((requested[name] ?? 0) + asked) / (allocatable[name] || 1));
  const deviation = Math.abs(share("cpu", cpu) - share("memory", memory)) / 2;
  return Math.floor((1 - deviation) * FULL);
}

function intolerable({ spec }: Pod, node: Node): number {
  return (node.spec.taints ?? []).filter((taint) => taint.effect === "PreferNoSchedule" && !tolerates(spec.tolerations, taint)).length;
}

/** helper.DefaultNormalizeScore */
function normalized(scores: Map<NodeInfo, number>, reverse: boolean): Map<NodeInfo, number> {
  const most = Math.max(0, ...scores.values());
  for (const [info, score] of scores) {
    if (most === 0) scores.set(info, reverse ? FULL : score);
    else scores.set(info, reverse ? FULL - Math.floor((FULL * score) / most) : Math.floor((FULL * score) / most));
  }
  return scores;
}

/** From the least to the most: InterPodAffinity's way. */
function between(scores: Map<NodeInfo, number>): Map<NodeInfo, number> {
  const values = [...scores.values()];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  for (const [info, score] of scores) scores.set(info, most === least ? 0 : Math.floor((FULL * (score - least)) / (most - least)));
  return scores;
}

/** What belongs to a Service, ReplicaSet or StatefulSet is spread even when nobody asks: the selectors it is counted by. */
function defaultSelectors(store: Store, pod: Pod): readonly ((labels: Labels) => boolean)[] {
  const { namespace = "", labels } = pod.metadata;
  const picks: ((labels: Labels) => boolean)[] = [];
  for (const { spec } of store.storage.selecting(namespace, labels ?? {})) {
    const { selector } = spec;
    if (selector !== undefined && selects(selector, labels)) picks.push((others) => selects(selector, others));
  }
  const owner = controllerOf(pod);
  if (owner?.kind === "ReplicaSet" || owner?.kind === "StatefulSet") {
    const selector = store.get(owner.kind, owner.name, namespace)?.spec.selector;
    if (selector !== undefined) picks.push((others) => matchesLabels(selector, others));
  }
  return picks;
}

function spreadScores(spreads: readonly Spread[], nodes: readonly NodeInfo[]): ReadonlyMap<NodeInfo, number> {
  const labelled = nodes.filter(({ node }) => spreads.every(({ topologyKey }) => topologyKey === "topology.kubernetes.io/zone" || node.metadata.labels?.[topologyKey] !== undefined));
  const used = spreads.filter(({ topologyKey }) => labelled.some(({ node }) => node.metadata.labels?.[topologyKey] !== undefined));
  if (used.length === 0) return new Map();
  const raw = new Map<NodeInfo, number>(labelled.map((info) => [info, 0]));
  for (const { topologyKey, maxSkew, perNode } of used) {
    const domains = new Map<string, number>();
    for (const { node } of labelled) {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + (perNode.get(node.metadata.name) ?? 0));
    }
    const weight = naturalLog(domains.size + 2);
    for (const info of labelled) {
      const domain = info.node.metadata.labels?.[topologyKey];
      if (domain !== undefined) raw.set(info, (raw.get(info) ?? 0) + (domains.get(domain) ?? 0) * weight + (maxSkew - 1));
    }
  }
  const rounded = [...raw.values()].map(Math.round);
  const [least, most] = [Math.min(...rounded), Math.max(...rounded)];
  return new Map(nodes.map((info) => {
    const score = raw.get(info);
    if (score === undefined) return [info, 0];
    return [info, most === 0 ? FULL : Math.floor((FULL * (most + least - Math.round(score))) / most)];
  }));
}
