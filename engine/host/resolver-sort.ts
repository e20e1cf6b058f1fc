/**
 * The order in which getaddrinfo(3) gives addresses (RFC 3484 in glibc): those that can be reached
 * first; and among addresses of the sender's own network, those that share the longest prefix with
 * it. This is why a Pod that asks for a headless Service prefers endpoints on its own node.
 */
import { pathTo } from "../net/sock-route";
import { type Ip, maskOf } from "../wire/ip";
import type { Proc } from "./proc";

export function bySourceAddress(proc: Proc, addresses: readonly Ip[]): readonly Ip[] {
  if (addresses.length < 2) return addresses;
  const { netns } = proc.machine;
  const known = addresses.map((dst, place) => {
    const path = pathTo(netns, { dst, src: 0 as Ip, mark: 0, tos: 0, device: undefined });
    const src = typeof path === "string" ? undefined : path.src;
    const bits = src === undefined ? 0 : (netns.addresses.all().find(({ local }) => local === src)?.bits ?? 32);
    const near = src !== undefined && ((dst ^ src) & maskOf(bits)) === 0;
    return { dst, place, reachable: src !== undefined, common: near ? Math.clz32((dst ^ (src as number)) >>> 0) : 0 };
  });
  known.sort((a, b) => Number(b.reachable) - Number(a.reachable) || b.common - a.common || a.place - b.place);
  return known.map(({ dst }) => dst);
}
