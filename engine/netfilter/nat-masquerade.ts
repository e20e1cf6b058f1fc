/**
 * -j MASQUERADE: a source address that is whatever the interface has. nf_nat_masquerade.c.
 */
import type { Skb } from "../net/skb";
import { SCOPE } from "../net/fib-table";
import type { Ip } from "../wire/ip";
import { connectionOf } from "./connection";
import type { Conntrack } from "./conntrack";
import type { Nat, NatRange } from "./nat";

/** nf_nat_masquerade_ipv4. False when the packet must be dropped. */
export function masquerade(nat: Nat, skb: Skb, range: NatRange): boolean {
  const conn = connectionOf(skb)?.conn;
  const { outDev } = skb;
  if (!conn || !outDev) return false;
  if (conn.original.tuple.src === 0) return true; // DHCP: it has no address yet to be hidden.
  const nextHop = skb.route && skb.route.gateway !== 0 ? skb.route.gateway : skb.packet.dst;
  const source = skb.ns.addresses.select(outDev, nextHop, SCOPE.universe);
  if (source === 0) {
    skb.ns.log(`${outDev.name} ate my IP address`);
    return false;
  }
  conn.masqueradeIndex = outDev.index;
  return nat.setup(conn, { ...range, addresses: { min: source, max: source } }, "src");
}

/** The interface went down: connections hidden behind it would come back with another address. */
export function forgetMasqueradesOf(conntrack: Conntrack, index: number): void {
  conntrack.flush((conn) => conn.masqueradeIndex === index);
}

/** It lost an address: those hidden behind that one. */
export function forgetMasqueradesBehind(conntrack: Conntrack, index: number, address: Ip): void {
  conntrack.flush((conn) => conn.masqueradeIndex === index && conn.reply.tuple.dst === address);
}
