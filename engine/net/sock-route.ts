/**
 * What a socket asks of routing: the source address and the MTU that go with a destination, and
 * the way out for each packet. In Linux: ip_route_connect(), ip_queue_xmit(), dst_mtu().
 */
import { type Code, SysError } from "../core/errno";
import type { Ip } from "../wire/ip";
import { send, type SendError } from "./ip";
import type { Netns } from "./netns";
import type { Route } from "./route";
import { routeOutput } from "./route-out";
import type { Skb } from "./skb";

export type SendFailure = Exclude<SendError, undefined>;

export type PathQuery = { readonly dst: Ip; readonly src: Ip; readonly mark: number; readonly tos: number; readonly device: string | undefined };
export type Path = { readonly src: Ip; readonly mtu: number; readonly advMss: number | undefined; readonly type: string; readonly device: string; readonly route: Route };

const RT_TOS = 0x1c;
/** IP_MULTICAST_TTL: what goes to a group stays on the link. */
export const MULTICAST_TTL = 1;
/** No datagram is longer, whatever the device says: lo has an MTU of 65536. */
const IP_MAX_MTU = 0xffff;

/** The way to a destination as connect(2) sees it, or why there is none. */
export function pathTo(ns: Netns, { dst, src, mark, tos, device }: PathQuery): Path | Code {
  const outDev = device === undefined ? undefined : ns.devices.byName(device);
  const route = routeOutput(ns, { dst, src, mark, tos: tos & RT_TOS, outDev });
  if (typeof route === "string") return route;
  const own = Math.min(route.mtu > 0 ? route.mtu : route.dev.mtu, IP_MAX_MTU);
  return { src: src !== 0 ? src : route.src, mtu: ns.pathMtus.get(dst, own, route.entry), advMss: route.entry?.metrics.get("advmss"), type: route.type, device: route.dev.name, route };
}

/** The same for connect(2): ip_route_connect() asks once more, now with the source it has found. */
export function pathToPeer(ns: Netns, query: PathQuery): Path | Code {
  const path = pathTo(ns, query);
  return typeof path === "string" || query.src !== 0 || path.src === 0 ? path : pathTo(ns, { ...query, src: path.src });
}

/** connect(2) and sendmsg(2) fail, and the want of a route is counted. */
export function noWay(ns: Netns, why: Code): SysError {
  if (why === "ENETUNREACH") ns.snmp.ip.OutNoRoutes++;
  return new SysError(why);
}

/** Hands a packet to IP; a socket bound to a device insists on that device. */
export function sendFromSocket(ns: Netns, skb: Skb, device: string | undefined): SendError {
  if (device !== undefined) {
    const outDev = ns.devices.byName(device);
    const { packet } = skb;
    const route = outDev === undefined ? "ENODEV" : routeOutput(ns, { dst: packet.dst, src: packet.src, mark: skb.mark, tos: packet.tos & RT_TOS, outDev, anySource: true });
    if (typeof route === "string") return route;
    skb.route = route;
    skb.boundTo = outDev;
  }
  return send(ns, skb);
}

/** bind(2) to an address: it must be one of ours, or none, or a group. */
export function checkBindAddress(ns: Netns, address: Ip): void {
  if (address === 0) return;
  const type = ns.addressType(address);
  if (type === "local" || type === "multicast" || type === "broadcast") return;
  if (ns.sysctl.ipv4.ip_nonlocal_bind !== 0) return;
  throw new SysError("EADDRNOTAVAIL");
}
