/**
 * What the API server knows about one kind: where it lives, what is filled in, what is refused,
 * how it is selected and how kubectl's table shows it. In the real one: a registry's strategy,
 * the defaulting and validation functions of its group, and a print handler.
 */
import type { Rng } from "../../core/rng";
import type { FieldError } from "../field-error";
import type { Storage } from "../storage";
import type { Kind, KindMap } from "../types";
import type { Problems } from "../validation/names";

type DeepMutable<T> = T extends readonly (infer U)[] ? DeepMutable<U>[] : T extends object ? { -readonly [P in keyof T]: DeepMutable<T[P]> } : T;

/** An object while it may still be written to, on its way into the store. */
export type Editable<K extends Kind> = DeepMutable<KindMap[K]>;

export type StrategyContext = { readonly storage: Storage; readonly rng: Rng; readonly nowMs: number; readonly now: string };

export type Column = {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly format?: "name";
  /** 1 is shown with -o wide only. */
  readonly priority?: number;
};
export type Cell = string | number | boolean;

/** Methods, so that a table of all kinds can be made: see registry.ts. */
export interface Definition<K extends Kind = Kind> {
  readonly kind: K;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** metadata.generation counts changes of the spec. */
  readonly generation?: boolean;
  /** There is a /status. */
  readonly status?: boolean;
  /** There is a /scale. */
  readonly scale?: boolean;
  /** Deletion has a grace period: Pods. */
  readonly graceful?: boolean;
  /** A custom resource in a real cluster: no strategic merge, other discovery. */
  readonly custom?: boolean;
  /** What may be its name; a DNS subdomain where nothing is said. */
  name?(written: string): Problems;
  defaults?(object: Editable<K>): void;
  prepareForCreate?(object: Editable<K>, context: StrategyContext): void;
  prepareForUpdate?(object: Editable<K>, old: KindMap[K], context: StrategyContext): void;
  /** Takes what must be unique in the cluster: addresses, ports. Throws ApiError. */
  allocate?(object: Editable<K>, old: KindMap[K] | undefined, context: StrategyContext): void;
  validate?(object: KindMap[K]): readonly FieldError[];
  /** What may not change; told after what is wrong with the object itself, or before. */
  validateUpdate?(object: KindMap[K], old: KindMap[K]): readonly FieldError[];
  readonly changesFirst?: boolean;
  defaultStatus?(object: Editable<K>): void;
  /** Of those that clients write; the cluster's own parts know what they do. */
  validateStatus?(object: KindMap[K], old: KindMap[K]): readonly FieldError[];
  warnings?(object: KindMap[K], old: KindMap[K] | undefined): readonly string[];
  /** What a field selector may ask for, besides metadata.name and metadata.namespace. */
  fields?(object: KindMap[K]): Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  row(object: KindMap[K], nowMs: number): readonly Cell[];
}

export const NAME: Column = { name: "Name", type: "string", format: "name" };
export const AGE: Column = { name: "Age", type: "string" };

export function text(name: string, priority?: number): Column {
  return { name, type: "string", ...(priority !== undefined && { priority }) };
}

export function integer(name: string, priority?: number): Column {
  return { name, type: "integer", ...(priority !== undefined && { priority }) };
}
