/**
 * An object as Go's encoder writes it: its fields in the order of the structs. Within the cluster the order says
 * nothing, and defaults simply come last; who looks at the JSON itself (curl, get --raw) sees it as the real one prints it.
 */
import { structNames, structOf, type Type } from "./grammar";

type Json = Readonly<Record<string, unknown>>;

const KINDS: ReadonlySet<string> = new Set(structNames());

/** What is no object of a known kind, nor a list of such, is returned as it is. */
export function inGoOrder(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { kind, items } = body as Json;
  if (typeof kind !== "string") return body;
  if (Array.isArray(items) && kind.endsWith("List")) {
    const name = kind.slice(0, -"List".length);
    return KINDS.has(name) ? { ...body, items: items.map((item) => (isObject(item) ? ordered(name, item) : item)) } : body;
  }
  return KINDS.has(kind) ? ordered(kind, body as Json) : body;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ordered(name: string, value: Json): Json {
  const struct = structOf(name);
  const out: Record<string, unknown> = {};
  for (const field of ["kind", "apiVersion"]) if (struct.typeMeta && value[field] !== undefined) out[field] = value[field];
  for (const [field, { type }] of struct.fields) if (value[field] !== undefined) out[field] = sort(type, value[field]);
  for (const field in value) if (!(field in out)) out[field] = value[field];
  return out;
}

function sort(type: Type, value: unknown): unknown {
  switch (type.kind) {
    case "pointer":
      return sort(type.to, value);
    case "struct":
      return isObject(value) ? ordered(type.name, value) : value;
    case "list":
      return Array.isArray(value) && type.of.kind !== "scalar" ? value.map((item) => sort(type.of, item)) : value;
    case "map":
      return isObject(value) && type.of.kind !== "scalar" ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sort(type.of, item)])) : value;
    case "scalar":
      return value;
  }
}
