/**
 * SYN cookies: where more calls are half open than the backlog allows, a listener answers and forgets. All it needs to
 * know again stands in the sequence number and timestamp it has chosen, which the client's ACK brings back
 * (net.ipv4.tcp_syncookies; cookie_v4_init_sequence(), cookie_v4_check() of net/ipv4/syncookies.c).
 *
 * Differs: what the kernel packs into those numbers is kept here beside them, for as long as they would be believed;
 * nothing else knows of it, it is not repeated, and no tool shows it.
 */
import type { Tcp } from "../wire/packet";
import type { TcpConnection } from "./tcp-connection";

/** MAX_SYNCOOKIE_AGE: two minutes. */
const VALID_MS = 120_000;
const MOST = 4096;

type Cookie = { readonly c: TcpConnection; readonly untilMs: number };

export class SynCookies {
  readonly #kept = new Map<string, Cookie>();

  /** A call that was answered with a cookie. */
  remember(c: TcpConnection, nowMs: number): void {
    const key = keyOf(c.peerIp, c.peerPort, c.localIp, c.localPort);
    this.#kept.delete(key);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= MOST && !oldest.done) this.#kept.delete(oldest.value);
    this.#kept.set(key, { c, untilMs: nowMs + VALID_MS });
  }

  /** The call whose cookie this ACK brings back; it stays valid until somebody takes it. */
  check(srcIp: number, dstIp: number, tcp: Tcp, nowMs: number): TcpConnection | undefined {
    const found = this.#kept.get(keyOf(srcIp, tcp.sport, dstIp, tcp.dport));
    if (found === undefined || nowMs > found.untilMs || tcp.ack !== found.c.sndNxt) return undefined;
    return found.c;
  }

  taken(c: TcpConnection): void {
    this.#kept.delete(keyOf(c.peerIp, c.peerPort, c.localIp, c.localPort));
  }

  get size(): number {
    return this.#kept.size;
  }
}

function keyOf(peerIp: number, peerPort: number, localIp: number, localPort: number): string {
  return `${peerIp}:${peerPort} ${localIp}:${localPort}`;
}
