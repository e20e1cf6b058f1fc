/** RealPodControl: creates and deletes a workload's Pods, and says so in events. */
import type { EventRecorder } from "../events";
import { controllerReference } from "../pods";
import { ApiError, isNotFound } from "../status";
import type { Store } from "../store";
import type { Draft, KubeObject, Metadata, Pod, PodTemplateSpec } from "../types";

type Owner = Pick<KubeObject, "apiVersion" | "kind"> & { readonly metadata: Metadata };

/** A Pod as the template wants it; `extra` is what one kind of workload adds. */
export function podFromTemplate(owner: Owner, template: PodTemplateSpec, extra: { readonly name?: string } = {}): Draft<"Pod"> {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    kind: "Pod",
    metadata: {
      ...(extra.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: extra.name }),
      namespace: owner.metadata.namespace ?? "",
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  } as Draft<"Pod">;
}

export function createPod(store: Store, events: EventRecorder, owner: Owner, draft: Draft<"Pod">): Pod {
  try {
    const pod = store.create(draft);
    events.record(owner as KubeObject, { type: "Normal", reason: "SuccessfulCreate", message: `Created pod: ${pod.metadata.name}` });
    return pod;
  } catch (problem) {
    if (problem instanceof ApiError && problem.status.details?.causes?.[0]?.reason !== "NamespaceTerminating") {
      events.record(owner as KubeObject, { type: "Warning", reason: "FailedCreate", message: `Error creating: ${problem.message}` });
    }
    throw problem;
  }
}

export function deletePod(store: Store, events: EventRecorder, owner: Owner, pod: Pod): void {
  try {
    store.delete("Pod", pod.metadata.name, pod.metadata.namespace);
  } catch (problem) {
    if (isNotFound(problem)) return;
    events.record(owner as KubeObject, { type: "Warning", reason: "FailedDelete", message: `Error deleting: ${(problem as Error).message}` });
    throw problem;
  }
  events.record(owner as KubeObject, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${pod.metadata.name}` });
}
