/**
 * All sockets of a namespace: who listens where, who is connected to whom, which ports are taken.
 * The namespace makes one and keeps it; it tells IP whom to hand TCP, UDP and ICMP to.
 */
import type { Icmp, Packet } from "../wire/packet";
import { PROTO } from "../wire/packet";
import type { IcmpSocket } from "./icmp-socket";
import type { Netns } from "./netns";
import type { PacketSocket } from "./packet-socket";
import type { Skb } from "./skb";
import { tcpError } from "./tcp-error";
import { receiveTcp } from "./tcp-input";
import { TcpTable } from "./tcp-table";
import { receiveUdp, udpError } from "./udp-input";
import { UdpTable } from "./udp-table";

export class Sockets {
  readonly tcp: TcpTable;
  readonly udp: UdpTable;
  /** Raw ICMP sockets: each sees every message. */
  readonly icmp = new Set<IcmpSocket>();
  readonly packet = new Set<PacketSocket>();
  #inode: number;
  readonly #cookies = new WeakMap<object, number>();
  #lastCookie = 0;

  constructor(readonly ns: Netns) {
    this.tcp = new TcpTable(ns);
    this.udp = new UdpTable(ns);
    this.#inode = 16_384 + ns.world.rng.fork(`inodes ${ns.name}`).below(65_536);
    ns.protocols.set(PROTO.tcp, (skb) => receiveTcp(ns, skb));
    ns.protocols.set(PROTO.udp, (skb) => receiveUdp(ns, skb));
    ns.protocols.set(PROTO.icmp, (skb) => this.#showIcmp(skb));
    ns.onIcmpError = (skb, quoted) => this.#error(skb, quoted);
  }

  /** What /proc/PID/fd and `ss -e` number a socket with. */
  nextInode(): number {
    return ++this.#inode;
  }

  /** sock_gen_cookie(): a number of its own, given when somebody first asks (`ss -e`). */
  cookieOf(socket: object): number {
    const known = this.#cookies.get(socket);
    if (known !== undefined) return known;
    this.#cookies.set(socket, ++this.#lastCookie);
    return this.#lastCookie;
  }

  /** Memory for what waits unread on a connection: tcp_rmem's default. */
  get receiveBuffer(): number {
    const [, standard = 131_072] = this.ns.sysctl.numbers("net/ipv4/tcp_rmem");
    return standard;
  }

  /** Memory for what is written and not yet acknowledged, before there is a connection: tcp_wmem's default. */
  get sendBuffer(): number {
    const [, standard = 16_384] = this.ns.sysctl.numbers("net/ipv4/tcp_wmem");
    return standard;
  }

  #showIcmp(skb: Skb): boolean {
    for (const socket of this.icmp) socket.take(skb.packet);
    return true;
  }

  #error(skb: Skb, quoted: Packet): void {
    const icmp = skb.packet.payload as Icmp;
    if (quoted.proto === PROTO.tcp) tcpError(this.ns, icmp, quoted);
    else if (quoted.proto === PROTO.udp) udpError(this.ns, icmp, quoted, skb.packet.src);
  }
}
