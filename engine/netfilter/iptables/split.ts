/**
 * A line of iptables-restore into arguments: add_param_to_argv() of xshared.c. Blanks, tabs and
 * the newline part them; double quotes keep them together, and inside them \ escapes.
 */
import { fail } from "./problem";

const LONGEST = 1023;
const [TAB, NEWLINE, BLANK, QUOTE, BACKSLASH] = [9, 10, 32, 34, 92] as const;

/** A quote that is never closed swallows the line's end: `ended` says that there was one. */
export function splitLine(line: string, ended = false): string[] {
  const words: string[] = [];
  const end = line.length;
  for (let at = 0; at < end; ) {
    const c = line.charCodeAt(at);
    if (c === BLANK || c === TAB || c === NEWLINE) {
      at++;
      continue;
    }
    const from = at;
    at = plainEnd(line, from);
    let word = line.slice(from, at);
    if (at < end && line.charCodeAt(at) === QUOTE) [word, at] = quotedWord(line, at, word, ended);
    if (word.length > LONGEST) fail("Parameter too long!");
    words.push(word);
  }
  return words;
}

/** Where a word's part without quotes ends. */
function plainEnd(line: string, from: number): number {
  let at = from;
  for (; at < line.length; at++) {
    const c = line.charCodeAt(at);
    if (c === BLANK || c === QUOTE || c === TAB || c === NEWLINE) break;
  }
  return at;
}

/** The rest of a word from its first quote on. */
function quotedWord(line: string, start: number, before: string, ended: boolean): [string, number] {
  let word = before;
  for (let at = start; ; ) {
    const [inside, next] = quoted(line, at + 1, ended);
    word += inside;
    at = plainEnd(line, next);
    word += line.slice(next, at);
    if (line.charCodeAt(at) !== QUOTE) return [word, at];
  }
}

/** What stands between two quotes, and where to go on behind the second. */
function quoted(line: string, from: number, ended: boolean): [string, number] {
  const close = line.indexOf('"', from);
  const escape = line.indexOf("\\", from);
  if (close >= 0 && (escape < 0 || escape > close)) return [line.slice(from, close), close + 1];
  let text = "";
  for (let at = from; at < line.length; at++) {
    const c = line.charCodeAt(at);
    if (c === QUOTE) return [text, at + 1];
    if (c === BACKSLASH && at + 1 < line.length) at++;
    text += line.charAt(at);
  }
  return [ended ? `${text}\n` : text, line.length];
}
