/**
 * Tables as the server makes them (meta.k8s.io/v1 Table), printed the way `kubectl get` does:
 * cli-runtime's tableprinter.go. The server decides columns and cells, the client which of them.
 */
import { isMap, type Json, listAt, mapAt, textAt } from "../json";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";

export type TableOptions = {
  readonly wide: boolean;
  readonly noHeaders: boolean;
  /** A NAMESPACE column in front. */
  readonly withNamespace: boolean;
  /** "deployment.apps" put before every name, or "". */
  readonly kind: string;
  readonly labelColumns: readonly string[];
  readonly showLabels: boolean;
};

type ColumnDefinition = { readonly name: string; readonly format: string; readonly priority: number };

/** Prints tables of one kind, one after the other; the header once, widths as wide as they ever were. */
export class TablePrinter {
  readonly #options: TableOptions;
  readonly #widths: number[] = [];
  #columns: readonly ColumnDefinition[] | undefined;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** Rows of this table as text; `event` is the type of a watch event, for a column of its own. */
  print(table: unknown, event?: string): string {
    const lines = this.lines(table, event);
    return lines.length === 0 ? "" : tabulate(`${lines.join("\n")}\n`, TABLE_LAYOUT, this.#widths);
  }

  /** The same, divided by tabs and not yet laid out. */
  lines(table: unknown, event?: string): readonly string[] {
    const rows = listAt(table, "rows");
    if (rows.length === 0) return [];
    const lines: string[] = [];
    const definitions = listAt(table, "columnDefinitions").map(toColumn);
    if (this.#columns === undefined || definitions.length > 0) {
      const isNew = this.#columns === undefined;
      this.#columns = definitions;
      if (isNew && !this.#options.noHeaders) lines.push(this.#header(event !== undefined));
    }
    for (const row of rows) lines.push(this.#row(row, event));
    return lines;
  }

  #header(withEvent: boolean): string {
    const { withNamespace, labelColumns, showLabels } = this.#options;
    const names = [
      ...(withEvent ? ["EVENT"] : []),
      ...(withNamespace ? ["NAMESPACE"] : []),
      ...this.#shown().map(({ column }) => column.name.toUpperCase()),
      ...labelColumns.map((label) => label.slice(label.lastIndexOf("/") + 1).toUpperCase()),
      ...(showLabels ? ["LABELS"] : []),
    ];
    return names.join("\t");
  }

  #row(row: Json, event: string | undefined): string {
    const { withNamespace, labelColumns, showLabels, kind } = this.#options;
    const cells = listAt(row, "cells");
    const labels = mapAt(row, "object", "metadata", "labels");
    const shown = this.#shown().map(({ column, index }) => {
      const text = cellText(cells[index]);
      return column.format === "name" && kind !== "" ? `${kind}/${text}` : text;
    });
    return [
      ...(event === undefined ? [] : [event]),
      ...(withNamespace ? [textAt(row, "object", "metadata", "namespace")] : []),
      ...shown,
      ...labelColumns.map((label) => String(labels[label] ?? "")),
      ...(showLabels ? [formatLabels(labels)] : []),
    ].join("\t");
  }

  #shown(): readonly { readonly column: ColumnDefinition; readonly index: number }[] {
    return (this.#columns ?? []).map((column, index) => ({ column, index })).filter(({ column }) => this.#options.wide || column.priority === 0);
  }
}

/** "a=1,b=2", sorted; <none> for none. */
export function formatLabels(labels: { readonly [key: string]: unknown }): string {
  const keys = Object.keys(labels).sort();
  return keys.length === 0 ? "<none>" : keys.map((key) => `${key}=${String(labels[key])}`).join(",");
}

function toColumn(definition: Json): ColumnDefinition {
  const priority = isMap(definition) && typeof definition.priority === "number" ? definition.priority : 0;
  return { name: textAt(definition, "name"), format: textAt(definition, "format"), priority };
}

/** A cell ends at its first line break, with dots to say so. */
function cellText(cell: Json | undefined): string {
  if (cell === undefined || cell === null) return "";
  const text = typeof cell === "string" ? cell : typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  const end = text.search(/[\f\n\r]/);
  return end < 0 ? text : `${text.slice(0, end)}...`;
}
