/**
 * A connection as text: /proc/net/nf_conntrack (ct_seq_show) and what conntrack(8) prints, which
 * differ in small things (libnetfilter_conntrack's snprintf_default).
 */
import { printIp } from "../wire/ip";
import { PROTO } from "../wire/packet";
import { type Connection, type Direction, STATUS } from "./connection";
import type { Conntrack } from "./conntrack";
import { TCP_STATES } from "./conntrack-tcp-states";
import type { Tuple } from "./tuple";

const NAMES: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 58: "icmpv6", 132: "sctp", 136: "udplite" };

export type PrintFlags = {
  readonly extended?: boolean;
  readonly id?: boolean;
  /** References at the moment of printing: two while -G or -U holds it. */
  readonly uses?: number;
};

export function protocolLabel(proto: number): string {
  return NAMES[proto] ?? "unknown";
}

export function tupleText(t: Tuple): string {
  const ends = `src=${printIp(t.src)} dst=${printIp(t.dst)}`;
  if (t.proto === PROTO.icmp) return `${ends} type=${t.dport >>> 8} code=${t.dport & 0xff} id=${t.sport}`;
  return t.proto === PROTO.tcp || t.proto === PROTO.udp ? `${ends} sport=${t.sport} dport=${t.dport}` : ends;
}

export function secondsLeft(conn: Connection, nowMs: number): number {
  // The clock counts whole microseconds; their difference in milliseconds is not quite what it should be.
  return Math.max(0, Math.floor(Math.round((conn.expiresMs - nowMs) * 1000) / 1_000_000));
}

function counters(conn: Connection, direction: Direction): string {
  const counted = conn.accounting?.[direction];
  return counted ? `packets=${counted.packets} bytes=${counted.bytes} ` : "";
}

function stateOf(conn: Connection): string {
  return conn.tcp ? `${TCP_STATES[conn.tcp.state] ?? "NONE"} ` : "";
}

/** The zone of this direction alone. */
function ownZone(conn: Connection, direction: Direction): string {
  const zone = conn.ownZone(direction);
  return zone === 0 ? "" : `zone-${direction === "original" ? "orig" : direction}=${zone} `;
}

/** That of both directions, where it is not the usual one. */
const sharedZone = ({ sharedZone: zone }: Connection): string => (zone === 0 ? "" : `zone=${zone} `);

/** The part that all forms share: tuples, [UNREPLIED], [ASSURED]. */
function flows(conn: Connection): string {
  const unreplied = conn.has(STATUS.seenReply) ? "" : "[UNREPLIED] ";
  const assured = conn.has(STATUS.assured) ? "[ASSURED] " : "";
  return `${tupleText(conn.original.tuple)} ${ownZone(conn, "original")}${counters(conn, "original")}${unreplied}${tupleText(conn.reply.tuple)} ${ownZone(conn, "reply")}${counters(conn, "reply")}${assured}`;
}

const head = (proto: number): string => `${protocolLabel(proto).padEnd(8)} ${proto} `;

/** One line of /proc/net/nf_conntrack. */
export function extendedLine(conn: Connection, nowMs: number): string {
  const { proto } = conn.original.tuple;
  const age = conn.startMs === undefined ? "" : `delta-time=${Math.floor((nowMs - conn.startMs) / 1000)} `;
  return `ipv4     2 ${head(proto)}${secondsLeft(conn, nowMs)} ${stateOf(conn)}${flows(conn)}mark=${conn.mark} ${conn.ownZone("original") || conn.ownZone("reply") ? "" : `zone=${conn.sharedZone} `}${age}use=2`;
}

export function procText(conntrack: Conntrack): string {
  return conntrack
    .list()
    .map((conn) => `${extendedLine(conn, conntrack.nowMs)}\n`)
    .join("");
}

/** One line of `conntrack -L`; `flags` are -o's. */
export function listLine(conn: Connection, nowMs: number, { extended, id, uses = 1 }: PrintFlags = {}): string {
  const { proto } = conn.original.tuple;
  const age = conn.startMs === undefined ? "" : `delta-time=${Math.floor((nowMs - conn.startMs) / 1000)} `;
  return `${extended ? "ipv4     2 " : ""}${head(proto)}${secondsLeft(conn, nowMs)} ${stateOf(conn)}${flows(conn)}mark=${conn.mark} ${sharedZone(conn)}${age}use=${uses}${id ? ` id=${conn.id}` : ""}`;
}

/** One line of `conntrack -E`: as `conntrack -E` and ulogd show it. */
export function eventLine(kind: "NEW" | "UPDATE" | "DESTROY", conn: Connection, nowMs: number, { extended, id }: PrintFlags = {}): string {
  const { proto } = conn.original.tuple;
  const label = { NEW: "    [NEW] ", UPDATE: " [UPDATE] ", DESTROY: "[DESTROY] " }[kind];
  // What died of old age has no time-out left, and then none is told.
  const left = secondsLeft(conn, nowMs);
  const life = kind === "DESTROY" && left === 0 ? "" : `${left} `;
  const mark = conn.mark === 0 ? "" : `mark=${conn.mark} `;
  return `${label}${extended ? "ipv4     2 " : ""}${head(proto)}${life}${stateOf(conn)}${flows(conn)}${mark}${sharedZone(conn)}${id ? `id=${conn.id}` : ""}`.trimEnd();
}
