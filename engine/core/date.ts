/**
 * Calendar dates from the world's clock. UTC only: the machines of a cluster agree on it.
 * Civil-from-days after Howard Hinnant's published algorithm; proleptic Gregorian.
 */
export type Civil = {
  readonly year: number;
  readonly month: number; // 1 to 12
  readonly day: number; // 1 to 31
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly weekday: number; // 0 is Sunday
};

const DAY_MS = 86_400_000;
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
export const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

export function civil(unixMs: number): Civil {
  const days = Math.floor(unixMs / DAY_MS);
  const rest = Math.floor(unixMs - days * DAY_MS);
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: doy - Math.floor((153 * mp + 2) / 5) + 1,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    ms: rest % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** Milliseconds since 1970 of a date and time in UTC. */
export function unixMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return (era * 146_097 + doe - 719_468) * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** As the Kubernetes API writes it: 2026-11-21T09:00:00Z. */
export function rfc3339(atMs: number): string {
  const d = civil(atMs);
  return `${d.year}-${two(d.month)}-${two(d.day)}T${two(d.hour)}:${two(d.minute)}:${two(d.second)}Z`;
}

/** The reverse of rfc3339, with optional fractions; undefined if it is not one. */
export function parseRfc3339(written: string): number | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z$/.exec(written);
  if (!m) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "0"] = m;
  return unixMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)) + Math.floor(Number(fraction) * 1000);
}

/** As asctime(3) and iptables-save print it: Sat Nov 21 09:00:00 2026. */
export function asctime(atMs: number): string {
  const d = civil(atMs);
  return `${WEEKDAYS[d.weekday]} ${MONTHS[d.month - 1]} ${String(d.day).padStart(2)} ${two(d.hour)}:${two(d.minute)}:${two(d.second)} ${d.year}`;
}
