/**
 * PodControllerRefManager: a workload takes in what its selector picks and nobody controls, and
 * lets go what it controls but no longer picks.
 */
import { controllerOf, controllerReference } from "../pods";
import { matchesLabels } from "../selectors";
import type { Store } from "../store";
import type { Kind, KindMap, KubeObject, LabelSelector, Metadata } from "../types";

type Owner = Pick<KubeObject, "apiVersion" | "kind"> & { readonly metadata: Metadata; readonly spec: { readonly selector?: LabelSelector } };
type Claimable = Extract<Kind, "Pod" | "ReplicaSet" | "ControllerRevision">;

/** What the owner controls after claiming and releasing. */
export function claim<K extends Claimable>(store: Store, kind: K, owner: Owner): readonly KindMap[K][] {
  const claimed: KindMap[K][] = [];
  const isGoing = owner.metadata.deletionTimestamp !== undefined;
  for (const object of store.owned(kind, owner)) {
    if (controllerOf(object)?.uid !== owner.metadata.uid) continue;
    if (matchesLabels(owner.spec.selector, object.metadata.labels)) claimed.push(object);
    else if (!isGoing) release(store, kind, object.metadata, owner);
  }
  for (const object of isGoing ? [] : store.storage.uncontrolled(kind, owner.metadata.namespace ?? "")) {
    const { metadata } = object;
    if (metadata.deletionTimestamp !== undefined || !matchesLabels(owner.spec.selector, metadata.labels)) continue;
    const adopted = store.modify(kind, metadata.name, metadata.namespace, (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controllerReference(owner)] as never;
    });
    claimed.push(adopted);
  }
  return claimed;
}

function release(store: Store, kind: Claimable, { name, namespace }: Metadata, owner: Owner): void {
  store.modify(kind, name, namespace, (draft) => {
    draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid) as never;
  });
}
