/**
 * Routing what this namespace itself sends: which device, which next hop, which source address
 * (ip_route_output_key_hash_rcu, ip_route_me_harder).
 */
import type { Device } from "../link/device";
import type { Ip } from "../wire/ip";
import { SCOPE } from "./fib-table";
import type { Netns } from "./netns";
import type { Route, RouteError, RouteQuery } from "./route";
import type { Skb } from "./skb";

const LOOPBACK = 0x7f00_0001 as Ip;
const isLoopback = (address: Ip): boolean => address >>> 24 === 127;
const isMulticast = (address: Ip): boolean => address >>> 28 === 14;

export type OutputQuery = RouteQuery & {
  /** IP_TRANSPARENT, IP_FREEBIND: the source need not be one of ours. */
  readonly anySource?: boolean;
};

/**
 * A route, whose `src` is the source address to use when none was asked for; or why there is
 * none, as connect(2) will say it.
 */
export function routeOutput(ns: Netns, query: OutputQuery): Route | RouteError {
  const { src = 0 as Ip, outDev } = query;
  if (src !== 0) {
    if (isMulticast(src) || src === 0xffff_ffff) return "EINVAL";
    if (query.anySource !== true && ns.fib.deviceOf(src) === undefined) return "ENETUNREACH";
  }
  if (outDev !== undefined && !outDev.up) return "ENETUNREACH";
  const dst = query.dst !== 0 ? query.dst : src !== 0 ? src : LOOPBACK;
  if (dst === 0xffff_ffff || isMulticast(dst)) return groupOutput(ns, { ...query, dst });
  const route = ns.fib.select(dst === query.dst ? query : { ...query, dst });
  if (typeof route === "string") return outDev === undefined ? route : onLinkOf(ns, outDev);
  if (route.type === "local") return route.src !== 0 ? route : { ...route, src: dst };
  if (route.dev.kind !== "loopback" && isLoopback(src !== 0 ? src : route.src) && !ns.sysctl.or("route_localnet", route.dev)) return "EINVAL";
  return ns.pathMtus.bend(route, dst);
}

/** Nobody knows the way, or a route forbids it, but the caller insists on a device: the destination is taken to be on its link. */
function onLinkOf(ns: Netns, dev: Device): Route {
  return { type: "unicast", dev, gateway: 0 as Ip, src: ns.addresses.select(dev, 0 as Ip, SCOPE.link), mtu: 0, entry: undefined };
}

function groupOutput(ns: Netns, { dst, src = 0 as Ip, outDev }: OutputQuery): Route | RouteError {
  const type = dst === 0xffff_ffff ? "broadcast" : "multicast";
  const dev = outDev ?? (src !== 0 ? ns.fib.deviceOf(src) : undefined);
  if (dev !== undefined) return { type, dev, gateway: 0 as Ip, src: ns.addresses.select(dev, 0 as Ip, SCOPE.link), mtu: 0, entry: undefined };
  if (src !== 0) return "ENETUNREACH";
  const route = ns.fib.select({ dst });
  return typeof route === "string" ? route : { ...route, type, gateway: 0 as Ip };
}

/**
 * ip_route_me_harder(): a hook in OUTPUT has changed where the packet goes, or its mark, so the
 * route it was given no longer counts.
 */
export function rerouteOutput(ns: Netns, skb: Skb): Route | RouteError {
  const { packet, mark, outDev } = skb;
  const { src, dst } = packet;
  // A source that nobody can have is left out of the question.
  const type = ns.fib.addressType(src, outDev);
  const asked = type === "local" || type === "unicast" ? src : (0 as Ip);
  return routeOutput(ns, { dst, src: asked, mark, tos: packet.tos & 0x1c, anySource: true, outDev: skb.boundTo });
}
