/**
 * Where others run: affinity and anti-affinity between Pods, and spreading over topology domains
 * (plugins interpodaffinity and podtopologyspread).
 */
import { matchesLabels } from "../selectors";
import type { Store } from "../store";
import type { LabelSelector, Labels, Node, Pod } from "../types";
import { matchesNodeSelector, untolerated } from "./node-affinity";
import type { NodeInfo, SchedulerCache } from "./cache";

type PodAffinity = NonNullable<NonNullable<Pod["spec"]["affinity"]>["podAffinity"]>;
export type AffinityTerm = NonNullable<PodAffinity["requiredDuringSchedulingIgnoredDuringExecution"]>[number];
type Constraint = NonNullable<Pod["spec"]["topologySpreadConstraints"]>[number];

function namespacesOf(term: AffinityTerm, pod: Pod, store: Store): (namespace: string) => boolean {
  const named = new Set(term.namespaces ?? []);
  const { namespaceSelector } = term;
  if (namespaceSelector !== undefined) return (name) => named.has(name) || matchesLabels(namespaceSelector, store.get("Namespace", name)?.metadata.labels);
  if (named.size > 0) return (name) => named.has(name);
  return (name) => name === pod.metadata.namespace;
}

/** How many Pods the term picks, per domain of its topology. */
function countPerDomain(cache: SchedulerCache, store: Store, pod: Pod, term: AffinityTerm): ReadonlyMap<string, number> {
  const perNode = cache.countPerNode(namespacesOf(term, pod, store), (labels) => matchesLabels(term.labelSelector, labels));
  const counts = new Map<string, number>();
  for (const [name, count] of perNode) {
    const domain = cache.nodes.get(name)?.node.metadata.labels?.[term.topologyKey];
    if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + count);
  }
  return counts;
}

export type Check = (info: NodeInfo) => string | undefined;

/** The filter of InterPodAffinity for one Pod; undefined when it has nothing to say. */
export function affinityCheck(cache: SchedulerCache, store: Store, pod: Pod): Check | undefined {
  const affinity = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const anti = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const repelled = repelledDomains(cache, store, pod);
  if (affinity.length === 0 && anti.length === 0 && repelled.length === 0) return undefined;
  const wanted = affinity.map((term) => ({ term, counts: countPerDomain(cache, store, pod, term) }));
  const unwanted = anti.map((term) => ({ term, counts: countPerDomain(cache, store, pod, term) }));
  // The first of a group that only wants its own kind may go anywhere.
  const nobodyYet = wanted.every(({ term, counts }) => counts.size === 0 && namespacesOf(term, pod, store)(pod.metadata.namespace ?? "") && matchesLabels(term.labelSelector, pod.metadata.labels));
  return ({ node }) => {
    const domainOf = (key: string): string | undefined => node.metadata.labels?.[key];
    const attracted = wanted.every(({ term, counts }) => domainOf(term.topologyKey) !== undefined && (nobodyYet || (counts.get(domainOf(term.topologyKey) ?? "") ?? 0) > 0));
    if (!attracted) return "node(s) didn't match pod affinity rules";
    if (unwanted.some(({ term, counts }) => (counts.get(domainOf(term.topologyKey) ?? "\n") ?? 0) > 0)) return "node(s) didn't match pod anti-affinity rules";
    if (repelled.some(({ key, domain }) => domainOf(key) === domain)) return "node(s) didn't satisfy existing pods anti-affinity rules";
    return undefined;
  };
}

function repelledDomains(cache: SchedulerCache, store: Store, pod: Pod): readonly { readonly key: string; readonly domain: string }[] {
  return [...cache.repelling.values()].flatMap((other) => {
    const terms = other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms.flatMap((term) => {
      const domain = cache.nodes.get(other.spec.nodeName ?? "")?.node.metadata.labels?.[term.topologyKey];
      const meant = namespacesOf(term, other, store)(pod.metadata.namespace ?? "") && matchesLabels(term.labelSelector, pod.metadata.labels);
      return domain !== undefined && meant ? [{ key: term.topologyKey, domain }] : [];
    });
  });
}

