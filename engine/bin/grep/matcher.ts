/** Where a line matches: several patterns, of one syntax, with grep's -i -w -x -v. */
import { posixRegex } from "../posix-regex";

export type Span = readonly [from: number, to: number];

export interface Matcher {
  /** Whether the line is selected. */
  selects(line: string): boolean;
  /** All places that match, for -o and colour. */
  spans(line: string): readonly Span[];
}

type Conditions = { readonly ignoreCase: boolean; readonly word: boolean; readonly line: boolean; readonly invert: boolean };

/** Throws RegexProblem. */
export function matcher(patterns: readonly string[], kind: "basic" | "extended" | "fixed", { ignoreCase, word, line, invert }: Conditions): Matcher {
  const flags = ignoreCase ? "i" : "";
  const lines = patterns.flatMap((pattern) => pattern.split("\n"));
  const regexes = lines.map((pattern) => {
    const inner = kind === "fixed" ? pattern.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&") : posixRegex(pattern, kind).source;
    const source = inner === "(?:)" ? "" : inner;
    return new RegExp(line ? `^(?:${source})$` : word ? `(?<!\\w)(?:${source})(?!\\w)` : source, flags);
  });
  const everywhere = regexes.map((regex) => new RegExp(regex.source, `${flags}g`));
  const spans = (text: string): readonly Span[] => merged(everywhere.flatMap((regex) => [...text.matchAll(regex)].map((match): Span => [match.index, match.index + match[0].length])));
  const matches = (text: string): boolean => regexes.some((regex) => regex.test(text));
  return { selects: (text) => matches(text) !== invert, spans };
}

/** In order, the longest first where several begin, none within another. */
function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const kept: Span[] = [];
  for (const span of sorted) {
    const last = kept.at(-1);
    if (last === undefined || span[0] >= last[1]) kept.push(span);
  }
  return kept;
}
