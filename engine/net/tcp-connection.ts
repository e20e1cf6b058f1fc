/**
 * One end of a TCP connection: everything it must remember. In Linux: struct tcp_sock. What it
 * does stands in tcp-input.ts, tcp-ack.ts, tcp-output.ts and tcp-timers.ts; what a program holds
 * of it is a TcpSocket.
 *
 * It lives on after its socket has been closed, until the other side has its FIN.
 */
import type { Code } from "../core/errno";
import { Signal } from "../core/task";
import { type Ip, ANY } from "../wire/ip";
import { type Tcp, TCP } from "../wire/packet";
import { timerDueUs } from "./jiffies";
import { LazyTimer } from "./lazy-timer";
import type { Netns } from "./netns";
import type { SocketOwner } from "./socket";
import type { Waiting } from "./tcp-lock";
import type { Unread } from "./tcp-read";
import { OutQueue, OutSegment } from "./tcp-queue";
import { add } from "./tcp-seq";
import * as timers from "./tcp-timers";

export type TcpState = "CLOSED" | "LISTEN" | "SYN_SENT" | "SYN_RECV" | "ESTABLISHED" | "FIN_WAIT1" | "FIN_WAIT2" | "CLOSE_WAIT" | "CLOSING" | "LAST_ACK" | "TIME_WAIT";

/** A connection, or what is left of one in TIME_WAIT, as the table of connections keeps it. */
export interface TcpEntry {
  readonly localIp: Ip;
  readonly localPort: number;
  readonly peerIp: Ip;
  readonly peerPort: number;
  readonly state: TcpState;
  /** The next entry with the same hash. */
  hashNext: TcpEntry | undefined;
}

/** TCP_INIT_CWND, and what is allowed before anybody has measured. */
const INITIAL_CWND = 10;
export const DEFAULT_MSS = 536;

export class TcpConnection implements TcpEntry {
  state: TcpState = "CLOSED";
  localIp: Ip = ANY;
  localPort = 0;
  peerIp: Ip = ANY;
  peerPort = 0;
  hashNext: TcpEntry | undefined;
  readonly inode: number;

  /** sk_txhash: which path a tunnel or several next hops take; 0 until the first segment, another after each time-out. */
  txHash = 0;

  /** The program's end is gone: nobody will read any more. */
  orphan = false;
  /** Its program is closing it at this moment: what is sent until that is done is still the program's. */
  leaving = false;
  owner: SocketOwner | undefined;
  readonly readable = new Signal();
  readonly writable = new Signal();
  /** What the next call will fail with. */
  error: Code | undefined;
  /** It has been a connection: it cannot become another one. */
  wasEstablished = false;
  /** A program's call has it for itself (sock_owned_by_user); what arrives meanwhile waits. */
  owned = false;
  /** A short write has just been done, and the answers that came meanwhile are about to be looked at. */
  answersWait = false;
  readonly backlogged: Waiting[] = [];
  /** "Fragmentation needed" has come meanwhile (TCP_MTU_REDUCED_DEFERRED). */
  pathShrunk = false;
  /** An ICMP error that did not kill the connection: named should it die of a time-out. */
  softError: Code | undefined;
  /** IP_RECVERR: such an error is told to the program at once. */
  receiveErrors = false;

  // What we send: SND.* of RFC 9293 §3.3.1.
  iss = 0;
  sndUna = 0;
  sndNxt = 0;
  /** Behind the last byte the program has written. */
  writeSeq = 0;
  sndWnd = 0;
  sndWl1 = 0;
  maxWindow = 0;
  sndWscale = 0;
  /** The end of the last segment smaller than the MSS: Minshall's rule for Nagle. */
  smallEnd = 0;
  /** Up to here a segment with PSH has been made. */
  pushedSeq = 0;
  /** When a segment last left for the first time. */
  lastWriteUs = 0;
  readonly out = new OutQueue();
  /** Data bytes per segment, options taken off already. */
  mss = DEFAULT_MSS;
  /** What the other side said it takes. */
  peerMss = DEFAULT_MSS;
  /** What we said we take: from our route's MTU. */
  advMss = DEFAULT_MSS;
  pathMtu = 0;
  finQueued = false;
  /** sk_sndbuf; and a program has found it full (SOCK_NOSPACE). */
  sendBuffer: number;
  wantsRoom = false;

  // What we receive: RCV.*.
  irs = 0;
  rcvNxt = 0;
  /** RCV.NXT and the window when we last told them. */
  rcvWup = 0;
  rcvWnd = 0;
  rcvWscale = 0;
  /** Memory for what waits unread, the kernel's own overhead included: tcp_rmem's default when it began (sk_rcvbuf). */
  readonly receiveBuffer: number;
  /** How much of that memory is data, in 256ths: half, until a full segment has shown it (scaling_ratio). */
  scaling = 128;
  /** The most the window may ever be (window_clamp). */
  windowClamp: number;
  /** The most the window may grow to now. */
  rcvSsthresh: number;
  rcvMss = DEFAULT_MSS;
  /** Read by the program from here. */
  readonly received: Unread[] = [];
  receivedBytes = 0;
  /** What that takes of the receive buffer (sk_rmem_alloc). */
  receivedMemory = 0;
  /** What came too early, by sequence number. */
  outOfOrder: { seq: number; end: number; tcp: Tcp; fin: boolean }[] = [];
  lastEarlySeq = 0;
  /** FIN has come: nothing more to read after what is here. */
  finReceived = false;
  readShutdown = false;
  writeShutdown = false;

