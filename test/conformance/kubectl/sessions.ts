/**
 * sessions/*.txt: lines of a shell, one a line; "~ 30s" lets time pass; "#" is a remark.
 * "= now": from here on the worlds' clocks show what the machine's own does when a line begins.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const FOLDER = path.join(import.meta.dirname, "sessions");
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export type Line = { readonly kind: "line"; readonly text: string } | { readonly kind: "wait"; readonly ms: number } | { readonly kind: "now" };

export function sessionNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => name.slice(0, -".txt".length))
    .sort();
}

export function readSession(name: string): readonly Line[] {
  const lines = readFileSync(path.join(FOLDER, `${name}.txt`), "utf8").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map(parseLine);
}

function parseLine(line: string): Line {
  if (line === "= now") return { kind: "now" };
  const wait = /^~ (\d+)(ms|s|m|h)$/.exec(line);
  if (wait === null) return { kind: "line", text: line };
  return { kind: "wait", ms: Number(wait[1]) * (UNIT_MS[wait[2] ?? ""] ?? Number.NaN) };
}
