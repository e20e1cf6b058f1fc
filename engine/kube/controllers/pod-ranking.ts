/**
 * Which Pods go first when there are too many (ActivePodsWithRanks): those that serve least, cost
 * least to delete, crowd a node, or have been ready for the shortest time, as powers of two go.
 */
import { floorLog2 } from "../../core/numbers";
import { parseRfc3339 } from "../../core/date";
import { compare } from "../../core/order";
import { isPodReady, podCondition } from "../pods";
import type { Pod } from "../types";

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Sorted so that the first `n` are to be deleted. `rank` says how many relatives share a Pod's node. */
export function rankForDeletion(pods: readonly Pod[], rank: (pod: Pod) => number, nowMs: number): readonly Pod[] {
  const age = (sinceMs: number): Age => ({ sinceMs, magnitude: magnitude(nowMs - sinceMs) });
  const criteria: readonly ((pod: Pod) => number | Age)[] = [
    (pod) => (pod.spec.nodeName ? 1 : 0),
    (pod) => PHASES[pod.status.phase ?? ""] ?? 2,
    (pod) => (isPodReady(pod) ? 1 : 0),
    (pod) => Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0,
    (pod) => -rank(pod),
    (pod) => (isPodReady(pod) ? age(readySince(pod)) : 0),
    (pod) => -restarts(pod),
    (pod) => age(parseRfc3339(pod.metadata.creationTimestamp) ?? 0),
  ];
  return [...pods].sort((a, b) => {
    for (const criterion of criteria) {
      const difference = compareBy(criterion(a), criterion(b));
      if (difference === "as chance has it") break;
      if (difference !== 0) return difference;
    }
    return compare(a.metadata.uid, b.metadata.uid);
  });
}

type Age = { readonly sinceMs: number; readonly magnitude: number };

/** Two ages that differ, but not by enough, decide nothing, and end the comparison: the uid does then. */
function compareBy(a: number | Age, b: number | Age): number | "as chance has it" {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  if (a.sinceMs === b.sinceMs) return 0;
  return a.magnitude === b.magnitude ? "as chance has it" : a.magnitude - b.magnitude;
}

function readySince(pod: Pod): number {
  return parseRfc3339(podCondition(pod, "Ready")?.lastTransitionTime ?? "") ?? 0;
}

/** LogarithmicScaleDown: ages count as equal when their logarithms to base 2 (of nanoseconds) do. */
function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : floorLog2(ageMs * 1_000_000);
}

function restarts({ status }: Pod): number {
  return Math.max(0, ...(status.containerStatuses ?? []).map(({ restartCount }) => restartCount ?? 0));
}
