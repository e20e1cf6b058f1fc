/** What a primitive of the filter language asks of a packet (libpcap's gencode.c). */
import { BROADCAST_MAC, type Mac, parseMac } from "../../wire/mac";
import { arpAddress, etherAddress, etherGroup, etherType, firstFragment, ip6Next, ip6Opaque, ipAddress, ipProtocol, type Link, port, type Side } from "./filter-fields";
import { and, FilterProblem, NEVER, type Node, or } from "./filter-node";

export type Direction = "src" | "dst" | "src or dst" | "src and dst";

const ETHERTYPES: Readonly<Record<string, number>> = { ip: 0x0800, arp: 0x0806, rarp: 0x8035, ip6: 0x86dd, atalk: 0x809b, aarp: 0x80f3, decnet: 0x6003, sca: 0x6007, lat: 0x6004, mopdl: 0x6001, moprc: 0x6002, loopback: 0x9000 };
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132, icmp: 1, igmp: 2, igrp: 9, pim: 103, vrrp: 112, carp: 112, ah: 51, esp: 50, icmp6: 58 };
const OVER_BOTH = new Set(["tcp", "udp", "sctp", "pim", "ah", "esp"]);

export const etherTypeNamed = (name: string): number | undefined => ETHERTYPES[name];

/** gen_proto_abbrev(): `tcp`, `arp`, `ip6` alone. */
export function abbreviation(link: Link, name: string): Node {
  const proto = PROTOCOLS[name];
  if (proto !== undefined) {
    if (OVER_BOTH.has(name)) return or(inIp(link, proto), inIp6(link, proto));
    return name === "icmp6" ? inIp6(link, proto) : inIp(link, proto);
  }
  if (name === "ether") throw new FilterProblem("link layer applied in wrong context");
  const type = ETHERTYPES[name];
  return type === undefined ? NEVER : etherType(link, type);
}

function inIp(link: Link, proto: number): Node {
  return and(etherType(link, 0x0800), ipProtocol(link, proto));
}

function inIp6(link: Link, proto: number): Node {
  return and(etherType(link, 0x86dd), or(ip6Next(link, proto), and(ip6Next(link, 44), ip6Opaque("fragment next", link, proto))));
}

/** `ip proto 6`, `proto 6`, `ether proto 0x806`. */
export function protocol(link: Link, qualifier: string | undefined, number: number): Node {
  switch (qualifier) {
    case undefined:
      return or(inIp(link, number), inIp6(link, number));
    case "ip":
      return inIp(link, number);
    case "ip6":
      return inIp6(link, number);
    case "ether":
      return number <= 1500 ? NEVER : etherType(link, number);
    default:
      throw new FilterProblem(`'${qualifier} proto' is bogus`);
  }
}

function directed(direction: Direction, make: (side: Side) => Node): Node {
  if (direction === "src" || direction === "dst") return make(direction);
  const [a, b] = [make("src"), make("dst")];
  return direction === "src and dst" ? and(a, b) : or(a, b);
}

/** A host or a net: of IP and of ARP unless the qualifier says which. `what`: how the words call it. */
export function host(link: Link, qualifier: string | undefined, direction: Direction, address: number, mask: number, what: "host" | "net"): Node {
  const ofIp = (): Node => and(etherType(link, 0x0800), directed(direction, (side) => ipAddress(link, side, address, mask)));
  const ofArp = (type: number): Node => and(etherType(link, type), directed(direction, (side) => arpAddress(link, side, address, mask)));
  switch (qualifier) {
    case undefined:
      return or(ofIp(), ofArp(0x0806), ofArp(0x8035));
    case "ip":
      return ofIp();
    case "arp":
      return ofArp(0x0806);
    case "rarp":
      return ofArp(0x8035);
    case "ether":
      throw new FilterProblem(`link-layer modifier applied to ${what}`);
    case "ip6":
      throw new FilterProblem("'ip6' modifier applied to ip host");
    default:
      throw new FilterProblem(`'${qualifier}' modifier applied to ${what}`);
  }
}

