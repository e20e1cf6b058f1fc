/** strftime(3) in the C locale and UTC: `date +FORMAT`, printf %(…)T, the prompt's \D{…}. */
import { type Civil, MONTHS, WEEKDAYS, unixMs } from "../core/date";

const FULL_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const FULL_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** `nanoseconds` come from the milliseconds' fraction; GNU's flags - _ 0 ^ and a width are understood. */
export function strftime(format: string, date: Civil, atMs: number): string {
  return format.replace(/%([-_0^#]*)(\d*)(:{0,3}z|[A-Za-z%+])/g, (whole, flags: string, width: string, letter: string) => {
    const field = fieldOf(letter, date, atMs);
    if (field === undefined) return whole;
    const [text, pads, digits] = typeof field === "string" ? [field, "", 0] : field;
    const padding = flags.includes("_") ? " " : flags.includes("0") ? "0" : pads;
    const wanted = flags.includes("-") ? 0 : width === "" ? digits : Number(width);
    const padded = text.padStart(letter === "N" ? 0 : wanted, padding || " ");
    const cut = letter === "N" && width !== "" ? padded.slice(0, Number(width)) : padded;
    return flags.includes("^") ? cut.toUpperCase() : cut;
  });
}

type Field = string | readonly [text: string, pad: string, digits: number] | undefined;

const number = (value: number, digits = 2, pad = "0"): Field => [String(value), pad, digits];

function fieldOf(letter: string, d: Civil, atMs: number): Field {
  switch (letter) {
    case "a": return WEEKDAYS[d.weekday];
    case "A": return FULL_DAYS[d.weekday];
    case "b":
    case "h": return MONTHS[d.month - 1];
    case "B": return FULL_MONTHS[d.month - 1];
    case "c": return strftime("%a %b %e %H:%M:%S %Y", d, atMs);
    case "C": return number(Math.floor(d.year / 100));
    case "d": return number(d.day);
    case "D":
    case "x": return strftime("%m/%d/%y", d, atMs);
    case "e": return number(d.day, 2, " ");
    case "F": return strftime("%Y-%m-%d", d, atMs);
    case "H": return number(d.hour);
    case "I": return number(((d.hour + 11) % 12) + 1);
    case "j": return number(dayOfYear(d) + 1, 3);
    case "k": return number(d.hour, 2, " ");
    case "l": return number(((d.hour + 11) % 12) + 1, 2, " ");
    case "m": return number(d.month);
    case "M": return number(d.minute);
    case "n": return "\n";
    case "N": return nanoseconds(atMs);
    case "p": return d.hour < 12 ? "AM" : "PM";
    case "P": return d.hour < 12 ? "am" : "pm";
    case "r": return strftime("%I:%M:%S %p", d, atMs);
    case "R": return strftime("%H:%M", d, atMs);
    case "s": return String(Math.floor(atMs / 1000));
    case "S": return number(d.second);
    case "t": return "\t";
    case "T":
    case "X": return strftime("%H:%M:%S", d, atMs);
    case "u": return String(d.weekday === 0 ? 7 : d.weekday);
    case "w": return String(d.weekday);
    case "U": return number(Math.floor((dayOfYear(d) + 7 - d.weekday) / 7));
    case "V": return number(isoWeek(d).week);
    case "G": return String(isoWeek(d).year);
    case "y": return number(d.year % 100);
    case "Y": return String(d.year);
    case "z": return "+0000";
    case ":z": return "+00:00";
    case "Z": return "UTC";
    case "%": return "%";
  }
  return undefined;
}

function nanoseconds(atMs: number): string {
  const us = Math.round((atMs - Math.floor(atMs / 1000) * 1000) * 1000);
  return `${String(us).padStart(6, "0")}000`;
}

function dayOfYear(d: Civil): number {
  return Math.round((unixMs(d.year, d.month, d.day) - unixMs(d.year, 1, 1)) / 86_400_000);
}

/** ISO 8601: the week that holds the year's first Thursday is number one. */
function isoWeek(d: Civil): { readonly year: number; readonly week: number } {
  const weekday = d.weekday === 0 ? 7 : d.weekday;
  const week = Math.floor((dayOfYear(d) - weekday + 10) / 7);
  if (week < 1) return { year: d.year - 1, week: weeksIn(d.year - 1) };
  return week > weeksIn(d.year) ? { year: d.year + 1, week: 1 } : { year: d.year, week };
}

function weeksIn(year: number): number {
  const weekday = (y: number): number => (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)) % 7;
  return weekday(year) === 4 || weekday(year - 1) === 3 ? 53 : 52;
}
