/** Growing and shrinking ReplicaSets: one by one in a rollout, in proportion when the Deployment itself is scaled. */
import type { ReconcileContext } from "../controller";
import type { Deployment, ReplicaSet } from "../types";
import { byAge, DESIRED, fenceposts, MAX, newReplicas, replicasAnnotations, sumAvailable, sumReplicas } from "./deployment-util";

/** scaleReplicaSet: writes the number and its two annotations, and says so when the number changed. */
export function scaleReplicaSet({ store, events }: ReconcileContext, deployment: Deployment, replicaSet: ReplicaSet, replicas: number): ReplicaSet {
  const before = replicaSet.spec.replicas ?? 0;
  const annotations = { ...replicaSet.metadata.annotations, ...replicasAnnotations(deployment) };
  const scaled = store.update({ ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas } });
  if (before !== replicas) {
    const direction = before < replicas ? "up" : "down";
    events.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message: `Scaled ${direction} replica set ${scaled.metadata.name} from ${before} to ${replicas}` });
  }
  return scaled;
}

/** A rollout's step up. True when something was changed. */
export function growNew(context: ReconcileContext, deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet): boolean {
  const now = current.spec.replicas ?? 0;
  const wanted = deployment.spec.replicas ?? 1;
  if (now === wanted) return false;
  const next = now > wanted ? wanted : newReplicas(deployment, all, current);
  if (next === now) return false;
  scaleReplicaSet(context, deployment, current, next);
  return true;
}

/** A rollout's step down: first what is not available anyway, then as much as may be missed. */
export function shrinkOld(context: ReconcileContext, deployment: Deployment, all: readonly ReplicaSet[], old: readonly ReplicaSet[], current: ReplicaSet): boolean {
  if (sumReplicas(old) === 0) return false;
  const minimum = (deployment.spec.replicas ?? 1) - fenceposts(deployment).maxUnavailable;
  const newUnavailable = (current.spec.replicas ?? 0) - (current.status.availableReplicas ?? 0);
  const most = sumReplicas(all) - minimum - newUnavailable;
  if (most <= 0) return false;
  const cleaned = cleanUpUnhealthy(context, deployment, old, most);
  const scaledDown = scaleDownAvailable(context, deployment, [...cleaned.replicaSets, current], cleaned.replicaSets, minimum);
  return cleaned.changed || scaledDown;
}

function cleanUpUnhealthy(context: ReconcileContext, deployment: Deployment, old: readonly ReplicaSet[], most: number): { readonly replicaSets: readonly ReplicaSet[]; readonly changed: boolean } {
  let done = 0;
  const replicaSets = byAge(old).map((replicaSet) => {
    const replicas = replicaSet.spec.replicas ?? 0;
    const available = replicaSet.status.availableReplicas ?? 0;
    if (done >= most || replicas === 0 || replicas === available) return replicaSet;
    const fewer = Math.min(most - done, replicas - available);
    if (fewer <= 0) return replicaSet;
    done += fewer;
    return scaleReplicaSet(context, deployment, replicaSet, replicas - fewer);
  });
  return { replicaSets, changed: done > 0 };
}

function scaleDownAvailable(context: ReconcileContext, deployment: Deployment, all: readonly ReplicaSet[], old: readonly ReplicaSet[], minimum: number): boolean {
  let left = sumAvailable(all) - minimum;
  let changed = false;
  for (const replicaSet of byAge(old)) {
    if (left <= 0) break;
    const replicas = replicaSet.spec.replicas ?? 0;
    if (replicas === 0) continue;
    const fewer = Math.min(replicas, left);
    scaleReplicaSet(context, deployment, replicaSet, replicas - fewer);
    left -= fewer;
    changed = true;
  }
  return changed;
}

/** sync.go's scale(): somebody changed spec.replicas, perhaps in the middle of a rollout. */
export function scaleInProportion(context: ReconcileContext, deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): void {
  const all = current === undefined ? old : [...old, current];
  const active = byAge(all).filter(({ spec }) => (spec.replicas ?? 0) > 0);
  const wanted = deployment.spec.replicas ?? 1;
  const only = active.length === 0 ? (current ?? byAge(old)[old.length - 1]) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) {
    if ((only.spec.replicas ?? 0) !== wanted) scaleReplicaSet(context, deployment, only, wanted);
    return;
  }
  if (current !== undefined && isSaturated(deployment, current)) {
    for (const replicaSet of byAge(old)) if ((replicaSet.spec.replicas ?? 0) > 0) scaleReplicaSet(context, deployment, replicaSet, 0);
    return;
  }
  if (deployment.spec.strategy?.type !== "RollingUpdate") return;
  const allowed = wanted > 0 ? wanted + fenceposts(deployment).maxSurge : 0;
  const toAdd = allowed - sumReplicas(active);
  // The largest are served first; among equals the newest when growing, the oldest when shrinking.
  const ordered = [...(toAdd > 0 ? [...active].reverse() : active)].sort((a, b) => (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0));
  let added = 0;
  const sizes = ordered.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportion(replicaSet, deployment, toAdd, added, allowed);
    added += share;
    return (replicaSet.spec.replicas ?? 0) + share;
  });
  ordered.forEach((replicaSet, i) => {
    const rest = i === 0 && toAdd !== 0 ? toAdd - added : 0;
    scaleReplicaSet(context, deployment, replicaSet, Math.max(0, (sizes[i] ?? 0) + rest));
  });
}

function isSaturated({ spec }: Deployment, current: ReplicaSet): boolean {
  const wanted = spec.replicas ?? 1;
  const believed = Number(current.metadata.annotations?.[DESIRED] ?? "-1");
  return current.spec.replicas === wanted && believed === wanted && current.status.availableReplicas === wanted;
}

/** GetReplicaSetProportion */
function proportion(replicaSet: ReplicaSet, deployment: Deployment, toAdd: number, added: number, allowed: number): number {
  const replicas = replicaSet.spec.replicas ?? 0;
  if (replicas === 0 || toAdd === added) return 0;
  const before = Number(replicaSet.metadata.annotations?.[MAX] ?? "") || (deployment.status.replicas ?? 0) || allowed;
  const fraction = (deployment.spec.replicas ?? 1) === 0 ? -replicas : Math.round((replicas * allowed) / before) - replicas;
  const room = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, room) : Math.max(fraction, room);
}
