/**
 * ICMP: an echo is a connection of its own, an error belongs to the one it is about. In Linux:
 * nf_conntrack_proto_icmp.c.
 */
import type { Icmp, Packet } from "../wire/packet";
import type { ConnRef, Zone } from "./connection";
import type { Conntrack } from "./conntrack";
import { ICMP, invert, type Tuple, tupleOf } from "./tuple";

/** Only a question begins a connection: an echo reply nobody asked for is INVALID. */
export function startsIcmp({ dport }: Tuple): boolean {
  const type = dport >>> 8;
  return type === ICMP.echo || type === ICMP.timestamp || type === ICMP.infoRequest || type === ICMP.addressMask;
}

export function isIcmpError(type: number): boolean {
  return type === ICMP.unreachable || type === ICMP.sourceQuench || type === ICMP.timeExceeded || type === ICMP.parameterProblem || type === ICMP.redirect;
}

/**
 * nf_conntrack_inet_error: which connection the quoted packet belongs to. "none" when it is
 * about nothing we know, undefined when this is no error at all.
 */
export function relatedTo(conntrack: Conntrack, packet: Packet, zone: Zone): ConnRef | "none" | undefined {
  const icmp = packet.payload as Icmp;
  if (icmp.type > ICMP.addressMaskReply) return "none";
  if (!isIcmpError(icmp.type)) return undefined;
  const quoted = icmp.quoted && tupleOf(icmp.quoted);
  // What is quoted went the other way, so it looks like the answer's mirror image.
  const inner = quoted && invert(quoted);
  const node = inner && conntrack.findIn(zone, inner);
  if (!node) return "none";
  // The error must be going to whoever sent what is quoted, or somebody is making it up.
  if (node.conn.tuple(node.direction).dst !== packet.dst) return "none";
  return node.conn.ref(node.direction === "reply" ? "RELATED_REPLY" : "RELATED");
}
