/**
 * What a connection has to send, in segments: those on their way first, those not yet sent
 * behind. In Linux: sk_write_queue and the tree of sk_buffs awaiting an acknowledgement.
 */
import { concat } from "../core/bytes";
import { TCP } from "../wire/packet";
import { add, after } from "./tcp-seq";

export class OutSegment {
  /** As how many segments of the MSS it counts (tcp_skb_pcount); known when it is sent. */
  count = 1;
  /** When it last left. */
  sentUs = 0;
  retransmitted = false;
  /** The other side has it, though something before it is missing. */
  sacked = false;
  lost = false;

  constructor(
    public seq: number,
    public flags: number,
    public data: Uint8Array,
  ) {}

  /** In sequence numbers: SYN and FIN count as one. */
  get length(): number {
    return this.data.length + (this.flags & TCP.syn ? 1 : 0) + (this.flags & TCP.fin ? 1 : 0);
  }

  get end(): number {
    return add(this.seq, this.length);
  }

  /** tcp_set_skb_tso_segs(). */
  countOf(mss: number): number {
    return this.data.length <= mss ? 1 : Math.ceil(this.data.length / mss);
  }
}

/** More than this many acknowledged segments at the front are cut off at once. */
const SLACK = 64;

export class OutQueue {
  #segments: OutSegment[] = [];
  #first = 0;
  #unsent = 0;
  /** Segments of the MSS sent and not yet acknowledged (packets_out). */
  packets = 0;

  /** Entries sent and not yet acknowledged, however large. */
  get inFlight(): number {
    return this.#unsent - this.#first;
  }

  /** All of them, sent or not. */
  get entries(): number {
    return this.#segments.length - this.#first;
  }

  get hasUnsent(): boolean {
    return this.#unsent < this.#segments.length;
  }

  get empty(): boolean {
    return this.#first === this.#segments.length;
  }

  push(segment: OutSegment): void {
    this.#segments.push(segment);
  }

  /** The oldest one that is on its way. */
  get oldest(): OutSegment | undefined {
    return this.#first < this.#unsent ? this.#segments[this.#first] : undefined;
  }

  get newestSent(): OutSegment | undefined {
    return this.#first < this.#unsent ? this.#segments[this.#unsent - 1] : undefined;
  }

  /** The next one to be sent for the first time. */
  get nextUnsent(): OutSegment | undefined {
    return this.#segments[this.#unsent];
  }

  /** The last one that is still waiting: small writes join it. */
  get lastUnsent(): OutSegment | undefined {
    return this.#unsent < this.#segments.length ? this.#segments[this.#segments.length - 1] : undefined;
  }

  sent(mss: number): void {
    const segment = this.#segments[this.#unsent++] as OutSegment;
    segment.count = segment.countOf(mss);
    this.packets += segment.count;
  }

  /** What the next unsent one lacks is taken from those behind it (tcp_grow_skb). */
  grow(segment: OutSegment, bytes: number): void {
    const next = this.#segments[this.#unsent + 1];
    if (bytes <= 0 || next === undefined || next.data.length === 0) return;
    const part = next.data.subarray(0, bytes);
    OutQueue.join(segment, part);
    segment.flags |= next.flags & TCP.psh;
    if (part.length === next.data.length) {
      segment.flags |= next.flags;
      this.#segments.splice(this.#unsent + 1, 1);
      return;
    }
    next.seq = add(next.seq, part.length);
    next.data = next.data.subarray(part.length);
  }

  /** The front of the oldest has arrived (tcp_trim_head). Returns how many whole segments that was. */
  trimOldest(bytes: number, mss: number): number {
    const segment = this.#segments[this.#first] as OutSegment;
    const before = segment.count;
    segment.seq = add(segment.seq, bytes);
    segment.data = segment.data.subarray(bytes);
    this.#recount(segment, mss);
    return before - segment.count;
  }

  #recount(segment: OutSegment, mss: number): void {
    const before = segment.count;
    segment.count = segment.countOf(mss);
    this.packets += segment.count - before;
  }

  /** The i-th of those on their way. */
  flight(i: number): OutSegment {
    return this.#segments[this.#first + i] as OutSegment;
  }

  dropOldest(): void {
    this.packets -= (this.#segments[this.#first] as OutSegment).count;
    this.#segments[this.#first] = undefined as never; // Lets go of its bytes.
    this.#first++;
    if (this.#first === this.#segments.length) {
      this.#segments = [];
      this.#first = 0;
      this.#unsent = 0;
    } else if (this.#first > SLACK && this.#first * 2 > this.#segments.length) {
      this.#segments = this.#segments.slice(this.#first);
      this.#unsent -= this.#first;
      this.#first = 0;
    }
  }

  /** Cuts a segment; what is behind the cut follows it (tcp_fragment). */
  split(segment: OutSegment, bytes: number, mss: number): OutSegment {
    const at = this.#segments.indexOf(segment, this.#first);
    const rest = new OutSegment(add(segment.seq, bytes + (segment.flags & TCP.syn ? 1 : 0)), segment.flags & ~TCP.syn, segment.data.subarray(bytes));
    rest.sentUs = segment.sentUs;
    rest.retransmitted = segment.retransmitted;
    rest.lost = segment.lost;
    rest.sacked = segment.sacked;
    segment.data = segment.data.subarray(0, bytes);
    segment.flags &= ~(TCP.fin | TCP.psh);
    this.#segments.splice(at + 1, 0, rest);
    if (at >= this.#unsent) return rest;
    this.#unsent++;
    this.#recount(segment, mss);
    rest.count = 0;
    this.#recount(rest, mss);
    return rest;
  }

  /** Sent segments behind this one join it while they fit: fewer to lose (tcp_retrans_try_collapse). */
  collapse(segment: OutSegment, most: number, windowEnd: number): void {
    const at = this.#segments.indexOf(segment, this.#first);
    let length = segment.data.length;
    let count = 0;
    for (let i = at + 1; i < this.#unsent; i++, count++) {
      const next = this.#segments[i] as OutSegment;
      length += next.data.length;
      if (next.sacked || length > most || after(next.end, windowEnd)) break;
    }
    if (count === 0) return;
    const joined = this.#segments.splice(at + 1, count);
    this.#unsent -= count;
    for (const gone of joined) this.packets -= gone.count;
    segment.data = concat([segment, ...joined].map(({ data }) => data));
    for (const { flags } of joined) segment.flags |= flags;
  }

  clear(): void {
    this.packets = 0;
    this.#segments = [];
    this.#first = 0;
    this.#unsent = 0;
  }

  /** Adds bytes to the last waiting segment while there is room in it. */
  static join(segment: OutSegment, data: Uint8Array): void {
    segment.data = concat([segment.data, data]);
  }
}
