/** `--sort-by`: kubectl/pkg/cmd/get/sorter.go. Numbers and quantities by value, text by its characters. */
import { Failure } from "./errors";
import { goSort } from "./go-sort";
import { type Json, listAt } from "./json";
import { jsonPathValues } from "./jsonpath/evaluate";
import { JsonPathError } from "./jsonpath/parse";
import { relaxedPath } from "./printers/columns";
import { parseQuantity } from "./quantity";

/** A Table with its rows in order; their objects must have been asked for. */
export function sortRows(table: unknown, sortBy: string): unknown {
  const rows = sorted(listAt(table, "rows"), sortBy, (row) => (row as { object?: unknown }).object);
  return { ...(table as object), rows };
}

export function sortObjects(objects: readonly unknown[], sortBy: string): readonly unknown[] {
  return sorted(objects, sortBy, (object) => object);
}

function sorted<T>(items: readonly T[], sortBy: string, objectOf: (item: T) => unknown): readonly T[] {
  if (items.length === 0) return items;
  const path = relaxedPath(sortBy);
  const keyed = items.map((item) => ({ item, key: keyOf(path, objectOf(item)) }));
  if (keyed.every(({ key }) => key === undefined)) throw new Failure(`couldn't find any field with path ${JSON.stringify(path)} in the list of objects`);
  return goSort(keyed, (a, b) => compareKeys(a.key, b.key)).map(({ item }) => item);
}

function keyOf(path: string, object: unknown): Json | undefined {
  try {
    return jsonPathValues(path, object)[0];
  } catch (error) {
    if (error instanceof JsonPathError) throw new Failure(error.message);
    throw error;
  }
}

function compareKeys(a: Json | undefined, b: Json | undefined): number {
  const [noA, noB] = [a === undefined || a === null, b === undefined || b === null];
  if (noA || noB) return noA && noB ? 0 : noA ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a !== "string" || typeof b !== "string") throw new Failure("unsortable type");
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  if (left !== undefined && right !== undefined) return left - right;
  return a < b ? -1 : a > b ? 1 : 0;
}
