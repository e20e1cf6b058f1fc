/**
 * What of a packet can be asked for by name: header fields (src/proto.c), meta keys (src/meta.c)
 * and conntrack's (src/ct.c), each with its type and how it is read from a packet.
 */
import { ipv4Length, segmentLength } from "../../wire/ipv4";
import type { Packet } from "../../wire/packet";
import type { Skb } from "../../net/skb";
import * as types from "./datatypes";
import type { Datatype } from "./datatypes";
import type { Expr } from "./model";
import { ipBits, rawBits, transportBits } from "./raw-payload";

export type Field = {
  readonly type: Datatype;
  /** Bits of the header, and where they stand: for shifts and concatenations only the width matters. */
  readonly get?: (packet: Packet) => number | undefined;
  readonly set?: (packet: Packet, value: number) => void;
  /** Read from the frame rather than the datagram. */
  readonly link?: (skb: Skb) => number | undefined;
  /** Known and not modelled. */
  readonly absent?: boolean;
};
export type Fields = Readonly<Record<string, Field>>;

const { integer } = types;
const absent = (type: Datatype = integer(16)): Field => ({ type, absent: true });

const IP: Fields = {
  version: { type: integer(4), get: () => 4 },
  hdrlength: { type: integer(4), get: () => 5 },
  dscp: { type: types.dscp, get: (p) => p.tos >>> 2, set: (p, v) => void (p.tos = (p.tos & 3) | (v << 2)) },
  ecn: { type: types.ecn, get: (p) => p.tos & 3, set: (p, v) => void (p.tos = (p.tos & 0xfc) | v) },
  length: { type: integer(16), get: (p) => ipv4Length(p) },
  id: { type: integer(16), get: (p) => p.id, set: (p, v) => void (p.id = v) },
  "frag-off": { type: integer(16), get: (p) => (p.df ? 0x4000 : 0) | (p.mf ? 0x2000 : 0) | (p.offset >>> 3) },
  ttl: { type: integer(8), get: (p) => p.ttl, set: (p, v) => void (p.ttl = v) },
  protocol: { type: types.inetProto, get: (p) => p.proto },
  checksum: { type: integer(16), get: ipBits(80, 16) },
  saddr: { type: types.ipv4Addr, get: (p) => p.src, set: (p, v) => void (p.src = v as never) },
  daddr: { type: types.ipv4Addr, get: (p) => p.dst, set: (p, v) => void (p.dst = v as never) },
};

type Kind = "tcp" | "udp" | "icmp";
/** Of a segment of that protocol, whole or a first fragment. */
function of<K extends Kind>(kind: K, type: Datatype, get: (segment: Extract<Packet["payload"], { kind: K }>) => number, set?: (segment: Extract<Packet["payload"], { kind: K }>, value: number) => void): Field {
  const segment = (p: Packet): Extract<Packet["payload"], { kind: K }> | undefined => {
    const payload = p.offset === 0 ? (p.whole ?? p.payload) : undefined;
    return payload?.kind === kind ? (payload as Extract<Packet["payload"], { kind: K }>) : undefined;
  };
  return {
    type,
    get: (p) => {
      const found = segment(p);
      return found && get(found);
    },
    ...(set && {
      set: (p: Packet, value: number) => {
        const found = segment(p);
        if (found) set(found, value);
      },
    }),
  };
}

const TCP: Fields = {
  sport: of("tcp", types.inetService, (s) => s.sport, (s, v) => void (s.sport = v)),
  dport: of("tcp", types.inetService, (s) => s.dport, (s, v) => void (s.dport = v)),
  sequence: of("tcp", integer(32), (s) => s.seq),
  ackseq: of("tcp", integer(32), (s) => s.ack),
  doff: { type: integer(4), get: transportBits(6, 96, 4) },
  reserved: { type: integer(4), get: transportBits(6, 100, 4) },
  flags: of("tcp", types.tcpFlag, (s) => s.flags & 0xff, (s, v) => void (s.flags = v)),
  window: of("tcp", integer(16), (s) => s.window),
  checksum: { type: integer(16), get: transportBits(6, 128, 16) },
  urgptr: of("tcp", integer(16), () => 0),
}; // prettier-ignore

const UDP: Fields = {
  sport: of("udp", types.inetService, (s) => s.sport, (s, v) => void (s.sport = v)),
  dport: of("udp", types.inetService, (s) => s.dport, (s, v) => void (s.dport = v)),
  length: of("udp", integer(16), (s) => segmentLength(s)),
  checksum: { type: integer(16), get: transportBits(17, 48, 16) },
}; // prettier-ignore

const ICMP: Fields = {
  type: of("icmp", types.icmpType, (s) => s.type),
  code: of("icmp", types.icmpCode, (s) => s.code),
  checksum: { type: integer(16), get: transportBits(1, 16, 16) },
  id: of("icmp", integer(16), (s) => s.id),
  sequence: of("icmp", integer(16), (s) => s.seq),
  gateway: { type: integer(32), get: transportBits(1, 32, 32) },
  mtu: of("icmp", integer(16), (s) => s.mtu),
};

/** Ports of whatever transport there is. */
const port = (which: "sport" | "dport"): Field => ({
  type: types.inetService,
  get: (p) => {
    const { payload } = p;
    if (p.offset !== 0) return undefined;
    // Of others it is whatever stands there: type and code of ICMP, and its checksum.
    if (payload.kind !== "tcp" && payload.kind !== "udp") return rawBits(p, "th", which === "sport" ? 0 : 16, 16);
    return payload[which];
  },
});
const TH: Fields = { sport: port("sport"), dport: port("dport") };

