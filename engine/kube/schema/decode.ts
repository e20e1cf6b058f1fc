/**
 * From parsed JSON to an object as the API server holds it: what Go's decoder and encoder make of
 * it. Known fields in the structs' order, maps sorted, zero values gone where the tag says
 * omitempty, quantities canonical. Unknown fields are named, wrong types refused in Go's words.
 *
 * Every object that is written comes through here, so it is a deep copy as well.
 */
import { compare } from "../../core/order";
import { type Field, type Struct, structOf, type Type } from "./grammar";
import { canonicalQuantity } from "./quantity";

export class DecodeError extends Error {}

/** One field of an object, as it would have come out of the whole. */
export function decodeField(typeName: string, name: string, value: unknown): unknown {
  const field = structOf(typeName).fields.get(name);
  return field && new Decoder([]).value(field.type, value ?? null, { parent: undefined, name, index: undefined, isKey: false, struct: typeName });
}

/** Where in the object we are: written out only when there is something to complain about. */
type Where = { readonly parent: Where | undefined; readonly name: string; readonly index: number | undefined; readonly isKey: boolean; readonly struct: string };
type Json = Readonly<Record<string, unknown>>;

export type Decoded = { readonly value: Record<string, unknown>; readonly unknown: readonly string[] };

/** Throws DecodeError with Go's message for a value of the wrong type. */
export function decode(typeName: string, value: unknown): Decoded {
  const unknown: string[] = [];
  const decoder = new Decoder(unknown);
  return { value: decoder.struct(structOf(typeName), value, undefined), unknown };
}

class Decoder {
  constructor(private readonly unknown: string[]) {}

  struct(struct: Struct, value: unknown, where: Where | undefined): Record<string, unknown> {
    if (value === null || value === undefined) return this.#members(struct, NOTHING, where);
    if (typeof value !== "object" || Array.isArray(value)) throw wrongType(value, `v1.${struct.name}`, where);
    return this.#members(struct, value as Json, where);
  }

  #members(struct: Struct, given: Json, where: Where | undefined): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    if (struct.typeMeta) {
      for (const name of ["kind", "apiVersion"]) if (given[name] !== undefined && given[name] !== "") out[name] = given[name];
    }
    const names = Object.keys(given);
    const fields = known(struct, given, names);
    const strangers = names.length > fields.length;
    for (const field of struct.shown) if (given[field.name] === undefined) fields.push(field);
    inOrder(fields);
    for (const field of fields) {
      const item = given[field.name];
      // Most of what there is: a text that is a text.
      if (typeof item === "string" && field.type.kind === "scalar" && field.type.scalar === "string") {
        if (item !== "" || !field.omitEmpty) out[field.name] = item;
        continue;
      }
      const decoded = this.value(field.type, item ?? null, { parent: where, name: field.name, index: undefined, isKey: false, struct: struct.name });
      if (!omitted(field, decoded)) out[field.name] = decoded;
    }
    if (strangers) this.#strangers(struct, names, where);
    return out;
  }

  #strangers(struct: Struct, names: readonly string[], where: Where | undefined): void {
    for (const name of names) {
      if (!struct.fields.has(name) && !(struct.typeMeta && (name === "kind" || name === "apiVersion"))) this.unknown.push(join(pathOf(where), name));
    }
  }

  value(type: Type, value: unknown, where: Where): unknown {
    switch (type.kind) {
      case "pointer":
        return value === null ? null : this.value(type.to, value, where);
      case "struct":
        return this.struct(structOf(type.name), value, where);
      case "list":
        return this.#list(type, value, where);
      case "map":
        return this.#map(type, value, where);
      case "scalar":
        return this.#scalar(type, value, where);
    }
  }

  #list(type: Type & { kind: "list" }, value: unknown, where: Where): unknown {
    if (value === null) return [];
    if (isBytes(type)) {
      if (typeof value !== "string") throw wrongType(value, "[]uint8", where);
      return value;
    }
    if (!Array.isArray(value)) throw wrongType(value, `[]${goType(type.of)}`, where);
    return value.map((item: unknown, index) => this.value(type.of, item, { parent: where.parent, name: where.name, index, isKey: where.isKey, struct: where.struct }));
  }

  #map(type: Type & { kind: "map" }, value: unknown, where: Where): unknown {
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw wrongType(value, `map[string]${goType(type.of)}`, where);
    const out: Record<string, unknown> = {};
    for (const key of sortedKeys(value as Json)) {
      const item = (value as Json)[key];
      if (item === undefined) continue;
      const inside = { parent: where, name: key, index: undefined, isKey: true, struct: where.struct };
      out[key] = isBytes(type.of) ? this.#bytes(item, inside) : this.value(type.of, item, inside);
    }
    return out;
  }

  #bytes(value: unknown, where: Where): string {
    if (value === null) return "";
    if (typeof value !== "string") throw wrongType(value, "[]uint8", where);
    const bad = /[^A-Za-z0-9+/=\r\n]/.exec(value);
    const clean = value.replace(/[\r\n]/g, "");
    if (bad) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`);
    if (clean.length % 4 !== 0) throw new DecodeError(`illegal base64 data at input byte ${clean.length - (clean.length % 4)}`);
    return clean;
  }

  #scalar(type: Type & { kind: "scalar" }, value: unknown, where: Where): unknown {
    switch (type.scalar) {
      case "string":
        if (value === null) return "";
        if (typeof value !== "string") throw wrongType(value, type.goName === "string" ? "string" : `v1.${type.goName}`.replace("v1.UID", "types.UID"), where);
        return value;
      case "bool":
        if (value === null) return false;
        if (typeof value !== "boolean") throw wrongType(value, "bool", where);
        return value;
      case "int":
      case "int32":
      case "int64":
      case "byte":
        return integer(type.scalar, value, where);
      case "float64":
        if (value === null) return 0;
        if (typeof value !== "number") throw wrongType(value, "float64", where);
        return value;
      case "Time":
      case "MicroTime":
        return time(value);
      case "Quantity":
        return quantity(value);
      case "IntOrString":
        return intOrString(value, where);
      case "Raw":
      case "FieldsV1":
      case "Duration":
        return value === null ? null : copyJson(value);
    }
  }
}

/** The fields that are given, in the order they are given in. */
function known(struct: Struct, given: Json, names: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (const name of names) {
    const field = given[name] === undefined ? undefined : struct.fields.get(name);
    if (field !== undefined) fields.push(field);
  }
  return fields;
}

/** As the struct has them: they come so, or nearly so, and are few; an insertion sort has next to nothing to do. */
function inOrder(fields: Field[]): void {
  for (let i = 1; i < fields.length; i++) {
    const field = fields[i] as Field;
    let at = i;
    for (; at > 0 && (fields[at - 1] as Field).place > field.place; at--) fields[at] = fields[at - 1] as Field;
    fields[at] = field;
  }
}

/** A map's keys as Go's encoder writes them; most are written that way to begin with. */
function sortedKeys(map: Json): readonly string[] {
  const keys = Object.keys(map);
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort(compare);
  return keys;
}

const RANGE = { int32: 2 ** 31, int: Number.MAX_SAFE_INTEGER, int64: Number.MAX_SAFE_INTEGER, byte: 256 } as const;

function integer(scalar: keyof typeof RANGE, value: unknown, where: Where): number {
  if (value === null) return 0;
  if (typeof value !== "number") throw wrongType(value, scalar, where);
  if (!Number.isInteger(value) || Math.abs(value) > RANGE[scalar]) throw wrongType(value, scalar, where);
  return value;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function time(value: unknown): string | null {
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw new DecodeError("json: cannot unmarshal object into Go value of type string");
  if (!RFC3339.test(value)) {
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`);
  }
  return value;
}

