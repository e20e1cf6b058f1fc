/**
 * Elastic tab stops, as Go's text/tabwriter has them (kubectl uses a copy that remembers widths,
 * so that rows of a watch stay under their header).
 *
 * A cell is text that ends in a tab. Cells one below the other, in lines that follow each other,
 * form a column and are as wide as the widest plus the padding. What stands after a line's last
 * tab belongs to no column.
 */
export type TabLayout = { readonly minWidth: number; readonly padding: number; readonly tabIndent?: boolean };

/** The layout of `kubectl get`, and that of `kubectl describe` and the like. */
export const TABLE_LAYOUT: TabLayout = { minWidth: 6, padding: 3 };
export const DESCRIBE_LAYOUT: TabLayout = { minWidth: 0, padding: 2 };

/** Lays out text whose columns are divided by tabs. */
export function tabulate(text: string, layout: TabLayout, remembered?: number[]): string {
  const ended = text.endsWith("\n");
  const lines = (ended ? text.slice(0, -1) : text).split("\n").map((line) => line.split("\t"));
  const out: string[] = [];
  layOut(lines, 0, lines.length, [], { layout, out, remembered });
  return out.join("\n") + (ended ? "\n" : "");
}

type Work = { readonly layout: TabLayout; readonly out: string[]; readonly remembered: number[] | undefined };

/** text/tabwriter's format(): lines from..to are the block of the columns whose widths are given. */
function layOut(lines: readonly string[][], from: number, to: number, widths: readonly number[], work: Work): void {
  const column = widths.length;
  let done = from;
  for (let i = from; i < to; i++) {
    if (column >= cells(lines[i])) continue;
    write(lines, done, i, widths, work.out);
    const [end, width] = columnBlock(lines, i, to, column, work);
    layOut(lines, i, end, [...widths, width], work);
    done = end;
    i = end - 1;
  }
  write(lines, done, to, widths, work.out);
}

/** Where the column that begins in line `from` ends, and how wide it is. */
function columnBlock(lines: readonly string[][], from: number, to: number, column: number, work: Work): readonly [number, number] {
  const { minWidth, padding } = work.layout;
  let width = minWidth;
  let end = from;
  while (end < to && column < cells(lines[end])) {
    width = Math.max(width, [...(lines[end]?.[column] ?? "")].length + padding);
    end++;
  }
  if (work.remembered !== undefined) {
    width = Math.max(width, work.remembered[column] ?? 0);
    work.remembered[column] = width;
  }
  return [end, width];
}

/** Cells that end in a tab: all but the last. */
function cells(line: readonly string[] | undefined): number {
  return (line?.length ?? 1) - 1;
}

function write(lines: readonly string[][], from: number, to: number, widths: readonly number[], out: string[]): void {
  for (let i = from; i < to; i++) {
    const line = lines[i] ?? [];
    out.push(line.map((cell, j) => (j < line.length - 1 ? cell + " ".repeat(Math.max(0, (widths[j] ?? 0) - [...cell].length)) : cell)).join(""));
  }
}
