/**
 * iptables(8) and its family, for both back ends: `iptables` is iptables-nft, as on Debian 12, and
 * iptables-legacy lives beside it. The work is done in netfilter/iptables/; here it meets a terminal.
 *
 * Differs: IPv4 only, so the ip6tables programs say that they are not modelled.
 */
import { utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { type Netfilter, netfilterOf } from "../netfilter/attach";
import { type CommandResult, runIptables } from "../netfilter/iptables/command";
import { readsInput, runRestore } from "../netfilter/iptables/restore-command";
import { runSave } from "../netfilter/iptables/save-command";
import { defineCommand } from "./command";
import { contentOf } from "./file-content";

function* finish(proc: Proc, { exit, stdout, stderr }: CommandResult): Task<number> {
  if (stderr !== "") yield* proc.err(stderr);
  if (stdout !== "") yield* proc.out(stdout);
  return exit;
}

function* withNetfilter(proc: Proc, run: (netfilter: Netfilter) => Task<number>): Task<number> {
  const netfilter = netfilterOf(proc.machine.netns);
  if (netfilter) return yield* run(netfilter);
  yield* proc.err(`${proc.argv[0]}: Failed to initialize nft: Protocol not supported\n`);
  return 3;
}

const rules = (name: string): Program =>
  defineCommand({
    name,
    summary: "administration tool for IPv4 packet filtering and NAT",
    run: (proc) => withNetfilter(proc, (netfilter) => finish(proc, runIptables(netfilter, [name, ...proc.args]))),
  });

/** What strerror(3) says if it cannot be written. */
function written(proc: Proc, path: string, content: string): string | undefined {
  try {
    proc.fs.writeFile(proc.resolve(path), utf8(content));
    return undefined;
  } catch (error) {
    if (error instanceof SysError) return error.message;
    throw error;
  }
}

const saver = (name: string): Program =>
  defineCommand({
    name,
    summary: "dump iptables rules",
    run: (proc) => withNetfilter(proc, (netfilter) => finish(proc, runSave(netfilter, [name, ...proc.args], (path, content) => written(proc, path, content)))),
  });

const restorer = (name: string): Program =>
  defineCommand({
    name,
    summary: "restore IP tables",
    run: (proc) =>
      withNetfilter(proc, function* (netfilter) {
        // Read first: a table that cannot be changed half-way is one nobody sees half-changed.
        const argv = [name, ...proc.args];
        const input = readsInput(argv) ? yield* proc.readAll() : "";
        return yield* finish(proc, runRestore(netfilter, argv, () => input, (path) => contentOf(proc, path)));
      }),
  });

const absent = (name: string): Program =>
  defineCommand({
    name,
    summary: "IPv6 packet filter administration (not modelled)",
    *run(proc) {
      yield* proc.err(`not modelled: ${name} (IPv6)\n`);
      return 2;
    },
  });

export const iptablesPrograms: readonly Program[] = [
  ...["iptables", "iptables-legacy", "iptables-nft"].map(rules),
  ...["iptables-save", "iptables-legacy-save", "iptables-nft-save"].map(saver),
  ...["iptables-restore", "iptables-legacy-restore", "iptables-nft-restore"].map(restorer),
  ...["ip6tables", "ip6tables-save", "ip6tables-restore"].map(absent),
];
