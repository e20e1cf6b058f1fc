/**
 * How go-spew's "%#v" shows an API object, with the types of the Go structs of Kubernetes 1.36.
 *
 * Nobody would read this, were it not what upstream hashes: pod-template-hash, ControllerRevision
 * names. Unset fields are shown too, which is why the hash of one manifest differs by release.
 */
import { compare } from "../../core/order";
import { type Field, type Layout, structOf, type Type } from "./grammar";
import { parseQuantity } from "./quantity";

type Json = Readonly<Record<string, unknown>>;

export function goDump(typeName: string, value: unknown): string {
  return dump({ kind: "struct", name: typeName }, value, true);
}

function dump(type: Type, value: unknown, typed: boolean): string {
  const shown = typed ? `(${goName(type)})` : "";
  switch (type.kind) {
    case "pointer":
      return isUnset(value) ? `${shown}<nil>` : shown + dump(type.to, value, false);
    case "struct":
      return shown + dumpStruct(structOf(type.name).layout, (value ?? {}) as Json);
    case "list":
      if (isUnset(value) || (value as readonly unknown[]).length === 0) return `${shown}<nil>`;
      return `${shown}[${(value as readonly unknown[]).map((item) => dump(type.of, item, false)).join(" ")}]`;
    case "map": {
      const keys = Object.keys((value ?? {}) as Json).sort(compare);
      if (keys.length === 0) return `${shown}<nil>`;
      return `${shown}map[${keys.map((key) => `${key}:${dump(type.of, (value as Json)[key], false)}`).join(" ")}]`;
    }
    case "scalar":
      return shown + dumpScalar(type, value);
  }
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

function dumpStruct(layout: Layout, value: Json): string {
  let fields = "";
  for (const part of layout) {
    if (fields !== "") fields += " ";
    if ("embedded" in part) fields += `${part.embedded}:(v1.${part.embedded})${dumpStruct(part.layout, value)}`;
    else if (value[part.name] === undefined) fields += unsetField(part);
    else fields += `${part.goName}:${dump(part.type, value[part.name], true)}`;
  }
  return `{${fields}}`;
}

/** Most fields of most objects are not set, and look the same each time. */
function unsetField(field: Field): string {
  field.unset ??= `${field.goName}:${dump(field.type, undefined, true)}`;
  return field.unset;
}

const ZERO_TIME = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}";

function dumpScalar(type: Type & { kind: "scalar" }, value: unknown): string {
  switch (type.scalar) {
    case "Time":
    case "MicroTime":
      return ZERO_TIME;
    case "Quantity":
      return dumpQuantity(isUnset(value) ? "" : String(value));
    case "IntOrString":
      return typeof value === "string" ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}` : `{Type:(intstr.Type)0 IntVal:(int32)${Number(value ?? 0)} StrVal:(string)}`;
    case "bool":
      return value === true ? "true" : "false";
    case "int":
    case "int32":
    case "int64":
    case "byte":
    case "float64":
      return String(value ?? 0);
    case "string":
    case "Raw":
    case "FieldsV1":
    case "Duration":
      return isUnset(value) ? "" : String(value);
  }
}

/** As ParseQuantity leaves it: the text is kept only where it is canonical beyond doubt. */
function dumpQuantity(written: string): string {
  const match = /^-?(\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])?$/.exec(written);
  const show = (value: bigint | number, scale: number, text: string, format: string): string =>
    `{i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${text} Format:(resource.Format)${format}}`;
  if (!match) return show(0, 0, "", "");
  const [, digits = "0", suffix = ""] = match;
  if (suffix.endsWith("i")) {
    const value = (parseQuantity(written)?.nanos ?? 0n) / 1_000_000_000n;
    return show(value, 0, (Number(digits) & 7) !== 0 ? written : "", "BinarySI");
  }
  const scale = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }[suffix] ?? 0;
  const canonical = !digits.endsWith("000") && !digits.startsWith("0");
  return show(Number(digits), scale, canonical ? written : "", "DecimalSI");
}

function goName(type: Type): string {
  switch (type.kind) {
    case "pointer":
      return `*${goName(type.to)}`;
    case "list":
      return `[]${goName(type.of)}`;
    case "map":
      if (type.key === "ResourceName") return "v1.ResourceList";
      return `map[${type.key === "string" ? "string" : `v1.${type.key}`}]${goName(type.of)}`;
    case "struct":
      return `v1.${type.name}`;
    case "scalar":
      switch (type.scalar) {
        case "IntOrString":
          return "intstr.IntOrString";
        case "Quantity":
          return "resource.Quantity";
        case "byte":
          return "uint8";
        case "Time":
        case "MicroTime":
          return `v1.${type.scalar}`;
      }
      if (type.goName === type.scalar) return type.scalar;
      return type.goName === "UID" || type.goName === "NodeName" ? `types.${type.goName}` : `v1.${type.goName}`;
  }
}
