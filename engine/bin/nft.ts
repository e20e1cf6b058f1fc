/** The program `nft`: nft(8) on the namespace of the process. */
import type { Task } from "../core/task";
import { SysError } from "../core/errno";
import { text } from "../core/bytes";
import type { Proc, Program } from "../host/proc";
import { netfilterOf } from "../netfilter/attach";
import { runNft } from "../netfilter/nftables/command";
import { defineCommand } from "./command";

export const nft: Program = defineCommand({
  name: "nft",
  summary: "administration tool of the nftables framework",
  *run(proc: Proc): Task<number> {
    const netfilter = netfilterOf(proc.machine.netns);
    if (netfilter === undefined) {
      yield* proc.err("netlink: Error: cache initialization failed: Protocol not supported\n");
      return 1;
    }
    const { args } = proc;
    const from = args.findIndex((word) => word === "-f" || word === "--file");
    const reads = from >= 0 && (args[from + 1] === "-" || args[from + 1] === "/dev/stdin");
    const input = reads ? yield* proc.readAll() : "";
    const result = runNft(netfilter, args.map((word, at) => (at === from + 1 && reads ? "-" : word)), () => input, (path) => contentOf(proc, path));
    if (result.monitor !== undefined) {
      yield* proc.err(`nft: not modelled: monitor ${result.monitor}\n`);
      return 2;
    }
    if (result.stdout !== "") yield* proc.out(result.stdout);
    if (result.stderr !== "") yield* proc.err(result.stderr);
    return result.exit;
  },
});

function contentOf(proc: Proc, path: string): string | undefined {
  try {
    return text(proc.fs.readFile(proc.resolve(path)));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
