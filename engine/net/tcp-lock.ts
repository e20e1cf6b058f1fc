/**
 * A program's call has a connection for itself: what arrives meanwhile waits, and is looked at when the call is done
 * with it. In Linux: lock_sock(), release_sock(), tcp_add_backlog().
 *
 * On a veth the other side's answers come while the call is still sending; so a write of several segments is acknowledged
 * only when all of it has left that may.
 *
 * Differs: what waits is not joined (tcp_add_backlog() joins it unless somebody captures).
 */
import type { Tcp } from "../wire/packet";
import type { Skb } from "./skb";
import type { TcpConnection } from "./tcp-connection";
import { smallerSegments } from "./tcp-error";
import { segmentArrives } from "./tcp-input";
import { sendAck } from "./tcp-output";

export type Waiting = { readonly tcp: Tcp; readonly skb: Skb };

export function lockSock(c: TcpConnection): void {
  c.owned = true;
}

/** What has come meanwhile is received now, and what comes because of that. */
export function releaseSock(c: TcpConnection): void {
  flushBacklog(c);
  if (c.pathShrunk) {
    c.pathShrunk = false;
    smallerSegments(c);
    flushBacklog(c);
  }
  c.owned = false;
  if (!c.ackDeferred) return;
  c.ackDeferred = false;
  if (c.ackPending) sendAck(c);
}

/** sk_flush_backlog(): the same in the middle of a long call. */
export function flushBacklog(c: TcpConnection): void {
  while (c.backlogged.length > 0) {
    for (const { tcp, skb } of c.backlogged.splice(0)) {
      if (c.state !== "CLOSED") segmentArrives(c, tcp, skb);
      c.answersWait = false;
    }
  }
}

/** A segment for a connection that is in use. */
export function addToBacklog(c: TcpConnection, tcp: Tcp, skb: Skb): void {
  c.backlogged.push({ tcp, skb });
}
