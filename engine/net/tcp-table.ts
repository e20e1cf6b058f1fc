/**
 * The TCP sockets of a namespace, and how a segment finds its own: connections by address pair,
 * listeners by port, ports by who has taken them. In Linux: inet_hashinfo (ehash, lhash2, bhash).
 */
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import { ANY, type Ip } from "../wire/ip";
import type { Netns } from "./netns";
import type { TcpConnection, TcpEntry } from "./tcp-connection";
import { SynCookies } from "./tcp-cookies";
import { TimeWaits } from "./tcp-timewait";

/** What counts when two want the same port. */
export type PortUser = { readonly localIp: Ip; readonly localPort: number; readonly reuseAddress: boolean; readonly reusePort: boolean; readonly state: string; readonly device?: string | undefined };

/** A port that somebody uses. `chosen`: by bind(2), not given out by connect(2). */
type Bucket = { readonly users: Set<PortUser>; chosen: number };

const NONE_RESERVED = (): boolean => false;
const PERTURB_SIZE = 256;
const NANOSECONDS_PER_TICK = 64;

export class TcpTable {
  readonly timeWaits: TimeWaits;
  readonly cookies = new SynCookies();
  readonly #entries = new Map<number, TcpEntry>();
  readonly #listeners = new Map<number, TcpConnection[]>();
  readonly #ports = new Map<number, Bucket>();
  readonly #halfOpen = new Set<TcpConnection>();
  readonly #rng: Rng;
  #hashes: Rng | undefined;
  readonly #secret: number;
  readonly #portSecret: number;
  #perturb: Uint32Array | undefined;
  /** Connections, TIME_WAIT included. */
  #count = 0;

  constructor(private readonly ns: Netns) {
    this.#rng = ns.world.rng.fork(`tcp ${ns.name}`);
    this.#secret = this.#rng.u32();
    this.#portSecret = this.#rng.u32();
    this.timeWaits = new TimeWaits(ns, this);
  }

  get size(): number {
    return this.#count;
  }

  lookup(localIp: Ip, localPort: number, peerIp: Ip, peerPort: number): TcpEntry | undefined {
    let entry = this.#entries.get(hash(localIp, localPort, peerIp, peerPort, this.#secret));
    while (entry !== undefined) {
      if (entry.localPort === localPort && entry.peerPort === peerPort && entry.peerIp === peerIp && entry.localIp === localIp) return entry;
      entry = entry.hashNext;
    }
    return undefined;
  }

