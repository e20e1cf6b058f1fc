/**
 * chroot(1): a command with another directory for its root. After `kubectl debug node/…` the one
 * people go to is /host, which is the node's own root.
 *
 * Differs: a root that is no machine's own has nothing in it that could run.
 */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Machine } from "../../host/machine";
import type { Program } from "../../host/proc";
import { defineCommand } from "../command";
import { complain, optionsOf, tried, usage } from "./support";

/** chroot's own failures; 126 and 127 are about the command. */
const FAILED = 125;

export const chroot: Program = defineCommand({
  name: "chroot",
  summary: "run command or interactive shell with special root directory",
  *run(proc): Task<number> {
    const options = yield* optionsOf(proc, { flags: "", values: "", long: {}, stopAtOperand: true }, FAILED);
    if (typeof options === "number") return options;
    const [root, ...command] = options.rest;
    if (root === undefined) return yield* usage(proc, "missing operand", FAILED);
    const path = proc.resolve(root);
    const found = tried(() => {
      if (!proc.fs.isDirectory(path)) throw new SysError(proc.fs.exists(path) ? "ENOTDIR" : "ENOENT");
      return proc.fs.inode(path);
    });
    if ("error" in found) {
      yield* complain(proc, `cannot change root directory to '${root}': ${found.error.message}`);
      return FAILED;
    }
    const words = command.length > 0 ? command : [proc.env.get("SHELL") ?? "/bin/sh", "-i"];
    const owner = machines(proc.machine).find(({ fs }) => fs.inode("/") === found.value);
    try {
      if (owner === undefined) throw new SysError("ENOENT");
      return yield* proc.spawn(words, { machine: proc.machine.view({ fs: owner.fs }), cwd: "/" }).wait();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* complain(proc, `failed to run command '${words[0]}': ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
});

/** The machine itself, and those it runs on. */
function machines(machine: Machine): readonly Machine[] {
  return machine.host === undefined ? [machine] : [machine, ...machines(machine.host)];
}
