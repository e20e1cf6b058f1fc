/**
 * How lists and maps are owned under server-side apply: item by item (and by which keys), as sets,
 * or whole. Upstream's listType, listMapKey and structType markers.
 */
import { type Field, structOf, type Type } from "../schema/grammar";

/** Structs that are one value, however many fields they have. */
const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  "LabelSelector", "LocalObjectReference", "SecretKeySelector", "ConfigMapKeySelector", "ObjectFieldSelector", "ResourceFieldSelector", "ObjectReference", "NodeSelector",
  "NodeSelectorTerm", "ServiceBackendPort", "SecretReference", "TypedLocalObjectReference", "OwnerReference", "RoleRef", "Subject",
]);
/** Maps that are one value. */
const ATOMIC_MAPS: ReadonlySet<string> = new Set(["ServiceSpec.selector", "PodSpec.nodeSelector"]);
/** Where the keys are not simply the strategic merge's. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "Container.ports": ["containerPort", "protocol"],
  "EphemeralContainer.ports": ["containerPort", "protocol"],
  "ServiceSpec.ports": ["port", "protocol"],
  "PodSpec.topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
};

export type Ownership =
  | { readonly kind: "leaf" }
  | { readonly kind: "struct"; readonly name: string }
  | { readonly kind: "map"; readonly of: Type }
  | { readonly kind: "items"; readonly keys: readonly string[]; readonly of: Type }
  | { readonly kind: "set" };

const LEAF: Ownership = { kind: "leaf" };

export function ownershipOf(type: Type, struct: string, field: Field | undefined): Ownership {
  switch (type.kind) {
    case "pointer":
      return ownershipOf(type.to, struct, field);
    case "scalar":
      return LEAF;
    case "struct":
      return ATOMIC_STRUCTS.has(type.name) ? LEAF : { kind: "struct", name: type.name };
    case "map":
      return field !== undefined && ATOMIC_MAPS.has(`${struct}.${field.name}`) ? LEAF : { kind: "map", of: type.of };
    case "list": {
      const keys = (field && KEYS[`${struct}.${field.name}`]) ?? (field?.patch?.mergeKey === undefined ? undefined : [field.patch.mergeKey]);
      if (keys !== undefined && type.of.kind === "struct") return { kind: "items", keys, of: type.of };
      return field?.patch?.merge ? { kind: "set" } : LEAF;
    }
  }
}

/** A key that was not given is what defaulting will make of it. */
export function keyOf(item: unknown, keys: readonly string[]): string {
  const fields = (item ?? {}) as Readonly<Record<string, unknown>>;
  const given = [...keys].sort().map((key) => [key, fields[key] ?? (key === "protocol" ? "TCP" : key === "name" ? "" : null)] as const);
  return `k:${JSON.stringify(Object.fromEntries(given))}`;
}

export function fieldOf(struct: string, name: string): Field | undefined {
  return structOf(struct).fields.get(name);
}
