/**
 * How often this machine complains: icmp_msgs_per_sec for all peers together, icmp_ratelimit
 * for each (icmp_global_allow, inet_peer_xrlim_allow of net/ipv4).
 *
 * One purse of tokens per peer serves ICMP errors, route errors and redirects alike, which is
 * why a redirect can silence a REJECT.
 */
import type { Ip } from "../wire/ip";
import type { Netns } from "./netns";

/** struct inet_peer, as far as it limits. Times and tokens in milliseconds. */
export type Peer = { tokens: number; lastMs: number; redirects: number };

const BURST = 6;
/** A peer nobody has heard of was last written to long ago. */
const LONG_AGO_MS = 60_000;
/** CONFIG_HZ=250. */
const jiffyOf = (ms: number): number => Math.floor(ms / 4);
const ROUTE_ERROR = { cost: 1000, burst: 5000 } as const;

export class IcmpLimits {
  readonly #peers = new Map<Ip, Peer>();
  #credit: number | undefined;
  /** The kernel's one ICMP socket is busy sending: what fails on that way gets no error of its own (icmp_xmit_lock). */
  sending = false;
  #stampMs = 0;

  constructor(private readonly ns: Netns) {}

  get #nowMs(): number {
    return this.ns.world.scheduler.nowMs;
  }

  peer(address: Ip): Peer {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      peer = { tokens: 0, lastMs: this.#nowMs - LONG_AGO_MS, redirects: 0 };
      this.#peers.set(address, peer);
    }
    return peer;
  }

  /** icmp_global_allow(): a bucket of icmp_msgs_burst that icmp_msgs_per_sec refills. */
  allowGlobal(): boolean {
    const { icmp_msgs_per_sec, icmp_msgs_burst } = this.ns.sysctl.ipv4;
    const now = this.#nowMs;
    const refill = Math.floor(((now - this.#stampMs) * icmp_msgs_per_sec) / 1000);
    this.#credit = Math.min(icmp_msgs_burst, (this.#credit ?? icmp_msgs_burst) + refill);
    if (refill > 0) this.#stampMs = now;
    if (this.#credit <= 0) return false;
    this.#credit--;
    return true;
  }

  /**
   * inet_peer_xrlim_allow(): six at once, then one per icmp_ratelimit. Without a limit the purse holds
   * nothing at all, so that a REJECT silences "no route" for a second.
   */
  allowPeer(address: Ip): boolean {
    const every = this.ns.sysctl.ipv4.icmp_ratelimit;
    const peer = this.peer(address);
    const now = this.#nowMs;
    // Within one jiffy of what was written last, the purse is left alone.
    if (jiffyOf(now) !== jiffyOf(peer.lastMs)) {
      peer.tokens = Math.min(peer.tokens + now - peer.lastMs, BURST * every);
      peer.lastMs = now;
    }
    if (peer.tokens < every) return false;
    peer.tokens -= every;
    return true;
  }

  /** ip_error(): one "no route" a second and peer, five in a burst. */
  allowRouteError(address: Ip): boolean {
    const peer = this.peer(address);
    const now = this.#nowMs;
    peer.tokens = Math.min(peer.tokens + now - peer.lastMs, ROUTE_ERROR.burst);
    peer.lastMs = now;
    if (peer.tokens < ROUTE_ERROR.cost) return false;
    peer.tokens -= ROUTE_ERROR.cost;
    return true;
  }
}
