/**
 * A bridge: a switch in software, and at the same time the network card by which its own machine
 * takes part (net/bridge/br_input.c, br_forward.c, br_device.c).
 *
 * A frame for the bridge's own address goes up to IP; one for somebody behind a port is switched
 * there and, with br_netfilter, shown to the IP hooks on the way: see `filter`.
 * Differs: no spanning tree, no VLAN filtering, no multicast snooping (multicast is flooded).
 */
import type { World } from "../core/world";
import { BROADCAST_MAC, type Mac, ZERO_MAC, isGroup } from "../wire/mac";
import { type Frame, cloneFrame } from "../wire/packet";
import { ipv4Length } from "../wire/ipv4";
import { BaseDevice } from "./base";
import { BridgeFdb } from "./bridge-fdb";
import { isForwardable } from "./veth";

/** `bridge -d link`: what can be set for each port. */
export type PortFlags = { hairpin: boolean; guard: boolean; rootBlock: boolean; fastLeave: boolean; learning: boolean; flood: boolean; mcastFlood: boolean; bcastFlood: boolean; isolated: boolean; neighSuppress: boolean; proxyArp: boolean; vlanTunnel: boolean; locked: boolean; cost: number; priority: number; state: PortState };

/** BR_STATE_*, by their numbers: nobody but an administrator changes it here. */
export const PORT_STATES = ["disabled", "listening", "learning", "forwarding", "blocking"] as const;
export type PortState = (typeof PORT_STATES)[number];

/** IFLA_BR_*: what is kept and shown, and acts on nothing without a spanning tree or snooping; times in hundredths of a second. */
export type BridgeSettings = { forwardDelay: number; helloTime: number; maxAge: number; priority: number; multicastSnooping: number };

export type BridgePort = { readonly bridge: BridgeDevice; readonly device: BaseDevice; readonly number: number; readonly flags: PortFlags };

/**
 * br_netfilter: filled by net/, which owns the IP hooks. Each call may change the frame; what it
 * answers travels on with it. Undefined or false: the frame is dropped, or will be continued
 * later by `switchFrame`.
 */
export interface BridgeFilter {
  preRouting(bridge: BridgeDevice, port: BridgePort, frame: Frame, cargo: unknown): unknown;
  forward(bridge: BridgeDevice, from: BridgePort, to: BridgePort, frame: Frame, cargo: unknown): boolean;
  postRouting(bridge: BridgeDevice, to: BridgePort, frame: Frame, cargo: unknown): boolean;
  /** The cargo of one more copy of a frame. */
  copy(frame: Frame, cargo: unknown): unknown;
}

export class BridgeDevice extends BaseDevice {
  readonly kind = "bridge";
  readonly #ports: BridgePort[] = [];
  readonly fdb: BridgeFdb;
  /** Called before a port is looked at or a frame is switched: some ports may still have to be made. */
  catchUp: () => void = () => {};
  filter: BridgeFilter | undefined;
  readonly settings: BridgeSettings = { forwardDelay: 1500, helloTime: 200, maxAge: 2000, priority: 0x8000, multicastSnooping: 1 };
  /** Where "received packet with own address as source address" is said. */
  log: ((line: string) => void) | undefined;

  constructor(world: World, name: string, mac: Mac) {
    super(world, name, mac);
    this.fdb = new BridgeFdb(world.scheduler);
    this.fdb.put(mac, undefined, true);
  }

  /** On as long as one port can forward: a bridge without any is NO-CARRIER. */
  get carrier(): boolean {
    return this.up && this.ports.some(({ device }) => device.up && device.carrier);
  }

  get ports(): readonly BridgePort[] {
    this.catchUp();
    return this.#ports;
  }

  portOf(device: BaseDevice): BridgePort | undefined {
    return this.ports.find((port) => port.device === device);
  }

  /** `ip link set X master BR`. */
  addPort(device: BaseDevice): BridgePort {
    const taken = new Set(this.ports.map((port) => port.number));
    let number = 1;
    while (taken.has(number)) number++;
    const flags: PortFlags = { hairpin: false, guard: false, rootBlock: false, fastLeave: false, learning: true, flood: true, mcastFlood: true, bcastFlood: true, isolated: false, neighSuppress: false, proxyArp: false, vlanTunnel: false, locked: false, cost: 2, priority: 32, state: "forwarding" };
    const port: BridgePort = { bridge: this, device, number, flags };
    this.#ports.push(port);
    device.master = this;
    device.promiscuous = true;
    device.onReceive = (frame, _device, cargo) => this.#receive(port, frame, cargo);
    this.fdb.put(device.mac, port, true);
    this.portChanged();
    return port;
  }

  /** Whoever calls this gives the device back its own receiver. */
  removePort(device: BaseDevice): void {
    const port = this.portOf(device);
    if (port === undefined) return;
    this.#ports.splice(this.#ports.indexOf(port), 1);
    this.fdb.forget(port);
    device.master = undefined;
    device.promiscuous = false;
    this.portChanged();
  }

  /** br_stp_recalculate_bridge_id and br_mtu_auto_adjust: the lowest address and the smallest MTU of the ports, until somebody chooses. */
  override portChanged(): void {
    let lowest: Mac | undefined;
    let mtu = Number.POSITIVE_INFINITY;
    for (const { device, flags } of this.ports) {
      // br_stp_enable_port(): one that comes back forwards.
      if (!device.up || !device.carrier) flags.state = "forwarding";
      if (lowest === undefined || device.mac < lowest) lowest = device.mac;
      mtu = Math.min(mtu, device.mtu);
    }
    if (!this.macChosen) this.setMac(lowest ?? ZERO_MAC);
    if (!this.mtuChosen) this.mtu = Number.isFinite(mtu) ? mtu : 1500;
    this.changed();
  }

