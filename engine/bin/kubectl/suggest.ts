/** "Did you mean this?": cobra's suggestions for a mistyped command. */
import type { Command } from "./command";

export function findSuggestions(typed: string, commands: readonly Command[]): string {
  const close = commands.filter(({ name }) => distance(typed.toLowerCase(), name) <= 2 || name.startsWith(typed.toLowerCase()));
  if (close.length === 0) return "";
  return `\n\nDid you mean this?\n${close.map(({ name }) => `\t${name}\n`).join("")}`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
