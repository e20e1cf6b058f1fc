/** Objects as trees of owned fields: which fields one has, what differs between two, and putting two together. */
import { deepEqual } from "../freeze";
import { structOf, type Type } from "../schema/grammar";
import { FieldSet } from "./field-set";
import { fieldOf, keyOf, type Ownership, ownershipOf } from "./list-keys";

type Json = Readonly<Record<string, unknown>>;

const rootOf = (kind: string): Ownership => ({ kind: "struct", name: kind });

/** Nobody owns what only the server writes. */
export function stripped(set: FieldSet): FieldSet {
  for (const step of ["f:apiVersion", "f:kind"]) set.children.delete(step);
  const metadata = set.children.get("f:metadata");
  if (metadata === undefined) return set;
  metadata.member = false;
  for (const field of ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion"]) metadata.children.delete(`f:${field}`);
  set.keep("f:metadata", metadata);
  return set;
}

/** Every field an object has. */
export function fieldsOf(kind: string, object: unknown): FieldSet {
  return stripped(collect(rootOf(kind), object));
}

/** `whole`: what was not there before is owned at every level, not only in its leaves. */
function collect(ownership: Ownership, value: unknown, whole = false): FieldSet {
  const set = new FieldSet();
  const parts = partsOf(ownership, value);
  if (parts.length === 0 || whole) set.member = true;
  for (const part of parts) {
    const inner = collect(part.ownership, part.value, whole);
    if (part.step.startsWith("k:")) inner.member = true;
    set.keep(part.step, inner);
  }
  return set;
}

type Part = { readonly step: string; readonly value: unknown; readonly ownership: Ownership };

function partsOf(ownership: Ownership, value: unknown): readonly Part[] {
  if (value === null || value === undefined) return [];
  switch (ownership.kind) {
    case "leaf":
      return [];
    case "struct":
      return Object.entries(value as Json).filter(([name]) => structOf(ownership.name).fields.has(name)).map(([name, item]) => {
        const field = fieldOf(ownership.name, name);
        return { step: `f:${name}`, value: item, ownership: field === undefined ? { kind: "leaf" } : ownershipOf(field.type, ownership.name, field) };
      });
    case "map":
      return Object.entries(value as Json).map(([key, item]) => ({ step: `f:${key}`, value: item, ownership: plain(ownership.of) }));
    case "items":
      return (value as readonly unknown[]).map((item) => ({ step: keyOf(item, ownership.keys), value: item, ownership: plain(ownership.of) }));
    case "set":
      return (value as readonly unknown[]).map((item) => ({ step: `v:${JSON.stringify(item)}`, value: item, ownership: { kind: "leaf" } }));
  }
}

function plain(type: Type): Ownership {
  return ownershipOf(type, "", undefined);
}

export type Comparison = { readonly changed: FieldSet; readonly removed: FieldSet };

/** What `now` has that `old` has not, or has otherwise; and what it no longer has. */
export function compareObjects(kind: string, old: unknown, now: unknown): Comparison {
  const { changed, removed } = differ(rootOf(kind), old, now);
  return { changed: stripped(changed), removed: stripped(removed) };
}

function differ(ownership: Ownership, old: unknown, now: unknown): Comparison {
  const changed = new FieldSet();
  const removed = new FieldSet();
  const [before, after] = [partsOf(ownership, old), partsOf(ownership, now)];
  if (ownership.kind === "leaf" || (before.length === 0 && after.length === 0)) {
    changed.member = !deepEqual(old, now);
    return { changed, removed };
  }
  const known = new Map(before.map((part) => [part.step, part]));
  for (const part of after) {
    const was = known.get(part.step);
    known.delete(part.step);
    if (was === undefined) {
      changed.keep(part.step, collect(part.ownership, part.value, true));
    } else if (was.value !== part.value) {
      const inner = differ(part.ownership, was.value, part.value);
      changed.keep(part.step, inner.changed);
      removed.keep(part.step, inner.removed);
    }
  }
  for (const [step, part] of known) {
    removed.keep(step, collect(part.ownership, part.value, true));
  }
  return { changed, removed };
}

/** `config` laid over `live`. */
export function mergeObjects(kind: string, live: unknown, config: unknown): unknown {
  return merge(rootOf(kind), live, config);
}

function merge(ownership: Ownership, live: unknown, config: unknown): unknown {
  if (live === undefined || live === null || ownership.kind === "leaf" || config === null) return config;
  switch (ownership.kind) {
    case "struct":
    case "map": {
      const out: Record<string, unknown> = { ...(live as Json) };
      for (const part of partsOf(ownership, config)) out[part.step.slice(2)] = merge(part.ownership, out[part.step.slice(2)], part.value);
      if (ownership.kind === "struct") for (const [name, value] of Object.entries(config as Json)) out[name] ??= value;
      return out;
    }
    case "items": {
      const given = new Map(partsOf(ownership, config).map((part) => [part.step, part]));
      const merged = (live as readonly unknown[]).map((item) => {
        const part = given.get(keyOf(item, ownership.keys));
        given.delete(keyOf(item, ownership.keys));
        return part === undefined ? item : merge(part.ownership, item, part.value);
      });
      return [...merged, ...[...given.values()].map((part) => part.value)];
    }
    case "set":
      return [...(live as readonly unknown[]), ...(config as readonly unknown[]).filter((item) => !(live as readonly unknown[]).includes(item))];
  }
}

/** The object without the members of `set`. */
export function removeFields(kind: string, object: unknown, set: FieldSet): unknown {
  return strike(rootOf(kind), object, set);
}

function strike(ownership: Ownership, value: unknown, set: FieldSet): unknown {
  const parts = partsOf(ownership, value);
  if (parts.length === 0) return value;
  const kept = parts.flatMap((part) => {
    const gone = set.children.get(part.step);
    if (gone === undefined) return [part];
    if (gone.member) return [];
    return [{ ...part, value: strike(part.ownership, part.value, gone) }];
  });
  if (ownership.kind === "items" || ownership.kind === "set") return kept.map((part) => part.value);
  const names = new Set(parts.map((part) => part.step.slice(2)));
  const others = Object.entries(value as Json).filter(([name]) => !names.has(name));
  return Object.fromEntries([...others, ...kept.map((part) => [part.step.slice(2), part.value] as const)]);
}