  setMac(mac: Mac): void {
    if (mac === this.mac) return;
    const own = this.fdb.find(this.mac);
    if (own !== undefined && own.port === undefined) this.fdb.delete(this.mac);
    this.mac = mac;
    if (this.fdb.find(mac)?.local !== true) this.fdb.put(mac, undefined, true);
  }

  /** br_dev_xmit: this machine itself sends into the bridge. */
  transmit(frame: Frame, cargo?: unknown): void {
    if (!this.up) return void this.stats.txDropped++;
    this.leaving(frame);
    this.catchUp();
    const entry = isGroup(frame.dst) ? undefined : this.fdb.find(frame.dst);
    if (entry === undefined) return this.#flood(undefined, frame, cargo);
    if (entry.port) this.#forward(undefined, entry.port, frame, cargo);
  }

  /** Seen as if this machine itself had sent it; br_dev_xmit() then lets br_netfilter go on with it, and counts nothing. */
  showOwn(frame: Frame): void {
    this.show({ ...frame, src: this.mac }, "out");
  }

  /** br_handle_frame: a port has received something. */
  #receive(port: BridgePort, frame: Frame, cargo: unknown): void {
    if (!this.up || isGroup(frame.src) || frame.src === ZERO_MAC) return;
    if (port.flags.state !== "forwarding" && port.flags.state !== "learning") return;
    const { filter } = this;
    if (filter === undefined || frame.payload.kind !== "ipv4") return this.switchFrame(port, frame, cargo);
    const shown = filter.preRouting(this, port, frame, cargo);
    if (shown !== undefined) this.switchFrame(port, frame, shown);
  }

  /** br_handle_frame_finish: learn, then up, across, or everywhere. */
  switchFrame(port: BridgePort, frame: Frame, cargo: unknown): void {
    this.catchUp();
    if (port.flags.locked && !this.#isKnown(frame.src, port)) return;
    if (port.flags.learning && !this.fdb.learn(frame.src, port)) this.#ownAddress(port);
    if (port.flags.state === "learning") return;
    if (isGroup(frame.dst)) {
      this.#flood(port, cloneFrame(frame), cargo);
      return this.#up(frame, cargo);
    }
    const entry = this.fdb.find(frame.dst);
    if (entry === undefined) return this.#flood(port, frame, cargo);
    entry.usedMs = this.world.scheduler.nowMs;
    if (entry.local) return this.#up(frame, cargo);
    if (entry.port) this.#forward(port, entry.port, frame, cargo);
  }

  /** A locked port lets in only whom somebody has put there before. */
  #isKnown(mac: Mac, port: BridgePort): boolean {
    const entry = this.fdb.find(mac);
    return entry !== undefined && !entry.local && entry.port === port;
  }

  #ownAddress(port: BridgePort): void {
    this.log?.(`${this.name}: received packet on ${port.device.name} with own address as source address`);
  }

  /** br_pass_frame_up. */
  #up(frame: Frame, cargo: unknown): void {
    this.stats.rxPackets++;
    this.stats.rxBytes += frame.payload.kind === "arp" ? 28 : ipv4Length(frame.payload);
    if (isGroup(frame.dst) && frame.dst !== BROADCAST_MAC) this.stats.multicast++;
    this.show(frame, "in");
    this.onReceive(frame, this, cargo);
  }

  /** br_flood: the port that came last is served first (br_add_if puts it at the head of the list). */
  #flood(from: BridgePort | undefined, frame: Frame, cargo: unknown): void {
    let last: BridgePort | undefined;
    for (let at = this.ports.length - 1; at >= 0; at--) {
      const to = this.ports[at];
      if (to === undefined || !mayFlood(to.flags, frame.dst) || !shouldDeliver(from, to)) continue;
      if (last !== undefined) this.#copyTo(from, last, frame, cargo);
      last = to;
    }
    if (last !== undefined) this.#pass(from, last, frame, cargo);
  }

  #copyTo(from: BridgePort | undefined, to: BridgePort, frame: Frame, cargo: unknown): void {
    const copy = cloneFrame(frame);
    this.#pass(from, to, copy, this.filter?.copy(copy, cargo) ?? cargo);
  }

  #forward(from: BridgePort | undefined, to: BridgePort, frame: Frame, cargo: unknown): void {
    if (shouldDeliver(from, to)) this.#pass(from, to, frame, cargo);
  }

  /** __br_forward and br_forward_finish. */
  #pass(from: BridgePort | undefined, to: BridgePort, frame: Frame, cargo: unknown): void {
    const { filter } = this;
    if (filter !== undefined && from !== undefined && frame.payload.kind === "ipv4") {
      if (!filter.forward(this, from, to, frame, cargo)) return;
      if (!filter.postRouting(this, to, frame, cargo)) return;
    }
    // A switch cannot cut a datagram; what is too long for the port is gone.
    if (!isForwardable(frame, to.device.mtu)) return;
    to.device.transmit(frame, cargo);
  }
}

/** should_deliver: not back out of the port it came in by, unless that port is in hairpin mode. */
function shouldDeliver(from: BridgePort | undefined, to: BridgePort): boolean {
  if (from === to && !to.flags.hairpin) return false;
  if (from?.flags.isolated && to.flags.isolated) return false;
  return to.flags.state === "forwarding" && to.device.up && to.device.carrier;
}

function mayFlood(flags: PortFlags, dst: Mac): boolean {
  if (dst === BROADCAST_MAC) return flags.bcastFlood;
  return isGroup(dst) ? flags.mcastFlood : flags.flood;
}
