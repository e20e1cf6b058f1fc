/**
 * The other side has acknowledged: what it has is forgotten, the round trip is measured, and what
 * seems lost is sent again. In Linux: tcp_ack(), tcp_clean_rtx_queue(), tcp_fastretrans_alert();
 * RFC 5681, RFC 6298, RFC 6675.
 *
 * Differs: congestion avoidance grows like Reno's (with CUBIC's 0.7 after a loss).
 */
import { type Tcp, TCP } from "../wire/packet";
import { wholeJiffies } from "./jiffies";
import type { TcpConnection } from "./tcp-connection";
import { sendAck } from "./tcp-output";
import { inNetwork, isWindowLimited, restartAfterIdle } from "./tcp-push";
import { detectLoss, noteDelivered } from "./tcp-rack";
import type { OutSegment } from "./tcp-queue";
import { after, before, distance } from "./tcp-seq";
import { armLossProbe, armReorder, armRetransmit, armWindowProbe, disarm, retransmit, RTO_MAX_MS } from "./tcp-timers";

const REORDERING = 3;

/** False: it acknowledges what was never sent, and the segment is thrown away. */
export function acknowledge(c: TcpConnection, tcp: Tcp): boolean {
  const { ack } = tcp;
  if (before(ack, c.sndUna)) {
    if (before(ack, (c.sndUna - c.maxWindow) >>> 0)) {
      sendAck(c);
      return false;
    }
    if (c.sackOk && tcp.options.sack) markSacked(c, tcp);
    return true;
  }
  if (after(ack, c.sndNxt)) return false;
  const { scheduler } = c.ns.world;
  c.lastAckMs = scheduler.nowMs;
  c.probes = 0;
  const windowMoved = updateWindow(c, tcp);
  const sacked = c.sackOk && tcp.options.sack !== undefined && markSacked(c, tcp);
  const advanced = after(ack, c.sndUna);
  if (advanced) advance(c, tcp, ack);
  else if (c.out.inFlight > 0 && (sacked || (tcp.data.length === 0 && !(tcp.flags & (TCP.fin | TCP.syn)) && !windowMoved))) duplicate(c, sacked);
  if (c.tlpHigh !== 0 && !before(ack, c.tlpHigh)) c.tlpHigh = 0;
  if (c.out.inFlight === 0) zeroWindow(c);
  return true;
}

/** tcp_ack_update_window(). True when it has changed. */
function updateWindow(c: TcpConnection, tcp: Tcp): boolean {
  const window = tcp.flags & TCP.syn ? tcp.window : tcp.window << c.sndWscale;
  if (!after(tcp.ack, c.sndUna) && !after(tcp.seq, c.sndWl1) && !(tcp.seq === c.sndWl1 && window > c.sndWnd)) {
    if (!(tcp.seq === c.sndWl1 && window !== c.sndWnd)) return false;
  }
  c.sndWl1 = tcp.seq;
  const moved = window !== c.sndWnd;
  c.sndWnd = window;
  if (moved && c.out.hasUnsent) restartAfterIdle(c);
  if (window > c.maxWindow) c.maxWindow = window;
  return moved;
}

