/** The program `nft`: nft(8) on the namespace of the process. */
import { Signal, type Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { type Netfilter, netfilterOf } from "../netfilter/attach";
import { type Monitor, runNft } from "../netfilter/nftables/command";
import { listen } from "../netfilter/nftables/monitor";
import { defineCommand } from "./command";
import { contentOf } from "./file-content";

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
    const result = runNft(netfilter, args.map((word, at) => (at === from + 1 && reads ? "-" : word)), () => input, (path) => contentOf(proc, path), { pid: proc.pid, name: "nft" });
    if (result.monitor !== undefined) return yield* watch(proc, netfilter, result.monitor);
    if (result.stdout !== "") yield* proc.out(result.stdout);
    if (result.stderr !== "") yield* proc.err(result.stderr);
    return result.exit;
  },
});

/** Until it is killed. */
function* watch(proc: Proc, netfilter: Netfilter, monitor: Monitor): Task<number> {
  const arrived = new Signal();
  const waiting: string[] = [];
  const leave = listen(netfilter, monitor, (text) => {
    waiting.push(text);
    arrived.notify();
  });
  proc.onExit(leave);
  for (;;) {
    const text = waiting.splice(0).join("");
    if (text !== "") yield* proc.out(text);
    else yield { on: arrived };
  }
}
