/**
 * Every lab is what its author says it is: broken at the start, solved by each solution, and
 * deaf to each wrong fix. `UPDATE=1 npx vitest run test/course/labs` writes what was really
 * printed into the transcripts; that diff is the review.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findLabs } from "@/app/_cli/lab-files";
import { checkLab } from "@/engine";

const SEEDS = [1, 2, 3];
/** Not a budget: a busy machine may take long, and speed is measured by `podpath bench`. */
const PATIENCE_MS = 300_000;
const root = path.resolve(import.meta.dirname, "../..");

test.each(findLabs(root).map((lab) => [lab.summary.id, lab] as const))("%s is sound", { timeout: PATIENCE_MS }, (_, { files, folder }) => {
  const report = checkLab(files, SEEDS);
  if (process.env["UPDATE"]) for (const [file, text] of Object.entries(report.played)) writeFileSync(path.join(root, folder, file), text);
  expect(report.problems).toEqual([]);
});
