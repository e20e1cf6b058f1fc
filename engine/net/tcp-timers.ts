/**
 * What a connection does when nothing has been heard: retransmission with exponential backoff,
 * tail loss probes, window probes, delayed acknowledgements, keep-alive, and giving up.
 * In Linux: net/ipv4/tcp_timer.c; RFC 6298, RFC 8985 §7, RFC 9293 §3.8.
 *
 * Times are rounded up to jiffies, and fire with the kernel's timer wheel (jiffies.ts).
 */
import { floorLog2 } from "../core/numbers";
import { TCP } from "../wire/packet";
import { reorderTimeout } from "./tcp-ack";
import { fail, forgetHalfOpen, leaveInTimeWaits } from "./tcp-close";
import { JIFFY_MS, wholeJiffies } from "./jiffies";
import type { TcpConnection } from "./tcp-connection";
import { sendAck, sendActiveReset, sendProbe, sendSegment } from "./tcp-output";
import { inNetwork, writeQueue } from "./tcp-push";
import type { OutSegment } from "./tcp-queue";
import { distance } from "./tcp-seq";

export const RTO_MAX_MS = 120_000;
const DELACK_MIN_MS = 40;
const DELACK_MAX_MS = 200;
/** TCP_RTO_MIN: the unit retransmits_timed_out() counts in, whatever the round trip. */
const RTO_BASE_MS = 200;
const US_PER_MS = 1000;
/** TCP_TIMEOUT_MIN_US. */
const TIMEOUT_MIN_MS = 2;
/** TCP_TIMEOUT_INIT: before anybody has measured. */
export const RTO_INITIAL_MS = 1000;
/** Retries of a connection whose program has gone (tcp_orphan_retries = 0 means this). */
const ORPHAN_RETRIES = 8;
/** How long an orphan may stay in FIN_WAIT2, and TIME_WAIT lasts (TCP_TIMEWAIT_LEN). */
export const TIME_WAIT_MS = 60_000;

/** (Re)starts the retransmission timer; with `restart` false only if it is not running yet. */
export function armRetransmit(c: TcpConnection, restart = true): void {
  if (c.out.inFlight === 0) return disarm(c);
  if (!restart && c.sendTimerFor === "retransmit" && c.sendTimer.pending) return;
  c.sendTimerFor = "retransmit";
  c.sendTimer.set(c.rtoMs);
}

export function disarm(c: TcpConnection): void {
  c.sendTimerFor = "none";
  c.sendTimer.clear();
}

/** A probe soon after the last segment finds a lost tail before the long time-out does. False: not now. */
export function armLossProbe(c: TcpConnection): boolean {
  if (c.out.inFlight === 0 || !c.sackOk || c.caState !== "open" || c.tlpHigh !== 0 || c.srttUs === 0) return false;
  if (c.state === "SYN_SENT" || c.state === "SYN_RECV" || c.ns.sysctl.ipv4.tcp_early_retrans < 3) return false;
  const twoRounds = (2 * c.srttUs) / 1000;
  const delay = Math.min(wholeJiffies(twoRounds + (c.out.packets === 1 ? RTO_BASE_MS : TIMEOUT_MIN_MS)), c.rtoMs);
  c.sendTimerFor = "loss-probe";
  c.sendTimer.set(delay);
  return true;
}

/** Until then a segment that was overtaken may still come (ICSK_TIME_REO_TIMEOUT). */
export function armReorder(c: TcpConnection, laterUs: number): void {
  c.sendTimerFor = "reorder";
  c.sendTimer.set(Math.min(wholeJiffies(laterUs / US_PER_MS + TIMEOUT_MIN_MS), c.rtoMs));
}

export function armWindowProbe(c: TcpConnection): void {
  c.sendTimerFor = "probe";
  const delayMs = Math.min(Math.max(c.rtoMs, RTO_BASE_MS) * 2 ** c.backoff, RTO_MAX_MS);
  const leftMs = c.userTimeoutMs > 0 && c.probesSinceUs >= 0 ? c.userTimeoutMs - probingMs(c) : delayMs;
  c.sendTimer.set(Math.min(delayMs, Math.max(leftMs, TIMEOUT_MIN_MS)));
}

