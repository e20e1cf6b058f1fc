/** The small languages of ```flow and ```topology, read into values. */

export type Box = { readonly title: string; readonly detail: string; readonly tone: "plain" | "failed" | "main" };
export type Chain = { readonly boxes: readonly Box[]; readonly arrows: readonly string[] };
export type Nested = Box & { readonly within: readonly Nested[] };

/** "a (detail) --label--> !b": boxes parted by arrows. */
export function parseFlow(source: string): readonly Chain[] {
  const lines = source.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const pieces = line.trim().split(/\s+--(?:(.*?)--)?>\s+/);
    return { boxes: pieces.filter((_, i) => i % 2 === 0).map((piece) => parseBox(piece ?? "")), arrows: pieces.filter((_, i) => i % 2 === 1).map((piece) => piece ?? "") };
  });
}

/** Two spaces of indentation put a box inside the one above it. */
export function parseTopology(source: string): readonly Nested[] {
  const lines = source.split("\n").filter((line) => line.trim() !== "");
  const read = (from: number, to: number, depth: number): Nested[] => {
    const starts = Array.from({ length: to - from }, (_, i) => from + i).filter((i) => depthOf(lines[i] ?? "") === depth);
    return starts.map((at, i) => ({ ...parseBox((lines[at] ?? "").trim()), within: read(at + 1, starts[i + 1] ?? to, depth + 1) }));
  };
  return read(0, lines.length, 0);
}

function depthOf(line: string): number {
  return Math.floor((line.length - line.trimStart().length) / 2);
}

function parseBox(written: string): Box {
  const [, sign = "", title = "", detail = ""] = /^([!*]?)\s*(.*?)(?:\s+\((.*)\))?$/.exec(written) ?? [];
  return { title, detail, tone: sign === "!" ? "failed" : sign === "*" ? "main" : "plain" };
}