/** An IPv6 address: no packet here has one. */
export function host6(link: Link, qualifier: string | undefined, text: string, what: "host" | "net"): Node {
  if (qualifier !== undefined && qualifier !== "ip6") throw new FilterProblem(qualifier === "ip" ? `'ip' modifier applied to ip6 ${what}` : `'${qualifier}' modifier applied to ip6 ${what}`);
  return and(etherType(link, 0x86dd), ip6Opaque(`address ${text}`, link, 1));
}

const PORT_PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** Of TCP, UDP and SCTP, in a datagram that is no later fragment. */
export function ports(link: Link, qualifier: string | undefined, direction: Direction, low: number, high: number): Node {
  const wanted = qualifier === undefined ? [6, 17, 132] : [PORT_PROTOCOLS[qualifier] ?? 0];
  const [first = NEVER, ...more] = wanted.map((proto) => and(ipProtocol(link, proto), firstFragment(link), directed(direction, (side) => port(link, side, low, high))));
  const [six = NEVER, ...moreSix] = wanted.map((proto) => and(ip6Next(link, proto), directed(direction, (side) => ip6Opaque(`port ${side}`, link, low * 65_536 + high))));
  return or(and(etherType(link, 0x0800), or(first, ...more)), and(etherType(link, 0x86dd), or(six, ...moreSix)));
}

const NO_ETHERNET = "ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel";

export function etherHost(link: Link, direction: Direction, text: string): Node {
  const mac = parseMac(macText(text));
  if (mac === undefined) throw new FilterProblem("syntax error");
  if (link.cooked) throw new FilterProblem(NO_ETHERNET);
  return directed(direction, (side) => etherAddress(side, mac));
}

/** 02-00-…, 0200.0000.0001 and the like. */
function macText(text: string): string {
  const digits = /^[0-9a-f]{4}\.|^[0-9a-f]{12}$/i.test(text) ? text.replaceAll(".", "").match(/../g) : text.split(/[:.-]/).map((part) => part.padStart(2, "0"));
  return (digits ?? []).join(":");
}

export function broadcast(link: Link, qualifier: string | undefined, netmask: number): Node {
  if (qualifier === undefined || qualifier === "ether") {
    if (link.cooked) throw new FilterProblem("not a broadcast link");
    return etherAddress("dst", BROADCAST_MAC as Mac);
  }
  if (qualifier !== "ip") throw new FilterProblem("only link-layer/IP broadcast filters supported");
  const hosts = ~netmask >>> 0;
  return and(etherType(link, 0x0800), or(ipAddress(link, "dst", 0, hosts), ipAddress(link, "dst", hosts, hosts)));
}

const NO_GROUPS = "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel";

export function multicast(link: Link, qualifier: string | undefined): Node {
  if (qualifier === undefined || qualifier === "ether") {
    if (link.cooked) throw new FilterProblem(NO_GROUPS);
    return etherGroup();
  }
  if (qualifier === "ip6") return and(etherType(link, 0x86dd), ip6Opaque("first byte", link, 255));
  if (qualifier !== "ip") throw new FilterProblem("link-layer/IP/IPv6 multicast filters supported only");
  const group: Node = { kind: "test", test: ({ frame: { payload } }) => payload.kind === "ipv4" && payload.dst >= 0xe000_0000 };
  return and(etherType(link, 0x0800), group);
}

/** `vlan` and its kin: types that no frame here has. */
export function tagged(link: Link, word: string): Node {
  switch (word) {
    case "vlan":
      return or(etherType(link, 0x8100), etherType(link, 0x88a8), etherType(link, 0x9100));
    case "mpls":
      return etherType(link, 0x8847);
    case "pppoed":
      return etherType(link, 0x8863);
    case "pppoes":
      return etherType(link, 0x8864);
    default:
      return ports(link, "udp", "dst", 6081, 6081);
  }
}

/** What an access such as tcp[13] asks first. */
export function guardOf(link: Link, layer: string): Node | undefined {
  if (layer === "ether") return undefined;
  const kind = abbreviation(link, layer);
  return PROTOCOLS[layer] === undefined ? kind : and(layer === "icmp6" ? kind : inIp(link, PROTOCOLS[layer] ?? 0), firstFragment(link));
}

