/** What `ip link` asks of the kernel: making, changing and removing devices (net/core/rtnetlink.c). */
import type { World } from "../core/world";
import type { BaseDevice } from "../link/base";
import { BridgeDevice } from "../link/bridge";
import { Cable, CableDevice, type CableOptions } from "../link/cable";
import { DummyDevice } from "../link/dummy";
import { VethDevice, vethPair } from "../link/veth";
import { VxlanDevice, type VxlanOptions } from "../link/vxlan";
import { type Mac, ZERO_MAC, isGroup, randomMac } from "../wire/mac";
import { announce } from "./arp";
import { BridgeNetfilter } from "./bridge-netfilter";
import { NetlinkError } from "./netlink-error";
import type { Netns } from "./netns";
import { attachVxlan, detachVxlan } from "./vxlan-port";

export type LinkSpec = {
  readonly name: string;
  readonly kind: "veth" | "bridge" | "vxlan" | "dummy";
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  readonly index?: number;
  readonly peer?: { readonly name: string; readonly ns?: Netns; readonly mac?: Mac; readonly mtu?: number };
  readonly vxlan?: VxlanOptions;
  readonly up?: boolean;
};

export type LinkChanges = {
  readonly up?: boolean;
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly name?: string;
  /** A bridge's name; null takes the device out of its bridge. */
  readonly master?: string | null;
  readonly netns?: Netns;
  readonly txQueueLength?: number;
  readonly alias?: string;
  readonly promiscuous?: boolean;
  readonly arp?: boolean;
  readonly multicast?: boolean;
  readonly allMulticast?: boolean;
  readonly group?: number;
};

const VXLAN_HEADROOM = 50;

/** Throws ENODEV as `ip` hears it. */
export function deviceNamed(ns: Netns, name: string): BaseDevice {
  const device = ns.devices.byName(name);
  if (device === undefined) throw new NetlinkError("ENODEV");
  return device;
}

export function linkAdd(ns: Netns, spec: LinkSpec): BaseDevice {
  checkName(ns, spec.name);
  if (spec.mac !== undefined && isGroup(spec.mac)) throw new NetlinkError("EADDRNOTAVAIL");
  const device = make(ns, spec);
  if (spec.mac !== undefined) device.macChosen = true;
  if (spec.mtu !== undefined) {
    device.mtu = spec.mtu;
    device.mtuChosen = true;
  }
  if (spec.txQueueLength !== undefined) device.txQueueLength = spec.txQueueLength;
  ns.devices.add(device, spec.index);
  if (device instanceof VxlanDevice) attachVxlan(ns, device);
  if (device instanceof BridgeDevice) {
    device.filter = new BridgeNetfilter(ns);
    device.log = ns.log;
    device.catchUp = () => void ns.catchUp();
  }
  if (spec.up) device.setUp(true);
  return device;
}

function checkName(ns: Netns, name: string): void {
  if (name.length > 15) throw new NetlinkError("ERANGE", "Attribute failed policy validation");
  if (name.length === 0 || name === "." || name === ".." || /[/:\s]/.test(name)) throw new NetlinkError("EINVAL");
  if (ns.devices.byName(name)) throw new NetlinkError("EEXIST");
}

function make(ns: Netns, spec: LinkSpec): BaseDevice {
  const { world } = ns;
  const mac = spec.mac ?? ZERO_MAC;
  switch (spec.kind) {
    case "veth":
      return makeVeth(ns, spec);
    case "bridge":
      return new BridgeDevice(world, spec.name, spec.mac ?? chooseMac(ns, spec.name));
    case "dummy":
      return new DummyDevice(world, spec.name, spec.mac ?? chooseMac(ns, spec.name));
    case "vxlan":
      return makeVxlan(ns, spec, mac);
  }
}

/** By name and namespace, so that one device more does not change the others' addresses. */
function chooseMac(ns: Netns, name: string): Mac {
  return randomMac(ns.world.rng.fork(`mac ${ns.name} ${name} ${ns.world.scheduler.nowUs}`));
}

