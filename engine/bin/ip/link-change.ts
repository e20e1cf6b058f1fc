/** `ip link add`, `set`, `delete` (iplink.c, link_veth.c, iplink_vxlan.c, iplink_bridge.c, iplink_bridge_slave.c). */
import type { Netns } from "../../net/netns";
import { type LinkChanges, type LinkSpec, linkAdd, linkDelete, linkSet, portSet } from "../../net/netlink";
import type { VxlanOptions } from "../../link/vxlan";
import { BridgeDevice } from "../../link/bridge";
import { type Mac, parseMac } from "../../wire/mac";
import { type IpContext, deviceOr } from "./context";
import { IpFailure, type Words, addressOf, garbage, invalidArgument, matches, notModelled, numberOf } from "./words";

type Given = { -readonly [K in keyof LinkChanges]?: LinkChanges[K] } & { device?: string; index?: number; peer?: { name?: string; ns?: Netns; mac?: Mac; mtu?: number } };

const NOT_MODELLED = ["link", "broadcast", "brd", "xdp", "xdpgeneric", "xdpdrv", "xdpoffload", "multicast", "allmulticast", "trailers", "arp", "vf", "dynamic", "group", "mode", "state", "numtxqueues", "numrxqueues", "addrgenmode", "link-netns", "link-netnsid", "protodown", "protodown_reason", "gso_max_size", "gso_max_segs", "gro_max_size", "parentdev", "node_guid", "port_guid", "carrier", "vrf", "altname"];

export function addLink(words: Words, context: IpContext): void {
  const { given, kind } = readChanges(words, context, true);
  const name = given.name ?? given.device;
  if (kind === undefined) throw new IpFailure('Not enough information: "type" argument is required\n', 1);
  if (!["veth", "bridge", "vxlan", "dummy"].includes(kind)) throw unknownKind(kind);
  const home = given.netns ?? context.ns;
  const vxlan = kind === "vxlan" ? readVxlan(words, context) : undefined;
  if (kind === "veth") readPeer(words, context, given);
  const ageingMs = kind === "bridge" ? readBridge(words) : undefined;
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
    ...(ageingMs === undefined ? {} : { ageingMs }),
  };
  linkAdd(home, spec);
  if (given.master !== undefined) linkSet(home, spec.name, { master: given.master });
  if (given.up !== undefined) linkSet(home, spec.name, { up: given.up });
}

/** The kernel knows types this emulation does not; what nobody knows is refused as the kernel does. */
function unknownKind(kind: string): IpFailure {
  const known = ["vlan", "macvlan", "macvtap", "ipvlan", "ipip", "sit", "gre", "gretap", "geneve", "wireguard", "vrf", "bond", "team", "ifb", "tun", "vti", "nlmon", "vxcan", "vcan", "xfrm"];
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
    if (readChange(word, words, given, context)) continue;
    if (NOT_MODELLED.includes(word)) throw notModelled(word);
    const name = word === "dev" ? words.need() : word;
    if (given.device !== undefined) throw garbage("dev", name);
    given.device = name;
  }
  if (!adding && given.device === undefined) throw new IpFailure('Not enough information: "dev" argument is required.\n', 255);
  return { given, kind: undefined };
}

/** One keyword with its value; false if it is none. */
function readChange(word: string, words: Words, given: Given, context: IpContext): boolean {
  if (word === "up" || word === "down") given.up = word === "up";
  else if (word === "name") given.name = words.need();
  else if (matches(word, "index") && word.length > 2) given.index = numberOf(words.need(), "invalid \"index\" value");
  else if (matches(word, "address") && word.length > 1) given.mac = macOf(words.need());
  else if (["txqueuelen", "qlen", "txqlen"].includes(word)) given.txQueueLength = numberOf(words.need(), 'Invalid "txqueuelen" value\n'.trim());
  else if (word === "mtu") given.mtu = numberOf(words.need(), 'Invalid "mtu" value');
  else if (word === "netns") given.netns = namespaceOf(words.need(), context);
  else if (word === "master") given.master = masterOf(words.need(), context);
  else if (word === "nomaster") given.master = null;
  else if (word === "alias") given.alias = words.need();
  else if (word === "promisc") given.promiscuous = onOff(words.need(), "promisc");
  else return false;
  return true;
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
  throw new IpFailure(`Error: argument of "${key}" must be one of "on" or "off", not "${word}"\n`, 255);
}

