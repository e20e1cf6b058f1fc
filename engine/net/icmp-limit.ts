/**
 * How often this machine complains: icmp_msgs_per_sec for all peers together, icmp_ratelimit
 * for each (icmp_global_allow, inet_peer_xrlim_allow, ip_error of net/ipv4). All of it is counted
 * in jiffies.
 *
 * One purse of tokens per peer serves ICMP errors, route errors and redirects alike, which is
 * why a redirect can silence a REJECT.
 */
import type { Rng } from "../core/rng";
import type { Ip } from "../wire/ip";
import { JIFFY_MS, jiffiesOf } from "./jiffies";
import type { Netns } from "./netns";

/** struct inet_peer, as far as it limits. Times and tokens in jiffies. */
export type Peer = { tokens: number; last: number; redirects: number };

const HZ = 1000 / JIFFY_MS;
const BURST = 6;
/** A peer nobody has heard of was last written to long ago. */
const LONG_AGO = 60 * HZ;
/** ip_rt_error_cost and _burst. */
const ROUTE_ERROR = { cost: HZ, burst: 5 * HZ } as const;
/** ip_rt_redirect_silence, _number and _load. */
const REDIRECT = { silence: Math.floor(HZ / 50) << 10, number: 9, load: HZ / 50 } as const;

export class IcmpLimits {
  readonly #peers = new Map<Ip, Peer>();
  #credit = 0;
  #stamp = -LONG_AGO;
  #rng: Rng | undefined;
  /** The kernel's one ICMP socket is busy sending: what fails on that way gets no error of its own (icmp_xmit_lock). */
  sending = false;
  /** Kernels before 6.14 filled and emptied a peer's purse with every question; later ones once a jiffy. */
  beforeOnceAJiffy = false;

  constructor(private readonly ns: Netns) {}

  get #now(): number {
    return Math.floor(this.ns.world.scheduler.nowMs / JIFFY_MS);
  }

  #peer(address: Ip): Peer {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      peer = { tokens: 0, last: this.#now - LONG_AGO, redirects: 0 };
      this.#peers.set(address, peer);
    }
    return peer;
  }

  /** icmp_global_allow(): a purse of icmp_msgs_burst; only when it is empty, and at most every 20 ms, icmp_msgs_per_sec refills it. */
  allowGlobal(): boolean {
    if (this.#credit > 0) return true;
    const { icmp_msgs_per_sec, icmp_msgs_burst } = this.ns.sysctl.ipv4;
    const now = this.#now;
    const since = Math.min(now - this.#stamp, HZ);
    if (since < HZ / 50) return false;
    const refill = Math.floor((icmp_msgs_per_sec * since) / HZ);
    if (refill === 0) return false;
    this.#stamp = now;
    this.#credit = Math.min(this.#credit + refill, icmp_msgs_burst);
    return true;
  }

  /** icmp_global_consume(): one on average, by chance, so that nobody can count what others were sent. */
  consumeGlobal(): void {
    this.#rng ??= this.ns.world.rng.fork(`icmp limit ${this.ns.name}`);
    this.#credit -= this.#rng.below(3);
  }

  /**
   * inet_peer_xrlim_allow(): six at once, then one per icmp_ratelimit. Without a limit the purse holds
   * nothing at all, so that a REJECT silences "no route" for a second.
   */
  allowPeer(address: Ip): boolean {
    const every = jiffiesOf(this.ns.sysctl.ipv4.icmp_ratelimit);
    const peer = this.#peer(address);
    const now = this.#now;
    // Within one jiffy of what was written last, the purse is left alone.
    if (now !== peer.last || this.beforeOnceAJiffy) {
      peer.tokens = Math.min(peer.tokens + (now - peer.last), BURST * every);
      peer.last = now;
    }
    if (peer.tokens < every) return false;
    peer.tokens -= every;
    return true;
  }

  /** ip_error(): one "no route" a second and peer, five in a burst. */
  allowRouteError(address: Ip): boolean {
    const peer = this.#peer(address);
    const now = this.#now;
    peer.tokens = Math.min(peer.tokens + (now - peer.last), ROUTE_ERROR.burst);
    peer.last = now;
    if (peer.tokens < ROUTE_ERROR.cost) return false;
    peer.tokens -= ROUTE_ERROR.cost;
    return true;
  }

  /** ip_rt_send_redirect(): tells it with `send`, rarer and rarer, and no more than nine times to who does not listen. */
  redirect(address: Ip, send: () => void): void {
    const peer = this.#peer(address);
    const now = this.#now;
    if (now > peer.last + REDIRECT.silence) {
      peer.tokens = 0;
      peer.redirects = 0;
    }
    if (peer.redirects >= REDIRECT.number) {
      peer.last = now;
      return;
    }
    if (peer.redirects > 0 && now <= peer.last + REDIRECT.load * 2 ** peer.redirects) return;
    send();
    peer.last = now;
    peer.redirects++;
  }
}
