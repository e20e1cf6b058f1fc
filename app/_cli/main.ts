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
  if (name === undefined) {
    console.error(usage());
    return 2;
  }
  if (name === "help" || isHelp(name)) {
    console.log(usage());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    console.error(`podpath: unknown command "${name}"\n\n${usage()}`);
    return 2;
  }
  if (args.some(isHelp)) {
    console.log(help(command));
    return 0;
  }
  try {
    return await command.run(args, { root });
  } catch (problem) {
    if (problem instanceof UsageProblem) {
      console.error(`podpath ${name}: ${problem.message}\nusage: podpath ${command.usage}\nMore: podpath ${name} --help`);
      return 2;
    }
    if (problem instanceof LabProblem) {
      console.error(`podpath ${name}: ${problem.message}`);
      return 1;
    }
    throw problem;
  }
}

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return ["usage: podpath COMMAND …", "", ...lines, "", "podpath COMMAND --help tells how each is used."].join("\n");
}

function help({ usage, summary, options }: Command): string {
  const width = Math.max(...options.map(([written]) => written.length));
  return [`podpath ${usage}`, `  ${summary}`, "", ...options.map(([written, does]) => `  ${written.padEnd(width)}  ${does}`)].join("\n");
}
