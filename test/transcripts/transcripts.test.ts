/**
 * Golden sessions: each transcript under this folder is played in the world its first line
 * names (`// world: sandbox`) and compared. `UPDATE=1` writes what was really printed; read that
 * diff before you commit it, for the diff is the review.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { openSession, parseTranscript, play, printTranscript } from "@/engine";

const root = path.resolve(import.meta.dirname, "../..");
const transcripts = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".transcript"));

test.each(transcripts)("%s", (name) => {
  const file = path.join(import.meta.dirname, name);
  const written = readFileSync(file, "utf8");
  const [, world] = /^\/\/ world: ([a-z0-9-]+)\n/.exec(written) ?? [];
  if (world === undefined) throw new Error(`${name} does not begin with "// world: NAME"`);
  const { steps, differences } = play(openSession(findLab(root, world).files, { seed: 1 }), parseTranscript(written, name));
  if (process.env["UPDATE"]) writeFileSync(file, printTranscript(steps));
  else expect(differences).toEqual([]);
});
