/**
 * What this namespace has learned about paths: an ICMP "fragmentation needed" says how long a
 * datagram to that destination may be (RFC 1191; struct fib_nh_exception). Forgotten after ten
 * minutes.
 */
import type { Ip } from "../wire/ip";
import type { Netns } from "./netns";
import type { Route } from "./route";
import type { Skb } from "./skb";

/** `gateway` is what a redirect taught; 0: nothing. `locked`: the path takes less than this machine believes, so it may cut (fnhe_mtu_locked). `used`: a route has been looked up since; only then it is listed (fnhe_rth_output). */
export type PathException = { mtu: number; gateway: Ip; expiresMs: number; locked: boolean; used: boolean };

export class PathMtus {
  readonly #learned = new Map<Ip, PathException>();

  constructor(private readonly ns: Netns) {}

  /** The path's MTU, which is never more than the device's own. */
  get(dst: Ip, own: number): number {
    if (this.#learned.size === 0) return own;
    const known = this.find(dst);
    return known === undefined || known.mtu === 0 ? own : Math.min(known.mtu, own);
  }

  find(dst: Ip): PathException | undefined {
    const known = this.#learned.get(dst);
    if (known === undefined || known.expiresMs > this.ns.world.scheduler.nowMs) return known;
    this.#learned.delete(dst);
    return undefined;
  }

  /** ip_mtu_locked(): what is sent there may be cut on its way. */
  isLocked(dst: Ip): boolean {
    return this.#learned.size > 0 && this.find(dst)?.locked === true;
  }

  /** __ip_rt_update_pmtu(): not below min_pmtu (552), and never upwards. */
  learn(dst: Ip, mtu: number, own: number): void {
    const known = this.find(dst);
    const old = this.get(dst, own);
    if (old <= mtu || known?.locked) return;
    const { min_pmtu, mtu_expires } = this.ns.sysctl.route;
    const locked = mtu < min_pmtu;
    this.#learned.set(dst, { mtu: locked ? Math.min(old, min_pmtu) : mtu, gateway: known?.gateway ?? (0 as Ip), expiresMs: this.ns.world.scheduler.nowMs + mtu_expires * 1000, locked, used: known?.used ?? false });
  }

  /** __ip_do_redirect(): a gateway says that another one on the same link is nearer. Only the current gateway is believed. */
  redirect(skb: Skb, dst: Ip, gateway: Ip): void {
    const { ns } = this;
    const dev = skb.inDev ?? ns.lo;
    if (!ns.sysctl.acceptsRedirects(dev) || ns.addressType(gateway) !== "unicast" || !ns.addresses.onLink(dev, gateway, 0 as Ip)) return;
    const route = ns.fib.lookup({ dst });
    if (typeof route === "string" || route.dev !== dev || (route.gateway !== skb.packet.src && route.gateway !== 0)) return;
    const known = this.find(dst);
    this.#learned.set(dst, { mtu: known?.mtu ?? 0, locked: known?.locked ?? false, used: known?.used ?? false, gateway, expiresMs: ns.world.scheduler.nowMs + ns.sysctl.route.mtu_expires * 1000 });
  }

  /** The route as redirects have bent it. */
  bend(route: Route, dst: Ip): Route {
    const known = this.#learned.size === 0 ? undefined : this.find(dst);
    if (known === undefined) return route;
    known.used = true;
    return known.gateway === 0 ? route : { ...route, gateway: known.gateway };
  }

  /** `ip route show cache`. */
  list(): (readonly [Ip, PathException])[] {
    return [...this.#learned.keys()].flatMap((dst) => {
      const known = this.find(dst);
      return known?.used ? [[dst, known] as const] : [];
    });
  }

  flush(): void {
    this.#learned.clear();
  }
}
