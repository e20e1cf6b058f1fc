/**
 * Which of what waits may leave now, and in how large segments. In Linux: tcp_write_xmit(), tcp_cwnd_test(),
 * tcp_nagle_test(), tcp_tso_should_defer(), tcp_mss_split_point(), tcp_tso_autosize().
 *
 * One entry of the queue leaves as one large segment (GSO), of at most half the congestion window; where its device cannot
 * take that, it is cut up there (link/segmentation.ts).
 *
 * Differs: no pacing, no TCP small queues: a veth has delivered a segment before the next is looked at.
 */
import { TCP } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";
import { sendSegment } from "./tcp-output";
import type { OutSegment } from "./tcp-queue";
import { add, after, distance } from "./tcp-seq";
import { armLossProbe, armRetransmit, armWindowProbe } from "./tcp-timers";

/** sk_gso_max_size: a veth's 65,536, less the room for headers (MAX_TCP_HEADER). */
export const GSO_MAX_BYTES = 65_215;
/** A round trip this many times 512 µs long halves what the device's limit adds (tcp_tso_rtt_log). */
const TSO_RTT_LOG = 9;
const PACING_SHIFT = 10;
/** tcp_tso_win_divisor. */
const WINDOW_DIVISOR = 3;
const US_PER_MS = 1000;
/** TCP_INIT_CWND. */
const INITIAL_CWND = 10;

/** `always`: Nagle's rule is not asked. `one`: a single segment; `probe`: one, whatever the congestion window. */
export type Push = "all" | "one" | "probe";

/** Sends what may be sent, oldest first (__tcp_push_pending_frames). */
export function pushPending(c: TcpConnection, always = false): void {
  if (!c.out.hasUnsent) return;
  const stuck = writeQueue(c, always, "all");
  if (stuck && c.sendTimerFor === "none") armWindowProbe(c);
}

/** True when nothing is on its way and something waits all the same. */
export function writeQueue(c: TcpConnection, always: boolean, push: Push): boolean {
  const most = segmentsAtOnce(c);
  const newest = c.out.newestSent;
  let sent = 0;
  let limited = false;
  for (let segment = c.out.nextUnsent; segment !== undefined; segment = c.out.nextUnsent) {
    const quota = Math.min(quotaOf(c) || (push === "probe" ? 1 : 0), most);
    if (quota === 0) break;
    c.out.grow(segment, quota * c.mss - segment.data.length);
    if (after(segment.data.length > c.mss ? add(segment.seq, c.mss) : segment.end, windowEnd(c))) break;
    const last = segment === c.out.lastUnsent;
    let limit = c.mss;
    if (segment.data.length <= c.mss) {
      if (!(always || !last || nagleAllows(c, segment))) break;
    } else {
      const why = push === "all" ? defers(c, segment, last, most, newest) : undefined;
      if (why !== undefined) {
        limited ||= why === "congestion";
        break;
      }
      limit = splitPoint(c, segment, quota, last, always);
    }
    if (segment.data.length > limit) c.out.split(segment, limit, c.mss);
    leave(c, segment);
    sent += segment.count;
    if (push !== "all") break;
  }
  limited ||= inNetwork(c) >= c.cwnd;
  if (sent > 0 || limited) validateWindow(c, limited);
  if (sent === 0) return c.out.inFlight === 0 && c.out.hasUnsent;
  if (push === "probe" || !armLossProbe(c)) armRetransmit(c, !c.sendTimer.pending || c.sendTimerFor !== "retransmit");
  return false;
}

/** tcp_transmit_skb() for the first time, tcp_event_new_data_sent(), tcp_minshall_update(). */
function leave(c: TcpConnection, segment: OutSegment): void {
  c.out.sent(c.mss);
  c.sndNxt = segment.end;
  if (segment.data.length < segment.count * c.mss && segment.data.length > 0) c.smallEnd = segment.end;
  if (c.out.inFlight === 1) c.retransStampUs = 0;
  c.lastWriteUs = c.ns.world.scheduler.nowUs;
  sendSegment(c, segment);
}

function windowEnd(c: TcpConnection): number {
  return (c.sndUna + c.sndWnd) >>> 0;
}

/** tcp_cwnd_test(): never more than half the window at once, so that acknowledgements can come meanwhile. */
function quotaOf(c: TcpConnection): number {
  const network = inNetwork(c);
  return network >= c.cwnd ? 0 : Math.min(Math.max(c.cwnd >> 1, 1), c.cwnd - network);
}

/** Segments believed to be in the network: sent, neither arrived nor lost (tcp_packets_in_flight). */
export function inNetwork(c: TcpConnection): number {
  if (c.caState === "open" && c.dupAcks === 0) return c.out.packets;
  let count = 0;
  for (let i = 0; i < c.out.inFlight; i++) {
    const segment = c.out.flight(i);
    if (!segment.sacked && !segment.lost) count += segment.count;
  }
  return count;
}

