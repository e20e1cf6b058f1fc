/**
 * Where VXLAN meets IP: the kernel's own UDP socket for each port, shared by all VXLAN devices of
 * the namespace, and the way of an outer datagram through it (vxlan_rcv, vxlan_xmit_one).
 */
import type { Underlay } from "../link/vxlan";
import { VxlanDevice } from "../link/vxlan";
import type { Packet } from "../wire/packet";
import { send } from "./ip";
import type { Netns } from "./netns";
import { routeOutput } from "./route-out";
import { Skb } from "./skb";

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
      packet.id = ns.nextIdent();
      outer.route = route;
      if (ns.world.trace.active) ns.trace(outer, "encap", `${device.name}: wrapped`);
      send(ns, outer);
    },
  };
}
