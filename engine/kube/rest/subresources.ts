/** What is done to an object by a path below it: scale, binding, eviction, ephemeral containers, finalize. */
import { writeOptions } from "./options";
import { conflict, failure, isNotFound, MODIFIED, success, tooManyRequests } from "../status";
import type { DeleteOptions, Store, WriteOptions } from "../store";
import { matchesLabels, printLabelSelector } from "../selectors";
import type { ApiRequest } from "../api";
import { invalidObject } from "../field-error";
import { ageSince } from "../duration";
import { deepEqual } from "../freeze";
import { withDisruption } from "../pods";
import { AGE, type Definition, type Editable, integer, NAME } from "../resources/definition";
import { defaultPodSpec } from "../resources/pod-defaults";
import { definitionOf } from "../resources/registry";
import { decodeField } from "../schema/decode";
import type { Deployment, KubeObject, LabelSelector, Pod, PodDisruptionBudget, Status } from "../types";
import { ephemeralChanges, validateEphemeralContainers } from "../validation/ephemeral";
import type { Target } from "./path";

export type Scale = {
  readonly kind: "Scale";
  readonly apiVersion: "autoscaling/v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas: number; readonly selector?: string };
};

/** printScale: how kubectl get --subresource=scale shows it. */
export const SCALE: Pick<Definition, "columns" | "row"> = {
  columns: [NAME, integer("Desired"), integer("Available"), AGE],
  row(object, nowMs) {
    const { metadata, spec, status } = object as unknown as Scale;
    return [String(metadata.name), spec.replicas ?? 0, status.replicas, ageSince(String(metadata.creationTimestamp ?? ""), nowMs)];
  },
};

export function scaleOf(object: KubeObject): Scale {
  const { metadata, spec, status } = object as unknown as Deployment;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = printLabelSelector(spec.selector as LabelSelector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status.replicas ?? 0, ...(selector !== "<none>" && { selector }) },
  };
}

export function setScale(store: Store, target: Target, scale: { readonly spec?: { readonly replicas?: number }; readonly metadata?: { readonly resourceVersion?: string } }, request: ApiRequest): Scale {
  const old = store.read(target.kind, target.name ?? "", target.namespace) as unknown as KubeObject;
  const replicas = scale.spec?.replicas ?? 0;
  const { resourceVersion } = scale.metadata ?? {};
  const next = { ...old, spec: { ...(old.spec as object), replicas }, metadata: { ...old.metadata, ...(resourceVersion && { resourceVersion }) } };
  return scaleOf(store.update(next as never, { ...writeOptions(request), subresource: "scale" }) as unknown as KubeObject);
}

/** Puts a Pod on a node: what the scheduler does, and nothing else may undo. */
export function bind(store: Store, namespace: string, name: string, node: string): void {
  const pod = store.read("Pod", name, namespace);
  if (pod.spec.nodeName) throw failure(409, "Conflict", `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${pod.spec.nodeName}"`, { name, kind: "pods/binding" });
  if (pod.metadata.deletionTimestamp !== undefined) throw failure(409, "Conflict", `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is being deleted, cannot be assigned to a host`, { name, kind: "pods/binding" });
  const conditions = (pod.status.conditions ?? []).filter((condition) => condition.type !== "PodScheduled");
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null as never, lastTransitionTime: store.context.now, observedGeneration: pod.metadata.generation ?? 1 };
  store.overwrite<"Pod">({ ...pod, spec: { ...pod.spec, nodeName: node }, status: { ...pod.status, conditions: [...conditions, scheduled] } } as Pod);
}

const BUDGET = "Cannot evict pod as it would violate the pod's disruption budget.";

/** POST pods/x/eviction: a deletion that asks the disruption budgets first. */
export function evict(store: Store, namespace: string, name: string, options: DeleteOptions = {}): Status {
  const pod = store.read("Pod", name, namespace);
  if (needsNoBudget(pod)) return deleted(store, pod, options);
  const budgets = store.list("PodDisruptionBudget", { namespace }).filter((budget) => matchesLabels(budget.spec.selector, pod.metadata.labels));
  if (budgets.length > 1) throw failure(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.", {});
  const [budget] = budgets;
  if (budget !== undefined) {
    const healthyEnough = budget.status.currentHealthy >= budget.status.desiredHealthy && budget.status.desiredHealthy > 0;
    if (!isReady(pod) && (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow" || healthyEnough)) return deleted(store, pod, options);
    takeFrom(store, budget, pod, options.dryRun ?? false);
  }
  if (!options.dryRun) markDisrupted(store, pod);
  return deleted(store, store.read("Pod", name, namespace), options);
}

function needsNoBudget({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || ["Succeeded", "Failed", "Pending"].includes(status.phase ?? "");
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}

function takeFrom(store: Store, budget: PodDisruptionBudget, pod: Pod, dryRun: boolean): void {
  const { metadata, status } = budget;
  const refuse = (cause: string, retryAfterSeconds: number): Error => {
    const { status: said } = tooManyRequests(BUDGET, retryAfterSeconds);
    return failure(429, "TooManyRequests", BUDGET, { ...said.details, causes: [{ reason: "DisruptionBudget", message: cause }] });
  };
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw refuse(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  if (status.disruptionsAllowed === 0) throw refuse(`The disruption budget ${metadata.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`, 0);
  if (dryRun) return;
  store.updateStatus<"PodDisruptionBudget">({
    ...budget,
    status: { ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: store.context.now } },
  });
}

function markDisrupted(store: Store, pod: Pod): void {
  store.updateStatus<"Pod">(withDisruption(pod, "EvictionByEvictionAPI", "Eviction API: evicting", store.context.now));
}

function deleted(store: Store, { metadata }: Pod, options: DeleteOptions): Status {
  try {
    store.delete("Pod", metadata.name, metadata.namespace, options);
  } catch (problem) {
    if (!isNotFound(problem)) throw problem;
  }
  return success();
}

/** PATCH or PUT pods/x/ephemeralcontainers: kubectl debug. Those that are there can neither change nor go. */
export function setEphemeralContainers(store: Store, pod: Pod, options: WriteOptions = {}): Pod {
  const old = store.read("Pod", pod.metadata.name, pod.metadata.namespace);
  const { uid, resourceVersion } = pod.metadata;
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(definitionOf("Pod"), old.metadata.name, MODIFIED);
  if (uid && uid !== old.metadata.uid) throw conflict(definitionOf("Pod"), old.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
  const spec = decodeField("Pod", "spec", { ...old.spec, ephemeralContainers: pod.spec.ephemeralContainers ?? [] }) as Editable<"Pod">["spec"];
  defaultPodSpec(spec);
  if (deepEqual(spec.ephemeralContainers, old.spec.ephemeralContainers ?? [])) return old;
  const errors = [...validateEphemeralContainers({ spec, volumes: new Set((spec.volumes ?? []).map(({ name }) => name)) }, "spec"), ...ephemeralChanges(spec, old.spec)];
  if (errors.length > 0) throw invalidObject("", "Pod", old.metadata.name, errors);
  return store.overwrite<"Pod">({ ...old, metadata: { ...old.metadata, generation: (old.metadata.generation ?? 1) + 1 }, spec } as Pod, { ...options, subresource: "ephemeralcontainers" });
}

/** PUT namespaces/x/finalize: only spec.finalizers counts. */
export function finalizeNamespace(store: Store, name: string, finalizers: readonly string[]): KubeObject {
  const old = store.read("Namespace", name);
  return store.overwrite<"Namespace">({ ...old, spec: { ...old.spec, finalizers } }) as unknown as KubeObject;
}

