/** `ip link add`, `set`, `delete` (iplink.c, link_veth.c, iplink_vxlan.c, iplink_bridge.c, iplink_bridge_slave.c). */
import type { Netns } from "../../net/netns";
import { type LinkChanges, type LinkSpec, NetlinkError, linkAdd, linkDelete, linkSet, portOf, slaveSet } from "../../net/netlink";
import type { VxlanOptions } from "../../link/vxlan";
import { BridgeDevice, type BridgeSettings, PORT_STATES, type PortFlags, type PortState } from "../../link/bridge";
import { type Mac, parseMac } from "../../wire/mac";
import { type IpContext, deviceOr } from "./context";
import { groupOf } from "./names";
import { IpFailure, type Words, addressOf, duplicate, garbage, invalidArgument, matches, notModelled, numberOf } from "./words";

type Given = { -readonly [K in keyof LinkChanges]?: LinkChanges[K] } & { device?: string; index?: number; peer?: { name?: string; ns?: Netns; mac?: Mac; mtu?: number } };

const NOT_MODELLED = ["link", "broadcast", "brd", "xdp", "xdpgeneric", "xdpdrv", "xdpoffload", "trailers", "vf", "dynamic", "mode", "state", "numtxqueues", "numrxqueues", "addrgenmode", "link-netns", "link-netnsid", "protodown", "protodown_reason", "gso_max_size", "gso_max_segs", "gro_max_size", "parentdev", "node_guid", "port_guid", "carrier", "vrf", "altname"];

export function addLink(words: Words, context: IpContext): void {
  const { given, kind } = readChanges(words, context, true);
  const name = given.name ?? given.device;
  if (kind === undefined) throw new IpFailure('Not enough information: "type" argument is required\n', 1);
  if (!["veth", "bridge", "vxlan", "dummy"].includes(kind)) throw unknownKind(kind, words);
  const home = given.netns ?? context.ns;
  const vxlan = kind === "vxlan" ? readVxlan(words, context) : undefined;
  if (kind === "veth") readPeer(words, context, given);
  const bridge = kind === "bridge" ? readBridge(words) : undefined;
  if (kind === "dummy" && words.more) throw garbageOf(kind, words.need());
  const spec: LinkSpec = {
    name: name ?? freeName(home, kind),
    kind: kind as LinkSpec["kind"],
    ...(given.mac === undefined ? {} : { mac: given.mac }),
    ...(given.mtu === undefined ? {} : { mtu: given.mtu }),
    ...(given.txQueueLength === undefined ? {} : { txQueueLength: given.txQueueLength }),
    ...(given.index === undefined ? {} : { index: given.index }),
    ...(given.peer === undefined ? {} : { peer: { ...given.peer, name: given.peer.name ?? freeName(given.peer.ns ?? home, "veth", name) } }),
    ...(vxlan === undefined ? {} : { vxlan }),
  };
  const made = linkAdd(home, spec);
  if (bridge !== undefined && made instanceof BridgeDevice) setBridge(made, bridge);
  const { master, up, arp, multicast, allMulticast, group, promiscuous } = given;
  linkSet(home, spec.name, Object.fromEntries(Object.entries({ master, arp, multicast, allMulticast, group, promiscuous }).filter(([, value]) => value !== undefined)) as LinkChanges);
  // rtnl_newlink_create() brings it up before its other end is known to it.
  if (up === true && kind === "veth") throw abandoned(home, spec.name);
  if (up !== undefined) linkSet(home, spec.name, { up });
}

function abandoned(home: Netns, name: string): NetlinkError {
  linkDelete(home, name);
  return new NetlinkError("ENOTCONN");
}

/** The kernel knows types this emulation does not; what nobody knows is refused as the kernel does. */
function unknownKind(kind: string, words: Words): IpFailure {
  const known = ["vlan", "macvlan", "macvtap", "ipvlan", "ipip", "sit", "gre", "gretap", "geneve", "wireguard", "vrf", "bond", "team", "ifb", "tun", "vti", "nlmon", "vxcan", "vcan", "xfrm"];
  const more = words.take();
  if (!known.includes(kind) && more !== undefined) return new IpFailure(`Garbage instead of arguments "${more} ...". Try "ip link help".\n`, 1);
  return known.includes(kind) ? notModelled(`type ${kind}`) : new IpFailure("Error: Unknown device type.\n", 2);
}

function freeName(ns: Netns, kind: string, taken?: string): string {
  for (let n = 0; ; n++) if (`${kind}${n}` !== taken && !ns.devices.byName(`${kind}${n}`)) return `${kind}${n}`;
}

