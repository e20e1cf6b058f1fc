/**
 * br_netfilter: shows what a bridge switches to the IP hooks as well, as if it had been routed
 * (net/bridge/br_netfilter_hooks.c). Without it a ClusterIP whose endpoint is on the same node
 * would be broken: the answer would be switched past the DNAT that has to be undone.
 */
import type { BridgeDevice, BridgeFilter, BridgePort } from "../link/bridge";
import { isForwardable } from "../link/veth";
import { networkLength } from "../link/segmentation";
import type { Frame, Packet } from "../wire/packet";
import { cutIntoFragments } from "./fragment";
import type { Netns } from "./netns";
import { routeInput } from "./route-in";
import { Skb } from "./skb";

export class BridgeNetfilter implements BridgeFilter {
  constructor(private readonly ns: Netns) {}

  /** br_nf_pre_routing() and its _finish: after a DNAT the frame may have to go elsewhere than its Ethernet address says. */
  preRouting(bridge: BridgeDevice, port: BridgePort, frame: Frame, cargo: unknown): unknown {
    const { ns } = this;
    if (ns.sysctl.bridge["bridge-nf-call-iptables"] === 0) return cargo ?? null;
    const packet = frame.payload as Packet;
    const skb = this.#skbOf(bridge, port, frame, cargo);
    const { dst } = packet;
    if (!ns.hooks.run("PREROUTING", skb)) return undefined;
    skb.prerouted = true;
    frame.payload = skb.packet;
    if (skb.packet.dst === dst) return skb;
    return this.#afterDnat(bridge, port, frame, skb);
  }

  #skbOf(bridge: BridgeDevice, port: BridgePort, frame: Frame, cargo: unknown): Skb {
    const { ns } = this;
    const packet = frame.payload as Packet;
    const from = cargo instanceof Skb ? cargo : undefined;
    const skb = from === undefined ? ns.newSkb(packet) : new Skb(packet, ns, from.id);
    if (from !== undefined) {
      skb.hops = from.hops;
      skb.hash = from.hash;
      if (from.ns === ns) skb.mark = from.mark;
    }
    skb.inDev = bridge;
    skb.physIn = port.device;
    skb.srcMac = frame.src;
    skb.dstMac = frame.dst;
    return skb;
  }

  #afterDnat(bridge: BridgeDevice, port: BridgePort, frame: Frame, skb: Skb): Skb | undefined {
    const route = routeInput(this.ns, skb);
    skb.redirect = false;
    if (route === "martian source" || route === "reverse path" || route === "martian destination" || route === "no such group") {
      this.ns.drop(skb, route);
      return undefined;
    }
    if (typeof route === "string" || route.dev !== bridge || route.type !== "unicast") {
      // For this machine, or for it to route or to refuse: up to the bridge itself.
      frame.dst = bridge.mac;
      skb.dstMac = bridge.mac;
      if (typeof route !== "string") skb.route = route;
      return skb;
    }
    // Bridged after all, but to another neighbour than the sender thought.
    const next = route.gateway !== 0 ? route.gateway : skb.packet.dst;
    const known = this.ns.neighbours.macOf(bridge, next);
    if (known === undefined) {
      this.ns.neighbours.ask(bridge, next, skb, (found) => {
        frame.dst = found;
        skb.dstMac = found;
        bridge.showOwn(frame);
        bridge.switchFrame(port, frame, skb);
      });
      return undefined;
    }
    frame.dst = known.mac;
    skb.dstMac = known.mac;
    if (!known.ready) bridge.showOwn(frame);
    return skb;
  }

  /** br_nf_forward_ip(): FORWARD, with the bridge as both devices and the ports as physdevs. */
  forward(bridge: BridgeDevice, from: BridgePort, to: BridgePort, _frame: Frame, cargo: unknown): boolean {
    if (!(cargo instanceof Skb) || !cargo.prerouted) return true;
    cargo.inDev = bridge;
    cargo.outDev = bridge;
    cargo.physIn = from.device;
    cargo.physOut = to.device;
    cargo.pktType = "host";
    if (this.ns.world.trace.active) this.ns.trace(cargo, "route", `switched by ${bridge.name} to ${to.device.name}`);
    return this.ns.hooks.run("FORWARD", cargo);
  }

  /** br_nf_post_routing() and br_nf_dev_queue_xmit(): what was put together for conntrack is cut again. */
  postRouting(bridge: BridgeDevice, to: BridgePort, frame: Frame, cargo: unknown): boolean {
    if (!(cargo instanceof Skb) || !cargo.prerouted) return true;
    // Only the way out is named here; physIn still tells where it came in.
    cargo.inDev = undefined;
    cargo.outDev = bridge;
    if (!this.ns.hooks.run("POSTROUTING", cargo)) return false;
    frame.payload = cargo.packet;
    cargo.prerouted = false;
    if (networkLength(cargo.packet) <= fitting(to.device.mtu, cargo)) return true;
    this.#cut(bridge, to, frame, cargo);
    return false;
  }

  /** br_nf_ip_fragment(): into pieces that the bridge itself would carry, unless whoever sent it forbids it. */
  #cut(bridge: BridgeDevice, to: BridgePort, frame: Frame, skb: Skb): void {
    const { packet, fragMax } = skb;
    if ((packet.df && fragMax === 0) || fragMax > bridge.mtu) {
      this.ns.snmp.ip.FragFails++;
      return this.ns.drop(skb, `longer than the port's MTU of ${to.device.mtu}, and may not be cut`);
    }
    for (const piece of cutIntoFragments(this.ns, skb, fitting(bridge.mtu, skb))) {
      const part = { ...frame, payload: piece.packet };
      if (isForwardable(part, to.device.mtu)) to.device.transmit(part, piece);
      this.ns.snmp.ip.FragCreates++;
    }
    this.ns.snmp.ip.FragOKs++;
  }

  copy(frame: Frame, cargo: unknown): unknown {
    if (!(cargo instanceof Skb)) return cargo;
    const copy = new Skb(frame.payload as Packet, cargo.ns, cargo.id);
    Object.assign(copy, { mark: cargo.mark, inDev: cargo.inDev, physIn: cargo.physIn, srcMac: cargo.srcMac, dstMac: cargo.dstMac, conn: cargo.conn, prerouted: cargo.prerouted, ipvs: cargo.ipvs, hops: cargo.hops, hash: cargo.hash, fragMax: cargo.fragMax });
    return copy;
  }
}

/** No piece is longer than the longest it was put together from. */
function fitting(mtu: number, { fragMax }: Skb): number {
  return fragMax > 0 ? Math.min(mtu, fragMax) : mtu;
}
