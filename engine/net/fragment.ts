/**
 * Cutting a datagram that is longer than the link carries, and putting it together again
 * (RFC 791; ip_do_fragment, ip_defrag).
 *
 * The first fragment keeps what it was cut from (`whole`), so reassembly parses nothing; it
 * still waits for every byte, in whatever order, for ipfrag_time seconds.
 */
import { ByteWriter, concat } from "../core/bytes";
import type { Timer } from "../core/scheduler";
import { ICMP, quotation } from "../wire/icmp";
import { asShown, encodeSegment, IPV4_HEADER_BYTES, ipv4Length, segmentLength } from "../wire/ipv4";
import { type Packet, type Segment, cloneSegment } from "../wire/packet";
import { UDP_HEADER_BYTES } from "../wire/udp";
import { icmpError } from "./icmp";
import type { Netns } from "./netns";
import { Skb } from "./skb";

/** Who collects: fragments gathered by conntrack are not those gathered at the end of the way. */
export type DefragUser = "local" | "conntrack-in" | "conntrack-out" | "bridge";

type Queue = { readonly pieces: Skb[]; readonly timer: Timer };

export class Fragments {
  readonly #queues = new Map<string, Queue>();

  constructor(private readonly ns: Netns) {}

  /** The datagram, in this very skb, when its last piece has come; undefined while some are missing (they are kept). */
  collect(skb: Skb, user: DefragUser): Skb | undefined {
    const { ns } = this;
    const { src, dst, id, proto } = skb.packet;
    const key = `${user} ${src} ${dst} ${id} ${proto}`;
    ns.snmp.ip.ReasmReqds++;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { pieces: [], timer: ns.world.scheduler.after(ns.sysctl.ipv4.ipfrag_time * 1000, () => this.#expire(key)) };
      this.#queues.set(key, queue);
    }
    const { pieces } = queue;
    if (!pieces.some((piece) => piece.packet.offset === skb.packet.offset)) pieces.push(skb);
    pieces.sort((a, b) => a.packet.offset - b.packet.offset);
    if (!complete(pieces)) return undefined;
    queue.timer.cancel();
    this.#queues.delete(key);
    ns.snmp.ip.ReasmOKs++;
    return assemble(skb, pieces);
  }

  /** ip_expire(): whoever sent the first piece is told, if it came. */
  #expire(key: string): void {
    const queue = this.#queues.get(key);
    this.#queues.delete(key);
    this.ns.snmp.ip.ReasmTimeout++;
    this.ns.snmp.ip.ReasmFails++;
    const first = queue?.pieces[0];
    if (first === undefined) return;
    this.ns.drop(first, "fragments of it never came");
    if (first.packet.offset === 0) icmpError(first, ICMP.timeExceeded, 1);
  }
}

const payloadLength = ({ packet }: Skb): number => ipv4Length(packet) - IPV4_HEADER_BYTES;

function complete(pieces: readonly Skb[]): boolean {
  let next = 0;
  for (const piece of pieces) {
    if (piece.packet.offset > next) return false;
    next = Math.max(next, piece.packet.offset + payloadLength(piece));
  }
  return pieces.at(-1)?.packet.mf === false;
}

function assemble(skb: Skb, pieces: readonly Skb[]): Skb {
  const first = pieces[0] as Skb;
  skb.fragMax = Math.max(...pieces.map((piece) => ipv4Length(piece.packet)));
  skb.pieces = pieces.map(payloadLength);
  const { whole: _, ...header } = first.packet;
  skb.packet = { ...header, mf: false, offset: 0, df: pieces.every((piece) => piece.packet.df), payload: wholeOf(first.packet, pieces) };
  return skb;
}

/** What was cut, with the ports the first fragment shows now. */
function wholeOf({ whole, payload }: Packet, pieces: readonly Skb[]): Segment {
  if (whole === undefined || whole.kind === "raw") return { kind: "raw", data: concat(pieces.map(({ packet }) => (packet.payload.kind === "raw" ? packet.payload.data : new Uint8Array(0)))) };
  return asShown(cloneSegment(whole), payload);
}

/** ip_do_fragment(): as it was in pieces before, if each of them still fits. */
export function cutIntoFragments(ns: Netns, skb: Skb, mtu: number): Skb[] {
  const { packet, pieces: lengths } = skb;
  const total = segmentLength(packet.payload);
  const room = mtu - IPV4_HEADER_BYTES;
  const id = packet.id;
  const pieces: Skb[] = [];
  let offset = 0;
  for (const length of lengths !== undefined && stillFit(lengths, total, room) ? lengths : equalPieces(total, room)) {
    const more = packet.mf || offset + length < total;
    pieces.push(pieceOf(ns, skb, id, packet.offset + offset, more, cut(packet, offset, length), offset === 0 && packet.offset === 0));
    offset += length;
  }
  return pieces;
}

function stillFit(lengths: readonly number[], total: number, room: number): boolean {
  const last = lengths.length - 1;
  return lengths.every((length, i) => length <= room && (i === last || length % 8 === 0)) && lengths.reduce((sum, length) => sum + length) === total;
}

/** Every piece but the last carries a multiple of eight bytes. */
export function equalPieces(total: number, room: number): number[] {
  const step = room & ~7;
  const lengths: number[] = [];
  for (let left = total; left > 0; left -= step) lengths.push(Math.min(step, left));
  return lengths;
}

function pieceOf(ns: Netns, skb: Skb, id: number, offset: number, mf: boolean, payload: Segment, first: boolean): Skb {
  const { whole, ...header } = skb.packet;
  const packet: Packet = { ...header, id, offset, mf, payload };
  if (first) packet.whole = whole ?? skb.packet.payload;
  const piece = new Skb(packet, ns, skb.id);
  Object.assign(piece, { mark: skb.mark, inDev: skb.inDev, outDev: skb.outDev, route: skb.route, conn: skb.conn, hops: skb.hops, hash: skb.hash, physIn: skb.physIn, physOut: skb.physOut });
  return piece;
}

/** Part of a segment: with its header at the front, bare bytes behind. */
function cut(packet: Packet, offset: number, length: number): Segment {
  const { payload: segment } = packet;
  if (segment.kind === "raw") return { kind: "raw", data: segment.data.subarray(offset, offset + length) };
  const bytes = segment.kind === "udp" && segment.vxlan ? tunnelBytes(packet) : segment.kind === "icmp" && segment.quoted ? quotation(segment, segment.quoted) : segment.data;
  const header = segmentLength(segment) - bytes.length;
  if (offset > 0) return { kind: "raw", data: bytes.subarray(offset - header, offset - header + length) };
  if (segment.kind === "icmp" && segment.quoted) return { ...segment, quoteBytes: length - header };
  const data = bytes.subarray(0, length - header);
  if (segment.kind !== "udp") return { ...segment, data };
  return { kind: "udp", sport: segment.sport, dport: segment.dport, data };
}

/** What a VXLAN datagram carries, as bytes. */
function tunnelBytes(packet: Packet): Uint8Array {
  const bytes = new ByteWriter(segmentLength(packet.payload));
  encodeSegment(packet, bytes);
  return bytes.view().subarray(UDP_HEADER_BYTES);
}
