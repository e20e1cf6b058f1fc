/**
 * Does this segment fit what the two sides have said so far? tcp_in_window() of
 * nf_conntrack_proto_tcp.c, after "Real Stateful TCP Packet Filtering in IP Filter"
 * (G. van Rooij). As from Linux 6.1: a segment *behind* the window is ignored (let through,
 * nothing learnt), one *beyond* it, or one acknowledging what was never sent, is INVALID.
 */
import { type Packet, TCP, type Tcp } from "../wire/packet";
import type { TcpSide, TcpTrack } from "./connection";
import { KIND, S } from "./conntrack-tcp-states";

export const FLAG = { windowScale: 1, sackPermitted: 2, closeInit: 4, beLiberal: 8, dataUnacknowledged: 16, maxAckSet: 32, challengeAck: 64, simultaneousOpen: 128 } as const;
const MAX_SCALE = 14;
/** MAXACKWINCONST: an acknowledgement may lag this far behind. */
const ACK_WINDOW = 66_000;

export type Fit = "accept" | "ignore" | "invalid";

/** Sequence numbers wrap: `a` before `b` on the circle. */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => ((b - a) | 0) < 0;
const wrap = (n: number): number => n >>> 0;

/** Where the segment ends in sequence space; SYN and FIN count as one each. */
export function segmentEnd(tcp: Tcp): number {
  return wrap(tcp.seq + tcp.data.length + (tcp.flags & TCP.syn ? 1 : 0) + (tcp.flags & TCP.fin ? 1 : 0));
}

/** tcp_options: what a SYN promises about scaling and SACK. */
export function readOptions(tcp: Tcp, side: TcpSide): void {
  side.scale = 0;
  side.flags = 0;
  const { options } = tcp;
  if (options.sackPermitted) side.flags |= FLAG.sackPermitted;
  if (options.windowScale !== undefined) {
    side.scale = Math.min(options.windowScale, MAX_SCALE);
    side.flags |= FLAG.windowScale;
  }
}

function initSender(sender: TcpSide, receiver: TcpSide, tcp: Tcp, end: number, direction: 0 | 1): void {
  const { window } = tcp;
  if (tcp.flags & TCP.syn) {
    sender.end = sender.maxEnd = end;
    sender.maxWin = window === 0 ? 1 : window;
    readOptions(tcp, sender);
    // Both sides must offer scaling, or there is none (RFC 7323).
    if (direction === 1 && !(sender.flags & receiver.flags & FLAG.windowScale)) sender.scale = receiver.scale = 0;
    return;
  }
  // In the middle of a connection whose history is lost: learn from this packet.
  const scaled = window * 2 ** sender.scale;
  sender.end = end;
  sender.maxWin = scaled === 0 ? 1 : scaled;
  sender.maxEnd = wrap(end + sender.maxWin);
  if (receiver.maxWin === 0) receiver.end = receiver.maxEnd = highestSack(tcp);
  else if (highestSack(tcp) === wrap(receiver.end + 1)) receiver.end = wrap(receiver.end + 1); // A reply to a keepalive.
}

/** The highest number acknowledged, selectively or not (tcp_sack). */
function highestSack(tcp: Tcp): number {
  let sack = tcp.ack;
  for (const [, right] of tcp.options.sack ?? []) if (after(right, sack)) sack = right;
  return sack;
}

