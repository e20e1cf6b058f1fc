/** iptables' commands as options: -A CHAIN, -D CHAIN [NUMBER], -E OLD NEW and the like; do_parse() of xshared.c. */
import { type Command, isVerdict, ruleNumber } from "./invocation";
import { fail } from "./problem";
import type { Reading } from "./reading";
import { FOREIGN_TARGETS, TARGETS } from "./registry";

export const isCommand = (letter: string): letter is Command => "ACDIRFLSZNXEP".includes(letter);

export function ownCommand(line: Reading, letter: Command, value = ""): void {
  line.command(letter);
  const next = (): string | undefined => line.options.word();
  switch (letter) {
    case "D":
    case "I":
    case "R": {
      line.chain = value;
      const number = next();
      if (letter === "R" && number === undefined) fail("-R requires a rule number");
      if (number !== undefined) line.ruleNumber = ruleNumber(number);
      else if (letter === "I") line.ruleNumber = 1;
      return;
    }
    case "L":
    case "S":
    case "Z": {
      line.chain = value !== "" ? value : (next() ?? line.chain);
      const number = line.chain === undefined ? undefined : next();
      if (number !== undefined) line.ruleNumber = ruleNumber(number);
      return;
    }
    case "F":
    case "X":
      line.chain = value !== "" ? value : next();
      return;
    case "N":
      if (value.startsWith("-") || value.startsWith("!")) fail(`chain name not allowed to start with \`${value.charAt(0)}'`);
      if (value === "" || value === "standard" || TARGETS.has(value) || FOREIGN_TARGETS.has(value) || isVerdict(value)) fail("chain name may not clash with target name");
      if (/\s/.test(value)) fail(`Invalid chain name \`${value}'`);
      line.chain = value;
      return;
    case "E":
      line.chain = value;
      line.newName = next() ?? fail("-E requires old-chain-name and new-chain-name");
      return;
    case "P":
      line.chain = value;
      line.policy = next() ?? fail("-P requires a chain and a policy");
      return;
    default:
      line.chain = value;
  }
}
