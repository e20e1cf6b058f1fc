/**
 * A VXLAN tunnel end point (RFC 7348; drivers/net/vxlan): an Ethernet that spans machines. Each
 * frame is wrapped into a UDP datagram to the machine its forwarding database names.
 *
 * It may not know IP, so the namespace that owns it attaches an `Underlay`.
 */
import type { World } from "../core/world";
import { NO_BYTES } from "../core/bytes";
import type { Ip } from "../wire/ip";
import { type Mac, ZERO_MAC, isGroup } from "../wire/mac";
import { type Frame, type Packet, PROTO, cloneFrame } from "../wire/packet";
import { BaseDevice, type Cargo, Crossing } from "./base";

const ETHERTYPE_ARP = 0x0806;

export type VxlanOptions = {
  readonly id: number;
  readonly local?: Ip;
  /** Where everything unknown goes: a `remote` or a multicast group. */
  readonly remote?: Ip;
  /** The name of the device underneath. */
  readonly dev?: string;
  readonly dstPort?: number;
  readonly learning?: boolean;
  readonly ttl?: number;
  readonly tos?: number;
  readonly srcPortRange?: readonly [low: number, high: number];
  readonly ageingSeconds?: number;
};

/** One way out for one inner address; several for the all-zero address, which everything unknown takes. */
export type VxlanFdbEntry = { readonly mac: Mac; remotes: VxlanRemote[]; permanent: boolean; updatedMs: number };
/** `bound`: only by the device underneath, as it is with the device's own `remote`; an entry of the database asks routing. */
export type VxlanRemote = { readonly ip: Ip; readonly port: number; readonly vni: number; readonly bound?: boolean };

export interface Underlay {
  /** Sends an outer datagram; source 0 lets routing choose, time to live 0 the namespace. */
  send(packet: Packet, cargo: unknown, bound: boolean): void;
}

export class VxlanDevice extends BaseDevice {
  readonly kind = "vxlan";
  underlay: Underlay | undefined;
  readonly #fdb = new Map<Mac, VxlanFdbEntry>();
  readonly #crossing = new Crossing((frame, cargo) => this.arrived(frame, cargo));
  readonly dstPort: number;
  readonly #salt: number;

  constructor(
    world: World,
    name: string,
    mac: Mac,
    readonly options: VxlanOptions,
  ) {
    super(world, name, mac);
    this.dstPort = options.dstPort ?? 8472;
    this.#salt = world.rng.fork("flow hash").u32();
    if (options.remote) this.fdbAppend(ZERO_MAC, { ip: options.remote, port: this.dstPort, vni: options.id, bound: true });
  }

  get carrier(): boolean {
    return this.up;
  }

