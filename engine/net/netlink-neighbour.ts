/** What `ip neigh`, `bridge fdb` and `bridge link` ask of the kernel (neigh_add, rtnl_fdb_add, br_setport). */
import { BridgeDevice, type BridgePort, type PortFlags } from "../link/bridge";
import type { BaseDevice } from "../link/base";
import { VxlanDevice } from "../link/vxlan";
import type { Ip } from "../wire/ip";
import { type Mac, isGroup } from "../wire/mac";
import { NetlinkError } from "./netlink-error";
import { deviceNamed } from "./netlink-link";
import type { Netns } from "./netns";

export type NeighSpec = { readonly ip: Ip; readonly dev: string; readonly mac?: Mac; readonly state?: "REACHABLE" | "STALE" | "PERMANENT" | "NOARP" };

export function neighReplace(ns: Netns, spec: NeighSpec): void {
  const dev = deviceNamed(ns, spec.dev);
  const known = ns.neighbours.get(dev, spec.ip)?.mac;
  const mac = spec.mac ?? known;
  if (mac === undefined) throw new NetlinkError("EINVAL", "No link layer address given");
  ns.neighbours.set(dev, spec.ip, mac, spec.state ?? "PERMANENT");
}

export function neighAdd(ns: Netns, spec: NeighSpec): void {
  if (ns.neighbours.get(deviceNamed(ns, spec.dev), spec.ip)) throw new NetlinkError("EEXIST");
  neighReplace(ns, spec);
}

export function neighChange(ns: Netns, spec: NeighSpec): void {
  if (!ns.neighbours.get(deviceNamed(ns, spec.dev), spec.ip)) throw new NetlinkError("ENOENT");
  neighReplace(ns, spec);
}

export function neighDelete(ns: Netns, spec: { readonly ip: Ip; readonly dev: string }): void {
  const entry = ns.neighbours.get(deviceNamed(ns, spec.dev), spec.ip);
  if (entry === undefined) throw new NetlinkError("ENOENT");
  ns.neighbours.giveUp(entry);
}

export type FdbSpec = {
  readonly mac: Mac;
  readonly dev: string;
  /** VXLAN: the other tunnel end. */
  readonly dst?: Ip;
  readonly port?: number;
  readonly vni?: number;
  /** In the bridge the device is a port of, rather than in the device itself. */
  readonly master?: boolean;
  readonly self?: boolean;
  readonly dynamic?: boolean;
  readonly static?: boolean;
};

export type FdbMode = "add" | "append" | "replace";

export function fdbAppend(ns: Netns, spec: FdbSpec): void {
  fdbChange(ns, spec, "append");
}

export function fdbAdd(ns: Netns, spec: FdbSpec): void {
  fdbChange(ns, spec, "add");
}

export function fdbReplace(ns: Netns, spec: FdbSpec): void {
  fdbChange(ns, spec, "replace");
}

