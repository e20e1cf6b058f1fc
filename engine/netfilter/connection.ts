/**
 * One tracked connection: struct nf_conn, and what a packet remembers of it (skb->_nfct with
 * its enum ip_conntrack_info).
 */
import type { Skb } from "../net/skb";
import type { Ip } from "../wire/ip";
import type { Tuple } from "./tuple";

/** enum ip_conntrack_status. */
export const STATUS = {
  expected: 1 << 0,
  seenReply: 1 << 1,
  assured: 1 << 2,
  confirmed: 1 << 3,
  srcNat: 1 << 4,
  dstNat: 1 << 5,
  seqAdjust: 1 << 6,
  srcNatDone: 1 << 7,
  dstNatDone: 1 << 8,
  dying: 1 << 9,
  fixedTimeout: 1 << 10,
  template: 1 << 11,
  natClash: 1 << 12,
} as const;

export type Direction = "original" | "reply";

/** Why a packet belongs to its connection. NEW has no reply form: nobody answers before asking. */
export type CtInfo = "ESTABLISHED" | "RELATED" | "NEW" | "ESTABLISHED_REPLY" | "RELATED_REPLY" | "UNTRACKED";

/** What skb.conn holds. A packet without one is INVALID, or conntrack is not on. */
export type ConnRef = { readonly conn: Connection | undefined; readonly info: CtInfo; readonly direction: Direction; readonly template?: undefined };

export const UNTRACKED: ConnRef = { conn: undefined, info: "UNTRACKED", direction: "original" };

/** A -j CT template (nf_ct_tmpl_alloc): tells conntrack in which zone, with which events and helper. */
export type Template = { readonly template: true; readonly zone: Zone };

/** struct nf_conntrack_zone: what each direction's tuples are told apart by. They differ when -j CT names one direction only. */
export type Zone = { readonly original: number; readonly reply: number };

export const NO_ZONE: Zone = { original: 0, reply: 0 };

/** One direction of a confirmed connection in the hash table: struct nf_conntrack_tuple_hash. */
export class TupleNode {
  hash = 0;
  next: TupleNode | undefined;
  constructor(
    public tuple: Tuple,
    readonly conn: Connection,
    readonly direction: Direction,
  ) {}
}

/** struct ip_ct_tcp_state: what one side has sent and may send. */
export type TcpSide = { end: number; maxEnd: number; maxWin: number; maxAck: number; scale: number; flags: number };

/** struct ip_ct_tcp. */
export type TcpTrack = {
  state: number;
  readonly seen: readonly [TcpSide, TcpSide];
  lastDir: 0 | 1;
  retrans: number;
  lastIndex: number;
  lastSeq: number;
  lastAck: number;
  lastEnd: number;
  lastWin: number;
  lastScale: number;
  lastFlags: number;
};

export class Connection {
  readonly original: TupleNode;
  readonly reply: TupleNode;
  status = 0;
  mark = 0;
  /** When it dies, on the world's clock; before it is confirmed, how long it shall live. */
  expiresMs = 0;
  timeoutMs = 0;
  tcp: TcpTrack | undefined;
  /** UDP: until then it is not a stream yet, whatever has answered (proto.udp.stream_ts). */
  streamAtMs = 0;
  /** The interface a masquerade took its source from: its going down ends the connection. */
  masqueradeIndex: number | undefined;
  /** Which connection an ICMP error or a helper's expectation belongs to. */
  master: Connection | undefined;
  /** Packets and bytes of each direction; present under net.netfilter.nf_conntrack_acct. */
  accounting: { readonly original: { packets: number; bytes: number }; readonly reply: { packets: number; bytes: number } } | undefined;
  startMs: number | undefined;
  /** Before it is confirmed: that its tuples were looked for and nobody had them, and when (by the table's insertions). */
  originalFreeAt = -1;
  replyFreeAt = -1;
  freeReply: Tuple | undefined;

  constructor(
    original: Tuple,
    reply: Tuple,
    readonly id: number,
  ) {
    this.original = new TupleNode(original, this, "original");
    this.reply = new TupleNode(reply, this, "reply");
  }

  /** The zone's number, whichever direction it is for. */
  get zone(): number {
    return this.original.tuple.zone || this.reply.tuple.zone;
  }

  /** That of both directions; 0 when it is for one of them. */
  get sharedZone(): number {
    return this.original.tuple.zone === this.reply.tuple.zone ? this.original.tuple.zone : 0;
  }

  /** That of this direction alone; 0 when the other one has it too. */
  ownZone(direction: Direction): number {
    return this.original.tuple.zone === this.reply.tuple.zone ? 0 : this.tuple(direction).zone;
  }

  get confirmed(): boolean {
    return (this.status & STATUS.confirmed) !== 0;
  }

  has(bit: number): boolean {
    return (this.status & bit) !== 0;
  }

  tuple(direction: Direction): Tuple {
    return direction === "original" ? this.original.tuple : this.reply.tuple;
  }

  ref(info: CtInfo): ConnRef {
    return { conn: this, info, direction: info === "ESTABLISHED_REPLY" || info === "RELATED_REPLY" ? "reply" : "original", template: undefined };
  }
}

/** nf_ct_get(): the packet's connection and why it belongs to it. */
export function connectionOf(skb: Skb): ConnRef | undefined {
  const conn = skb.conn as ConnRef | Template | undefined;
  return conn === undefined || conn.template === true ? undefined : conn;
}

const NOBODY: Tuple = { proto: 0, src: 0 as Ip, sport: 0, dst: 0 as Ip, dport: 0, zone: 0 };

/** nf_ct_get() as matches see it: between -j CT and tracking, the template is a new connection of nobody with nobody. */
export function seenOf(skb: Skb): ConnRef | undefined {
  const conn = skb.conn as ConnRef | Template | undefined;
  if (conn?.template !== true) return conn;
  const template = new Connection(NOBODY, NOBODY, 0);
  template.status = STATUS.confirmed | STATUS.template;
  return template.ref("NEW");
}
