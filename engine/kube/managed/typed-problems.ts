/**
 * What of an applied configuration does not fit its type: structured-merge-diff reads it by the schema and knows
 * neither Go structs nor defaults, so its words are its own ("failed to create typed patch object …").
 */
import { structOf, type Type } from "../schema/grammar";
import { fieldOf, keyOf, ownershipOf } from "./list-keys";

type Json = Readonly<Record<string, unknown>>;

export function typedProblems(kind: string, config: unknown): readonly string[] {
  return inStruct(kind, config, "");
}

function inStruct(name: string, value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined) return [];
  if (!isMap(value)) return [`${path}: expected map, got ${shown(value)}`];
  const { fields, typeMeta } = structOf(name);
  return Object.entries(value).flatMap(([key, item]) => {
    if (typeMeta && (key === "kind" || key === "apiVersion")) return [];
    const field = fields.get(key);
    if (field === undefined) return [`${path}.${key}: field not declared in schema`];
    const ownership = ownershipOf(field.type, name, fieldOf(name, key) ?? field);
    const twice = ownership.kind === "items" && Array.isArray(item) ? repeated(item, ownership.keys, `${path}.${key}`) : [];
    return [...twice, ...inValue(field.type, item, `${path}.${key}`)];
  });
}

function repeated(items: readonly unknown[], keys: readonly string[], path: string): readonly string[] {
  const seen = new Set<string>();
  const twice = items.filter((item) => {
    const key = keyOf(item, keys);
    const known = seen.has(key);
    seen.add(key);
    return known;
  });
  return twice.slice(0, 1).map((item) => `${path}: duplicate entries for key [${keys.map((key) => `${key}=${JSON.stringify((item as Json)[key])}`).join(",")}]`);
}

function inValue(type: Type, value: unknown, path: string): readonly string[] {
  if (value === null) return [];
  switch (type.kind) {
    case "pointer":
      return inValue(type.to, value, path);
    case "struct":
      return inStruct(type.name, value, path);
    case "list":
      if (type.of.kind === "scalar" && type.of.scalar === "byte") return typeof value === "string" ? [] : [`${path}: expected string, got ${shown(value)}`];
      return Array.isArray(value) ? value.flatMap((item, i) => inValue(type.of, item, `${path}[${i}]`)) : [`${path}: expected list, got ${shown(value)}`];
    case "map":
      return isMap(value) ? Object.entries(value).flatMap(([key, item]) => inValue(type.of, item, `${path}.${key}`)) : [`${path}: expected map, got ${shown(value)}`];
    case "scalar":
      return inScalar(type.scalar, value, path);
  }
}

function inScalar(scalar: string, value: unknown, path: string): readonly string[] {
  if (scalar === "string") return typeof value === "string" ? [] : [`${path}: expected string, got ${shown(value)}`];
  if (scalar === "bool") return typeof value === "boolean" ? [] : [`${path}: expected boolean, got ${shown(value)}`];
  if (["int", "int32", "int64", "byte", "float64"].includes(scalar)) return typeof value === "number" ? [] : [`${path}: expected numeric (int or float), got ${nameOf(value)}`];
  return [];
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's %v of a value that was not looked into. */
function shown(value: unknown): string {
  return `&value.valueUnstructured{Value:${typeof value === "string" ? JSON.stringify(value) : String(value)}}`;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return isMap(value) ? "map" : typeof value === "boolean" ? "boolean" : typeof value;
}
