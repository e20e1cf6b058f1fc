/**
 * How ss lays out its table (iproute2's render_calc_width): every column as wide as its longest
 * cell; on a terminal what is left of the line is spread over the columns.
 */
export type Column = { readonly header: string; readonly align: "left" | "right"; readonly delimiter: string; readonly shown: boolean };

export const COLUMNS = ["Netid", "State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:", "Port", "Process"] as const;

/** `terminalWidth` undefined: not a terminal, nothing is spread. */
export function layOut(rows: readonly (readonly string[])[], shown: readonly boolean[], header: boolean, terminalWidth: number | undefined): string {
  const columns: Column[] = COLUMNS.map((name, i) => ({ header: name, align: i === 4 || i === 6 ? "right" : "left", delimiter: i === 0 || i === 5 || i === 7 || i === 8 ? "" : " ", shown: shown[i] ?? true }));
  const all = header ? [columns.map((column) => column.header), ...rows] : rows;
  // The very last cell is written when all has been measured: it makes no column wider (render()).
  const measured = rows.length === 0 ? all : all.map((row, i) => (i === all.length - 1 ? row.slice(0, -1) : row));
  const widths = measure(columns, measured, terminalWidth ?? Number.MAX_SAFE_INTEGER);
  if (terminalWidth !== undefined) spread(widths, terminalWidth);
  return all.map((row) => line(columns, widths, row)).join("");
}

function measure(columns: readonly Column[], rows: readonly (readonly string[])[], screen: number): number[] {
  let first = true;
  return columns.map((column, i) => {
    if (!column.shown) return 0;
    const longest = rows.reduce((most, row) => Math.max(most, (row[i] ?? "").length), 0);
    const width = Math.min(!first && longest > 0 ? longest + column.delimiter.length : longest, screen);
    if (width > 0) first = false;
    return width;
  });
}

/** Where the line is full a new one begins; the space left on each is given to its columns. */
function spread(widths: number[], screen: number): void {
  let end = -1;
  let length = 0;
  let count = 0;
  for (let c = 0; c < widths.length; c++) {
    const width = widths[c] as number;
    if (width === 0) continue;
    count++;
    length += width;
    const last = widths.slice(c + 1).every((other) => other === 0);
    if (!last && length < screen) continue;
    if (length !== screen) {
      if (length > screen) {
        length -= width;
        c--;
        count--;
        while (c > end && widths[c] === 0) c--;
      }
      const spacing = Math.floor((screen - length) / Math.max(count, 1));
      let rest = (screen - length) % Math.max(count, 1);
      for (let t = c; t > end; t--) {
        if (widths[t] === 0) continue;
        widths[t] = (widths[t] as number) + spacing + (rest-- > 0 ? 1 : 0);
      }
      if (count === 0) return;
    }
    end = c;
    length = 0;
    count = 0;
  }
}

function line(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  let out = "";
  let started = false;
  columns.forEach((column, i) => {
    const width = widths[i] as number;
    // An empty column is left out, but the last one begins whatever comes.
    if (width === 0 && i < columns.length - 1) return;
    const cell = row[i] ?? "";
    const printed = started ? column.delimiter : "";
    started = true;
    const pad = Math.max(0, width - printed.length - cell.length);
    out += column.align === "right" ? printed + " ".repeat(pad) + cell : printed + cell + " ".repeat(pad);
  });
  return `${out}\n`;
}
