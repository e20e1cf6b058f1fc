/**
 * From bytes back to frames: what a capture file holds, and what an ICMP error quotes. The reverse
 * of ethernet.ts, ipv4.ts and their kin. What is cut short or unknown becomes a payload not looked into.
 */
import type { Ip } from "./ip";
import type { Mac } from "./mac";
import { type Arp, ETHERTYPE, type Frame, type Icmp, type Packet, PROTO, type Segment, type Tcp, type TcpOptions, type Udp } from "./packet";
import { isIcmpError } from "./icmp";

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const VXLAN_BYTES = 8;
/** IANA's port, and the one Linux and flannel use. */
const VXLAN_PORTS: ReadonlySet<number> = new Set([4789, 8472]);

const u8 = (b: Uint8Array, at: number): number => b[at] ?? 0;
const u16 = (b: Uint8Array, at: number): number => (u8(b, at) << 8) | u8(b, at + 1);
const u32 = (b: Uint8Array, at: number): number => u16(b, at) * 0x1_0000 + u16(b, at + 2);
const u48 = (b: Uint8Array, at: number): number => u16(b, at) * 0x1_0000_0000 + u32(b, at + 2);

/** Undefined unless it carries IPv4 or ARP. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < ETHERNET_BYTES) return undefined;
  const payload = decodeNetwork(u16(bytes, 12), bytes.subarray(ETHERNET_BYTES));
  return payload && { dst: u48(bytes, 0) as Mac, src: u48(bytes, 6) as Mac, payload };
}

export function decodeNetwork(ethertype: number, bytes: Uint8Array): Packet | Arp | undefined {
  if (ethertype === ETHERTYPE.ipv4) return decodeIpv4(bytes);
  return ethertype === ETHERTYPE.arp ? decodeArp(bytes) : undefined;
}

function decodeArp(b: Uint8Array): Arp | undefined {
  const op = u16(b, 6);
  if (b.length < 28 || (op !== 1 && op !== 2)) return undefined;
  return { kind: "arp", op, senderMac: u48(b, 8) as Mac, senderIp: u32(b, 14) as Ip, targetMac: u48(b, 18) as Mac, targetIp: u32(b, 24) as Ip };
}

export function decodeIpv4(b: Uint8Array): Packet | undefined {
  const header = (u8(b, 0) & 15) * 4;
  if (b.length < IPV4_BYTES || u8(b, 0) >> 4 !== 4 || header < IPV4_BYTES) return undefined;
  const flags = u16(b, 6);
  const offset = (flags & 0x1fff) * 8;
  const proto = u8(b, 9);
  const body = b.subarray(header, Math.min(b.length, Math.max(u16(b, 2), header)));
  const payload = decodeSegment(proto, body, offset > 0);
  const packet: Packet = { kind: "ipv4", src: u32(b, 12) as Ip, dst: u32(b, 16) as Ip, ttl: u8(b, 8), tos: u8(b, 1), id: u16(b, 4), df: (flags & 0x4000) !== 0, mf: (flags & 0x2000) !== 0, offset, proto, payload };
  // How long it was before it was cut is known; what the other fragments carry is not.
  if (packet.mf && payload.kind === "udp") packet.whole = { ...payload, data: new Uint8Array(Math.max(0, u16(body, 4) - 8)) };
  return packet;
}

function decodeSegment(proto: number, b: Uint8Array, later: boolean): Segment {
  if (!later && proto === PROTO.tcp && b.length >= 20) return decodeTcp(b);
  if (!later && proto === PROTO.udp && b.length >= 8) return decodeUdp(b);
  if (!later && proto === PROTO.icmp && b.length >= 8) return decodeIcmp(b);
  return { kind: "raw", data: b };
}

function decodeTcp(b: Uint8Array): Tcp {
  const header = Math.max(20, (u8(b, 12) >> 4) * 4);
  return { kind: "tcp", sport: u16(b, 0), dport: u16(b, 2), seq: u32(b, 4), ack: u32(b, 8), flags: u8(b, 13), window: u16(b, 14), options: decodeTcpOptions(b.subarray(20, header)), data: b.subarray(header) };
}

function decodeTcpOptions(b: Uint8Array): TcpOptions {
  const options: { -readonly [K in keyof TcpOptions]: TcpOptions[K] } = {};
  for (let at = 0; at < b.length; ) {
    const kind = u8(b, at);
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = Math.max(2, u8(b, at + 1));
    if (kind === 2) options.mss = u16(b, at + 2);
    else if (kind === 3) options.windowScale = u8(b, at + 2);
    else if (kind === 4) options.sackPermitted = true;
    else if (kind === 5) options.sack = Array.from({ length: (length - 2) / 8 }, (_, i) => [u32(b, at + 2 + 8 * i), u32(b, at + 6 + 8 * i)] as const);
    else if (kind === 8) options.timestamp = [u32(b, at + 2), u32(b, at + 6)];
    at += length;
  }
  return options;
}

function decodeUdp(b: Uint8Array): Udp {
  const [sport, dport] = [u16(b, 0), u16(b, 2)];
  const data = b.subarray(8, Math.max(8, Math.min(b.length, u16(b, 4))));
  if (VXLAN_PORTS.has(dport) && data.length > VXLAN_BYTES + ETHERNET_BYTES) {
    const frame = decodeFrame(data.subarray(VXLAN_BYTES));
    if (frame) return { kind: "udp", sport, dport, data: new Uint8Array(0), vxlan: { vni: u32(data, 4) >>> 8, frame } };
  }
  return { kind: "udp", sport, dport, data };
}

function decodeIcmp(b: Uint8Array): Icmp {
  const type = u8(b, 0);
  const quoted = isIcmpError(type) ? decodeIpv4(completed(b.subarray(8))) : undefined;
  return { kind: "icmp", type, code: u8(b, 1), id: u16(b, 4), seq: u16(b, 6), mtu: type === 3 ? u16(b, 6) : 0, ...(quoted && { quoted }), data: quoted ? new Uint8Array(0) : b.subarray(8) };
}

/** A quotation is cut off; what is missing is taken to be zeros, so that its length is told truly. */
function completed(quote: Uint8Array): Uint8Array {
  const length = u16(quote, 2);
  if (length <= quote.length) return quote;
  const whole = new Uint8Array(length);
  whole.set(quote);
  return whole;
}
