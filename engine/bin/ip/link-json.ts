/** One device as `ip -j link` prints it: the same facts as the text, under iproute2's field names. */
import type { BaseDevice } from "../../link/base";
import { BridgeDevice, type BridgePort } from "../../link/bridge";
import { VethDevice } from "../../link/veth";
import { VxlanDevice } from "../../link/vxlan";
import type { Netns } from "../../net/netns";
import { mtuLimits } from "../../net/netlink";
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { type IpContext, flagsOf, hundredths, stateOf } from "./context";
import { groupName } from "./names";
import { bridgeId, linkKind, portState, promiscuityOf, qdiscOf } from "./link-text";

export function linkJson(device: BaseDevice, context: IpContext, mode: boolean): Record<string, unknown> {
  const { ns, options } = context;
  const json: Record<string, unknown> = { ifindex: device.index, ...linkOf(device, ns) };
  const peer = device instanceof VethDevice ? device.peer : undefined;
  Object.assign(json, { ifname: device.name, flags: flagsOf(device, ns), mtu: device.mtu, qdisc: qdiscOf(device) });
  if (device.master !== undefined) json.master = device.master.name;
  json.operstate = stateOf(device);
  if (mode) json.linkmode = "DEFAULT";
  json.group = groupName(device.group);
  if (device.txQueueLength > 0) json.txqlen = device.txQueueLength;
  if (options.family !== "inet" || mode) Object.assign(json, { link_type: linkKind(device), address: printMac(device.mac), broadcast: device.kind === "loopback" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff" });
  if (peer !== undefined && peer.home !== ns) json.link_netnsid = ns.nsidOf(peer.home as Netns);
  if (options.details) Object.assign(json, detailsJson(device, mode));
  if (device.alias !== "" && (mode || options.details)) json.ifalias = device.alias;
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
  const json: Record<string, unknown> = { promiscuity: promiscuityOf(device), allmulti: device.master === undefined ? 0 : 1, min_mtu: min, max_mtu: max };
  const kind = kindJson(device);
  if (kind !== undefined) json.linkinfo = kind;
  if (mode) json.inet6_addr_gen_mode = "eui64";
  return { ...json, num_tx_queues: queues, num_rx_queues: queues, gso_max_size: 65536, gso_max_segs: 65535, tso_max_size: device.kind === "dummy" || (device instanceof VxlanDevice && device.options.dev === undefined) ? 65536 : 524280, tso_max_segs: 65535, gro_max_size: 65536 };
}

function kindJson(device: BaseDevice): Record<string, unknown> | undefined {
  if (device.kind === "loopback" || device.kind === "cable") return undefined;
  const port = device.master instanceof BridgeDevice ? device.master.portOf(device) : undefined;
  const slave = port === undefined ? {} : { info_slave_kind: "bridge", info_slave_data: slaveJson(port) };
  if (device instanceof BridgeDevice) return { info_kind: "bridge", info_data: bridgeJson(device) };
  if (!(device instanceof VxlanDevice)) return { info_kind: device.kind, ...slave };
  const { options, dstPort } = device;
  const [low, high] = options.srcPortRange ?? [0, 0];
  const data: Record<string, unknown> = { id: options.id };
  if (options.remote !== undefined) data.remote = printIp(options.remote);
  if (options.local !== undefined && options.local !== 0) data.local = printIp(options.local);
  if (options.dev !== undefined) data.link = options.dev;
  Object.assign(data, { port_range: { low, high }, port: dstPort, learning: options.learning !== false, ttl: options.ttl ?? 0, df: "unset", ageing: options.ageingSeconds ?? 300, udp_csum: true, udp_zero_csum6_tx: false, udp_zero_csum6_rx: false });
  return { info_kind: "vxlan", info_data: data, ...slave };
}

/** Timers that stand still; JSON.stringify would drop the two decimals. */
const STILL = hundredths(0);

function bridgeJson(bridge: BridgeDevice): Record<string, unknown> {
  const { forwardDelay, helloTime, maxAge, priority, multicastSnooping } = bridge.settings;
  const id = bridgeId(bridge);
  return {
    forward_delay: forwardDelay, hello_time: helloTime, max_age: maxAge, ageing_time: Math.round(bridge.fdb.ageingMs / 10), stp_state: 0, priority, vlan_filtering: 0,
    bridge_id: id, root_id: id, root_port: 0, root_path_cost: 0, topology_change: 0, topology_change_detected: 0, hello_timer: STILL, tcn_timer: STILL, topology_change_timer: STILL, gc_timer: STILL,
    group_fwd_mask: "0", group_addr: "01:80:c2:00:00:00", mcast_snooping: multicastSnooping, no_linklocal_learn: 0, mcast_vlan_snooping: 0, mcast_router: 1, mcast_query_use_ifaddr: 0, mcast_querier: 0,
    mcast_hash_elasticity: 16, mcast_hash_max: 4096, mcast_last_member_cnt: 2, mcast_startup_query_cnt: 2, mcast_last_member_intvl: 100, mcast_membership_intvl: 26000, mcast_querier_intvl: 25500,
    mcast_query_intvl: 12500, mcast_query_response_intvl: 1000, mcast_startup_query_intvl: 3124, mcast_stats_enabled: 0, mcast_igmp_version: 2, mcast_mld_version: 1,
    nf_call_iptables: 0, nf_call_ip6tables: 0, nf_call_arptables: 0,
  };
}

function slaveJson({ bridge, device, number, flags }: BridgePort): Record<string, unknown> {
  const id = bridgeId(bridge);
  return {
    state: portState(device, flags), priority: flags.priority, cost: flags.cost, hairpin: flags.hairpin, guard: flags.guard, root_block: flags.rootBlock, fastleave: flags.fastLeave, learning: flags.learning, flood: flags.flood,
    id: `0x${((flags.priority << 10) + number).toString(16)}`, no: `0x${number.toString(16)}`, designated_port: 0x8000 + number, designated_cost: 0, bridge_id: id, root_id: id,
    hold_timer: STILL, message_age_timer: STILL, forward_delay_timer: STILL, topology_change_ack: 0, config_pending: 0, proxy_arp: flags.proxyArp, proxy_arp_wifi: false, multicast_router: 1,
    mcast_flood: flags.mcastFlood, bcast_flood: flags.bcastFlood, mcast_to_unicast: false, neigh_suppress: flags.neighSuppress, group_fwd_mask: "0", group_fwd_mask_str: "0x0",
    vlan_tunnel: flags.vlanTunnel, isolated: flags.isolated, locked: flags.locked,
  };
}

function statisticsJson({ stats }: BaseDevice): Record<string, unknown> {
  return {
    rx: { bytes: stats.rxBytes, packets: stats.rxPackets, errors: stats.rxErrors, dropped: stats.rxDropped, over_errors: 0, multicast: stats.multicast },
    tx: { bytes: stats.txBytes, packets: stats.txPackets, errors: stats.txErrors, dropped: stats.txDropped, carrier_errors: stats.txCarrierErrors, collisions: 0 },
  };
}
