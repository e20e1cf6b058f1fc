/**
 * The spine of a network namespace: what happens to an IP packet, in the order it happens. Read
 * it beside the diagram in hook.ts. In Linux: ip_rcv, ip_local_deliver, ip_forward, ip_output.
 */
import type { Code } from "../core/errno";
import { LIMITS } from "../core/limits";
import { networkLength } from "../link/segmentation";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import { IPV4_HEADER_BYTES, ipv4Length } from "../wire/ipv4";
import { type Packet, PROTO, clonePacket } from "../wire/packet";
import { cutIntoFragments, equalPieces } from "./fragment";
import { icmpError, receiveIcmp, sendRedirect } from "./icmp";
import { PRIORITY, type Verdict } from "./hook";
import type { Netns } from "./netns";
import type { Route, RouteError } from "./route";
import { ALL_HOSTS, type Incoming, logMartian, routeInput } from "./route-in";
import { rerouteOutput, routeOutput } from "./route-out";
import { Skb } from "./skb";

/** What sendmsg(2) returns for one packet: nothing, or an error's name. */
export type SendError = Code | undefined;

/** A packet has come in from a device. */
export function receive(ns: Netns, skb: Skb): void {
  ns.snmp.ip.InReceives++;
  if (ns.world.trace.active) ns.trace(skb, "in", skb.inDev?.name ?? "");
  // On a bridge with br_netfilter, PREROUTING has seen it already; on lo, its route came with it.
  if (!skb.prerouted && !ns.hooks.run("PREROUTING", skb)) return;
  skb.prerouted = false;

  // The route is looked up only now: a DNAT in PREROUTING decides where the packet goes.
  const route = skb.route ?? routeInput(ns, skb);
  if (typeof route === "string") return refuse(ns, skb, route);
  skb.route = route;
  if (route.type === "unicast") return forward(ns, skb, route);
  deliver(ns, skb);
}

/** No way on: a martian is dropped in silence, the rest is answered by ip_error(). */
function refuse(ns: Netns, skb: Skb, why: Exclude<Incoming, Route>): void {
  if (why === "martian source" || why === "reverse path" || why === "martian destination" || why === "no such group") {
    logMartian(ns, skb, why);
    if (why === "reverse path") ns.snmp.ext.IPReversePathFilter++;
    return ns.drop(skb, why === "reverse path" ? "martian source" : why);
  }
  ns.drop(skb, why === "EHOSTUNREACH" ? "no way to this host" : why === "EACCES" ? "prohibited by a route" : why === "EINVAL" ? "blackhole route" : "no route");
  if (why === "EINVAL") return;
  if (!ns.sysctl.forwards(skb.inDev ?? ns.lo)) {
    if (why === "EHOSTUNREACH") ns.snmp.ip.InAddrErrors++;
    else if (why === "ENETUNREACH") ns.snmp.ext.InNoRoutes++;
    return;
  }
  if (why === "ENETUNREACH") ns.snmp.ext.InNoRoutes++;
  const code = why === "ENETUNREACH" ? UNREACHABLE.net : why === "EACCES" ? UNREACHABLE.adminProhibited : UNREACHABLE.host;
  if (ns.icmpLimits.allowRouteError(skb.packet.src)) icmpError(skb, ICMP.unreachable, code);
}

/** A packet is for this namespace. */
export function deliver(ns: Netns, skb: Skb): void {
  const { packet } = skb;
  if (packet.mf || packet.offset > 0) {
    const whole = ns.fragments.collect(skb, "local");
    if (whole === undefined) return;
  }
  if (!ns.hooks.run("INPUT", skb)) return;
  ns.snmp.ip.InDelivers++;
  if (ns.world.trace.active) ns.trace(skb, "deliver", "to this machine");
  handToProtocol(ns, skb);
}

/** ip_local_deliver_finish(). */
function handToProtocol(ns: Netns, skb: Skb): void {
  const { proto, payload } = skb.packet;
  if (proto === PROTO.icmp) {
    ns.protocols.get(PROTO.icmp)?.(skb);
    return receiveIcmp(ns, skb);
  }
  if (payload.kind === "udp" && ns.encapsulation.size > 0 && ns.encapsulation.get(payload.dport)?.(skb)) return void ns.snmp.udp.InDatagrams++;
  const handler = ns.protocols.get(proto);
  if (handler !== undefined) {
    // Nobody listens: UDP is told so here, TCP has sent its RST itself.
    if (!handler(skb) && proto === PROTO.udp) icmpError(skb, ICMP.unreachable, UNREACHABLE.port);
    return;
  }
  ns.snmp.ip.InUnknownProtos++;
  icmpError(skb, ICMP.unreachable, UNREACHABLE.protocol);
}