/** The peer is registered first: of a pair made in one namespace it has the lower index. */
function makeVeth(ns: Netns, { name, mac, peer }: LinkSpec): BaseDevice {
  const home = peer?.ns ?? ns;
  const peerName = peer?.name ?? freeName(home, "veth", name);
  checkName(home, peerName);
  if (home === ns && peerName === name) throw new NetlinkError("EEXIST");
  const [own, other] = vethPair(ns.world, name, mac ?? chooseMac(ns, name), peerName, peer?.mac ?? chooseMac(home, peerName));
  if (peer?.mac !== undefined) other.macChosen = true;
  if (peer?.mtu !== undefined) other.mtu = peer.mtu;
  home.devices.add(other);
  return own;
}

function freeName(ns: Netns, prefix: string, taken: string): string {
  for (let n = 0; ; n++) {
    const name = `${prefix}${n}`;
    if (name !== taken && !ns.devices.byName(name)) return name;
  }
}

function makeVxlan(ns: Netns, spec: LinkSpec, mac: Mac): BaseDevice {
  const { vxlan } = spec;
  if (vxlan === undefined) throw new NetlinkError("EINVAL");
  const lower = vxlan.dev === undefined ? undefined : deviceNamed(ns, vxlan.dev);
  const port = vxlan.dstPort ?? 8472;
  const taken = ns.devices.all().some((other) => other instanceof VxlanDevice && other.options.id === vxlan.id && other.dstPort === port);
  if (taken) throw new NetlinkError("EEXIST", "A VXLAN device with the specified VNI already exists");
  const device = new VxlanDevice(ns.world, spec.name, mac === ZERO_MAC ? chooseMac(ns, spec.name) : mac, vxlan);
  if (lower !== undefined) device.mtu = lower.mtu - VXLAN_HEADROOM;
  return device;
}

export function linkSet(ns: Netns, name: string, changes: LinkChanges): void {
  const device = deviceNamed(ns, name);
  if (changes.netns !== undefined && changes.netns !== ns) moveTo(ns, device, changes.netns, changes.name ?? device.name);
  const home = changes.netns ?? ns;
  if (changes.name !== undefined && changes.name !== device.name) {
    checkName(home, changes.name);
    home.devices.rename(device, changes.name);
  }
  if (changes.mac !== undefined) {
    setMac(device, changes.mac);
    home.neighbours.deviceGone(device); // neigh_changeaddr()
    if (device.up) notify(home, device);
  }
  if (changes.mtu !== undefined) setMtu(home, device, changes.mtu);
  if (changes.master !== undefined) setMaster(home, device, changes.master);
  if (changes.txQueueLength !== undefined) device.txQueueLength = changes.txQueueLength;
  if (changes.alias !== undefined) device.alias = changes.alias;
  if (changes.promiscuous !== undefined) {
    device.promiscFlag = changes.promiscuous;
    device.promiscuous = changes.promiscuous || device.master?.kind === "bridge";
  }
  if (changes.arp !== undefined) device.noarpFlag = !changes.arp;
  if (changes.multicast !== undefined) device.multicast = changes.multicast;
  if (changes.allMulticast !== undefined) device.allMulticast = changes.allMulticast;
  if (changes.group !== undefined) device.group = changes.group;
  if (changes.up !== undefined) setUp(home, device, changes.up);
}

function setUp(ns: Netns, device: BaseDevice, up: boolean): void {
  if (device.up === up) return;
  device.setUp(up);
  if (up) notify(ns, device);
}

/** inetdev_send_gratuitous_arp(), where arp_notify asks for it. */
function notify(ns: Netns, device: BaseDevice): void {
  if (ns.sysctl.max("arp_notify", device) > 0) for (const { local } of ns.addresses.of(device)) announce(device, local);
}

function setMac(device: BaseDevice, mac: Mac): void {
  if (isGroup(mac) || mac === ZERO_MAC) throw new NetlinkError("EADDRNOTAVAIL");
  device.macChosen = true;
  if (device instanceof BridgeDevice) device.setMac(mac);
  else {
    const { master } = device;
    const port = master instanceof BridgeDevice ? master.portOf(device) : undefined;
    if (master instanceof BridgeDevice) master.fdb.delete(device.mac);
    device.mac = mac;
    if (master instanceof BridgeDevice && port) master.fdb.put(mac, port, true);
  }
  device.changed();
}

