/** time.Parse(time.RFC3339, …): why a text is no such time, in its words; undefined when it is one. */
const LAYOUT = "2006-01-02T15:04:05Z07:00";
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d{2}/, "01"],
  [/^-/, "-"],
  [/^\d{2}/, "02"],
  [/^T/, "T"],
  [/^\d{2}/, "15"],
  [/^:/, ":"],
  [/^\d{2}/, "04"],
  [/^:/, ":"],
  [/^\d{2}(?:[.,]\d+)?/, "05"],
  [/^(?:Z|[+-]\d{2}:\d{2})/, "Z07:00"],
];

export function rfc3339Problem(written: string): string | undefined {
  let rest = written;
  for (const [pattern, part] of PARTS) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) return `parsing time ${JSON.stringify(written)} as ${JSON.stringify(LAYOUT)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
    rest = rest.slice(found.length);
  }
  if (rest !== "") return `parsing time ${JSON.stringify(written)}: extra text: ${JSON.stringify(rest)}`;
  const [, month, day, hour, minute, second] = written.split(/[-T:Z+.,]/).map(Number);
  const over = (what: string): string => `parsing time ${JSON.stringify(written)}: ${what} out of range`;
  if ((month ?? 0) < 1 || (month ?? 0) > 12) return over("month");
  if ((day ?? 0) < 1 || (day ?? 0) > 31) return over("day");
  if ((hour ?? 0) > 23) return over("hour");
  if ((minute ?? 0) > 59) return over("minute");
  return (second ?? 0) > 59 ? over("second") : undefined;
}
