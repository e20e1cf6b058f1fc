/**
 * Routing what has come in: is it for us, for somebody else, or a lie about its source?
 * (ip_route_input_slow, __mkroute_input and fib_validate_source of net/ipv4).
 */
import type { Device } from "../link/device";
import { type Ip, printIp } from "../wire/ip";
import { SCOPE } from "./fib-table";
import type { Netns } from "./netns";
import type { Route, RouteError } from "./route";
import type { Skb } from "./skb";

/** A way on; an error that ip_error() may answer; or a martian, which is dropped in silence, like what is for a group nobody here is in. */
export type Incoming = Route | RouteError | Refusal;
export type Refusal = "martian source" | "reverse path" | "martian destination" | "no such group";

const isLoopback = (address: Ip): boolean => address >>> 24 === 127;
const isMulticast = (address: Ip): boolean => address >>> 28 === 14;
const LIMITED_BROADCAST = 0xffff_ffff;
/** The only group there is: every device that is up is in it (IGMP_ALL_HOSTS). */
export const ALL_HOSTS = 0xe000_0001;

export function routeInput(ns: Netns, skb: Skb): Incoming {
  const { src, dst, tos } = skb.packet;
  const dev = skb.inDev as Device;
  if (isMulticast(dst)) return dst === ALL_HOSTS ? groupInput(ns, skb, dev, "multicast") : "no such group";
  if (isMulticast(src) || src === LIMITED_BROADCAST) return "martian source";
  if (dst === LIMITED_BROADCAST || (src === 0 && dst === 0)) return groupInput(ns, skb, dev, "broadcast");
  if (src === 0) return "martian source";
  if (dst === 0) return "martian destination";
  if (isLoopback(dst) || isLoopback(src)) {
    if (!ns.sysctl.or("route_localnet", dev) && dev.kind !== "loopback") return isLoopback(dst) ? "martian destination" : "martian source";
  }
  const forwards = ns.sysctl.forwards(dev);
  const route = ns.fib.select({ dst, src, mark: skb.mark, tos: tos & 0x1c, inDev: dev });
  if (typeof route === "string") return forwards ? route : "EHOSTUNREACH";
  const directed = route.type === "broadcast" && ns.sysctl.and("bc_forwarding", dev);
  if (route.type === "local" || (route.type === "broadcast" && !directed)) {
    const valid = route.type === "local" ? validSource(ns, skb, dev, undefined) : validSource(ns, fromAnyone(skb), dev, undefined);
    return isRefused(valid) ? valid : route;
  }
  if (directed) return validOnward(ns, skb, dev, { ...route, type: "unicast" });
  if (!forwards) return "EHOSTUNREACH";
  return route.type === "unicast" ? validOnward(ns, skb, dev, route) : "martian destination";
}

/** __mkroute_input(). */
function validOnward(ns: Netns, skb: Skb, dev: Device, route: Route): Incoming {
  const valid = validSource(ns, skb, dev, route.dev);
  if (isRefused(valid)) return valid;
  skb.redirect = valid === "on link" && redirects(ns, skb, dev, route);
  return ns.pathMtus.bend(route, skb.packet.dst);
}

/** RTCF_DOREDIRECT: it would leave by the device it came from, and its sender could have gone straight. */
function redirects(ns: Netns, { packet }: Skb, dev: Device, route: Route): boolean {
  if (route.dev !== dev || !ns.sysctl.or("send_redirects", dev)) return false;
  return ns.sysctl.or("shared_media", dev) || ns.addresses.onLink(dev, packet.src, route.gateway);
}

/** An answer could go back to it (and straight, "on link"); or it claims to be ours; or the way back is another one. */
type Validity = "martian source" | "reverse path" | "valid" | "on link";

export function isRefused(validity: Validity): validity is "martian source" | "reverse path" {
  return validity === "martian source" || validity === "reverse path";
}

/** What is asked of a source: of a packet, or of an ARP request. */
export type Questioned = { readonly packet: { readonly src: Ip; readonly dst: Ip; readonly tos: number }; readonly mark: number };

