/** `podpath check`: is every lab what its author says it is? */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { checkLab } from "@/engine";
import { type Command, parse, wholeNumber } from "../command";
import { findLab, findLabs } from "../lab-files";

export const check: Command = {
  name: "check",
  usage: "check [SLUG…] [--seeds N] [--update] [--json]",
  summary: "plays each lab's solutions and wrong fixes; non-zero if anything is not as written",
  options: [
    ["--seeds N", "plays each lab in N worlds (3)"],
    ["--update", "writes what the transcripts say now into their files"],
    ["--json", "prints an object a lab"],
  ],

  run(args, { root }) {
    const { values, positionals } = parse(args, { json: { type: "boolean" }, seeds: { type: "string" }, update: { type: "boolean" } });
    const seeds = Array.from({ length: wholeNumber(values.seeds, 3, "--seeds") }, (_, i) => i + 1);
    const chosen = positionals.length > 0 ? positionals.map((slug) => findLab(root, slug)) : findLabs(root);
    let failed = 0;
    for (const { folder, files, summary } of chosen) {
      const began = performance.now();
      const report = checkLab(files, seeds);
      const seconds = (performance.now() - began) / 1000;
      if (report.problems.length > 0) failed++;
      if (values.update) for (const [file, text] of Object.entries(report.played)) writeFileSync(path.join(root, folder, file), text);
      if (values.json) {
        const { played: _, ...row } = report;
        console.log(JSON.stringify({ ...row, id: summary.id, ok: report.problems.length === 0, seeds: seeds.length, seconds: Number(seconds.toFixed(3)) }));
        continue;
      }
      const counts = `${report.goals} goals, ${report.solutions} solutions, ${report.wrong} wrong fixes, ${report.hints} hints, ${seeds.length} seeds`;
      console.log(`${report.problems.length === 0 ? "ok    " : "FAILED"}  ${summary.id.padEnd(12)}  ${counts}  (${seconds.toFixed(2)} s)`);
      for (const problem of report.problems) console.log(`        ${problem.replaceAll("\n", "\n          ")}`);
    }
    return failed === 0 ? 0 : 1;
  },
};
