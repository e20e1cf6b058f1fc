/**
 * DefaultPreemption (pkg/scheduler/framework/preemption): a Pod that fits nowhere may take the
 * place of less important ones. On each node all of those are thought away; if the Pod fits then,
 * as many as can stay are put back, the most important first and those a disruption budget
 * protects before others. The node whose loss is smallest is nominated, and its victims deleted.
 */
import { parseRfc3339 } from "../../core/date";
import { matchesLabels } from "../selectors";
import type { Store } from "../store";
import type { Pod, PodDisruptionBudget } from "../types";
import type { NodeInfo, SchedulerCache } from "./cache";
import type { Refusal } from "./filters";

export type Candidate = { readonly info: NodeInfo; readonly victims: readonly Pod[]; readonly violations: number };

/** What came of it: a node to wait for, or the words that end the FailedScheduling message. */
export type Preemption = { readonly candidate: Candidate } | { readonly message: string };

export const NO_VICTIMS = "No preemption victims found for incoming pod";
export const NOT_HELPFUL = "Preemption is not helpful for scheduling";
export const BY_SCHEDULER = "PreemptionByScheduler";

type Filter = (info: NodeInfo) => Refusal | undefined;

/** `filter` makes the filter anew, for the cluster as the cache has it at that moment. */
export function preempt(cache: SchedulerCache, store: Store, pod: Pod, refusals: ReadonlyMap<NodeInfo, Refusal>, filter: () => Filter): Preemption {
  const ineligible = whyNot(cache, store, pod, refusals);
  if (ineligible !== undefined) return { message: `preemption: ${ineligible}` };
  const candidates: Candidate[] = [];
  const counts = new Map<string, number>();
  for (const [info, { helpless }] of refusals) {
    const found = helpless ? [NOT_HELPFUL] : victimsOn(cache, store, pod, info, filter);
    if ("info" in found) candidates.push(found);
    else for (const reason of found) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const best = pickOne(candidates);
  if (best !== undefined) return { candidate: best };
  const listed = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return { message: `preemption: 0/${refusals.size} nodes are available: ${listed.join(", ")}.` };
}

/** PodEligibleToPreemptOthers */
function whyNot(cache: SchedulerCache, store: Store, { spec, status }: Pod, refusals: ReadonlyMap<NodeInfo, Refusal>): string | undefined {
  if (spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = status.nominatedNodeName ? cache.nodes.get(status.nominatedNodeName) : undefined;
  if (nominated === undefined || refusals.get(nominated)?.helpless === true) return undefined;
  const leaving = podsOn(nominated, store).some((other) => priorityOf(other) < (spec.priority ?? 0) && isLeaving(other));
  return leaving ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

/** The cache keeps Pods as they were when they came: it cares for their specs only. */
function podsOn({ pods }: NodeInfo, store: Store): readonly Pod[] {
  return [...pods.values()].map((pod) => store.get("Pod", pod.metadata.name, pod.metadata.namespace) ?? pod);
}

/** Because somebody more important was to come. */
function isLeaving({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && (status.conditions ?? []).some(({ type, status: is, reason }) => type === "DisruptionTarget" && is === "True" && reason === BY_SCHEDULER);
}

/** SelectVictimsOnNode; reasons when nothing is gained. */
function victimsOn(cache: SchedulerCache, store: Store, pod: Pod, info: NodeInfo, filter: () => Filter): Candidate | readonly string[] {
  const lesser = podsOn(info, store).filter((other) => priorityOf(other) < priorityOf(pod)).sort(moreImportant);
  if (lesser.length === 0) return [NO_VICTIMS];
  const away = new Set<Pod>();
  const refusal = (): Refusal | undefined => cache.without([...away], () => filter()(info));
  for (const one of lesser) away.add(one);
  const still = refusal();
  if (still !== undefined) return still.reasons;
  const { violating, others } = byBudget(lesser, store);
  let violations = 0;
  for (const one of [...violating, ...others]) {
    away.delete(one);
    if (refusal() === undefined) continue;
    away.add(one);
    if (violating.includes(one)) violations++;
  }
  return { info, victims: lesser.filter((one) => away.has(one)), violations };
}

/** filterPodsWithPDBViolation */
function byBudget(pods: readonly Pod[], store: Store): { readonly violating: readonly Pod[]; readonly others: readonly Pod[] } {
  const left = new Map<PodDisruptionBudget, number>(store.list("PodDisruptionBudget").map((budget) => [budget, budget.status.disruptionsAllowed]));
  const violating = pods.filter((pod) => {
    let violates = false;
    for (const [budget, allowed] of left) {
      if (budget.metadata.namespace !== pod.metadata.namespace || !picks(budget, pod) || budget.status.disruptedPods?.[pod.metadata.name] !== undefined) continue;
      left.set(budget, allowed - 1);
      if (allowed - 1 < 0) violates = true;
    }
    return violates;
  });
  return { violating, others: pods.filter((pod) => !violating.includes(pod)) };
}

function picks({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length > 0 && matchesLabels(spec.selector, metadata.labels);
}

/** pickOneNodeForPreemption: each criterion leaves those that are best by it. */
function pickOne(candidates: readonly Candidate[]): Candidate | undefined {
  const criteria: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => Math.max(...victims.map(priorityOf)),
    ({ victims }) => victims.reduce((sum, victim) => sum + priorityOf(victim) + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestOfMostImportant(victims),
  ];
  let left = candidates;
  for (const criterion of criteria) {
    const least = Math.min(...left.map(criterion));
    left = left.filter((candidate) => criterion(candidate) === least);
  }
  return left[0];
}

function earliestOfMostImportant(victims: readonly Pod[]): number {
  const most = Math.max(...victims.map(priorityOf));
  return Math.min(...victims.filter((victim) => priorityOf(victim) === most).map(startOf));
}

/** MoreImportantPod: priority, then who has run longer. */
function moreImportant(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** One that has not started yet would start now, later than all others. */
function startOf({ status }: Pod): number {
  return parseRfc3339(status.startTime ?? "") ?? Number.MAX_SAFE_INTEGER;
}
