/** What REJECT answers: a TCP reset or an ICMP error (nf_send_reset and nf_send_unreach of nf_reject_ipv4.c). */
import { NO_BYTES } from "../../core/bytes";
import { icmpError } from "../../net/icmp";
import { send } from "../../net/ip";
import { routeOutput } from "../../net/route-out";
import type { Skb } from "../../net/skb";
import { ICMP } from "../../wire/icmp";
import { type Packet, PROTO, TCP } from "../../wire/packet";
import { connectionOf } from "../connection";
import type { RuleContext } from "./extension";

/** Only the whole datagram's checksum could be right: a fragment is dropped without a word. */
const isFragment = ({ mf, offset }: Packet): boolean => mf || offset > 0;

export function sendUnreachable(skb: Skb, code: number): void {
  if (!isFragment(skb.packet)) icmpError(skb, ICMP.unreachable, code);
}

export function sendReset({ skb, packet, netfilter }: RuleContext): void {
  const { payload } = packet;
  if (isFragment(packet) || payload.kind !== "tcp" || payload.flags & TCP.rst) return;
  if (skb.route?.type === "broadcast" || skb.route?.type === "multicast") return;
  const { ns } = netfilter;
  const answersAck = (payload.flags & TCP.ack) !== 0;
  const length = payload.data.length + (payload.flags & TCP.syn ? 1 : 0) + (payload.flags & TCP.fin ? 1 : 0);
  // It pretends to be the destination, whether or not that address is this machine's.
  const route = routeOutput(ns, { dst: packet.src, src: packet.dst, anySource: true });
  if (typeof route === "string") return;
  const reset = ns.newSkb({
    kind: "ipv4",
    src: packet.dst,
    dst: packet.src,
    ttl: ns.sysctl.ipv4.ip_default_ttl,
    tos: 0,
    id: 0,
    df: true,
    mf: false,
    offset: 0,
    proto: PROTO.tcp,
    payload: {
      kind: "tcp",
      sport: payload.dport,
      dport: payload.sport,
      seq: answersAck ? payload.ack : 0,
      ack: answersAck ? 0 : (payload.seq + length) >>> 0,
      flags: answersAck ? TCP.rst : TCP.rst | TCP.ack,
      window: 0,
      options: {},
      data: NO_BYTES,
    },
  });
  reset.route = route;
  reset.sockless = true;
  netfilter.attachConnection(reset, skb);
  const conn = connectionOf(skb)?.conn;
  if (conn) netfilter.conntrack.setClosing(conn);
  const { physIn, srcMac, dstMac } = skb;
  if (physIn && srcMac !== undefined && dstMac !== undefined) {
    // What came over a bridge is answered there at once, from the address it was sent to: no hook sees it, no NAT is undone.
    physIn.transmit({ dst: srcMac, src: dstMac, payload: reset.packet });
    return;
  }
  send(ns, reset);
}
