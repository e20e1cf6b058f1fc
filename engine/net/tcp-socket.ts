/**
 * A TCP socket: what a program holds of a connection or of a listener (tcp(7)). In Linux:
 * tcp_v4_connect(), inet_listen(), inet_accept(), tcp_sendmsg(), tcp_recvmsg(), tcp_close().
 *
 * A deadline that passes throws SysError("EAGAIN"); accept() then returns undefined. Errors of
 * the connection are thrown once, as errno is. Bytes given to send() must not be changed later.
 */
import { NO_BYTES } from "../core/bytes";
import { type Code, SysError } from "../core/errno";
import type { Signal, Task } from "../core/task";
import { ANY, type Ip } from "../wire/ip";
import { TCP } from "../wire/packet";
import type { Netns } from "./netns";
import { checkBindAddress, noWay, pathToPeer } from "./sock-route";
import type { Endpoint, SocketOptions, SocketOwner } from "./socket";
import { close, closeWriting, fail, finish } from "./tcp-close";
import { TcpConnection, type TcpState } from "./tcp-connection";
import { advertisedMss, initialWindow } from "./tcp-handshake";
import { lockSock, releaseSock } from "./tcp-lock";
import { sendActiveReset } from "./tcp-output";
import { pushPending } from "./tcp-push";
import { read } from "./tcp-read";
import { armKeepAlive, RTO_INITIAL_MS, sendFirst } from "./tcp-timers";
import { TIMESTAMP_BYTES } from "./tcp-window";
import { write } from "./tcp-write";

const FOREVER = Number.POSITIVE_INFINITY;
const DEFAULT_RECV_BYTES = 65_536;

export class TcpSocket {
  /** Everything there is to know about it; for `ss` and the tests. */
  readonly connection: TcpConnection;
  #closed = false;
  /** connect(2) has begun, and nobody knows yet what became of it (SS_CONNECTING). */
  #calling = false;

  constructor(
    readonly ns: Netns,
    connection?: TcpConnection,
  ) {
    this.connection = connection ?? new TcpConnection(ns);
  }

  get owner(): SocketOwner | undefined {
    return this.connection.owner;
  }

  set owner(owner: SocketOwner | undefined) {
    this.connection.owner = owner;
  }

  get readable(): Signal {
    return this.connection.readable;
  }

  get writable(): Signal {
    return this.connection.writable;
  }

  get state(): TcpState {
    return this.connection.state;
  }

  get local(): Endpoint | undefined {
    const { localIp: ip, localPort: port } = this.connection;
    return port === 0 ? undefined : { ip, port };
  }

  get peer(): Endpoint | undefined {
    const { peerIp: ip, peerPort: port } = this.connection;
    return port === 0 ? undefined : { ip, port };
  }

  /** Something can be read without waiting: data, the end, an error, a call to accept. */
  get hasInput(): boolean {
    const c = this.connection;
    return c.received.length > 0 || c.acceptQueue.length > 0 || c.finReceived || c.readShutdown || c.error !== undefined || c.state === "CLOSED";
  }

  setOptions(options: SocketOptions): void {
    const c = this.connection;
    if (options.device !== undefined && options.device !== "" && this.ns.devices.byName(options.device) === undefined) throw new SysError("ENODEV");
    const { reuseAddress, reusePort, device, mark, ttl, tos, noDelay, keepAlive, keepIdleMs, keepIntervalMs, keepCount, userTimeoutMs, lingerZero, dual } = options;
    if (device !== undefined) c.device = device === "" ? undefined : device;
    const given = { reuseAddress, reusePort, mark, ttl, tos, noDelay, keepAlive, keepIdleMs, keepIntervalMs, keepCount, userTimeoutMs, lingerZero, dual };
    for (const [key, value] of Object.entries(given)) if (value !== undefined) Object.assign(c, { [key]: value });
    if (keepAlive === true || (c.keepAlive && keepIdleMs !== undefined)) armKeepAlive(c);
    if (noDelay !== true || !c.out.hasUnsent) return;
    lockSock(c);
    pushPending(c);
    releaseSock(c);
  }

  /** Throws EADDRINUSE, EADDRNOTAVAIL, EINVAL. Port 0 is any free one. */
  bind(ip: Ip, port: number): void {
    const c = this.connection;
    if (c.state !== "CLOSED" || c.localPort !== 0) throw new SysError("EINVAL");
    checkBindAddress(this.ns, ip);
    const { tcp } = this.ns.sockets;
    if (port !== 0 && tcp.conflicts(c, ip, port)) throw new SysError("EADDRINUSE");
    c.localPort = port !== 0 ? port : tcp.freePortToBind(c, ip);
    c.localIp = ip;
    c.boundAddress = ip !== ANY;
    c.boundPort = true;
    tcp.takePort(c, true);
  }

