/**
 * A listener: calls that have begun (SYN_RECV), calls that wait to be accepted, and what happens
 * when there are too many. In Linux: tcp_conn_request(), tcp_check_req(), inet_csk_accept().
 *
 * Where more calls are half open than the backlog says, the listener answers with SYN cookies.
 */
import { NO_BYTES } from "../core/bytes";
import { printIp } from "../wire/ip";
import { type Tcp, TCP } from "../wire/packet";
import type { Skb } from "./skb";
import { pathTo } from "./sock-route";
import { TcpConnection } from "./tcp-connection";
import { advertisedMss, establish, initialWindow, negotiate } from "./tcp-handshake";
import { segmentArrives } from "./tcp-input";
import { sendSegment } from "./tcp-output";
import { add } from "./tcp-seq";
import { armRetransmit } from "./tcp-timers";
import { TIMESTAMP_BYTES } from "./tcp-window";

/** False: the segment makes no sense to a listener, and is answered with RST. */
export function listenerReceives(listener: TcpConnection, skb: Skb, tcp: Tcp): boolean {
  if (tcp.flags & TCP.rst) return true;
  if (tcp.flags & TCP.ack) return bringsCookie(listener, skb, tcp);
  if (!(tcp.flags & TCP.syn) || tcp.flags & TCP.fin) return true;
  const { ext } = skb.ns.snmp;
  if (isFull(listener)) {
    ext.TcpExtListenOverflows++;
    ext.TcpExtListenDrops++;
    skb.ns.drop(skb, "accept queue full");
    return true;
  }
  const crowded = listener.halfOpen > listener.backlog;
  if (crowded && skb.ns.sysctl.ipv4.tcp_syncookies === 0) {
    ext.TcpExtTCPReqQFullDrop++;
    ext.TcpExtListenDrops++;
    skb.ns.drop(skb, "too many half-open connections");
    return true;
  }
  const c = called(listener, skb, tcp);
  if (c === undefined) return true;
  if (crowded || skb.ns.sysctl.ipv4.tcp_syncookies === 2) answerWithCookie(listener, c);
  else {
    remember(listener, c);
    answer(c);
    armRetransmit(c);
  }
  return true;
}

/** The kernel says once for each listener that it sends cookies (tcp_syn_flood_action). */
function answerWithCookie(listener: TcpConnection, c: TcpConnection): void {
  const { ns } = listener;
  ns.snmp.ext.TcpExtTCPReqQFullDoCookies++;
  ns.snmp.ext.TcpExtSyncookiesSent++;
  if (!listener.warnedOfFlood) ns.log(`TCP: request_sock_TCP: Possible SYN flooding on port ${printIp(listener.localIp)}:${listener.localPort}. Sending cookies.`);
  listener.warnedOfFlood = true;
  answer(c);
  ns.sockets.tcp.cookies.remember(c, ns.world.scheduler.nowMs);
}

/** An ACK out of the blue: perhaps it has our cookie (cookie_v4_check). False: it has not. */
function bringsCookie(listener: TcpConnection, skb: Skb, tcp: Tcp): boolean {
  const { ns, packet } = skb;
  const { cookies } = ns.sockets.tcp;
  if (cookies.size === 0) return false;
  const { ext } = ns.snmp;
  const c = cookies.check(packet.src, packet.dst, tcp, ns.world.scheduler.nowMs);
  if (c === undefined) {
    ext.TcpExtSyncookiesFailed++;
    return false;
  }
  ext.TcpExtSyncookiesRecv++;
  if (isFull(listener)) {
    ext.TcpExtListenOverflows++;
    ext.TcpExtListenDrops++;
    return true;
  }
  cookies.taken(c);
  // The window is worked out anew, from the client's own segment size.
  initialWindow(c, c.peerMss, c.wscaleOk);
  remember(listener, c);
  segmentArrives(c, tcp, skb);
  return true;
}

/** sk_acceptq_is_full(): one more than the backlog says, as ever. */
function isFull(listener: TcpConnection): boolean {
  return listener.acceptQueue.length > listener.backlog;
}

