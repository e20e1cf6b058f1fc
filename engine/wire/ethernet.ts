/**
 * Ethernet II (IEEE 802.3): two addresses and a type in front of every payload.
 *
 * Differs: frames are not padded to 60 bytes, as on every virtual device of Linux.
 */
import type { ByteWriter } from "../core/bytes";
import { ARP_BYTES, encodeArp } from "./arp";
import { encodeIpv4, ipv4Length } from "./ipv4";
import { ETHERTYPE, type Frame } from "./packet";

export const ETHERNET_HEADER_BYTES = 14;

export function frameLength({ payload }: Frame): number {
  return ETHERNET_HEADER_BYTES + (payload.kind === "arp" ? ARP_BYTES : ipv4Length(payload));
}

export function encodeFrame(frame: Frame, out: ByteWriter): void {
  const { payload } = frame;
  out.u48(frame.dst).u48(frame.src);
  if (payload.kind === "arp") {
    out.u16(ETHERTYPE.arp);
    encodeArp(payload, out);
  } else {
    out.u16(ETHERTYPE.ipv4);
    encodeIpv4(payload, out);
  }
}
