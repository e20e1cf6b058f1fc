/**
 * Netfilter of one namespace: connection tracking, NAT and both iptables back ends, registered
 * at net/'s hooks only when a rule needs them, as the kernel does: without a rule that wants it
 * no connection is tracked at all, and an empty nat table changes nothing.
 */
import { PRIORITY, type Verdict } from "../net/hook";
import type { Netns } from "../net/netns";
import type { Rng } from "../core/rng";
import type { Ip } from "../wire/ip";
import type { Skb } from "../net/skb";
import { connectionOf } from "./connection";
import { Conntrack } from "./conntrack";
import { registerSysctls } from "./conntrack-sysctl";
import { type ConntrackLimits, DEFAULT_LIMITS } from "./conntrack-timeouts";
import { Iptables } from "./iptables/tables";
import type { ReadLines } from "./iptables/read-lines";
import { RecentLists } from "./iptables/recent-lists";
import { Nat } from "./nat";
import { NatHooks } from "./nat-hooks";
import { Ruleset } from "./nftables/ruleset";
import { forgetMasqueradesBehind, forgetMasqueradesOf } from "./nat-masquerade";

/** `dst,src`: which of a packet's two sides each dimension of a set looks at. */
export type SetDirection = "src" | "dst";

export type SetCounterCheck = { readonly op: "eq" | "lt" | "gt" | "ne"; readonly value: number };

/** What -m set asks beyond membership. */
export type SetQuestion = {
  readonly returnNomatch: boolean;
  readonly packets?: SetCounterCheck;
  readonly bytes?: SetCounterCheck;
  /** ! --update-counters, ! --update-subcounters. */
  readonly keepCounters: boolean;
  readonly keepSubcounters: boolean;
};

/** ipset, as -m set and -j SET see it; filled by whoever provides sets. Undefined: no such set. */
export interface SetLookup {
  exists(name: string): boolean;
  test(name: string, skb: Skb, directions: readonly SetDirection[], question: SetQuestion): boolean;
  add(name: string, skb: Skb, directions: readonly SetDirection[], options: { readonly exist: boolean; readonly timeout?: number }): void;
  delete(name: string, skb: Skb, directions: readonly SetDirection[]): void;
  /** A rule now refers to it, or no longer does: a set in use cannot be destroyed. */
  retain(name: string): void;
  release(name: string): void;
}

/** A connection as IPVS keeps it: for which virtual server, and how it is forwarded. */
export type VirtualConnection = { readonly address: Ip; readonly port: number; readonly forwarding: "masq" | "droute" | "tunnel"; readonly controlPort: number | undefined };

/** IPVS, as -m ipvs sees it; filled by whoever provides it. */
export interface VirtualLookup {
  /** Of a packet on its way to a real server. */
  connectionOf(skb: Skb): VirtualConnection | undefined;
}

/** nfnetlink accounting objects: what `nfacct add` makes and -m nfacct counts in. */
export type Accounting = { packets: number; bytes: number };

export class Netfilter {
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly natHooks: NatHooks;
  readonly iptables: { readonly legacy: Iptables; readonly nft: Iptables };
  /** Tables that nft itself wrote. */
  readonly nftables: Ruleset;
  readonly recent: RecentLists;
  /** Lines of rules read before, shared with others that are written the same. */
  lines: ReadLines | undefined;
  readonly accounting = new Map<string, Accounting>();
  readonly rng: Rng;
  sets: SetLookup | undefined;
  virtual: VirtualLookup | undefined;
  /** Resolves a name given to -s or -d, as /etc/hosts and DNS would; filled by the host. */
  resolveHost: (name: string) => readonly Ip[] = () => [];
  /** NFLOG: packets handed to user space, by group. */
  onNflog: ((group: number, prefix: string, skb: Skb) => void) | undefined;
  #conntrackUsers = 0;
  #leaveConntrack: (() => void)[] = [];