/** Fields of a transport that nobody speaks here, by where they stand: what a raw packet may carry. */
function spoken(proto: number, fields: Readonly<Record<string, readonly [type: Datatype, offset: number]>>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, [type, offset]]): [string, Field] => [name, { type, get: transportBits(proto, offset, type.bits) }]));
}
const PORTS = { sport: [types.inetService, 0], dport: [types.inetService, 16] } as const;

/** Of a frame that came in by a device: one this machine made has none yet. */
const ETHER: Fields = {
  saddr: { type: types.etherAddr, link: (skb) => skb.srcMac },
  daddr: { type: types.etherAddr, link: (skb) => skb.dstMac },
  type: { type: types.etherType, link: (skb) => (skb.srcMac === undefined ? undefined : 0x0800) },
};

const names = (words: string): Fields => Object.fromEntries(words.split(" ").map((word) => [word, absent()]));

export const FIELDS: Readonly<Record<string, Fields>> = {
  ip: IP,
  tcp: TCP,
  udp: UDP,
  icmp: ICMP,
  th: TH,
  ip6: names("version dscp ecn flowlabel length nexthdr hoplimit saddr daddr"),
  ether: ETHER,
  arp: names("htype ptype hlen plen operation saddr daddr"),
  vlan: names("id cfi dei pcp type"),
  icmpv6: names("type code checksum parameter-problem packet-too-big id sequence max-delay"),
  udplite: spoken(136, { ...PORTS, csumcov: [integer(16), 32], checksum: [integer(16), 48] }),
  sctp: { ...spoken(132, { ...PORTS, vtag: [integer(32), 32], checksum: [integer(32), 64] }), chunk: absent() },
  dccp: { ...spoken(33, { ...PORTS, type: [types.dccpType, 67] }), option: absent() },
  esp: spoken(50, { spi: [integer(32), 0], sequence: [integer(32), 32] }),
  ah: spoken(51, { nexthdr: [types.inetProto, 0], hdrlength: [integer(8), 8], reserved: [integer(16), 16], spi: [integer(32), 32], sequence: [integer(32), 64] }),
  comp: spoken(108, { nexthdr: [types.inetProto, 0], flags: [types.flagBits(8), 8], cpi: [integer(16), 16] }),
  igmp: spoken(2, { type: [types.igmpType, 0], mrt: [integer(8), 8], checksum: [integer(16), 16], group: [integer(32), 32] }),
  socket: names("transparent mark wildcard cgroupv2"),
  exthdr: names("hbh rt frag dst mh"),
  ipsec: names("in out"),
};

/** Each field as an expression: one for all rules. */
export const PAYLOADS: Readonly<Record<string, Readonly<Record<string, Expr>>>> = Object.fromEntries(
  Object.entries(FIELDS).map(([protocol, fields]) => [protocol, Object.fromEntries(Object.entries(fields).map(([field, def]): [string, Expr] => [field, { kind: "payload", protocol, field, def, type: def.type }]))]),
);

/** The number by which each transport is known. */
export const TRANSPORTS: Readonly<Record<string, number>> = { icmp: 1, igmp: 2, tcp: 6, udp: 17, dccp: 33, esp: 50, ah: 51, comp: 108, sctp: 132, udplite: 136 };

export const META: Readonly<Record<string, Datatype>> = {
  mark: types.mark,
  l4proto: types.inetProto,
  iifname: types.ifname,
  oifname: types.ifname,
  iif: types.ifaceIndex,
  oif: types.ifaceIndex,
  nfproto: types.nfProto,
  protocol: types.etherType,
  skuid: types.uid,
  skgid: types.gid,
  pkttype: types.pktType,
  length: integer(32, "host"),
  nftrace: integer(1, "host"),
  cpu: integer(32, "host"),
  random: integer(32, "host"),
  iiftype: types.ifaceType,
  oiftype: types.ifaceType,
  iifgroup: types.devgroup,
  oifgroup: types.devgroup,
  iifkind: types.ifkind,
  oifkind: types.ifkind,
  cgroup: integer(32, "host"),
  rtclassid: types.realm,
  hour: types.hour,
  day: types.day,
  time: types.date,
};
export const METAS: Readonly<Record<string, Expr>> = Object.fromEntries(Object.entries(META).map(([key, type]): [string, Expr] => [key, { kind: "meta", key, type }]));
export const META_KEYS: ReadonlySet<string> = new Set(Object.keys(META));
/** Those that need no `meta` before them. */
export const UNQUALIFIED_META: ReadonlySet<string> = new Set(["mark", "iif", "iifname", "oif", "oifname", "skuid", "skgid", "pkttype", "nftrace", "cpu", "iiftype", "oiftype", "iifgroup", "oifgroup", "cgroup", "rtclassid"]);
/** Those that a listing writes without it. */
export const BARE_META: ReadonlySet<string> = new Set(["iif", "iifname", "oif", "oifname", "iifgroup", "oifgroup"]);

export const CT: Readonly<Record<string, Datatype>> = {
  state: types.ctState,
  direction: types.ctDir,
  status: types.ctStatus,
  mark: types.mark,
  expiration: types.time,
  protocol: types.inetProto,
  l3proto: types.nfProto,
  zone: integer(16, "host"),
  id: integer(32),
  avgpkt: integer(64, "host"),
  helper: types.string,
  saddr: types.ipv4Addr,
  daddr: types.ipv4Addr,
  "proto-src": types.inetService,
  "proto-dst": types.inetService,
  packets: integer(64, "host"),
  bytes: integer(64, "host"),
};
