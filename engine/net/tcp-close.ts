/**
 * How connections end: properly, by a reset, or by being forgotten. In Linux: tcp_close(),
 * tcp_done(), tcp_reset(), tcp_time_wait().
 */
import type { Code } from "../core/errno";
import { NO_BYTES } from "../core/bytes";
import { TCP } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";
import { lockSock, releaseSock } from "./tcp-lock";
import { sendActiveReset } from "./tcp-output";
import { pushPending } from "./tcp-push";
import { forgetReceived } from "./tcp-read";
import { TIME_WAIT_MS } from "./tcp-timers";

/** Nothing is left of it (tcp_done). */
export function finish(c: TcpConnection): void {
  if (c.state === "CLOSED") return;
  if (c.state === "ESTABLISHED" || c.state === "CLOSE_WAIT") c.ns.snmp.tcp.CurrEstab--;
  c.state = "CLOSED";
  c.sendTimer.stop();
  c.ackTimer.stop();
  c.keepTimer.stop();
  c.out.clear();
  c.outOfOrder = [];
  c.ns.sockets.tcp.remove(c);
  c.readShutdown = true;
  c.writeShutdown = true;
  c.notify();
}

/** It ends with an error that the program will hear of (tcp_done_with_error). */
export function fail(c: TcpConnection, error: Code): void {
  if (c.state === "CLOSED") return;
  c.error = error;
  if (c.state === "SYN_SENT" || c.state === "SYN_RECV") c.ns.snmp.tcp.AttemptFails++;
  finish(c);
}

/** The other side sent RST (tcp_reset): what that means depends on how far we were. */
export function resetByPeer(c: TcpConnection): void {
  const { tcp } = c.ns.snmp;
  if (c.state === "ESTABLISHED" || c.state === "CLOSE_WAIT") tcp.EstabResets++;
  if (c.state === "SYN_RECV") {
    tcp.AttemptFails++;
    return forgetHalfOpen(c);
  }
  fail(c, c.state === "SYN_SENT" ? "ECONNREFUSED" : c.state === "CLOSE_WAIT" ? "EPIPE" : "ECONNRESET");
}

/** A connection that never became one: its listener has a place again. */
export function forgetHalfOpen(c: TcpConnection): void {
  if (c.parent !== undefined) c.parent.halfOpen--;
  c.parent = undefined;
  finish(c);
}

/** No more data from us: FIN behind what is still to be sent (tcp_shutdown). */
export function closeWriting(c: TcpConnection): void {
  if (c.writeShutdown) return;
  c.writeShutdown = true;
  c.writable.notify();
  if (c.state === "ESTABLISHED" || c.state === "SYN_RECV") {
    if (c.state === "ESTABLISHED") c.ns.snmp.tcp.CurrEstab--;
    c.state = "FIN_WAIT1";
  } else if (c.state === "CLOSE_WAIT") {
    c.ns.snmp.tcp.CurrEstab--;
    c.state = "LAST_ACK";
  } else return;
  sendFin(c);
}

/** tcp_send_fin(): on the last segment that waits, or in one of its own. */
function sendFin(c: TcpConnection): void {
  const last = c.out.lastUnsent;
  if (last !== undefined && !(last.flags & TCP.fin)) {
    last.flags |= TCP.fin;
    c.writeSeq = last.end;
    c.finQueued = true;
  } else c.enqueue(TCP.fin | TCP.ack, NO_BYTES);
  pushPending(c, true);
}

/** The program has closed its socket (__tcp_close). */
export function close(c: TcpConnection): void {
  if (c.orphan) return;
  c.orphan = true;
  c.owner = undefined;
  if (c.state === "LISTEN") return closeListener(c);
  if (c.state === "CLOSED" || c.state === "SYN_SENT") return c.state === "CLOSED" ? c.ns.sockets.tcp.remove(c) : finish(c);
  const unread = c.receivedBytes > 0;
  forgetReceived(c);
  c.readShutdown = true;
  // Bytes nobody will read: the other side must not believe that they were taken (RFC 2525 §2.17).
  c.leaving = true;
  if (unread || c.lingerZero) {
    sendActiveReset(c);
    return finish(c);
  }
  lockSock(c);
  closeWriting(c);
  c.leaving = false;
  if ((c.state as string) === "FIN_WAIT2") orphanWaits(c);
  releaseSock(c);
}

/**
 * An orphan waits tcp_fin_timeout for the other side's FIN: the last minute of it as little more than a note in the table
 * of TIME_WAITs (tcp_time_wait(sk, TCP_FIN_WAIT2)).
 */
export function orphanWaits(c: TcpConnection): void {
  const lastsMs = c.ns.sysctl.ipv4.tcp_fin_timeout * 1000;
  if (lastsMs > TIME_WAIT_MS) return c.keepTimer.set(lastsMs - TIME_WAIT_MS);
  leaveInTimeWaits(c, lastsMs);
}

/** Its last minute begins. */
export function leaveInTimeWaits(c: TcpConnection, lastsMs = TIME_WAIT_MS): void {
  const { tcp } = c.ns.sockets;
  finish(c);
  tcp.timeWaits.addFinWait2(c, lastsMs);
}

function closeListener(c: TcpConnection): void {
  for (const child of c.acceptQueue.splice(0)) {
    sendActiveReset(child);
    finish(child);
  }
  for (const child of c.ns.sockets.tcp.halfOpenOf(c)) {
    child.parent = undefined;
    finish(child);
  }
  finish(c);
}

/** Both sides have said all: the address pair rests, so that late segments find nobody new (tcp_time_wait). */
export function timeWait(c: TcpConnection): void {
  const { tcp } = c.ns.sockets;
  finish(c);
  tcp.timeWaits.add(c, TIME_WAIT_MS);
}