function namespaceOf(name: string, { names }: IpContext): Netns {
  const ns = names.get(name);
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

function readVxlan(words: Words, { ns }: IpContext): VxlanOptions {
  const options: { -readonly [K in keyof VxlanOptions]?: VxlanOptions[K] } = {};
  while (words.more) {
    const word = words.need();
    if (word === "id" || word === "vni") {
      const written = words.need();
      options.id = numberOf(written, "invalid id", 0xffffff);
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
    else throw new IpFailure(`vxlan: unknown command "${word}"?\n`, 255);
  }
  if (options.id === undefined) throw new IpFailure("Error: Required attributes not provided to perform the operation.\n", 2);
  // Without a port, Linux takes its own historical one and says so.
  return { ...options, id: options.id };
}

function ttlOf(word: string): number {
  return word === "auto" || word === "inherit" ? 0 : numberOf(word, "TTL must be <= 255", 255);
}

/** What can be said of a bridge. Answers its ageing time, which is written in hundredths of a second. */
function readBridge(words: Words): number | undefined {
  let ageingMs: number | undefined;
  while (words.more) {
    const word = words.need();
    const value = words.need();
    if (word === "stp_state" && value === "0") continue;
    if (word === "vlan_filtering" && value === "0") continue;
    if (word === "ageing_time") {
      ageingMs = numberOf(value, "invalid ageing_time") * 10;
      continue;
    }
    if (["forward_delay", "hello_time", "max_age", "stp_state", "priority", "vlan_filtering", "vlan_protocol", "mcast_snooping", "mcast_querier", "nf_call_iptables", "group_fwd_mask", "vlan_default_pvid", "no_linklocal_learn"].includes(word)) throw notModelled(`bridge ${word} ${value}`);
    throw new IpFailure(`bridge: unknown command "${word}"?\n`, 255);
  }
  return ageingMs;
}

export function setLink(words: Words, context: IpContext): void {
  const { given, kind } = readChanges(words, context, false);
  const { ns } = context;
  const { device: name, index: _index, peer: _peer, ...changes } = given;
  if (name === undefined) throw new IpFailure('Not enough information: "dev" argument is required.\n', 255);
  deviceOr(ns, name);
  linkSet(ns, name, changes as LinkChanges);
  if (kind === undefined) return;
  if (kind === "bridge_slave") return setSlave(words, ns, name);
  if (kind === "bridge") return setBridge(words, ns, name);
  throw notModelled(`type ${kind}`);
}

const SLAVE_FLAGS = { hairpin: "hairpin", guard: "guard", root_block: "rootBlock", fastleave: "fastLeave", learning: "learning", flood: "flood", mcast_flood: "mcastFlood", bcast_flood: "bcastFlood", isolated: "isolated", neigh_suppress: "neighSuppress", proxy_arp: "proxyArp" } as const;
/** What only shows: nothing here acts on it. */
const INERT_FLAGS = ["guard", "root_block", "fastleave"];

function setSlave(words: Words, ns: Netns, name: string): void {
  while (words.more) {
    const word = words.need();
    const flag = SLAVE_FLAGS[word as keyof typeof SLAVE_FLAGS];
    if (flag === undefined || INERT_FLAGS.includes(word) || word === "neigh_suppress" || word === "proxy_arp") {
      if (flag !== undefined || ["state", "priority", "cost", "mcast_router", "vlan_tunnel", "locked", "group_fwd_mask", "proxy_arp_wifi", "mcast_fast_leave", "mcast_to_unicast", "fdb_flush", "backup_port"].includes(word)) throw notModelled(`bridge_slave ${word}`);
      throw new IpFailure(`bridge_slave: unknown option "${word}"?\n`, 255);
    }
    portSet(ns, name, { [flag]: onOff(words.need(), word) });
  }
}

function setBridge(words: Words, ns: Netns, name: string): void {
  const bridge = deviceOr(ns, name);
  const ageingMs = readBridge(words);
  if (ageingMs !== undefined && bridge instanceof BridgeDevice) bridge.fdb.ageingMs = ageingMs;
}

export function deleteLink(words: Words, context: IpContext): void {
  const { given } = readChanges(words, context, false);
  const name = given.device ?? "";
  deviceOr(context.ns, name);
  linkDelete(context.ns, name);
}