  constructor(
    readonly ns: Netns,
    limits: ConntrackLimits,
  ) {
    this.rng = ns.world.rng.fork(`iptables ${ns.name}`);
    this.conntrack = new Conntrack(ns, limits);
    this.nat = new Nat(this.conntrack);
    this.natHooks = new NatHooks(this.nat);
    this.recent = new RecentLists(ns);
    this.iptables = { legacy: new Iptables(this, "legacy"), nft: new Iptables(this, "nft") };
    this.nftables = new Ruleset(this);
    registerSysctls(ns, this.conntrack);
  }

  get conntrackOn(): boolean {
    return this.#conntrackUsers > 0;
  }

  /** nf_ct_netns_get(): a rule, a table or a program needs tracking. Returns how to give it back. */
  requireConntrack(): () => void {
    if (++this.#conntrackUsers === 1) this.#startConntrack();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#conntrackUsers > 0) return;
      for (const leave of this.#leaveConntrack) leave();
      this.#leaveConntrack = [];
    };
  }

  #startConntrack(): void {
    const { hooks } = this.ns;
    const { conntrack } = this;
    // Connections from before an interruption: what they have done meanwhile nobody saw (nf_ct_tcp_fixup).
    for (const { tcp } of conntrack.table.connections()) {
      if (!tcp) continue;
      for (const side of tcp.seen) {
        side.flags |= 8;
        side.maxWin = 0;
      }
    }
    this.#leaveConntrack = [
      hooks.register({ name: "defrag", at: "PREROUTING", priority: PRIORITY.defrag, run: (skb) => this.#defragment(skb, "conntrack-in") }),
      hooks.register({ name: "defrag", at: "OUTPUT", priority: PRIORITY.defrag, run: (skb) => this.#defragment(skb, "conntrack-out") }),
      hooks.register({ name: "conntrack", at: "PREROUTING", priority: PRIORITY.conntrack, run: (skb) => conntrack.track(skb) }),
      hooks.register({ name: "conntrack", at: "OUTPUT", priority: PRIORITY.conntrack, run: (skb) => conntrack.track(skb) }),
      hooks.register({ name: "confirm", at: "POSTROUTING", priority: PRIORITY.confirm, run: (skb) => conntrack.confirm(skb) }),
      hooks.register({ name: "confirm", at: "INPUT", priority: PRIORITY.confirm, run: (skb) => conntrack.confirm(skb) }),
    ];
  }

  /** nf_conntrack_attach: an answer made on the spot (a REJECT, an ICMP error) belongs to what it answers. */
  attachConnection(answer: Skb, about: Skb): void {
    const ref = connectionOf(about);
    if (ref?.conn) answer.conn = ref.conn.ref(ref.direction === "original" ? "RELATED_REPLY" : "RELATED");
  }

  /** nf_defrag_ipv4: ports are needed, so fragments wait until the datagram is whole. */
  #defragment(skb: Skb, user: "conntrack-in" | "conntrack-out"): Verdict {
    if (!skb.packet.mf && skb.packet.offset === 0) return "ACCEPT";
    return this.ns.fragments.collect(skb, user) ? "ACCEPT" : "STOLEN";
  }

  /** An interface went down or lost an address: what was masqueraded behind it is dead. */
  deviceDown(index: number, address?: Ip): void {
    if (address === undefined) forgetMasqueradesOf(this.conntrack, index);
    else forgetMasqueradesBehind(this.conntrack, index, address);
  }
}

/**
 * Gives a namespace its netfilter. `limits` is what all namespaces of one kernel share
 * (nf_conntrack_max, buckets): a node and its Pods are given the same object.
 */
export function attachNetfilter(ns: Netns, limits: ConntrackLimits = { ...DEFAULT_LIMITS }): Netfilter {
  const netfilter = new Netfilter(ns, limits);
  ns.netfilter = netfilter;
  ns.onDeviceDown = (index, address) => netfilter.deviceDown(index, address);
  ns.attachConnection = (answer, about) => netfilter.attachConnection(answer, about);
  return netfilter;
}

export function netfilterOf(ns: Netns): Netfilter | undefined {
  return ns.netfilter instanceof Netfilter ? ns.netfilter : undefined;
}