/** How long the other side has been asked for room. */
function probingMs(c: TcpConnection): number {
  return (c.ns.world.scheduler.nowUs - c.probesSinceUs) / US_PER_MS;
}

export function sendTimerFired(c: TcpConnection): void {
  const what = c.sendTimerFor;
  c.sendTimerFor = "none";
  if (what === "retransmit") retransmissionTimeout(c);
  else if (what === "loss-probe") lossProbe(c);
  else if (what === "probe") windowProbe(c);
  else if (what === "reorder") reorderTimeout(c);
}

/** tcp_send_loss_probe(): something new if there is, else the last segment once more. That is no retransmission to count patience from. */
function lossProbe(c: TcpConnection): void {
  const before = c.out.inFlight;
  writeQueue(c, true, "probe");
  if (c.out.inFlight === before) {
    let last = c.out.newestSent;
    if (last === undefined) return;
    if (last.count > 1) last = c.out.split(last, (last.count - 1) * c.mss, c.mss);
    const since = c.retransStampUs;
    retransmit(c, last);
    c.retransStampUs = since;
  }
  c.tlpHigh = c.sndNxt;
  armRetransmit(c);
}

/** One segment again, cut to what the path takes now, or with the small ones behind it (tcp_retransmit_skb, tcp_retrans_try_collapse). */
export function retransmit(c: TcpConnection, segment: OutSegment, most = 1): void {
  // The first one has not even left: it still waits for the next hop's address (skb_still_in_host_queue).
  if (c.ns.neighbours.holds(c, segment.seq)) return;
  if (segment.data.length > most * c.mss) c.out.split(segment, most * c.mss, c.mss);
  else if (segment.data.length <= c.mss && !(segment.flags & TCP.syn) && c.ns.sysctl.ipv4.tcp_retrans_collapse !== 0) c.out.collapse(segment, c.mss, (c.sndUna + c.sndWnd) >>> 0);
  segment.retransmitted = true;
  c.totalRetransmits++;
  c.bytesRetransmitted += segment.data.length;
  c.ns.snmp.tcp.RetransSegs++;
  sendSegment(c, segment);
  if (c.retransStampUs === 0) c.retransStampUs = c.ns.world.scheduler.nowUs;
}

/** Nothing came back in time (tcp_retransmit_timer). */
function retransmissionTimeout(c: TcpConnection): void {
  const oldest = c.out.oldest;
  if (oldest === undefined || gaveUp(c)) return;
  c.ns.snmp.ext.TcpExtTimeouts++;
  if (c.state !== "SYN_SENT" && c.state !== "SYN_RECV") enterLoss(c);
  c.retransmits++;
  c.txHash = c.ns.sockets.tcp.randomHash();
  retransmit(c, oldest);
  // The first SYNs come one a second; only then does the pause double.
  const linear = c.state === "SYN_SENT" && c.retransmits <= c.ns.sysctl.ipv4.tcp_syn_linear_timeouts;
  if (!linear) {
    c.backoff++;
    c.rtoMs = Math.min(c.rtoMs * 2, RTO_MAX_MS);
  }
  armRetransmit(c);
  c.sendTimer.set(withinUserTimeout(c));
}

/** TCP_USER_TIMEOUT is kept to the point (tcp_clamp_rto_to_user_timeout). */
function withinUserTimeout(c: TcpConnection): number {
  if (c.userTimeoutMs === 0) return c.rtoMs;
  return Math.min(c.rtoMs, Math.max(JIFFY_MS, c.userTimeoutMs - sinceFirst(c)));
}

