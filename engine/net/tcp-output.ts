/**
 * Sending: what stands in a segment's header, and how the connection speaks of itself (windows, options,
 * resets). In Linux: __tcp_transmit_skb() and its like in net/ipv4/tcp_output.c. Which segment may leave is decided in tcp-push.ts.
 *
 * Differs: no ECN, no fast open.
 */
import { NO_BYTES } from "../core/bytes";
import type { Packet, Tcp, TcpOptions } from "../wire/packet";
import { PROTO, TCP } from "../wire/packet";
import type { Ip } from "../wire/ip";
import type { Netns } from "./netns";
import { sendFromSocket, type SendFailure } from "./sock-route";
import type { TcpConnection } from "./tcp-connection";
import type { OutSegment } from "./tcp-queue";
import { after, before } from "./tcp-seq";
import { MAX_WINDOW, selectWindow } from "./tcp-window";

const MAX_SACK_BLOCKS = 3;

/** The clock of the timestamp option: milliseconds, from a different start for every connection. */
export function timestampNow(c: TcpConnection): number {
  return (Math.floor(c.ns.world.scheduler.nowUs / 1000) + c.tsOffset) >>> 0;
}

/** What a segment carries now that the connection stands (tcp_established_options). */
function establishedOptions(c: TcpConnection): TcpOptions {
  const says = c.sackOk && (c.outOfOrder.length > 0 || c.dsack !== undefined);
  if (c.timestamps) {
    const timestamp = [timestampNow(c), c.tsRecent] as const;
    return says ? { timestamp, sack: sackBlocks(c) } : { timestamp };
  }
  return says ? { sack: sackBlocks(c) } : NO_OPTIONS;
}

const NO_OPTIONS: TcpOptions = {};

/** The block with the newest segment first (RFC 2018 §4). */
function sackBlocks(c: TcpConnection): (readonly [number, number])[] {
  const blocks: [number, number][] = [];
  for (const { seq, end } of c.outOfOrder) {
    const last = blocks[blocks.length - 1];
    if (last && !after(seq, last[1])) last[1] = after(end, last[1]) ? end : last[1];
    else blocks.push([seq, end]);
  }
  const newest = blocks.findIndex(([left, right]) => !before(c.lastEarlySeq, left) && before(c.lastEarlySeq, right));
  const [first] = newest > 0 ? blocks.splice(newest, 1) : [];
  const ordered = first ? [first, ...blocks] : blocks;
  const { dsack } = c;
  c.dsack = undefined;
  return (dsack ? [dsack, ...ordered] : ordered).slice(0, MAX_SACK_BLOCKS);
}

/** SYN and SYN-ACK: in a SYN everything we can do, in its answer what both can (tcp_syn_options, tcp_synack_options). */
function synOptions(c: TcpConnection, answer: boolean): TcpOptions {
  const { ipv4 } = c.ns.sysctl;
  const timestamps = answer ? c.timestamps : ipv4.tcp_timestamps !== 0;
  const sack = answer ? c.sackOk : ipv4.tcp_sack !== 0;
  const scale = answer ? c.wscaleOk : ipv4.tcp_window_scaling !== 0;
  return {
    mss: c.advMss,
    ...(sack && { sackPermitted: true }),
    ...(timestamps && { timestamp: [timestampNow(c), c.tsRecent] as const }),
    ...(scale && { windowScale: c.rcvWscale }),
  };
}

/** Builds one segment and hands it to IP (__tcp_transmit_skb). What a failure means is for the caller's timers. */
function transmit(c: TcpConnection, seq: number, flags: number, options: TcpOptions, window: number, data: Uint8Array, count = 1): SendFailure | undefined {
  const payload: Tcp = { kind: "tcp", sport: c.localPort, dport: c.peerPort, seq, ack: flags & TCP.ack ? c.rcvNxt : 0, flags, window, options, data };
  if (count > 1) payload.gsoSize = c.mss;
  const packet: Packet = {
    kind: "ipv4",
    src: c.localIp,
    dst: c.peerIp,
    ttl: c.ttl || c.ns.sysctl.ipv4.ip_default_ttl,
    tos: c.tos,
    id: flags & TCP.syn && flags & TCP.ack ? 0 : nextIpId(c, count),
    df: true,
    mf: false,
    offset: 0,
    proto: PROTO.tcp,
    payload,
  };
  const skb = c.ns.newSkb(packet);
  skb.mark = c.mark;
  skb.socket = c;
  c.txHash ||= c.ns.sockets.tcp.randomHash();
  skb.hash = c.txHash;
  c.segsOut += count;
  c.ns.snmp.tcp.OutSegs += count;
  const failure = sendFromSocket(c.ns, skb, c.device);
  return failure === "ENOBUFS" ? undefined : failure; // As if it had been lost on the way.
}

