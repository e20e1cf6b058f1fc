/**
 * Two texts compared as Python's difflib compares them (Ratcliff and Obershelp: the longest common run, then the
 * same on both sides of it), written as a unified diff. Go's messages about objects that may not change end in one.
 */
type Run = { readonly a: number; readonly b: number; readonly size: number };
type Edit = { readonly kind: "equal" | "replace"; readonly from: number; readonly to: number; readonly newFrom: number; readonly newTo: number };

/** Texts of so many lines have lines that are everywhere; these start no run. */
const LONG = 200;

export function difflibUnified(before: string, after: string, context = 3): string {
  const [a, b] = [before.split("\n"), after.split("\n")];
  return groups(editsOf(runs(a, b)), context)
    .map((group) => hunk(a, b, group))
    .join("");
}

function runs(a: readonly string[], b: readonly string[]): readonly Run[] {
  const places = new Map<string, number[]>();
  b.forEach((line, i) => {
    const list = places.get(line);
    if (list === undefined) places.set(line, [i]);
    else list.push(i);
  });
  if (b.length >= LONG) for (const [line, list] of places) if (list.length > Math.floor(b.length / 100) + 1) places.delete(line);
  const found: Run[] = [];
  const search: Part[] = [[0, a.length, 0, b.length]];
  for (let part = search.pop(); part !== undefined; part = search.pop()) {
    const [fromA, toA, fromB, toB] = part;
    const run = longest(a, b, places, part);
    if (run.size === 0) continue;
    found.push(run);
    if (fromA < run.a && fromB < run.b) search.push([fromA, run.a, fromB, run.b]);
    if (run.a + run.size < toA && run.b + run.size < toB) search.push([run.a + run.size, toA, run.b + run.size, toB]);
  }
  return [...found.sort((one, other) => one.a - other.a), { a: a.length, b: b.length, size: 0 }];
}

type Part = readonly [number, number, number, number];

function longest(a: readonly string[], b: readonly string[], places: ReadonlyMap<string, readonly number[]>, [fromA, toA, fromB, toB]: Part): Run {
  let best: Run = { a: fromA, b: fromB, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = fromA; i < toA; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] as string) ?? []) {
      if (j < fromB) continue;
      if (j >= toB) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  let { a: atA, b: atB, size } = best;
  // Lines that are everywhere may lengthen a run.
  while (atA > fromA && atB > fromB && a[atA - 1] === b[atB - 1]) {
    atA--;
    atB--;
    size++;
  }
  while (atA + size < toA && atB + size < toB && a[atA + size] === b[atB + size]) size++;
  return { a: atA, b: atB, size };
}

function editsOf(list: readonly Run[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [a, b] = [0, 0];
  for (const run of list) {
    if (a < run.a || b < run.b) edits.push({ kind: "replace", from: a, to: run.a, newFrom: b, newTo: run.b });
    a = run.a + run.size;
    b = run.b + run.size;
    const last = edits.at(-1);
    if (run.size === 0) continue;
    if (last?.kind === "equal") edits[edits.length - 1] = { ...last, to: a, newTo: b };
    else edits.push({ kind: "equal", from: run.a, to: a, newFrom: run.b, newTo: b });
  }
  return edits;
}

/** Changes that are near each other, with some lines around them. */
function groups(edits: readonly Edit[], context: number): readonly (readonly Edit[])[] {
  const done: Edit[][] = [];
  let group: Edit[] = [];
  edits.forEach((edit, i) => {
    if (edit.kind !== "equal") return void group.push(edit);
    const size = edit.to - edit.from;
    const head = { ...edit, to: edit.from + Math.min(size, context), newTo: edit.newFrom + Math.min(size, context) };
    const tail = { ...edit, from: edit.to - Math.min(size, context), newFrom: edit.newTo - Math.min(size, context) };
    if (i === 0) group.push(tail);
    else if (i === edits.length - 1) group.push(head);
    else if (size > context * 2) {
      done.push([...group, head]);
      group = [tail];
    } else group.push(edit);
  });
  return [...done, group].filter((one) => one.some(({ kind }) => kind !== "equal"));
}

function hunk(a: readonly string[], b: readonly string[], edits: readonly Edit[]): string {
  const [first, last] = [edits[0] as Edit, edits[edits.length - 1] as Edit];
  const lines = edits.flatMap(({ kind, from, to, newFrom, newTo }) =>
    kind === "equal" ? a.slice(from, to).map((line) => ` ${line}`) : [...a.slice(from, to).map((line) => `-${line}`), ...b.slice(newFrom, newTo).map((line) => `+${line}`)],
  );
  return `@@ -${range(first.from, last.to)} +${range(first.newFrom, last.newTo)} @@\n${lines.map((line) => `${line}\n`).join("")}`;
}

function range(from: number, to: number): string {
  const size = to - from;
  if (size === 1) return String(from + 1);
  return `${size === 0 ? from : from + 1},${size}`;
}
