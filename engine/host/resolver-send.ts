/**
 * Asks the name servers of resolv.conf for one name: every type at once from one socket, server
 * after server, attempt after attempt. In glibc: resolv/res_send.c (send_dg, send_vc).
 */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { concat } from "../core/bytes";
import type { TcpSocket, UdpSocket } from "../net/socket";
import { decodeDns, DNS_PORT, type DnsMessage, dnsQuery, encodeDns, type RecordType } from "../wire/dns";
import type { Ip } from "../wire/ip";
import type { Proc } from "./proc";
import type { ResolvConf } from "./resolv-conf";

export type Reply = { readonly message: DnsMessage; readonly server: Ip };

/** "silence": nobody answered in time; "refused": every server's port is closed; "timeout": the caller's deadline. */
export type NoReply = "silence" | "refused" | "timeout" | "server failed";

const EDNS_BYTES = 1200;

/** One reply for each type that was answered properly. */
export function* ask(proc: Proc, conf: ResolvConf, name: string, types: readonly RecordType[], deadlineMs: number): Task<readonly Reply[] | NoReply> {
  const queries = types.map((type) => dnsQuery(proc.rng.u32() & 0xffff, name, type, conf.edns ? { udpSize: EDNS_BYTES } : undefined));
  const sockets = new Map<Ip, UdpSocket>();
  try {
    return yield* askServers(proc, conf, queries, sockets, deadlineMs);
  } finally {
    for (const socket of sockets.values()) socket.close();
  }
}

function* askServers(proc: Proc, conf: ResolvConf, queries: readonly DnsMessage[], sockets: Map<Ip, UdpSocket>, deadlineMs: number): Task<readonly Reply[] | NoReply> {
  let heard = false;
  let bad = false;
  const attempts = conf.useTcp ? 1 : conf.attempts;
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (let n = 0; n < conf.servers.length; n++) {
      const server = conf.servers[n] as Ip;
      const waitMs = n === 0 ? conf.timeoutMs : Math.max(1000, Math.floor((conf.timeoutMs * 2 ** n) / conf.servers.length / 1000) * 1000);
      const until = Math.min(proc.nowMs + waitMs, deadlineMs);
      const replies = conf.useTcp ? yield* overTcp(proc, server, queries, deadlineMs) : yield* overUdp(proc, server, queries, conf, sockets, until);
      if (typeof replies !== "string") return replies;
      if (replies === "silence" || replies === "server failed") heard = true;
      if (replies === "server failed") bad = true;
      if (proc.nowMs >= deadlineMs) return "timeout";
    }
  }
  if (bad) return "server failed";
  return heard ? "silence" : "refused";
}

function* overUdp(proc: Proc, server: Ip, queries: readonly DnsMessage[], conf: ResolvConf, sockets: Map<Ip, UdpSocket>, until: number): Task<readonly Reply[] | NoReply> {
  const socket = sockets.get(server) ?? proc.udp();
  sockets.set(server, socket);
  try {
    if (socket.peer === undefined) {
      // __res_enable_icmp(): "host unreachable" is heard of as well as "port unreachable".
      socket.setOptions({ receiveErrors: true });
      socket.connect(server, DNS_PORT);
    }
    const batches = conf.singleRequest ? queries.map((query) => [query]) : [queries];
    const replies: Reply[] = [];
    for (const batch of batches) {
      for (const query of batch) socket.send(encodeDns(query));
      const got = yield* collect(proc, socket, server, batch, until);
      if (typeof got === "string") return got;
      replies.push(...got);
    }
    return replies;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    socket.close();
    sockets.delete(server);
    return "refused";
  }
}

function* collect(proc: Proc, socket: UdpSocket, server: Ip, queries: readonly DnsMessage[], until: number): Task<readonly Reply[] | NoReply> {
  const replies: (Reply | "bad" | undefined)[] = queries.map(() => undefined);
  while (replies.includes(undefined)) {
    const datagram = yield* socket.recvFrom(until);
    if (datagram === undefined) return "silence";
    const message = decodeDns(datagram.data);
    const at = message?.response ? queries.findIndex((query, i) => replies[i] === undefined && answers(message, query)) : -1;
    if (message === undefined || at < 0) continue;
    // A server that fails, or will not: the other answer is awaited, then the next server is asked.
    if (message.rcode === "SERVFAIL" || message.rcode === "NOTIMP" || message.rcode === "REFUSED") replies[at] = "bad";
    else if (message.truncated) {
      const whole = yield* overTcp(proc, server, queries, until);
      return whole;
    } else replies[at] = { message, server };
  }
  const good = replies.filter((reply) => reply !== undefined && reply !== "bad");
  return good.length > 0 ? good : "server failed";
}

function answers(message: DnsMessage, query: DnsMessage): boolean {
  const [asked] = query.questions;
  const [echoed] = message.questions;
  return message.id === query.id && asked !== undefined && echoed?.type === asked.type && echoed.name.toLowerCase() === asked.name.toLowerCase();
}

/** Each message with its length in front (RFC 7766). With use-vc glibc tries each server once, and waits as long as the kernel lets connect() and read() take. */
function* overTcp(proc: Proc, server: Ip, queries: readonly DnsMessage[], until: number): Task<readonly Reply[] | NoReply> {
  const socket = proc.tcp();
  try {
    yield* socket.connect(server, DNS_PORT, until, true);
    yield* socket.send(concat(queries.map((query) => framed(encodeDns(query)))), until);
    const replies: Reply[] = [];
    const reader = new FramedReader(socket);
    for (let i = 0; i < queries.length; i++) {
      const bytes = yield* reader.next(until);
      const message = bytes && decodeDns(bytes);
      if (!message) return "silence";
      if (message.rcode === "SERVFAIL" || message.rcode === "NOTIMP" || message.rcode === "REFUSED") continue;
      replies.push({ message, server });
    }
    return replies.length > 0 ? replies : "server failed";
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return error.code === "EAGAIN" || error.code === "ETIMEDOUT" ? "silence" : "refused";
  } finally {
    socket.close();
  }
}

export function framed(message: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(message.length >> 8, message.length & 255), message]);
}

/** Messages out of a TCP stream. */
export class FramedReader {
  #pending: Uint8Array = new Uint8Array(0);

  constructor(private readonly socket: TcpSocket) {}

  /** Undefined at the end of the stream. */
  *next(deadlineMs?: number): Task<Uint8Array | undefined> {
    for (;;) {
      const length = this.#pending.length < 2 ? undefined : ((this.#pending[0] as number) << 8) | (this.#pending[1] as number);
      if (length !== undefined && this.#pending.length >= 2 + length) {
        const message = this.#pending.slice(2, 2 + length);
        this.#pending = this.#pending.subarray(2 + length);
        return message;
      }
      const more = yield* this.socket.recv(undefined, deadlineMs);
      if (more === undefined) return undefined;
      this.#pending = concat([this.#pending, more]);
    }
  }
}
