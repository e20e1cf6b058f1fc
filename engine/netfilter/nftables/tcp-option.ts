/** `tcp option maxseg size`: TCP's options by name (src/tcpopt.c), and how nft_exthdr.c reads and writes them. */
import { ByteWriter } from "../../core/bytes";
import { encodeSegment } from "../../wire/ipv4";
import type { Packet } from "../../wire/packet";

type Span = { readonly at: number; readonly bytes: number };
type Option = { readonly number: number; readonly fields: Readonly<Record<string, Span>> };

const one = (at: number, bytes: number): Span => ({ at, bytes });
const LENGTH = { length: one(1, 1) };
export const TCP_OPTIONS: Readonly<Record<string, Option>> = {
  eol: { number: 0, fields: {} },
  nop: { number: 1, fields: {} },
  maxseg: { number: 2, fields: { ...LENGTH, size: one(2, 2) } },
  window: { number: 3, fields: { ...LENGTH, count: one(2, 1) } },
  "sack-perm": { number: 4, fields: LENGTH },
  sack: { number: 5, fields: { ...LENGTH, left: one(2, 4), right: one(6, 4) } },
  mptcp: { number: 30, fields: LENGTH },
  timestamp: { number: 8, fields: { ...LENGTH, tsval: one(2, 4), tsecr: one(6, 4) } },
};

const HEADER_BYTES = 20;
const DATA_OFFSET = 12;

/** The option's bytes as they would be on the wire. */
function optionOf(packet: Packet, wanted: number): Uint8Array | undefined {
  if (packet.payload.kind !== "tcp" || packet.offset !== 0) return undefined;
  const writer = new ByteWriter();
  encodeSegment(packet, writer);
  const bytes = writer.view();
  const end = ((bytes[DATA_OFFSET] ?? 0) >> 4) * 4;
  for (let at = HEADER_BYTES; at < end; ) {
    const number = bytes[at] ?? 0;
    const length = number < 2 ? 1 : Math.max(2, bytes[at + 1] ?? 2);
    if (number === wanted) return bytes.subarray(at, at + length);
    at += length;
  }
  return undefined;
}

/** Without a field: is it there at all? */
export function readTcpOption(packet: Packet, number: number, span: Span | undefined): number | undefined {
  const bytes = optionOf(packet, number);
  if (span === undefined) return bytes === undefined ? 0 : 1;
  if (bytes === undefined || bytes.length < span.at + span.bytes) return undefined;
  let value = 0;
  for (let at = 0; at < span.bytes; at++) value = value * 256 + (bytes[span.at + at] ?? 0);
  return value;
}

/** nft_exthdr_tcp_set_eval: a segment size is only ever lowered; an option that is not there stays away. */
export function writeMaxseg(packet: Packet, size: number): void {
  const { payload } = packet;
  if (payload.kind !== "tcp" || payload.options.mss === undefined || payload.options.mss <= size) return;
  payload.options = { ...payload.options, mss: size };
}
