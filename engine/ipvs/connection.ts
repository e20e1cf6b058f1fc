/**
 * One entry of the connection table: struct ip_vs_conn. A *template* remembers which server a
 * client (or a client's network) belongs to, and controls the connections made after it.
 */
import { jiffiesAt, jiffiesOf, timerDueUs } from "../net/jiffies";
import { LazyTimer } from "../net/lazy-timer";
import type { Scheduler } from "../core/scheduler";
import type { Ip } from "../wire/ip";
import type { Forwarding, Server } from "./service";
import type { TcpState } from "./tcp-states";

export type EntrySpec = {
  readonly protocol: number;
  readonly client: Ip;
  readonly clientPort: number;
  readonly virtual: Ip;
  readonly virtualPort: number;
  readonly target: Ip;
  readonly targetPort: number;
};

export class Entry {
  readonly protocol: number;
  readonly client: Ip;
  readonly clientPort: number;
  readonly virtual: Ip;
  virtualPort: number;
  readonly target: Ip;
  targetPort: number;
  server: Server | undefined;
  forwarding: Forwarding = "masq";
  state: TcpState = "NONE";
  /** Of a template: a connection made after it has been answered (IP_VS_CTPL_S_ASSURED). */
  assured = false;
  timeoutMs = 3000;
  /** Counted as InActConn. */
  inactive = true;
  /** No answer has been seen: direct routing sees none at all. */
  noOutput = false;
  /** vs.conntrack was on when it was made: conntrack keeps an entry as well (IP_VS_CONN_F_NFCT). */
  nfct = false;
  /** The template it was made after, and how many were made after this one. */
  control: Entry | undefined;
  controlled = 0;
  /** Its time was up, and it has let those it controls go first. */
  stoodBack = false;
  /** In the table. */
  hashed = false;
  /** Which came first: the newest stands first in its row. */
  order = 0;
  readonly timer: LazyTimer;
  /** What listings count down to, in jiffies; the timer itself fires in the bucket of the kernel's wheel behind it. */
  expires = 0;

  constructor(
    spec: EntrySpec,
    readonly template: boolean,
    /** Forgotten as soon as its one packet is on its way. */
    readonly onePacket: boolean,
    private readonly scheduler: Scheduler,
    onExpire: (entry: Entry) => void,
  ) {
    this.protocol = spec.protocol;
    this.client = spec.client;
    this.clientPort = spec.clientPort;
    this.virtual = spec.virtual;
    this.virtualPort = spec.virtualPort;
    this.target = spec.target;
    this.targetPort = spec.targetPort;
    this.timer = new LazyTimer(scheduler, () => onExpire(this), timerDueUs);
  }

  /** mod_timer(). */
  wind(delayMs: number): void {
    this.expires = jiffiesAt(this.scheduler.nowUs) + jiffiesOf(delayMs);
    this.timer.set(delayMs);
  }
}
