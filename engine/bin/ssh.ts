/**
 * ssh: a shell, or one command, on another machine of the world (OpenSSH 9.2's words).
 * Differs: no packets, keys or passwords; the way to the machine is given. Options other than
 * -t, -T, -q, -l root and -o are refused by name.
 */
import { SysError } from "../core/errno";
import type { Machine } from "../host/machine";
import type { Program } from "../host/proc";
import { bash } from "../shell/bash";
import { defineCommand, notModelled } from "./command";
import { parseOptions } from "./options";

const USAGE = "usage: ssh [-tTq] [-l login_name] [-o option] destination [command [argument ...]]\n";

/** `find` knows the machines by name and by address. */
export function ssh(find: (host: string) => Machine | undefined): Program {
  return defineCommand({
    name: "ssh",
    summary: "OpenSSH remote login client",

    *run(proc) {
      const options = parseOptions(proc.args, { flags: "tTqnxa", values: "lop", stopAtOperand: true });
      if ("error" in options) {
        yield* proc.err(`ssh: ${options.error}\n${USAGE}`);
        return 255;
      }
      if (options.has("p")) return yield* notModelled(proc, "-p");
      const [destination, ...command] = options.rest;
      if (destination === undefined) {
        yield* proc.err(USAGE);
        return 255;
      }
      const at = destination.lastIndexOf("@");
      const user = at < 0 ? (options.value("l") ?? "root") : destination.slice(0, at);
      const host = destination.slice(at + 1);
      const machine = find(host);
      if (machine === undefined) {
        yield* proc.err(`ssh: Could not resolve hostname ${host}: Name or service not known\n`);
        return 255;
      }
      if (user !== machine.user.name) {
        yield* proc.err(`${user}@${host}: Permission denied (publickey).\n`);
        return 255;
      }
      const there = { machine, cwd: machine.user.home, env: new Map(machine.env) };
      try {
        const remote = command.length > 0 ? proc.spawn(["bash", "-c", command.join(" ")], there) : proc.start(bash, ["-bash"], there);
        proc.onSignal("SIGINT", "ignore"); // Ctrl-C is the remote program's.
        const status = yield* remote.wait();
        if (command.length === 0) yield* proc.err(`Connection to ${host} closed.\n`);
        return status;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* proc.err(`ssh: connect to host ${host} port 22: ${error.message}\n`);
        return 255;
      }
    },
  });
}
