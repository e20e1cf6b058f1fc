/** "did you mean": src/misspell.c, with its own way of counting. */

/** string_distance(): an edit distance whose rows overlap by one, as the tool has it. */
function distance(a: string, b: string): number {
  const width = b.length;
  const cells: number[] = new Array((a.length + 1) * (b.length + 1)).fill(0);
  const at = (i: number, j: number): number => cells[i * width + j] ?? 0;
  const put = (i: number, j: number, n: number): void => void (cells[i * width + j] = n);
  for (let i = 0; i <= a.length; i++) put(i, 0, i);
  for (let j = 0; j <= b.length; j++) put(0, j, j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i] === b[j] ? 0 : 1;
      put(i, j, Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost));
      if (i > 1 && j > 1 && a[i] === b[j - 1] && a[i - 1] === b[j]) put(i, j, Math.min(at(i, j), at(i - 2, j - 2) + cost));
    }
  }
  return at(a.length, b.length);
}

/** The nearest of the names, if one is near enough. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const [most, fewest] = [Math.max(name.length, wanted.length), Math.min(name.length, wanted.length)];
    if (most <= 1) continue;
    const threshold = most - fewest <= 1 ? Math.max(Math.ceil(most / 3), 1) : Math.ceil((most + 2) / 3);
    const away = distance(name, wanted);
    if (away > threshold || away >= least) continue;
    best = name;
    least = away;
  }
  return best;
}
