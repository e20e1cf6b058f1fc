/**
 * What names one direction of a connection: struct nf_conntrack_tuple, and the hash it is
 * found by (hash_conntrack_raw). Two tuples make a connection: `original` is the first packet
 * as it arrived, `reply` what an answer to it must look like.
 *
 * For ICMP the ports carry what the kernel keeps there: `sport` the identifier, `dport` type
 * and code. Tuples are compared and hashed as integers: this is the hottest path there is.
 */
import type { Ip } from "../wire/ip";
import { type Packet, PROTO } from "../wire/packet";

export type Tuple = {
  readonly proto: number;
  readonly src: Ip;
  readonly sport: number;
  readonly dst: Ip;
  readonly dport: number;
  /** struct nf_conntrack_zone: the same addresses may be tracked once per zone. */
  readonly zone: number;
};

export const ICMP = { echoReply: 0, unreachable: 3, sourceQuench: 4, redirect: 5, echo: 8, timeExceeded: 11, parameterProblem: 12, timestamp: 13, timestampReply: 14, infoRequest: 15, infoReply: 16, addressMask: 17, addressMaskReply: 18 } as const;

/** invmap of nf_conntrack_proto_icmp.c: which type answers which; others cannot be inverted. */
const ANSWER: Readonly<Record<number, number>> = { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 };

/** Undefined for what cannot be tracked at all: a later fragment, an ICMP type without answer. */
export function tupleOf(packet: Packet, zone = 0): Tuple | undefined {
  if (packet.offset !== 0) return undefined;
  const { payload, src, dst, proto } = packet;
  if (payload.kind === "tcp" || payload.kind === "udp") return { proto, src, sport: payload.sport, dst, dport: payload.dport, zone };
  if (payload.kind === "icmp") return { proto, src, sport: payload.id, dst, dport: (payload.type << 8) | payload.code, zone };
  return { proto, src, sport: 0, dst, dport: 0, zone };
}

/** nf_ct_invert_tuple: how an answer looks. */
export function invert(t: Tuple): Tuple | undefined {
  if (t.proto !== PROTO.icmp) return { proto: t.proto, src: t.dst, sport: t.dport, dst: t.src, dport: t.sport, zone: t.zone };
  const type = ANSWER[t.dport >>> 8];
  if (type === undefined) return undefined;
  return { proto: t.proto, src: t.dst, sport: t.sport, dst: t.src, dport: (type << 8) | (t.dport & 0xff), zone: t.zone };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport && a.proto === b.proto && a.zone === b.zone;
}

/** A well-mixed 32-bit hash, seeded as nf_conntrack_hash_rnd seeds the kernel's; signed, since two stand in every connection and small integers need no room of their own. */
export function hashTuple(t: Tuple, seed: number): number {
  let h = seed ^ Math.imul(t.src, 0x9e3779b1);
  h = Math.imul((h << 13) | (h >>> 19), 0x85ebca6b) ^ t.dst;
  h = Math.imul((h << 15) | (h >>> 17), 0xc2b2ae35) ^ ((t.sport << 16) | t.dport);
  h = Math.imul((h << 11) | (h >>> 21), 0x27d4eb2f) ^ ((t.zone << 8) | t.proto);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
