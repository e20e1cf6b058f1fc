/**
 * TIME_WAIT: what stays of a connection for 60 seconds after both sides have said all, so that
 * the last acknowledgement can be repeated and late segments find nobody new (RFC 9293 §3.6.1).
 * In Linux: struct inet_timewait_sock, tcp_timewait_state_process().
 */
import type { Ip } from "../wire/ip";
import { type Tcp, TCP } from "../wire/packet";
import type { Netns } from "./netns";
import { timerDueUs } from "./jiffies";
import type { TcpConnection, TcpEntry } from "./tcp-connection";
import { sendBare } from "./tcp-output";
import { add, after, before } from "./tcp-seq";
import type { PortUser, TcpTable } from "./tcp-table";

export class TimeWait implements TcpEntry, PortUser {
  hashNext: TcpEntry | undefined;
  readonly localIp: Ip;
  readonly localPort: number;
  readonly peerIp: Ip;
  readonly peerPort: number;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly boundPort: boolean;
  readonly sndNxt: number;
  rcvNxt: number;
  readonly window: number;
  readonly windowBytes: number;
  readonly timestamps: boolean;
  readonly tsOffset: number;
  tsRecent: number;
  readonly mark: number;
  readonly dual: boolean;
  readonly #clock: { readonly nowUs: number };

  constructor(
    c: TcpConnection,
    /** An orphan in FIN_WAIT2 waits here for the other side's FIN; then it is a true TIME_WAIT. */
    public state: "TIME_WAIT" | "FIN_WAIT2",
    public untilUs: number,
    public sinceUs: number,
  ) {
    this.localIp = c.localIp;
    this.localPort = c.localPort;
    this.peerIp = c.peerIp;
    this.peerPort = c.peerPort;
    this.reuseAddress = c.reuseAddress;
    this.reusePort = c.reusePort;
    this.boundPort = c.boundPort;
    this.sndNxt = c.sndNxt;
    this.rcvNxt = c.rcvNxt;
    this.windowBytes = c.rcvWnd;
    this.window = Math.floor(c.rcvWnd / (1 << c.rcvWscale));
    this.timestamps = c.timestamps;
    this.tsOffset = c.tsOffset;
    this.tsRecent = c.tsRecent;
    this.mark = c.mark;
    this.dual = c.dual;
    this.#clock = c.ns.world.scheduler;
  }

  get remainingMs(): number {
    return Math.max(0, this.untilUs - this.#clock.nowUs) / 1000;
  }
}

/** Behind all that the old connection may have sent: 64 KiB and a little. */
const REUSE_GAP = 65_535 + 2;

export class TimeWaits {
  /** In the order they end, since all TIME_WAITs last equally long; restarted ones are put behind again. */
  #queue: TimeWait[] = [];
  #first = 0;
  #scheduled = false;
  readonly #alive = new Set<TimeWait>();

  constructor(
    private readonly ns: Netns,
    private readonly table: TcpTable,
  ) {}

  get count(): number {
    return this.#alive.size;
  }