/** A packet is for somebody else, and this namespace is on its way. */
export function forward(ns: Netns, skb: Skb, route: Route): void {
  const { packet } = skb;
  if (skb.pktType !== "host") return ns.drop(skb, "not addressed to this machine");
  if (packet.ttl <= 1) {
    ns.snmp.ip.InHdrErrors++;
    ns.drop(skb, "time to live exceeded");
    return icmpError(skb, ICMP.timeExceeded, 0);
  }
  ns.snmp.ip.ForwDatagrams++;
  const mtu = forwardMtu(ns, packet, route);
  if (packet.df && (skb.fragMax > 0 ? skb.fragMax : networkLength(packet)) > mtu) {
    ns.snmp.ip.FragFails++;
    ns.drop(skb, `longer than the next hop's MTU of ${mtu}`);
    return icmpError(skb, ICMP.unreachable, UNREACHABLE.fragmentationNeeded, mtu);
  }
  packet.ttl--;
  if (skb.redirect) sendRedirect(ns, skb, route);
  skb.outDev = route.dev;
  if (ns.world.trace.active) ns.trace(skb, "route", `forward to ${route.dev.name}`);
  if (!ns.hooks.run("FORWARD", skb)) return;
  // IPVS may have routed an answer anew, as if it came from this machine.
  postroute(ns, skb, skb.route ?? route);
}

/** ip_dst_mtu_maybe_forward(): a router does not believe what it learned about paths, only its devices. */
function forwardMtu(ns: Netns, packet: Packet, route: Route): number {
  const own = route.mtu > 0 ? route.mtu : route.dev.mtu;
  return ns.sysctl.ipv4.ip_forward_use_pmtu !== 0 ? ns.pathMtus.get(packet.dst, own, route.entry) : own;
}

/** A packet of this machine's own. `skb.route` is what its sender found, or is looked up here. */
export function send(ns: Netns, skb: Skb): SendError {
  const { packet } = skb;
  const found: Route | RouteError = skb.route ?? routeOutput(ns, { dst: packet.dst, src: packet.src, mark: skb.mark, tos: packet.tos & 0x1c, anySource: true });
  if (typeof found === "string") {
    if (skb.socket !== undefined) ns.snmp.ip.OutNoRoutes++; // __ip_queue_xmit(): the kernel's own sockets do not count.
    ns.drop(skb, "no route");
    return found;
  }
  if (packet.src === 0) packet.src = found.src;
  skb.route = found;
  skb.outDev = found.dev;
  if (!packet.df) appendPieces(ns, skb, found);
  ns.snmp.ip.OutRequests++;
  if (ns.world.trace.active) ns.trace(skb, "out", `by ${found.dev.name}`);
  const verdict = runOutput(ns, skb);
  if (verdict !== "ACCEPT") return verdict === "STOLEN" ? undefined : verdict === "DROP" ? "EPERM" : verdict;
  return postroute(ns, skb, skb.route ?? found);
}

/** ip_append_data(): what is too long for its route is made in pieces from the start. TCP and tunnels make one segment. */
function appendPieces(ns: Netns, skb: Skb, route: Route): void {
  const { payload } = skb.packet;
  if (payload.kind !== "icmp" && (payload.kind !== "udp" || payload.vxlan !== undefined)) return;
  const length = ipv4Length(skb.packet);
  const mtu = outputMtu(ns, skb, route);
  if (length > mtu) skb.pieces = equalPieces(length - IPV4_HEADER_BYTES, mtu - IPV4_HEADER_BYTES);
}

/** ip_send_skb(): what fails is counted, but for TCP, which says itself what it sends. */
export function sendCounted(ns: Netns, skb: Skb): SendError {
  const failure = send(ns, skb);
  if (failure !== undefined) ns.snmp.ip.OutDiscards++;
  return failure;
}

