/**
 * A UDP socket (udp(7)). Sending never waits. An ICMP error reaches a connected socket as errno of
 * its next call, and one that asked for them (IP_RECVERR) in a queue of their own.
 */
import { type Code, SysError } from "../core/errno";
import { Signal, type Task } from "../core/task";
import { ANY, type Ip } from "../wire/ip";
import { PROTO } from "../wire/packet";
import { IPV4_HEADER_BYTES } from "../wire/ipv4";
import { UDP_HEADER_BYTES } from "../wire/udp";
import type { Netns } from "./netns";
import { sendCounted } from "./ip";
import { MULTICAST_TTL, checkBindAddress, noWay, pathTo, pathToPeer } from "./sock-route";
import type { Endpoint, SocketOptions, SocketOwner } from "./socket";

/** What recvFrom gives: the bytes, who sent them, and the address they were sent to (IP_PKTINFO). */
export type Datagram = { readonly data: Uint8Array; readonly ip: Ip; readonly port: number; readonly dst: Ip };

/** An ICMP error about a datagram to `peer`: struct sock_extended_err. */
export type UdpIcmpError = { readonly error: Code; readonly hard: boolean; readonly type: number; readonly code: number; readonly mtu: number; readonly from: Ip; readonly peer: Endpoint; readonly atMs: number };

const MAX_BYTES = 65_535 - IPV4_HEADER_BYTES - UDP_HEADER_BYTES;
/** What a waiting datagram costs: an sk_buff for each piece that one Ethernet frame carries, in the sizes that the kernel keeps ready. */
function costOf(dataBytes: number): number {
  const bytes = dataBytes + UDP_HEADER_BYTES;
  const rest = bytes % FRAGMENT_BYTES;
  return Math.floor(bytes / FRAGMENT_BYTES) * LARGE_SKB + (rest === 0 ? 0 : rest <= 205 ? 832 : rest <= 653 ? 1280 : LARGE_SKB);
}

const FRAGMENT_BYTES = 1480;
const LARGE_SKB = 2304;

export class UdpSocket {
  owner: SocketOwner | undefined;
  readonly readable = new Signal();
  readonly inode: number;
  boundIp: Ip = ANY;
  reuseAddress = false;
  reusePort = false;
  dual = false;
  device: string | undefined;
  peer: Endpoint | undefined;
  /** IP_RECVERR: keeps ICMP errors for recvError(). */
  receiveErrors = false;
  readonly #waiting: Datagram[] = [];
  #waitingBytes = 0;
  readonly #errors: UdpIcmpError[] = [];
  #error: Code | undefined;
  #port = 0;
  #localIp: Ip = ANY;
  #mark = 0;
  #ttl = 0;
  #tos = 0;
  #pathMtu: "want" | "do" | "dont" = "want";
  #ipId: number;
  #broadcast = false;
  #closed = false;
  /** sk_txhash: a connected socket has one. */
  #txHash = 0;
  drops = 0;

  constructor(readonly ns: Netns) {
    this.inode = ns.sockets.nextInode();
    this.#ipId = ns.sockets.udp.randomId();
  }

  get local(): Endpoint | undefined {
    return this.#port === 0 ? undefined : { ip: this.#localIp, port: this.#port };
  }

