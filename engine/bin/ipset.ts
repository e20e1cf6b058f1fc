/** The program `ipset`: ipset(8) on the namespace of the process. */
import type { Task } from "../core/task";
import { SysError } from "../core/errno";
import type { Proc, Program } from "../host/proc";
import { netfilterOf } from "../netfilter/attach";
import { runIpset } from "../netfilter/ipset/command";
import { defineCommand } from "./command";

export const ipset: Program = defineCommand({
  name: "ipset",
  summary: "show and change sets of addresses, networks and ports",
  *run(proc: Proc): Task<number> {
    const netfilter = netfilterOf(proc.machine.netns);
    if (netfilter === undefined) {
      yield* proc.err("ipset v7.17: Cannot open session to kernel.\n");
      return 1;
    }
    const { args } = proc;
    const restores = args.some((word) => word === "restore" || word === "-R" || word === "--restore") && !args.some((word) => word === "-f" || word === "-file" || word === "--file");
    const input = restores ? yield* proc.readAll() : "";
    const { exit, stdout, stderr } = runIpset(netfilter, args, () => input, (path) => readText(proc, path));
    if (stdout !== "") yield* proc.out(stdout);
    if (stderr !== "") yield* proc.err(stderr);
    return exit;
  },
});

function readText(proc: Proc, path: string): string | undefined {
  try {
    return proc.fs.readText(proc.resolve(path));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
