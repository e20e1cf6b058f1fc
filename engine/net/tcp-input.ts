/**
 * A segment has come in: whose it is, whether it fits, and what it changes. In Linux:
 * tcp_v4_rcv(), tcp_rcv_state_process(), tcp_rcv_established(); RFC 9293 §3.10.7.
 */
import { type Tcp, TCP, type TcpOptions } from "../wire/packet";
import type { Netns } from "./netns";
import type { Skb } from "./skb";
import { acknowledge } from "./tcp-ack";
import { fail, finish, forgetHalfOpen, orphanWaits, resetByPeer, timeWait } from "./tcp-close";
import type { TcpConnection } from "./tcp-connection";
import { ackWhatCame, dataCame, noteDuplicate } from "./tcp-data";
import { addToBacklog } from "./tcp-lock";
import { answersTo, listenerReceives, promote } from "./tcp-listen";
import { sendAck, sendBare } from "./tcp-output";
import { pushPending } from "./tcp-push";
import { checkSpace } from "./tcp-send-buffer";
import { add, after, before, distance } from "./tcp-seq";
import { establish, negotiate } from "./tcp-handshake";
import { TimeWait } from "./tcp-timewait";

/** False never: nobody being there is answered with RST, here. */
export function receiveTcp(ns: Netns, skb: Skb): boolean {
  const { packet } = skb;
  const tcp = packet.payload;
  if (tcp.kind !== "tcp") return false;
  if (skb.pktType !== "host" || packet.dst >>> 28 === 14) return true; // Nobody calls many at once.
  ns.snmp.tcp.InSegs++;
  const { tcp: table } = ns.sockets;
  let entry = table.lookup(packet.dst, tcp.dport, packet.src, tcp.sport);
  if (entry instanceof TimeWait) {
    const what = table.timeWaits.receive(entry, tcp);
    if (what === "reset") answerWithReset(ns, skb, tcp);
    if (what !== "new") return true;
    entry = undefined;
  }
  if (entry !== undefined) {
    const c = entry as TcpConnection;
    if (c.owned) addToBacklog(c, tcp, skb);
    else segmentArrives(c, tcp, skb);
    return true;
  }
  const listener = table.listener(packet.dst, tcp.dport, packet.src, tcp.sport, skb.inDev?.name);
  if (listener !== undefined && listenerReceives(listener, skb, tcp)) return true;
  if (!(tcp.flags & TCP.rst) && (listener !== undefined || skb.route?.type === "local")) answerWithReset(ns, skb, tcp);
  return true;
}

/** Nobody is there (tcp_v4_send_reset): in the place of what was acknowledged, or else acknowledging it. */
export function answerWithReset(ns: Netns, skb: Skb, tcp: Tcp): void {
  const { packet } = skb;
  ns.snmp.tcp.OutRsts++;
  // An address that only some other table calls local, or that is everybody's, cannot be a source.
  if (!ns.isLocal(packet.dst)) return void ns.snmp.tcp.OutSegs++;
  const hasAck = (tcp.flags & TCP.ack) !== 0;
  const length = tcp.data.length + (tcp.flags & TCP.syn ? 1 : 0) + (tcp.flags & TCP.fin ? 1 : 0);
  sendBare(
    ns,
    { src: packet.dst, dst: packet.src, sport: tcp.dport, dport: tcp.sport, seq: hasAck ? tcp.ack : 0, ack: hasAck ? 0 : add(tcp.seq, length), flags: hasAck ? TCP.rst : TCP.rst | TCP.ack, window: 0, options: NO_OPTIONS },
    ns.sysctl.ipv4.fwmark_reflect ? skb.mark : 0,
    packet.tos,
  );
}

const NO_OPTIONS: TcpOptions = {};