  /** What is left of a connection both of whose sides have said all. */
  add(c: TcpConnection, lastsMs: number): void {
    if (this.#alive.size >= this.ns.sysctl.ipv4.tcp_max_tw_buckets) return;
    const now = this.ns.world.scheduler.nowUs;
    const entry = new TimeWait(c, "TIME_WAIT", now + lastsMs * 1000, now);
    this.#queue.push(entry);
    this.#enter(entry);
    this.#schedule();
  }

  /** What is left of an orphan that still waits for the other side's FIN. */
  addFinWait2(c: TcpConnection, lastsMs: number): void {
    if (this.#alive.size >= this.ns.sysctl.ipv4.tcp_max_tw_buckets) return;
    const { scheduler } = this.ns.world;
    const entry = new TimeWait(c, "FIN_WAIT2", scheduler.nowUs + lastsMs * 1000, scheduler.nowUs);
    this.#enter(entry);
    scheduler.at(timerDueUs(scheduler.nowUs, lastsMs) / 1000, () => {
      if (entry.state === "FIN_WAIT2") this.remove(entry);
    });
  }

  #enter(entry: TimeWait): void {
    this.#alive.add(entry);
    this.table.insert(entry);
    this.table.takePort(entry, entry.boundPort);
  }

  /** Once a second is enough for the first in the queue: all wait a minute. */
  #schedule(): void {
    if (this.#scheduled) return;
    const first = this.#queue[this.#first];
    if (first === undefined) return;
    this.#scheduled = true;
    const { scheduler } = this.ns.world;
    scheduler.at(timerDueUs(scheduler.nowUs, Math.max(0, first.untilUs - scheduler.nowUs) / 1000) / 1000, () => this.#expire());
  }

  #expire(): void {
    this.#scheduled = false;
    const now = this.ns.world.scheduler.nowUs;
    for (let entry = this.#queue[this.#first]; entry !== undefined; entry = this.#queue[this.#first]) {
      if (this.#alive.has(entry)) {
        if (entry.untilUs > now) break;
        this.remove(entry);
      }
      this.#first++;
    }
    if (this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#schedule();
  }

  remove(entry: TimeWait): void {
    if (!this.#alive.delete(entry)) return;
    this.table.withdraw(entry);
    this.table.releasePort(entry, entry.boundPort);
  }

  /**
   * May a new connection of ours use the pair again? One whose program has chosen the port itself, always; else by
   * default only inside the machine, and after a second. It goes on behind the old one's numbers.
   */
  takeOver(entry: TcpEntry, c: TcpConnection): boolean {
    if (!(entry instanceof TimeWait) || !entry.timestamps) return false;
    if (!c.boundPort) {
      const { tcp_tw_reuse: reuse, tcp_tw_reuse_delay: delayMs } = this.ns.sysctl.ipv4;
      if (reuse === 0 || (reuse === 2 && !inside(entry))) return false;
      if (this.ns.world.scheduler.nowUs - entry.sinceUs < delayMs * 1000) return false;
    }
    c.iss = add(entry.sndNxt, REUSE_GAP) || 1;
    c.tsRecent = entry.tsRecent;
    this.remove(entry);
    return true;
  }

  /** A segment for it has come. "new": it is a SYN that may begin a new connection here; "reset": nobody will read what it brings. */
  receive(entry: TimeWait, tcp: Tcp): "done" | "new" | "reset" {
    return entry.state === "FIN_WAIT2" ? this.#finWait2(entry, tcp) : this.#timeWait(entry, tcp) ? "new" : "done";
  }

  #finWait2(entry: TimeWait, tcp: Tcp): "done" | "reset" {
    const fin = (tcp.flags & TCP.fin) !== 0;
    const length = tcp.data.length + (tcp.flags & TCP.syn ? 1 : 0) + (fin ? 1 : 0);
    const end = add(tcp.seq, length);
    const outside = before(end, entry.rcvNxt) || after(tcp.seq, add(entry.rcvNxt, entry.windowBytes));
    if (tcp.flags & TCP.rst) {
      if (!outside) this.remove(entry);
      return "done";
    }
    if (outside) {
      this.#acknowledge(entry);
      return "done";
    }
    if (!(tcp.flags & TCP.syn) && (!(tcp.flags & TCP.ack) || !after(end, entry.rcvNxt) || length === 0)) return "done";
    if (!fin || end !== add(entry.rcvNxt, 1)) {
      this.remove(entry);
      return "reset";
    }
    entry.rcvNxt = end;
    if (tcp.options.timestamp !== undefined) entry.tsRecent = tcp.options.timestamp[0];
    entry.state = "TIME_WAIT";
    entry.sinceUs = this.ns.world.scheduler.nowUs;
    this.#restart(entry);
    this.#acknowledge(entry);
    return "done";
  }

  #timeWait(entry: TimeWait, tcp: Tcp): boolean {
    const { timestamp } = tcp.options;
    const older = timestamp !== undefined && entry.timestamps && before(timestamp[0], entry.tsRecent);
    if (!older && tcp.flags & TCP.syn && !(tcp.flags & (TCP.rst | TCP.ack)) && (after(tcp.seq, entry.rcvNxt) || (timestamp !== undefined && entry.timestamps && after(timestamp[0], entry.tsRecent)))) {
      this.remove(entry);
      return true;
    }
    if (tcp.flags & TCP.rst) {
      if (!older && tcp.seq === entry.rcvNxt && this.ns.sysctl.ipv4.tcp_rfc1337 === 0) this.remove(entry);
      return false;
    }
    if (!older && timestamp !== undefined) entry.tsRecent = timestamp[0];
    const length = tcp.data.length + (tcp.flags & (TCP.syn | TCP.fin) ? 1 : 0);
    if (length > 0 || older) this.#acknowledge(entry);
    if (tcp.flags & TCP.fin && !older) this.#restart(entry);
    return false;
  }

  #restart(entry: TimeWait): void {
    const now = this.ns.world.scheduler.nowUs;
    this.remove(entry);
    entry.untilUs = now + 60_000_000;
    this.#alive.add(entry);
    this.#queue.push(entry);
    this.table.insert(entry);
    this.table.takePort(entry, entry.boundPort);
    this.#schedule();
  }

  #acknowledge(entry: TimeWait): void {
    const clock = (Math.floor(this.ns.world.scheduler.nowUs / 1000) + entry.tsOffset) >>> 0;
    const { localIp: src, peerIp: dst, localPort: sport, peerPort: dport } = entry;
    sendBare(this.ns, { src, dst, sport, dport, seq: entry.sndNxt, ack: entry.rcvNxt, flags: TCP.ack, window: entry.window, options: entry.timestamps ? { timestamp: [clock, entry.tsRecent] } : {} }, entry.mark);
  }
}

function inside(entry: TimeWait): boolean {
  return entry.localIp >>> 24 === 127 || entry.peerIp >>> 24 === 127 || entry.localIp === entry.peerIp;
}
