/** One device as `ip -j link` prints it: the same facts as the text, under iproute2's field names. */
import type { BaseDevice } from "../../link/base";
import { VethDevice } from "../../link/veth";
import { VxlanDevice } from "../../link/vxlan";
import type { Netns } from "../../net/netns";
import { mtuLimits } from "../../net/netlink";
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { type IpContext, flagsOf, stateOf } from "./context";
import { linkKind, qdiscOf } from "./link-text";

export function linkJson(device: BaseDevice, context: IpContext, mode: boolean): Record<string, unknown> {
  const { ns, options } = context;
  const json: Record<string, unknown> = { ifindex: device.index, ...linkOf(device, ns) };
  const peer = device instanceof VethDevice ? device.peer : undefined;
  Object.assign(json, { ifname: device.name, flags: flagsOf(device, ns), mtu: device.mtu, qdisc: qdiscOf(device) });
  if (device.master !== undefined) json.master = device.master.name;
  json.operstate = stateOf(device);
  if (mode) json.linkmode = "DEFAULT";
  json.group = "default";
  if (device.txQueueLength > 0) json.txqlen = device.txQueueLength;
  if (options.family !== "inet" || mode) Object.assign(json, { link_type: linkKind(device), address: printMac(device.mac), broadcast: device.kind === "loopback" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff" });
  if (peer !== undefined && peer.home !== ns) json.link_netnsid = ns.nsidOf(peer.home as Netns);
  if (options.details) Object.assign(json, detailsJson(device, mode));
  if (options.statistics > 0) json.stats64 = statisticsJson(device);
  return json;
}

/** Its other end: by name here, by number in another namespace. */
export function linkOf(device: BaseDevice, ns: Netns): { readonly link_index?: number; readonly link?: string } {
  const peer = device instanceof VethDevice ? device.peer : undefined;
  if (peer === undefined) return {};
  return peer.home === ns ? { link: peer.name } : { link_index: peer.index };
}

function detailsJson(device: BaseDevice, mode: boolean): Record<string, unknown> {
  const [min, max] = mtuLimits(device);
  const queues = device.kind === "veth" ? 2 : 1;
  const json: Record<string, unknown> = { promiscuity: device.promiscuous ? 1 : 0, allmulti: device.master === undefined ? 0 : 1, min_mtu: min, max_mtu: max };
  const kind = kindJson(device);
  if (kind !== undefined) json.linkinfo = kind;
  if (mode) json.inet6_addr_gen_mode = "eui64";
  return { ...json, num_tx_queues: queues, num_rx_queues: queues, gso_max_size: 65536, gso_max_segs: 65535, tso_max_size: device.kind === "dummy" || (device instanceof VxlanDevice && device.options.dev === undefined) ? 65536 : 524280, tso_max_segs: 65535, gro_max_size: 65536 };
}

function kindJson(device: BaseDevice): Record<string, unknown> | undefined {
  if (device.kind === "loopback" || device.kind === "cable") return undefined;
  if (!(device instanceof VxlanDevice)) return { info_kind: device.kind };
  const { options, dstPort } = device;
  const [low, high] = options.srcPortRange ?? [0, 0];
  const data: Record<string, unknown> = { id: options.id };
  if (options.remote !== undefined) data.remote = printIp(options.remote);
  if (options.local !== undefined && options.local !== 0) data.local = printIp(options.local);
  if (options.dev !== undefined) data.link = options.dev;
  Object.assign(data, { port_range: { low, high }, port: dstPort, learning: options.learning !== false, ttl: options.ttl ?? 0, df: "unset", ageing: options.ageingSeconds ?? 300, udp_csum: true, udp_zero_csum6_tx: false, udp_zero_csum6_rx: false });
  return { info_kind: "vxlan", info_data: data };
}

function statisticsJson({ stats }: BaseDevice): Record<string, unknown> {
  return {
    rx: { bytes: stats.rxBytes, packets: stats.rxPackets, errors: stats.rxErrors, dropped: stats.rxDropped, over_errors: 0, multicast: stats.multicast },
    tx: { bytes: stats.txBytes, packets: stats.txPackets, errors: stats.txErrors, dropped: stats.txDropped, carrier_errors: stats.txCarrierErrors, collisions: 0 },
  };
}
