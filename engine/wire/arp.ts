/** ARP (RFC 826): who has this IPv4 address, and what is their Ethernet address? */
import type { ByteWriter } from "../core/bytes";
import { ETHERTYPE, type Arp } from "./packet";

export const ARP_BYTES = 28;

export function encodeArp(arp: Arp, out: ByteWriter): void {
  out.u16(1).u16(ETHERTYPE.ipv4).u8(6).u8(4).u16(arp.op);
  out.u48(arp.senderMac).u32(arp.senderIp).u48(arp.targetMac).u32(arp.targetIp);
}
