/**
 * ICMP (RFC 792): length, bytes and the names of its types. An error carries the beginning of
 * the datagram it is about, as much as fits into 576 bytes (RFC 1812 §4.3.2.3).
 */
import { ByteWriter, internetChecksum } from "../core/bytes";
import { encodeIpv4, ipv4Length } from "./ipv4";
import type { Icmp, Packet } from "./packet";

export const ICMP = { echoReply: 0, unreachable: 3, sourceQuench: 4, redirect: 5, echo: 8, timeExceeded: 11, parameterProblem: 12, timestamp: 13, timestampReply: 14 } as const;

/** Codes of ICMP type 3. */
export const UNREACHABLE = { net: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4, sourceRoute: 5, netProhibited: 9, hostProhibited: 10, adminProhibited: 13 } as const;

export const ICMP_HEADER_BYTES = 8;
/** 576 bytes less the IP and ICMP headers of the error itself. */
export const QUOTE_BYTES = 576 - 20 - ICMP_HEADER_BYTES;

export function isIcmpError(type: number): boolean {
  return type === ICMP.unreachable || type === ICMP.sourceQuench || type === ICMP.redirect || type === ICMP.timeExceeded || type === ICMP.parameterProblem;
}

export function icmpLength(icmp: Icmp): number {
  if (icmp.quoted === undefined) return ICMP_HEADER_BYTES + icmp.data.length;
  return ICMP_HEADER_BYTES + Math.min(ipv4Length(icmp.quoted), icmp.quoteBytes ?? QUOTE_BYTES);
}

/** What an error says of the datagram it is about, as bytes. */
export function quotation({ quoteBytes = QUOTE_BYTES }: Icmp, quoted: Packet): Uint8Array {
  const quote = new ByteWriter(256);
  encodeIpv4(quoted, quote);
  return quote.view().subarray(0, quoteBytes);
}

export function encodeIcmp(icmp: Icmp, out: ByteWriter): void {
  const at = out.length;
  out.u8(icmp.type).u8(icmp.code).u16(0);
  if (icmp.type === ICMP.unreachable) out.u16(0).u16(icmp.mtu);
  else if (icmp.type === ICMP.redirect) out.u32(icmp.id * 0x1_0000 + icmp.seq);
  else out.u16(icmp.id).u16(icmp.seq);
  if (icmp.quoted === undefined) out.bytes(icmp.data);
  else out.bytes(quotation(icmp, icmp.quoted));
  out.patch16(at + 2, internetChecksum(out.view(at)));
}
