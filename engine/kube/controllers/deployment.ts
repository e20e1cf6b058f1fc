/**
 * deployment-controller: one ReplicaSet for each template a Deployment has had, and the steps from
 * one to the next (pkg/controller/deployment).
 */
import { defineController, type ReconcileContext } from "../controller";
import { deepEqual } from "../freeze";
import { podTemplateHash } from "../pod-template-hash";
import { controllerKey, controllerOf, controllerReference, isControlledBy, isPodTerminal } from "../pods";
import { isEmptySelector } from "../validation/selector";
import { matchesLabels } from "../selectors";
import { isAlreadyExists } from "../status";
import type { Deployment, Draft, ReplicaSet } from "../types";
import { claim } from "./adoption";
import { calculateStatus, conditionOf, rolloutStatus, withCondition } from "./deployment-conditions";
import { growNew, scaleInProportion, scaleReplicaSet, shrinkOld } from "./deployment-scale";
import { annotationsFor, byRevision, DESIRED, findNew, hasDeadline, HASH_LABEL, isComplete, newReplicas, REVISION, revisionOf } from "./deployment-util";

export const deploymentController = defineController({
  name: "deployment-controller",
  for: "Deployment",
  watches: {
    ReplicaSet(replicaSet, store) {
      if (controllerOf(replicaSet) !== undefined) return controllerKey(replicaSet, "Deployment");
      const candidates = store.list("Deployment", { namespace: replicaSet.metadata.namespace ?? "" });
      return candidates.filter(({ spec }) => matchesLabels(spec.selector, replicaSet.metadata.labels)).map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name }));
    },
    // Recreate waits for the last old Pod to be gone: one that has only just come, or changes otherwise, is no news.
    Pod(pod, store, other) {
      if (other !== undefined && !isPodTerminal(pod) && !isPodTerminal(other)) return [];
      const owner = controllerOf(pod);
      const replicaSet = owner?.kind === "ReplicaSet" ? store.get("ReplicaSet", owner.name, pod.metadata.namespace) : undefined;
      const [key] = replicaSet === undefined ? [] : controllerKey(replicaSet, "Deployment");
      const deployment = key && store.get("Deployment", key.name, key.namespace);
      return deployment?.spec.strategy?.type === "Recreate" && key ? [key] : [];
    },
  },

  reconcile(context, { namespace, name }) {
    const { store, events } = context;
    const deployment = store.get("Deployment", name, namespace);
    if (deployment === undefined) return undefined;
    if (isEmptySelector(deployment.spec.selector)) {
      events.record(deployment, { type: "Warning", reason: "SelectingAll", message: "This deployment is selecting all pods. A non-empty selector is required." });
      return undefined;
    }
    const replicaSets = claim(store, "ReplicaSet", deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      const current = findNew(deployment, replicaSets);
      writeStatus(context, deployment, calculateStatus(deployment, replicaSets, current, context.now));
      return undefined;
    }
    const resumed = pauseCondition(context, deployment);
    if (resumed.spec.paused || isScaling(resumed, replicaSets)) return sync(context, resumed, replicaSets);
    return resumed.spec.strategy?.type === "Recreate" ? recreate(context, resumed, replicaSets) : rollingUpdate(context, resumed, replicaSets);
  },
});

type Sets = { readonly deployment: Deployment; readonly current: ReplicaSet | undefined; readonly old: readonly ReplicaSet[]; readonly all: readonly ReplicaSet[] };

/** getAllReplicaSetsAndSyncRevision */
function setsOf(context: ReconcileContext, deployment: Deployment, replicaSets: readonly ReplicaSet[], create: boolean): Sets {
  const existing = findNew(deployment, replicaSets);
  const old = replicaSets.filter(({ metadata }) => metadata.uid !== existing?.metadata.uid);
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const current = existing === undefined ? (create ? createNew(context, deployment, old, revision) : undefined) : refreshNew(context, deployment, existing, revision);
  const now = context.store.get("Deployment", deployment.metadata.name, deployment.metadata.namespace) ?? deployment;
  return { deployment: now, current, old, all: current === undefined ? old : [...old, current] };
}

