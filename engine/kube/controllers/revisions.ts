/** ControllerRevisions: the templates a DaemonSet or StatefulSet has had, as `kubectl rollout history` shows them. */
import { utf8 } from "../../core/bytes";
import { compare } from "../../core/order";
import { safeEncode } from "../names";
import { deepEqual } from "../freeze";
import { controllerReference } from "../pods";
import { isAlreadyExists } from "../status";
import type { Store } from "../store";
import type { ControllerRevision, DaemonSet, Draft, PodTemplateSpec, StatefulSet } from "../types";

type Owner = DaemonSet | StatefulSet;

/** The patch that would bring this template back. */
export function revisionData(template: PodTemplateSpec): unknown {
  return { spec: { template: { ...template, $patch: "replace" } } };
}

/** history.HashControllerRevision: FNV-1 (not 1a) of the patch as JSON with sorted keys. */
export function revisionHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5;
  const raw = goJson(revisionData(template)) + (collisionCount === undefined ? "" : String(collisionCount));
  for (const byte of utf8(raw)) hash = Math.imul(hash, 0x01000193) ^ byte;
  return safeEncode(String(hash >>> 0));
}

/** encoding/json on maps: keys sorted, and <, >, & escaped. */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => compare(a, b));
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${goJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** In the order of their numbers. */
export function revisionsOf(store: Store, owner: Owner): readonly ControllerRevision[] {
  return [...store.owned("ControllerRevision", owner)].sort((a, b) => a.revision - b.revision);
}

/** The revision of the present template: found, moved to the top, or made. Only one that is made needs the hash, which names it and labels its Pods. */
export function currentRevision(store: Store, owner: Owner, hashOf: () => string): ControllerRevision {
  const { metadata, spec } = owner;
  const all = revisionsOf(store, owner);
  const last = all[all.length - 1]?.revision ?? 0;
  const data = revisionData(spec.template);
  const same = all.filter((revision) => deepEqual((revision as { data?: unknown }).data, data)).at(-1);
  if (same !== undefined) {
    if (same.revision === last) return same;
    return store.update<"ControllerRevision">({ ...same, revision: last + 1 });
  }
  const hash = hashOf();
  const draft = {
    kind: "ControllerRevision",
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? "",
      labels: { ...spec.template.metadata?.labels, "controller-revision-hash": hash },
      ownerReferences: [controllerReference(owner)],
    },
    // Kept as bytes: a client compares them with what it makes of the template itself.
    data: JSON.parse(goJson(data)),
    revision: last + 1,
  } as unknown as Draft<"ControllerRevision">;
  try {
    return store.create(draft);
  } catch (problem) {
    if (!isAlreadyExists(problem)) throw problem;
    return store.read("ControllerRevision", draft.metadata.name ?? "", metadata.namespace);
  }
}

/** revisionHistoryLimit: those that nobody uses, the oldest first. */
export function truncateHistory(store: Store, owner: Owner, used: ReadonlySet<string>): void {
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  const unused = revisionsOf(store, owner).filter(({ metadata }) => !used.has(metadata.name));
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) store.delete("ControllerRevision", metadata.name, metadata.namespace);
}
