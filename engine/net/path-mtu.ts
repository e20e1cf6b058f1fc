/**
 * What this namespace has learned about paths: an ICMP "fragmentation needed" says how long a
 * datagram to that destination may be (RFC 1191; struct fib_nh_exception). Forgotten after ten
 * minutes, or with the route (`entry`) whose exception it is.
 */
import type { Ip } from "../wire/ip";
import type { FibEntry } from "./fib";
import type { Netns } from "./netns";
import type { Route } from "./route";
import type { Skb } from "./skb";

/** `gateway` is what a redirect taught; 0: nothing. `locked`: the path takes less than this machine believes, so it may cut (fnhe_mtu_locked). `used`: a route has been looked up since; only then it is listed (fnhe_rth_output). */
export type PathException = { mtu: number; gateway: Ip; expiresMs: number; locked: boolean; used: boolean; readonly entry: FibEntry | undefined };

/** Without a route of a table: the destination was taken to be on the link. */
type Entry = FibEntry | undefined;

export class PathMtus {
  readonly #learned = new Map<Ip, PathException[]>();

  constructor(private readonly ns: Netns) {}

  /** The path's MTU by this route, which is never more than the device's own. */
  get(dst: Ip, own: number, entry: Entry): number {
    if (this.#learned.size === 0) return own;
    const known = this.find(dst, entry);
    return known === undefined || known.mtu === 0 ? own : Math.min(known.mtu, own);
  }

  find(dst: Ip, entry: Entry): PathException | undefined {
    const known = this.#learned.get(dst)?.find((other) => other.entry === entry || (other.entry !== undefined && entry !== undefined && sharesHops(other.entry, entry)));
    if (known === undefined || known.expiresMs > this.ns.world.scheduler.nowMs) return known;
    this.#forget(dst, (other) => other === known);
    return undefined;
  }

  #forget(dst: Ip, gone: (known: PathException) => boolean): void {
    const left = (this.#learned.get(dst) ?? []).filter((known) => !gone(known));
    if (left.length > 0) this.#learned.set(dst, left);
    else this.#learned.delete(dst);
  }

  /** update_or_create_fnhe(). */
  #remember(dst: Ip, entry: Entry, what: Pick<PathException, "mtu" | "locked" | "gateway">): void {
    const known = this.find(dst, entry);
    const expiresMs = this.ns.world.scheduler.nowMs + this.ns.sysctl.route.mtu_expires * 1000;
    if (known !== undefined) Object.assign(known, what, { expiresMs });
    else this.#learned.set(dst, [...(this.#learned.get(dst) ?? []), { ...what, expiresMs, used: false, entry }]);
  }

  /** ip_mtu_locked(): what is sent there may be cut on its way. */
  isLocked(dst: Ip, entry: Entry): boolean {
    return this.#learned.size > 0 && this.find(dst, entry)?.locked === true;
  }

  /** __ip_rt_update_pmtu(): not below min_pmtu (552), and never upwards. */
  learn(dst: Ip, mtu: number, own: number, entry: Entry): void {
    const known = this.find(dst, entry);
    const old = this.get(dst, own, entry);
    if (old <= mtu || known?.locked) return;
    const { min_pmtu } = this.ns.sysctl.route;
    const locked = mtu < min_pmtu;
    this.#remember(dst, entry, { mtu: locked ? Math.min(old, min_pmtu) : mtu, locked, gateway: known?.gateway ?? (0 as Ip) });
  }

  /** __ip_do_redirect(): a gateway says that another one on the same link is nearer. Only the current gateway is believed. */
  redirect(skb: Skb, dst: Ip, gateway: Ip): void {
    const { ns } = this;
    const dev = skb.inDev ?? ns.lo;
    if (!ns.sysctl.acceptsRedirects(dev) || ns.addressType(gateway) !== "unicast" || !ns.addresses.onLink(dev, gateway, 0 as Ip)) return;
    const route = ns.fib.lookup({ dst });
    if (typeof route === "string" || route.dev !== dev || (route.gateway !== skb.packet.src && route.gateway !== 0)) return;
    const known = this.find(dst, route.entry);
    this.#remember(dst, route.entry, { mtu: known?.mtu ?? 0, locked: known?.locked ?? false, gateway });
  }

  /** The route as redirects have bent it. */
  bend(route: Route, dst: Ip): Route {
    const known = this.#learned.size === 0 ? undefined : this.find(dst, route.entry);
    if (known === undefined) return route;
    known.used = true;
    return known.gateway === 0 ? route : { ...route, gateway: known.gateway };
  }

  /** A route has gone: what was learned about it goes too, unless others share its next hops (struct fib_info). */
  routeGone(entry: FibEntry): void {
    if (this.#learned.size === 0 || this.ns.fib.sharers(entry).length > 0) return;
    for (const dst of [...this.#learned.keys()]) this.#forget(dst, (known) => known.entry !== undefined && sharesHops(known.entry, entry));
  }

  /** `ip route show cache`, which names each exception once for every route that shares it. */
  list(): (readonly [Ip, PathException])[] {
    const all = [...this.#learned].flatMap(([dst, exceptions]) => exceptions.map(({ entry }) => [dst, this.find(dst, entry)] as const));
    return all.flatMap(([dst, known]) => {
      if (!known?.used) return [];
      const times = known.entry === undefined ? 1 : this.ns.fib.sharers(known.entry).length;
      return Array.from({ length: times }, () => [dst, known] as const);
    });
  }

  flush(): void {
    this.#learned.clear();
  }
}

/** fib_find_info(): routes of one table with the same properties and next hops keep them in one place. */
export function sharesHops(a: FibEntry, b: FibEntry): boolean {
  if (a.table !== b.table || a.type !== b.type || a.protocol !== b.protocol || a.scope !== b.scope || a.prefSrc !== b.prefSrc || a.metric !== b.metric) return false;
  if (a.metrics.size !== b.metrics.size || [...a.metrics].some(([name, value]) => b.metrics.get(name) !== value)) return false;
  return a.hops.length === b.hops.length && a.hops.every(({ dev, gateway, weight, onlink }, i) => dev === b.hops[i]?.dev && gateway === b.hops[i]?.gateway && weight === b.hops[i]?.weight && onlink === b.hops[i]?.onlink);
}
