/** What routing knows of a packet: `fib saddr . iif oif` (nft_fib_ipv4.c) and `rt mtu`, `rt nexthop` (nft_rt.c). */
import type { Device } from "../../link/device";
import type { Route } from "../../net/route";
import { routeOutput } from "../../net/route-out";
import type { Ip } from "../../wire/ip";
import type { Value } from "./datatypes";
import type { RunContext } from "./read";

const BROADCAST = 0xffff_ffff;
const isLocalGroup = (address: number): boolean => address >>> 8 === 0xe00000;

/** By which device an address would be reached; with `iif` or `oif`, whether by that one. */
export function routeDevice(flags: readonly string[], { skb, packet, at, inDev, outDev }: RunContext): Device | undefined {
  const bySource = flags.includes("saddr");
  if (bySource && at === "PREROUTING" && inDev?.kind === "loopback") return inDev;
  if (packet.src >>> 24 === 0 && (packet.dst === BROADCAST || isLocalGroup(packet.dst))) return inDev;
  const [dst, src] = bySource ? [packet.src, packet.dst] : [packet.dst, packet.src];
  const route = skb.ns.fib.lookup({ dst, src, mark: flags.includes("mark") ? skb.mark : 0, tos: packet.tos & 0x1c });
  if (typeof route === "string" || route.type !== "unicast") return undefined;
  const wanted = flags.includes("iif") ? inDev : flags.includes("oif") ? outDev : undefined;
  return wanted === undefined || wanted === route.dev ? route.dev : undefined;
}

const HEADERS = 40;
const DEFAULT_MSS = 536;
const mtuOf = (route: Route): number => (route.mtu > 0 ? route.mtu : route.dev.mtu);

export function readRoute(key: string, { skb, packet, outDev }: RunContext): Value | undefined {
  const { route } = skb;
  if (route === undefined) return undefined;
  switch (key) {
    case "nexthop":
      return route.gateway === 0 ? packet.dst : route.gateway;
    case "mtu": {
      const back = routeOutput(skb.ns, { dst: packet.src as Ip, anySource: true });
      const mtu = Math.min(outDev ? Math.min(mtuOf(route), outDev.mtu) : mtuOf(route), typeof back === "string" ? 65_535 : mtuOf(back));
      return mtu <= HEADERS ? DEFAULT_MSS : mtu - HEADERS;
    }
    default:
      // No realms and no IPsec here.
      return 0;
  }
}
