/** Objects of the API as a client handles them: plain JSON, looked into with care. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonMap = { readonly [key: string]: Json };

export type ObjectMeta = {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string; readonly controller?: boolean }[];
};

/** Anything with a kind. What else is in it is looked up with `at`, or by a type of kubernetes-types. */
export type Obj = { readonly apiVersion: string; readonly kind: string; readonly metadata: ObjectMeta } & JsonMap;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at a path of keys and indices; undefined when there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): Json | undefined {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here as Json | undefined;
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

export function mapAt(value: unknown, ...path: readonly (string | number)[]): JsonMap {
  const found = at(value, ...path);
  return isMap(found) ? found : {};
}

export function stringsAt(value: unknown, ...path: readonly (string | number)[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === "string");
}

/** A deep copy that may be changed. */
export function thaw<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => thaw(item)) as T;
  if (!isMap(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) copy[key] = thaw(item);
  return copy as T;
}

/** Equal as JSON: order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
}

/** A copy with one path set (or removed, with undefined); maps on the way are made. */
export function withPath(value: unknown, path: readonly string[], to: unknown): JsonMap {
  const [key, ...rest] = path;
  const base = isMap(value) ? value : {};
  if (key === undefined) return base;
  const copy: Record<string, Json> = { ...base };
  if (rest.length > 0) copy[key] = withPath(base[key], rest, to);
  else if (to === undefined) delete copy[key];
  else copy[key] = to as Json;
  return copy;
}

/** JSON for machines, as Go's encoder writes it: sorted keys, <, > and & escaped. */
export function compactJson(value: unknown): string {
  return escapeHtml(JSON.stringify(sortKeys(value)));
}

/** `-o json`: four spaces, sorted keys. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(sortKeys(value), undefined, 4);
}

export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}

export function escapeHtml(json: string): string {
  return json.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
