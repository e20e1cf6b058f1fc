/** The program `nft`: nft(8) on the namespace of the process. */
import { Signal, type Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { type Netfilter, netfilterOf } from "../netfilter/attach";
import { type Monitor, runNft } from "../netfilter/nftables/command";
import { listen } from "../netfilter/nftables/monitor";
import { glob } from "../shell/glob";
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
    const input = readsInput(args) ? yield* proc.readAll() : "";
    const files = { read: (path: string) => contentOf(proc, path), glob: (pattern: string) => glob(proc, pattern, PLAIN_GLOB) };
    const result = runNft(netfilter, args, () => input, files, { pid: proc.pid, name: "nft" });
    if (result.monitor !== undefined) return yield* watch(proc, netfilter, result.monitor);
    if (result.stdout !== "") yield* proc.out(result.stdout);
    if (result.stderr !== "") yield* proc.err(result.stderr);
    return result.exit;
  },
});

const PLAIN_GLOB = { dotglob: false, ignoreCase: false, globstar: false };

/** -f -, -nf /dev/stdin, --file=-. */
function readsInput(args: readonly string[]): boolean {
  const standard = (word: string | undefined): boolean => word === "-" || word === "/dev/stdin";
  return args.some((word, at) => (/^(-[a-zA-Z]*f|--file)$/.test(word) && standard(args[at + 1])) || (word.startsWith("--file=") && standard(word.slice(7))));
}

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