/** The ReplicaSet of the present template is there already: it may need a new revision, and the Deployment its number. */
function refreshNew({ store, now }: ReconcileContext, deployment: Deployment, existing: ReplicaSet, revision: number): ReplicaSet {
  const annotations = annotationsFor(deployment, existing.metadata.annotations ?? {}, revision, true);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const same = deepEqual(annotations, existing.metadata.annotations) && (existing.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (!same) return store.update({ ...existing, metadata: { ...existing.metadata, annotations }, spec: { ...existing.spec, minReadySeconds } });
  syncRevision(store, deployment, existing);
  const fresh = store.read("Deployment", deployment.metadata.name, deployment.metadata.namespace);
  if (hasDeadline(fresh) && conditionOf(fresh.status, "Progressing") === undefined) {
    const condition = { type: "Progressing", status: "True", reason: "FoundNewReplicaSet", message: `Found new replica set "${existing.metadata.name}"` };
    store.updateStatus({ ...fresh, status: { ...fresh.status, conditions: withCondition(fresh.status.conditions ?? [], condition, now) } } as Deployment);
  }
  return existing;
}

function syncRevision(store: ReconcileContext["store"], deployment: Deployment, replicaSet: ReplicaSet): void {
  const revision = replicaSet.metadata.annotations?.[REVISION];
  if (revision === undefined || deployment.metadata.annotations?.[REVISION] === revision) return;
  store.modify("Deployment", deployment.metadata.name, deployment.metadata.namespace, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: revision };
  });
}

function createNew(context: ReconcileContext, deployment: Deployment, old: readonly ReplicaSet[], revision: number): ReplicaSet | undefined {
  const { store, events, now } = context;
  const { metadata, spec } = deployment;
  const hash = podTemplateHash(spec.template, deployment.status.collisionCount);
  const replicas = newReplicas(deployment, old, undefined);
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
  const draft = {
    kind: "ReplicaSet",
    metadata: { name: `${metadata.name}-${hash}`, namespace: metadata.namespace ?? "", labels, annotations: annotationsFor(deployment, {}, revision, false), ownerReferences: [controllerReference(deployment)] },
    spec: {
      replicas,
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  } as unknown as Draft<"ReplicaSet">;
  let created: ReplicaSet;
  try {
    created = store.create(draft);
  } catch (problem) {
    if (!isAlreadyExists(problem)) throw problem;
    return collided(context, deployment, draft.metadata.name ?? "", problem);
  }
  if (replicas > 0) events.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message: `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}` });
  syncRevision(store, deployment, created);
  if (hasDeadline(deployment)) {
    const fresh = store.read("Deployment", metadata.name, metadata.namespace);
    const condition = { type: "Progressing", status: "True", reason: "NewReplicaSetCreated", message: `Created new replica set "${created.metadata.name}"` };
    store.updateStatus({ ...fresh, status: { ...fresh.status, conditions: withCondition(fresh.status.conditions ?? [], condition, now) } } as Deployment);
  }
  return created;
}

/** Another template has the same hash: the next attempt hashes one more thing. */
function collided({ store }: ReconcileContext, deployment: Deployment, name: string, problem: unknown): ReplicaSet | undefined {
  const { metadata, status } = deployment;
  const other = store.read("ReplicaSet", name, metadata.namespace);
  if (isControlledBy(other, deployment) && findNew(deployment, [other]) !== undefined) return other;
  store.updateStatus({ ...deployment, status: { ...status, collisionCount: (status.collisionCount ?? 0) + 1 } } as Deployment);
  throw problem;
}

function rollingUpdate(context: ReconcileContext, deployment: Deployment, replicaSets: readonly ReplicaSet[]) {
  const sets = setsOf(context, deployment, replicaSets, true);
  if (sets.current === undefined) return finish(context, sets);
  if (growNew(context, sets.deployment, sets.all, sets.current)) return finish(context, refreshed(context, sets));
  if (shrinkOld(context, sets.deployment, sets.all, sets.old, sets.current)) return finish(context, refreshed(context, sets));
  if (isComplete(sets.deployment)) cleanUp(context, sets);
  return finish(context, sets);
}