function fdbChange(ns: Netns, spec: FdbSpec, mode: FdbMode): void {
  const dev = deviceNamed(ns, spec.dev);
  if (dev instanceof VxlanDevice && spec.master !== true) return vxlanChange(dev, spec, mode);
  if (dev instanceof VxlanDevice && !(dev.master instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
  if (!(dev instanceof BridgeDevice) && spec.master !== true) return ownChange(dev, spec, mode);
  if (spec.mac === 0) throw new NetlinkError("EINVAL");
  if (dev instanceof BridgeDevice && spec.master === true) throw new NetlinkError("EOPNOTSUPP");
  const bridge = dev instanceof BridgeDevice ? dev : dev.master;
  if (!(bridge instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
  const port = dev === bridge ? undefined : bridge.portOf(dev);
  if (mode === "add" && bridge.fdb.find(spec.mac)) throw new NetlinkError("EEXIST");
  // NUD_PERMANENT, which is what `bridge fdb add` asks for unless told otherwise, means an address of this machine.
  bridge.fdb.put(spec.mac, port, spec.static !== true && spec.dynamic !== true, spec.dynamic !== true);
}

/** ndo_dflt_fdb_add(): without "master" it is the device that is to listen to one more address. */
function ownChange(dev: BaseDevice, { mac, static: isStatic, dynamic }: FdbSpec, mode: FdbMode): void {
  if (isStatic || dynamic) throw new NetlinkError("EINVAL");
  if (!dev.unicastList.includes(mac)) dev.unicastList = [...dev.unicastList, mac];
  else if (mode === "add") throw new NetlinkError("EEXIST");
}

function vxlanChange(dev: VxlanDevice, spec: FdbSpec, mode: FdbMode): void {
  if (spec.dst === undefined) throw new NetlinkError("EINVAL");
  const remote = { ip: spec.dst, port: spec.port ?? dev.dstPort, vni: spec.vni ?? dev.options.id };
  if (mode === "replace") return dev.fdbReplace(spec.mac, remote);
  if (mode === "append" && (isGroup(spec.mac) || spec.mac === 0)) return void dev.fdbAppend(spec.mac, remote);
  // One machine's address is behind one tunnel end: appending another to it is silently not done.
  if (dev.fdbFind(spec.mac) && mode === "append") return;
  if (dev.fdbFind(spec.mac)) throw new NetlinkError("EEXIST");
  dev.fdbAppend(spec.mac, remote);
}

export function fdbDelete(ns: Netns, spec: FdbSpec): void {
  const dev = deviceNamed(ns, spec.dev);
  if (dev instanceof VxlanDevice && spec.master !== true) {
    if (!dev.fdbDelete(spec.mac, spec.dst)) throw new NetlinkError("ENOENT");
    return;
  }
  if (dev instanceof BridgeDevice && spec.master === true) throw new NetlinkError("EOPNOTSUPP");
  if (!(dev instanceof BridgeDevice) && spec.master !== true) {
    if (spec.static || spec.dynamic) throw new NetlinkError("EINVAL");
    if (!dev.unicastList.includes(spec.mac)) throw new NetlinkError("ENOENT");
    dev.unicastList = dev.unicastList.filter((mac) => mac !== spec.mac);
    return;
  }
  const bridge = dev instanceof BridgeDevice ? dev : dev.master;
  if (!(bridge instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
  if (!bridge.fdb.delete(spec.mac)) throw new NetlinkError("ENOENT");
}

/** `bridge link set`. */
export function portSet(ns: Netns, dev: string, flags: Partial<PortFlags>): void {
  const port = portOf(ns, dev);
  const { device } = port;
  if (flags.priority !== undefined && flags.priority > 63) throw new NetlinkError("ERANGE");
  if (flags.cost !== undefined && (flags.cost < 1 || flags.cost > 65535)) throw new NetlinkError("ERANGE");
  if (flags.state !== undefined && (!device.up || (!device.carrier && flags.state !== "disabled"))) throw new NetlinkError("ENETDOWN");
  Object.assign(port.flags, flags);
  // br_port_state_selection(): without a spanning tree nothing is to be blocked.
  if (flags.state === "blocking") port.flags.state = "forwarding";
}

/** `ip link set type bridge_slave` tells everybody of a change, and the bridge takes a port with a link in again (br_port_carrier_check). */
export function slaveSet(ns: Netns, dev: string, flags: Partial<PortFlags>): void {
  portSet(ns, dev, flags);
  const port = portOf(ns, dev);
  if (port.flags.state === "disabled" && port.device.carrier) port.flags.state = "forwarding";
}

export function portOf(ns: Netns, dev: string): BridgePort {
  const device = deviceNamed(ns, dev);
  const port = device.master instanceof BridgeDevice ? device.master.portOf(device) : undefined;
  if (port === undefined) throw new NetlinkError("EOPNOTSUPP");
  return port;
}
