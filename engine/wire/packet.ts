/**
 * What travels: frames, datagrams, segments. Plain objects, and mutable where the kernel
 * rewrites an skb in place (addresses, ports, TTL); whoever keeps one must clone it first.
 *
 * Checksums are not stored: they are right whenever a packet is encoded, as on a network card
 * with checksum offload. How each protocol is encoded and printed stands in a file of its own.
 */
import type { Ip } from "./ip";
import type { Mac } from "./mac";

export const PROTO = { icmp: 1, tcp: 6, udp: 17 } as const;
export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806 } as const;

export type Frame = { dst: Mac; src: Mac; payload: Packet | Arp };

/** RFC 826. `op` 1 asks, 2 answers. */
export type Arp = { readonly kind: "arp"; op: 1 | 2; senderMac: Mac; senderIp: Ip; targetMac: Mac; targetIp: Ip };

/** An IPv4 datagram (RFC 791), without options. */
export type Packet = {
  readonly kind: "ipv4";
  src: Ip;
  dst: Ip;
  ttl: number;
  tos: number;
  id: number;
  df: boolean;
  /** More fragments follow. */
  mf: boolean;
  /** Where this fragment belongs, in bytes; a multiple of eight. */
  offset: number;
  /** The protocol number; the same as the payload's unless this is a later fragment. */
  proto: number;
  payload: Segment;
  /** Of a first fragment: the segment it was cut from, so that putting it together again needs no parser. */
  whole?: Segment;
};

export type Segment = Tcp | Udp | Icmp | Raw;

export type Tcp = {
  readonly kind: "tcp";
  sport: number;
  dport: number;
  seq: number;
  ack: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  flags: number;
  window: number;
  options: TcpOptions;
  data: Uint8Array;
  /** One large segment, for some device to cut up: the data of each part (gso_size). */
  gsoSize?: number;
};

export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** In the order Linux writes them; undefined ones are absent. */
export type TcpOptions = {
  readonly mss?: number;
  readonly sackPermitted?: boolean;
  readonly timestamp?: readonly [value: number, echo: number];
  readonly windowScale?: number;
  readonly sack?: readonly (readonly [left: number, right: number])[];
};

export type Udp = {
  readonly kind: "udp";
  sport: number;
  dport: number;
  data: Uint8Array;
  /** A VXLAN datagram carries a frame instead of bytes (`data` is empty then). */
  vxlan?: Vxlan;
};

/** RFC 7348. */
export type Vxlan = { readonly vni: number; readonly frame: Frame };

export type Icmp = {
  readonly kind: "icmp";
  type: number;
  code: number;
  /** Echo and its answer: identifier and sequence number. */
  id: number;
  seq: number;
  /** Fragmentation needed (3/4): the next hop's MTU. */
  mtu: number;
  /** An error quotes the datagram it is about; NAT translates it too. */
  quoted?: Packet;
  /** How much of it, where the way back carries less than 576 bytes, or this is a first fragment. */
  quoteBytes?: number;
  data: Uint8Array;
};

/** A payload that is not looked into: another protocol, or a later fragment. */
export type Raw = { readonly kind: "raw"; data: Uint8Array };

export function clonePacket(packet: Packet): Packet {
  return { ...packet, payload: cloneSegment(packet.payload) };
}

export function cloneSegment(segment: Segment): Segment {
  if (segment.kind === "icmp" && segment.quoted) return { ...segment, quoted: clonePacket(segment.quoted) };
  if (segment.kind === "udp" && segment.vxlan) return { ...segment, vxlan: { vni: segment.vxlan.vni, frame: cloneFrame(segment.vxlan.frame) } };
  return { ...segment };
}

export function cloneFrame(frame: Frame): Frame {
  return { dst: frame.dst, src: frame.src, payload: frame.payload.kind === "arp" ? { ...frame.payload } : clonePacket(frame.payload) };
}
