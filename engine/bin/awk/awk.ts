/** awk: pattern scanning and processing (POSIX XCU awk; the words of mawk 1.3.4, Debian's awk). */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { defineCommand } from "../command";
import { parseOptions } from "../options";
import { RegexProblem } from "../posix-regex";
import { AwkProblem } from "./ast";
import { Interpreter } from "./interpreter";
import { unescape } from "./lexer";
import { parseAwk } from "./parser";
import { fromInput } from "./values";

const USAGE = "usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n";

export const awk = defineCommand({
  name: "awk",
  summary: "pattern scanning and text processing language",

  *run(proc) {
    const options = parseOptions(proc.args, { values: "Fvf", long: {}, stopAtOperand: true });
    if ("error" in options) {
      yield* proc.err(`awk: ${options.error}\n${USAGE}`);
      return 2;
    }
    try {
      return yield* runProgram(proc, options.values("f"), options.rest, options.value("F"), options.values("v"));
    } catch (error) {
      if (!(error instanceof AwkProblem || error instanceof RegexProblem || error instanceof SysError)) throw error;
      yield* proc.err(`awk: ${error.message}\n`);
      return 2;
    }
  },
});

function* runProgram(proc: Proc, files: readonly string[], rest: readonly string[], separator: string | undefined, assignments: readonly string[]): Task<number> {
  const source = files.length > 0 ? files.map((file) => proc.fs.readText(proc.resolve(file))).join("\n") : rest[0];
  if (source === undefined) {
    yield* proc.err(USAGE);
    return 2;
  }
  const interpreter = new Interpreter(proc, parseAwk(source), files.length > 0 ? rest : rest.slice(1));
  if (separator !== undefined) interpreter.set("FS", separator === "t" ? "\t" : unescape(separator));
  for (const assignment of assignments) {
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(assignment);
    if (!match) throw new AwkProblem(`improper assignment: -v ${assignment}`);
    interpreter.set(match[1] as string, fromInput(unescape(match[2] as string)));
  }
  return yield* interpreter.run();
}
