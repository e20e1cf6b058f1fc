/** What a packet does to its entry: counters, state, time-out, and its place among ActiveConn and InActConn. */
import { ipv4Length } from "../wire/ipv4";
import { type Packet, PROTO } from "../wire/packet";
import type { Entry } from "./connection";
import type { Ipvs } from "./ipvs";
import type { Stats } from "./stats";
import { isActive, nextState } from "./tcp-states";

export type Way = "in" | "out";

/** ip_vs_in_stats(), ip_vs_out_stats(): a deleted server and its service count nothing. */
export function count(ipvs: Ipvs, { server }: Entry, packet: Packet, way: Way): void {
  if (server === undefined || !server.available) return;
  const bytes = ipv4Length(packet);
  countOne(ipvs, server.stats, bytes, way);
  countOne(ipvs, server.service.stats, bytes, way);
  countOne(ipvs, ipvs.total, bytes, way);
}

function countOne(ipvs: Ipvs, stats: Stats, bytes: number, way: Way): void {
  if (way === "in") stats.countIn(bytes);
  else stats.countOut(bytes);
  if (!stats.watched) ipvs.estimator.watch(stats);
}

/** ip_vs_conn_stats(). */
export function countConnection(ipvs: Ipvs, { server }: Entry): void {
  if (server === undefined) return;
  for (const stats of [server.stats, server.service.stats, ipvs.total]) {
    stats.conns++;
    if (!stats.watched) ipvs.estimator.watch(stats);
  }
}

/** ip_vs_control_assure_ct(): its template has proved useful. */
function assure({ control }: Entry): void {
  if (control?.template) control.assured = true;
}

/** ip_vs_set_state(). */
export function setState(ipvs: Ipvs, entry: Entry, packet: Packet, way: Way): void {
  const { payload } = packet;
  if (entry.protocol === PROTO.udp) {
    entry.timeoutMs = ipvs.timeouts.udp * 1000;
    if (way === "out") assure(entry);
    return;
  }
  if (payload.kind !== "tcp") return;
  if (way === "out") entry.noOutput = false;
  const next = nextState(entry.state, payload.flags, way === "out" ? "out" : entry.noOutput ? "inOnly" : "in", ipvs.defence.secure);
  if (next !== entry.state) {
    move(entry, isActive(next));
    if (next === "ESTABLISHED") assure(entry);
  }
  entry.state = next;
  entry.timeoutMs = ipvs.timeouts.tcp[next] * 1000;
}

function move(entry: Entry, active: boolean): void {
  const { server } = entry;
  if (server === undefined || entry.inactive === !active) return;
  entry.inactive = !active;
  server.active += active ? 1 : -1;
  server.inactive += active ? -1 : 1;
}
