/**
 * A line of iptables-restore into arguments: add_param_to_argv() of xshared.c. Blanks, tabs and
 * the newline part them; double quotes keep them together, and inside them \ escapes.
 */
import { fail } from "./problem";

const LONGEST = 1023;

export function splitLine(line: string): string[] {
  const words = split(line);
  for (const word of words) if (word.length > LONGEST) fail("Parameter too long!");
  return words;
}

function split(line: string): string[] {
  if (!line.includes('"')) return line.split(/[ \t\n]+/).filter((word) => word !== "");
  const words: string[] = [];
  let word = "";
  let open = false;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (open) {
      if (c === "\\" && i + 1 < line.length) word += line.charAt(++i);
      else if (c === '"') open = false;
      else word += c;
      continue;
    }
    if (c === '"') {
      open = true;
      quoted = true;
    } else if (c === " " || c === "\t" || c === "\n") {
      if (word !== "" || quoted) words.push(word);
      word = "";
      quoted = false;
    } else word += c;
  }
  if (word !== "" || quoted) words.push(word);
  return words;
}
