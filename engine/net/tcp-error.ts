/**
 * ICMP errors about our own segments (tcp_v4_err): during connect() they end the attempt, later
 * they are only remembered, except "fragmentation needed", which makes the segments smaller.
 *
 * One that comes back at once, by a filter of this machine or on the other end of a veth, finds the
 * socket locked by connect() itself, and is only remembered as well: a program that does not block
 * is told of it by poll(), one that waits in connect() hears of the next SYN's, a second later.
 */
import type { Code } from "../core/errno";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import type { Icmp, Packet } from "../wire/packet";
import type { Netns } from "./netns";
import { pathTo } from "./sock-route";
import { fail, forgetHalfOpen } from "./tcp-close";
import type { TcpConnection } from "./tcp-connection";
import { syncMss } from "./tcp-handshake";
import { after, before } from "./tcp-seq";
import { TimeWait } from "./tcp-timewait";
import { retransmit, revertBackoff } from "./tcp-timers";

/** icmp_err_convert[]: what an unreachable's code means to a program. */
const UNREACHABLE_ERRNO: readonly Code[] = ["ENETUNREACH", "EHOSTUNREACH", "ENOPROTOOPT", "ECONNREFUSED", "EMSGSIZE", "EOPNOTSUPP", "ENETUNREACH", "EHOSTDOWN", "ENONET", "ENETUNREACH", "EHOSTUNREACH", "ENETUNREACH", "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"];

/** The errors that a connected UDP socket is told of even without IP_RECVERR (harderr). */
const HARD = new Set([2, 3, 6, 7, 8, 9, 10, 13, 14, 15]);

export type IcmpProblem = { readonly error: Code; readonly hard: boolean };

export function problemOf({ type, code }: Icmp): IcmpProblem | undefined {
  if (type === ICMP.timeExceeded) return { error: "EHOSTUNREACH", hard: false };
  if (type === ICMP.parameterProblem) return { error: "EPROTO", hard: true };
  if (type !== ICMP.unreachable) return undefined;
  return { error: UNREACHABLE_ERRNO[code] ?? "EHOSTUNREACH", hard: HARD.has(code) };
}

/** `quoted` is the segment the error is about, as we once sent it. */
export function tcpError(ns: Netns, icmp: Icmp, quoted: Packet): void {
  const { payload } = quoted;
  if (payload.kind !== "tcp") return;
  const entry = ns.sockets.tcp.lookup(quoted.src, payload.sport, quoted.dst, payload.dport);
  if (entry === undefined) return void ns.snmp.icmp.InErrors++;
  if (entry instanceof TimeWait) return;
  const c = entry as TcpConnection;
  if (before(payload.seq, c.sndUna) || after(payload.seq, c.sndNxt)) return; // LINUX_MIB_OUTOFWINDOWICMPS
  if (icmp.type === ICMP.unreachable && icmp.code === UNREACHABLE.fragmentationNeeded) return c.owned ? void (c.pathShrunk = true) : smallerSegments(c);
  const problem = problemOf(icmp);
  if (problem === undefined) return;
  // It came back while the program's own call was still sending: only remembered then (LINUX_MIB_LOCKDROPPEDICMPS).
  const inUse = c.owned;
  if (inUse) ns.snmp.ext.TcpExtLockDroppedIcmps++;
  if (!inUse && icmp.type === ICMP.unreachable && icmp.code <= UNREACHABLE.host) revertBackoff(c, payload.seq);
  if (c.state === "SYN_SENT") {
    if (!inUse) return fail(c, problem.error);
    c.softError = problem.error;
    return c.writable.notify();
  }
  if (c.state === "SYN_RECV") return c.parent === undefined ? fail(c, problem.error) : forgetHalfOpen(c);
  if (!c.receiveErrors) {
    c.softError = problem.error;
    return;
  }
  c.error = problem.error;
  c.readable.notify();
  c.writable.notify();
}

/** The path takes less than we thought (tcp_v4_mtu_reduced): what is on its way goes again, in pieces. */
export function smallerSegments(c: TcpConnection): void {
  const path = pathTo(c.ns, { dst: c.peerIp, src: c.localIp, mark: c.mark, tos: c.tos, device: c.device });
  if (typeof path === "string" || path.mtu >= c.pathMtu) return;
  c.pathMtu = path.mtu;
  syncMss(c);
  for (let i = 0; i < c.out.inFlight; i++) {
    const segment = c.out.flight(i);
    if (segment.data.length > c.mss) {
      segment.lost = true;
      c.out.split(segment, c.mss, c.mss);
    } else if (!segment.lost) continue;
    if (i < c.cwnd) retransmit(c, segment);
  }
}

