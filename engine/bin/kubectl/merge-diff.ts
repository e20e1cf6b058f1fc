/**
 * Patches from what changed: JSON merge patches, and strategic ones in two ways (from, to) and
 * three (last applied, manifest, live), as apimachinery's strategicpatch and jsonmergepatch make them.
 *
 * Which lists are merged item by item is read from the API's own types (kube/schema).
 */
import { type Field, type PatchStrategy, structNames, structOf, type Type } from "../../kube/schema/grammar";
import { isList, isMap, type Json, type JsonMap, sameJson } from "./json";

type Options = { readonly ignoreDeletions: boolean; readonly ignoreAdditions: boolean };

/** The type of a kind this client knows from its source; others are patched by merge patch. */
export function typeOfKind(kind: string): Type | undefined {
  return structNames().includes(kind) ? { kind: "struct", name: kind } : undefined;
}

/** The patch that makes `to` out of `from`. */
export function twoWayPatch(from: JsonMap, to: JsonMap, type: Type | undefined): JsonMap {
  return type === undefined ? mergePatchBetween(from, to) : diffMaps(from, to, type, { ignoreDeletions: false, ignoreAdditions: false });
}

/** What to change in `live` so that it says what `modified` says, dropping only what `original` once said. */
export function threeWayPatch(original: JsonMap, modified: JsonMap, live: JsonMap, type: Type | undefined): JsonMap {
  if (type === undefined) return unite(withoutNulls(mergePatchBetween(live, modified)), onlyNulls(mergePatchBetween(original, modified)));
  const changes = diffMaps(live, modified, type, { ignoreDeletions: true, ignoreAdditions: false });
  const deletions = diffMaps(original, modified, type, { ignoreDeletions: false, ignoreAdditions: true });
  return uniteStrategic(changes, effective(deletions, live), type);
}

/** RFC 7386. */
export function mergePatchBetween(from: JsonMap, to: JsonMap): JsonMap {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (sameJson(before, value)) continue;
    patch[key] = isMap(before) && isMap(value) ? mergePatchBetween(before, value) : value;
  }
  return patch;
}

function withoutNulls(patch: JsonMap): JsonMap {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    if (!isMap(value)) kept[key] = value;
    else {
      const inner = withoutNulls(value);
      if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) kept[key] = inner;
    }
  }
  return kept;
}

function onlyNulls(patch: JsonMap): JsonMap {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) kept[key] = null;
    else if (isMap(value)) {
      const inner = onlyNulls(value);
      if (Object.keys(inner).length > 0) kept[key] = inner;
    }
  }
  return kept;
}

function unite(a: JsonMap, b: JsonMap): JsonMap {
  const both: Record<string, Json> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const other = both[key];
    both[key] = isMap(other) && isMap(value) ? unite(other, value) : value;
  }
  return both;
}

function fieldOf(type: Type | undefined, name: string): { readonly type: Type | undefined; readonly patch: PatchStrategy | undefined } {
  const inner = type?.kind === "pointer" ? type.to : type;
  if (inner?.kind === "map") return { type: inner.of, patch: undefined };
  if (inner?.kind !== "struct") return { type: undefined, patch: undefined };
  const field: Field | undefined = structOf(inner.name).fields.get(name);
  return { type: field?.type, patch: field?.patch };
}

function itemType(type: Type | undefined): Type | undefined {
  const inner = type?.kind === "pointer" ? type.to : type;
  return inner?.kind === "list" ? inner.of : undefined;
}

function diffMaps(from: JsonMap, to: JsonMap, type: Type | undefined, options: Options): JsonMap {
  const patch: Record<string, Json> = {};
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (before === undefined) {
      if (!options.ignoreAdditions) patch[key] = value;
    } else if (!sameJson(before, value)) diffField(patch, key, [before, value], { ...fieldOf(type, key), options });
  }
  if (!options.ignoreDeletions) for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  return patch;
}

type Where = { readonly type: Type | undefined; readonly patch: PatchStrategy | undefined; readonly options: Options };

function diffField(patch: Record<string, Json>, key: string, [before, after]: readonly [Json, Json], where: Where): void {
  const { options } = where;
  if (isMap(before) && isMap(after)) {
    if (where.patch !== undefined && !where.patch.merge && !where.patch.retainKeys) {
      if (!options.ignoreAdditions) patch[key] = after;
      return;
    }
    const inner: Record<string, Json> = { ...diffMaps(before, after, where.type, options) };
    const changed = Object.keys(inner).length > 0;
    if (changed && where.patch?.retainKeys && !options.ignoreAdditions) inner.$retainKeys = Object.keys(after).sort();
    if (changed) patch[key] = inner;
    return;
  }
  if (isList(before) && isList(after) && where.patch?.merge) diffLists(patch, key, [before, after], where);
  else if (!options.ignoreAdditions) patch[key] = after;
}

