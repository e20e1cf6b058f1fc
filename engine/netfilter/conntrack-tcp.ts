/**
 * TCP as conntrack sees it: nf_conntrack_tcp_packet() of nf_conntrack_proto_tcp.c. Given a
 * connection and one of its packets, decides whether the packet is valid, moves the state,
 * and says how long the connection may now live.
 */
import type { Packet, Tcp } from "../wire/packet";
import { type Connection, STATUS, type TcpSide, type TcpTrack } from "./connection";
import { KIND, kindOf, nextState, S, validFlags } from "./conntrack-tcp-states";
import { before, FLAG, inWindow, readOptions, segmentEnd } from "./conntrack-tcp-window";
import { type ConntrackSettings, tcpTimeout } from "./conntrack-timeouts";

/** `kill`: forget the connection, the packet goes on; `repeat`: forget it and look the packet up again. */
export type TcpVerdict =
  | { readonly kind: "accept" | "invalid" | "drop" | "kill" | "repeat" }
  | { readonly kind: "refresh"; readonly timeout: number; readonly changed: boolean; readonly assured: boolean };

const ACCEPT: TcpVerdict = { kind: "accept" };
const INVALID: TcpVerdict = { kind: "invalid" };

const side = (): TcpSide => ({ end: 0, maxEnd: 0, maxWin: 0, maxAck: 0, scale: 0, flags: 0 });

function fresh(): TcpTrack {
  return { state: S.none, seen: [side(), side()], lastDir: 0, retrans: 0, lastIndex: KIND.none, lastSeq: 0, lastAck: 0, lastEnd: 0, lastWin: 1, lastScale: 0, lastFlags: 0 };
}

/** A connection somebody has entered by hand: nothing is known of its numbers. */
export function pickedUp(state: number): TcpTrack {
  const track = fresh();
  track.state = state;
  for (const each of track.seen) each.flags = FLAG.beLiberal;
  return track;
}

/** tcp_new: a first packet; or, with tcp_loose, one from the middle of a connection nobody remembers. */
function begin(conn: Connection, tcp: Tcp, loose: boolean): TcpTrack | undefined {
  const state = nextState(0, kindOf(tcp.flags), S.none);
  if (state >= S.invalid || (state !== S.synSent && !loose)) return undefined;
  const track = fresh();
  const [original, reply] = track.seen;
  original.end = segmentEnd(tcp);
  original.maxWin = tcp.window === 0 ? 1 : tcp.window;
  if (state === S.synSent) {
    original.maxEnd = original.end;
    readOptions(tcp, original);
  } else {
    original.maxEnd = (original.end + original.maxWin) >>> 0;
    original.flags = reply.flags = FLAG.sackPermitted | FLAG.beLiberal;
  }
  conn.tcp = track;
  return track;
}

export function tcpPacket(conn: Connection, packet: Packet, direction: 0 | 1, settings: ConntrackSettings, leftMs: number): TcpVerdict {
  const tcp = packet.payload as Tcp;
  if (!validFlags(tcp.flags)) return INVALID;
  const track = conn.confirmed ? conn.tcp : begin(conn, tcp, settings.tcp_loose !== 0);
  if (!track) return INVALID;

  const kind = kindOf(tcp.flags);
  const step = transition(conn, track, tcp, direction, kind, settings);
  if ("verdict" in step) return step.verdict;

  if (!step.skipWindow) {
    const fit = inWindow(track, direction, kind, packet, settings.tcp_be_liberal !== 0);
    if (fit === "ignore") return ACCEPT;
    if (fit === "invalid") {
      handleInvalid(conn, track, direction, kind, settings, leftMs);
      return INVALID;
    }
  }
  return settle(conn, track, direction, kind, step.from, step.to, settings);
}

type Step = { readonly verdict: TcpVerdict } | { readonly from: number; readonly to: number; readonly skipWindow: boolean };

function transition(conn: Connection, track: TcpTrack, tcp: Tcp, direction: 0 | 1, kind: number, settings: ConntrackSettings): Step {
  const from = track.state;
  const to = nextState(direction, kind, from);
  const [a, b] = track.seen;
  switch (to) {
    case S.synSent:
      if (from < S.timeWait) break;
      // The port is used again after a proper close, or after a reset: that is a new connection.
      if ((a.flags | b.flags) & FLAG.closeInit || (track.lastDir === direction && track.lastIndex === KIND.rst)) return { verdict: { kind: "repeat" } };
      return ignored(track, tcp, direction, kind, from);
    case S.ignore:
      return ignored(track, tcp, direction, kind, from);
    case S.invalid:
      return { verdict: INVALID };
    case S.timeWait:
      if (from === S.lastAck && kind === KIND.ack && track.lastDir !== direction && track.lastIndex === KIND.syn && track.lastFlags & FLAG.challengeAck) {
        track.lastFlags &= ~FLAG.challengeAck;
        return { verdict: ACCEPT };
      }
      break;
    case S.synSent2:
      track.lastFlags |= FLAG.simultaneousOpen;
      break;
    case S.synRecv:
      if (direction === 1 && kind === KIND.ack && track.lastFlags & FLAG.simultaneousOpen) return { from, to: S.established, skipWindow: false };
      break;
    case S.close:
      if (kind === KIND.rst) return reset(conn, track, tcp, direction, settings);
      break;
  }
  return { from, to, skipWindow: false };
}

