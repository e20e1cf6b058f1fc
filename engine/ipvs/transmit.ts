/**
 * Sending a packet on to its real server (ip_vs_xmit.c), and giving the answer the virtual address
 * again (handle_response of ip_vs_core.c).
 *
 * NAT rewrites the destination and runs the packet through OUTPUT's hooks, as if this machine had
 * sent it; direct routing changes nothing but the next hop.
 * Differs: the tunnels (IPIP, GUE, GRE) are configured and listed, but nothing is encapsulated:
 * such a packet is dropped, unless its server is this machine.
 */
import { icmpError } from "../net/icmp";
import { sendOn } from "../net/ip";
import type { Verdict } from "../net/hook";
import type { Route } from "../net/route";
import { rerouteOutput, routeOutput } from "../net/route-out";
import type { Skb } from "../net/skb";
import { connectionOf, UNTRACKED } from "../netfilter/connection";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import type { Ip } from "../wire/ip";
import { ipv4Length } from "../wire/ipv4";
import { clonePacket, type Packet, PROTO } from "../wire/packet";
import type { Entry } from "./connection";

const isLoopback = (address: Ip): boolean => address >>> 24 === 127;

/** __ip_vs_get_out_rt(): the way to the server; "dropped" once the sender has been told why there is none. */
function wayOut(skb: Skb, target: Ip, options: { readonly local: boolean; readonly isError: boolean }): Route | "dropped" {
  const { ns, packet } = skb;
  const route = routeOutput(ns, { dst: target });
  if (typeof route === "string") {
    icmpError(skb, ICMP.unreachable, UNREACHABLE.host);
    return "dropped";
  }
  if (route.type === "local") return options.local ? route : "dropped";
  // What says it comes from this machine's loopback does not leave it.
  if (isLoopback(packet.src)) return "dropped";
  if (packet.ttl <= 1) {
    ns.snmp.ip.InHdrErrors++;
    icmpError(skb, ICMP.timeExceeded, 0);
    return "dropped";
  }
  packet.ttl--;
  const mtu = route.mtu > 0 ? Math.min(route.mtu, route.dev.mtu) : ns.pathMtus.get(target, route.dev.mtu, route.entry);
  if (packet.df && ipv4Length(packet) > mtu && !options.isError) {
    icmpError(skb, ICMP.unreachable, UNREACHABLE.fragmentationNeeded, mtu);
    return "dropped";
  }
  return route;
}

/** `packet_xmit` of the entry's forwarding method. */
export function transmit(skb: Skb, entry: Entry): Verdict {
  const { ns } = skb;
  const wasInput = skb.inDev !== undefined;
  const route = wayOut(skb, entry.target, { local: true, isError: false });
  if (route === "dropped" || (route.type === "local" && wasInput && entry.forwarding === "masq" && isLoopback(entry.target))) {
    ns.drop(skb, "IPVS: no way to the real server");
    return "STOLEN";
  }
  if (entry.forwarding === "masq") {
    bendToServer(skb.packet, entry);
    if (ns.world.trace.active) ns.trace(skb, "nat", "IPVS");
    return sendOrContinue(skb, entry, route);
  }
  if (route.type === "local") return sendOrContinue(skb, entry, route);
  if (entry.forwarding === "tunnel") {
    ns.drop(skb, "not modelled: IPVS tunnels");
    return "STOLEN";
  }
  return sendOrContinue(skb, entry, { ...route, gateway: route.gateway !== 0 ? route.gateway : entry.target });
}

/** ip_vs_nat_send_or_cont(), ip_vs_send_or_cont(). */
function sendOrContinue(skb: Skb, entry: Entry, route: Route): Verdict {
  skb.ipvs = true;
  tellConntrack(skb, entry, "to server");
  if (route.type === "local") return "ACCEPT";
  sendOn(skb.ns, skb, route);
  return "STOLEN";
}

function bendToServer(packet: Packet, entry: Entry): void {
  packet.dst = entry.target;
  const { payload } = packet;
  if (payload.kind === "tcp" || payload.kind === "udp") payload.dport = entry.targetPort;
}

/** handle_response(): the answer of a real server that was reached by NAT. */
export function answer(skb: Skb, entry: Entry): void {
  const { packet } = skb;
  packet.src = entry.virtual;
  const { payload } = packet;
  if (payload.kind === "tcp" || payload.kind === "udp") payload.sport = entry.virtualPort;
}

/**
 * Without vs.conntrack the packet is no longer tracked; with it, the connection that conntrack
 * has just proposed learns whom the answer will come from (ip_vs_notrack, ip_vs_update_conntrack).
 */
export function tellConntrack(skb: Skb, entry: Entry, way: "to server" | "to client"): void {
  if (!entry.nfct) {
    if (skb.conn !== undefined) skb.conn = UNTRACKED;
    return;
  }
  const ref = connectionOf(skb);
  const conn = ref?.conn;
  if (conn === undefined || conn.confirmed || entry.forwarding !== "masq" || entry.onePacket || ref?.direction !== "original") return;
  const { tuple } = conn.reply;
  const ported = tuple.proto !== PROTO.icmp;
  conn.reply.tuple =
    way === "to server"
      ? { ...tuple, src: entry.target, ...(ported ? { sport: entry.targetPort } : {}) }
      : { ...tuple, dst: entry.virtual, ...(ported ? { dport: entry.virtualPort } : {}) };
}

/** ip_vs_icmp_xmit(): a client complains about an answer; the server must hear it in its own terms. */
export function transmitError(skb: Skb, entry: Entry, local: boolean): Verdict {
  if (entry.forwarding !== "masq") return transmit(skb, entry);
  const wasInput = skb.inDev !== undefined;
  const route = wayOut(skb, entry.target, { local, isError: true });
  if (route === "dropped" || (route.type === "local" && wasInput && isLoopback(entry.target))) return "STOLEN";
  const quoted = quotedCopy(skb);
  skb.packet.dst = entry.target;
  if (quoted !== undefined) {
    quoted.src = entry.target;
    if (quoted.payload.kind === "tcp" || quoted.payload.kind === "udp") quoted.payload.sport = entry.targetPort;
  }
  return sendOrContinue(skb, entry, route);
}

/** ip_vs_nat_icmp() towards the client: a server, or a router on the way to it, complains about a request. */
export function answerError(skb: Skb, entry: Entry): void {
  const quoted = quotedCopy(skb);
  skb.packet.src = entry.virtual;
  if (quoted === undefined) return;
  quoted.dst = entry.virtual;
  if (quoted.payload.kind === "tcp" || quoted.payload.kind === "udp") quoted.payload.dport = entry.virtualPort;
}

function quotedCopy({ packet }: Skb): Packet | undefined {
  const { payload } = packet;
  if (payload.kind !== "icmp" || payload.quoted === undefined) return undefined;
  payload.quoted = clonePacket(payload.quoted);
  return payload.quoted;
}

/** ip_vs_route_me_harder(): an answer leaves by the route of the virtual address, not of the real one. False: drop it. */
export function rerouteAnswer(skb: Skb): boolean {
  if (skb.route === undefined || skb.route.type === "local") return true;
  const again = rerouteOutput(skb.ns, skb);
  if (typeof again === "string") return false;
  if (again.type !== "local") skb.route = again;
  return true;
}
