/** How a record becomes fields: blanks, one character, or an extended regular expression (POSIX "Regular Expressions, FS"). */
export function splitFields(record: string, separator: string, regex: (source: string) => RegExp): string[] {
  if (separator === " ") {
    const trimmed = record.replace(/^[ \t\n]+|[ \t\n]+$/g, "");
    return trimmed === "" ? [] : trimmed.split(/[ \t\n]+/);
  }
  if (record === "") return [];
  if (separator === "") return [...record];
  if (separator.length === 1 && separator !== "\\") return record.split(separator === "\t" || !/[.*+?^$|()[\]{}]/.test(separator) ? separator : new RegExp(`\\${separator}`));
  return splitBy(record, regex(separator));
}

/** Like String.split, but groups in the pattern add nothing and an empty match does not part. */
function splitBy(record: string, pattern: RegExp): string[] {
  const fields: string[] = [];
  let from = 0;
  for (const match of record.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))) {
    if (match[0] === "") continue;
    fields.push(record.slice(from, match.index));
    from = match.index + match[0].length;
  }
  fields.push(record.slice(from));
  return fields;
}