  insert(entry: TcpEntry): void {
    const key = hash(entry.localIp, entry.localPort, entry.peerIp, entry.peerPort, this.#secret);
    entry.hashNext = this.#entries.get(key);
    this.#entries.set(key, entry);
    this.#count++;
  }

  withdraw(entry: TcpEntry): void {
    const key = hash(entry.localIp, entry.localPort, entry.peerIp, entry.peerPort, this.#secret);
    let before: TcpEntry | undefined;
    for (let e = this.#entries.get(key); e !== undefined; before = e, e = e.hashNext) {
      if (e !== entry) continue;
      if (before !== undefined) before.hashNext = e.hashNext;
      else if (e.hashNext !== undefined) this.#entries.set(key, e.hashNext);
      else this.#entries.delete(key);
      e.hashNext = undefined;
      this.#count--;
      return;
    }
  }

  /** Everywhere it may stand. */
  remove(c: TcpConnection): void {
    this.withdraw(c);
    this.#halfOpen.delete(c);
    this.releasePort(c, c.boundPort);
    const listeners = this.#listeners.get(c.localPort);
    if (listeners === undefined || !listeners.includes(c)) return;
    const others = listeners.filter((other) => other !== c);
    if (others.length > 0) this.#listeners.set(c.localPort, others);
    else this.#listeners.delete(c.localPort);
  }

  addListener(c: TcpConnection): void {
    this.#listeners.set(c.localPort, [...(this.#listeners.get(c.localPort) ?? []), c]);
  }

  addHalfOpen(c: TcpConnection): void {
    this.#halfOpen.add(c);
  }

  established(c: TcpConnection): void {
    this.#halfOpen.delete(c);
  }

  halfOpenOf(listener: TcpConnection): TcpConnection[] {
    return [...this.#halfOpen].filter((c) => c.parent === listener);
  }

  /** The most particular one: bound to this very address and device before "any" (inet_lookup_listener). */
  listener(localIp: Ip, localPort: number, peerIp: Ip, peerPort: number, device: string | undefined): TcpConnection | undefined {
    const listeners = this.#listeners.get(localPort);
    if (listeners === undefined) return undefined;
    let best: TcpConnection[] = [];
    let bestScore = -1;
    for (const c of listeners) {
      if (c.localIp !== ANY && c.localIp !== localIp) continue;
      if (c.device !== undefined && c.device !== device) continue;
      const score = (c.localIp === ANY ? 0 : 1) + (c.device === undefined ? 0 : 2);
      if (score > bestScore) [best, bestScore] = [[c], score];
      else if (score === bestScore) best.push(c);
    }
    if (best.length < 2) return best[0];
    // SO_REUSEPORT: the same connection always comes to the same one of them.
    return best[hash(localIp, localPort, peerIp, peerPort, this.#secret) % best.length];
  }

  takePort(user: PortUser, chosen: boolean): void {
    let bucket = this.#ports.get(user.localPort);
    if (bucket === undefined) {
      bucket = { users: new Set(), chosen: 0 };
      this.#ports.set(user.localPort, bucket);
    }
    if (bucket.users.has(user)) return;
    bucket.users.add(user);
    if (chosen) bucket.chosen++;
  }

  releasePort(user: PortUser, chosen: boolean): void {
    const bucket = this.#ports.get(user.localPort);
    if (bucket === undefined || !bucket.users.delete(user)) return;
    if (chosen) bucket.chosen--;
    if (bucket.users.size === 0) this.#ports.delete(user.localPort);
  }

  /** May `wanted` have this port beside those who have it already? (inet_csk_bind_conflict) */
  conflicts(wanted: TcpConnection, localIp: Ip, port: number): boolean {
    for (const user of this.#ports.get(port)?.users ?? []) {
      if (user === wanted) continue;
      if (user.localIp !== ANY && localIp !== ANY && user.localIp !== localIp) continue;
      if (user.device !== undefined && wanted.device !== undefined && user.device !== wanted.device) continue;
      if (wanted.reuseAddress && user.reuseAddress && user.state !== "LISTEN") continue;
      if (wanted.reusePort && user.reusePort) continue;
      return true;
    }
    return false;
  }

  /** A port for bind(0): odd ones first, which connect() takes last (inet_csk_find_open_port). */
  freePortToBind(wanted: TcpConnection, localIp: Ip): number {
    const [low, span] = this.range();
    const reserved = this.reserved();
    const start = this.#rng.below(span) & ~1;
    for (const parity of [1, 0]) {
      for (let i = 0; i < span; i += 2) {
        const port = low + ((start + i) % span & ~1) + ((low & 1) ^ parity);
        if (port < low + span && !reserved(port) && !this.#ports.has(port) && !this.conflicts(wanted, localIp, port)) return port;
      }
    }
    throw new SysError("EADDRINUSE");
  }

  /** A port for connect(): where to begin depends on the destination, even ones first (__inet_hash_connect). */
  freePortToConnect(c: TcpConnection, localIp: Ip, peerIp: Ip, peerPort: number): number {
    const [low, all] = this.range();
    const span = all > 1 ? all & ~1 : all;
    this.#perturb ??= Uint32Array.from({ length: PERTURB_SIZE }, () => this.#rng.u32());
    const mixed = hash(localIp, 0, peerIp, peerPort, this.#portSecret);
    const index = mixed % PERTURB_SIZE;
    const reserved = this.reserved();
    const offset = (((this.#perturb[index] as number) + (mixed >>> 8)) % span) & ~1;
    for (const parity of span > 1 ? [0, 1] : [0]) {
      for (let i = 0; i < span; i += 2) {
        const port = low + ((offset + i) % span) + parity;
        if (reserved(port) || !this.#mayConnectFrom(c, port, localIp, peerIp, peerPort)) continue;
        const step = Math.max(i, this.#rng.below(8) * 2) + 2;
        this.#perturb[index] = ((this.#perturb[index] as number) + step) >>> 0;
        return port;
      }
    }
    throw new SysError("EADDRNOTAVAIL");
  }

  #mayConnectFrom(c: TcpConnection, port: number, localIp: Ip, peerIp: Ip, peerPort: number): boolean {
    const bucket = this.#ports.get(port);
    if (bucket === undefined) return true;
    return bucket.chosen === 0 && this.pairIsFree(c, localIp, port, peerIp, peerPort);
  }

  /** Nobody else uses this pair of addresses; one in TIME_WAIT may be taken over where that is safe (tcp_twsk_unique). */
  pairIsFree(c: TcpConnection, localIp: Ip, localPort: number, peerIp: Ip, peerPort: number): boolean {
    const entry = this.lookup(localIp, localPort, peerIp, peerPort);
    if (entry === undefined) return true;
    return entry.state === "TIME_WAIT" && this.timeWaits.takeOver(entry, c);
  }

  /** net.ipv4.ip_local_port_range: the first port and how many. */
  range(): readonly [low: number, span: number] {
    const [low = 32768, high = 60999] = this.ns.sysctl.numbers("net/ipv4/ip_local_port_range");
    return [low, high - low + 1];
  }

  /** net.ipv4.ip_local_reserved_ports: which ones are not given out unasked. */
  reserved(): (port: number) => boolean {
    const text = this.ns.sysctl.word("net/ipv4/ip_local_reserved_ports");
    if (text === "") return NONE_RESERVED;
    const ranges = text.split(",").map((range) => range.split("-").map(Number));
    return (port) => ranges.some(([first = 0, last = first]) => port >= first && port <= last);
  }

  /** RFC 6528: differs for every pair, and goes forward with time for the same one (secure_tcp_seq). */
  initialSequence(localIp: Ip, localPort: number, peerIp: Ip, peerPort: number): number {
    const ticks = Math.floor((this.ns.world.scheduler.nowUs * 1000) / NANOSECONDS_PER_TICK);
    return (hash32(localIp, localPort, peerIp, peerPort, this.#secret ^ 0x5bd1e995) + ticks) >>> 0;
  }

  timestampOffset(localIp: Ip, localPort: number, peerIp: Ip, peerPort: number): number {
    return hash32(localIp, localPort, peerIp, peerPort, this.#secret ^ 0x2545f491);
  }

  randomId(): number {
    return this.#rng.u32() & 0xffff;
  }

  /** net_tx_rndhash(): by which a tunnel tells this connection from others; never 0. */
  randomHash(): number {
    this.#hashes ??= this.ns.world.rng.fork(`txhash ${this.ns.name}`);
    return this.#hashes.u32() || 1;
  }

  /** All of them: listeners in the order of their ports, then connections in the order they began. */
  *all(): Generator<TcpEntry> {
    for (const port of [...this.#listeners.keys()].sort((a, b) => a - b)) yield* this.#listeners.get(port) ?? [];
    for (const first of this.#entries.values()) for (let e: TcpEntry | undefined = first; e !== undefined; e = e.hashNext) yield e;
  }

  get listening(): readonly TcpConnection[] {
    return [...this.#listeners.values()].flat();
  }
}

/** murmur3's mixing of the five numbers. */
function hash32(a: number, b: number, c: number, d: number, secret: number): number {
  let h = secret | 0;
  h = round(h, a);
  h = round(h, c);
  h = round(h, (b << 16) | d);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function round(h: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  h ^= Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

/** The same as a small integer: what a Map finds fastest. */
function hash(a: number, b: number, c: number, d: number, secret: number): number {
  return hash32(a, b, c, d, secret) >>> 2;
}
