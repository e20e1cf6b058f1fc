/**
 * Bending a packet to its connection's shape: nf_nat_manip_pkt(), and what an ICMP error needs
 * besides (nf_nat_icmp_reply_translation): the packet it quotes is translated back as well.
 */
import type { HookName } from "../net/hook";
import type { Skb } from "../net/skb";
import { clonePacket, type Icmp, type Packet } from "../wire/packet";
import { type Connection, type ConnRef, STATUS } from "./connection";
import { isIcmpError } from "./conntrack-icmp";
import { type Manip, manipOf } from "./nat";
import { ICMP, invert, type Tuple } from "./tuple";

/** Which bit says that this packet, in its direction, must be bent at this kind of hook. */
function isBent(conn: Connection, direction: "original" | "reply", manip: Manip): boolean {
  const source = (manip === "src") === (direction === "original");
  return conn.has(source ? STATUS.srcNat : STATUS.dstNat);
}

/** nf_nat_packet: every packet of the connection, at each of the hooks where its NAT applies. */
export function translate(skb: Skb, ref: ConnRef & { readonly conn: Connection }, at: HookName): void {
  const { conn, direction } = ref;
  const manip = manipOf(at);
  if (!isBent(conn, direction, manip)) return;
  const target = invert(conn.tuple(direction === "original" ? "reply" : "original"));
  if (!target) return;
  if (skb.ns.world.trace.active) skb.ns.trace(skb, "nat", manip === "src" ? "SNAT" : "DNAT");
  bend(skb.packet, target, manip);
}

function bend(packet: Packet, target: Tuple, manip: Manip): void {
  const { payload } = packet;
  if (manip === "src") packet.src = target.src;
  else packet.dst = target.dst;
  if (packet.offset !== 0) return; // A later fragment has no ports.
  if (payload.kind === "tcp" || payload.kind === "udp") {
    if (manip === "src") payload.sport = target.sport;
    else payload.dport = target.dport;
  } else if (payload.kind === "icmp" && !isIcmpError(payload.type)) payload.id = target.sport;
}

/** False when the packet must be dropped. */
export function translateError(skb: Skb, ref: ConnRef & { readonly conn: Connection }, at: HookName): boolean {
  const { conn, direction } = ref;
  const icmp = skb.packet.payload as Icmp;
  const manip = manipOf(at);
  if (icmp.type === ICMP.redirect) {
    const done = STATUS.srcNatDone | STATUS.dstNatDone;
    if ((conn.status & done) !== done || conn.status & (STATUS.srcNat | STATUS.dstNat)) return false;
  }
  if (!isBent(conn, direction, manip)) return true;
  const other = conn.tuple(direction === "original" ? "reply" : "original");
  const target = invert(other);
  if (!target) return true;
  if (icmp.quoted) {
    icmp.quoted = clonePacket(icmp.quoted);
    bend(icmp.quoted, other, manip === "src" ? "dst" : "src");
  }
  if (manip === "src") skb.packet.src = target.src;
  else skb.packet.dst = target.dst;
  return true;
}