/** A packet our entry cannot judge: it may be out of step with the two ends. Remember it, and let it through. */
function ignored(track: TcpTrack, tcp: Tcp, direction: 0 | 1, kind: number, from: number): Step {
  if (kind === KIND.synAck && track.lastIndex === KIND.syn && track.lastDir !== direction && tcp.ack === track.lastEnd) {
    // It answers a SYN that was ignored: the two ends have begun anew, and so do we.
    const other = track.seen[track.lastDir];
    other.end = other.maxEnd = track.lastEnd;
    other.maxWin = track.lastWin === 0 ? 1 : track.lastWin;
    other.scale = track.lastScale;
    track.lastFlags &= ~FLAG.challengeAck;
    other.flags = track.lastFlags;
    Object.assign(track.seen[direction], side());
    return { from: S.synSent, to: S.synRecv, skipWindow: false };
  }
  track.lastIndex = kind;
  track.lastDir = direction;
  track.lastSeq = tcp.seq;
  track.lastEnd = segmentEnd(tcp);
  track.lastWin = tcp.window;
  if (kind === KIND.syn && direction === 0) {
    const offered = side();
    readOptions(tcp, offered);
    track.lastScale = offered.flags & FLAG.windowScale ? offered.scale : 0;
    track.lastFlags = offered.flags & (FLAG.windowScale | FLAG.sackPermitted);
    if (from === S.lastAck) track.lastFlags |= FLAG.challengeAck;
  }
  if (from === S.synSent && kind === KIND.ack && direction === 1) track.lastAck = tcp.ack;
  return { verdict: ACCEPT };
}

/** A RST must hit the right number, or anybody could close anybody's connection (RFC 5961). */
function reset(conn: Connection, track: TcpTrack, tcp: Tcp, direction: 0 | 1, settings: ConntrackSettings): Step {
  const from = track.state;
  const close: Step = { from, to: S.close, skipWindow: false };
  const unchecked: Step = { from, to: S.close, skipWindow: true };
  if (canDropEarly(conn)) return unchecked;
  const receiver = track.seen[direction === 0 ? 1 : 0];
  const established = from === S.established;
  let to: number = S.close;
  if (receiver.flags & FLAG.maxAckSet && track.lastIndex !== KIND.syn) {
    if (tcp.seq === 0 && !established) return close;
    if (before(tcp.seq, receiver.maxAck) && !settings.tcp_ignore_invalid_rst) return { verdict: INVALID };
    if (!established || tcp.seq === receiver.maxAck) return close;
    if (track.lastIndex === KIND.ack && track.lastDir === direction && tcp.seq === track.lastEnd) return close;
    to = from; // Not exactly right: the other end may answer with a challenge ACK.
  }
  const answersIgnored = (conn.has(STATUS.seenReply) && track.lastIndex === KIND.syn) || (!conn.has(STATUS.assured) && track.lastIndex === KIND.ack);
  if (answersIgnored && tcp.ack === track.lastEnd) return { from, to, skipWindow: true };
  if (from === S.synSent && track.lastIndex === KIND.ack && track.lastDir === 1 && tcp.seq === track.lastAck) return { from, to, skipWindow: true };
  return { from, to, skipWindow: false };
}

/** tcp_can_early_drop: it is closing, so it may go when room is needed. */
export function canDropEarly(conn: Connection): boolean {
  const state = conn.tcp?.state;
  return state === S.finWait || state === S.lastAck || state === S.timeWait || state === S.close || state === S.closeWait;
}

/** A FIN or RST that does not fit: do not keep such a connection for five days on its account. */
function handleInvalid(conn: Connection, track: TcpTrack, direction: 0 | 1, kind: number, settings: ConntrackSettings, leftMs: number): void {
  if (!conn.has(STATUS.assured) || conn.has(STATUS.fixedTimeout)) return;
  if (kind !== KIND.rst && kind !== KIND.fin) return;
  if (track.lastDir !== direction && (track.lastIndex === KIND.fin || track.lastIndex === KIND.rst)) {
    const limitMs = settings.tcp_timeout_unacknowledged * 1000;
    if (leftMs >= 120_000 && leftMs > limitMs) conn.expiresMs -= leftMs - limitMs;
    return;
  }
  track.lastIndex = kind;
  track.lastDir = direction;
}

function settle(conn: Connection, track: TcpTrack, direction: 0 | 1, kind: number, from: number, to: number, settings: ConntrackSettings): TcpVerdict {
  track.lastIndex = kind;
  track.lastDir = direction;
  track.state = to;
  if (from !== to && to === S.finWait) track.seen[direction].flags |= FLAG.closeInit;

  const normal = tcpTimeout(settings, to);
  const { tcp_timeout_max_retrans: retransmitting, tcp_timeout_unacknowledged: unacknowledged } = settings;
  const waiting = (track.seen[0].flags | track.seen[1].flags) & FLAG.dataUnacknowledged;
  let timeout = normal;
  if (track.retrans >= settings.tcp_max_retrans && normal > retransmitting) timeout = retransmitting;
  else if (kind === KIND.rst) timeout = settings.tcp_timeout_close;
  else if (waiting && normal > unacknowledged) timeout = unacknowledged;
  else if (track.lastWin === 0 && normal > retransmitting) timeout = retransmitting;

  if (!conn.has(STATUS.seenReply)) {
    if (kind === KIND.rst) return { kind: "kill" };
    // A retransmitted SYN does not prolong: or a busy client would keep a wrong NAT decision alive for ever.
    if (kind === KIND.syn && from === S.synSent) return ACCEPT;
    if (to === S.established && timeout > unacknowledged) timeout = unacknowledged;
    return { kind: "refresh", timeout, changed: from !== to, assured: false };
  }
  const assured = !conn.has(STATUS.assured) && (from === S.synRecv || from === S.established) && to === S.established;
  return { kind: "refresh", timeout, changed: from !== to, assured };
}
