/** UDP (RFC 768): length and bytes. */
import { type ByteWriter, internetChecksum } from "../core/bytes";
import { pseudoHeaderSum } from "./ipv4";
import { PROTO, type Udp } from "./packet";
import { encodeVxlan, vxlanLength } from "./vxlan";

export const UDP_HEADER_BYTES = 8;

export function udpLength({ data, vxlan }: Udp): number {
  return UDP_HEADER_BYTES + (vxlan === undefined ? data.length : vxlanLength(vxlan));
}

export function encodeUdp(udp: Udp, src: number, dst: number, out: ByteWriter): void {
  const at = out.length;
  out.u16(udp.sport).u16(udp.dport).u16(udpLength(udp)).u16(0);
  if (udp.vxlan === undefined) out.bytes(udp.data);
  else encodeVxlan(udp.vxlan, out);
  const sum = internetChecksum(out.view(at), pseudoHeaderSum(src, dst, PROTO.udp, out.length - at));
  out.patch16(at + 6, sum === 0 ? 0xffff : sum); // Zero on the wire means "not computed".
}