  /** SO_REUSEADDR is taken for granted, as every server sets it. */
  listen(backlog = 4096): void {
    const c = this.connection;
    if (c.state === "LISTEN") {
      c.backlog = this.#backlog(backlog);
      return;
    }
    if (c.state !== "CLOSED" || c.peerPort !== 0) throw new SysError("EINVAL");
    if (c.localPort === 0) this.bind(ANY, 0);
    const { tcp } = this.ns.sockets;
    c.state = "LISTEN";
    if (tcp.conflicts(c, c.localIp, c.localPort)) {
      c.state = "CLOSED";
      throw new SysError("EADDRINUSE");
    }
    c.backlog = this.#backlog(backlog);
    tcp.addListener(c);
  }

  #backlog(wanted: number): number {
    const most = this.ns.sysctl.core.somaxconn;
    return wanted < 0 ? most : Math.min(wanted, most);
  }

  /** A call that has come in; undefined when the deadline passes. Throws EINVAL when it is no listener (any more). */
  *accept(deadlineMs = FOREVER): Task<TcpSocket | undefined> {
    const c = this.connection;
    for (;;) {
      const accepted = this.tryAccept();
      if (accepted !== undefined) return accepted;
      if ((yield { on: c.readable, deadlineMs }) === "timeout") return this.tryAccept();
    }
  }

  tryAccept(): TcpSocket | undefined {
    if (this.connection.state !== "LISTEN") throw new SysError("EINVAL");
    const child = this.connection.acceptQueue.shift();
    return child && new TcpSocket(this.ns, child);
  }

  /**
   * Throws what connect(2) would; EAGAIN when the deadline passes: the attempt goes on then, and may be waited for again.
   * As a program does that waits with poll(); one that `blocks` in connect() itself is not told of an error that is only remembered.
   */
  *connect(ip: Ip, port: number, deadlineMs = FOREVER, blocks = false): Task<void> {
    const c = this.connection;
    if (!this.#calling) this.startConnect(ip, port);
    for (;;) {
      if ((c.state as TcpState) !== "SYN_SENT" && (c.state as TcpState) !== "SYN_RECV") break;
      if (!blocks && c.softError !== undefined) throw new SysError(this.takeError() as Code);
      if ((yield { on: c.writable, deadlineMs }) === "timeout" && (c.state as TcpState) === "SYN_SENT") throw new SysError("EAGAIN");
    }
    this.#calling = false;
    this.#throwError();
    if (c.state === "CLOSED") throw new SysError("ECONNABORTED");
  }

  /** connect(2) on a socket that does not block: sends the SYN. */
  startConnect(ip: Ip, port: number): void {
    const c = this.connection;
    const { ns } = this;
    if (this.#closed) throw new SysError("EBADF");
    if (c.state !== "CLOSED") throw new SysError("EISCONN");
    if (c.peerPort !== 0) this.#startAgain();
    const path = pathToPeer(ns, { dst: ip, src: c.localIp, mark: c.mark, tos: c.tos, device: c.device });
    if (typeof path === "string") throw noWay(ns, path);
    if (path.type === "broadcast" || path.type === "multicast") throw new SysError("ENETUNREACH");
    const peerIp = ip !== ANY ? ip : path.src;
    this.#choosePort(path.src, peerIp, port);
    this.#prepare(path.mtu, path.advMss);
    this.#calling = true;
    ns.snmp.tcp.ActiveOpens++;
    c.state = "SYN_SENT";
    c.retransStampUs = ns.world.scheduler.nowUs;
    lockSock(c);
    sendFirst(c, c.enqueue(TCP.syn, NO_BYTES));
    releaseSock(c);
  }

  /** A call that failed leaves a socket that may call again; what it was bound to stays. */
  #startAgain(): void {
    const c = this.connection;
    if (c.wasEstablished) throw new SysError("EISCONN");
    c.peerPort = 0;
    c.peerIp = ANY;
    if (!c.boundPort) c.localPort = 0;
    if (!c.boundAddress) c.localIp = ANY;
    c.error = c.softError = undefined;
    c.readShutdown = c.writeShutdown = false;
    c.rtoMs = RTO_INITIAL_MS;
    c.iss = c.tsRecent = 0;
    c.backoff = c.retransmits = c.txHash = 0;
  }

  #choosePort(localIp: Ip, peerIp: Ip, port: number): void {
    const c = this.connection;
    const { tcp } = this.ns.sockets;
    if (c.boundPort) {
      if (!tcp.pairIsFree(c, localIp, c.localPort, peerIp, port)) throw new SysError("EADDRNOTAVAIL");
    } else {
      c.localPort = tcp.freePortToConnect(c, localIp, peerIp, port);
    }
    c.localIp = localIp;
    c.peerIp = peerIp;
    c.peerPort = port;
    tcp.takePort(c, c.boundPort);
    tcp.insert(c);
  }

  #prepare(mtu: number, advMss: number | undefined): void {
    const c = this.connection;
    const { tcp } = this.ns.sockets;
    c.ipId = tcp.randomId();
    c.tsOffset = tcp.timestampOffset(c.localIp, c.localPort, c.peerIp, c.peerPort);
    // After a TIME_WAIT it was told its first number, and that there were timestamps.
    const follows = c.iss !== 0;
    if (!follows) c.iss = tcp.initialSequence(c.localIp, c.localPort, c.peerIp, c.peerPort);
    c.sndUna = c.sndNxt = c.writeSeq = c.pushedSeq = c.limitedUntil = c.iss;
    c.pathMtu = mtu;
    c.advMss = advMss ?? advertisedMss(mtu);
    c.mss = c.advMss;
    initialWindow(c, c.advMss - (follows ? TIMESTAMP_BYTES : 0), this.ns.sysctl.ipv4.tcp_window_scaling !== 0);
  }

  /** Waits while the send buffer is full. Throws EPIPE after a close or shutdown, ECONNRESET, ETIMEDOUT… */
  *send(bytes: Uint8Array, deadlineMs = FOREVER): Task<void> {
    const c = this.connection;
    let rest = bytes;
    for (;;) {
      rest = rest.subarray(this.trySend(rest));
      if (rest.length === 0) return;
      if ((yield { on: c.writable, deadlineMs }) === "timeout") throw new SysError("EAGAIN");
    }
  }

  /** As many bytes as there is room for; returns how many were taken. */
  trySend(bytes: Uint8Array): number {
    const c = this.connection;
    this.#throwError();
    if (c.state !== "ESTABLISHED" && c.state !== "CLOSE_WAIT") {
      if (c.state === "SYN_SENT" || c.state === "SYN_RECV") return 0;
      throw new SysError("EPIPE");
    }
    if (c.writeShutdown) throw new SysError("EPIPE");
    lockSock(c);
    const taken = write(c, bytes);
    releaseSock(c);
    return taken;
  }

  /** What has come, at most `max` bytes; undefined when the other side has finished. */
  *recv(max = DEFAULT_RECV_BYTES, deadlineMs = FOREVER): Task<Uint8Array | undefined> {
    const c = this.connection;
    for (;;) {
      const got = this.tryRecv(max);
      if (got !== "later") return got;
      if ((yield { on: c.readable, deadlineMs }) === "timeout") {
        const last = this.tryRecv(max);
        if (last === "later") throw new SysError("EAGAIN");
        return last;
      }
    }
  }

  /** The same without waiting. */
  tryRecv(max = DEFAULT_RECV_BYTES): Uint8Array | undefined | "later" {
    const c = this.connection;
    if (c.receivedBytes > 0) return read(c, max);
    // After the other side's FIN there is the end, whatever came later (SOCK_DONE).
    if (c.finReceived) return undefined;
    this.#throwError();
    if (c.readShutdown) return undefined;
    if (c.state === "CLOSED" || c.state === "LISTEN") {
      if (c.peerPort === 0) throw new SysError("ENOTCONN");
      return undefined;
    }
    return "later";
  }

  shutdown(how: "read" | "write" | "both"): void {
    const c = this.connection;
    if (c.state === "LISTEN" && how === "write") return;
    if (c.peerPort === 0 || c.state === "CLOSED") throw new SysError("ENOTCONN");
    if (how !== "write") {
      c.readShutdown = true;
      c.readable.notify();
    }
    if (how === "read") return;
    if (c.state === "SYN_SENT") return finish(c);
    lockSock(c);
    closeWriting(c);
    releaseSock(c);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    close(this.connection);
  }

  /** Closes with RST: SO_LINGER with time 0. */
  abort(): void {
    const c = this.connection;
    if (!this.#closed && c.state !== "CLOSED" && c.state !== "LISTEN" && c.state !== "SYN_SENT" && c.state !== "SYN_RECV") {
      sendActiveReset(c);
      fail(c, "ECONNABORTED");
      c.error = undefined;
    }
    this.close();
  }

  /** SO_ERROR: what the next call would fail with, or what an ICMP error left behind; asked for once. */
  takeError(): Code | undefined {
    const c = this.connection;
    const { error } = c;
    c.error = undefined;
    if (error !== undefined) return error;
    const { softError } = c;
    c.softError = undefined;
    return softError;
  }

  #throwError(): void {
    const c = this.connection;
    const { error } = c;
    if (error === undefined) return;
    c.error = undefined;
    throw new SysError(error);
  }
}
