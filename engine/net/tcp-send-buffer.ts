/**
 * How much a program may write ahead of what has been acknowledged: room for twice the congestion window. In Linux:
 * tcp_sndbuf_expand(), tcp_new_space(), sk_stream_write_space().
 */
import type { TcpConnection } from "./tcp-connection";
import { inNetwork } from "./tcp-push";
import { SEGMENT_OVERHEAD } from "./tcp-window";

const INITIAL_CWND = 10;
/** MAX_TCP_HEADER, and struct skb_shared_info behind the data. */
const AROUND_SEGMENT_BYTES = 512;
const SK_BUFF_BYTES = 256;

/** tcp_sndbuf_expand(): it never shrinks. */
export function expandSendBuffer(c: TcpConnection): void {
  let each = 1;
  while (each < Math.max(c.peerMss, c.mss) + AROUND_SEGMENT_BYTES) each *= 2;
  const [, , largest = 4_194_304] = c.ns.sysctl.numbers("net/ipv4/tcp_wmem");
  const wanted = 2 * Math.max(INITIAL_CWND, c.cwnd) * (each + SK_BUFF_BYTES);
  if (wanted > c.sendBuffer) c.sendBuffer = Math.min(wanted, largest);
}

/** Something has been acknowledged: is there room for a program that waits for it? (tcp_check_space) */
export function checkSpace(c: TcpConnection): void {
  if (!c.wantsRoom) return;
  if (inNetwork(c) < c.cwnd) expandSendBuffer(c);
  const queued = c.unacknowledged + c.out.entries * SEGMENT_OVERHEAD;
  if (c.sendBuffer - queued < queued >> 1) return;
  c.wantsRoom = false;
  c.writable.notify();
}