/** What the preferred terms of the Pod itself are worth on a node. */
export function affinityScore(cache: SchedulerCache, store: Store, pod: Pod): ((node: Node) => number) | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const terms = [
    ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({ ...one, sign: 1 })),
    ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({ ...one, sign: -1 })),
  ].map(({ podAffinityTerm, weight, sign }) => ({ key: podAffinityTerm.topologyKey, weight: weight * sign, counts: countPerDomain(cache, store, pod, podAffinityTerm) }));
  if (terms.length === 0) return undefined;
  return ({ metadata }) => terms.reduce((sum, { key, weight, counts }) => sum + weight * (counts.get(metadata.labels?.[key] ?? "\n") ?? 0), 0);
}

export type Spread = { readonly topologyKey: string; readonly maxSkew: number; readonly perNode: ReadonlyMap<string, number>; readonly self: boolean };

/** The hard constraints' filter. */
export function spreadCheck(cache: SchedulerCache, pod: Pod): Check | undefined {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule");
  if (hard.length === 0) return undefined;
  const states = hard.map((constraint) => {
    const selector = withMatchLabelKeys(constraint, pod);
    const perNode = cache.countPerNode((name) => name === pod.metadata.namespace, (labels) => matchesLabels(selector, labels));
    const domains = new Map<string, number>();
    for (const { node } of cache.nodes.values()) {
      const domain = node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined || !counts(constraint, pod, node)) continue;
      domains.set(domain, (domains.get(domain) ?? 0) + (perNode.get(node.metadata.name) ?? 0));
    }
    const fewest = domains.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...domains.values());
    return { constraint, domains, fewest, self: matchesLabels(selector, pod.metadata.labels) ? 1 : 0 };
  });
  return ({ node }) => {
    for (const { constraint, domains, fewest, self } of states) {
      const domain = node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
      if ((domains.get(domain) ?? 0) + self - fewest > constraint.maxSkew) return "node(s) didn't match pod topology spread constraints";
    }
    return undefined;
  };
}

/** nodeAffinityPolicy Honor and nodeTaintsPolicy Ignore are what is meant when nothing is said. */
function counts({ nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" }: Constraint, pod: Pod, node: Node): boolean {
  if (nodeAffinityPolicy === "Honor" && !matchesNodeSelector(pod.spec, node)) return false;
  return nodeTaintsPolicy !== "Honor" || untolerated(pod.spec, node, ["NoSchedule", "NoExecute"]) === undefined;
}

function withMatchLabelKeys({ labelSelector, matchLabelKeys = [] }: Constraint, pod: Pod): LabelSelector {
  const extra: Record<string, string> = {};
  for (const key of matchLabelKeys) {
    const value = pod.metadata.labels?.[key];
    if (value !== undefined) extra[key] = value;
  }
  return { ...labelSelector, matchLabels: { ...labelSelector?.matchLabels, ...extra } };
}

/** The soft constraints: the Pod's own, or the cluster's default for whatever belongs to something. */
export function softSpreads(cache: SchedulerCache, pod: Pod, defaultSelectors: readonly ((labels: Labels) => boolean)[]): readonly Spread[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  const inNamespace = (name: string): boolean => name === pod.metadata.namespace;
  if (own.length > 0) {
    return own
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "ScheduleAnyway")
      .map((constraint) => {
        const selector = withMatchLabelKeys(constraint, pod);
        return { topologyKey: constraint.topologyKey, maxSkew: constraint.maxSkew, self: true, perNode: cache.countPerNode(inNamespace, (labels) => matchesLabels(selector, labels)) };
      });
  }
  if (defaultSelectors.length === 0) return [];
  const perNode = cache.countPerNode(inNamespace, (labels) => defaultSelectors.every((picks) => picks(labels)));
  return [
    { topologyKey: "kubernetes.io/hostname", maxSkew: 3, perNode, self: true },
    { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5, perNode, self: true },
  ];
}
