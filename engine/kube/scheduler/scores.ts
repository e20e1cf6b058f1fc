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
const ZONE = "topology.kubernetes.io/zone";

/** One score for each of `nodes`, at its place. */
export type Scores = number[];

/** What a plugin gives everybody alike is left out: only the differences decide. */
export function scoreNodes(cache: SchedulerCache, store: Store, pod: Pod, nodes: readonly NodeInfo[]): Scores {
  const totals: Scores = new Array<number>(nodes.length).fill(0);
  const add = (scores: Scores, weight: number): void => {
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
  };
  const { requests, nonZero } = requestsOf(pod.spec);
  add(nodes.map((info) => leastAllocated(info, nonZero)), 1);
  if (Object.keys(requests).length > 0) add(nodes.map((info) => balanced(info, requests.cpu ?? 0, requests.memory ?? 0)), 1);
  const disliked = nodes.map(({ node }) => intolerable(pod, node));
  if (disliked.some((count) => count > 0)) add(normalized(disliked, true), 3);
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  if (preferred !== undefined) add(normalized(nodes.map(({ node }) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0)), false), 2);
  const attraction = affinityScore(cache, store, pod);
  if (attraction !== undefined) add(between(nodes.map(({ node }) => attraction(node))), 2);
  const spread = spreadScores(softSpreads(cache, pod, defaultSelectors(store, pod)), nodes);
  if (spread !== undefined) add(spread, 2);
  return totals;
}

function leastAllocated(info: NodeInfo, asked: { readonly cpu: number; readonly memory: number }): number {
  const { allocatable, nonZero, lastFit } = info;
  // The next Pod asks for the same as the last one, and on most nodes nothing has changed.
  if (lastFit?.cpu === asked.cpu && lastFit.memory === asked.memory) return lastFit.score;
  const left = (name: "cpu" | "memory"): number => {
    const all = allocatable[name] ?? 0;
    const used = nonZero[name] + asked[name];
    return all === 0 || used > all ? 0 : Math.floor(((all - used) * FULL) / all);
  };
  const score = Math.floor((left("cpu") + left("memory")) / 2);
  info.lastFit = { ...asked, score };
  return score;
}

function balanced({ allocatable, requested }: NodeInfo, cpu: number, memory: number): number {
  const share = (name: string, asked: number): number => Math.min(1, ((requested[name] ?? 0) + asked) / (allocatable[name] || 1));
  const deviation = Math.abs(share("cpu", cpu) - share("memory", memory)) / 2;
  return Math.floor((1 - deviation) * FULL);
}

function intolerable({ spec }: Pod, node: Node): number {
  const { taints } = node.spec;
  return taints === undefined ? 0 : taints.filter((taint) => taint.effect === "PreferNoSchedule" && !tolerates(spec.tolerations, taint)).length;
}

/** helper.DefaultNormalizeScore */
function normalized(scores: Scores, reverse: boolean): Scores {
  const most = greatest(scores, 0);
  return scores.map((score) => {
    if (most === 0) return reverse ? FULL : score;
    return reverse ? FULL - Math.floor((FULL * score) / most) : Math.floor((FULL * score) / most);
  });
}

/** From the least to the most: InterPodAffinity's way. */
function between(scores: Scores): Scores {
  const [least, most] = [-greatest(scores.map((score) => -score)), greatest(scores)];
  return scores.map((score) => (most === least ? 0 : Math.floor((FULL * (score - least)) / (most - least))));
}

export function greatest(scores: Scores, least = Number.NEGATIVE_INFINITY): number {
  let most = least;
  for (const score of scores) if (score > most) most = score;
  return most;
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

/** Undefined: it makes no difference. A node without one of the labels (but that of its zone) gets nothing. */
function spreadScores(spreads: readonly Spread[], nodes: readonly NodeInfo[]): Scores | undefined {
  const needed = spreads.filter(({ topologyKey }) => topologyKey !== ZONE);
  const labelled = nodes.map(({ node }) => needed.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined));
  const raw: Scores = new Array<number>(nodes.length).fill(0);
  let any = false;
  for (const spread of spreads) any = addSpread(raw, spread, nodes, labelled) || any;
  if (!any) return undefined;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < raw.length; i++) {
    if (labelled[i] !== true) continue;
    const score = Math.round(raw[i] as number);
    raw[i] = score;
    if (score < least) least = score;
    if (score > most) most = score;
  }
  return raw.map((score, i) => {
    if (labelled[i] !== true) return 0;
    return most === 0 ? FULL : Math.floor((FULL * (most + least - score)) / most);
  });
}

/** False when none of the nodes has the label. */
function addSpread(raw: Scores, { topologyKey, maxSkew, perNode }: Spread, nodes: readonly NodeInfo[], labelled: readonly boolean[]): boolean {
  const domains = new Map<string, number>();
  const domainOf = nodes.map(({ node }, i) => (labelled[i] === true ? node.metadata.labels?.[topologyKey] : undefined));
  for (let i = 0; i < nodes.length; i++) {
    const domain = domainOf[i];
    if (domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + (perNode.get((nodes[i] as NodeInfo).node.metadata.name) ?? 0));
  }
  if (domains.size === 0) return false;
  const weight = naturalLog(domains.size + 2);
  for (let i = 0; i < nodes.length; i++) {
    const domain = domainOf[i];
    if (domain !== undefined) raw[i] = (raw[i] as number) + (domains.get(domain) ?? 0) * weight + (maxSkew - 1);
  }
  return true;
}