function recreate(context: ReconcileContext, deployment: Deployment, replicaSets: readonly ReplicaSet[]) {
  const sets = setsOf(context, deployment, replicaSets, false);
  const active = sets.old.filter(({ spec }) => (spec.replicas ?? 0) > 0);
  if (active.length > 0) {
    for (const replicaSet of active) scaleReplicaSet(context, sets.deployment, replicaSet, 0);
    return finish(context, refreshed(context, sets));
  }
  const running = sets.old.some((replicaSet) => context.store.owned("Pod", replicaSet).some((pod) => !isPodTerminal(pod)));
  if (running) return finish(context, sets);
  const withNew = sets.current === undefined ? setsOf(context, sets.deployment, replicaSets, true) : sets;
  const { current } = withNew;
  if (current !== undefined && (current.spec.replicas ?? 0) !== (deployment.spec.replicas ?? 1)) scaleReplicaSet(context, withNew.deployment, current, deployment.spec.replicas ?? 1);
  const after = refreshed(context, withNew);
  if (isComplete(after.deployment)) cleanUp(context, after);
  return finish(context, after);
}

/** Paused, or scaled: no rollout, only the right size. */
function sync(context: ReconcileContext, deployment: Deployment, replicaSets: readonly ReplicaSet[]) {
  const sets = setsOf(context, deployment, replicaSets, false);
  scaleInProportion(context, sets.deployment, sets.current, sets.old);
  const after = refreshed(context, sets);
  if (deployment.spec.paused) cleanUp(context, after);
  const status = calculateStatus(after.deployment, after.all, after.current, context.now);
  writeStatus(context, after.deployment, status);
  return undefined;
}

function refreshed({ store }: ReconcileContext, { deployment, current, old }: Sets): Sets {
  const again = (replicaSet: ReplicaSet): ReplicaSet => store.get("ReplicaSet", replicaSet.metadata.name, replicaSet.metadata.namespace) ?? replicaSet;
  const newer = current && again(current);
  const older = old.map(again);
  return { deployment: store.get("Deployment", deployment.metadata.name, deployment.metadata.namespace) ?? deployment, current: newer, old: older, all: newer === undefined ? older : [...older, newer] };
}

function finish(context: ReconcileContext, { deployment, all, current }: Sets): { readonly requeueAfterMs: number } | undefined {
  const { status, checkAfterMs } = rolloutStatus(deployment, all, current, context.now);
  writeStatus(context, deployment, status);
  return checkAfterMs === undefined ? undefined : { requeueAfterMs: checkAfterMs };
}

function writeStatus({ store }: ReconcileContext, deployment: Deployment, status: Deployment["status"]): void {
  store.updateStatus({ ...deployment, status });
}

/** isScalingEvent: a ReplicaSet still carries another spec.replicas than the Deployment has. */
function isScaling({ spec }: Deployment, replicaSets: readonly ReplicaSet[]): boolean {
  return replicaSets.some((replicaSet) => {
    const believed = replicaSet.metadata.annotations?.[DESIRED];
    return (replicaSet.spec.replicas ?? 0) > 0 && believed !== undefined && Number(believed) !== (spec.replicas ?? 1);
  });
}

function pauseCondition({ store, now }: ReconcileContext, deployment: Deployment): Deployment {
  const { spec, status } = deployment;
  if (!hasDeadline(deployment)) return deployment;
  const before = conditionOf(status, "Progressing");
  if (before?.reason === "ProgressDeadlineExceeded") return deployment;
  const paused = before?.reason === "DeploymentPaused";
  const set = spec.paused && !paused ? ["DeploymentPaused", "Deployment is paused"] : !spec.paused && paused ? ["DeploymentResumed", "Deployment is resumed"] : undefined;
  if (set === undefined) return deployment;
  const [reason = "", message = ""] = set;
  const conditions = withCondition(status.conditions ?? [], { type: "Progressing", status: "Unknown", reason, message }, now);
  return store.updateStatus({ ...deployment, status: { ...status, conditions } } as Deployment);
}

/** cleanupDeployment: only so many old ReplicaSets are kept for a rollback. */
function cleanUp({ store }: ReconcileContext, { deployment, old }: Sets): void {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = byRevision(old.filter(({ metadata }) => metadata.deletionTimestamp === undefined));
  for (const { metadata, spec, status } of alive.slice(0, Math.max(0, alive.length - limit))) {
    const empty = (status.replicas ?? 0) === 0 && (spec.replicas ?? 0) === 0 && (metadata.generation ?? 0) <= (status.observedGeneration ?? 0);
    if (empty) store.delete("ReplicaSet", metadata.name, metadata.namespace, { propagationPolicy: "Background" });
  }
}
