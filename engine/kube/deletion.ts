/**
 * How an object ends (registry/rest.BeforeDelete and the generic store): at once, or marked with a
 * deletionTimestamp until its grace period is over (Pods) and its finalizers have been taken away.
 */
import { parseRfc3339, rfc3339 } from "../core/date";
import type { Definition, StrategyContext } from "./resources/definition";
import type { Editing } from "./storage";
import type { KubeObject, Pod } from "./types";

type Options = { readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"; readonly gracePeriodSeconds?: number };

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

/** "now": take it away. "unchanged": it is on its way already. Else the object as it must be written. */
export function deletionOf(definition: Definition, old: KubeObject, options: Options, context: StrategyContext): "now" | "unchanged" | Editing {
  const finalizers = finalizersAfter(old, options.propagationPolicy);
  const waitsForFinalizers = finalizers.length > 0 || namespaceHasContent(definition, old);
  const grace = gracePeriod(definition, old, options.gracePeriodSeconds);
  if (!waitsForFinalizers && grace === 0) return "now";
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = old.metadata;
  const sameFinalizers = finalizers.join() === (old.metadata.finalizers ?? []).join();
  if (deletionTimestamp !== undefined && sameFinalizers && grace >= deletionGracePeriodSeconds) return "unchanged";
  return marked(definition, old, finalizers, deletionTimestamp === undefined ? grace : Math.min(grace, deletionGracePeriodSeconds), context);
}

function marked(definition: Definition, old: KubeObject, finalizers: readonly string[], grace: number, context: StrategyContext): Editing {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, generation } = old.metadata;
  // A shorter grace counts from when the deletion was first asked for.
  const startMs = deletionTimestamp === undefined ? context.nowMs : (parseRfc3339(deletionTimestamp) ?? context.nowMs) - deletionGracePeriodSeconds * 1000;
  const first = deletionTimestamp === undefined;
  const metadata: Record<string, unknown> = {
    ...old.metadata,
    deletionTimestamp: rfc3339(startMs + grace * 1000),
    deletionGracePeriodSeconds: grace,
    ...(generation !== undefined && (first || grace !== deletionGracePeriodSeconds) && { generation: generation + 1 }),
    ...(finalizers.length > 0 && { finalizers }),
  };
  if (finalizers.length === 0) delete metadata.finalizers;
  const object: Record<string, unknown> = { ...old, metadata };
  if (definition.kind === "Namespace") object.status = { ...(old.status as object), phase: "Terminating" };
  return object as unknown as Editing;
}

/** True when an update leaves nothing that an object marked for deletion still waits for. */
export function finalizersDone(definition: Definition, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || namespaceHasContent(definition, object)) return false;
  return deletionGracePeriodSeconds === 0;
}

/** spec.finalizers of a Namespace: "kubernetes" until its controller has emptied it. */
function namespaceHasContent(definition: Definition, object: KubeObject): boolean {
  if (definition.kind !== "Namespace") return false;
  return ((object.spec as { finalizers?: readonly string[] } | undefined)?.finalizers ?? []).length > 0;
}

function finalizersAfter(old: KubeObject, policy: Options["propagationPolicy"]): readonly string[] {
  const kept = old.metadata.finalizers ?? [];
  if (policy === undefined) return kept;
  const others = kept.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (policy === "Foreground") return [...others, FOREGROUND];
  if (policy === "Orphan") return [...others, ORPHAN];
  return others;
}

/** registry/core/pod strategy.CheckGracefulDelete: nobody waits for a Pod that runs nowhere. */
function gracePeriod(definition: Definition, old: KubeObject, asked: number | undefined): number {
  if (!definition.graceful) return 0;
  const pod = old as unknown as Pod;
  if (!pod.spec.nodeName || pod.status.phase === "Failed" || pod.status.phase === "Succeeded") return 0;
  const grace = asked ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}
