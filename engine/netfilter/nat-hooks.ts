/**
 * Where NAT meets packets: nf_nat_inet_fn() at four hooks. Rule tables (iptables' nat, nftables'
 * nat chains) do not hook in themselves; they register here as *lookups*, asked in order of
 * priority for the first packet of a connection only, until one has decided.
 */
import { type HookName, PRIORITY, type Verdict } from "../net/hook";
import type { Skb } from "../net/skb";
import { PROTO } from "../wire/packet";
import { type Connection, type ConnRef, connectionOf } from "./connection";
import { manipOf, type Nat } from "./nat";
import { translate, translateError } from "./nat-manip";

export type NatHook = Exclude<HookName, "FORWARD">;
export const NAT_HOOKS: readonly NatHook[] = ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"];
export type NatLookup = { readonly at: NatHook; readonly priority: number; readonly run: (skb: Skb) => Verdict };

export class NatHooks {
  readonly #lookups: Record<NatHook, NatLookup[]> = { PREROUTING: [], INPUT: [], OUTPUT: [], POSTROUTING: [] };
  #leave: (() => void)[] = [];

  constructor(private readonly nat: Nat) {}

  /** nf_nat_register_fn: with the first lookup translation begins at all four hooks. Returns how to leave; with the last it ends. */
  register(lookup: NatLookup): () => void {
    const { at } = lookup;
    this.#lookups[at] = [lookup, ...this.#lookups[at]].sort((a, b) => a.priority - b.priority);
    if (this.#leave.length === 0) this.#leave = NAT_HOOKS.map((hook) => this.#start(hook));
    return () => {
      this.#lookups[at] = this.#lookups[at].filter((other) => other !== lookup);
      if (NAT_HOOKS.some((hook) => this.#lookups[hook].length > 0)) return;
      for (const leave of this.#leave) leave();
      this.#leave = [];
    };
  }

  #start(at: NatHook): () => void {
    const priority = manipOf(at) === "dst" ? PRIORITY.dstnat : PRIORITY.srcnat;
    return this.nat.conntrack.ns.hooks.register({ name: "nat", at, priority, run: at === "PREROUTING" ? (skb) => this.#beforeRouting(skb) : (skb) => this.#run(at, skb) });
  }

  /** nf_nat_ipv4_pre_routing(): what came by lo brought its route along, which no longer holds if it now goes elsewhere. */
  #beforeRouting(skb: Skb): Verdict {
    const { dst } = skb.packet;
    const verdict = this.#run("PREROUTING", skb);
    if (skb.packet.dst !== dst) skb.route = undefined;
    return verdict;
  }

  #run(at: NatHook, skb: Skb): Verdict {
    const found = connectionOf(skb);
    if (!found?.conn) return "ACCEPT";
    const ref = found as ConnRef & { readonly conn: Connection };
    const related = ref.info === "RELATED" || ref.info === "RELATED_REPLY";
    if (related && skb.packet.proto === PROTO.icmp && skb.packet.payload.kind === "icmp") return translateError(skb, ref, at) ? "ACCEPT" : "DROP";

    const { conn } = ref;
    const manip = manipOf(at);
    if ((related || ref.info === "NEW") && !this.nat.decided(conn, manip)) {
      for (const lookup of this.#lookups[at]) {
        const verdict = lookup.run(skb);
        if (verdict !== "ACCEPT") return verdict;
        if (this.nat.decided(conn, manip)) break;
      }
      if (!this.nat.decided(conn, manip) && !this.nat.nullBinding(conn, manip)) return "DROP";
    } else if (at === "POSTROUTING" && ref.direction === "original" && conn.masqueradeIndex !== undefined && conn.masqueradeIndex !== skb.outDev?.index) {
      // It now leaves by another interface, where its masqueraded source is nobody's.
      this.nat.conntrack.forget(conn);
      return "DROP";
    }
    translate(skb, ref, at);
    return "ACCEPT";
  }
}
