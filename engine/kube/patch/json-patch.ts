/** RFC 6902 on RFC 6901 pointers, refusing what evanphx/json-patch refuses. */
import { deepEqual } from "../freeze";
import { copyJson } from "../schema/decode";

export class JsonPatchError extends Error {}

type Operation = { readonly op?: unknown; readonly path?: unknown; readonly from?: unknown; readonly value?: unknown };
type Container = Record<string, unknown> | unknown[];

/** Changes `document` in place, and returns it. */
export function jsonPatch(document: unknown, operations: readonly unknown[]): unknown {
  let root = document;
  for (const operation of operations as readonly Operation[]) root = apply(root, operation);
  return root;
}

function apply(root: unknown, { op, path, from, value }: Operation): unknown {
  if (typeof path !== "string") throw new JsonPatchError(`${String(op)} operation does not apply: missing path`);
  switch (op) {
    case "add":
      return set(root, path, copyJson(value), true);
    case "replace":
      // A member that is not there is made: as the library that upstream uses does.
      if (!isNewMember(root, path)) get(root, path);
      return set(root, path, copyJson(value), false);
    case "remove":
      remove(root, path);
      return root;
    case "test":
      if (!deepEqual(find(root, path), value)) throw new JsonPatchError(`testing path ${path} value failed: test failed`);
      return root;
    case "move": {
      const moved = get(root, String(from));
      remove(root, String(from));
      return set(root, path, moved, true);
    }
    case "copy":
      return set(root, path, copyJson(get(root, String(from))), true);
  }
  throw new JsonPatchError(`Unexpected kind: ${String(op)}`);
}

function isNewMember(root: unknown, path: string): boolean {
  const parent = get(root, path.slice(0, path.lastIndexOf("/")));
  return path.includes("/") && typeof parent === "object" && parent !== null && !Array.isArray(parent);
}

function tokens(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new JsonPatchError(`not a pointer: ${pointer}`);
  return pointer.slice(1).split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function find(root: unknown, pointer: string): unknown {
  return tokens(pointer).reduce<unknown>((at, token) => (at === undefined ? undefined : member(at, token)), root);
}

function get(root: unknown, pointer: string): unknown {
  const found = find(root, pointer);
  if (found === undefined) throw new JsonPatchError(`path does not exist: ${pointer}: missing value`);
  return found;
}

function member(at: unknown, token: string): unknown {
  if (Array.isArray(at)) return at[index(at, token)];
  if (typeof at !== "object" || at === null || !Object.hasOwn(at, token)) return undefined;
  return (at as Record<string, unknown>)[token];
}

function index(list: readonly unknown[], token: string): number {
  if (!/^-?\d+$/.test(token)) throw new JsonPatchError(`invalid array index: ${token}`);
  const at = Number(token);
  return at < 0 ? list.length + at : at;
}

function parent(root: unknown, pointer: string): readonly [Container, string] {
  const path = tokens(pointer);
  const last = path[path.length - 1] ?? "";
  const at = path.slice(0, -1).reduce<unknown>((inner, token) => (inner === undefined ? undefined : member(inner, token)), root);
  if (typeof at !== "object" || at === null) throw new JsonPatchError(`doc is missing path: ${pointer}: missing value`);
  return [at as Container, last];
}

function set(root: unknown, pointer: string, value: unknown, isInsert: boolean): unknown {
  if (pointer === "") return value;
  const [at, last] = parent(root, pointer);
  if (!Array.isArray(at)) at[last] = value;
  else if (last === "-") at.push(value);
  else {
    const i = index(at, last);
    if (i < 0 || i > at.length || (!isInsert && i === at.length)) throw new JsonPatchError(`unable to access invalid index: ${last}`);
    at.splice(i, isInsert ? 0 : 1, value);
  }
  return root;
}

function remove(root: unknown, pointer: string): void {
  const [at, last] = parent(root, pointer);
  if (member(at, last) === undefined) throw new JsonPatchError(`unable to remove nonexistent key: ${last}: missing value`);
  if (Array.isArray(at)) at.splice(index(at, last), 1);
  else delete at[last];
}
