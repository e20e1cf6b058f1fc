/** Getting, setting and deleting by path: getpath, setpath, delpaths, and what they say when they cannot. */
import { compare, isArray, isObject, type Json, print, typeOf } from "./value";

/** An error a program can catch; `value` is what `catch` sees. */
export class JqError extends Error {
  constructor(readonly value: Json) {
    super(typeof value === "string" ? value : `${print(value)} (not a string)`);
  }
}

export type Path = readonly Json[];

/** A value in an error message, shortened as jq does. */
export function shown(value: Json): string {
  const text = print(value);
  return `${typeOf(value)} (${text.length > 11 ? `${text.slice(0, 10)}...` : text})`;
}

export function getField(value: Json, key: Json): Json {
  if (isObject(value) && typeof key === "string") return value.get(key) ?? null;
  if (isArray(value) && typeof key === "number") {
    return (key < 0 ? value[value.length + key] : value[key]) ?? null;
  }
  if (isArray(value) && isObject(key)) return slice(value, key.get("start") ?? null, key.get("end") ?? null);
  if (isArray(value) && isArray(key)) return indices(value, key);
  if (value === null && (typeof key === "string" || typeof key === "number" || isObject(key))) return null;
  if (typeof value === "string" && isObject(key)) return slice(value, key.get("start") ?? null, key.get("end") ?? null);
  if (typeof key === "string" && !isObject(value)) throw new JqError(`Cannot index ${typeOf(value)} with string "${key}"`);
  throw new JqError(`Cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

export function indices(value: Json, wanted: Json): Json {
  const found: number[] = [];
  if (value === null) return null;
  if (typeof value === "string" && typeof wanted === "string") {
    if (wanted === "") return null;
    for (let at = value.indexOf(wanted); at >= 0; at = value.indexOf(wanted, at + 1)) found.push(at);
  } else if (isArray(value)) {
    const list = isArray(wanted) ? wanted : [wanted];
    if (list.length === 0) return null;
    for (let at = 0; at + list.length <= value.length; at++) if (list.every((item, i) => compare(item, value[at + i] as Json) === 0)) found.push(at);
  } else throw new JqError(`Cannot determine indices of ${typeOf(wanted)} in ${typeOf(value)}`);
  return found;
}

function bounds(length: number, from: Json, to: Json): readonly [number, number] {
  for (const bound of [from, to]) if (bound !== null && typeof bound !== "number") throw new JqError("Start and end indices of an array slice must be numbers");
  const clamp = (at: number): number => Math.max(0, Math.min(length, at < 0 ? length + at : at));
  const start = clamp(Math.floor((from as number | null) ?? 0));
  return [start, Math.max(start, clamp(Math.ceil((to as number | null) ?? length)))];
}

export function slice(value: Json, from: Json, to: Json): Json {
  if (value === null) return null;
  if (typeof value === "string") {
    const chars = [...value];
    const [start, end] = bounds(chars.length, from, to);
    return chars.slice(start, end).join("");
  }
  if (!isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with object`);
  const [start, end] = bounds(value.length, from, to);
  return value.slice(start, end);
}

export function getPath(value: Json, path: Path): Json {
  return path.reduce<Json>((at, key) => (at === null ? null : getField(at, key)), value);
}

/** A copy with `change` done at a path; what is not there is made. */
export function updatePath(value: Json, path: Path, change: (old: Json) => Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (isObject(key)) {
    if (value !== null && !isArray(value)) throw new JqError(`Cannot update field at object index of ${typeOf(value)}`);
    const list = value ?? [];
    const [start, end] = bounds(list.length, key.get("start") ?? null, key.get("end") ?? null);
    const made = updatePath(list.slice(start, end), rest, change);
    if (!isArray(made)) throw new JqError("A slice of an array can only be assigned another array");
    return [...list.slice(0, start), ...made, ...list.slice(end)];
  }
  if (typeof key === "string") {
    if (value !== null && !isObject(value)) throw new JqError(`Cannot index ${typeOf(value)} with string "${key}"`);
    const copy = new Map(value ?? []);
    copy.set(key, updatePath(copy.get(key) ?? null, rest, change));
    return copy;
  }
  if (typeof key !== "number") throw new JqError(`Invalid path component ${shown(key)}`.replace(/^.*$/, isArray(value) ? `Cannot update field at array index of array` : `Cannot index ${typeOf(value)} with ${typeOf(key)}`));
  if (value !== null && !isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
  const copy = [...(value ?? [])];
  const at = key < 0 ? copy.length + key : Math.floor(key);
  if (at < 0) throw new JqError("Out of bounds negative array index");
  if (at > 536_870_911) throw new JqError("Array index too large");
  while (copy.length < at) copy.push(null);
  copy[at] = updatePath(copy[at] ?? null, rest, change);
  return copy;
}

export function deletePaths(value: Json, paths: readonly Path[]): Json {
  // The last ones first, so that the numbers of those before stay true.
  return [...paths].sort((a, b) => compare(b, a)).reduce<Json>(deletePath, value);
}

function deletePath(value: Json, path: Path): Json {
  const [key, ...rest] = path;
  if (key === undefined || value === null) return null;
  if (rest.length > 0) {
    const inner = getField(value, key);
    return inner === null ? value : updatePath(value, [key], (old) => deletePath(old, rest));
  }
  if (isObject(value) && typeof key === "string") {
    const copy = new Map(value);
    copy.delete(key);
    return copy;
  }
  if (isArray(value) && typeof key === "number") {
    const at = key < 0 ? value.length + key : key;
    return value.filter((_, i) => i !== at);
  }
  if (isArray(value) && isObject(key)) {
    const [start, end] = bounds(value.length, key.get("start") ?? null, key.get("end") ?? null);
    return [...value.slice(0, start), ...value.slice(end)];
  }
  throw new JqError(`Cannot delete field at ${isObject(value) ? "object" : "array"} index of ${typeOf(value)}`);
}