  // Options agreed on.
  timestamps = false;
  sackOk = false;
  /** What has come a second time: said once, in front of all blocks (RFC 2883). */
  dsack: readonly [left: number, right: number] | undefined;
  wscaleOk = false;
  tsOffset = 0;
  tsRecent = 0;
  tsRecentAtUs = 0;

  // Time: round trips and what follows from them (RFC 6298), in microseconds.
  srttUs = 0;
  rttvarUs = 0;
  mdevUs = 0;
  minRttUs = 0;
  rtoMs = timers.RTO_INITIAL_MS;
  backoff = 0;
  retransmits = 0;
  /** When the first segment of the current trouble was sent. */
  retransStampUs = 0;
  totalRetransmits = 0;
  probes = 0;
  /** Since when it has been asking for room; -1: it does not. */
  probesSinceUs = -1;
  /** The highest sequence number when a tail loss probe went out; 0 when none is pending. */
  tlpHigh = 0;

  // Congestion (RFC 5681).
  cwnd = INITIAL_CWND;
  cwndCount = 0;
  /** It is the congestion window that holds us back; else, how many segments were out at most; and until when that is remembered. */
  windowLimited = false;
  mostOut = 0;
  limitedUntil = 0;
  ssthresh = 0x7fff_ffff;
  dupAcks = 0;
  /** SND.NXT when a loss was noticed: recovery ends when it has been acknowledged. */
  highSeq = 0;
  caState: "open" | "recovery" | "loss" = "open";
  /** Of the segments that have arrived, the one sent last: when, its end, and its round trip (struct tcp_rack). */
  rackSentUs = -1;
  rackEnd = 0;
  rackRttUs = 0;

  // Delayed acknowledgements (struct inet_connection_sock's icsk_ack).
  ackPending = false;
  /** How often what came looked like the end of a write, up to two (ICSK_ACK_PUSHED, ICSK_ACK_PUSHED2). */
  pushed = 0;
  /** One was due while a call had the socket: it leaves when the call is done (TCP_ACK_DEFERRED). */
  ackDeferred = false;
  quickAcks = 0;
  pingpong = false;
  atoMs = 0;
  lastReceivedMs = 0;
  lastSentMs = 0;
  lastAckMs = 0;
  /** When a segment outside the window was last answered. */
  lastOddAckMs = Number.NEGATIVE_INFINITY;

  // Counters of `ss -i`.
  bytesSent = 0;
  bytesAcked = 0;
  bytesReceived = 0;
  bytesRetransmitted = 0;
  segsOut = 0;
  segsIn = 0;
  dataSegsOut = 0;
  dataSegsIn = 0;

  // Options of the program.
  noDelay = false;
  keepAlive = false;
  keepIdleMs = 0;
  keepIntervalMs = 0;
  keepCount = 0;
  userTimeoutMs = 0;
  /** TCP_SYNCNT; 0 means tcp_syn_retries. */
  synRetries = 0;
  lingerZero = false;
  reuseAddress = false;
  reusePort = false;
  dual = false;
  mark = 0;
  /** 0: net.ipv4.ip_default_ttl. */
  ttl = 0;
  tos = 0;
  device: string | undefined;
  /** The identification of its packets (inet->inet_id). */
  ipId = 0;
  /** The program chose the address or port itself. */
  boundAddress = false;
  boundPort = false;

  // A listener's queues, or the listener a SYN_RECV one belongs to.
  backlog = 0;
  readonly acceptQueue: TcpConnection[] = [];
  halfOpen = 0;
  /** The kernel's log has its line about SYN cookies. */
  warnedOfFlood = false;
  parent: TcpConnection | undefined;

  /** Retransmission, tail loss probe or window probe: only ever one of them. */
  readonly sendTimer: LazyTimer;
  sendTimerFor: "none" | "retransmit" | "probe" | "loss-probe" | "reorder" = "none";
  readonly ackTimer: LazyTimer;
  /** Keep-alive; FIN_WAIT2 of an orphan. */
  readonly keepTimer: LazyTimer;

  constructor(readonly ns: Netns) {
    const { scheduler } = ns.world;
    this.inode = ns.sockets.nextInode();
    this.receiveBuffer = ns.sockets.receiveBuffer;
    this.sendBuffer = ns.sockets.sendBuffer;
    this.windowClamp = this.receiveBuffer >> 1;
    this.rcvSsthresh = this.windowClamp;
    this.sendTimer = new LazyTimer(scheduler, () => timers.sendTimerFired(this), timerDueUs);
    this.ackTimer = new LazyTimer(scheduler, () => timers.ackTimerFired(this), timerDueUs);
    this.keepTimer = new LazyTimer(scheduler, () => timers.keepTimerFired(this), timerDueUs);
  }

  /** Puts SYN, data or FIN behind what is waiting to be sent. */
  enqueue(flags: number, data: Uint8Array): OutSegment {
    const segment = new OutSegment(this.writeSeq, flags, data);
    this.out.push(segment);
    this.writeSeq = add(this.writeSeq, segment.length);
    if (flags & TCP.fin) this.finQueued = true;
    return segment;
  }

  /** Bytes written by the program and not yet acknowledged. */
  get unacknowledged(): number {
    return (this.writeSeq - this.sndUna) >>> 0;
  }

  /** What the other side may still send without hearing from us (tcp_receive_window). */
  get receiveWindow(): number {
    const window = (this.rcvWup + this.rcvWnd - this.rcvNxt) | 0;
    return Math.max(window, 0);
  }

  /** Wakes whoever waits, for whatever. */
  notify(): void {
    this.readable.notify();
    this.writable.notify();
  }
}
