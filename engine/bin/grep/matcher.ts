/** Where a line matches: several patterns, of one syntax, with grep's -i -w -x -v. */
import { matchesOf, posixRegex, type Regex } from "../posix-regex";

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
  const syntax = kind === "extended" ? "extended" : "basic";
  const regexes = patterns
    .flatMap((pattern) => pattern.split("\n"))
    .map((pattern) => (kind === "fixed" ? pattern.replace(/[\\^$.*[\]]/g, "\\$&") : pattern))
    .map((source) => posixRegex(line ? wholeLine(source, syntax) : source, syntax, ignoreCase));
  const spansOf = (regex: Regex, text: string): Span[] => (word ? wordSpans(regex, text) : [...matchesOf(regex, text)].map(({ start, end }): Span => [start, end]));
  const matches = (text: string): boolean => regexes.some((regex) => (word ? wordSpans(regex, text).length > 0 : regex.test(text)));
  return { selects: (text) => matches(text) !== invert, spans: (text) => merged(regexes.flatMap((regex) => spansOf(regex, text))) };
}

function wholeLine(source: string, syntax: "basic" | "extended"): string {
  return syntax === "extended" ? `^(${source})$` : `^\\(${source}\\)$`;
}

/** Matches that neither follow nor precede a word character. */
function wordSpans(regex: Regex, text: string): Span[] {
  const spans: Span[] = [];
  for (let from = 0; from <= text.length; ) {
    const match = regex.exec(text, from);
    if (match === undefined) break;
    const bounded = !/\w/.test(text[match.start - 1] ?? "") && !/\w/.test(text[match.end] ?? "");
    if (bounded) spans.push([match.start, match.end]);
    from = bounded && match.end > match.start ? match.end : match.start + 1;
  }
  return spans;
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
