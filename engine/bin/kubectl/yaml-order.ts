/**
 * The order of keys in kubectl's YAML: go-yaml's, in which "port2" comes before "port10" and
 * punctuation before letters.
 */

/** A comparison for Array.sort. */
export function byYamlKey(a: string, b: string): number {
  if (a === b) return 0;
  const left = [...a];
  const right = [...b];
  const i = left.findIndex((rune, at) => rune !== right[at]);
  if (i < 0 || i >= right.length) return left.length - right.length;
  const l = left[i] ?? "";
  const r = right[i] ?? "";
  const afterDigit = i > 0 && isDigit(left[i - 1]);
  if (isLetter(l) && isLetter(r)) return compareRunes(l, r);
  if (isLetter(l) || isLetter(r)) return isLetter(l) === afterDigit ? -1 : 1;
  return compareNumbers(left, right, i) || compareRunes(l, r);
}

/** Digits from `at` on, read as numbers; more digits of the same value come later. */
function compareNumbers(left: readonly string[], right: readonly string[], at: number): number {
  const significant = (left[at] === "0" || right[at] === "0") && hasValueBefore(left, at) ? "1" : "";
  const a = digitsFrom(left, at);
  const b = digitsFrom(right, at);
  const difference = Number(significant + a || "0") - Number(significant + b || "0");
  return difference !== 0 ? difference : a.length - b.length;
}

function hasValueBefore(runes: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && isDigit(runes[i]); i--) if (runes[i] !== "0") return true;
  return false;
}

function digitsFrom(runes: readonly string[], at: number): string {
  let digits = "";
  for (let i = at; i < runes.length && isDigit(runes[i]); i++) digits += runes[i];
  return digits;
}

function isDigit(rune: string | undefined): boolean {
  return rune !== undefined && rune >= "0" && rune <= "9";
}

function isLetter(rune: string): boolean {
  return /^\p{L}$/u.test(rune);
}

function compareRunes(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