export function inWindow(track: TcpTrack, direction: 0 | 1, kind: number, packet: Packet, liberal: boolean): Fit {
  const tcp = packet.payload as Tcp;
  const sender = track.seen[direction];
  const receiver = track.seen[direction === 0 ? 1 : 0];
  const { flags } = tcp;
  let { seq, ack } = tcp;
  let end = segmentEnd(tcp);
  let sack = receiver.flags & FLAG.sackPermitted ? highestSack(tcp) : ack;

  if (sender.maxWin === 0) {
    initSender(sender, receiver, tcp, end, direction);
    if (flags & TCP.syn && !(flags & TCP.ack)) return "accept"; // Simultaneous open.
  } else if (flags & TCP.syn && after(end, sender.end) && (track.state === S.synSent || track.state === S.synRecv)) {
    initSender(sender, receiver, tcp, end, direction);
    if (direction === 1 && !(flags & TCP.ack)) return "accept";
  }

  // Some stacks set ACK in a RST and leave the number 0.
  if (!(flags & TCP.ack) || (flags & TCP.rst && ack === 0)) ack = sack = receiver.end;
  if (flags & TCP.rst && seq === 0 && track.state === S.synSent) seq = end = sender.end;

  const refused = fault(sender, receiver, seq, end, sack);
  if (refused !== "accept") return liberal || sender.flags & FLAG.beLiberal ? "accept" : refused;

  learn(track, direction, tcp, { seq, end, ack, sack });
  if (kind === KIND.ack) countRetransmission(track, direction, seq, ack, end, tcp.window);
  return "accept";
}

function fault(sender: TcpSide, receiver: TcpSide, seq: number, end: number, sack: number): Fit {
  const ackWindow = Math.max(sender.maxWin, ACK_WINDOW);
  const lowestAck = wrap(receiver.end - ackWindow - 1);
  const lowestEnd = wrap(sender.end - receiver.maxWin - 1);
  if (!before(seq, wrap(sender.maxEnd + 1))) {
    // More than the window allows. If only that is wrong, remember it: the peer may well acknowledge it.
    const overshot = wrap(end - sender.maxEnd + 1);
    const onlyThat = receiver.maxWin !== 0 && after(end, lowestEnd) && after(sack, lowestAck) && overshot <= receiver.maxWin && before(sack, wrap(receiver.end + 1));
    if (onlyThat) {
      sender.end = end;
      sender.flags |= FLAG.dataUnacknowledged;
    }
    return "invalid";
  }
  if (!before(sack, wrap(receiver.end + 1))) return "invalid"; // It acknowledges what was never seen.
  if (receiver.maxWin !== 0 && !after(end, lowestEnd)) return "ignore"; // Acknowledged data, sent again.
  if (!after(sack, lowestAck)) return "ignore"; // Overly delayed.
  return "accept";
}

function learn(track: TcpTrack, direction: 0 | 1, tcp: Tcp, at: { seq: number; end: number; ack: number; sack: number }): void {
  const sender = track.seen[direction];
  const receiver = track.seen[direction === 0 ? 1 : 0];
  const { end, ack, sack } = at;
  const win = tcp.flags & TCP.syn ? tcp.window : tcp.window * 2 ** sender.scale;

  sender.maxWin = Math.max(sender.maxWin, win + wrap(sack - ack));
  if (after(end, sender.end)) {
    sender.end = end;
    sender.flags |= FLAG.dataUnacknowledged;
  }
  if (tcp.flags & TCP.ack) {
    if (!(sender.flags & FLAG.maxAckSet) || after(ack, sender.maxAck)) sender.maxAck = ack;
    sender.flags |= FLAG.maxAckSet;
  }
  if (receiver.maxWin !== 0 && after(end, sender.maxEnd)) receiver.maxWin += wrap(end - sender.maxEnd);
  if (after(wrap(sack + win), wrap(receiver.maxEnd - 1))) receiver.maxEnd = wrap(sack + win + (win === 0 ? 1 : 0));
  if (ack === receiver.end) receiver.flags &= ~FLAG.dataUnacknowledged;
}

function countRetransmission(track: TcpTrack, direction: 0 | 1, seq: number, ack: number, end: number, window: number): void {
  if (track.lastDir === direction && track.lastSeq === seq && track.lastAck === ack && track.lastEnd === end && track.lastWin === window) {
    track.retrans++;
    return;
  }
  track.lastDir = direction;
  track.lastSeq = seq;
  track.lastAck = ack;
  track.lastEnd = end;
  track.lastWin = window;
  track.retrans = 0;
}