function nextIpId(c: TcpConnection, count: number): number {
  const id = c.ipId;
  c.ipId = (id + count) & 0xffff;
  return id;
}

/** Sends (again) one segment of the queue. */
export function sendSegment(c: TcpConnection, segment: OutSegment): SendFailure | undefined {
  const syn = (segment.flags & TCP.syn) !== 0;
  segment.sentUs = c.ns.world.scheduler.nowUs;
  segment.lost = false;
  if (syn) {
    const answer = (segment.flags & TCP.ack) !== 0;
    return transmit(c, segment.seq, segment.flags, synOptions(c, answer), Math.min(c.rcvWnd, MAX_WINDOW), segment.data);
  }
  const options = establishedOptions(c);
  const window = selectWindow(c);
  acknowledged(c);
  if (segment.data.length > 0) {
    dataSent(c);
    c.dataSegsOut += segment.count;
    c.bytesSent += segment.data.length;
  }
  // A large one says PSH, so that nobody waits for more to join it.
  const push = segment.count > 1 ? TCP.psh : 0;
  return transmit(c, segment.seq, segment.flags | TCP.ack | push, options, window, segment.data, segment.count);
}

/** An acknowledgement has left with some segment (tcp_event_ack_sent). */
function acknowledged(c: TcpConnection): void {
  if (c.quickAcks > 0) {
    c.quickAcks -= c.ackPending ? 1 : 0;
    if (c.quickAcks === 0) c.atoMs = 40;
  }
  c.ackPending = false;
  c.pushed = 0;
  c.ackTimer.clear();
}

/** Data right after data: a conversation, in which answers carry the acknowledgements (tcp_event_data_sent). */
function dataSent(c: TcpConnection): void {
  const now = c.ns.world.scheduler.nowMs;
  c.lastSentMs = now;
  if (now - c.lastReceivedMs < c.atoMs) c.pingpong = true;
}

/** A segment without data that acknowledges what has come. */
export function sendAck(c: TcpConnection): void {
  if (c.state === "CLOSED" || c.state === "LISTEN" || c.state === "SYN_SENT") return;
  const options = establishedOptions(c);
  const window = selectWindow(c);
  acknowledged(c);
  transmit(c, c.sndNxt, TCP.ack, options, window, NO_BYTES);
}

/** Asks "are you there, and is there room?" with a byte that has been acknowledged long ago (tcp_xmit_probe_skb). */
export function sendProbe(c: TcpConnection): void {
  transmit(c, (c.sndUna - 1) >>> 0, TCP.ack, establishedOptions(c), selectWindow(c), NO_BYTES);
}

/** The program gives up, or there is nobody to read any more (tcp_send_active_reset). */
export function sendActiveReset(c: TcpConnection): void {
  c.ns.snmp.tcp.OutRsts++;
  transmit(c, c.sndNxt, TCP.rst | TCP.ack, establishedOptions(c), selectWindow(c), NO_BYTES);
}

/** A segment without a connection: answers of the listener in TIME_WAIT and of nobody at all. */
export type BareSegment = { readonly src: Ip; readonly dst: Ip; readonly sport: number; readonly dport: number; readonly seq: number; readonly ack: number; readonly flags: number; readonly window: number; readonly options: TcpOptions };

export function sendBare(ns: Netns, s: BareSegment, mark = 0, tos = 0): void {
  const skb = ns.newSkb({
    kind: "ipv4",
    src: s.src,
    dst: s.dst,
    ttl: ns.sysctl.ipv4.ip_default_ttl,
    tos,
    id: 0,
    df: true,
    mf: false,
    offset: 0,
    proto: PROTO.tcp,
    payload: { kind: "tcp", sport: s.sport, dport: s.dport, seq: s.seq, ack: s.ack, flags: s.flags, window: s.window, options: s.options, data: NO_BYTES },
  });
  skb.mark = mark;
  ns.snmp.tcp.OutSegs++;
  if (sendFromSocket(ns, skb, undefined) === "EPERM") ns.snmp.ip.OutDiscards++;
}