  get #ageingMs(): number {
    return (this.options.ageingSeconds ?? 300) * 1000;
  }

  fdbFind(mac: Mac): VxlanFdbEntry | undefined {
    const entry = this.#fdb.get(mac);
    if (entry === undefined || entry.permanent) return entry;
    if (this.#ageingMs === 0 || this.world.scheduler.nowMs - entry.updatedMs < this.#ageingMs) return entry;
    this.#fdb.delete(mac);
    return undefined;
  }

  fdbList(): VxlanFdbEntry[] {
    return [...this.#fdb.keys()].flatMap((mac) => this.fdbFind(mac) ?? []);
  }

  /** False when that very way is known already. */
  fdbAppend(mac: Mac, remote: VxlanRemote): boolean {
    const entry = this.fdbFind(mac);
    if (entry === undefined) {
      this.fdbReplace(mac, remote);
      return true;
    }
    if (entry.remotes.some((other) => other.ip === remote.ip && other.port === remote.port && other.vni === remote.vni)) return false;
    entry.remotes.push(remote);
    return true;
  }

  fdbReplace(mac: Mac, remote: VxlanRemote): void {
    this.#fdb.set(mac, { mac, remotes: [remote], permanent: true, updatedMs: this.world.scheduler.nowMs });
  }

  fdbClear(): void {
    this.#fdb.clear();
  }

  fdbDelete(mac: Mac, ip?: Ip): boolean {
    const entry = this.#fdb.get(mac);
    if (entry === undefined) return false;
    const left = ip === undefined ? [] : entry.remotes.filter((remote) => remote.ip !== ip);
    if (left.length === entry.remotes.length) return false;
    if (left.length === 0) this.#fdb.delete(mac);
    else entry.remotes = left;
    return true;
  }

  /** vxlan_xmit: by the inner destination, else by the all-zero entry, else nowhere. */
  transmit(frame: Frame, cargo?: unknown): void {
    if (!this.up) return void this.stats.txDropped++;
    const entry = (isGroup(frame.dst) ? undefined : this.fdbFind(frame.dst)) ?? this.fdbFind(ZERO_MAC);
    if (entry === undefined || this.underlay === undefined) {
      this.show(frame, "out");
      return void this.stats.txDropped++;
    }
    this.leaving(frame);
    const { remotes } = entry;
    for (let i = 1; i < remotes.length; i++) this.#send(cloneFrame(frame), remotes[i] as VxlanRemote, cargo);
    this.#send(frame, remotes[0] as VxlanRemote, cargo);
  }

  #send(frame: Frame, remote: VxlanRemote, cargo: unknown): void {
    const { local = 0 as Ip, ttl = 0, tos = 0 } = this.options;
    const sport = this.#sourcePort(frame, (cargo as Cargo | undefined)?.hash ?? 0);
    const payload = { kind: "udp", sport, dport: remote.port, data: NO_BYTES, vxlan: { vni: remote.vni, frame } } as const;
    this.underlay?.send({ kind: "ipv4", src: local, dst: remote.ip, ttl, tos, id: 0, df: false, mf: false, offset: 0, proto: PROTO.udp, payload }, cargo, remote.bound === true);
  }

  /** udp_flow_src_port: by the inner packet's flow, so that routers underneath can spread flows over paths. */
  #sourcePort(frame: Frame, flow: number): number {
    const [low, high] = this.options.srcPortRange ?? [32768, 60999];
    const hash = flow !== 0 ? flow : this.#flowOf(frame);
    return low + Math.floor(((hash >>> 0) * (high - low)) / 0x1_0000_0000);
  }

  /** skb_get_hash(): both directions of a flow have the same, and all its fragments. */
  #flowOf({ payload }: Frame): number {
    let hash = this.#salt;
    const mix = (value: number): void => {
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    };
    if (payload.kind === "ipv4") {
      const inner = payload.payload;
      const ports = !payload.mf && payload.offset === 0 && (inner.kind === "tcp" || inner.kind === "udp") ? [inner.sport, inner.dport] : [0, 0];
      mix(Math.min(payload.src, payload.dst));
      mix(Math.max(payload.src, payload.dst));
      mix(payload.proto);
      mix(Math.min(...ports) * 65536 + Math.max(...ports));
    } else mix(ETHERTYPE_ARP); // The dissector does not look into ARP: all of it is one flow.
    return hash >>> 0;
  }

  /** vxlan_rcv: an outer datagram for our port and network has come in from `from`. */
  receive(frame: Frame, from: Ip, cargo: unknown): void {
    if (!this.up) return void this.stats.rxDropped++;
    if (frame.src === this.mac) return; // Our own, come back: a loop.
    if (this.options.learning !== false) this.#learn(frame.src, from);
    this.#crossing.soon(this.world, frame, cargo);
  }

  /** vxlan_snoop. A permanent entry is never moved by what the network says. */
  #learn(mac: Mac, ip: Ip): void {
    const entry = this.#fdb.get(mac);
    const updatedMs = this.world.scheduler.nowMs;
    if (entry?.permanent) return;
    this.#fdb.set(mac, { mac, remotes: [{ ip, port: this.dstPort, vni: this.options.id }], permanent: false, updatedMs });
  }
}