function garbageOf(kind: string, word: string): IpFailure {
  return new IpFailure(`Garbage instead of arguments "${word} ...". Try "ip link help".\n`.replace("ip link", kind === "" ? "ip link" : "ip link"), 255);
}

function readChanges(words: Words, context: IpContext, adding: boolean): { given: Given; kind: string | undefined } {
  const given: Given = {};
  while (words.more) {
    const word = words.need();
    if (matches(word, "type") && word.length > 1) return { given, kind: words.need() };
    if (readChange(word, words, given, context, adding)) continue;
    if (NOT_MODELLED.includes(word)) throw notModelled(word);
    const name = word === "dev" ? words.need() : word;
    if (matches(name, "help")) throw notModelled("link help");
    if (given.device !== undefined) throw garbage("dev", name);
    if (name === "" || name.includes("/")) throw invalidArgument('"dev" not a valid ifname', name, "");
    given.device = name;
  }
  if (!adding && given.device === undefined && given.group === undefined) throw new IpFailure('Not enough information: "dev" argument is required.\n', 255);
  return { given, kind: undefined };
}

/** One keyword with its value; false if it is none. */
function readChange(word: string, words: Words, given: Given, context: IpContext, adding: boolean): boolean {
  if (word === "up" || word === "down") given.up = word === "up";
  else if (word === "name") given.name = ifname(words.need());
  else if (matches(word, "index") && word.length > 2) given.index = numberOf(words.need(), "invalid \"index\" value");
  else if (matches(word, "address") && word.length > 1) given.mac = linkMac(words.need(), adding);
  else if (["txqueuelen", "qlen", "txqlen"].includes(word)) given.txQueueLength = numberOf(words.need(), 'Invalid "txqueuelen" value\n'.trim());
  else if (word === "mtu") given.mtu = mtuOf(words.need(), given);
  else if (word === "netns") given.netns = namespaceOf(words.need(), context);
  else if (word === "master") given.master = masterOf(words.need(), context);
  else if (word === "nomaster") given.master = null;
  else if (word === "alias") given.alias = words.need();
  else if (word === "promisc") given.promiscuous = onOff(words.need(), "promisc");
  else if (word === "arp") given.arp = onOff(words.need(), "arp");
  else if (word === "multicast") given.multicast = onOff(words.need(), "multicast");
  else if (word === "allmulticast") given.allMulticast = onOff(words.need(), "allmulticast");
  else if (word === "group") given.group = groupOf(words.need());
  else return false;
  return true;
}

function ifname(word: string): string {
  if (word === "" || word.length > 15 || /[/\s]/.test(word)) throw invalidArgument('"name" not a valid ifname', word, "");
  return word;
}

/** get_integer(): less than nothing is the kernel's to refuse. */
function mtuOf(word: string, given: Given): number {
  if (given.mtu !== undefined) throw duplicate("mtu", word);
  return /^-\d+$/.test(word) ? Number(word) : numberOf(word, 'Invalid "mtu" value', 0x7fff_ffff);
}

/** nl_get_ll_addr_len(): a device that is there says how long its addresses are. */
function linkMac(word: string, adding: boolean): Mac {
  const bytes = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2})*$/i.test(word) ? word.split(":").length : 6;
  if (bytes !== 6 && !adding) throw new IpFailure(`Invalid address length ${bytes} - must be 6 bytes\n`, 1);
  return macOf(word);
}

export function macOf(word: string): Mac {
  const mac = parseMac(word);
  // Too few bytes are the kernel's to refuse.
  if (/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){1,4}$/i.test(word)) throw new IpFailure("Error: Invalid link address.\n", 2);
  if (mac === undefined) throw new IpFailure(`"${word}" is invalid lladdr.\n`, 1);
  return mac;
}

function onOff(word: string, key: string): boolean {
  if (word === "on" || word === "off") return word === "on";
  throw new IpFailure(`Error: argument of "${key}" must be "on" or "off", not "${word}"\n`, 1);
}

/** parse_on_off(). */
function slaveOnOff(word: string, key: string): boolean {
  if (word === "on" || word === "off") return word === "on";
  throw new IpFailure(`Error: argument of "${key}" must be one of "off", "on", not "${word}"\n`, 1);
}

function namespaceOf(name: string, { names }: IpContext): Netns {
  const ns = names.get(name);
  if (ns === undefined && /^\d+$/.test(name)) throw notModelled(`netns ${name}`);
  if (ns === undefined) throw invalidArgument('Invalid "netns" value', name);
  return ns;
}

