/** `podpath net`: raw network scenarios in the emulator, in the format of the real-kernel oracle. */
import { readFileSync } from "node:fs";
import { runScenario } from "@/engine";
import { type Command, parse, UsageProblem } from "../command";

export const net: Command = {
  name: "net",
  usage: "net [--capture] SCENARIO.json…",
  summary: "runs network scenarios; one result a line",
  options: [["--capture", "prints what crossed each link, too"]],

  run(args) {
    const { values, positionals } = parse(args, { capture: { type: "boolean" } });
    if (positionals.length === 0) throw new UsageProblem("which scenarios?");
    let status = 0;
    for (const file of positionals) {
      try {
        console.log(JSON.stringify(runScenario(JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")), 1, values.capture)));
      } catch (problem) {
        // A line for each scenario, so that the n-th line is always the n-th scenario's.
        const error = problem instanceof Error ? problem.message : String(problem);
        console.log(JSON.stringify({ error, file }));
        console.error(`podpath net: ${file}: ${error}`);
        status = 2;
      }
    }
    return status;
  },
};
