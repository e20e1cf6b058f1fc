/** `-o custom-columns=NAME:.metadata.name,IP:.status.podIP`: kubectl/pkg/cmd/get/customcolumn.go. */
import { Failure, PrintFailure } from "../errors";
import { goPrint } from "../go-value";
import type { Json } from "../json";
import { JsonPathError } from "../jsonpath/parse";
import { jsonPathValues } from "../jsonpath/evaluate";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";

export type Column = { readonly header: string; readonly path: string };

/** "a.b", ".a.b", "{.a.b}" and "{a.b}" all mean {.a.b}. */
export function relaxedPath(written: string): string {
  if (written === "") return "";
  const m = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(written);
  if (m === null) throw new Failure(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`);
  return `{.${m[1] ?? m[2] ?? ""}}`;
}

export function parseColumns(spec: string): readonly Column[] {
  if (spec === "") throw new Failure("custom-columns format specified but no custom columns given");
  return spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0) throw new Failure(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: relaxedPath(part.slice(colon + 1)) };
  });
}

/** A custom-columns file: one line of headers, one of paths, in columns of words. */
export function columnsFromFile(text: string): readonly Column[] {
  const [headers = "", paths = ""] = text.split("\n");
  if (headers === "") throw new Failure("invalid template, missing header line. Expected format is one line of space separated headers, one line of space separated column specs.");
  if (paths === "") throw new Failure("invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.");
  const names = headers.split(/\s+/).filter((word) => word !== "");
  const specs = paths.split(/\s+/).filter((word) => word !== "");
  if (names.length !== specs.length) throw new Failure(`number of headers (${names.length}) and field specifications (${specs.length}) don't match`);
  return names.map((header, i) => ({ header, path: relaxedPath(specs[i] ?? "") }));
}

export function printColumns(columns: readonly Column[], objects: readonly unknown[], headers: boolean): string {
  const lines = headers ? [columns.map(({ header }) => header).join("\t")] : [];
  const table = (): string => (lines.length === 0 ? "" : tabulate(`${lines.join("\n")}\n`, TABLE_LAYOUT));
  for (const object of objects) {
    try {
      lines.push(columns.map(({ path }) => cell(path, object)).join("\t"));
    } catch (error) {
      throw error instanceof Failure ? new PrintFailure(table(), error.message) : error;
    }
  }
  return table();
}

function cell(path: string, object: unknown): string {
  const values = valuesAt(path, object);
  return values.length === 0 ? "<none>" : values.map((value) => goPrint(value)).join(",");
}

function valuesAt(path: string, object: unknown): readonly Json[] {
  try {
    return jsonPathValues(path, object);
  } catch (error) {
    if (error instanceof JsonPathError) throw new Failure(error.message);
    throw error;
  }
}
