/** The command line: which command, and how it ends. Each command has a file of its own in commands/. */
import { LabProblem } from "@/engine";
import { bench } from "./commands/bench";
import { check } from "./commands/check";
import { kubeProxy } from "./commands/kube-proxy";
import { lab } from "./commands/lab";
import { labs } from "./commands/labs";
import { net } from "./commands/net";
import { verify } from "./commands/verify";
import { type Command, UsageProblem } from "./command";

const COMMANDS: readonly Command[] = [labs, lab, check, verify, net, kubeProxy, bench];

export async function main(argv: readonly string[], root: string): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(usage());
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    console.error(`podpath: unknown command "${name}"\n\n${usage()}`);
    return 2;
  }
  try {
    return await command.run(args, { root });
  } catch (problem) {
    if (problem instanceof UsageProblem) {
      console.error(`podpath ${name}: ${problem.message}\nusage: podpath ${command.usage}`);
      return 2;
    }
    if (problem instanceof LabProblem) {
      console.error(`podpath ${name}: ${problem.message}`);
      return 1;
    }
    throw problem;
  }
}

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return ["usage:", ...COMMANDS.map(({ usage, summary }) => `  podpath ${usage.padEnd(width)}  ${summary}`)].join("\n");
}
