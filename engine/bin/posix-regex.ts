/**
 * Regular expressions as the text tools use them: every match of a line in turn, and what takes
 * its place. The engine is the shell's (POSIX rules, and it cannot run away); this is the loop around it.
 */
import { compileRegex, type Match, type Regex } from "../shell/regex";

export type { Match, Regex } from "../shell/regex";

export class RegexProblem extends Error {}

/** Throws RegexProblem with glibc's words. */
export function posixRegex(source: string, syntax: "basic" | "extended", ignoreCase = false): Regex {
  const compiled = compileRegex(source, { extended: syntax === "extended", ignoreCase });
  if ("error" in compiled) throw new RegexProblem(compiled.error);
  return compiled;
}

/** Matches from left to right; an empty one does not follow directly on another. */
export function* matchesOf(regex: Regex, text: string): Generator<Match> {
  let from = 0;
  let lastEnd = -1;
  while (from <= text.length) {
    const match = regex.exec(text, from);
    if (match === undefined) return;
    if (match.end > match.start || match.start !== lastEnd) yield match;
    lastEnd = match.end;
    from = match.end > match.start ? match.end : nextCharacter(text, match.end);
  }
}

/** Every match, or the first only, replaced by what `by` makes of it; undefined leaves it as it is. */
export function replaceMatches(regex: Regex, text: string, all: boolean, by: (match: Match, nth: number) => string | undefined): string {
  let out = "";
  let at = 0;
  let nth = 0;
  for (const match of matchesOf(regex, text)) {
    const replaced = by(match, ++nth);
    out += text.slice(at, match.start) + (replaced ?? text.slice(match.start, match.end));
    at = match.end;
    if (!all && replaced !== undefined) break;
  }
  return out + text.slice(at);
}

function nextCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code < 0xdc00 ? at + 2 : at + 1;
}
