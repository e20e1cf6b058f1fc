/** How a record becomes fields: blanks, one character, or an extended regular expression (POSIX "Regular Expressions, FS"). */
import { matchesOf, type Regex } from "../posix-regex";

export function splitFields(record: string, separator: string, regex: (source: string) => Regex): string[] {
  if (separator === " ") {
    const trimmed = record.replace(/^[ \t\n]+|[ \t\n]+$/g, "");
    return trimmed === "" ? [] : trimmed.split(/[ \t\n]+/);
  }
  if (record === "") return [];
  if (separator === "") return [...record];
  if (separator.length === 1 && separator !== "\\") return record.split(separator);
  return splitBy(record, regex(separator));
}

/** Like String.split, but groups in the pattern add nothing and an empty match does not part. */
export function splitBy(record: string, pattern: Regex): string[] {
  const fields: string[] = [];
  let from = 0;
  for (const match of matchesOf(pattern, record)) {
    if (match.end === match.start) continue;
    fields.push(record.slice(from, match.start));
    from = match.end;
  }
  fields.push(record.slice(from));
  return fields;
}
