/** nodeSelector, node affinity, taints and tolerations: what one Pod and one node make of each other. */
import { selects } from "../selectors";
import type { Node, PodSpec, Taint, Toleration } from "../types";

type Affinity = NonNullable<NonNullable<PodSpec["affinity"]>["nodeAffinity"]>;
type Term = NonNullable<Affinity["requiredDuringSchedulingIgnoredDuringExecution"]>["nodeSelectorTerms"][number];
type Expression = NonNullable<Term["matchExpressions"]>[number];

export function matchesNodeSelector({ nodeSelector, affinity }: PodSpec, node: Node): boolean {
  if (nodeSelector !== undefined && !selects(nodeSelector, node.metadata.labels)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** The nodes that every term asks for by name, as those of a DaemonSet's Pods do; undefined when one of them does not. */
export function namedNodes({ affinity }: PodSpec): ReadonlySet<string> | undefined {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields.filter(({ key, operator }) => key === "metadata.name" && operator === "In").map(({ values = [] }) => values);
    const [first] = lists;
    if (first === undefined) return undefined;
    for (const name of first) if (lists.every((list) => list.includes(name))) names.add(name);
  }
  return names;
}

/** All of one term; a term that asks for nothing is met by nobody. */
export function matchesTerm({ matchExpressions = [], matchFields = [] }: Term, { metadata }: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return matchExpressions.every((expression) => meets(expression, metadata.labels?.[expression.key])) && matchFields.every((expression) => meets(expression, metadata.name));
}

function meets({ operator, values = [] }: Expression, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
  }
  return false;
}

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(({ key, operator = "Equal", value = "", effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (key && key !== taint.key) return false;
    return operator === "Exists" || (operator === "Equal" && Boolean(key) && value === (taint.value ?? ""));
  });
}

/** The first taint that keeps the Pod off the node, if there is one. */
export function untolerated(spec: PodSpec, node: Node, effects: readonly string[]): Taint | undefined {
  const { taints } = node.spec;
  return taints === undefined || taints.length === 0 ? undefined : taints.find((taint) => effects.includes(taint.effect) && !tolerates(spec.tolerations, taint));
}

export const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
