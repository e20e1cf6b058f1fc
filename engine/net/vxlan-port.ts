/**
 * Where VXLAN meets IP: the kernel's own UDP socket for each port, shared by all VXLAN devices of
 * the namespace, and the way of an outer datagram through it (vxlan_rcv, vxlan_xmit_one).
 */
import type { Underlay } from "../link/vxlan";
import { VxlanDevice } from "../link/vxlan";
import type { Packet } from "../wire/packet";
import { ipv4Length } from "../wire/ipv4";
import { send } from "./ip";
import type { Netns } from "./netns";
import type { Route } from "./route";
import { routeOutput } from "./route-out";
import { Skb } from "./skb";
import { MULTICAST_TTL } from "./sock-route";

/** What is put in front: IP, UDP, VXLAN, Ethernet. */
const HEADROOM = 50;

/** Gives a VXLAN device the IP underneath it. */
export function attachVxlan(ns: Netns, device: VxlanDevice): void {
  device.underlay = underlayOf(ns, device);
  ns.encapsulation.set(device.dstPort, (skb) => receive(ns, device.dstPort, skb));
}

/** The last device of a port closes it. */
export function detachVxlan(ns: Netns, device: VxlanDevice): void {
  device.underlay = undefined;
  const others = ns.devices.all().some((other) => other !== device && other instanceof VxlanDevice && other.dstPort === device.dstPort);
  if (!others) ns.encapsulation.delete(device.dstPort);
}

function receive(ns: Netns, port: number, skb: Skb): boolean {
  const { payload, src } = skb.packet;
  if (payload.kind !== "udp" || payload.vxlan === undefined) return true;
  const { vni, frame } = payload.vxlan;
  const device = ns.devices.all().find((other) => other instanceof VxlanDevice && other.up && other.dstPort === port && other.options.id === vni);
  if (!(device instanceof VxlanDevice)) {
    ns.drop(skb, `no VXLAN device for network ${vni}`);
    return true;
  }
  if (ns.world.trace.active) ns.trace(skb, "encap", `${device.name}: unwrapped`);
  skb.conn = undefined;
  device.receive(frame, src, skb);
  return true;
}

function underlayOf(ns: Netns, device: VxlanDevice): Underlay {
  return {
    send(packet: Packet, cargo: unknown, bound: boolean): void {
      const outer = cargo instanceof Skb ? new Skb(packet, ns, cargo.id) : ns.newSkb(packet);
      // The wrapped packet keeps its mark: why kube-proxy takes its own off again in POSTROUTING.
      if (cargo instanceof Skb) {
        outer.mark = cargo.mark;
        // skb_scrub_packet() leaves a local sender's socket; what is only passing through has none.
        outer.socket = cargo.inDev === undefined ? cargo.socket : undefined;
        outer.sockless = cargo.sockless || (outer.socket === undefined && cargo.inDev !== undefined);
        outer.hops = cargo.hops + 1;
        outer.hash = cargo.hash;
      }
      const outDev = !bound || device.options.dev === undefined ? undefined : ns.devices.byName(device.options.dev);
      const route = routeOutput(ns, { dst: packet.dst, src: packet.src, mark: outer.mark, outDev });
      if (typeof route === "string" || route.dev === device) {
        device.stats.txErrors++;
        device.stats.txCarrierErrors++;
        return ns.drop(outer, `${device.name}: no way to the other tunnel end`);
      }
      if (packet.src === 0) packet.src = route.src;
      if (packet.ttl === 0) packet.ttl = packet.dst >>> 28 === 14 ? MULTICAST_TTL : ns.sysctl.ipv4.ip_default_ttl;
      packet.id = ns.nextIdent();
      outer.route = route;
      if (cargo instanceof Skb) tellSender(ns, cargo, packet, route);
      if (ns.world.trace.active) ns.trace(outer, "encap", `${device.name}: wrapped`);
      send(ns, outer);
    },
  };
}

/** skb_tunnel_check_pmtu(): with what goes around it the packet is too long for the way, and whoever routed it here had better know. */
function tellSender(ns: Netns, inner: Skb, outer: Packet, way: Route): void {
  if (inner.route === undefined || inner.ns !== ns) return;
  const mtu = ns.pathMtus.get(outer.dst, way.mtu > 0 ? way.mtu : way.dev.mtu, way.entry) - HEADROOM;
  if (ipv4Length(inner.packet) > mtu) ns.pathMtus.learn(inner.packet.dst, mtu, inner.route.mtu > 0 ? inner.route.mtu : inner.route.dev.mtu, inner.route.entry);
}
