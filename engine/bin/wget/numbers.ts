/** wget's numbers: sizes, rates and durations (utils.c, retr.c). */
const RATE_UNITS = ["B/s", "KB/s", "MB/s", "GB/s"] as const;

function scaled(bytesPerSecond: number): readonly [number, number] {
  let [rate, unit] = [bytesPerSecond, 0];
  while (rate >= 1024 && unit < 3) [rate, unit] = [rate / 1024, unit + 1];
  return [rate, unit];
}

const digits = (rate: number): number => (rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2);

/** "293 KB/s" */
export function printRate(bytes: number, seconds: number): string {
  const [rate, unit] = scaled(bytes / seconds);
  return `${rate.toFixed(unit === 0 ? 0 : digits(rate))} ${RATE_UNITS[unit]}`;
}

/** " 293K", as in a row of dots. */
export function printShortRate(bytes: number, seconds: number): string {
  const [rate, unit] = scaled(bytes / seconds);
  return `${rate.toFixed(unit === 0 ? 0 : digits(rate)).padStart(4)}${[" ", "K", "M", "G"][unit]}`;
}

/** print_decimal(): no more decimals than mean something. */
export function printSeconds(seconds: number): string {
  if (seconds >= 9.95) return seconds.toFixed(0);
  if (seconds >= 0.95) return seconds.toFixed(1).replace(/\.0$/, "");
  if (seconds >= 0.095) return seconds.toFixed(1);
  if (seconds >= 0.0095) return seconds.toFixed(2);
  if (seconds >= 0.00095) return seconds.toFixed(3);
  return "0";
}

/** human_readable(): 300000 is 293K. */
export function printSize(bytes: number, decimals = 1): string {
  let [size, unit] = [bytes / 1024, 0];
  while (size >= 1024 && unit < 3) [size, unit] = [size / 1024, unit + 1];
  return `${size < 10 ? size.toFixed(decimals) : size.toFixed(decimals === 1 ? 0 : decimals)}${"KMGT"[unit]}`;
}
