/**
 * `@th,16,16`: so many bits from so many bits on, of the network header, the transport header or
 * what it carries (nft_payload.c). Where they are a field that has a name, nft knows it by that
 * name again when it lists the rule (payload_expr_complete).
 */
import { ByteWriter } from "../../core/bytes";
import { encodeIpv4, encodeSegment } from "../../wire/ipv4";
import type { Packet } from "../../wire/packet";
import { tcpHeaderLength } from "../../wire/tcp";

export type RawBase = "ll" | "nh" | "th" | "ih";
export const RAW_BASES: readonly string[] = ["ll", "nh", "th", "ih"];

const NAMED: Readonly<Record<string, string>> = {
  "nh,0,4": "ip version",
  "nh,4,4": "ip hdrlength",
  "nh,8,6": "ip dscp",
  "nh,14,2": "ip ecn",
  "nh,16,16": "ip length",
  "nh,32,16": "ip id",
  "nh,48,16": "ip frag-off",
  "nh,64,8": "ip ttl",
  "nh,72,8": "ip protocol",
  "nh,80,16": "ip checksum",
  "nh,96,32": "ip saddr",
  "nh,128,32": "ip daddr",
  "th,0,16": "th sport",
  "th,16,16": "th dport",
};

/** Protocol and field, if these bits have a name. */
export function namedField(base: string, offset: number, length: number): readonly [protocol: string, field: string] | undefined {
  const [protocol, field] = NAMED[`${base},${offset},${length}`]?.split(" ") ?? [];
  return protocol === undefined || field === undefined ? undefined : [protocol, field];
}

const UDP_HEADER_BYTES = 8;

/** Undefined where the packet is not that long, and for the link layer, which is not kept here. */
export function rawBits(packet: Packet, base: RawBase, offset: number, length: number): number | undefined {
  if (base === "ll" || (base !== "nh" && packet.offset !== 0)) return undefined;
  const bytes = bytesFrom(packet, base);
  if (bytes === undefined || bytes.length * 8 < offset + length) return undefined;
  let value = 0;
  for (let bit = offset; bit < offset + length; bit++) value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  return value;
}

function bytesFrom(packet: Packet, base: RawBase): Uint8Array | undefined {
  const writer = new ByteWriter();
  if (base === "nh") encodeIpv4(packet, writer);
  else encodeSegment(packet, writer);
  if (base !== "ih") return writer.view();
  const { payload } = packet;
  const header = payload.kind === "tcp" ? tcpHeaderLength(payload.options) : payload.kind === "udp" ? UDP_HEADER_BYTES : undefined;
  return header === undefined ? undefined : writer.view().subarray(header);
}

/** A field of the IPv4 header that is asked for seldom. */
export const ipBits = (offset: number, length: number) => (packet: Packet): number | undefined => rawBits(packet, "nh", offset, length);

/** A field of a transport header, where that protocol is what the packet carries. */
export const transportBits = (proto: number, offset: number, length: number) => (packet: Packet): number | undefined => (packet.proto === proto ? rawBits(packet, "th", offset, length) : undefined);