  /** Bytes that wait to be read: Recv-Q. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get hasInput(): boolean {
    return this.#waiting.length > 0 || this.#error !== undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  setOptions(options: SocketOptions & { readonly receiveErrors?: boolean }): void {
    const { reuseAddress, reusePort, device, mark, ttl, tos, pathMtu, receiveErrors, dual, broadcast } = options;
    if (device !== undefined && device !== "" && this.ns.devices.byName(device) === undefined) throw new SysError("ENODEV");
    if (reuseAddress !== undefined) this.reuseAddress = reuseAddress;
    if (reusePort !== undefined) this.reusePort = reusePort;
    if (dual !== undefined) this.dual = dual;
    if (broadcast !== undefined) this.#broadcast = broadcast;
    if (device !== undefined) this.device = device === "" ? undefined : device;
    if (mark !== undefined) this.#mark = mark;
    if (ttl !== undefined) this.#ttl = ttl;
    if (tos !== undefined) this.#tos = tos;
    if (pathMtu !== undefined) this.#pathMtu = pathMtu;
    if (receiveErrors !== undefined) this.receiveErrors = receiveErrors;
  }

  /** Throws EADDRINUSE, EADDRNOTAVAIL, EINVAL. */
  bind(ip: Ip, port: number): void {
    if (this.#port !== 0) throw new SysError("EINVAL");
    checkBindAddress(this.ns, ip);
    const { udp } = this.ns.sockets;
    if (port !== 0 && udp.conflicts(this, ip, port)) throw new SysError("EADDRINUSE");
    this.boundIp = ip;
    this.#localIp = ip;
    this.#port = port !== 0 ? port : udp.freePort(this, ip);
    udp.add(this, this.#port);
  }

  /** From now on only this peer is heard, and its errors are ours. Throws ENETUNREACH and the like. */
  connect(ip: Ip, port: number): void {
    this.#autobind();
    const path = pathToPeer(this.ns, { dst: ip, src: this.boundIp, mark: this.#mark, tos: this.#tos, device: this.device });
    if (typeof path === "string") throw noWay(this.ns, path);
    if (path.type === "broadcast" && !this.#broadcast) throw new SysError("EACCES");
    this.#txHash = this.ns.sockets.tcp.randomHash();
    this.peer = { ip: ip !== ANY ? ip : path.src, port };
    if (this.boundIp === ANY) {
      this.boundIp = path.src;
      this.#localIp = path.src;
    }
  }

  /** udp_abort(): its program hears of it, and it has no peer any longer. */
  abort(): void {
    this.#error = "ECONNABORTED";
    this.peer = undefined;
    this.readable.notify();
  }

  #autobind(): void {
    if (this.#closed) throw new SysError("EBADF");
    if (this.#port !== 0) return;
    try {
      this.bind(ANY, 0);
    } catch (problem) {
      // inet_autobind() says so, whatever bind(2) would have said.
      throw problem instanceof SysError && problem.code === "EADDRINUSE" ? new SysError("EAGAIN") : problem;
    }
  }

  send(bytes: Uint8Array): void {
    if (this.peer === undefined) throw new SysError("EDESTADDRREQ");
    this.sendTo(bytes, this.peer.ip, this.peer.port);
  }

  /** Throws EPERM when a filter in OUTPUT drops it, EMSGSIZE, ENETUNREACH…, and an error that was waiting. */
  sendTo(bytes: Uint8Array, ip: Ip, port: number, options: { readonly src?: Ip } = {}): void {
    const { ns } = this;
    this.#throwError();
    if (bytes.length > MAX_BYTES) throw new SysError("EMSGSIZE");
    if (port === 0) throw new SysError("EINVAL");
    this.#autobind();
    const path = pathTo(ns, { dst: ip, src: options.src ?? this.boundIp, mark: this.#mark, tos: this.#tos, device: this.device });
    if (typeof path === "string") throw noWay(ns, path);
    if (path.type === "broadcast" && !this.#broadcast) throw new SysError("EACCES");
    const length = bytes.length + IPV4_HEADER_BYTES + UDP_HEADER_BYTES;
    if (this.#pathMtu === "do" && length > path.mtu) throw new SysError("EMSGSIZE");
    const df = this.#pathMtu === "do" || (this.#pathMtu === "want" && length <= path.mtu && !ns.pathMtus.isLocked(ip, path.route.entry));
    const skb = ns.newSkb({
      kind: "ipv4",
      src: path.src,
      dst: ip !== ANY ? ip : path.src,
      ttl: path.type === "multicast" ? MULTICAST_TTL : this.#ttl || ns.sysctl.ipv4.ip_default_ttl,
      tos: this.#tos,
      id: df ? this.#nextId() : ns.nextIdent(),
      df,
      mf: false,
      offset: 0,
      proto: PROTO.udp,
      payload: { kind: "udp", sport: this.#port, dport: port, data: bytes },
    });
    skb.mark = this.#mark;
    skb.socket = this;
    skb.hash = this.#txHash;
    skb.route = path.route;
    const failure = sendCounted(ns, skb);
    // Only who asked for errors hears that the device had no room for it.
    if (failure === "ENOBUFS" && !this.receiveErrors) return void ns.snmp.udp.SndbufErrors++;
    if (failure !== undefined) throw new SysError(failure);
    ns.snmp.udp.OutDatagrams++;
  }

  /** ip_select_ident(): a connected socket counts, an unconnected one says 0 where nobody may cut. */
  #nextId(): number {
    if (this.peer === undefined) return 0;
    this.#ipId = (this.#ipId + 1) & 0xffff;
    return this.#ipId;
  }

  /** Undefined when the deadline passes; throws ECONNREFUSED and the like once when an ICMP error came. */
  *recvFrom(deadlineMs = Number.POSITIVE_INFINITY): Task<Datagram | undefined> {
    for (;;) {
      const datagram = this.tryRecvFrom();
      if (datagram !== undefined) return datagram;
      if (this.#closed) throw new SysError("EBADF");
      if ((yield { on: this.readable, deadlineMs }) === "timeout") return this.tryRecvFrom();
    }
  }

  /** The same without waiting. */
  tryRecvFrom(): Datagram | undefined {
    this.#throwError();
    const datagram = this.#waiting.shift();
    if (datagram !== undefined) this.#waitingBytes -= costOf(datagram.data.length);
    return datagram;
  }

  /** recvmsg(MSG_ERRQUEUE). */
  recvError(): UdpIcmpError | undefined {
    return this.#errors.shift();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#port !== 0) this.ns.sockets.udp.remove(this, this.#port);
    this.readable.notify();
  }

  /** From udp-input.ts: a datagram is ours. */
  deliver(datagram: Datagram): void {
    const cost = costOf(datagram.data.length);
    if (this.#waitingBytes + cost > this.ns.sysctl.core.rmem_default) {
      this.drops++;
      this.ns.snmp.udp.RcvbufErrors++;
      this.ns.snmp.udp.InErrors++;
      return;
    }
    this.ns.snmp.udp.InDatagrams++;
    this.#waiting.push(datagram);
    this.#waitingBytes += cost;
    this.readable.notify();
  }

  /** From udp-input.ts: one of our datagrams was refused or lost. */
  icmpArrived(problem: UdpIcmpError): void {
    if (this.receiveErrors) this.#errors.push(problem);
    else if (!problem.hard || this.peer === undefined) return;
    if (problem.error === "EMSGSIZE" && this.#pathMtu === "dont") return;
    this.#error = problem.error;
    this.readable.notify();
  }

  #throwError(): void {
    const error = this.#error;
    if (error === undefined) return;
    this.#error = undefined;
    throw new SysError(error);
  }
}
