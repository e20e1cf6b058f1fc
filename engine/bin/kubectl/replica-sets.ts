/** The ReplicaSets of a Deployment: the one of its present template, and the older ones (deploymentutil). */
import type { Task } from "../../core/task";
import type { Deployment, ReplicaSet } from "../../kube/types";
import type { Context } from "./command";
import { selectorText } from "./describe/page";
import { isMap, listAt, sameJson } from "./json";

const HASH = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";

export type ReplicaSets = {
  readonly all: readonly ReplicaSet[];
  readonly current: ReplicaSet | undefined;
  /** Older ones that still have replicas. */
  readonly old: readonly ReplicaSet[];
};

export function* replicaSetsOf(context: Context, deployment: Deployment): Task<ReplicaSets> {
  const list = yield* context.client.get(`/apis/apps/v1/namespaces/${deployment.metadata.namespace ?? ""}/replicasets`, { labelSelector: selectorText(deployment.spec.selector) });
  const all = (listAt(list, "items") as unknown as readonly ReplicaSet[]).filter(({ metadata }) => metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === deployment.metadata.uid));
  const byAge = [...all].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? 1 : 0));
  const current = byAge.find((set) => sameJson(withoutHash(set.spec.template), withoutHash(deployment.spec.template)));
  return { all, current, old: all.filter((set) => set !== current && (set.spec.replicas ?? 0) > 0) };
}

/** A template as its Deployment has it, without the label the controller adds. */
export function withoutHash(template: unknown): unknown {
  if (!isMap(template) || !isMap(template.metadata)) return template;
  const { [HASH]: _, ...labels } = isMap(template.metadata.labels) ? template.metadata.labels : {};
  const { creationTimestamp: __, ...metadata } = template.metadata;
  return { ...template, metadata: { ...metadata, labels } };
}

export function revisionOf(object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }): number {
  return Number(object.metadata.annotations?.[REVISION] ?? "0");
}