/** New data has arrived there. */
function advance(c: TcpConnection, tcp: Tcp, ack: number): void {
  const nowUs = c.ns.world.scheduler.nowUs;
  let acked = 0;
  let sampleUs = -1;
  let ambiguous = false;
  let probeAnswered = false;
  for (let segment = c.out.oldest; segment !== undefined; segment = c.out.oldest) {
    if (after(segment.end, ack)) {
      if (segment.count > 1 && after(ack, segment.seq)) acked += c.out.trimOldest(distance(ack, segment.seq), c.mss);
      break;
    }
    // The oldest tells how long it took, unless any was sent twice (Karn's rule).
    if (segment.retransmitted) ambiguous = true;
    else if (!segment.sacked && sampleUs < 0) sampleUs = nowUs - segment.sentUs;
    if (segment.flags & TCP.syn) probeAnswered = true;
    acked += segment.count;
    if (!segment.sacked) noteDelivered(c, segment);
    c.out.dropOldest();
  }
  c.bytesAcked += distance(ack, c.sndUna) - (probeAnswered ? 1 : 0);
  c.sndUna = ack;
  if (sampleUs >= 0 && !ambiguous) measure(c, sampleUs);
  else if (c.timestamps && tcp.options.timestamp !== undefined && tcp.options.timestamp[1] !== 0) measure(c, echoedUs(c, tcp.options.timestamp[1]));
  else if (c.backoff === 0) setRto(c);
  c.retransmits = 0;
  c.softError = undefined;
  recover(c, ack);
  if (acked > 0) grow(c, acked);
  c.retransStampUs = c.caState === "open" ? 0 : c.retransStampUs;
  if (!armLossProbe(c)) {
    if (c.out.inFlight === 0) disarm(c);
    else armRetransmit(c);
  }
}

/** The round trip by the clock that came back, good to a millisecond. */
function echoedUs(c: TcpConnection, echo: number): number {
  const elapsedMs = (Math.floor(c.ns.world.scheduler.nowUs / 1000) + c.tsOffset - echo) | 0;
  return Math.max(elapsedMs, 0) * 1000;
}

/** tcp_rtt_estimator(), in microseconds; srtt and the deviation move by an eighth and a quarter. */
function measure(c: TcpConnection, us: number): void {
  const minUs = c.ns.sysctl.ipv4.tcp_rto_min_us;
  const sample = Math.max(us, 1);
  if (c.minRttUs === 0 || sample < c.minRttUs) c.minRttUs = sample;
  if (c.srttUs === 0) {
    c.srttUs = sample;
    c.mdevUs = sample / 2;
    c.rttvarUs = Math.max(4 * c.mdevUs, minUs);
  } else {
    const error = sample - c.srttUs;
    c.srttUs = Math.max(c.srttUs + error / 8, 1);
    const deviation = Math.abs(error) - c.mdevUs;
    // A round trip that got shorter is no reason to wait longer.
    c.mdevUs += error < 0 && deviation > 0 ? deviation / 32 : deviation / 4;
    const wanted = Math.max(4 * c.mdevUs, minUs);
    c.rttvarUs = wanted > c.rttvarUs ? wanted : c.rttvarUs - (c.rttvarUs - wanted) / 4;
  }
  setRto(c);
  c.backoff = 0;
}

function setRto(c: TcpConnection): void {
  if (c.srttUs === 0) return;
  c.rtoMs = Math.min(wholeJiffies((c.srttUs + c.rttvarUs) / 1000), RTO_MAX_MS);
}

/** Slow start doubles the window every round trip, congestion avoidance adds one segment. */
function grow(c: TcpConnection, acked: number): void {
  if (c.caState === "recovery") return;
  if (!isWindowLimited(c)) return; // Only a window that was used has proved itself.
  if (c.cwnd < c.ssthresh) return void (c.cwnd = Math.min(c.cwnd + acked, c.ssthresh));
  c.cwndCount += acked;
  if (c.cwndCount < c.cwnd) return;
  c.cwndCount -= c.cwnd;
  c.cwnd++;
}

/** Nothing new, but something behind it has arrived: after three of these the oldest is taken for lost. */
function duplicate(c: TcpConnection, sacked: boolean): void {
  c.dupAcks++;
  if (c.caState === "open") {
    if (c.sackOk ? !sacked || !foundLost(c) : c.dupAcks < REORDERING) return;
    return enterRecovery(c);
  }
  markLost(c);
  resend(c);
}

/** RACK's clock says so; or will, if nothing comes until then. */
function foundLost(c: TcpConnection): boolean {
  const laterUs = detectLoss(c);
  if (anyLost(c)) return true;
  if (laterUs > 0) armReorder(c, laterUs);
  return false;
}

function anyLost(c: TcpConnection): boolean {
  for (let i = 0; i < c.out.inFlight; i++) if (c.out.flight(i).lost) return true;
  return false;
}

