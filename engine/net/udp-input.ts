/** A datagram has come in, or an ICMP error about one of ours (__udp4_lib_rcv, __udp4_lib_err). */
import { ICMP, UNREACHABLE } from "../wire/icmp";
import type { Ip } from "../wire/ip";
import type { Icmp, Packet } from "../wire/packet";
import type { Netns } from "./netns";
import { routeOutput } from "./route-out";
import type { Skb } from "./skb";
import { problemOf } from "./tcp-error";

/** False: nobody listens on that port. */
export function receiveUdp(ns: Netns, skb: Skb): boolean {
  const { src, dst, payload } = skb.packet;
  if (payload.kind !== "udp") return false;
  const { udp } = ns.sockets;
  const device = skb.inDev?.name;
  const type = skb.route?.type;
  if (type === "broadcast" || type === "multicast") {
    for (const socket of udp.everyone(dst, payload.dport, src, payload.sport, device)) socket.deliver({ data: payload.data, ip: src, port: payload.sport, dst });
    return true; // Nobody is told that a broadcast found nobody.
  }
  const socket = udp.lookup(dst, payload.dport, src, payload.sport, device);
  if (socket === undefined) {
    ns.snmp.udp.NoPorts++;
    skb.conn = undefined; // nf_reset_ct(): the ICMP error about it is not born into its connection.
    return false;
  }
  socket.deliver({ data: payload.data, ip: src, port: payload.sport, dst });
  return true;
}

export function udpError(ns: Netns, icmp: Icmp, quoted: Packet, from: Ip): void {
  const { payload } = quoted;
  if (payload.kind !== "udp") return;
  const socket = ns.sockets.udp.lookup(quoted.src, payload.sport, quoted.dst, payload.dport, undefined);
  if (socket === undefined) {
    // Of a tunnel's datagram, whose source port is nobody's, the tunnel is told (__udp4_lib_err_encap).
    if (!ns.encapsulation.has(payload.dport)) ns.snmp.icmp.InErrors++;
    return;
  }
  const tooLong = icmp.type === ICMP.unreachable && icmp.code === UNREACHABLE.fragmentationNeeded;
  if (tooLong && socket.peer !== undefined) routeOutput(ns, { dst: quoted.dst, src: quoted.src }); // A connected socket looks for its way again.
  const problem = tooLong ? ({ error: "EMSGSIZE", hard: true } as const) : problemOf(icmp);
  if (problem === undefined) return;
  socket.icmpArrived({ ...problem, type: icmp.type, code: icmp.code, mtu: icmp.mtu, from, peer: { ip: quoted.dst, port: payload.dport }, atMs: ns.world.scheduler.nowMs });
}
