/**
 * Data has come: in order it goes to the program, out of order it waits, twice it is thrown away;
 * and when to say so. In Linux: tcp_data_queue(), tcp_event_data_recv(), __tcp_ack_snd_check(), tcp_fin().
 */
import { type Tcp, TCP } from "../wire/packet";
import { timeWait } from "./tcp-close";
import type { TcpConnection } from "./tcp-connection";
import { sendAck } from "./tcp-output";
import { add, after, distance } from "./tcp-seq";
import { delayAck, disarm } from "./tcp-timers";
import { queueReceived } from "./tcp-read";
import { freeWindow, growWindow, measureSegment, segmentsIn } from "./tcp-window";

const MAX_QUICK_ACKS = 16;
const ATO_MIN_MS = 40;

export function dataCame(c: TcpConnection, tcp: Tcp): void {
  const fin = (tcp.flags & TCP.fin) !== 0;
  const end = add(tcp.seq, tcp.data.length);
  const endWithFin = fin ? add(end, 1) : end;
  if (!after(endWithFin, c.rcvNxt)) {
    // All of it is here already: our acknowledgement was lost, or slow.
    noteDuplicate(c, tcp.seq, endWithFin);
    quickAck(c);
    c.ackPending = true;
    return;
  }
  if (after(tcp.seq, c.rcvNxt)) {
    early(c, tcp, end, fin);
    return;
  }
  if (c.receiveWindow === 0 && tcp.data.length > 0) {
    quickAck(c);
    c.ackPending = true;
    return;
  }
  const known = distance(c.rcvNxt, tcp.seq);
  if (known > 0) noteDuplicate(c, tcp.seq, c.rcvNxt);
  take(c, known > 0 ? tcp.data.subarray(known) : tcp.data);
  if (tcp.data.length > 0) eventDataReceived(c, tcp);
  if (fin) finCame(c);
  if (c.outOfOrder.length > 0) takeEarly(c);
  c.readable.notify();
}

/** tcp_dsack_set(): the next acknowledgement tells the sender that this much came in vain. */
export function noteDuplicate(c: TcpConnection, seq: number, end: number): void {
  if (c.sackOk && c.ns.sysctl.ipv4.tcp_dsack !== 0) c.dsack = [seq, after(end, c.rcvNxt) ? c.rcvNxt : end];
}

function take(c: TcpConnection, data: Uint8Array): void {
  if (data.length === 0) return;
  c.rcvNxt = add(c.rcvNxt, data.length);
  c.bytesReceived += data.length;
  if (c.orphan) return;
  queueReceived(c, data);
}

/** Out of order: kept, and said at once, so that the other side sees the gap (tcp_data_queue_ofo). */
function early(c: TcpConnection, tcp: Tcp, end: number, fin: boolean): void {
  const { seq } = tcp;
  quickAck(c);
  c.ackPending = true;
  c.lastEarlySeq = seq;
  if (after(end, add(c.rcvNxt, c.receiveWindow))) return;
  const queue = c.outOfOrder;
  let at = queue.length;
  while (at > 0 && after((queue[at - 1] as { seq: number }).seq, seq)) at--;
  const before = queue[at - 1];
  if (before !== undefined && !after(end, before.end) && before.seq === seq) return;
  queue.splice(at, 0, { seq, end, tcp, fin });
  if (c.sackOk) growWindow(c, tcp.data.length);
}

/** The gap has closed: what waited behind it follows (tcp_ofo_queue). */
function takeEarly(c: TcpConnection): void {
  for (let next = c.outOfOrder[0]; next !== undefined && !after(next.seq, c.rcvNxt); next = c.outOfOrder[0]) {
    c.outOfOrder.shift();
    const known = distance(c.rcvNxt, next.seq);
    const { data } = next.tcp;
    if (known < data.length) take(c, known > 0 ? data.subarray(known) : data);
    if (next.fin && next.end === c.rcvNxt) finCame(c);
  }
  if (c.outOfOrder.length === 0) quickAck(c);
  c.ackPending = true;
}

/** The other side has said all (tcp_fin). */
function finCame(c: TcpConnection): void {
  if (c.finReceived) return;
  c.rcvNxt = add(c.rcvNxt, 1);
  c.finReceived = true;
  c.outOfOrder = [];
  c.pingpong = false;
  c.ackPending = true;
  switch (c.state) {
    case "SYN_RECV":
    case "ESTABLISHED":
      c.state = "CLOSE_WAIT";
      // Linux makes the acknowledgement wait for data or FIN of ours, a moment.
      c.pingpong = true;
      break;
    case "FIN_WAIT1":
      sendAck(c);
      c.state = "CLOSING";
      break;
    case "FIN_WAIT2":
      sendAck(c);
      disarm(c);
      timeWait(c);
      break;
    default:
      break;
  }
  c.notify();
}

/** tcp_event_data_recv(): how soon to acknowledge is learned from how data comes. */
function eventDataReceived(c: TcpConnection, tcp: Tcp): void {
  const now = c.ns.world.scheduler.nowMs;
  c.dataSegsIn += segmentsIn(tcp);
  c.ackPending = true;
  measureSegment(c, tcp);
  if (c.atoMs === 0) {
    quickAcks(c, MAX_QUICK_ACKS);
    c.atoMs = ATO_MIN_MS;
  } else {
    const pause = now - c.lastReceivedMs;
    if (pause <= ATO_MIN_MS / 2) c.atoMs = c.atoMs / 2 + ATO_MIN_MS / 2;
    else if (pause < c.atoMs) c.atoMs = Math.min(c.atoMs / 2 + pause, c.rtoMs);
    else if (pause > c.rtoMs) quickAcks(c, MAX_QUICK_ACKS);
  }
  c.lastReceivedMs = now;
  growWindow(c, tcp.data.length);
}

function quickAcks(c: TcpConnection, most: number): void {
  const wanted = Math.min(Math.floor(c.rcvWnd / (2 * c.rcvMss)) || 2, most);
  if (wanted > c.quickAcks) c.quickAcks = wanted;
}

/** tcp_enter_quickack_mode(). */
function quickAck(c: TcpConnection): void {
  quickAcks(c, MAX_QUICK_ACKS);
  c.pingpong = false;
  c.atoMs = ATO_MIN_MS;
}

/** Something is to be acknowledged: at once or in a while (__tcp_ack_snd_check). */
export function ackWhatCame(c: TcpConnection): void {
  if (!c.ackPending || c.state === "CLOSED") return;
  const news = distance(c.rcvNxt, c.rcvWup);
  const fullSegment = news > c.rcvMss && (c.receivedBytes === 0 || freeWindow(c) >= c.rcvWnd);
  if (!fullSegment && !(c.quickAcks > 0 && !c.pingpong) && c.outOfOrder.length === 0) return delayAck(c);
  if (c.owned) c.ackDeferred = true;
  else sendAck(c);
}

/** The program has read: perhaps there is news about our window (tcp_cleanup_rbuf). */
export function afterRead(c: TcpConnection): void {
  if (c.state === "CLOSED") return;
  let now = false;
  if (c.ackPending) now = distance(c.rcvNxt, c.rcvWup) > c.rcvMss || (c.receivedBytes === 0 && (c.pushed > 1 || (c.pushed > 0 && !c.pingpong)));
  if (!now && !c.finReceived) {
    const offered = c.receiveWindow;
    if (2 * offered <= c.windowClamp) {
      const window = freeWindow(c);
      now = window > 0 && window >= 2 * offered;
    }
  }
  if (now) sendAck(c);
}

