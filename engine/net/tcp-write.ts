/**
 * A program's bytes become segments: large ones, as many at once as the send buffer holds. In Linux: tcp_sendmsg_locked(),
 * tcp_xmit_size_goal(), sk_stream_memory_free().
 */
import { TCP } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";
import { flushBacklog } from "./tcp-lock";
import { GSO_MAX_BYTES, pushPending, restartAfterIdle, writeQueue } from "./tcp-push";
import { type OutSegment, OutQueue } from "./tcp-queue";
import { add, after } from "./tcp-seq";
import { SEGMENT_OVERHEAD } from "./tcp-window";

/** After so many new segments, what has come meanwhile is looked at. */
const FLUSH_AFTER = 16;
const MSS_DEFAULT = 536;

/** Takes as many bytes as there is room for; the caller has the socket for itself. Returns how many. */
export function write(c: TcpConnection, bytes: Uint8Array): number {
  let taken = 0;
  let fresh = 0;
  let pushes = 0;
  let goal = sizeGoal(c);
  while (taken < bytes.length && isOpen(c)) {
    let last = c.out.lastUnsent;
    const joins = last !== undefined && !(last.flags & TCP.fin) && last.data.length < goal;
    if (!joins) {
      if (!hasMemory(c)) {
        c.wantsRoom = true;
        if (last !== undefined) markPush(c, last);
        pushPending(c, true);
        flushBacklog(c);
        if (!hasMemory(c)) break;
        goal = sizeGoal(c);
        continue;
      }
      if (fresh === FLUSH_AFTER) {
        fresh = 0;
        flushBacklog(c);
        continue;
      }
      fresh++;
      restartAfterIdle(c);
    }
    const part = bytes.subarray(taken, taken + goal - (joins && last !== undefined ? last.data.length : 0));
    taken += part.length;
    last = joins && last !== undefined ? joined(c, last, part) : c.enqueue(TCP.ack, part);
    if (taken < bytes.length && last.data.length >= goal) {
      pushes++;
      pushFull(c, last);
    }
  }
  if (taken === 0 || !isOpen(c)) return taken;
  c.answersWait = pushes === 0;
  pushLast(c);
  return taken;
}

function isOpen(c: TcpConnection): boolean {
  return c.state === "ESTABLISHED" || c.state === "CLOSE_WAIT";
}

function joined(c: TcpConnection, segment: OutSegment, part: Uint8Array): OutSegment {
  OutQueue.join(segment, part);
  segment.flags &= ~TCP.psh;
  c.writeSeq = segment.end;
  return segment;
}

/** A segment is full, and the program has more. */
function pushFull(c: TcpConnection, segment: OutSegment): void {
  if (after(c.writeSeq, add(c.pushedSeq, c.maxWindow >> 1))) {
    markPush(c, segment);
    pushPending(c, true);
  } else if (segment === c.out.nextUnsent) writeQueue(c, true, "one");
}

/** tcp_push(): the last byte of a write. */
function pushLast(c: TcpConnection): void {
  const last = c.out.lastUnsent;
  if (last === undefined) return;
  markPush(c, last);
  pushPending(c);
}

/** tcp_mark_push(). */
function markPush(c: TcpConnection, segment: OutSegment): void {
  segment.flags |= TCP.psh;
  c.pushedSeq = c.writeSeq;
}

/** How large a segment should become: at most half of the other side's window, and what a device takes, in whole ones. */
function sizeGoal(c: TcpConnection): number {
  const cutoff = c.maxWindow > MSS_DEFAULT ? c.maxWindow >> 1 : c.maxWindow;
  const most = cutoff > 0 && GSO_MAX_BYTES > cutoff ? cutoff : GSO_MAX_BYTES;
  return Math.max(Math.floor(most / c.mss) * c.mss, c.mss);
}

/** sk_stream_memory_free(). */
function hasMemory(c: TcpConnection): boolean {
  return c.unacknowledged + c.out.entries * SEGMENT_OVERHEAD < c.sendBuffer;
}
