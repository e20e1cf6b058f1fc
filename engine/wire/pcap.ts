/**
 * Capture files as tcpdump, tshark and Wireshark read and write them (pcap, version 2.4), with
 * Ethernet frames, or with Linux's "cooked" header when several devices were listened to.
 */
import { ByteWriter } from "../core/bytes";
import { decodeFrame, decodeNetwork } from "./decode";
import { encodeFrame } from "./ethernet";
import type { Mac } from "./mac";
import { ETHERTYPE, type Frame } from "./packet";

export const LINKTYPE = { ethernet: 1, sll2: 276 } as const;
export type LinkType = (typeof LINKTYPE)[keyof typeof LINKTYPE];

const MAGIC = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const SLL2_BYTES = 20;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/** PACKET_HOST and so on: who a frame was for, as its receiver saw it. */
export const PACKET_TYPE = { host: 0, broadcast: 1, multicast: 2, otherhost: 3, outgoing: 4 } as const;

export type Captured = {
  /** Microseconds since 1970. */
  readonly us: number;
  readonly frame: Frame;
  /** Only in cooked files. */
  readonly device?: { readonly index: number; readonly packetType: number; readonly loopback: boolean };
  /** How long it was, and how much of that was kept. */
  readonly bytes: Uint8Array;
  readonly length: number;
};

export function pcapHeader(linkType: LinkType, snaplen: number): Uint8Array {
  return new ByteWriter(FILE_HEADER_BYTES).u32le(MAGIC).u16le(2).u16le(4).u32le(0).u32le(0).u32le(snaplen).u32le(linkType).done();
}

/** The bytes of a frame as the link type has them. */
export function linkBytes(frame: Frame, device: Captured["device"]): Uint8Array {
  const out = new ByteWriter(256);
  if (device === undefined) {
    encodeFrame(frame, out);
    return out.done();
  }
  out.u16(frame.payload.kind === "arp" ? ETHERTYPE.arp : ETHERTYPE.ipv4).u16(0).u32(device.index);
  out.u16(device.loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER).u8(device.packetType).u8(6).u48(frame.src).u16(0);
  const inner = new ByteWriter(256);
  encodeFrame(frame, inner);
  return out.bytes(inner.view(14)).done();
}

export function pcapRecord(us: number, bytes: Uint8Array, length: number): Uint8Array {
  const out = new ByteWriter(RECORD_HEADER_BYTES + bytes.length);
  return out.u32le(Math.floor(us / 1_000_000)).u32le(us % 1_000_000).u32le(bytes.length).u32le(length).bytes(bytes).done();
}

/** `cut`: where the file ends in the middle of a record. */
export type PcapFile = { readonly linkType: LinkType; readonly snaplen: number; readonly frames: readonly Captured[]; readonly cut?: { readonly wanted: string; readonly got: number } };

/** Undefined when it is no capture file, or of a link type not known here. */
export function decodePcap(bytes: Uint8Array): PcapFile | undefined {
  if (bytes.length < FILE_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  const little = magic === MAGIC || magic === MAGIC_NS;
  const actual = view.getUint32(0, little);
  if (actual !== MAGIC && actual !== MAGIC_NS) return undefined;
  const linkType = view.getUint32(20, little) & 0xffff;
  if (linkType !== LINKTYPE.ethernet && linkType !== LINKTYPE.sll2) return undefined;
  const frames: Captured[] = [];
  let cut: PcapFile["cut"];
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const [head, rest] = [bytes.length - at, bytes.length - at - RECORD_HEADER_BYTES];
    if (rest < 0) {
      cut = { wanted: `${RECORD_HEADER_BYTES} header bytes`, got: head };
      break;
    }
    const kept = view.getUint32(at + 8, little);
    if (rest < kept) {
      cut = { wanted: `${kept} captured bytes`, got: rest };
      break;
    }
    const fraction = view.getUint32(at + 4, little);
    const us = view.getUint32(at, little) * 1_000_000 + (actual === MAGIC_NS ? Math.floor(fraction / 1000) : fraction);
    const length = view.getUint32(at + 12, little);
    const data = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + kept);
    const read = linkType === LINKTYPE.ethernet ? ethernet(data) : cooked(data);
    if (read) frames.push({ us, ...read, bytes: data, length });
    at += RECORD_HEADER_BYTES + kept;
  }
  return { linkType, snaplen: view.getUint32(16, little), frames, ...(cut && { cut }) };
}

function ethernet(data: Uint8Array): Pick<Captured, "frame" | "device"> | undefined {
  const frame = decodeFrame(data);
  return frame && { frame };
}

function cooked(data: Uint8Array): Pick<Captured, "frame" | "device"> | undefined {
  if (data.length < SLL2_BYTES) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const payload = decodeNetwork(view.getUint16(0), data.subarray(SLL2_BYTES));
  if (payload === undefined) return undefined;
  const src = view.getUint16(12) * 0x1_0000_0000 + view.getUint32(14);
  return { frame: { dst: 0 as Mac, src: src as Mac, payload }, device: { index: view.getUint32(4), packetType: view.getUint8(10), loopback: view.getUint16(8) === ARPHRD_LOOPBACK } };
}
