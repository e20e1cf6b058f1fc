/**
 * namespace-controller: empties a namespace that is being deleted, then takes its finalizer away
 * (pkg/controller/namespace/deletion).
 */
import { defineController, type ReconcileContext } from "../controller";
import { definitionOf, KINDS } from "../resources/registry";
import { finalizeNamespace } from "../rest/subresources";
import { isNotFound } from "../status";
import type { Kind, Namespace } from "../types";

const AGAIN_MS = 500;

export const namespaceController = defineController({
  name: "namespace-controller",
  for: "Namespace",
  reconcile(context, { name }) {
    const { store } = context;
    const namespace = store.get("Namespace", name);
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
    const left = deleteContent(context, name);
    writeConditions(context, namespace, left);
    if (left.size > 0) return { requeueAfterMs: AGAIN_MS };
    finalizeNamespace(store, name, []);
    return undefined;
  },
});

/** Asks for the end of everything in it; says what is still there. */
function deleteContent({ store }: ReconcileContext, namespace: string): ReadonlyMap<Kind, number> {
  const left = new Map<Kind, number>();
  for (const kind of KINDS) {
    if (!definitionOf(kind).namespaced) continue;
    for (const { metadata } of store.list(kind, { namespace })) {
      try {
        if (metadata.deletionTimestamp === undefined) store.delete(kind, metadata.name, namespace, { propagationPolicy: "Background" });
      } catch (problem) {
        if (!isNotFound(problem)) throw problem;
      }
    }
    const count = store.list(kind, { namespace }).length;
    if (count > 0) left.set(kind, count);
  }
  return left;
}

function writeConditions({ store, now }: ReconcileContext, namespace: Namespace, left: ReadonlyMap<Kind, number>): void {
  const resources = [...left].map(([kind, count]) => {
    const { plural, group } = definitionOf(kind);
    return `${plural}.${group} has ${count} resource instances`;
  });
  const finalizers = new Map<string, number>();
  for (const kind of left.keys()) {
    for (const { metadata } of store.list(kind, { namespace: namespace.metadata.name })) for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  const waiting = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  const remaining = left.size > 0;
  const conditions = [
    { type: "NamespaceDeletionDiscoveryFailure", status: "False", reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
    { type: "NamespaceDeletionGroupVersionParsingFailure", status: "False", reason: "ParsedGroupVersions", message: "All legacy kube types successfully parsed" },
    { type: "NamespaceDeletionContentFailure", status: "False", reason: "ContentDeleted", message: remaining ? "All content successfully deleted, may be waiting on finalization" : "All content successfully removed" },
    remaining
      ? { type: "NamespaceContentRemaining", status: "True", reason: "SomeResourcesRemain", message: `Some resources are remaining: ${resources.sort().join(", ")}` }
      : { type: "NamespaceContentRemaining", status: "False", reason: "ContentRemoved", message: "All content successfully removed" },
    waiting.length > 0
      ? { type: "NamespaceFinalizersRemaining", status: "True", reason: "SomeFinalizersRemain", message: `Some content in the namespace has finalizers remaining: ${waiting.join(", ")}` }
      : { type: "NamespaceFinalizersRemaining", status: "False", reason: "ContentHasNoFinalizers", message: "All content-preserving finalizers finished" },
  ];
  const before = namespace.status.conditions ?? [];
  const after = conditions.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const same = old?.status === condition.status && old.message === condition.message;
    return same ? old : { ...condition, lastTransitionTime: old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : now };
  });
  store.updateStatus<"Namespace">({ ...namespace, status: { ...namespace.status, conditions: after } });
}