/** A router says that there is no way just now: not congestion, so the pause need not have doubled (tcp_ld_RTO_revert, RFC 6069). */
export function revertBackoff(c: TcpConnection, seq: number): void {
  const { oldest } = c.out;
  if (oldest === undefined || seq !== c.sndUna || c.retransmits === 0 || c.backoff === 0) return;
  c.backoff--;
  const once = c.srttUs > 0 ? Math.min(wholeJiffies((c.srttUs + c.rttvarUs) / 1000), RTO_MAX_MS) : RTO_INITIAL_MS;
  c.rtoMs = Math.min(once * 2 ** c.backoff, RTO_MAX_MS);
  const remaining = c.rtoMs - wholeJiffies((c.ns.world.scheduler.nowUs - oldest.sentUs) / 1000);
  if (remaining <= 0) return retransmissionTimeout(c);
  c.sendTimerFor = "retransmit";
  c.sendTimer.set(remaining);
}

/** Everything sent is taken for lost; the window starts again at one segment (tcp_enter_loss). */
function enterLoss(c: TcpConnection): void {
  if (c.caState === "open") {
    c.ssthresh = Math.max(2, Math.floor((c.cwnd * 717) / 1024));
  }
  c.caState = "loss";
  c.highSeq = c.sndNxt;
  c.tlpHigh = 0;
  c.dupAcks = 0;
  for (let i = 0; i < c.out.inFlight; i++) {
    const segment = c.out.flight(i);
    if (!segment.sacked) segment.lost = true;
  }
  c.cwnd = Math.max(1, inNetwork(c) + 1);
}

/** The connection has been silent for too long, and dies of it (tcp_write_timeout). */
function gaveUp(c: TcpConnection): boolean {
  const { ipv4 } = c.ns.sysctl;
  if (c.state === "SYN_RECV") {
    if (c.retransmits < ipv4.tcp_synack_retries) return false;
    forgetHalfOpen(c);
    return true;
  }
  let expired: boolean;
  if (c.state === "SYN_SENT") {
    const retries = c.synRetries || ipv4.tcp_syn_retries;
    expired = c.retransmits >= retries + ipv4.tcp_syn_linear_timeouts || timedOut(c, retries, RTO_INITIAL_MS);
  } else expired = timedOut(c, c.orphan ? orphanRetries(c) : ipv4.tcp_retries2, RTO_BASE_MS);
  if (expired) fail(c, c.softError ?? "ETIMEDOUT");
  return expired;
}

function sinceFirst(c: TcpConnection): number {
  return c.retransStampUs === 0 ? 0 : (c.ns.world.scheduler.nowUs - c.retransStampUs) / 1000;
}

/** tcp_orphan_retries(): none for one that a router has called unreachable, eight where the sysctl says 0. */
function orphanRetries(c: TcpConnection): number {
  const alive = c.rtoMs < RTO_MAX_MS;
  if (c.softError !== undefined && !alive) return 0;
  return c.ns.sysctl.ipv4.tcp_orphan_retries || (alive ? ORPHAN_RETRIES : 0);
}

/** retransmits_timed_out(): as long as `retries` doublings of `firstMs` would take. */
function timedOut(c: TcpConnection, retries: number, firstMs: number): boolean {
  if (c.retransmits === 0) return false;
  return sinceFirst(c) >= (c.userTimeoutMs > 0 ? c.userTimeoutMs : patienceMs(retries, firstMs));
}

/** tcp_model_timeout(). */
export function patienceMs(retries: number, firstMs = RTO_BASE_MS): number {
  const doublings = floorLog2(RTO_MAX_MS / firstMs);
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * firstMs;
  return (2 ** (doublings + 1) - 1) * firstMs + (retries - doublings) * RTO_MAX_MS;
}

/** The other side's window is closed: ask whether it has opened (tcp_probe_timer). */
function windowProbe(c: TcpConnection): void {
  if (c.out.inFlight > 0 || !c.out.hasUnsent) {
    c.probes = 0;
    c.probesSinceUs = -1;
    return;
  }
  if (c.probesSinceUs < 0) c.probesSinceUs = c.ns.world.scheduler.nowUs;
  else if (c.userTimeoutMs > 0 && probingMs(c) >= c.userTimeoutMs) return fail(c, c.softError ?? "ETIMEDOUT");
  const most = c.orphan ? orphanRetries(c) : c.ns.sysctl.ipv4.tcp_retries2;
  if (c.probes >= most) return fail(c, c.softError ?? "ETIMEDOUT");
  c.probes++;
  if (wakeUp(c)) return;
  sendProbe(c);
  c.backoff++;
  armWindowProbe(c);
}

