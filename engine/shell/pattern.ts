/**
 * Wildcard patterns: * ? [a-z] [!a-z] [[:alpha:]], a backslash protects. glob(7), fnmatch(3).
 * Matching is linear but for `*`, which only ever goes back to the last one: no pattern can hang it.
 */
type Atom =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "set"; readonly negated: boolean; readonly test: (char: string) => boolean };

export type Pattern = { readonly atoms: readonly Atom[]; readonly literal: string | undefined };

export const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /^[A-Za-z\u00aa-\uffff]$/, digit: /^[0-9]$/, alnum: /^[A-Za-z0-9\u00aa-\uffff]$/, upper: /^\p{Lu}$/u, lower: /^\p{Ll}$/u, space: /^[ \t\n\r\f\v]$/, blank: /^[ \t]$/,
  punct: /^[!-/:-@[-`{-~]$/, print: /^[^\x00-\x1f\x7f]$/, graph: /^[^\x00-\x20\x7f]$/, cntrl: /^[\x00-\x1f\x7f]$/, xdigit: /^[0-9A-Fa-f]$/, word: /^\w$/,
};

export function compilePattern(source: string, ignoreCase = false): Pattern {
  const chars = [...source];
  const atoms: Atom[] = [];
  let literal: string | undefined = "";
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    const set = char === "[" ? readSet(chars, at, ignoreCase) : undefined;
    if (char === "*") {
      if (atoms.at(-1)?.kind !== "star") atoms.push({ kind: "star" });
    } else if (char === "?") atoms.push({ kind: "any" });
    else if (set) {
      atoms.push(set.atom);
      at = set.end;
    } else {
      if (char === "\\" && at + 1 < chars.length) at++;
      const plain = chars[at] as string;
      atoms.push({ kind: "char", char: ignoreCase ? plain.toLowerCase() : plain });
      if (literal !== undefined) literal += plain;
      continue;
    }
    literal = undefined;
  }
  return { atoms, literal: ignoreCase ? undefined : literal };
}

function readSet(chars: readonly string[], start: number, ignoreCase: boolean): { readonly atom: Atom; readonly end: number } | undefined {
  let at = start + 1;
  const negated = chars[at] === "!" || chars[at] === "^";
  if (negated) at++;
  const tests: ((char: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    const char = chars[at];
    if (char === undefined) return undefined;
    if (char === "]" && !first) break;
    const named = char === "[" && chars[at + 1] === ":" ? className(chars, at) : undefined;
    if (named) {
      const { test } = named;
      tests.push((c) => test.test(c));
      at = named.end + 1;
      continue;
    }
    if (char === "\\" && at + 1 < chars.length) at++;
    const from = chars[at] as string;
    const to = chars[at + 1] === "-" && chars[at + 2] !== undefined && chars[at + 2] !== "]" ? (chars[at + 2] as string) : from;
    at += to === from ? 1 : 3;
    tests.push((c) => c >= from && c <= to);
  }
  const match = (char: string): boolean => tests.some((test) => test(char));
  const test = ignoreCase ? (char: string) => match(char.toLowerCase()) || match(char.toUpperCase()) : match;
  return { atom: { kind: "set", negated, test }, end: at };
}

function className(chars: readonly string[], at: number): { readonly test: RegExp; readonly end: number } | undefined {
  const rest = chars.slice(at, at + 12).join("");
  const m = /^\[:(\w+):\]/.exec(rest);
  const test = m && Object.hasOwn(CLASSES, m[1] ?? "") ? CLASSES[m[1] ?? ""] : undefined;
  return m && test ? { test, end: at + m[0].length - 1 } : undefined;
}

export function matches(pattern: Pattern, text: string, ignoreCase = false): boolean {
  if (pattern.literal !== undefined) return pattern.literal === text;
  return matchesChars(pattern.atoms, [...(ignoreCase ? text.toLowerCase() : text)]);
}

function matchesChars(atoms: readonly Atom[], chars: readonly string[]): boolean {
  let at = 0;
  let atom = 0;
  let starAtom = -1;
  let starAt = 0;
  while (at < chars.length) {
    const now = atoms[atom];
    if (now?.kind === "star") {
      starAtom = atom++;
      starAt = at;
    } else if (now && matchesOne(now, chars[at] as string)) {
      at++;
      atom++;
    } else if (starAtom >= 0) {
      atom = starAtom + 1;
      at = ++starAt;
    } else return false;
  }
  while (atoms[atom]?.kind === "star") atom++;
  return atom === atoms.length;
}

function matchesOne(atom: Atom, char: string): boolean {
  switch (atom.kind) {
    case "star":
      return false;
    case "any":
      return true;
    case "char":
      return atom.char === char;
    case "set":
      return atom.test(char) !== atom.negated;
  }
}

/** The shortest or longest prefix that matches: how many characters (as code units) of it; undefined for none. */
export function matchPrefix(pattern: Pattern, text: string, longest: boolean): number | undefined {
  const chars = [...text];
  const ends: number[] = [0];
  for (const char of chars) ends.push((ends.at(-1) ?? 0) + char.length);
  const order = longest ? [...ends.keys()].reverse() : [...ends.keys()];
  for (const count of order) if (matchesChars(pattern.atoms, chars.slice(0, count))) return ends[count];
  return undefined;
}

export function matchSuffix(pattern: Pattern, text: string, longest: boolean): number | undefined {
  const chars = [...text];
  const starts: number[] = [0];
  for (const char of chars) starts.push((starts.at(-1) ?? 0) + char.length);
  const order = longest ? [...starts.keys()] : [...starts.keys()].reverse();
  for (const from of order) if (matchesChars(pattern.atoms, chars.slice(from))) return starts[from];
  return undefined;
}

/** The longest match at or after `from`: where it begins and ends. */
export function findPattern(pattern: Pattern, text: string, from: number): { readonly start: number; readonly end: number } | undefined {
  if (pattern.literal !== undefined) {
    const start = pattern.literal === "" ? -1 : text.indexOf(pattern.literal, from);
    return start < 0 ? undefined : { start, end: start + pattern.literal.length };
  }
  for (let start = from; start <= text.length; start++) {
    const length = matchPrefix(pattern, text.slice(start), true);
    if (length !== undefined && length > 0) return { start, end: start + length };
  }
  return undefined;
}

export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}

export function hasWildcard(source: string): boolean {
  return /(^|[^\\])(\\\\)*([*?]|\[[^\]])/.test(source);
}

export function unescapePattern(source: string): string {
  return source.replace(/\\([^])/g, "$1");
}
