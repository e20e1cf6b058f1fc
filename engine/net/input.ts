/**
 * From a frame to a packet: what a namespace does with whatever a device hands it
 * (__netif_receive_skb_core, ip_rcv_core, arp_rcv).
 */
import { LIMITS } from "../core/limits";
import type { Cargo } from "../link/base";
import type { Device } from "../link/device";
import { BROADCAST_MAC, type Mac, isGroup } from "../wire/mac";
import type { Frame } from "../wire/packet";
import { receive } from "./ip";
import type { Netns } from "./netns";
import { Skb } from "./skb";

export function receiveFrame(ns: Netns, frame: Frame, device: Device, cargo: unknown): void {
  const { payload } = frame;
  if (payload.kind === "arp") return ns.neighbours.receiveArp(payload, frame, device);
  const skb = skbOf(ns, frame, device, cargo);
  if (skb === undefined) return;
  if (skb.pktType === "otherhost") return ns.drop(skb, "for another host's Ethernet address");
  receive(ns, skb);
}

/**
 * The packet as this namespace sees it. What was known about it is kept on the loopback and on
 * the way from a bridge's port to the bridge; any other device forgets the connection and the
 * route, and the way to another namespace also forgets the mark (skb_scrub_packet).
 */
export function skbOf(ns: Netns, frame: Frame, device: Device, cargo: unknown): Skb | undefined {
  const { payload } = frame;
  if (payload.kind === "arp") return undefined;
  const keeps = cargo instanceof Skb && cargo.ns === ns && (device.kind === "loopback" || cargo.prerouted);
  const skb = keeps ? cargo : fresh(ns, frame, cargo);
  skb.inDev = device;
  skb.outDev = undefined;
  skb.srcMac = frame.src;
  skb.dstMac = frame.dst;
  skb.pktType = pktTypeOf(frame.dst, device);
  if (++skb.hops > LIMITS.packetHops) {
    ns.drop(skb, "too many hops");
    return undefined;
  }
  return skb;
}

function fresh(ns: Netns, frame: Frame, cargo: unknown): Skb {
  const packet = frame.payload as Exclude<Frame["payload"], { kind: "arp" }>;
  if (!(cargo instanceof Skb)) return ns.newSkb(packet);
  const skb = new Skb(packet, ns, (cargo as Cargo).id);
  skb.hops = cargo.hops;
  skb.hash = cargo.hash;
  if (cargo.ns === ns) skb.mark = cargo.mark;
  return skb;
}

/** eth_type_trans(). */
function pktTypeOf(dst: Mac, device: Device): Skb["pktType"] {
  if (dst === device.mac || device.kind === "loopback") return "host";
  if (dst === BROADCAST_MAC) return "broadcast";
  return isGroup(dst) ? "multicast" : "otherhost";
}
