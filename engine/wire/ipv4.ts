/**
 * IPv4 (RFC 791): length and bytes of a datagram. Its header is always 20 bytes: options are
 * not modelled.
 */
import { ByteWriter, internetChecksum } from "../core/bytes";
import { encodeIcmp, icmpLength } from "./icmp";
import type { Packet, Segment } from "./packet";
import { encodeTcp, tcpLength } from "./tcp";
import { encodeUdp, udpLength } from "./udp";

export const IPV4_HEADER_BYTES = 20;
const DF = 0x4000;
const MF = 0x2000;

/** The total length field: header and all that follows. */
export function ipv4Length(packet: Packet): number {
  return IPV4_HEADER_BYTES + segmentLength(packet.payload);
}

export function segmentLength(segment: Segment): number {
  switch (segment.kind) {
    case "tcp":
      return tcpLength(segment);
    case "udp":
      return udpLength(segment);
    case "icmp":
      return icmpLength(segment);
    case "raw":
      return segment.data.length;
  }
}

export function encodeIpv4(packet: Packet, out: ByteWriter): void {
  const at = out.length;
  const flags = (packet.df ? DF : 0) | (packet.mf ? MF : 0) | (packet.offset >> 3);
  out.u8(0x45).u8(packet.tos).u16(ipv4Length(packet)).u16(packet.id).u16(flags);
  out.u8(packet.ttl).u8(packet.proto).u16(0).u32(packet.src).u32(packet.dst);
  out.patch16(at + 10, internetChecksum(out.view(at)));
  encodeSegment(packet, out);
}

/** The payload alone, with its checksum over the pseudo header of this datagram. */
export function encodeSegment(packet: Packet, out: ByteWriter): void {
  const { src, dst, payload, whole } = packet;
  // A first fragment has the length and the checksum of what it was cut from.
  if (whole !== undefined && packet.mf) {
    const bytes = new ByteWriter(segmentLength(whole));
    encodeSegment({ ...packet, mf: false, payload: asShown(whole, payload) }, bytes);
    out.bytes(bytes.view().subarray(0, segmentLength(payload)));
    return;
  }
  switch (payload.kind) {
    case "tcp":
      return encodeTcp(payload, src, dst, out);
    case "udp":
      return encodeUdp(payload, src, dst, out);
    case "icmp":
      return encodeIcmp(payload, out);
    case "raw":
      out.bytes(payload.data);
  }
}

/** The whole segment with what NAT has rewritten in its first fragment. */
export function asShown(whole: Segment, first: Segment): Segment {
  if (whole.kind === "icmp" && first.kind === "icmp") return { ...whole, id: first.id };
  if ((whole.kind === "udp" || whole.kind === "tcp") && (first.kind === "udp" || first.kind === "tcp")) return { ...whole, sport: first.sport, dport: first.dport };
  return whole;
}

/** The sum of the pseudo header (RFC 9293 §3.1): where a TCP or UDP checksum starts from. */
export function pseudoHeaderSum(src: number, dst: number, proto: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + proto + length;
}
