/** The sums of a Deployment (pkg/controller/deployment/util): how many of which ReplicaSet, and what the conditions say. */
import { compare } from "../../core/order";
import { deepEqual } from "../freeze";
import type { Deployment, Labels, PodTemplateSpec, ReplicaSet } from "../types";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED = "deployment.kubernetes.io/desired-replicas";
export const MAX = "deployment.kubernetes.io/max-replicas";
export const HASH_LABEL = "pod-template-hash";

/** A number, or a share of `total`: intstr.GetScaledValueFromIntOrPercent. */
export function scaled(value: number | string | undefined, total: number, round: (n: number) => number): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  return round((Number.parseInt(value, 10) * total) / 100);
}

/** ResolveFenceposts: both may not be nothing. */
export function fenceposts({ spec }: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  if (spec.strategy?.type !== "RollingUpdate") return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = spec.replicas ?? 1;
  const maxSurge = scaled(spec.strategy.rollingUpdate?.maxSurge, replicas, Math.ceil);
  const unavailable = scaled(spec.strategy.rollingUpdate?.maxUnavailable, replicas, Math.floor);
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

export function sumReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
}

export function sumAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
}

/** By age, then by name: ReplicaSetsByCreationTimestamp. */
export function byAge(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return [...replicaSets].sort((a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compare(a.metadata.name, b.metadata.name));
}

/** The same but for the hash that the controller itself put there. */
export function equalIgnoringHash(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  const { labels: _labels, ...metadata } = template?.metadata ?? {};
  return { spec: template?.spec, metadata: { ...metadata, ...(Object.keys(labels).length > 0 && { labels }) } };
}

/** The oldest ReplicaSet that has the Deployment's own template. */
export function findNew(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return byAge(replicaSets).find(({ spec }) => equalIgnoringHash(spec.template, deployment.spec.template));
}

export function revisionOf(object: Deployment | ReplicaSet | undefined): number {
  return Number(object?.metadata.annotations?.[REVISION] ?? "0") || 0;
}

/** NewRSNewReplicas: how far the new ReplicaSet may grow now. */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined): number {
  const wanted = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate") return wanted;
  const most = wanted + fenceposts(deployment).maxSurge;
  const now = sumReplicas(all);
  const own = current?.spec.replicas ?? 0;
  if (now >= most) return own;
  return own + Math.min(most - now, wanted - own);
}

/** DeploymentComplete: everything new, everything there, nothing old. */
export function isComplete({ spec, status, metadata }: Pick<Deployment, "spec" | "metadata">  & { readonly status: Deployment["status"] }): boolean {
  const wanted = spec.replicas ?? 1;
  return status.updatedReplicas === wanted && status.replicas === wanted && status.availableReplicas === wanted && (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

const NOT_COPIED: readonly string[] = ["kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, DESIRED, MAX, "deprecated.deployment.rollback.to"];

/** What a ReplicaSet takes over from its Deployment's annotations. */
export function copiedAnnotations(annotations: Labels | undefined): Labels {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key)));
}

/** SetNewReplicaSetAnnotations. How many there should be is written into a new one only; later whoever scales it does that. */
export function annotationsFor(deployment: Deployment, old: Labels, revision: number, existed: boolean): Labels {
  const out: Record<string, string> = { ...old, ...copiedAnnotations(deployment.metadata.annotations) };
  const before = Number(old[REVISION] ?? "0") || 0;
  if (before < revision) {
    out[REVISION] = String(revision);
    if (existed && before > 0) out[REVISION_HISTORY] = [old[REVISION_HISTORY], before].filter(Boolean).join(",");
  }
  return existed ? out : { ...out, ...replicasAnnotations(deployment) };
}

/** SetReplicasAnnotations: by these a later scaling knows what there was before. */
export function replicasAnnotations(deployment: Deployment): Labels {
  const wanted = deployment.spec.replicas ?? 1;
  return { [DESIRED]: String(wanted), [MAX]: String(wanted + fenceposts(deployment).maxSurge) };
}

/** HasProgressDeadline: the greatest number there is means none. */
export function hasDeadline({ spec }: Deployment): boolean {
  return (spec.progressDeadlineSeconds ?? NO_DEADLINE) !== NO_DEADLINE;
}

const NO_DEADLINE = 2147483647;

/** ReplicaSetsByRevision */
export function byRevision(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return [...byAge(replicaSets)].sort((a, b) => revisionOf(a) - revisionOf(b));
}
