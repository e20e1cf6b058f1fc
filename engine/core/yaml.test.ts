import { expect, test } from "vitest";
import { Rng } from "./rng";
import { parseAnyYaml, parseYaml } from "./yaml";
import { parsePlainYaml } from "./yaml-plain";

const files = import.meta.glob<string>("/content/**/*.yaml", { query: "?raw", import: "default", eager: true });

/** The order of keys counts: it is seen in what is printed. */
const shown = (documents: readonly unknown[] | undefined): string => JSON.stringify(documents);

/** By the package; undefined where it refuses. */
function careful(source: string): string | undefined {
  try {
    return shown(parseAnyYaml(source));
  } catch {
    return undefined;
  }
}

test("the course's own files are plain, and are read as the package reads them", () => {
  const odd = Object.entries(files).filter(([, source]) => {
    const plain = parsePlainYaml(source);
    if (plain !== undefined) expect(shown(plain)).toBe(careful(source));
    return plain === undefined;
  });
  expect(odd.length / Object.keys(files).length).toBeLessThan(0.2);
});

test.each([
  ["a: 1\nb: -2.5\nc: 10.96.0.10\nd: 1e3\n", undefined],
  ["a: 1\nb: -2.5\nc: 10.96.0.10\nd:\ne: ~\nf: yes\ng: True\nh: 007\n", '[{"a":1,"b":-2.5,"c":"10.96.0.10","d":null,"e":null,"f":"yes","g":true,"h":7}]'],
  ["- a\n- b: 1\n  c: 2\n-\n  d: 3\n- - e\n  - f\n", '[["a",{"b":1,"c":2},{"d":3},["e","f"]]]'],
  ["a:\n- b\n-  c: 1\n   d: 2\ne: {f: g, h: [1, -i, {}]} # x\n", '[{"a":["b",{"c":1,"d":2}],"e":{"f":"g","h":[1,"-i",{}]}}]'],
  ["a: |\n  one\n\n    two\n\nb: |-\n  three\n---\n# no\n---\nc: 'it # is' # not\n", '[{"a":"one\\n\\n  two\\n","b":"three"},{"c":"it # is"}]'],
  ["a: b\n  c\n", undefined],
  ["a: &x 1\nb: *x\n", undefined],
  ['a: "tab\\t"\n', undefined],
  ["a: 1\na: 2\n", undefined],
  ["a:\n   b: 1\n  c: 2\n", undefined],
  ["a: >\n  folded\n", undefined],
  ["just words\n", undefined],
])("%j is read, or left to the package", (source, expected) => {
  expect(shown(parsePlainYaml(source))).toBe(expected);
  if (expected !== undefined) expect(careful(source)).toBe(expected);
});

const PIECES = ["a: ", "b:", "- ", "-", "\n", "\n  ", "\n    ", "  ", " ", "x", "7", "-3", "0.5", "true", "null", "'q'", '"r s"', "{c: d}", "[e, f]", "{", "}", "[", "]", ", ", ": ", ":", " # g", "#", "|\n", "|-\n", ">", "---\n", "...", "&h ", "*h", "!t ", "%", "?", "@", "\\", "'", '"', "<<: ", "é", "1e3", "0x1f", ".inf", "~", "10.0.0.1:80", "__proto__: ", "k/l.m: "];

test("whatever is read at all is read as the package reads it: 20,000 texts made of pieces", () => {
  const rng = new Rng(7);
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const source = `${Array.from({ length: 1 + rng.below(14) }, () => PIECES[rng.below(PIECES.length)]).join("")}\n`;
    const plain = parsePlainYaml(source);
    if (plain === undefined) continue;
    read++;
    expect(shown(plain), JSON.stringify(source)).toBe(careful(source));
  }
  expect(read).toBeGreaterThan(500);
});

test("a file with a few characters changed is read as the package reads it, or not at all", () => {
  const rng = new Rng(8);
  const sources = Object.values(files);
  for (let i = 0; i < 1500; i++) {
    const source = sources[rng.below(sources.length)] ?? "";
    const from = rng.below(Math.max(1, source.length - 400));
    const piece = source.slice(source.lastIndexOf("\n", from) + 1, from + 400);
    const at = rng.below(piece.length + 1);
    const changed = piece.slice(0, at) + (PIECES[rng.below(PIECES.length)] ?? "") + piece.slice(at + rng.below(3));
    const plain = parsePlainYaml(changed);
    if (plain !== undefined) expect(shown(plain), JSON.stringify(changed)).toBe(careful(changed));
  }
});

test("mistakes are the package's to name, with line and column", () => {
  expect(() => parseYaml("a: [1\nb: 2\n")).toThrow(/at line 2, column 1/);
});