/** Minshall's variant of Nagle's rule: one small segment may be on its way. */
function nagleAllows(c: TcpConnection, segment: OutSegment): boolean {
  return (segment.flags & TCP.fin) !== 0 || !holdsBack(c, segment.data.length < c.mss);
}

/** tcp_nagle_check(). */
function holdsBack(c: TcpConnection, partial: boolean): boolean {
  return partial && !c.noDelay && c.out.packets > 0 && after(c.smallEnd, c.sndUna) && !after(c.smallEnd, c.sndNxt);
}

/** Of a large segment, what the windows let go; without a small rest where Nagle forbids one. */
function splitPoint(c: TcpConnection, segment: OutSegment, quota: number, last: boolean, always: boolean): number {
  const window = distance(windowEnd(c), segment.seq);
  const most = c.mss * quota;
  if (most <= window && !last) return most;
  const needed = Math.min(segment.data.length, window);
  if (most <= needed) return most;
  const partial = needed % c.mss;
  return !always && holdsBack(c, partial !== 0) ? needed - partial : needed;
}

/** tcp_tso_autosize(): a millisecond's worth of what this connection sends, and on a short way as much as the device takes. */
function segmentsAtOnce(c: TcpConnection): number {
  const perMs = c.srttUs === 0 ? GSO_MAX_BYTES : (((c.cwnd < c.ssthresh >> 1 ? 2 : 1.2) * c.mss * Math.max(c.cwnd, c.out.packets)) / c.srttUs) * 1_000_000;
  const halvings = Math.floor(c.minRttUs) >> TSO_RTT_LOG;
  const bytes = perMs / (1 << PACING_SHIFT) + (halvings < 32 ? GSO_MAX_BYTES / 2 ** halvings : 0);
  return Math.max(2, Math.floor(Math.min(bytes, GSO_MAX_BYTES) / c.mss));
}

/** Would waiting a moment make a larger segment? Not when its acknowledgement is far away. Answers what it waits for. */
function defers(c: TcpConnection, segment: OutSegment, last: boolean, most: number, newest: OutSegment | undefined): "congestion" | "window" | "more" | undefined {
  const { oldest } = c.out;
  const { nowUs } = c.ns.world.scheduler;
  if (c.caState === "recovery" || c.caState === "loss" || oldest === undefined || nowUs - c.lastWriteUs > US_PER_MS) return undefined;
  const window = distance(windowEnd(c), segment.seq);
  const congestion = (c.cwnd - inNetwork(c)) * c.mss;
  const limit = Math.min(window, congestion);
  if (limit >= most * c.mss || (!last && limit >= segment.data.length)) return undefined;
  if (limit >= Math.floor(Math.min(c.sndWnd, c.cwnd * c.mss) / WINDOW_DIVISOR)) return undefined;
  // On a way that takes no time, the answer to what was not the last is here already; and to the last one of a short write.
  const here = c.srttUs <= 1 && (c.answersWait || oldest !== newest);
  const awayUs = oldest.sentUs + (here ? 0 : c.srttUs) - nowUs;
  if (awayUs > Math.min(c.srttUs / 2, US_PER_MS)) return undefined;
  if (congestion < window) {
    if (congestion <= segment.data.length) return "congestion";
  } else if (window <= segment.data.length) return "window";
  return segment.flags & TCP.fin ? undefined : "more";
}

/** After a pause the congestion window is what it was in the beginning: nobody knows what the network takes now (tcp_slow_start_after_idle_check). */
export function restartAfterIdle(c: TcpConnection): void {
  if (c.out.packets > 0 || c.ns.sysctl.ipv4.tcp_slow_start_after_idle === 0) return;
  const idleMs = c.ns.world.scheduler.nowMs - c.lastSentMs;
  if (idleMs <= c.rtoMs) return;
  c.ssthresh = Math.max(c.ssthresh, (c.cwnd >> 1) + (c.cwnd >> 2));
  for (let leftMs = idleMs - c.rtoMs; leftMs > 0 && c.cwnd > INITIAL_CWND; leftMs -= c.rtoMs) c.cwnd >>= 1;
  c.cwnd = Math.max(c.cwnd, INITIAL_CWND);
}

/** tcp_cwnd_validate(): is it the congestion window that holds us back? Only then may it grow. */
function validateWindow(c: TcpConnection, limited: boolean): void {
  if (after(c.limitedUntil, c.sndUna) && !limited && (c.windowLimited || c.out.packets <= c.mostOut)) return;
  c.windowLimited = limited;
  c.mostOut = c.out.packets;
  c.limitedUntil = c.sndNxt;
}

/** tcp_is_cwnd_limited(): in slow start, half of it must have been used. */
export function isWindowLimited(c: TcpConnection): boolean {
  return c.windowLimited || (c.cwnd < c.ssthresh && c.cwnd < 2 * c.mostOut);
}
