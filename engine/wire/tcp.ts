/** TCP segments (RFC 9293): length and bytes. Options are laid out as tcp_options_write() does. */
import { ByteWriter, internetChecksum } from "../core/bytes";
import { pseudoHeaderSum } from "./ipv4";
import { PROTO, type Tcp, type TcpOptions } from "./packet";

const HEADER_BYTES = 20;

export function tcpHeaderLength(options: TcpOptions): number {
  let bytes = HEADER_BYTES;
  if (options.mss !== undefined) bytes += 4;
  // SACK-permitted rides in the padding before the timestamps when both are there.
  if (options.timestamp !== undefined) bytes += 12;
  else if (options.sackPermitted === true) bytes += 4;
  if (options.windowScale !== undefined) bytes += 4;
  if (options.sack !== undefined && options.sack.length > 0) bytes += 4 + 8 * options.sack.length;
  return bytes;
}

export function tcpLength({ options, data }: Tcp): number {
  return tcpHeaderLength(options) + data.length;
}

/** What stands behind the fixed header. */
export function tcpOptionBytes(options: TcpOptions): Uint8Array {
  const out = new ByteWriter();
  encodeOptions(options, out);
  return out.view(0);
}

export function encodeTcp(tcp: Tcp, src: number, dst: number, out: ByteWriter): void {
  const at = out.length;
  out.u16(tcp.sport).u16(tcp.dport).u32(tcp.seq).u32(tcp.ack);
  out.u8((tcpHeaderLength(tcp.options) / 4) << 4).u8(tcp.flags).u16(tcp.window).u16(0).u16(0);
  encodeOptions(tcp.options, out);
  out.bytes(tcp.data);
  out.patch16(at + 16, internetChecksum(out.view(at), pseudoHeaderSum(src, dst, PROTO.tcp, out.length - at)));
}

function encodeOptions({ mss, sackPermitted, timestamp, windowScale, sack }: TcpOptions, out: ByteWriter): void {
  if (mss !== undefined) out.u8(2).u8(4).u16(mss);
  if (timestamp !== undefined) {
    if (sackPermitted === true) out.u8(4).u8(2);
    else out.u8(1).u8(1);
    out.u8(8).u8(10).u32(timestamp[0]).u32(timestamp[1]);
  } else if (sackPermitted === true) out.u8(1).u8(1).u8(4).u8(2);
  if (windowScale !== undefined) out.u8(1).u8(3).u8(3).u8(windowScale);
  if (sack === undefined || sack.length === 0) return;
  out.u8(1).u8(1).u8(5).u8(2 + 8 * sack.length);
  for (const [left, right] of sack) out.u32(left).u32(right);
}
