/** What controllers ask of a Pod (pkg/controller and api/v1/pod utilities). */
import { parseRfc3339 } from "../core/date";
import type { KubeObject, Metadata, OwnerReference, Pod, PodCondition } from "./types";

export function podCondition({ status }: Pod, type: string): PodCondition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

/** Why somebody is about to end a Pod that could have gone on: the condition DisruptionTarget, in the place of an older one. */
export function withDisruption(pod: Pod, reason: string, message: string, now: string): Pod {
  const condition = { type: "DisruptionTarget", status: "True", reason, message, lastTransitionTime: now, observedGeneration: pod.metadata.generation ?? 1 };
  const others = (pod.status.conditions ?? []).filter(({ type }) => type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } } as Pod;
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  const since = parseRfc3339(ready.lastTransitionTime ?? "");
  return since !== undefined && since + minReadySeconds * 1000 <= nowMs;
}

export function isPodTerminal({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** Neither over nor going. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function controllerOf({ metadata }: { readonly metadata: Metadata }): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: { readonly metadata: Metadata }, owner: { readonly metadata: Metadata }): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** metav1.NewControllerRef */
export function controllerReference({ apiVersion, kind, metadata }: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The key of an object's controller if that is of this kind: how Pods lead back to their ReplicaSet. */
export function controllerKey(object: { readonly metadata: Metadata }, kind: string): readonly { readonly namespace: string; readonly name: string }[] {
  const owner = controllerOf(object);
  return owner?.kind === kind ? [{ namespace: object.metadata.namespace ?? "", name: owner.name }] : [];
}
