/** The program `ipset`: ipset(8) on the namespace of the process. */
import type { Task } from "../core/task";
import { MESSAGES, SysError } from "../core/errno";
import type { Proc, Program } from "../host/proc";
import { netfilterOf } from "../netfilter/attach";
import { commandNamed } from "../netfilter/ipset/arguments";
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
    if (args.includes("-")) {
      yield* proc.err("ipset: not modelled: interactive mode\n");
      return 2;
    }
    const restores = args.some((word) => commandNamed(word) === "restore") && !args.some((word) => ["-f", "-file", "--file"].includes(word));
    const input = restores ? yield* proc.readAll() : "";
    const { exit, stdout, stderr } = runIpset(netfilter, args, () => input, {
      read: (path) => withoutErrors(() => proc.fs.readText(proc.resolve(path))).value,
      write: (path, text) => withoutErrors(() => proc.fs.writeFile(proc.resolve(path), text)).problem,
    });
    if (stdout !== "") yield* proc.out(stdout);
    if (stderr !== "") yield* proc.err(stderr);
    return exit;
  },
});

function withoutErrors<T>(act: () => T): { readonly value?: T; readonly problem?: string } {
  try {
    return { value: act() };
  } catch (error) {
    if (error instanceof SysError) return { problem: MESSAGES[error.code] };
    throw error;
  }
}