/** tcp_write_wakeup(): what the window lets go, however little that is. */
function wakeUp(c: TcpConnection): boolean {
  const next = c.out.nextUnsent;
  const room = next === undefined ? 0 : distance((c.sndUna + c.sndWnd) >>> 0, next.seq);
  if (next === undefined || room <= 0) return false;
  const bytes = Math.min(room, c.mss);
  if (bytes < next.data.length) c.out.split(next, bytes, c.mss);
  next.flags |= TCP.psh;
  c.out.sent(c.mss);
  c.sndNxt = next.end;
  sendSegment(c, next);
  armRetransmit(c);
  return true;
}

/** Lets the acknowledgement wait for data to ride on (tcp_send_delayed_ack). */
export function delayAck(c: TcpConnection): void {
  let ato = c.atoMs;
  if (ato > DELACK_MIN_MS) {
    let most = c.pingpong ? DELACK_MAX_MS : 500;
    if (c.srttUs > 0) most = Math.min(most, Math.max(c.srttUs / 1000, DELACK_MIN_MS));
    ato = Math.min(ato, most);
  }
  if (c.ackTimer.pending) return;
  c.ackPending = true;
  c.ackTimer.set(wholeJiffies(Math.min(ato, DELACK_MAX_MS)));
}

export function ackTimerFired(c: TcpConnection): void {
  if (!c.ackPending || c.state === "CLOSED") return;
  if (c.pingpong) {
    c.pingpong = false;
    c.atoMs = DELACK_MIN_MS;
  } else c.atoMs = Math.min(c.atoMs * 2, c.rtoMs);
  sendAck(c);
}

/** Starts, or restarts, the wait for a sign of life. */
export function armKeepAlive(c: TcpConnection): void {
  if (c.state === "ESTABLISHED" || c.state === "CLOSE_WAIT") c.keepTimer.set(keepIdle(c));
}

function keepIdle(c: TcpConnection): number {
  return c.keepIdleMs || c.ns.sysctl.ipv4.tcp_keepalive_time * 1000;
}

/** tcp_keepalive_timer(): also ends an orphan that waits for a FIN in vain. */
export function keepTimerFired(c: TcpConnection): void {
  if (c.state === "FIN_WAIT2" && c.orphan) return leaveInTimeWaits(c);
  if (!c.keepAlive || c.state === "CLOSED" || c.state === "LISTEN" || c.state === "SYN_SENT") return;
  const { ipv4 } = c.ns.sysctl;
  const interval = c.keepIntervalMs || ipv4.tcp_keepalive_intvl * 1000;
  if (c.out.inFlight > 0 || c.out.hasUnsent) return c.keepTimer.set(keepIdle(c));
  const silentMs = c.ns.world.scheduler.nowMs - Math.max(c.lastReceivedMs, c.lastAckMs);
  if (silentMs < keepIdle(c)) return c.keepTimer.set(keepIdle(c) - silentMs);
  const tooMany = c.userTimeoutMs > 0 ? c.probes > 0 && silentMs >= c.userTimeoutMs : c.probes >= (c.keepCount || ipv4.tcp_keepalive_probes);
  if (tooMany) {
    sendActiveReset(c);
    return fail(c, c.softError ?? "ETIMEDOUT");
  }
  c.probes++;
  sendProbe(c);
  c.keepTimer.set(interval);
}

/** Sends SYN or FIN or data queued just now, and starts the timer for it. */
export function sendFirst(c: TcpConnection, segment: OutSegment): void {
  c.out.sent(c.mss);
  c.sndNxt = segment.end;
  sendSegment(c, segment);
  if (segment.flags & (TCP.syn | TCP.fin)) armRetransmit(c);
}
