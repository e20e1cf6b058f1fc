/**
 * Where something stands in nft's input, and how a complaint about it is printed: the line, and
 * carets under the words (erec_print() of nft's src/erec.c).
 */

/** Half-open offsets into the text of one input. */
export type Loc = { readonly start: number; readonly end: number };

export const span = (a: Loc, b: Loc): Loc => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) });

export type Input = { readonly text: string; /** undefined: the command line itself. */ readonly name: string | undefined; /** It was JSON, where nothing has a place. */ readonly json?: boolean; /** The files it was put together from. */ readonly pieces?: readonly Piece[] };

/** A part of the input that stands in one file, which others include. */
export type Piece = Loc & {
  readonly text: string;
  readonly name: string | undefined;
  /** Where in that file it begins. */
  readonly at: number;
  /** By whom it was included, and those by whom. */
  readonly from: readonly { readonly name: string | undefined; readonly text: string; readonly loc: Loc }[];
};

/** One complaint. `related` is underlined with tildes. */
export class NftError extends Error {
  constructor(
    message: string,
    readonly loc: Loc | undefined,
    readonly related?: Loc,
    readonly kind: "Error" | "Warning" | "netlink: Error" = "Error",
    /** The name that was not found. */
    readonly wanted?: string,
  ) {
    super(message);
    this.ofKernel = kind === "netlink: Error" || message.startsWith("Could not process rule") || /; did you mean (chain|table|obj)/.test(message);
  }

  /** The command it came of, where it has no place of its own. */
  wholeCommand: Loc | undefined;

  /** Found by the kernel, not by nft itself. */
  ofKernel: boolean;
}

/** Understood, and not modelled; the tool says so by name and exits 2. */
export class NotModelled extends Error {}

export function notModelled(what: string): never {
  throw new NotModelled(what);
}

/** Said of the file it stands in, after those that include that one. */
export function describeError(error: NftError, input: Input): string {
  const { loc } = error;
  const piece = loc && input.pieces?.find(({ start, end }) => loc.start >= start && loc.start < end);
  if (!piece || !loc) return describeIn(error, loc, error.related, input);
  const moved = (place: Loc): Loc => ({ start: place.start - piece.start + piece.at, end: place.end - piece.start + piece.at });
  const chain = piece.from.map((parent, i) => `${i === 0 ? "In file included from" : "                 from"} ${placeText(parent.text, parent.name, parent.loc)}:\n`);
  return `${chain.join("")}${describeIn(error, moved(loc), error.related && moved(error.related), { text: piece.text, name: piece.name })}`;
}

function placeText(text: string, name: string | undefined, { start, end }: Loc): string {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  return `${name ?? ""}:${lineNumber(text, start)}:${start - from + 1}-${end - from}`;
}

function describeIn(error: NftError, loc: Loc | undefined, related: Loc | undefined, { text, name, json }: Input): string {
  if (json) return `internal:0:0-0: ${error.kind}: ${error.message}\n\n`;
  if (loc === undefined) return `${error.kind}: ${error.message}\n`;
  // The end of a file is on a line of its own, and shown under the last one.
  if (loc.start >= text.length) return atEnd(error, text, name);
  const from = text.lastIndexOf("\n", loc.start - 1) + 1;
  const newline = text.indexOf("\n", loc.start);
  const until = newline < 0 ? text.length : newline;
  const line = text.slice(from, until);
  const first = loc.start - from;
  // A place that goes on over lines is marked as far as its own first line says: columns of the last line count.
  const lastLineStart = text.lastIndexOf("\n", loc.end - 2) + 1;
  const last = Math.max(first + 1, loc.end - lastLineStart);
  const where = name === undefined ? "" : `${name}:${lineNumber(text, loc.start)}:${first + 1}-${last}: `;
  const marks: string[] = [...line].map((c) => (c === "\t" ? "\t" : " "));
  const mark = (a: number, b: number, with_: string): void => {
    for (let i = a; i < b; i++) marks[i] = with_;
  };
  if (related) mark(related.start - from, related.end - from, "~");
  mark(first, last, "^");
  return `${where}${error.kind}: ${error.message}\n${line}\n${marks.map((m) => m ?? " ").join("").trimEnd()}\n`;
}

/** Behind a last line that nobody has ended, the place is there. */
function atEnd({ kind, message }: NftError, text: string, name: string | undefined): string {
  const ended = text.endsWith("\n") || name === undefined;
  const line = text.slice(text.lastIndexOf("\n", text.length - 2) + 1, text.endsWith("\n") ? -1 : undefined);
  const column = ended ? 1 : line.length + 1;
  return `${name === undefined ? "" : `${name}:${lineNumber(text, text.length)}:${column}-${column}: `}${kind}: ${message}\n${line}\n${" ".repeat(column - 1)}^\n`;
}

function lineNumber(text: string, offset: number): number {
  let n = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < offset; i = text.indexOf("\n", i + 1)) n++;
  return n;
}
