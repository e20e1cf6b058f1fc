/**
 * The counters in front of a line of iptables-restore: tokenize_rule_counters() of xshared.c, whose
 * strtok(3) looks for the next colon and bracket wherever they are, and ends the line where it cuts.
 */
import { fail } from "./problem";

export type CountedLine = { readonly packets: string; readonly bytes: string; readonly rest: string };

/** Undefined when no counters stand there. */
export function countedLine(line: string, number: number): CountedLine | undefined {
  if (!line.startsWith("[")) return undefined;
  const bracket = line.indexOf("]");
  if (bracket < 0) fail(`Bad line ${number}: need ]`);
  const [packets, colon] = token(line, 1, ":");
  if (packets === "") fail(`Bad line ${number}: need :`);
  const [bytes, close] = token(line, colon + 1, "]");
  if (bytes === "") fail(`Bad line ${number}: need ]`);
  // What was cut off by either stays cut off.
  const cut = [colon, close].filter((at) => at > bracket);
  return { packets, bytes, rest: line.slice(bracket + 1, Math.min(line.length, ...cut)) };
}

/** strtok(3): separators in front are passed over; the token, and where it was ended. */
function token(line: string, from: number, separator: string): [string, number] {
  let start = from;
  while (line.charAt(start) === separator) start++;
  const end = line.indexOf(separator, start);
  return end < 0 ? [line.slice(start), line.length] : [line.slice(start, end), end];
}
