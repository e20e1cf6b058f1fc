/**
 * From parsed JSON to an object as the API server holds it: what Go's decoder and encoder make of
 * it. Known fields in the structs' order, maps sorted, zero values gone where the tag says
 * omitempty, quantities canonical. Unknown fields are named, wrong types refused in Go's words.
 *
 * Every object that is written comes through here, so it is a deep copy as well.
 */
import { compare } from "../../core/order";
import { type Field, type Layout, type Struct, structOf, type Type } from "./grammar";
import { canonicalQuantity } from "./quantity";

export class DecodeError extends Error {}

/** One field of an object, as it would have come out of the whole. */
export function decodeField(typeName: string, name: string, value: unknown): unknown {
  const field = structOf(typeName).fields.get(name);
  if (field === undefined) return undefined;
  const decoder = new Decoder([]);
  decoder.enter(name, typeName);
  return decoder.value(field.type, value ?? null);
}

type Json = Readonly<Record<string, unknown>>;

export type Decoded = { readonly value: Record<string, unknown>; readonly unknown: readonly string[] };

/** Throws DecodeError with Go's message for a value of the wrong type. */
export function decode(typeName: string, value: unknown): Decoded {
  const unknown: string[] = [];
  const decoder = new Decoder(unknown);
  return { value: decoder.struct(structOf(typeName), value), unknown };
}

/** A step on the way to where we are: a field of a struct or a map's key, and which element of it if it is a list. */
type Step = { name: string; index: number; isKey: boolean; struct: string };

class Decoder {
  /** Where in the object we are; steps are used again, and written out only when there is something to complain about. */
  readonly #steps: Step[] = [];
  #depth = 0;

  constructor(private readonly unknown: string[]) {}

  enter(name: string, struct: string, isKey = false): void {
    const step = this.#steps[this.#depth++];
    if (step === undefined) this.#steps.push({ name, index: -1, isKey, struct });
    else {
      step.name = name;
      step.index = -1;
      step.isKey = isKey;
      step.struct = struct;
    }
  }

