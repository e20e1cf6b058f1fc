/**
 * ICMP (RFC 792, RFC 1122, RFC 1812): the errors a machine sends about packets it cannot handle,
 * and what it does with those it receives (icmp_send and icmp_rcv of net/ipv4/icmp.c).
 */
import { NO_BYTES } from "../core/bytes";
import { ICMP, ICMP_HEADER_BYTES, QUOTE_BYTES, UNREACHABLE, isIcmpError } from "../wire/icmp";
import type { Ip } from "../wire/ip";
import { IPV4_HEADER_BYTES } from "../wire/ipv4";
import { type Icmp, type Packet, PROTO, clonePacket } from "../wire/packet";
import { sendCounted } from "./ip";
import type { Netns } from "./netns";
import type { Route } from "./route";
import { routeOutput } from "./route-out";
import type { Skb } from "./skb";
import { MULTICAST_TTL } from "./sock-route";

const DEST_UNREACHABLE_COUNTER = { [ICMP.unreachable]: "OutDestUnreachs", [ICMP.timeExceeded]: "OutTimeExcds", [ICMP.parameterProblem]: "OutParmProbs", [ICMP.redirect]: "OutRedirects" } as const;

/**
 * Tells the source of `skb` that it could not be handled: icmp_send(). Nothing is said about
 * broadcasts, later fragments and other errors, nor more often than the limits allow.
 * `mtu` is for 3/4; `gateway` for a redirect.
 */
export function icmpError(skb: Skb, type: number, code: number, mtu = 0, gateway = 0 as Ip): void {
  const { ns, packet } = skb;
  if (!deserves(skb, type) || ns.icmpLimits.sending) return;
  const limited = isLimited(ns, type, code);
  const fromLoopback = skb.inDev !== undefined && skb.inDev.kind === "loopback";
  if (limited && !fromLoopback && !ns.icmpLimits.allowGlobal()) return void ns.snmp.icmp.OutRateLimitGlobal++;
  const src = sourceOfError(skb);
  const mark = ns.sysctl.ipv4.fwmark_reflect !== 0 ? skb.mark : 0;
  const route = routeOutput(ns, { dst: packet.src, src, mark, tos: packet.tos & 0x1c });
  if (typeof route === "string") return;
  if (limited && !allowedTo(ns, route, packet.src)) return;
  const quoted = clonePacket(packet);
  const icmp: Icmp = { kind: "icmp", type, code, id: gateway >>> 16, seq: gateway & 0xffff, mtu, quoted, data: NO_BYTES };
  const room = ns.pathMtus.get(packet.src, route.mtu > 0 ? route.mtu : route.dev.mtu, route.entry) - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES;
  if (room < QUOTE_BYTES) icmp.quoteBytes = room;
  const tos = (packet.tos & 0x1e) | 0xc0;
  const answer = ns.newSkb(newPacket(ns, src !== 0 ? src : route.src, packet.src, tos, icmp));
  answer.route = route;
  answer.mark = mark;
  ns.attachConnection?.(answer, skb);
  ns.snmp.icmp.OutMsgs++;
  const counter = DEST_UNREACHABLE_COUNTER[type as keyof typeof DEST_UNREACHABLE_COUNTER];
  if (counter !== undefined) ns.snmp.icmp[counter]++;
  transmit(ns, answer);
}

/** icmpv4_xrlim_allow(): no limit towards oneself. */
function allowedTo(ns: Netns, route: Route, peer: Ip): boolean {
  if (route.dev.kind === "loopback" || ns.icmpLimits.allowPeer(peer)) {
    ns.icmpLimits.consumeGlobal();
    return true;
  }
  ns.snmp.icmp.OutRateLimitHost++;
  return false;
}

function transmit(ns: Netns, answer: Skb): void {
  ns.icmpLimits.sending = true;
  sendCounted(ns, answer);
  ns.icmpLimits.sending = false;
}

/** RFC 1122 §3.2.2: what no error may be sent about. */
function deserves({ packet, pktType, route }: Skb, type: number): boolean {
  if (pktType !== "host" || packet.offset > 0) return false;
  if (route?.type === "broadcast" || route?.type === "multicast") return false;
  const { payload } = packet;
  return !(isIcmpError(type) && payload.kind === "icmp" && isIcmpError(payload.type));
}

/** icmpv4_mask_allow(): 3 (but 3/4), 4, 11 and 12 by default. */
function isLimited(ns: Netns, type: number, code: number): boolean {
  if (type === ICMP.unreachable && code === UNREACHABLE.fragmentationNeeded) return false;
  return type < 32 && ((ns.sysctl.ipv4.icmp_ratemask >>> type) & 1) === 1;
}