function diffLists(patch: Record<string, Json>, key: string, [before, after]: readonly [readonly Json[], readonly Json[]], where: Where): void {
  const mergeKey = where.patch?.mergeKey;
  const keyed = mergeKey !== undefined && [...before, ...after].every(isMap);
  if (!keyed) {
    diffPrimitives(patch, key, [before, after], where.options);
    return;
  }
  const idOf = (item: Json): Json => (item as JsonMap)[mergeKey] ?? null;
  const list: Json[] = [];
  for (const item of after as readonly JsonMap[]) {
    const old = before.find((one) => sameJson(idOf(one), idOf(item))) as JsonMap | undefined;
    if (old === undefined) {
      if (!where.options.ignoreAdditions) list.push(item);
      continue;
    }
    const inner = diffMaps(old, item, itemType(where.type), where.options);
    if (Object.keys(inner).length > 0) list.push({ ...inner, [mergeKey]: idOf(item) });
  }
  const gone = before.filter((item) => !after.some((one) => sameJson(idOf(one), idOf(item))));
  if (!where.options.ignoreDeletions) for (const item of gone) list.push({ $patch: "delete", [mergeKey]: idOf(item) });
  const order = after.map((item) => ({ [mergeKey]: idOf(item) }));
  const moved = !where.options.ignoreAdditions && !sameOrder(before.map(idOf), after.map(idOf));
  if (list.length > 0) patch[key] = list;
  if ((list.length > 0 || moved) && !where.options.ignoreAdditions) patch[`$setElementOrder/${key}`] = order;
}

function diffPrimitives(patch: Record<string, Json>, key: string, [before, after]: readonly [readonly Json[], readonly Json[]], options: Options): void {
  const added = after.filter((item) => !before.some((one) => sameJson(one, item)));
  const gone = before.filter((item) => !after.some((one) => sameJson(one, item)));
  if (added.length > 0 && !options.ignoreAdditions) patch[key] = added;
  if (gone.length > 0 && !options.ignoreDeletions) patch[`$deleteFromPrimitiveList/${key}`] = gone;
  if (!options.ignoreAdditions && (added.length > 0 || !sameOrder(before, after))) patch[`$setElementOrder/${key}`] = after;
}

/** What both have is in the same order in both. */
function sameOrder(before: readonly Json[], after: readonly Json[]): boolean {
  const common = before.filter((item) => after.some((one) => sameJson(one, item)));
  const also = after.filter((item) => before.some((one) => sameJson(one, item)));
  return common.length === also.length && common.every((item, i) => sameJson(item, also[i]));
}

/** Deletions of what the live object does not have (any more) ask for nothing. */
function effective(deletions: JsonMap, live: JsonMap): JsonMap {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(deletions)) {
    const there = live[key];
    if (value === null) {
      if (there !== undefined) kept[key] = null;
    } else if (isMap(value)) {
      const inner = effective(value, isMap(there) ? there : {});
      if (Object.keys(inner).length > 0) kept[key] = inner;
    } else if (isList(value) && !key.startsWith("$")) {
      const list = value.filter((item) => !isMap(item) || item.$patch !== "delete" || (isList(there) && there.some((one) => matches(one, item))));
      if (list.length > 0) kept[key] = list;
    } else kept[key] = value;
  }
  return kept;
}

function matches(item: Json, deletion: JsonMap): boolean {
  return isMap(item) && Object.entries(deletion).every(([key, value]) => key === "$patch" || sameJson(item[key], value));
}

/** Both patches in one: maps key by key, keyed lists item by item. */
function uniteStrategic(changes: JsonMap, deletions: JsonMap, type: Type | undefined): JsonMap {
  const both: Record<string, Json> = { ...changes };
  for (const [key, value] of Object.entries(deletions)) {
    const other = both[key];
    const field = fieldOf(type, key);
    if (isMap(other) && isMap(value)) both[key] = uniteStrategic(other, value, field.type);
    else if (isList(other) && isList(value)) both[key] = uniteLists(other, value, field);
    else both[key] = value;
  }
  return both;
}

function uniteLists(changes: readonly Json[], deletions: readonly Json[], field: { readonly type: Type | undefined; readonly patch: PatchStrategy | undefined }): readonly Json[] {
  const mergeKey = field.patch?.mergeKey;
  const out = [...changes];
  for (const item of deletions) {
    const at = mergeKey === undefined || !isMap(item) ? -1 : out.findIndex((one) => isMap(one) && sameJson(one[mergeKey], item[mergeKey]));
    if (at < 0) out.push(item);
    else out[at] = uniteStrategic(out[at] as JsonMap, item as JsonMap, itemType(field.type));
  }
  return out;
}
