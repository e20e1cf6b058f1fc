/** `podpath verify`: replays a journal and says what it shows. */
import { readFileSync } from "node:fs";
import { type Journal, LabProblem, readJournal, verifyJournal } from "@/engine";
import { type Command, parse, UsageProblem } from "../command";
import { findLab } from "../lab-files";

export const verify: Command = {
  name: "verify",
  usage: "verify JOURNAL [--json]",
  summary: "replays a journal; prints goals, score and state hash",
  options: [["--json", "prints one object"]],

  run(args, { root }) {
    const { values, positionals } = parse(args, { json: { type: "boolean" } });
    const [file] = positionals;
    if (file === undefined || positionals.length !== 1) throw new UsageProblem("which journal?");
    const journal = load(file);
    const verdict = verifyJournal(findLab(root, journal.lab).files, journal);
    if (values.json) {
      console.log(JSON.stringify(verdict));
      return verdict.completed ? 0 : 1;
    }
    for (const { id, met, broken, detail } of verdict.goals) console.log(`${met ? "met   " : broken ? "broken" : "unmet "}  ${id} (${detail})`);
    console.log(`completed  ${verdict.completed ? "yes" : "no"}`);
    console.log(`score      ${verdict.score}`);
    console.log(`state      ${verdict.stateHash}`);
    return verdict.completed ? 0 : 1;
  },
};

function load(file: string): Journal {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (problem) {
    throw new LabProblem(`cannot read ${file}: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
  return readJournal(text);
}
