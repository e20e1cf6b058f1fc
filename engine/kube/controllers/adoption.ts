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

/** What the owner controls after claiming and releasing, in the order of names. */
export function claim<K extends Claimable>(store: Store, kind: K, owner: Owner): readonly KindMap[K][] {
  const claimed: KindMap[K][] = [];
  for (const object of store.list(kind, { namespace: owner.metadata.namespace ?? "" })) {
    const { metadata } = object;
    const controller = controllerOf(object);
    const matches = matchesLabels(owner.spec.selector, metadata.labels);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) claimed.push(object);
      else if (owner.metadata.deletionTimestamp === undefined) release(store, kind, metadata, owner);
    } else if (matches && metadata.deletionTimestamp === undefined && owner.metadata.deletionTimestamp === undefined) {
      claimed.push(store.modify(kind, metadata.name, metadata.namespace, (draft) => {
        draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controllerReference(owner)] as never;
      }));
    }
  }
  return claimed;
}

function release(store: Store, kind: Claimable, { name, namespace }: Metadata, owner: Owner): void {
  store.modify(kind, name, namespace, (draft) => {
    draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid) as never;
  });
}