/** The moment until which a segment that was overtaken could still come is over (tcp_rack_reo_timeout). */
export function reorderTimeout(c: TcpConnection): void {
  detectLoss(c);
  if (!anyLost(c)) return armRetransmit(c);
  if (c.caState === "open") enterRecovery(c);
  else resend(c);
}

function enterRecovery(c: TcpConnection): void {
  c.caState = "recovery";
  c.highSeq = c.sndNxt;
  c.tlpHigh = 0;
  c.ssthresh = Math.max(2, Math.floor((c.cwnd * 717) / 1024));
  c.cwnd = c.ssthresh;
  markLost(c);
  resend(c);
}

/** What RACK's clock says is lost; without SACK, the oldest. */
function markLost(c: TcpConnection): void {
  if (!c.sackOk) {
    const oldest = c.out.oldest;
    if (oldest !== undefined && !oldest.retransmitted) oldest.lost = true;
    return;
  }
  detectLoss(c);
}

/** Sends again what is lost, as far as the window allows (tcp_xmit_retransmit_queue). */
function resend(c: TcpConnection): void {
  let room = Math.max(1, c.cwnd - inNetwork(c));
  for (let i = 0; i < c.out.inFlight && room > 0; i++) {
    const segment = c.out.flight(i);
    if (!segment.lost || segment.sacked) continue;
    retransmit(c, segment, room);
    room -= segment.count;
  }
  armRetransmit(c);
}

/** Are we over the trouble? (tcp_try_undo_*, tcp_fastretrans_alert) */
function recover(c: TcpConnection, ack: number): void {
  c.dupAcks = 0;
  if (c.caState === "open") return;
  if (!before(ack, c.highSeq)) {
    c.caState = "open";
    c.cwnd = Math.max(c.cwnd, Math.min(c.ssthresh, inNetwork(c) + 1));
    return;
  }
  if (c.caState === "recovery") {
    // A partial acknowledgement: what is oldest now was lost too (RFC 6582). Where there is SACK, RACK knows better.
    markLost(c);
  }
  if (c.out.inFlight > 0) resend(c);
}

/** True when it tells anything new. */
function markSacked(c: TcpConnection, tcp: Tcp): boolean {
  let news = false;
  for (const [left, right] of tcp.options.sack ?? []) {
    if (!after(right, tcp.ack) || after(right, c.sndNxt)) continue;
    for (let i = 0; i < c.out.inFlight; i++) {
      const segment = c.out.flight(i);
      if (segment.sacked || !after(segment.end, left) || !before(segment.seq, right) || !cutTo(c, segment, left, right)) continue;
      segment.sacked = true;
      segment.lost = false;
      noteDelivered(c, segment);
      news = true;
    }
  }
  return news;
}

/** A block that covers a part of a large segment: the part is a segment of its own from now on (tcp_match_skb_to_sack). */
function cutTo(c: TcpConnection, segment: OutSegment, left: number, right: number): boolean {
  if (before(segment.seq, left)) {
    const known = Math.floor(distance(left, segment.seq) / c.mss) * c.mss;
    if (known > 0 && known < segment.data.length) c.out.split(segment, known, c.mss);
    return false;
  }
  if (!after(segment.end, right)) return true;
  const known = Math.floor(distance(right, segment.seq) / c.mss) * c.mss;
  if (known === 0 || known >= segment.data.length) return false;
  c.out.split(segment, known, c.mss);
  return true;
}

/** All has been acknowledged, but the window does not let the next segment go: probe (tcp_ack_probe). */
function zeroWindow(c: TcpConnection): void {
  const next = c.out.nextUnsent;
  if (next === undefined) return;
  if (after(next.end, (c.sndUna + c.sndWnd) >>> 0) && c.sndWnd < next.data.length) {
    if (c.sendTimerFor === "none") armWindowProbe(c);
    return;
  }
  if (c.sendTimerFor === "probe") {
    c.backoff = 0;
    c.probesSinceUs = -1;
    disarm(c);
  }
}