/** For a connection that is there. */
export function segmentArrives(c: TcpConnection, tcp: Tcp, skb: Skb): void {
  c.segsIn++;
  if (c.state === "SYN_SENT") return synSent(c, tcp, skb);
  if (c.state === "SYN_RECV" && isRepeatedSyn(c, tcp)) return answersTo(c);
  if (!acceptable(c, tcp)) return;
  if (!(tcp.flags & TCP.ack)) return;
  if (c.state === "SYN_RECV" && !completes(c, tcp, skb)) return;
  if (!acknowledge(c, tcp)) return;
  if (!afterAck(c, tcp)) return;
  if (tcp.data.length > 0 || tcp.flags & TCP.fin) {
    if (!takesData(c, tcp, skb)) return;
    dataCame(c, tcp);
    if (c.state === "CLOSED") return;
  } else if (tcp.flags & TCP.syn) {
    // Both called at once, and the other's SYN-ACK completes it: its SYN has come a second time.
    noteDuplicate(c, tcp.seq, c.rcvNxt);
    sendAck(c);
  }
  if (c.out.hasUnsent) pushPending(c);
  checkSpace(c);
  if (c.ackPending || c.outOfOrder.length > 0) ackWhatCame(c);
}

/** The answer to our SYN (tcp_rcv_synsent_state_process). */
function synSent(c: TcpConnection, tcp: Tcp, skb: Skb): void {
  if (tcp.flags & TCP.ack) {
    const strange = !after(tcp.ack, c.sndUna) || after(tcp.ack, c.sndNxt);
    if (strange) {
      if (!(tcp.flags & TCP.rst)) answerWithReset(c.ns, skb, tcp);
      return;
    }
    if (tcp.flags & TCP.rst) return resetByPeer(c);
    if (!(tcp.flags & TCP.syn)) return;
    negotiate(c, tcp);
    c.rcvNxt = add(tcp.seq, 1);
    c.rcvWup = c.rcvNxt;
    c.irs = tcp.seq;
    c.sndWnd = tcp.window;
    c.sndWl1 = tcp.seq;
    c.maxWindow = tcp.window;
    c.state = "ESTABLISHED";
    acknowledge(c, tcp);
    establish(c);
    c.lastReceivedMs = c.ns.world.scheduler.nowMs;
    sendAck(c);
    c.notify();
    return;
  }
  if (tcp.flags & TCP.rst) return;
  if (tcp.flags & TCP.syn) crossedSyn(c, tcp);
}

/** Both called at the same moment (RFC 9293 §3.5, figure 7). */
function crossedSyn(c: TcpConnection, tcp: Tcp): void {
  negotiate(c, tcp);
  c.rcvNxt = add(tcp.seq, 1);
  c.rcvWup = c.rcvNxt;
  c.irs = tcp.seq;
  c.sndWnd = tcp.window;
  c.sndWl1 = tcp.seq;
  c.maxWindow = tcp.window;
  c.state = "SYN_RECV";
  const syn = c.out.oldest;
  if (syn !== undefined) syn.flags |= TCP.ack;
  answersTo(c);
}

/** The client has not heard our SYN-ACK. */
function isRepeatedSyn(c: TcpConnection, tcp: Tcp): boolean {
  return (tcp.flags & (TCP.syn | TCP.rst | TCP.ack)) === TCP.syn && tcp.seq === c.irs;
}

/** tcp_validate_incoming(): old timestamps, what lies outside the window, RST, SYN in the middle. */
function acceptable(c: TcpConnection, tcp: Tcp): boolean {
  const rst = (tcp.flags & TCP.rst) !== 0;
  const { timestamp } = tcp.options;
  if (c.timestamps && timestamp !== undefined && before(timestamp[0], c.tsRecent) && !rst && !isOldDuplicateAck(c, tcp)) {
    duplicateAck(c, tcp);
    return false;
  }
  const length = tcp.data.length + (tcp.flags & TCP.fin ? 1 : 0) + (tcp.flags & TCP.syn ? 1 : 0);
  const end = add(tcp.seq, length);
  if (before(end, c.rcvWup) || after(tcp.seq, add(c.rcvNxt, c.receiveWindow))) {
    if (rst) return false;
    if (tcp.flags & TCP.syn) sendAck(c);
    else duplicateAck(c, tcp);
    return false;
  }
  if (rst) {
    if (tcp.seq === c.rcvNxt) resetByPeer(c);
    else sendAck(c);
    return false;
  }
  if (tcp.flags & TCP.syn && c.state !== "SYN_RECV") {
    sendAck(c);
    return false;
  }
  // RFC 7323 §4.3: remembered only from a segment that covers what was acknowledged last.
  if (c.timestamps && timestamp !== undefined && !after(tcp.seq, c.rcvWup)) {
    c.tsRecent = timestamp[0];
    c.tsRecentAtUs = c.ns.world.scheduler.nowUs;
  }
  return true;
}

