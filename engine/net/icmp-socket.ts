/**
 * A raw ICMP socket, as ping opens it (raw(7)): sends echo requests, and sees every ICMP message
 * that reaches this namespace; whose answer it is the program must find out itself.
 */
import { SysError } from "../core/errno";
import { Signal, type Task } from "../core/task";
import { ICMP, ICMP_HEADER_BYTES } from "../wire/icmp";
import { ANY, type Ip } from "../wire/ip";
import { IPV4_HEADER_BYTES } from "../wire/ipv4";
import { clonePacket, type Packet, PROTO } from "../wire/packet";
import type { Netns } from "./netns";
import { sendCounted } from "./ip";
import { MULTICAST_TTL, checkBindAddress, noWay, type Path, type PathQuery, pathTo, pathToPeer } from "./sock-route";
import type { SocketOptions, SocketOwner } from "./socket";

/** What arrived, and when (milliseconds since the world began). */
export type IcmpMessage = { readonly packet: Packet; readonly from: Ip; readonly atMs: number };

export type EchoRequest = { readonly id: number; readonly seq: number; readonly data: Uint8Array };

const MAX_WAITING = 256;

export class IcmpSocket {
  owner: SocketOwner | undefined;
  readonly readable = new Signal();
  readonly inode: number;
  readonly #waiting: IcmpMessage[] = [];
  #src: Ip = ANY;
  #options: SocketOptions = {};
  #ipId: number;
  #closed = false;

  constructor(readonly ns: Netns) {
    this.inode = ns.sockets.nextInode();
    this.#ipId = ns.sockets.udp.randomId();
    ns.sockets.icmp.add(this);
  }

  setOptions(options: SocketOptions): void {
    if (options.device !== undefined && this.ns.devices.byName(options.device) === undefined) throw new SysError("ENODEV");
    this.#options = { ...this.#options, ...options };
  }

  /** The source address of what is sent. */
  bind(ip: Ip): void {
    checkBindAddress(this.ns, ip);
    this.#src = ip;
  }

  /** The source address that would be used, and the MTU of the way, as connect(2) of another socket tells ping; throws ENETUNREACH… */
  pathTo(ip: Ip): Path {
    const path = pathToPeer(this.ns, this.#query(ip));
    if (typeof path === "string") throw noWay(this.ns, path);
    return path;
  }

  #query(dst: Ip): PathQuery {
    const { mark = 0, tos = 0, device } = this.#options;
    return { dst, src: this.#src, mark, tos, device };
  }

  /** Throws EPERM, EMSGSIZE, ENETUNREACH… */
  sendEcho(ip: Ip, { id, seq, data }: EchoRequest): void {
    const { ns } = this;
    const { mark = 0, tos = 0, ttl, pathMtu = "want" } = this.#options;
    const path = pathTo(ns, this.#query(ip));
    if (typeof path === "string") throw new SysError(path);
    if (path.type === "broadcast" && this.#options.broadcast !== true) throw new SysError("EACCES");
    const length = data.length + IPV4_HEADER_BYTES + ICMP_HEADER_BYTES;
    if (pathMtu === "do" && length > path.mtu) throw new SysError("EMSGSIZE");
    const df = pathMtu === "do" || (pathMtu === "want" && length <= path.mtu && !ns.pathMtus.isLocked(ip, path.route.entry));
    const skb = ns.newSkb({
      kind: "ipv4",
      src: path.src,
      dst: ip !== ANY ? ip : path.src,
      ttl: ttl ?? (path.type === "multicast" ? MULTICAST_TTL : ns.sysctl.ipv4.ip_default_ttl),
      tos,
      id: df ? this.#nextId() : ns.nextIdent(),
      df,
      mf: false,
      offset: 0,
      proto: PROTO.icmp,
      payload: { kind: "icmp", type: ICMP.echo, code: 0, id, seq, mtu: 0, data },
    });
    skb.mark = mark;
    skb.socket = this;
    skb.route = path.route;
    ns.snmp.icmp.OutMsgs++;
    ns.snmp.icmp.OutEchos++;
    const failure = sendCounted(ns, skb);
    if (failure !== undefined && failure !== "ENOBUFS") throw new SysError(failure);
  }

  #nextId(): number {
    this.#ipId = (this.#ipId + 1) & 0xffff;
    return this.#ipId;
  }

  tryRecv(): IcmpMessage | undefined {
    return this.#waiting.shift();
  }

  *recv(deadlineMs = Number.POSITIVE_INFINITY): Task<IcmpMessage | undefined> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message !== undefined) return message;
      if (this.#closed) throw new SysError("EBADF");
      if ((yield { on: this.readable, deadlineMs }) === "timeout") return this.#waiting.shift();
    }
  }

  close(): void {
    this.#closed = true;
    this.ns.sockets.icmp.delete(this);
    this.readable.notify();
  }

  /** From sockets.ts: an ICMP message has come in. */
  take(packet: Packet): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ packet: clonePacket(packet), from: packet.src, atMs: this.ns.world.scheduler.nowMs });
    this.readable.notify();
  }
}
