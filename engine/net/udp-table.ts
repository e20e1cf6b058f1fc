/** The UDP sockets of a namespace by port (struct udp_table): whose a datagram is, and which port is free. */
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import { ANY, type Ip } from "../wire/ip";
import type { Netns } from "./netns";
import type { UdpSocket } from "./udp";

export class UdpTable {
  readonly #ports = new Map<number, UdpSocket[]>();
  readonly #rng: Rng;

  constructor(private readonly ns: Netns) {
    this.#rng = ns.world.rng.fork(`udp ${ns.name}`);
  }

  add(socket: UdpSocket, port: number): void {
    this.#ports.set(port, [...(this.#ports.get(port) ?? []), socket]);
  }

  remove(socket: UdpSocket, port: number): void {
    const others = (this.#ports.get(port) ?? []).filter((other) => other !== socket);
    if (others.length > 0) this.#ports.set(port, others);
    else this.#ports.delete(port);
  }

  /** The best match: connected to the sender before bound to the address before bound to any (compute_score). */
  lookup(dst: Ip, dport: number, src: Ip, sport: number, device: string | undefined): UdpSocket | undefined {
    const sockets = this.#ports.get(dport);
    if (sockets === undefined) return undefined;
    let best: UdpSocket | undefined;
    let bestScore = -1;
    for (const socket of sockets) {
      const score = scoreOf(socket, dst, src, sport, device);
      if (score > bestScore) [best, bestScore] = [socket, score];
    }
    return best;
  }

  /** All that a broadcast or multicast datagram reaches. */
  everyone(dst: Ip, dport: number, src: Ip, sport: number, device: string | undefined): UdpSocket[] {
    return (this.#ports.get(dport) ?? []).filter((socket) => scoreOf(socket, dst, src, sport, device) >= 0);
  }

  conflicts(wanted: UdpSocket, ip: Ip, port: number): boolean {
    return (this.#ports.get(port) ?? []).some((other) => {
      if (other === wanted || (wanted.reuseAddress && other.reuseAddress) || (wanted.reusePort && other.reusePort)) return false;
      if (wanted.device !== undefined && other.device !== undefined && wanted.device !== other.device) return false;
      return ip === ANY || other.boundIp === ANY || ip === other.boundIp;
    });
  }

  /** Any free one of the local range that is not reserved, of either parity (udp_lib_get_port). */
  freePort(wanted: UdpSocket, ip: Ip): number {
    const { tcp } = this.ns.sockets;
    const [low, span] = tcp.range();
    const reserved = tcp.reserved();
    const start = this.#rng.below(span);
    for (let i = 0; i < span; i++) {
      const port = low + ((start + i) % span);
      if (reserved(port)) continue;
      if (!this.conflicts(wanted, ip, port)) return port;
    }
    throw new SysError("EADDRINUSE");
  }

  randomId(): number {
    return this.#rng.u32() & 0xffff;
  }

  all(): UdpSocket[] {
    return [...this.#ports.keys()].sort((a, b) => a - b).flatMap((port) => this.#ports.get(port) ?? []);
  }
}

function scoreOf(socket: UdpSocket, dst: Ip, src: Ip, sport: number, device: string | undefined): number {
  let score = 0;
  if (socket.boundIp !== ANY) {
    if (socket.boundIp !== dst) return -1;
    score += 4;
  }
  const { peer } = socket;
  if (peer !== undefined) {
    if (peer.ip !== src || peer.port !== sport) return -1;
    score += 8;
  }
  if (socket.device !== undefined) {
    if (socket.device !== device) return -1;
    score += 4;
  }
  return score;
}
