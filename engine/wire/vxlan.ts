/**
 * VXLAN (RFC 7348): an Ethernet frame carried inside UDP, with eight bytes in front that say
 * which network it belongs to. A Pod's packet crosses to another node wrapped in one of these.
 */
import type { ByteWriter } from "../core/bytes";
import { encodeFrame, frameLength } from "./ethernet";
import type { Vxlan } from "./packet";

/** Linux's default, which flannel keeps; IANA's is 4789. */
export const VXLAN_LINUX_PORT = 8472;
export const VXLAN_HEADER_BYTES = 8;
const VNI_VALID = 0x08;

export function vxlanLength({ frame }: Vxlan): number {
  return VXLAN_HEADER_BYTES + frameLength(frame);
}

export function encodeVxlan(vxlan: Vxlan, out: ByteWriter): void {
  out.u8(VNI_VALID).u24(0).u24(vxlan.vni).u8(0);
  encodeFrame(vxlan.frame, out);
}