  #leave(): void {
    this.#depth--;
  }

  struct(struct: Struct, value: unknown): Record<string, unknown> {
    if (value === null || value === undefined) return this.#members(struct, NOTHING);
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrongType(value, `v1.${struct.name}`);
    return this.#members(struct, value as Json);
  }

  #members(struct: Struct, given: Json): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    if (struct.typeMeta) {
      if (given.kind !== undefined && given.kind !== "") out.kind = given.kind;
      if (given.apiVersion !== undefined && given.apiVersion !== "") out.apiVersion = given.apiVersion;
    }
    if (isAsWritten(struct, given)) {
      for (const name in given) {
        const field = struct.fields.get(name);
        if (field !== undefined && given[name] !== undefined) this.#member(out, struct, field, given[name]);
      }
    } else for (const field of fieldsOf(struct, given)) this.#member(out, struct, field, given[field.name]);
    this.#strangers(struct, given);
    return out;
  }

  #member(out: Record<string, unknown>, struct: Struct, field: Field, item: unknown): void {
    // Most of what there is: a text that is a text.
    if (typeof item === "string" && field.type.kind === "scalar" && field.type.scalar === "string") {
      if (item !== "" || !field.omitEmpty) out[field.name] = item;
      return;
    }
    this.enter(field.name, struct.name);
    const decoded = this.value(field.type, item ?? null);
    this.#leave();
    if (!omitted(field, decoded)) out[field.name] = decoded;
  }

  #strangers(struct: Struct, given: Json): void {
    for (const name in given) {
      if (!struct.fields.has(name) && !(struct.typeMeta && (name === "kind" || name === "apiVersion"))) this.unknown.push(join(this.#path(), name));
    }
  }

  value(type: Type, value: unknown): unknown {
    switch (type.kind) {
      case "pointer":
        return value === null ? null : this.value(type.to, value);
      case "struct":
        return this.struct(structOf(type.name), value);
      case "list":
        return this.#list(type, value);
      case "map":
        return this.#map(type, value);
      case "scalar":
        return this.#scalar(type, value);
    }
  }

  #list(type: Type & { kind: "list" }, value: unknown): unknown {
    if (value === null) return [];
    if (isBytes(type)) {
      if (typeof value !== "string") throw this.#wrongType(value, "[]uint8");
      return value;
    }
    if (!Array.isArray(value)) throw this.#wrongType(value, `[]${goType(type.of)}`);
    const step = this.#steps[this.#depth - 1] as Step;
    const outer = step.index;
    const items: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      step.index = i;
      items.push(this.value(type.of, value[i]));
    }
    step.index = outer;
    return items;
  }

  #map(type: Type & { kind: "map" }, value: unknown): unknown {
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrongType(value, goType(type));
    const { struct } = this.#steps[this.#depth - 1] as Step;
    const out: Record<string, unknown> = {};
    for (const key of sortedKeys(value as Json)) {
      const item = (value as Json)[key];
      if (item === undefined) continue;
      this.enter(key, struct, true);
      out[key] = isBytes(type.of) ? this.#bytes(item) : this.value(type.of, item);
      this.#leave();
    }
    return out;
  }

  #bytes(value: unknown): string {
    if (value === null) return "";
    if (typeof value !== "string") throw this.#wrongType(value, "[]uint8");
    const bad = /[^A-Za-z0-9+/=\r\n]/.exec(value);
    const clean = value.replace(/[\r\n]/g, "");
    if (bad) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`);
    if (clean.length % 4 !== 0) throw new DecodeError(`illegal base64 data at input byte ${clean.length - (clean.length % 4)}`);
    return clean;
  }

  #scalar(type: Type & { kind: "scalar" }, value: unknown): unknown {
    switch (type.scalar) {
      case "string":
        if (value === null) return "";
        if (typeof value !== "string") throw this.#wrongType(value, type.goName === "string" ? "string" : `v1.${type.goName}`.replace("v1.UID", "types.UID"));
        return value;
      case "bool":
        if (value === null) return false;
        if (typeof value !== "boolean") throw this.#wrongType(value, "bool");
        return value;
      case "int":
      case "int32":
      case "int64":
      case "byte":
        return this.#integer(type.scalar, value);
      case "float64":
        if (value === null) return 0;
        if (typeof value !== "number") throw this.#wrongType(value, "float64");
        return value;
      case "Time":
      case "MicroTime":
        if (typeof value === "number" || typeof value === "boolean") throw this.#wrongType(value, "string");
        return time(value, type.scalar === "MicroTime");
      case "Quantity":
        return quantity(value);
      case "IntOrString":
        return value === null ? 0 : typeof value === "string" ? value : this.#integer("int32", value);
      case "Raw":
      case "FieldsV1":
      case "Duration":
        return value === null ? null : copyJson(value);
    }
  }

  #integer(scalar: keyof typeof RANGE, value: unknown): number {
    if (value === null) return 0;
    if (typeof value !== "number") throw this.#wrongType(value, scalar);
    if (!Number.isInteger(value) || Math.abs(value) > RANGE[scalar]) throw this.#wrongType(value, scalar);
    return value;
  }

  #wrongType(value: unknown, goName: string): DecodeError {
    const steps = this.#steps.slice(0, this.#depth);
    // Without numbers and keys, as Go's decoder names it.
    const goPath = steps.filter(({ isKey }) => !isKey).map(({ name, struct }) => [...embeddedIn(structOf(struct).layout, name), name].join(".")).join(".");
    const into = goPath === "" ? `Go value of type ${goName}` : `Go struct field ${steps[steps.length - 1]?.struct ?? ""}.${goPath} of type ${goName}`;
    return new DecodeError(`json: cannot unmarshal ${jsonName(value)} into ${into}`);
  }

  /** "spec.containers[0].ports" */
  #path(): string {
    return this.#steps.slice(0, this.#depth).map(({ name, index }) => (index < 0 ? name : `${name}[${index}]`)).join(".");
  }
}

/** The embedded structs that Go's decoder names on its way to a field. */
function embeddedIn(layout: Layout, name: string): readonly string[] {
  for (const part of layout) {
    if (!("embedded" in part)) continue;
    const has = (inner: Layout): boolean => inner.some((one) => ("embedded" in one ? has(one.layout) : one.name === name));
    if (has(part.layout)) return [part.embedded, ...embeddedIn(part.layout, name)];
  }
  return [];
}

/** All fields that show are given, in the struct's order: as whoever has read it before writes it. */
function isAsWritten(struct: Struct, given: Json): boolean {
  let last = -1;
  let shown = 0;
  for (const name in given) {
    const field = given[name] === undefined ? undefined : struct.fields.get(name);
    if (field === undefined) continue;
    if (field.place < last) return false;
    last = field.place;
    if (!field.optional) shown++;
  }
  return shown === struct.shown.length;
}

/** What is given and what shows in any case, in the struct's order: nearly so they come, and are few; an insertion sort has next to nothing to do. */
function fieldsOf(struct: Struct, given: Json): readonly Field[] {
  const fields: Field[] = [];
  for (const name in given) {
    const field = given[name] === undefined ? undefined : struct.fields.get(name);
    if (field !== undefined) fields.push(field);
  }
  for (const field of struct.shown) if (given[field.name] === undefined) fields.push(field);
  for (let i = 1; i < fields.length; i++) {
    const field = fields[i] as Field;
    let at = i;
    for (; at > 0 && (fields[at - 1] as Field).place > field.place; at--) fields[at] = fields[at - 1] as Field;
    fields[at] = field;
  }
  return fields;
}

/** A map's keys as Go's encoder writes them; most are written that way to begin with. */
function sortedKeys(map: Json): readonly string[] {
  const keys = Object.keys(map);
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort(compare);
  return keys;
}

const RANGE = { int32: 2 ** 31, int: Number.MAX_SAFE_INTEGER, int64: Number.MAX_SAFE_INTEGER, byte: 256 } as const;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function time(value: unknown, micro = false): string | null {
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw new DecodeError("json: cannot unmarshal object into Go value of type string");
  const layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  if (!RFC3339.test(value)) throw new DecodeError(`parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`);
  const [, rest = ""] = micro ? (/^.{19}([Z+-].*)$/.exec(value) ?? []) : [];
  if (rest !== "") throw new DecodeError(`parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(rest)} as ".000000"`);
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
      return type.key === "ResourceName" ? "v1.ResourceList" : `map[string]${goType(type.of)}`;
    case "struct":
      return `v1.${type.name}`;
    case "scalar":
      if (type.scalar === "IntOrString") return "intstr.IntOrString";
      if (type.scalar === "byte") return "uint8";
      return type.goName === type.scalar ? type.scalar : `v1.${type.goName}`;
  }
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
