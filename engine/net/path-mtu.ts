/**
 * What this namespace has learned about paths: an ICMP "fragmentation needed" says how long a
 * datagram to that destination may be (RFC 1191; struct fib_nh_exception). Forgotten after ten
 * minutes.
 */
import type { Ip } from "../wire/ip";
import type { Netns } from "./netns";
import type { Route } from "./route";
import type { Skb } from "./skb";

/** `gateway` is what a redirect taught; 0: nothing. */
export type PathException = { mtu: number; gateway: Ip; expiresMs: number };

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

  /** __ip_rt_update_pmtu(): not below min_pmtu (552), and never upwards. */
  learn(dst: Ip, mtu: number, own: number): void {
    if (this.get(dst, own) <= mtu) return;
    const { min_pmtu, mtu_expires } = this.ns.sysctl.route;
    this.#learned.set(dst, { mtu: Math.max(mtu, min_pmtu), gateway: 0 as Ip, expiresMs: this.ns.world.scheduler.nowMs + mtu_expires * 1000 });
  }

  /** __ip_do_redirect(): a gateway says that another one on the same link is nearer. Only the current gateway is believed. */
  redirect(skb: Skb, dst: Ip, gateway: Ip): void {
    const { ns } = this;
    const dev = skb.inDev ?? ns.lo;
    if (!ns.sysctl.acceptsRedirects(dev) || ns.addressType(gateway) !== "unicast" || !ns.addresses.onLink(dev, gateway, 0 as Ip)) return;
    const route = ns.fib.lookup({ dst });
    if (typeof route === "string" || route.dev !== dev || (route.gateway !== skb.packet.src && route.gateway !== 0)) return;
    const known = this.find(dst);
    this.#learned.set(dst, { mtu: known?.mtu ?? 0, gateway, expiresMs: ns.world.scheduler.nowMs + ns.sysctl.route.mtu_expires * 1000 });
  }

  /** The route as redirects have bent it. */
  bend(route: Route, dst: Ip): Route {
    if (this.#learned.size === 0) return route;
    const gateway = this.find(dst)?.gateway ?? 0;
    return gateway === 0 ? route : { ...route, gateway: gateway as Ip };
  }

  /** `ip route show cache`. */
  list(): (readonly [Ip, PathException])[] {
    return [...this.#learned.keys()].flatMap((dst) => {
      const known = this.find(dst);
      return known === undefined ? [] : [[dst, known] as const];
    });
  }

  flush(): void {
    this.#learned.clear();
  }
}