function masterOf(name: string, { ns }: IpContext): string {
  if (ns.devices.byName(name) === undefined) throw invalidArgument("Device does not exist", name);
  return name;
}

/** `peer [name] NAME …`: the keywords of the other end. */
function readPeer(words: Words, context: IpContext, given: Given): void {
  if (!words.more) return;
  const word = words.need();
  if (word !== "peer") throw new IpFailure(`veth: unknown option "${word}"?\nUsage: ip link <options> type veth [peer <options>]\nTo get <options> type 'ip link add help'\n`, 255);
  const { given: peer } = readChanges(words, context, true);
  const name = peer.name ?? peer.device;
  given.peer = { ...(name === undefined ? {} : { name }), ...(peer.netns === undefined ? {} : { ns: peer.netns }), ...(peer.mac === undefined ? {} : { mac: peer.mac }), ...(peer.mtu === undefined ? {} : { mtu: peer.mtu }) };
  if (given.peer.ns === undefined && given.netns !== undefined) given.peer.ns = context.ns;
}

function readVxlan(words: Words, { ns, err }: IpContext): VxlanOptions {
  const options: { -readonly [K in keyof VxlanOptions]?: VxlanOptions[K] } = {};
  while (words.more) {
    const word = words.need();
    if (word === "id" || word === "vni") {
      const written = words.need();
      options.id = numberOf(written, "invalid id", 0xffffff, "");
    } else if (word === "local") options.local = addressOf(words.need());
    else if (word === "remote" || word === "group") options.remote = addressOf(words.need());
    else if (word === "dev") options.dev = deviceOr(ns, words.need()).name;
    else if (word === "dstport") options.dstPort = numberOf(words.need(), "dst port", 65535);
    else if (word === "srcport") options.srcPortRange = [numberOf(words.need(), "min port", 65535), numberOf(words.need(), "max port", 65535)];
    else if (word === "learning" || word === "nolearning") options.learning = word === "learning";
    else if (word === "ttl") options.ttl = ttlOf(words.need());
    else if (word === "tos") options.tos = numberOf(words.need(), "TOS", 255);
    else if (word === "ageing") options.ageingSeconds = numberOf(words.need(), "ageing timer");
    else if (word === "udpcsum" || word === "noudp6zerocsumtx" || word === "noudp6zerocsumrx" || word === "noproxy") continue;
    else if (["df", "flowlabel", "proxy", "rsc", "norsc", "l2miss", "nol2miss", "l3miss", "nol3miss", "maxaddress", "noudpcsum", "udp6zerocsumtx", "udp6zerocsumrx", "remcsumtx", "remcsumrx", "external", "noexternal", "gbp", "gpe", "vnifilter"].includes(word)) throw notModelled(`vxlan ${word}`);
    else throw new IpFailure(`vxlan: unknown command "${word}"?\n`, 1);
  }
  if (options.id === undefined) throw new IpFailure("Error: Required attributes not provided to perform the operation.\n", 2);
  if (options.dstPort === undefined) err.push("vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)\nUse 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message\n");
  return { ...options, id: options.id };
}

function ttlOf(word: string): number {
  return word === "auto" || word === "inherit" ? 0 : numberOf(word, "TTL must be <= 255", 255);
}

const BRIDGE_NUMBERS = { forward_delay: "forwardDelay", hello_time: "helloTime", max_age: "maxAge", priority: "priority", mcast_snooping: "multicastSnooping" } as const;
const BRIDGE_MAX: Readonly<Record<string, number>> = { priority: 0xffff, mcast_snooping: 255 };
const BRIDGE_OTHERS = ["vlan_protocol", "vlan_default_pvid", "vlan_stats_enabled", "vlan_stats_per_port", "group_fwd_mask", "group_address", "no_linklocal_learn", "mcast_vlan_snooping", "mcast_router", "mcast_query_use_ifaddr", "mcast_querier", "mcast_hash_elasticity", "mcast_hash_max", "mcast_last_member_count", "mcast_startup_query_count", "mcast_last_member_interval", "mcast_membership_interval", "mcast_querier_interval", "mcast_query_interval", "mcast_query_response_interval", "mcast_startup_query_interval", "mcast_stats_enabled", "mcast_igmp_version", "mcast_mld_version", "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"];

type BridgeWords = Partial<BridgeSettings> & { ageingMs?: number; flush?: boolean };

