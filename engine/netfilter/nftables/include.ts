/**
 * `include "file"`: other files' text in the place of the words, as src/scanner.l reads them; and
 * where in which file something stands, for whoever complains of it.
 */
import type { Loc, Piece } from "./source";

/** How files are read. */
export type Files = {
  readonly read: (path: string) => string | undefined;
  /** Names that match a pattern of the shell, in order. */
  readonly glob: (pattern: string) => readonly string[];
  /** Where names without a directory are looked for, in this order. */
  readonly paths: readonly string[];
};

/** MAX_INCLUDE_DEPTH. */
const DEEPEST = 16;
const DEFAULT_PATH = "/etc";

export type Expanded = { readonly text: string; readonly pieces: readonly Piece[]; /** What could not be included, by where it is asked for. */ readonly refused: ReadonlyMap<number, string> };

const INCLUDE = /^([ \t]*)include[ \t]+"([^"\n]*)"/gm;

export function expandIncludes(text: string, name: string | undefined, files: Files): Expanded {
  const made: Draft = { text: "", pieces: [], refused: new Map() };
  append(made, { text, name, from: [] }, files);
  return made;
}

type Draft = { text: string; pieces: Piece[]; refused: Map<number, string> };
type Source = Pick<Piece, "text" | "name" | "from">;

function append(made: Draft, source: Source, files: Files): void {
  let at = 0;
  const upTo = (end: number): void => {
    if (end > at) made.pieces.push({ ...source, start: made.text.length, end: made.text.length + end - at, at });
    made.text += source.text.slice(at, end);
    at = end;
  };
  for (const found of source.text.matchAll(INCLUDE)) {
    const start = found.index + (found[1]?.length ?? 0);
    const end = found.index + found[0].length;
    const loc: Loc = { start, end: end + 1 };
    const wanted = filesOf(found[2] ?? "", files);
    upTo(start);
    if (typeof wanted === "string" || source.from.length === DEEPEST - 1) {
      made.refused.set(made.text.length, typeof wanted === "string" ? wanted : `Include nested too deeply, max ${DEEPEST} levels`);
      continue;
    }
    for (const file of wanted) append(made, { ...file, from: [{ name: source.name, text: source.text, loc }, ...source.from] }, files);
    at = end;
  }
  upTo(source.text.length);
}

/** What a name stands for; a text is a complaint. A pattern may stand for none. */
function filesOf(path: string, { read, glob, paths }: Files): readonly { readonly text: string; readonly name: string }[] | string {
  const places = /^(\/|\.\/|\.\.\/)/.test(path) ? [""] : [DEFAULT_PATH, ...paths].map((place) => `${place}/`);
  const pattern = /[*?[]/.test(path);
  for (const place of places) {
    const names = pattern ? glob(`${place}${path}`) : [`${place}${path}`];
    const found = names.flatMap((name) => {
      const text = read(name);
      return text === undefined ? [] : [{ text, name }];
    });
    if (found.length > 0) return found;
  }
  return pattern ? [] : `File not found: ${path}`;
}