/** A new connection, as the SYN describes it. */
function called(listener: TcpConnection, skb: Skb, tcp: Tcp): TcpConnection | undefined {
  const { ns } = listener;
  const { packet } = skb;
  // A SYN to many is answered by none (tcp_v4_conn_request).
  if (skb.route?.type === "broadcast" || skb.route?.type === "multicast") return undefined;
  const c = new TcpConnection(ns);
  const mark = ns.sysctl.ipv4.tcp_fwmark_accept ? skb.mark : listener.mark;
  const path = pathTo(ns, { dst: packet.src, src: packet.dst, mark, tos: listener.tos, device: listener.device });
  if (typeof path === "string") {
    ns.snmp.ip.OutNoRoutes++;
    return undefined;
  }
  c.localIp = packet.dst;
  c.localPort = tcp.dport;
  c.peerIp = packet.src;
  c.peerPort = tcp.sport;
  c.mark = mark;
  inherit(c, listener);
  const { tcp: table } = ns.sockets;
  c.ipId = table.randomId();
  c.tsOffset = table.timestampOffset(c.localIp, c.localPort, c.peerIp, c.peerPort);
  c.iss = table.initialSequence(c.localIp, c.localPort, c.peerIp, c.peerPort);
  c.sndUna = c.sndNxt = c.writeSeq = c.pushedSeq = c.limitedUntil = c.iss;
  c.pathMtu = path.mtu;
  c.advMss = path.advMss ?? advertisedMss(path.mtu);
  c.irs = tcp.seq;
  c.rcvNxt = add(tcp.seq, 1);
  c.rcvWup = c.rcvNxt;
  negotiate(c, tcp);
  initialWindow(c, c.advMss - (c.timestamps ? TIMESTAMP_BYTES : 0), c.wscaleOk);
  c.sndWnd = tcp.window;
  c.state = "SYN_RECV";
  return c;
}

/** It counts among the half-open ones, and its next segment finds it. */
function remember(listener: TcpConnection, c: TcpConnection): void {
  const { tcp: table } = c.ns.sockets;
  c.parent = listener;
  listener.halfOpen++;
  table.insert(c);
  table.addHalfOpen(c);
  table.takePort(c, true);
}

/** What a program has set on its listener counts for each call (sk_clone). */
function inherit(c: TcpConnection, listener: TcpConnection): void {
  c.ttl = listener.ttl;
  c.tos = listener.tos;
  c.device = listener.device;
  c.noDelay = listener.noDelay;
  c.userTimeoutMs = listener.userTimeoutMs;
  c.keepAlive = listener.keepAlive;
  c.keepIdleMs = listener.keepIdleMs;
  c.keepIntervalMs = listener.keepIntervalMs;
  c.keepCount = listener.keepCount;
  c.lingerZero = listener.lingerZero;
  c.reuseAddress = listener.reuseAddress;
  c.reusePort = listener.reusePort;
  c.boundPort = true;
  c.boundAddress = listener.boundAddress;
  c.dual = listener.dual;
}

/** SYN-ACK, for the first time. */
function answer(c: TcpConnection): void {
  const segment = c.enqueue(TCP.syn | TCP.ack, NO_BYTES);
  c.out.sent(c.mss);
  c.sndNxt = segment.end;
  sendSegment(c, segment);
}

/** SYN-ACK again, because the SYN came again. */
export function answersTo(c: TcpConnection): void {
  const segment = c.out.oldest;
  if (segment !== undefined) sendSegment(c, segment);
}

/**
 * The handshake is complete: the connection goes where accept() finds it. "full": there is no room, and the ACK is as if
 * lost; "abort": none either, and net.ipv4.tcp_abort_on_overflow wants that said.
 */
export function promote(c: TcpConnection): "accepted" | "full" | "abort" {
  const listener = c.parent;
  if (listener !== undefined) {
    if (isFull(listener)) {
      c.ns.snmp.ext.TcpExtListenOverflows++;
      c.ns.snmp.ext.TcpExtListenDrops++;
      return c.ns.sysctl.ipv4.tcp_abort_on_overflow === 0 ? "full" : "abort";
    }
    listener.halfOpen--;
    listener.acceptQueue.push(c);
    c.parent = undefined;
    c.ns.snmp.tcp.PassiveOpens++;
    listener.readable.notify();
  }
  c.ns.sockets.tcp.established(c);
  establish(c);
  return "accepted";
}