/** What can be said of a bridge; times are written in hundredths of a second. */
function readBridge(words: Words): BridgeWords {
  const given: BridgeWords = {};
  while (words.more) {
    const word = words.need();
    if (matches(word, "fdb_flush")) {
      given.flush = true;
      continue;
    }
    const field = BRIDGE_NUMBERS[word as keyof typeof BRIDGE_NUMBERS];
    if (field !== undefined) given[field] = numberOf(words.need(), `invalid ${word}`, BRIDGE_MAX[word], "");
    else if (word === "ageing_time") given.ageingMs = numberOf(words.need(), "invalid ageing_time", undefined, "") * 10;
    else if (word === "stp_state" || word === "vlan_filtering") off(word, words.need());
    else if (BRIDGE_OTHERS.includes(word)) throw notModelled(`bridge ${word}`);
    else throw new IpFailure(`bridge: unknown command "${word}"?\n`, 1);
  }
  return given;
}

/** What can only stay off. */
function off(word: string, value: string): void {
  if (numberOf(value, `invalid ${word}`, undefined, "") !== 0) throw notModelled(`bridge ${word} ${value}`);
}

export function setLink(words: Words, context: IpContext): void {
  const { given, kind } = readChanges(words, context, false);
  const { ns } = context;
  const { device: name, index: _index, peer: _peer, ...changes } = given;
  if (name === undefined) throw new IpFailure('Not enough information: "dev" argument is required.\n', 255);
  const device = deviceOr(ns, name);
  if (kind === "vxlan" && words.more) throw notModelled("type vxlan");
  linkSet(ns, name, changes as LinkChanges);
  if (kind === undefined) return;
  if (kind === "bridge_slave") return setSlave(words, ns, name);
  if (kind === "bridge") {
    const given = readBridge(words);
    if (!(device instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
    return setBridge(device, given);
  }
  if (kind === device.kind && kind !== "vxlan" && !words.more) return;
  if (words.more && !["veth", "vxlan", "dummy"].includes(kind)) throw new IpFailure(`Garbage instead of arguments "${words.need()} ...". Try "ip link help".\n`, 1);
  if (kind === "vxlan") throw new NetlinkError("EINVAL", "Required attributes not provided to perform the operation");
  throw notModelled(`type ${kind}`);
}

const SLAVE_FLAGS = { hairpin: "hairpin", guard: "guard", root_block: "rootBlock", fastleave: "fastLeave", learning: "learning", flood: "flood", mcast_flood: "mcastFlood", bcast_flood: "bcastFlood", isolated: "isolated", vlan_tunnel: "vlanTunnel", locked: "locked" } as const;

function portStateOf(word: string): PortState {
  return PORT_STATES[numberOf(word, "state is invalid", 4, "")] ?? "forwarding";
}

function setSlave(words: Words, ns: Netns, name: string): void {
  const changes: { -readonly [K in keyof PortFlags]?: PortFlags[K] } = {};
  let flush = false;
  while (words.more) {
    const word = words.need();
    const flag = SLAVE_FLAGS[word as keyof typeof SLAVE_FLAGS];
    if (flag !== undefined) changes[flag] = slaveOnOff(words.need(), word);
    else if (word === "priority" || word === "cost") changes[word] = numberOf(words.need(), `${word} is invalid`, word === "cost" ? undefined : 0xffff, "");
    else if (word === "state") changes.state = portStateOf(words.need());
    else if (matches(word, "fdb_flush")) flush = true;
    else if (["neigh_suppress", "proxy_arp", "mcast_router", "group_fwd_mask", "proxy_arp_wifi", "mcast_fast_leave", "mcast_to_unicast", "backup_port", "nobackup_port"].includes(word)) throw notModelled(`bridge_slave ${word}`);
    else throw new IpFailure(`bridge_slave: unknown option "${word}"?\n`, 1);
  }
  slaveSet(ns, name, changes);
  if (flush) portOf(ns, name).bridge.fdb.flush(portOf(ns, name));
}

function setBridge(bridge: BridgeDevice, { ageingMs, flush, ...settings }: BridgeWords): void {
  if (ageingMs !== undefined) bridge.fdb.ageingMs = ageingMs;
  if (flush) bridge.fdb.flush();
  Object.assign(bridge.settings, settings);
}

export function deleteLink(words: Words, context: IpContext): void {
  const { given } = readChanges(words, context, false);
  const name = given.device ?? "";
  deviceOr(context.ns, name);
  linkDelete(context.ns, name);
}
