/**
 * What has come and waits to be read, and reading it. In Linux: sk_receive_queue, tcp_recvmsg_locked(), tcp_queue_rcv(),
 * tcp_cleanup_rbuf().
 *
 * A segment's memory is free again when all of it has been read, not before.
 */
import { concat } from "../core/bytes";
import type { TcpConnection } from "./tcp-connection";
import { afterRead } from "./tcp-data";
import { flushBacklog, lockSock, releaseSock } from "./tcp-lock";
import { add } from "./tcp-seq";
import { SEGMENT_OVERHEAD } from "./tcp-window";

/** What is left of a segment, the memory that all of it takes (skb->truesize), and of how many pieces it is made. */
export type Unread = { data: Uint8Array; memory: number; readonly atUs: number; readonly pieces: number };

/** A page of the sender's, for what it writes (SKB_FRAG_PAGE_ORDER), and how many of them a segment may have (MAX_SKB_FRAGS). */
const PIECE_BYTES = 32_768;
const MOST_PIECES = 17;

/** Behind what waits already; as a part of the last segment, if nobody holds on to that any more: its sender, or somebody who captures. */
export function queueReceived(c: TcpConnection, data: Uint8Array): void {
  const { nowUs } = c.ns.world.scheduler;
  const last = c.received.at(-1);
  const ownPieces = Math.ceil(data.length / PIECE_BYTES);
  const pieces = ownPieces + (last?.pieces ?? 0);
  // All that is here has been acknowledged, and not just now.
  const joins = last !== undefined && last.atUs < nowUs && pieces <= MOST_PIECES && add(c.rcvWup, data.length) === c.rcvNxt;
  const memory = joins ? data.length : data.length + SEGMENT_OVERHEAD;
  c.received.push({ data, memory, atUs: nowUs, pieces: joins ? pieces : ownPieces });
  c.receivedBytes += data.length;
  c.receivedMemory += memory;
}

/** Nobody will read any more. */
export function forgetReceived(c: TcpConnection): void {
  c.received.length = 0;
  c.receivedBytes = 0;
  c.receivedMemory = 0;
}

/** At most `max` bytes of what is there. */
export function read(c: TcpConnection, max: number): Uint8Array {
  lockSock(c);
  const parts: Uint8Array[] = [];
  let room = max;
  // What the window's opening brings at once is taken along.
  for (;;) {
    room -= takeInto(c, parts, room);
    if (room === 0 || c.backlogged.length === 0) break;
    flushBacklog(c);
    if (c.receivedBytes === 0) break;
  }
  afterRead(c);
  releaseSock(c);
  return parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts);
}

function takeInto(c: TcpConnection, parts: Uint8Array[], max: number): number {
  let taken = 0;
  let whole = 0;
  for (let segment = c.received[0]; segment !== undefined && taken < max; segment = c.received[whole]) {
    const part = segment.data.subarray(0, max - taken);
    parts.push(part);
    taken += part.length;
    if (part.length < segment.data.length) {
      segment.data = segment.data.subarray(part.length);
      break;
    }
    c.receivedMemory -= segment.memory;
    whole++;
  }
  if (whole === c.received.length) c.received.length = 0;
  else if (whole > 0) c.received.splice(0, whole);
  c.receivedBytes -= taken;
  return taken;
}