/** NF_HOOK(LOCAL_OUT, …, dst_output): IPVS sends on a packet that was for this machine, by the route it has given it. */
export function sendOn(ns: Netns, skb: Skb, route: Route): SendError {
  skb.route = route;
  skb.outDev = route.dev;
  const verdict = runOutput(ns, skb);
  if (verdict !== "ACCEPT") return verdict === "STOLEN" ? undefined : verdict === "DROP" ? "EPERM" : verdict;
  return postroute(ns, skb, skb.route ?? route);
}

/**
 * OUTPUT's hooks. The socket knew a route, or it could not have chosen its own address; but NAT
 * may have changed the destination, or mangle anything a route depends on: then the packet is
 * routed again at once, before the next hook sees it. All hooks still see the first device.
 */
function runOutput(ns: Netns, skb: Skb): Verdict | RouteError {
  for (const hook of ns.hooks.registered("OUTPUT")) {
    const { src, dst, tos } = skb.packet;
    const { mark } = skb;
    const verdict = hook.run(skb);
    if (verdict !== "ACCEPT") return verdict;
    const { packet } = skb;
    const mangled = hook.priority === PRIORITY.mangle && (packet.src !== src || packet.tos !== tos || skb.mark !== mark);
    if (packet.dst === dst && !mangled) continue;
    const again = rerouteOutput(ns, skb);
    if (typeof again === "string") {
      ns.drop(skb, "no route after OUTPUT");
      return again;
    }
    skb.route = again;
  }
  return "ACCEPT";
}

function postroute(ns: Netns, skb: Skb, route: Route): SendError {
  skb.outDev = route.dev;
  const { type, dev } = route;
  if ((type === "broadcast" || (type === "multicast" && skb.packet.dst === ALL_HOSTS)) && dev.kind !== "loopback") loopBack(ns, skb, route);
  const verdict = ns.hooks.verdict("POSTROUTING", skb);
  if (verdict === "DROP") return "EPERM";
  return verdict === "STOLEN" ? undefined : finish(ns, skb, route);
}

/** ip_mc_output(): what goes to everybody, or to a group one is in, comes to its sender too, by the device it leaves by (dev_loopback_xmit). */
function loopBack(ns: Netns, skb: Skb, route: Route): void {
  const copy = new Skb(clonePacket(skb.packet), ns, skb.id);
  const { mark, conn, hash, hops, socket, sockless } = skb;
  Object.assign(copy, { mark, conn, hash, hops: hops + 1, socket, sockless, route, outDev: route.dev, pktType: route.type });
  if (hops >= LIMITS.packetHops || ns.hooks.verdict("POSTROUTING", copy) !== "ACCEPT") return;
  ns.world.scheduler.after(0, () => {
    copy.inDev = route.dev;
    copy.outDev = undefined;
    receive(ns, copy);
  });
}

/** ip_finish_output(): cut to size, then to the neighbour. */
function finish(ns: Netns, skb: Skb, route: Route): SendError {
  const { packet } = skb;
  const mtu = outputMtu(ns, skb, route);
  const length = networkLength(packet);
  if (length <= mtu && (skb.fragMax === 0 || length <= skb.fragMax)) return ns.neighbours.output(skb, route);
  if (packet.df && skb.fragMax === 0) {
    ns.snmp.ip.FragFails++;
    ns.drop(skb, `longer than the MTU of ${mtu}, and may not be cut`);
    icmpError(skb, ICMP.unreachable, UNREACHABLE.fragmentationNeeded, mtu);
    return "EMSGSIZE";
  }
  for (const piece of cutIntoFragments(ns, skb, skb.fragMax > 0 ? Math.min(mtu, skb.fragMax) : mtu)) {
    const failure = ns.neighbours.output(piece, route);
    if (failure !== undefined) {
      ns.snmp.ip.FragFails++;
      return failure;
    }
    ns.snmp.ip.FragCreates++;
  }
  ns.snmp.ip.FragOKs++;
  return undefined;
}

function outputMtu(ns: Netns, skb: Skb, route: Route): number {
  const own = route.mtu > 0 ? route.mtu : route.dev.mtu;
  return skb.inDev === undefined ? ns.pathMtus.get(skb.packet.dst, own, route.entry) : own;
}