function setMtu(ns: Netns, device: BaseDevice, mtu: number): void {
  const [min, max] = mtuLimits(device);
  if (mtu < min) throw new NetlinkError("EINVAL", "mtu less than device minimum");
  if (max > 0 && mtu > max) throw new NetlinkError("EINVAL", "mtu greater than device maximum");
  const lower = device instanceof VxlanDevice && device.options.dev !== undefined ? ns.devices.byName(device.options.dev) : undefined;
  if (lower !== undefined && mtu > lower.mtu - VXLAN_HEADROOM) throw new NetlinkError("EINVAL");
  device.mtu = mtu;
  device.mtuChosen = true;
  device.changed();
}

/** What `ip -d link` shows as minmtu and maxmtu; 0 is "no limit". */
export function mtuLimits(device: BaseDevice): readonly [number, number] {
  if (device.kind === "loopback" || device.kind === "dummy") return [0, 0];
  return [68, 65535];
}

function setMaster(ns: Netns, device: BaseDevice, name: string | null): void {
  const old = device.master;
  if (old instanceof BridgeDevice) {
    old.removePort(device);
    ns.devices.receiveForIp(device);
  }
  if (name === null) return;
  const bridge = deviceNamed(ns, name);
  if (!(bridge instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
  if (device.kind === "loopback") throw new NetlinkError("EINVAL");
  if (device.kind === "bridge") throw new NetlinkError("ELOOP", "Can not enslave a bridge to a bridge");
  bridge.addPort(device);
}

function moveTo(from: Netns, device: BaseDevice, to: Netns, name: string): void {
  if (device.kind === "loopback" || device.kind === "bridge") throw new NetlinkError("EINVAL", "The interface netns is immutable");
  if (to.devices.byName(name)) throw new NetlinkError("EEXIST");
  setMaster(from, device, null);
  const { index } = device;
  from.devices.remove(device);
  device.activated = false;
  device.name = name;
  to.devices.add(device, index);
}

export function linkDelete(ns: Netns, name: string): void {
  const device = deviceNamed(ns, name);
  if (device.kind === "loopback" || device.kind === "cable") throw new NetlinkError("EOPNOTSUPP");
  const peer = device instanceof VethDevice ? device.peer : undefined;
  for (const each of peer === undefined ? [device] : [device, peer]) unregister(each);
}

function unregister(device: BaseDevice): void {
  const home = device.home as Netns | undefined;
  if (home === undefined) return;
  setMaster(home, device, null);
  if (device instanceof BridgeDevice) for (const port of [...device.ports]) setMaster(home, port.device, null);
  if (device instanceof VxlanDevice) detachVxlan(home, device);
  home.devices.remove(device);
  device.detach();
}

/** The end of a namespace: everything in it goes, and with each veth its other end. */
export function destroyNetns(ns: Netns): void {
  for (const device of ns.devices.all()) if (device.kind !== "loopback" && device.home === ns) {
    if (device instanceof VethDevice && device.peer) unregister(device.peer);
    unregister(device);
  }
  ns.devices.remove(ns.lo);
}

/** A physical link between two machines: two network cards and what is between them. */
export function joinCable(world: World, nsA: Netns, nameA: string, nsB: Netns, nameB: string, options: CableOptions & { readonly macA?: Mac; readonly macB?: Mac } = {}): Cable {
  const cable = new Cable(world, world.rng.fork(`cable ${nsA.name} ${nameA} ${nsB.name} ${nameB}`), options);
  const a = new CableDevice(world, nameA, options.macA ?? chooseMac(nsA, nameA), cable);
  const b = new CableDevice(world, nameB, options.macB ?? chooseMac(nsB, nameB), cable);
  a.other = b;
  b.other = a;
  for (const [ns, device] of [[nsA, a], [nsB, b]] as const) {
    checkName(ns, device.name);
    if (options.mtu !== undefined) device.mtu = options.mtu;
    ns.devices.add(device);
  }
  return cable;
}
