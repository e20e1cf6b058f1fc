/**
 * How kube-proxy speaks to nftables (sigs.k8s.io/knftables): it reads what its own table holds,
 * and feeds `nft -f -`. Holds no state of its own.
 */
import type { Netfilter } from "../../netfilter/attach";
import { runText } from "../../netfilter/nftables/command";
import { elementText } from "../../netfilter/nftables/print";
import { CONTAINERS, type Contents, type NftablesKnown } from "./nftables";
import { TABLE } from "./nftables-base";

const INPUT = "/dev/stdin";
const PLAIN = { handles: false, stateless: true, terse: false, numeric: false };

export class NftablesKernel {
  constructor(private readonly netfilter: Netfilter) {}

  get #table() {
    return this.netfilter.nftables.table("ip", "kube-proxy");
  }

  /** `nft -j list chains` and `list sets`; false when there is no such table. */
  names(): { readonly chains: readonly string[]; readonly sets: readonly string[] } | undefined {
    const table = this.#table;
    if (table === undefined) return undefined;
    const sets = [...table.sets.values()].filter(({ options: { anonymous, data } }) => !anonymous && data === undefined);
    return { chains: [...table.chains.keys()], sets: sets.map(({ name }) => name) };
  }

  /** `nft -j list map` of each of them, as knftables spells keys and values. */
  contents(): Contents {
    const nowMs = this.netfilter.ns.world.scheduler.nowMs;
    const listed = CONTAINERS.map((name) => {
      const elements = new Map<string, string>();
      const set = this.#table?.sets.get(name);
      for (const element of set?.elements.values() ?? []) {
        const comment = element.comment === undefined ? "" : ` comment "${element.comment}"`;
        const [key = "", value = ""] = elementText(set as NonNullable<typeof set>, element, { ...PLAIN, nowMs }).replace(comment, "").split(" : ");
        elements.set(key, value);
      }
      return [name, elements] as const;
    });
    return new Map(listed);
  }

  known(): NftablesKnown {
    return { ...(this.names() ?? { chains: [], sets: [] }), contents: this.contents() };
  }

  /** Undefined when it went well, else what nft said. */
  run(text: string): string | undefined {
    if (text === "") return undefined;
    const { exit, stderr } = runText(this.netfilter, { text, name: INPUT });
    return exit === 0 ? undefined : stderr.trimEnd();
  }

  /** CleanupLeftovers(): its table is all it has. */
  cleanUp(): void {
    if (this.#table !== undefined) this.run(`delete table ${TABLE}\n`);
  }
}