/** fib_validate_source(): would an answer leave by the device the packet came from? */
export function validSource(ns: Netns, skb: Questioned, dev: Device, outDev: Device | undefined): Validity {
  const filter = ns.sysctl.max("rp_filter", dev);
  if (filter === 0 && (outDev !== dev || !ns.sysctl.or("send_redirects", dev))) {
    if (ns.sysctl.or("accept_local", dev)) return "valid";
    if (ns.rules.untouched && !ns.fib.customLocal) return ns.addresses.holder(skb.packet.src) === undefined ? "valid" : "martian source";
  }
  return reverseCheck(ns, skb, dev, filter, outDev ?? ns.lo);
}

/** __fib_validate_source(): as if it came in by the device that the packet would leave by. Strict (1): the best way back must use that device; loose (2): any way back will do. */
function reverseCheck(ns: Netns, { packet, mark }: Questioned, dev: Device, filter: number, backBy: Device): Validity {
  const acceptLocal = ns.sysctl.or("accept_local", dev);
  const usesMark = ns.sysctl.or("src_valid_mark", dev);
  const query = { dst: packet.src, src: packet.dst, tos: packet.tos & 0x1c, mark: usesMark ? mark : 0, inDev: backBy };
  const lastResort = filter > 0 ? "reverse path" : "valid";
  const back = ns.fib.lookup(query);
  if (typeof back === "string") return lastResort;
  if (back.type !== "unicast" && !(back.type === "local" && acceptLocal)) return "martian source";
  if (usesDevice(back, dev) || (back.type === "local" && dev === ns.lo)) return scopeOf(back);
  if (ns.addresses.of(dev).length === 0) return lastResort;
  if (filter === 1) return "reverse path";
  const byDevice = ns.fib.lookup({ ...query, outDev: dev });
  return typeof byDevice !== "string" && byDevice.type === "unicast" ? scopeOf(byDevice) : "valid";
}

function usesDevice({ dev, entry, type }: Route, wanted: Device): boolean {
  if (entry === undefined || type === "local") return entry?.hops.some((hop) => hop.dev === wanted) ?? dev === wanted;
  return entry.hops.some((hop) => hop.dev === wanted);
}

/** The next hop's scope: host when the source itself is on the link, link when it is behind a gateway. */
function scopeOf({ gateway, type }: Route): Validity {
  return gateway === 0 && type !== "local" ? "on link" : "valid";
}

/** For everybody on the link (ip_route_input_mc, brd_input): only its sender may be refused. */
function groupInput(ns: Netns, skb: Skb, dev: Device, type: "multicast" | "broadcast"): Incoming {
  const { src } = skb.packet;
  if (isMulticast(src) || src === LIMITED_BROADCAST) return "martian source";
  if (isLoopback(src) && dev.kind !== "loopback" && !ns.sysctl.or("route_localnet", dev)) return "martian source";
  if (src !== 0) {
    const valid = validSource(ns, fromAnyone(skb), dev, undefined);
    if (isRefused(valid)) return valid;
  }
  return { type, dev: ns.lo, gateway: 0 as Ip, src: ns.addresses.select(dev, 0 as Ip, SCOPE.link), mtu: 0, entry: undefined };
}

/** What is for everybody could be answered from any address. */
function fromAnyone({ packet: { src, tos }, mark }: Skb): Questioned {
  return { packet: { src, dst: 0 as Ip, tos }, mark };
}

/** ip_handle_martian_source(): said in the kernel's log only where log_martians asks for it. */
export function logMartian(ns: Netns, skb: Skb, what: Refusal): void {
  const { src, dst } = skb.packet;
  if (isMulticast(dst)) return;
  const name = skb.inDev?.name ?? "?";
  if (!ns.sysctl.or("log_martians", skb.inDev ?? ns.lo)) return;
  if (what !== "martian destination") ns.log(`IPv4: martian source ${printIp(dst)} from ${printIp(src)}, on dev ${name}`);
  else ns.log(`IPv4: martian destination ${printIp(dst)} from ${printIp(src)}, dev ${name}`);
}
