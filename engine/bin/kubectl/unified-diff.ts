/** Unified differences of two texts, as `diff -u` prints their hunks. */

type Edit = { readonly mark: " " | "-" | "+"; readonly line: string };

/** The hunks, without file names; "" when the texts are the same. */
export function unifiedDiff(before: string, after: string, context: number): string {
  const edits = editsBetween(linesOf(before), linesOf(after));
  const changed = edits.flatMap(({ mark }, i) => (mark === " " ? [] : [i]));
  if (changed.length === 0) return "";
  const hunks: [number, number][] = [];
  for (const i of changed) {
    const last = hunks.at(-1);
    const [from, to] = [Math.max(0, i - context), Math.min(edits.length, i + context + 1)];
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks.map(([from, to]) => hunk(edits, from, to)).join("");
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const part = edits.slice(from, to);
  const count = (list: readonly Edit[], skip: "+" | "-"): number => list.filter(({ mark }) => mark !== skip).length;
  const range = (skip: "+" | "-"): string => {
    const size = count(part, skip);
    const start = count(edits.slice(0, from), skip) + (size === 0 ? 0 : 1);
    return size === 1 ? String(start) : `${start},${size}`;
  };
  return `@@ -${range("+")} +${range("-")} @@\n${part.map(({ mark, line }) => `${mark}${line}\n`).join("")}`;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** A shortest edit by the longest common subsequence of what lies between the equal ends. */
function editsBetween(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const keep = (line: string): Edit => ({ mark: " ", line });
  const middle = longest(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...a.slice(0, head).map(keep), ...middle, ...a.slice(a.length - tail).map(keep)];
}

function longest(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ mark: " ", line: a[i++] ?? "" });
      j++;
    } else if (i < a.length && (j >= b.length || (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))) edits.push({ mark: "-", line: a[i++] ?? "" });
    else edits.push({ mark: "+", line: b[j++] ?? "" });
  }
  return edits;
}