/** tcp_disordered_ack(): a pure acknowledgement that was overtaken is no reason to complain. */
function isOldDuplicateAck(c: TcpConnection, tcp: Tcp): boolean {
  return tcp.data.length === 0 && !(tcp.flags & (TCP.fin | TCP.syn)) && tcp.seq === c.rcvNxt && tcp.ack === c.sndUna;
}

/** Says again what we have (tcp_send_dupack); to a segment without data not more often than net.ipv4.tcp_invalid_ratelimit. */
function duplicateAck(c: TcpConnection, tcp: Tcp): void {
  if (tcp.data.length === 0 && !(tcp.flags & TCP.fin)) {
    const now = c.ns.world.scheduler.nowMs;
    if (now - c.lastOddAckMs < c.ns.sysctl.ipv4.tcp_invalid_ratelimit) return;
    c.lastOddAckMs = now;
  }
  if (tcp.data.length > 0 && before(tcp.seq, c.rcvNxt)) {
    c.quickAcks = Math.max(c.quickAcks, 2);
    noteDuplicate(c, tcp.seq, add(tcp.seq, tcp.data.length));
  }
  sendAck(c);
}

/** The third segment of the handshake, at the listener's side. False: it does not complete it. */
function completes(c: TcpConnection, tcp: Tcp, skb: Skb): boolean {
  if (!after(tcp.ack, c.sndUna) || after(tcp.ack, c.sndNxt)) {
    answerWithReset(c.ns, skb, tcp);
    return false;
  }
  const taken = promote(c);
  if (taken === "abort") {
    c.ns.snmp.ext.TcpExtEmbryonicRsts++;
    answerWithReset(c.ns, skb, tcp);
    forgetHalfOpen(c);
  }
  if (taken !== "accepted") return false;
  c.state = "ESTABLISHED";
  c.sndWnd = tcp.window << c.sndWscale;
  c.sndWl1 = tcp.seq;
  c.maxWindow = c.sndWnd;
  c.writable.notify(); // Both called at once: connect() is done.
  return true;
}

/** What our FIN's acknowledgement changes. False: there is nothing left to do. */
function afterAck(c: TcpConnection, tcp: Tcp): boolean {
  const allAcknowledged = c.finQueued && c.sndUna === c.writeSeq;
  switch (c.state) {
    case "FIN_WAIT1":
      if (!allAcknowledged) return true;
      c.state = "FIN_WAIT2";
      if (!c.orphan) c.notify();
      else if (!(tcp.flags & TCP.fin) && tcp.data.length === 0) orphanWaits(c);
      return c.state === "FIN_WAIT2";
    case "CLOSING":
      if (!allAcknowledged) return true;
      timeWait(c);
      return false;
    case "LAST_ACK":
      if (!allAcknowledged) return true;
      finish(c);
      return false;
    default:
      return true;
  }
}

/** Data for a program that is gone is answered with RST: nobody must believe that it was read. */
function takesData(c: TcpConnection, tcp: Tcp, skb: Skb): boolean {
  if (c.state !== "FIN_WAIT1" && c.state !== "FIN_WAIT2") {
    if (c.state === "CLOSE_WAIT" || c.state === "CLOSING" || c.state === "LAST_ACK") {
      // What has been here before is acknowledged again; what comes after the end is nobody's.
      return !after(add(tcp.seq, tcp.data.length), c.rcvNxt) && before(tcp.seq, c.rcvNxt);
    }
    return true;
  }
  if (c.readShutdown && tcp.data.length > 0 && distance(add(tcp.seq, tcp.data.length), c.rcvNxt) > 0) {
    answerWithReset(c.ns, skb, tcp);
    fail(c, "ECONNRESET");
    return false;
  }
  return true;
}
