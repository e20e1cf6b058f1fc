/** metadata.managedFields: who owns which fields, after an update and after an apply (structured-merge-diff). */
import { failure } from "../status";
import type { KubeObject } from "../types";
import { FieldSet } from "./field-set";
import { compareObjects, fieldsOf, mergeObjects, removeFields } from "./typed";

export type Writer = { readonly manager: string; readonly operation: "Apply" | "Update"; readonly apiVersion: string; readonly subresource?: string; readonly time: string };
type Entry = Writer & { readonly set: FieldSet };

type Stored = NonNullable<KubeObject["metadata"]["managedFields"]>[number];

function entriesOf(object: KubeObject | undefined): readonly Entry[] {
  return (object?.metadata.managedFields ?? []).map(({ manager = "", operation, apiVersion = "", subresource, time, fieldsV1 }) => ({
    manager, operation: operation === "Apply" ? "Apply" : "Update", apiVersion, ...(subresource && { subresource }), time: String(time ?? ""), set: FieldSet.parse(fieldsV1),
  }));
}

function isSame(a: Writer, b: Writer): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.apiVersion === b.apiVersion && a.subresource === b.subresource;
}

function print({ manager, operation, apiVersion, subresource, time, set }: Entry): Stored {
  return { manager, operation, apiVersion, ...(time !== "" && { time }), fieldsType: "FieldsV1", fieldsV1: set.print(), ...(subresource !== undefined && { subresource }) } as unknown as Stored;
}

/** Applies first, then updates by time: sortEncodedManagedFields. */
function sorted(entries: readonly Entry[]): readonly Stored[] {
  return [...entries]
    .filter(({ set }) => !set.isEmpty)
    .sort((a, b) => (a.operation !== b.operation ? (a.operation === "Apply" ? -1 : 1) : a.time !== b.time ? (a.time < b.time ? -1 : 1) : a.manager < b.manager ? -1 : 1))
    .map(print);
}

/** After a create, update or patch: what changed is the writer's now. */
export function afterUpdate(kind: string, old: KubeObject | undefined, empty: unknown, now: KubeObject, writer: Writer): readonly Stored[] {
  const { changed, removed } = compareObjects(kind, old ?? empty, now);
  const before = entriesOf(old);
  if (changed.isEmpty && removed.isEmpty) return before.map(print);
  const others = before.filter((entry) => !isSame(entry, writer)).map((entry) => ({ ...entry, set: entry.set.difference(changed).without(removed) }));
  const own = before.find((entry) => isSame(entry, writer));
  return sorted([...others, { ...writer, set: (own?.set.without(removed) ?? new FieldSet()).union(changed) }]);
}

export type Applied = { readonly object: unknown; readonly managedFields: readonly Stored[] };

/** Server-side apply: the config laid over the live object, what the manager no longer names taken away, conflicts refused. */
export function applyConfig(kind: string, live: KubeObject | undefined, config: unknown, writer: Writer, force: boolean): Applied {
  const set = fieldsOf(kind, config);
  const before = entriesOf(live);
  const own = before.find((entry) => isSame(entry, writer));
  const others = before.filter((entry) => !isSame(entry, writer));
  const merged = live === undefined ? config : mergeObjects(kind, live, config);
  const { changed } = compareObjects(kind, live ?? {}, merged);
  const conflicts = live === undefined ? [] : others.map((entry) => ({ entry, fields: entry.set.intersection(changed) })).filter(({ fields }) => !fields.isEmpty);
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const kept = others.map((entry) => ({ ...entry, set: entry.set.difference(changed.intersection(set)) }));
  const owned = kept.reduce((sum, entry) => sum.union(entry.set), set);
  const abandoned = own === undefined ? new FieldSet() : own.set.difference(owned);
  const object = removeFields(kind, merged, abandoned);
  // Whoever changes nothing has no time, or keeps the one he had.
  const time = live !== undefined && changed.isEmpty && abandoned.isEmpty ? (own?.time ?? "") : writer.time;
  return { object, managedFields: sorted([...kept, { ...writer, time, set }]) };
}

function conflictError(conflicts: readonly { readonly entry: Entry; readonly fields: FieldSet }[]): Error {
  const causes = conflicts.flatMap(({ entry, fields }) => fields.paths().map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${printManager(entry)}`, field })));
  const groups = conflicts.map(({ entry, fields }) => {
    const paths = fields.paths();
    return paths.length === 1 ? `conflict with ${printManager(entry)}: ${paths[0]}` : `conflicts with ${printManager(entry)}:\n${paths.map((path) => `- ${path}`).join("\n")}`;
  });
  const count = causes.length === 1 ? "1 conflict" : `${causes.length} conflicts`;
  return failure(409, "Conflict", `Apply failed with ${count}: ${groups.join("\n")}`, { causes });
}

function printManager({ manager, operation, apiVersion, subresource }: Entry): string {
  const name = subresource === undefined ? JSON.stringify(manager) : `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