/** The address the packet was meant for if that is ours; else routing chooses, unless the way in shall say. */
function sourceOfError({ ns, packet, route, inDev }: Skb): Ip {
  if (route?.type === "local") return packet.dst;
  if (inDev !== undefined && ns.sysctl.ipv4.icmp_errors_use_inbound_ifaddr !== 0) return ns.addresses.select(inDev, packet.src, 253);
  return 0 as Ip;
}

function newPacket(ns: Netns, src: Ip, dst: Ip, tos: number, icmp: Icmp): Packet {
  return { kind: "ipv4", src, dst, ttl: dst >>> 28 === 14 ? MULTICAST_TTL : ns.sysctl.ipv4.ip_default_ttl, tos, id: ns.nextIdent(), df: false, mf: false, offset: 0, proto: PROTO.icmp, payload: icmp };
}

/** "There is a shorter way", as often as the limits allow. */
export function sendRedirect(ns: Netns, skb: Skb, route: Route): void {
  ns.icmpLimits.redirect(skb.packet.src, () => icmpError(skb, ICMP.redirect, 1, 0, route.gateway !== 0 ? route.gateway : skb.packet.dst));
}

/** icmp_rcv(). Raw and ping sockets have seen the message already. */
export function receiveIcmp(ns: Netns, skb: Skb): void {
  const icmp = skb.packet.payload;
  if (icmp.kind !== "icmp") return;
  const { snmp } = ns;
  snmp.icmp.InMsgs++;
  if (icmp.type === ICMP.echo) snmp.icmp.InEchos++;
  else if (icmp.type === ICMP.echoReply) snmp.icmp.InEchoReps++;
  else if (icmp.type === ICMP.unreachable) snmp.icmp.InDestUnreachs++;
  else if (icmp.type === ICMP.timeExceeded) snmp.icmp.InTimeExcds++;
  else if (icmp.type === ICMP.parameterProblem) snmp.icmp.InParmProbs++;
  else if (icmp.type === ICMP.redirect) snmp.icmp.InRedirects++;
  if (isForGroup(skb) && (icmp.type !== ICMP.echo || ns.sysctl.ipv4.icmp_echo_ignore_broadcasts !== 0)) {
    snmp.icmp.InErrors++;
    return ns.drop(skb, icmp.type === ICMP.echo ? "icmp_echo_ignore_broadcasts" : "nothing that many are told of");
  }
  if (icmp.type === ICMP.echo) return echo(ns, skb, icmp);
  if (icmp.quoted === undefined || !isIcmpError(icmp.type)) return;
  if (icmp.type === ICMP.redirect) return ns.pathMtus.redirect(skb, icmp.quoted.dst, (icmp.id * 0x1_0000 + icmp.seq) as Ip);
  if (icmp.type === ICMP.unreachable && icmp.code === UNREACHABLE.fragmentationNeeded) learnPathMtu(ns, icmp.quoted, icmp.mtu);
  ns.onIcmpError?.(skb, icmp.quoted);
}

const isForGroup = ({ route }: Skb): boolean => route?.type === "broadcast" || route?.type === "multicast";

/** icmp_echo(): back to where it came from, from the address it was sent to. */
function echo(ns: Netns, skb: Skb, request: Icmp): void {
  const { ipv4 } = ns.sysctl;
  if (ipv4.icmp_echo_ignore_all !== 0) return ns.drop(skb, "icmp_echo_ignore_all");
  const { packet } = skb;
  const limited = isLimited(ns, ICMP.echoReply, 0);
  if (limited && skb.inDev?.kind !== "loopback" && !ns.icmpLimits.allowGlobal()) return void ns.snmp.icmp.OutRateLimitGlobal++;
  // What was for everybody is answered from the address that the way back prefers (fib_compute_spec_dst).
  const src = isForGroup(skb) ? (0 as Ip) : packet.dst;
  const mark = ipv4.fwmark_reflect !== 0 ? skb.mark : 0;
  const route = routeOutput(ns, { dst: packet.src, src, mark, tos: packet.tos & 0x1c });
  if (typeof route === "string") return ns.drop(skb, "no way back for an echo reply");
  if (limited && !allowedTo(ns, route, packet.src)) return;
  const answer = ns.newSkb(newPacket(ns, src !== 0 ? src : route.src, packet.src, packet.tos, { ...request, type: ICMP.echoReply }));
  answer.route = route;
  answer.mark = mark;
  ns.snmp.icmp.OutMsgs++;
  ns.snmp.icmp.OutEchoReps++;
  transmit(ns, answer);
}

function learnPathMtu(ns: Netns, quoted: Packet, mtu: number): void {
  if (ns.sysctl.ipv4.ip_no_pmtu_disc !== 0 || !ns.isLocal(quoted.src)) return;
  const route = ns.fib.lookup({ dst: quoted.dst, src: quoted.src });
  if (typeof route !== "string") ns.pathMtus.learn(quoted.dst, mtu, route.dev.mtu, route.entry);
}
