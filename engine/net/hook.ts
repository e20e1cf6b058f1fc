/**
 * The five places where a packet can be intercepted, and in which order.
 *
 *                     ┌── INPUT ──▶ sockets ──▶ OUTPUT ──┐
 *   in ▶ PREROUTING ▶ route                              route ▶ POSTROUTING ▶ out
 *                     └───────────── FORWARD ────────────┘
 *
 * net/ owns this table and knows nobody in it. Conntrack, iptables, nftables and IPVS sit
 * above net/ and register themselves, as nf_register_net_hook() lets them do in Linux.
 */
import type { Skb } from "./skb";

export type HookName = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";

/** DROP ends the packet; STOLEN means the hook has taken it and will see to it itself. */
export type Verdict = "ACCEPT" | "DROP" | "STOLEN";

export type Hook = {
  readonly name: string;
  readonly at: HookName;
  readonly priority: number;
  readonly run: (skb: Skb) => Verdict;
};

/** enum nf_ip_hook_priorities: the reason conntrack sees a packet before DNAT does. */
export const PRIORITY = {
  defrag: -400,
  raw: -300,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
  helper: 300,
  confirm: 2147483647,
} as const;

export class Hooks {
  readonly #at: Record<HookName, Hook[]> = { PREROUTING: [], INPUT: [], FORWARD: [], OUTPUT: [], POSTROUTING: [] };

  /** nf_hook_entries_grow(): among equal priorities the last to come is the first to be asked. Returns how to leave again. */
  register(hook: Hook): () => void {
    const list = [hook, ...this.#at[hook.at]].sort((a, b) => a.priority - b.priority);
    this.#at[hook.at] = list;
    return () => {
      this.#at[hook.at] = this.#at[hook.at].filter((other) => other !== hook);
    };
  }

  registered(at: HookName): readonly Hook[] {
    return this.#at[at];
  }

  /** The first verdict that is not ACCEPT, or ACCEPT. */
  verdict(at: HookName, skb: Skb): Verdict {
    for (const hook of this.#at[at]) {
      const verdict = hook.run(skb);
      if (verdict !== "ACCEPT") return verdict;
    }
    return "ACCEPT";
  }

  /** True when the packet may go on. */
  run(at: HookName, skb: Skb): boolean {
    for (const hook of this.#at[at]) {
      if (hook.run(skb) !== "ACCEPT") return false;
    }
    return true;
  }
}
