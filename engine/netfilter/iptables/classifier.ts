/**
 * Which rules of a long chain can match this packet at all. Linux walks them one by one (4.5 ns
 * each); ten thousand Services would make every new connection slow here. A rule for one
 * destination address (-d VIP/32), one destination port or one source cannot match a packet
 * with another, and looking at its header has no effect: so it may be skipped. What remains is
 * tried in the chain's own order, and counters and results are those of the linear walk.
 */
import { type Packet, PROTO } from "../../wire/packet";
import type { Rule } from "./ruleset";

/** Positions of rules, ascending. */
type Positions = readonly number[];
export type ChainIndex = {
  readonly byDestination: ReadonlyMap<number, Positions>;
  readonly byPort: ReadonlyMap<number, Positions>;
  readonly bySource: ReadonlyMap<number, Positions>;
  readonly others: Positions;
} | undefined;

/** A shorter chain is walked faster than looked up. */
const WORTH_IT = 12;
const ONE_ADDRESS = -1;

export function buildIndex(rules: readonly Rule[]): ChainIndex {
  if (rules.length < WORTH_IT) return undefined;
  const byDestination = new Map<number, number[]>();
  const byPort = new Map<number, number[]>();
  const bySource = new Map<number, number[]>();
  const others: number[] = [];
  const add = (map: Map<number, number[]>, key: number, at: number): void => {
    const list = map.get(key);
    if (list) list.push(at);
    else map.set(key, [at]);
  };
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at] as Rule;
    const { header } = rule;
    const port = portOf(rule);
    if (header.dstMask === ONE_ADDRESS && !header.notDst) add(byDestination, header.dst, at);
    else if (port !== undefined) add(byPort, port, at);
    else if (header.srcMask === ONE_ADDRESS && !header.notSrc) add(bySource, header.src, at);
    else others.push(at);
  }
  return others.length * 2 > rules.length ? undefined : { byDestination, byPort, bySource, others };
}

/** Protocol and port together, if nothing before the port match has an effect of its own. */
function portOf({ header, matches }: Rule): number | undefined {
  if ((header.proto !== PROTO.tcp && header.proto !== PROTO.udp) || header.notProto) return undefined;
  for (const { match, options } of matches) {
    const port = match.destinationPort?.(options);
    if (port !== undefined) return header.proto * 0x1_0000 + port;
    if (!match.pure) return undefined;
  }
  return undefined;
}

const NONE: Positions = [];

/** The positions to try, ascending. */
export function candidates(index: NonNullable<ChainIndex>, packet: Packet): Positions {
  const { payload } = packet;
  let found = index.others;
  found = merge(found, index.byDestination.get(packet.dst | 0) ?? NONE);
  if (payload.kind === "tcp" || payload.kind === "udp") found = merge(found, index.byPort.get(packet.proto * 0x1_0000 + payload.dport) ?? NONE);
  return merge(found, index.bySource.get(packet.src | 0) ?? NONE);
}

function merge(a: Positions, b: Positions): Positions {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) out.push((a[i] as number) < (b[j] as number) ? (a[i++] as number) : (b[j++] as number));
  while (i < a.length) out.push(a[i++] as number);
  while (j < b.length) out.push(b[j++] as number);
  return out;
}
