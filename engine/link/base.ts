/**
 * What all kinds of device share: identity, flags, counters, taps. In Linux: struct net_device.
 *
 * The namespace a device lives in is above this layer; it is known here only as `home`.
 */
import type { World } from "../core/world";
import { frameLength } from "../wire/ethernet";
import { type Mac, ZERO_MAC, isGroup } from "../wire/mac";
import type { Frame } from "../wire/packet";
import type { Device, DeviceKind, LinkStats, Tap } from "./device";

/** What an skb carries across devices beside the frame. net/'s Skb is one. */
export type Cargo = { readonly id: number; readonly hops: number; readonly hash: number; mark: number };

export function newStats(): LinkStats {
  return { rxPackets: 0, rxBytes: 0, rxDropped: 0, rxErrors: 0, txPackets: 0, txBytes: 0, txDropped: 0, txErrors: 0, txCarrierErrors: 0, multicast: 0 };
}

const nowhere: Device["onReceive"] = () => {};

export abstract class BaseDevice implements Device {
  abstract readonly kind: DeviceKind;
  /** Given by the namespace when the device is registered there. */
  index = 0;
  mtu = 1500;
  up = false;
  master: BaseDevice | undefined;
  onReceive: Device["onReceive"] = nowhere;
  readonly stats = newStats();
  /** Made when somebody first taps it: most devices are never looked into. */
  #taps: Set<Tap> | undefined;
  /** The taps of the whole namespace: tcpdump -i any. */
  namespaceTaps: ReadonlySet<Tap> | undefined;
  /** The namespace it lives in. */
  home: object | undefined;
  /** IFLA_TXQLEN, IFLA_IFALIAS, IFLA_GROUP: shown by `ip link`. */
  txQueueLength = 1000;
  alias = "";
  group = 0;
  /** dev->uc: further addresses it listens to, given by hand (`bridge fdb add … self`). */
  unicastList: readonly Mac[] = [];
  /** IFF_NOARP, IFF_MULTICAST, IFF_ALLMULTI as an administrator set them. */
  noarpFlag = false;
  multicast = true;
  allMulticast = false;
  /** It has been up at least once: from then on it has a queueing discipline. */
  activated = false;
  /** False once somebody has chosen the address, so that a bridge no longer picks its own. */
  macChosen = false;
  mtuChosen = false;
  promiscuous = false;
  /** Takes large segments as they are: `ethtool -K DEV tso on gso on`. */
  segmentation = true;
  /** IFF_PROMISC as an administrator set it; a bridge that listens to all its ports does not show. */
  promiscFlag = false;
  /** Told when up, carrier or the address changed. */
  onChange: (() => void) | undefined;

  constructor(
    readonly world: World,
    public name: string,
    public mac: Mac = ZERO_MAC,
  ) {}

  get taps(): Set<Tap> {
    this.#taps ??= new Set();
    return this.#taps;
  }

  refused = false;

  abstract get carrier(): boolean;

  get noarp(): boolean {
    return this.noarpFlag;
  }

  abstract transmit(frame: Frame, cargo?: unknown): void;

  setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    if (up) this.activated = true;
    this.changed();
  }

  /** Up, carrier or address are no longer what they were: tells the namespace and the bridge above. */
  changed(): void {
    this.onChange?.();
    this.master?.portChanged();
  }

  /** For a bridge: one of its ports has changed. */
  portChanged(): void {}

  /** Called when the device leaves the world. */
  detach(): void {}

  /** Counts and shows what leaves. Every transmit() begins with it. */
  protected leaving(frame: Frame): void {
    const { stats } = this;
    stats.txPackets++;
    stats.txBytes += frameLength(frame);
    this.show(frame, "out");
  }

  /** Counts and shows what has arrived, and hands it up. */
  arrived(frame: Frame, cargo?: unknown): void {
    if (!this.up) return void this.stats.rxDropped++;
    const { stats } = this;
    stats.rxPackets++;
    stats.rxBytes += frameLength(frame);
    if (frame.dst !== this.mac && isGroup(frame.dst)) stats.multicast++;
    this.show(frame, "in");
    this.onReceive(frame, this, cargo);
  }

  protected show(frame: Frame, direction: "in" | "out"): void {
    if (this.#taps !== undefined) for (const tap of this.#taps) tap(frame, direction, this);
    const all = this.namespaceTaps;
    if (all !== undefined && all.size > 0) for (const tap of all) tap(frame, direction, this);
  }
}

/** First in, first out, between two devices: one closure for the device's life rather than one for each frame. */
export class Crossing {
  readonly #frames: (Frame | undefined)[] = [];
  readonly #cargoes: unknown[] = [];
  #next = 0;
  #end = 0;
  readonly #arrive: () => void;

  constructor(deliver: (frame: Frame, cargo: unknown) => void) {
    this.#arrive = () => {
      const frame = this.#frames[this.#next];
      const cargo = this.#cargoes[this.#next];
      this.#leave();
      if (frame !== undefined) deliver(frame, cargo);
    };
  }

  /** Lets go of the first; when it was the last, its room is used again. */
  #leave(): void {
    this.#frames[this.#next] = undefined;
    this.#cargoes[this.#next++] = undefined;
    if (this.#next === this.#end) this.#next = this.#end = 0;
    else if (this.#next > 1024) {
      this.#frames.splice(0, this.#next);
      this.#cargoes.splice(0, this.#next);
      this.#end -= this.#next;
      this.#next = 0;
    }
  }

  #enter(frame: Frame, cargo: unknown): void {
    this.#frames[this.#end] = frame;
    this.#cargoes[this.#end++] = cargo;
  }

  /** netif_rx(). */
  soon(world: World, frame: Frame, cargo: unknown): void {
    this.#enter(frame, cargo);
    world.scheduler.softirq(this.#arrive);
  }

  after(world: World, delayMs: number, frame: Frame, cargo: unknown): void {
    this.#enter(frame, cargo);
    world.scheduler.after(delayMs, this.#arrive);
  }
}
