/** The line BusyBox shows of a transfer: libbb/progress.c, once it is complete. */
const DEFAULT_COLUMNS = 80;
/** Of the terminal's width, what is not the bar. */
const AROUND_BAR = 48;
const NAME_COLUMNS = 20;
const UNITS = " kMGTPEZY";

/** `expected` is Content-Length; without it there is neither a share nor a bar. A terminal's line is begun anew. */
export function progressLine(name: string, bytes: number, expected: number | undefined, columns: number | undefined): string {
  const start = columns === undefined ? "" : "\r";
  const label = name.slice(0, NAME_COLUMNS).padEnd(NAME_COLUMNS);
  if (expected === undefined || expected === 0) return `${start}${label} ${scaled(bytes)} --:--:-- ETA\n`;
  const width = (columns ?? DEFAULT_COLUMNS) - AROUND_BAR;
  const bar = width > 2 ? `|${"*".repeat(width)}| ` : "";
  return `${start}${label} 100% ${bar}${scaled(bytes)}  0:00:00 ETA\n`;
}

/** smart_ulltoa5(): five columns. */
function scaled(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 100_000 || (unit > 0 && value >= 10_000)) {
    value = Math.floor(value / 1024);
    unit++;
  }
  return unit === 0 ? String(value).padStart(5) : `${String(value).padStart(4)}${UNITS[unit]}`;
}
