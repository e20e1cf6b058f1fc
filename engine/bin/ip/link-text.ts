/** One device as `ip link` and `ip addr` print it (ipaddress.c: print_linkinfo, print_link_stats). */
import type { BaseDevice } from "../../link/base";
import { BridgeDevice, type BridgePort, type PortFlags } from "../../link/bridge";
import { VethDevice } from "../../link/veth";
import { VxlanDevice } from "../../link/vxlan";
import type { Netns } from "../../net/netns";
import { mtuLimits } from "../../net/netlink";
import { printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { groupName } from "./names";
import { type IpContext, flagsOf, stateOf } from "./context";

/** "eth0@if4", "a0@a1": the device and the one it is linked to. */
export function fullName(device: BaseDevice, ns: Netns): string {
  if (!(device instanceof VethDevice) || device.peer === undefined) return device.name;
  return device.peer.home === ns ? `${device.name}@${device.peer.name}` : `${device.name}@if${device.peer.index}`;
}

export function qdiscOf(device: BaseDevice): string {
  if (!device.activated) return "noop";
  return device.kind === "cable" ? "fq_codel" : "noqueue";
}

export function linkKind(device: BaseDevice): string {
  return device.kind === "loopback" ? "loopback" : "ether";
}

/** The first line, up to where `ip addr` and `ip link` differ. */
function firstLine(device: BaseDevice, { ns, options }: IpContext, mode: boolean): string {
  const flags = flagsOf(device, ns).join(",");
  const master = device.master === undefined ? "" : ` master ${device.master.name}`;
  const queue = device.txQueueLength > 0 ? ` qlen ${device.txQueueLength}` : "";
  return `${device.index}: ${fullName(device, ns)}: <${flags}> mtu ${device.mtu} qdisc ${qdiscOf(device)}${master} state ${stateOf(device)}${mode ? " mode DEFAULT" : ""} group ${options.numeric ? device.group : groupName(device.group)}${queue || " "}`;
}

/** "link-netns node-1" where the namespace has a name here, else its number. */
function otherNamespace(device: BaseDevice, { ns, names }: IpContext): string {
  if (!(device instanceof VethDevice)) return "";
  const home = device.peer?.home as Netns | undefined;
  if (home === undefined || home === ns) return "";
  const nsid = ns.nsidOf(home);
  const name = [...names].find(([, other]) => other === home)?.[0];
  return name === undefined ? ` link-netnsid ${nsid}` : ` link-netns ${name}`;
}

export function linkText(device: BaseDevice, context: IpContext, mode: boolean): string {
  const { options } = context;
  const newline = options.oneline ? "\\" : "\n";
  const parts = [firstLine(device, context, mode)];
  if (options.family === "inet" && !mode) parts[0] += otherNamespace(device, context);
  else {
    let second = `    link/${options.numeric ? (device.kind === "loopback" ? "[772]" : "[1]") : linkKind(device)} ${printMac(device.mac)} brd ${device.kind === "loopback" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff"}${otherNamespace(device, context)}`;
    if (options.details) second += details(device, mode, newline);
    parts.push(second);
  }
  if (device.alias !== "" && (mode || options.details)) parts.push(`    alias ${device.alias}`);
  if (options.statistics > 0) parts.push(...statistics(device, options.statistics));
  return parts.join(newline);
}

/** How many want to hear everything: its bridge, an administrator. */
export function promiscuityOf(device: BaseDevice): number {
  return (device.master instanceof BridgeDevice ? 1 : 0) + (device.promiscFlag ? 1 : 0);
}

function details(device: BaseDevice, mode: boolean, newline: string): string {
  const [min, max] = mtuLimits(device);
  const promiscuity = promiscuityOf(device);
  const port = device.master instanceof BridgeDevice ? device.master.portOf(device) : undefined;
  let text = ` promiscuity ${promiscuity}  allmulti ${port === undefined ? 0 : 1} minmtu ${min} maxmtu ${max} `;
  const kind = kindText(device);
  if (kind !== undefined) text += `${newline}    ${kind}`;
  if (port !== undefined) text += `${newline}    ${portText(port)}`;
  const queues = device.kind === "veth" ? 2 : 1;
  const tso = device.kind === "dummy" || (device instanceof VxlanDevice && device.options.dev === undefined) ? 65536 : 524280;
  return `${text}${mode ? "addrgenmode eui64 " : ""}numtxqueues ${queues} numrxqueues ${queues} gso_max_size 65536 gso_max_segs 65535 tso_max_size ${tso} tso_max_segs 65535 gro_max_size 65536 `;
}

function kindText(device: BaseDevice): string | undefined {
  if (device instanceof VxlanDevice) return vxlanText(device);
  if (device instanceof BridgeDevice) return bridgeText(device);
  if (device.kind === "veth") return "veth ";
  return device.kind === "dummy" ? "dummy " : undefined;
}

function vxlanText({ options, dstPort }: VxlanDevice): string {
  const words = [`vxlan id ${options.id}`];
  if (options.remote !== undefined) words.push(`${options.remote >>> 28 === 14 ? "group" : "remote"} ${printIp(options.remote)}`);
  if (options.local !== undefined && options.local !== 0) words.push(`local ${printIp(options.local)}`);
  if (options.dev !== undefined) words.push(`dev ${options.dev}`);
  const [low, high] = options.srcPortRange ?? [0, 0];
  words.push(`srcport ${low} ${high} dstport ${dstPort}`);
  if (options.learning === false) words.push("nolearning");
  words.push(options.ttl === undefined || options.ttl === 0 ? "ttl auto" : `ttl ${options.ttl}`);
  words.push(`ageing ${options.ageingSeconds ?? 300} udpcsum noudp6zerocsumtx noudp6zerocsumrx `);
  return words.join(" ");
}

/** br->bridge_id: each byte of the address in hexadecimal without leading zeros. */
export function bridgeId(bridge: BridgeDevice): string {
  // Its address is chance until somebody chooses one or a port brings one along; that is no part of the number.
  if (!bridge.macChosen && bridge.ports.length === 0) return `${bridge.settings.priority.toString(16).padStart(4, "0")}.0:0:0:0:0:0`;
  return `${bridge.settings.priority.toString(16).padStart(4, "0")}.${printMac(bridge.mac).split(":").map((byte) => Number.parseInt(byte, 16).toString(16)).join(":")}`;
}

function bridgeText(bridge: BridgeDevice): string {
  const id = bridgeId(bridge);
  const ageing = Math.round(bridge.fdb.ageingMs / 10);
  const { forwardDelay, helloTime, maxAge, priority, multicastSnooping } = bridge.settings;
  return `bridge forward_delay ${forwardDelay} hello_time ${helloTime} max_age ${maxAge} ageing_time ${ageing} stp_state 0 priority ${priority} vlan_filtering 0 bridge_id ${id} designated_root ${id} root_port 0 root_path_cost 0 topology_change 0 topology_change_detected 0 hello_timer    0.00 tcn_timer    0.00 topology_change_timer    0.00 gc_timer    0.00 group_fwd_mask 0 group_address 01:80:c2:00:00:00 mcast_snooping ${multicastSnooping} no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 mcast_last_member_interval 100 mcast_membership_interval 26000 mcast_querier_interval 25500 mcast_query_interval 12500 mcast_query_response_interval 1000 mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 `;
}

function portText({ bridge, number, flags, device }: BridgePort): string {
  const on = (flag: boolean): string => (flag ? "on" : "off");
  const id = bridgeId(bridge);
  const port = (flags.priority << 10) + number;
  return `bridge_slave state ${portState(device, flags)} priority ${flags.priority} cost ${flags.cost} hairpin ${on(flags.hairpin)} guard ${on(flags.guard)} root_block ${on(flags.rootBlock)} fastleave ${on(flags.fastLeave)} learning ${on(flags.learning)} flood ${on(flags.flood)} port_id 0x${port.toString(16)} port_no 0x${number.toString(16)} designated_port ${0x8000 + number} designated_cost 0 designated_bridge ${id} designated_root ${id} hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00 topology_change_ack 0 config_pending 0 proxy_arp ${on(flags.proxyArp)} proxy_arp_wifi off mcast_router 1 mcast_fast_leave ${on(flags.fastLeave)} mcast_flood ${on(flags.mcastFlood)} bcast_flood ${on(flags.bcastFlood)} mcast_to_unicast off neigh_suppress ${on(flags.neighSuppress)} group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel ${on(flags.vlanTunnel)} isolated ${on(flags.isolated)} locked ${on(flags.locked)} `;
}

/** Without spanning tree a port forwards as soon as it has a carrier, unless somebody said otherwise. */
export function portState(device: BaseDevice, { state }: PortFlags): string {
  return device.up && device.carrier ? state : "disabled";
}

const NUMBERS = (values: readonly number[], widths: readonly number[]): string => values.map((value, i) => String(value).padStart(widths[i] ?? 7)).join(" ");

export function statistics(device: BaseDevice, level: number): string[] {
  const { stats } = device;
  const widths = [10, 7, 6, 7, 7, 7];
  const wide = (bytes: number): readonly number[] => [Math.max(10, String(bytes).length), ...widths.slice(1)];
  const lines = ["    RX:  bytes packets errors dropped  missed   mcast           ", `    ${NUMBERS([stats.rxBytes, stats.rxPackets, stats.rxErrors, stats.rxDropped, 0, stats.multicast], wide(stats.rxBytes))} `];
  if (level > 1) lines.push("    RX errors:  length    crc   frame    fifo overrun", `    ${NUMBERS([0, 0, 0, 0, 0], [18, 6, 7, 7, 7])} `);
  lines.push("    TX:  bytes packets errors dropped carrier collsns           ", `    ${NUMBERS([stats.txBytes, stats.txPackets, stats.txErrors, stats.txDropped, stats.txCarrierErrors, 0], wide(stats.txBytes))} `);
  if (level > 1) lines.push("    TX errors: aborted   fifo  window heartbt transns", `    ${NUMBERS([0, 0, 0, 0, device.activated && device.kind !== "loopback" && device.kind !== "vxlan" ? 2 : 0], [18, 6, 7, 7, 7])} `);
  return lines;
}
