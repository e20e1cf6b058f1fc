/**
 * What `kubectl apply --server-side` does about an object that client-side apply made before:
 * its annotation goes to a manager of its own, and the fields of "kubectl-client-side-apply"
 * become those of "kubectl". cmd/apply's saveLastApplyAnnotationIfNecessary and
 * migrateToSSAIfNecessary; client-go/util/csaupgrade.
 */
import type { Task } from "../../../core/task";
import type { Info } from "../builder";
import type { Context, DryRun } from "../command";
import { at, isMap, type JsonMap, listAt, mapAt, textAt } from "../json";
import { LAST_APPLIED, patchObject } from "../mutate";

const ANNOTATION_MANAGER = "kubectl-last-applied";
const APPLY_MANAGER = "kubectl";

/** After an apply of `info.object`, which made `applied`; the object as it is in the end. */
export function* migrated(context: Context, info: Info, applied: unknown, how: { readonly dryRun: DryRun; readonly manager: string; readonly query: Readonly<Record<string, string>> }): Task<unknown> {
  const saved = how.manager === APPLY_MANAGER ? yield* saveAnnotation(context, info, applied, how.dryRun) : applied;
  const fields = upgraded(managedFieldsOf(saved), how.manager);
  if (fields === undefined) return saved;
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: fields },
    { op: "replace", path: "/metadata/resourceVersion", value: textAt(saved, "metadata", "resourceVersion") },
  ];
  yield* patchObject(context, info, "json", patch, how);
  return yield* patchObject(context, info, "apply", info.object, how);
}

/** An apply that no longer names the annotation would take it away: it gets an owner that does. */
function* saveAnnotation(context: Context, info: Info, applied: unknown, dryRun: DryRun): Task<unknown> {
  const annotation = textAt(applied, "metadata", "annotations", LAST_APPLIED);
  if (annotation === "" || managedFieldsOf(applied).some((entry) => entry.operation === "Apply" && ownsAnnotation(entry))) return applied;
  const { apiVersion, kind } = info.object as JsonMap;
  const namespace = textAt(applied, "metadata", "namespace");
  const metadata = { annotations: { [LAST_APPLIED]: annotation }, name: info.name, ...(namespace !== "" && { namespace }) };
  return yield* patchObject(context, info, "apply", { apiVersion, kind, metadata }, { dryRun, manager: ANNOTATION_MANAGER });
}

function managedFieldsOf(object: unknown): readonly JsonMap[] {
  return listAt(object, "metadata", "managedFields").filter(isMap);
}

function ownsAnnotation(entry: JsonMap): boolean {
  return textAt(entry, "subresource") === "" && at(entry, "fieldsV1", "f:metadata", "f:annotations", `f:${LAST_APPLIED}`) !== undefined;
}

/** The list with client-side managers' fields made the applier's; undefined when there is nothing to move. */
function upgraded(entries: readonly JsonMap[], manager: string): readonly JsonMap[] | undefined {
  const isOld = (entry: JsonMap): boolean => entry.operation === "Update" && ownsAnnotation(entry);
  const names = new Set(entries.filter(isOld).map((entry) => entry.manager));
  if (names.size === 0) return undefined;
  const old = entries.filter((entry) => names.has(entry.manager) && entry.operation === "Update" && textAt(entry, "subresource") === "");
  const target = entries.find((entry) => entry.manager === manager && entry.operation === "Apply" && textAt(entry, "subresource") === "") ?? { ...old[0], manager, operation: "Apply" };
  const fieldsV1 = old.reduce((sum, entry) => union(sum, mapAt(entry, "fieldsV1")), mapAt(target, "fieldsV1"));
  const rest = entries.filter((entry) => !old.includes(entry) && !(entry.manager === manager && entry.operation === "Apply" && textAt(entry, "subresource") === ""));
  return [{ ...target, fieldsV1 }, ...rest];
}

function union(a: JsonMap, b: JsonMap): JsonMap {
  const out: Record<string, JsonMap> = { ...(a as Record<string, JsonMap>) };
  for (const [key, value] of Object.entries(b)) out[key] = union(mapAt(out, key), isMap(value) ? value : {});
  return out;
}
