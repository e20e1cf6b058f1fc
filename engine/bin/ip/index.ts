/** The program `ip`: runs ip(8) on the namespace of the process, or starts another program in one. */
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { defineCommand } from "../command";
import { runIp } from "./run";

export const ip: Program = defineCommand({
  name: "ip",
  summary: "show and change devices, addresses, routes, rules, neighbours and namespaces",
  *run(proc: Proc): Task<number> {
    const result = runIp(proc.machine.netns, proc.args);
    if (!("exec" in result)) {
      if (result.stdout !== "") yield* proc.out(result.stdout);
      if (result.stderr !== "") yield* proc.err(result.stderr);
      return result.exit;
    }
    const { ns, argv } = result.exec;
    try {
      const child = proc.spawn(argv, { machine: proc.machine.view({ netns: ns }) });
      return yield* child.wait();
    } catch (error) {
      yield* proc.err(`exec of "${argv[0] ?? ""}" failed: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
});
