/**
 * The fields of every API type, as data: what Go's struct tags say in the real API server.
 *
 * A line is a type, then its fields: `name?:[]Container~name`. After the field's name `?` means
 * omitempty, `0` omitzero, `=TTY` the name Go has for it where that is not the capitalised one.
 * Types: string bool int32 int64 float64, Time MicroTime Quantity IntOrString Raw, `*X` a
 * pointer, `[]X` a list, `{}X` a map (`@Key` its key's type), else another struct, or a string
 * with a name of its own. `~key` is patchMergeKey under patchStrategy merge, `~!key` adds
 * retainKeys. `<Name … >` is an embedded struct, `T` kind and apiVersion. `#7` after the name is the
 * field's number in protobuf, where it is not simply the next one.
 */
import { CORE } from "./core";
import { CUSTOM } from "./custom";
import { NETWORK } from "./network";
import { POD } from "./pod";
import { WORKLOADS } from "./workloads";

export type Scalar = "string" | "bool" | "int" | "int32" | "int64" | "byte" | "float64" | "Time" | "MicroTime" | "Quantity" | "IntOrString" | "Raw" | "FieldsV1" | "Duration";

export type Type =
  | { readonly kind: "scalar"; readonly scalar: Scalar; readonly goName: string }
  | { readonly kind: "pointer"; readonly to: Type }
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "map"; readonly of: Type; readonly key: string }
  | { readonly kind: "struct"; readonly name: string };

export type PatchStrategy = { readonly merge: boolean; readonly retainKeys: boolean; readonly mergeKey: string | undefined };

export type Field = {
  readonly name: string;
  /** Among its struct's fields, from zero. */
  readonly place: number;
  /** In protobuf. */
  readonly number: number;
  readonly goName: string;
  readonly type: Type;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  readonly patch: PatchStrategy | undefined;
  /** Nothing is written when nothing is given: no zero value of its own shows. */
  readonly optional: boolean;
  /** What go-dump.ts makes of it when it is not set, once it has been asked for. */
  unset?: string;
};

/** As Go lays the struct out: its own fields, and those of embedded structs. */
export type Layout = readonly (Field | Embedded)[];
export type Embedded = { readonly embedded: string; readonly number: number; readonly layout: Layout };

export type Struct = {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  readonly layout: Layout;
  readonly typeMeta: boolean;
  /** Those of its fields that show even when they are not given. */
  readonly shown: readonly Field[];
};

const SCALARS: ReadonlySet<string> = new Set<Scalar>(["string", "bool", "int", "int32", "int64", "byte", "float64", "Time", "MicroTime", "Quantity", "IntOrString", "Raw", "FieldsV1", "Duration"]);

function parseType(written: string, structs: ReadonlySet<string>): Type {
  if (written.startsWith("*")) return { kind: "pointer", to: parseType(written.slice(1), structs) };
  if (written.startsWith("[]")) return { kind: "list", of: parseType(written.slice(2), structs) };
  if (written.startsWith("{}")) {
    const [of = "", key = "string"] = written.slice(2).split("@");
    return { kind: "map", of: parseType(of, structs), key };
  }
  if (SCALARS.has(written)) return { kind: "scalar", scalar: written as Scalar, goName: written };
  if (structs.has(written)) return { kind: "struct", name: written };
  return { kind: "scalar", scalar: "string", goName: written };
}

function parsePatch(written: string | undefined): PatchStrategy | undefined {
  if (written === undefined) return undefined;
  const retainKeys = written.startsWith("!");
  const key = retainKeys ? written.slice(1) : written;
  if (key === "replace") return { merge: false, retainKeys: false, mergeKey: undefined };
  return { merge: !retainKeys || key !== "", retainKeys, mergeKey: key === "" ? undefined : key };
}

function parseField(written: string, structs: ReadonlySet<string>, before: number, place: number): Field {
  const match = /^(\w+?)(\?)?(0)?(?:#(\d+))?(?:=(\w+))?:([^~]+)(?:~(.*))?$/.exec(written);
  if (!match) throw new Error(`not a field: ${written}`);
  const [, name = "", omitEmpty, omitZero, number = before + 1, goName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`, type = "", patch] = match;
  const parsed = parseType(type, structs);
  const field = { name, place, number: Number(number), goName, type: parsed, omitEmpty: omitEmpty !== undefined, omitZero: omitZero !== undefined, patch: parsePatch(patch) };
  return { ...field, optional: isOptional(parsed, field.omitEmpty, field.omitZero) };
}

/** Go omits no struct, time, quantity or IntOrString for being empty, unless the tag says omitzero. */
function isOptional(type: Type, omitEmpty: boolean, omitZero: boolean): boolean {
  if (omitZero || type.kind === "pointer") return true;
  if (!omitEmpty || type.kind === "struct") return false;
  return type.kind !== "scalar" || !["Time", "MicroTime", "Quantity", "IntOrString"].includes(type.scalar);
}

function parseStruct(line: string, structs: ReadonlySet<string>): Struct {
  const [name = "", ...words] = line.split(/\s+/);
  const fields = new Map<string, Field>();
  type Growing = { readonly parts: (Field | Embedded)[]; last: number };
  const open: Growing[] = [{ parts: [], last: 0 }];
  let typeMeta = false;
  for (const word of words) {
    const at = open[open.length - 1] as Growing;
    if (word === "T") typeMeta = true;
    else if (word === ">") open.pop();
    else if (word.startsWith("<")) {
      const [embedded = "", number = String(at.last + 1)] = word.slice(1).split("#");
      const inner: Growing = { parts: [], last: 0 };
      at.last = Number(number);
      at.parts.push({ embedded, number: at.last, layout: inner.parts });
      open.push(inner);
    } else {
      const field = parseField(word, structs, at.last, fields.size);
      at.last = field.number;
      fields.set(field.name, field);
      at.parts.push(field);
    }
  }
  const shown = [...fields.values()].filter(({ optional }) => !optional);
  return { name, fields, layout: (open[0] as { readonly parts: Layout }).parts, typeMeta, shown };
}

function parseAll(texts: readonly string[]): ReadonlyMap<string, Struct> {
  const lines = texts.flatMap((text) => text.replace(/\n\s+/g, " ").replace(/([^\s])<(\w)/g, "$1 <$2").split("\n")).filter((line) => line.trim() !== "");
  const names = new Set(lines.map((line) => line.slice(0, line.indexOf(" "))));
  return new Map(lines.map((line) => parseStruct(line.trim(), names)).map((struct) => [struct.name, struct]));
}

const STRUCTS = parseAll([POD, CORE, WORKLOADS, NETWORK, CUSTOM]);

export function structOf(name: string): Struct {
  const struct = STRUCTS.get(name);
  if (struct === undefined) throw new Error(`no such type: ${name}`);
  return struct;
}

export function structNames(): readonly string[] {
  return [...STRUCTS.keys()];
}