function quantity(value: unknown): string {
  if (value === null) return "0";
  const canonical = typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : undefined;
  if (canonical === undefined) {
    throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return canonical;
}

function intOrString(value: unknown, where: Where): number | string {
  if (value === null) return 0;
  if (typeof value === "string") return value;
  return integer("int32", value, where);
}

function omitted(field: Field, value: unknown): boolean {
  if (field.omitZero && (value === null || isEmptyStruct(value))) return true;
  if (!field.omitEmpty) return field.type.kind === "pointer" && value === null;
  switch (field.type.kind) {
    case "pointer":
      return value === null;
    case "list":
      return (value as readonly unknown[] | string).length === 0;
    case "map":
      return Object.keys(value as object).length === 0;
    case "struct":
      return false;
    case "scalar":
      if (field.type.scalar === "Time" || field.type.scalar === "MicroTime") return false;
      if (field.type.scalar === "Quantity") return false;
      if (field.type.scalar === "IntOrString") return false;
      if (field.type.scalar === "Raw" || field.type.scalar === "FieldsV1") return value === null;
      return value === "" || value === 0 || value === false || value === null;
  }
}

function isEmptyStruct(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

const NOTHING: Json = Object.freeze({});

function isBytes(type: Type): boolean {
  return type.kind === "list" && type.of.kind === "scalar" && type.of.scalar === "byte";
}

/** "spec.containers[0].ports" */
function pathOf(where: Where | undefined): string {
  if (where === undefined) return "";
  const path = join(pathOf(where.parent), where.name);
  return where.index === undefined ? path : `${path}[${where.index}]`;
}

/** The same without numbers and keys, as Go's decoder names it. */
function goPathOf(where: Where | undefined): string {
  if (where === undefined) return "";
  return where.isKey ? goPathOf(where.parent) : join(goPathOf(where.parent), where.name);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function goType(type: Type): string {
  switch (type.kind) {
    case "pointer":
      return `*${goType(type.to)}`;
    case "list":
      return `[]${goType(type.of)}`;
    case "map":
      return `map[string]${goType(type.of)}`;
    case "struct":
      return `v1.${type.name}`;
    case "scalar":
      if (type.scalar === "IntOrString") return "intstr.IntOrString";
      if (type.scalar === "byte") return "uint8";
      return type.goName === type.scalar ? type.scalar : `v1.${type.goName}`;
  }
}

function wrongType(value: unknown, goName: string, where: Where | undefined): DecodeError {
  const { struct } = where ?? { struct: "" };
  const goPath = goPathOf(where);
  const into = goPath === "" ? `Go value of type ${goName}` : `Go struct field ${struct}.${goPath} of type ${goName}`;
  return new DecodeError(`json: cannot unmarshal ${jsonName(value)} into ${into}`);
}

function jsonName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? "number" : `number ${value}`;
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyJson) as T;
  if (typeof value !== "object" || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) out[key] = copyJson(item);
  return out as T;
}
