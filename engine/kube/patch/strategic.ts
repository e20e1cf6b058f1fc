/**
 * Strategic merge (apimachinery's util/strategicpatch): like a merge patch, but lists whose items
 * have a key are merged item by item, and `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`
 * and `$setElementOrder/…` say what plain JSON cannot. Which lists those are is in schema/.
 */
import { deepEqual } from "../freeze";

import { type Field, type PatchStrategy, structOf, type Type } from "../schema/grammar";
import { badRequest, failure } from "../status";

type Json = Readonly<Record<string, unknown>>;

export function strategicMerge(original: unknown, patch: Json, type: Type | undefined): unknown {
  const base: Json = isMap(original) ? original : {};
  const directive = patch.$patch;
  if (directive === "replace") return withoutNulls(without(patch, "$patch"));
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") throw failure(500, "", `unknown patch type: ${String(directive)} in map: ${printGoMap(patch)}`);
  const out: Record<string, unknown> = { ...retained(base, patch.$retainKeys) };
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$patch" || key === "$retainKeys" || key.startsWith("$setElementOrder/")) continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const field = key.slice("$deleteFromPrimitiveList/".length);
      const gone = Array.isArray(value) ? value : [];
      if (Array.isArray(out[field])) out[field] = (out[field] as readonly unknown[]).filter((item) => !gone.includes(item));
      continue;
    }
    if (value === null) delete out[key];
    else out[key] = mergeField(out[key], value, fieldOf(type, key), patch[`$setElementOrder/${key}`]);
  }
  // An order may come without the list itself: nothing was changed but places.
  for (const [key, order] of Object.entries(patch)) {
    const field = key.startsWith("$setElementOrder/") ? key.slice("$setElementOrder/".length) : undefined;
    if (field !== undefined && patch[field] === undefined && Array.isArray(out[field])) out[field] = mergeField(out[field], [], fieldOf(type, field), order);
  }
  return out;
}

function mergeField(original: unknown, value: unknown, field: { readonly type: Type | undefined; readonly patch: PatchStrategy | undefined }, order: unknown): unknown {
  if (isMap(value)) {
    if (field.patch !== undefined && !field.patch.merge && !field.patch.retainKeys) return withoutNulls(value);
    return strategicMerge(original, value, field.type);
  }
  if (!Array.isArray(value)) return value;
  if (field.patch?.merge !== true) return withoutNulls(value);
  return mergeList(Array.isArray(original) ? original : [], value, field, Array.isArray(order) ? order : undefined);
}

type ListField = { readonly type: Type | undefined; readonly patch: PatchStrategy | undefined };

function mergeList(original: readonly unknown[], patch: readonly unknown[], field: ListField, order: readonly unknown[] | undefined): readonly unknown[] {
  const key = field.patch?.mergeKey;
  if (key === undefined) {
    const added = patch.filter((item, i) => !original.includes(item) && patch.indexOf(item) === i);
    return arranged([...original, ...added], order ?? patch, original, (a, b) => a === b);
  }
  const item = field.type?.kind === "list" ? field.type.of : undefined;
  const same = (a: unknown, b: unknown): boolean => isMap(a) && isMap(b) && deepEqual(a[key], b[key]);
  if (patch.some((one) => isMap(one) && one.$patch === "replace")) return patch.filter((one) => isMap(one) && one.$patch !== "replace").map(withoutNulls);
  let merged: readonly unknown[] = original;
  const plain: Json[] = [];
  for (const one of patch) {
    if (!isMap(one)) throw badRequest("patch list item is not a map");
    if (one[key] === undefined) throw failure(500, "", `map: ${printGoMap(one)} does not contain declared merge key: ${key}`);
    if (one.$patch === "delete") merged = merged.filter((other) => !same(other, one));
    else plain.push(one);
  }
  for (const one of plain) {
    const at = merged.findIndex((other) => same(other, one));
    if (at < 0) merged = [...merged, strategicMerge({}, one, item)];
    else merged = merged.map((other, i) => (i === at ? strategicMerge(other, one, item) : other));
  }
  return arranged(merged, order ?? plain, original, same);
}

/** normalizeElementOrder: what the patch names keeps the patch's order, the rest the server's, interleaved as best it can be. */
function arranged(merged: readonly unknown[], patchOrder: readonly unknown[], serverOrder: readonly unknown[], same: (a: unknown, b: unknown) => boolean): readonly unknown[] {
  const place = (order: readonly unknown[], item: unknown): number => order.findIndex((other) => same(other, item));
  const named = merged.filter((item) => place(patchOrder, item) >= 0).sort((a, b) => place(patchOrder, a) - place(patchOrder, b));
  const others = merged.filter((item) => place(patchOrder, item) < 0).sort((a, b) => place(serverOrder, a) - place(serverOrder, b));
  const out: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < others.length && j < named.length) {
    const left = place(serverOrder, others[i]);
    const right = place(serverOrder, named[j]);
    out.push(left >= 0 && right >= 0 && left < right ? others[i++] : named[j++]);
  }
  return [...out, ...others.slice(i), ...named.slice(j)];
}

function fieldOf(type: Type | undefined, name: string): ListField {
  const struct = type?.kind === "pointer" ? type.to : type;
  if (struct?.kind === "map") return { type: struct.of, patch: undefined };
  if (struct?.kind !== "struct") return { type: undefined, patch: undefined };
  const field: Field | undefined = structOf(struct.name).fields.get(name);
  return { type: field?.type, patch: field?.patch };
}

function retained(base: Json, keys: unknown): Json {
  if (!Array.isArray(keys)) return base;
  return Object.fromEntries(Object.entries(base).filter(([key]) => keys.includes(key)));
}

function without(map: Json, key: string): Json {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

/** Directives and nulls of a part that meets nothing on the server mean nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== null && !key.startsWith("$"))
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** fmt's %v of a map. */
export function printGoMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printGoMap).join(" ")}]`;
  if (!isMap(value)) return String(value);
  return `map[${Object.keys(value).sort().map((key) => `${key}:${printGoMap(value[key])}`).join(" ")}]`;
}

