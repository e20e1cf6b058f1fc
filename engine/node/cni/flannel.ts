/**
 * Flannel with the VXLAN backend, and the bridge plugin with host-local addresses that it
 * configures: per node a bridge cni0 for its Pods, one tunnel device flannel.1, and for every
 * other node a route, a permanent neighbour and a forwarding entry. (flannel 0.28,
 * pkg/backend/vxlan; cni-plugins main/bridge and ipam/host-local)
 *
 * Everything goes through the same calls as `ip` and `bridge`, and iptables-restore text.
 */
import { Signal } from "../../core/task";
import type { World } from "../../core/world";
import type { Netns } from "../../net/netns";
import { addrAdd, fdbAppend, fdbDelete, linkAdd, linkDelete, linkSet, neighDelete, neighReplace, portSet, routeAdd, routeDelete, routeReplace } from "../../net/netlink";
import { ANY, type Cidr, type Ip, parseCidr, printIp } from "../../wire/ip";
import { type Mac, randomMac } from "../../wire/mac";
import { type Cni, CniProblem, type CniRequest, type CniResult } from "./cni";
import { HostLocal } from "./host-local";

export const VNI = 1;
export const VXLAN_PORT = 8472;
/** What VXLAN over IPv4 adds: outer IP, UDP, VXLAN and inner Ethernet headers. */
export const VXLAN_OVERHEAD = 50;

export type FlannelInit = { readonly world: World; readonly netns: Netns; readonly nodeIP: Ip; readonly podCIDR: string; readonly device: string; readonly mtu: number };

/** What a node tells the others by annotations of its Node object. */
export type Peer = { readonly podCIDR: Cidr; readonly publicIP: Ip; readonly vtepMac: Mac };

export class Flannel implements Cni {
  readonly name = "flannel";
  readonly changed = new Signal();
  ready = false;
  readonly vtepMac: Mac;
  readonly #addresses: HostLocal;
  readonly #subnet: Cidr;
  readonly #peers = new Map<string, Peer>();
  readonly #veths = new Map<string, { readonly host: string; readonly ip: Ip; laid: boolean }>();

  constructor(private readonly init: FlannelInit) {
    const subnet = parseCidr(init.podCIDR);
    if (subnet === undefined) throw new Error(`not a network: ${init.podCIDR}`);
    this.#subnet = subnet;
    this.#addresses = new HostLocal(subnet);
    this.vtepMac = randomMac(init.world.rng.fork(`vtep ${printIp(init.nodeIP)}`));
  }

  get #mtu(): number {
    return this.init.mtu - VXLAN_OVERHEAD;
  }

  /** flanneld's start: the tunnel device, and from now on Pods can be connected. */
  start(): void {
    const { netns, nodeIP, device } = this.init;
    if (netns.devices.byName("flannel.1") === undefined) linkAdd(netns, { name: "flannel.1", kind: "vxlan", mac: this.vtepMac, mtu: this.#mtu, vxlan: { id: VNI, local: nodeIP, dev: device, dstPort: VXLAN_PORT, learning: false } });
    addrAdd(netns, "flannel.1", { address: this.#subnet.address, bits: 32 }, {}, true);
    linkSet(netns, "flannel.1", { up: true });
    netns.sysctl.set("net.ipv4.ip_forward", "1");
    this.ready = true;
    this.changed.notify();
  }

  /** Another node is there, or has changed. */
  addPeer(node: string, peer: Peer): void {
    const known = this.#peers.get(node);
    if (known === peer) return;
    if (known !== undefined && known.podCIDR.address === peer.podCIDR.address && known.podCIDR.bits === peer.podCIDR.bits && known.publicIP === peer.publicIP && known.vtepMac === peer.vtepMac) return;
    if (known !== undefined) this.removePeer(node);
    const { netns } = this.init;
    const gateway = peer.podCIDR.address; // The other tunnel device has the first address of its Pods' network.
    neighReplace(netns, { ip: gateway, mac: peer.vtepMac, dev: "flannel.1", state: "PERMANENT" });
    fdbAppend(netns, { mac: peer.vtepMac, dev: "flannel.1", dst: peer.publicIP });
    routeReplace(netns, { dst: gateway, bits: peer.podCIDR.bits, gateway, dev: "flannel.1", onlink: true });
    this.#peers.set(node, peer);
  }

  removePeer(node: string): void {
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    this.#peers.delete(node);
    const { netns } = this.init;
    const gateway = peer.podCIDR.address;
    routeDelete(netns, { dst: gateway, bits: peer.podCIDR.bits, gateway, dev: "flannel.1" });
    neighDelete(netns, { ip: gateway, dev: "flannel.1" });
    fdbDelete(netns, { mac: peer.vtepMac, dev: "flannel.1", dst: peer.publicIP });
  }

  add({ id, netns: pod }: CniRequest): CniResult {
    const { netns } = this.init;
    const ip = this.#addresses.allocate(id);
    if (ip === undefined) throw new CniProblem(`failed to allocate for range 0: no IP addresses available in range set: ${this.#addresses.range}`);
    const host = `veth${id.slice(0, 8)}`;
    this.#veths.set(id, { host, ip, laid: false });
    // The node's devices get their numbers in the order of its Pods, whichever Pod is looked at first.
    netns.putOff(() => this.#plug(id, host, ip, pod));
    pod.putOff(() => void netns.catchUp());
    return { ip: printIp(ip) };
  }

  /** The bridge plugin's cmdAdd: a veth pair between cni0 and the Pod, its address, and its way out. */
  #plug(id: string, host: string, ip: Ip, pod: Netns): void {
    const { netns, world } = this.init;
    const veth = this.#veths.get(id);
    if (veth !== undefined) veth.laid = true;
    this.#bridge();
    const rng = world.rng.fork(`veth ${id}`);
    linkAdd(netns, { name: host, kind: "veth", mac: randomMac(rng), mtu: this.#mtu, peer: { name: "eth0", ns: pod, mac: randomMac(rng), mtu: this.#mtu } });
    linkSet(netns, host, { master: "cni0", up: true });
    portSet(netns, host, { hairpin: true });
    linkSet(pod, "eth0", { up: true });
    addrAdd(pod, "eth0", { address: ip, bits: this.#subnet.bits });
    routeAdd(pod, { dst: ANY, bits: 0, gateway: this.#addresses.gateway, dev: "eth0" });
  }

  delete({ id }: CniRequest): void {
    const veth = this.#veths.get(id);
    if (veth === undefined) return;
    this.#veths.delete(id);
    this.#addresses.release(id);
    const { netns } = this.init;
    const remove = (): void => {
      if (netns.devices.byName(veth.host) !== undefined) linkDelete(netns, veth.host);
    };
    // What nobody has seen come goes unseen as well.
    if (veth.laid) remove();
    else netns.putOff(remove);
  }

  /** The bridge plugin makes it with the first Pod of the node. */
  #bridge(): void {
    const { netns, world, nodeIP } = this.init;
    if (netns.devices.byName("cni0") !== undefined) return;
    linkAdd(netns, { name: "cni0", kind: "bridge", mac: randomMac(world.rng.fork(`cni0 ${printIp(nodeIP)}`)), mtu: this.#mtu });
    addrAdd(netns, "cni0", { address: this.#addresses.gateway, bits: this.#subnet.bits });
    linkSet(netns, "cni0", { up: true });
  }
}
