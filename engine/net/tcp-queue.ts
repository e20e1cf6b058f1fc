/**
 * What a connection has to send, in segments: those on their way first, those not yet sent
 * behind. In Linux: sk_write_queue and the tree of sk_buffs awaiting an acknowledgement.
 */
import { concat } from "../core/bytes";
import { TCP } from "../wire/packet";
import { add, after } from "./tcp-seq";

export class OutSegment {
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
}

/** More than this many acknowledged segments at the front are cut off at once. */
const SLACK = 64;

export class OutQueue {
  #segments: OutSegment[] = [];
  #first = 0;
  #unsent = 0;

  /** Segments sent and not yet acknowledged. */
  get inFlight(): number {
    return this.#unsent - this.#first;
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

  sent(): void {
    this.#unsent++;
  }

  /** The i-th of those on their way. */
  flight(i: number): OutSegment {
    return this.#segments[this.#first + i] as OutSegment;
  }

  dropOldest(): void {
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

  /** Cuts a segment that is too long for the MSS; what is behind the cut follows it (tcp_fragment). */
  split(segment: OutSegment, bytes: number): void {
    const at = this.#segments.indexOf(segment, this.#first);
    const rest = new OutSegment(add(segment.seq, bytes + (segment.flags & TCP.syn ? 1 : 0)), segment.flags & ~TCP.syn, segment.data.subarray(bytes));
    rest.sentUs = segment.sentUs;
    rest.retransmitted = segment.retransmitted;
    rest.lost = segment.lost;
    segment.data = segment.data.subarray(0, bytes);
    segment.flags &= ~(TCP.fin | TCP.psh);
    this.#segments.splice(at + 1, 0, rest);
    if (at < this.#unsent) this.#unsent++;
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
    segment.data = concat([segment, ...joined].map(({ data }) => data));
    for (const { flags } of joined) segment.flags |= flags;
  }

  clear(): void {
    this.#segments = [];
    this.#first = 0;
    this.#unsent = 0;
  }

  /** Adds bytes to the last waiting segment while there is room in it. */
  static join(segment: OutSegment, data: Uint8Array): void {
    segment.data = concat([segment.data, data]);
  }
}
