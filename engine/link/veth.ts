/**
 * A pair of devices joined by a wire without length: how a Pod is plugged into its node
 * (drivers/net/veth.c). What one end sends the other receives, at the same instant but never
 * inside the same call.
 */
import type { World } from "../core/world";
import { ETHERNET_HEADER_BYTES, frameLength } from "../wire/ethernet";
import type { Mac } from "../wire/mac";
import type { Frame } from "../wire/packet";
import { BaseDevice, Crossing } from "./base";
import { isLarge, segmentsOf } from "./segmentation";

export class VethDevice extends BaseDevice {
  readonly kind = "veth";
  peer: VethDevice | undefined;
  #crossing: Crossing | undefined;

  get carrier(): boolean {
    return this.up && this.peer?.up === true;
  }

  transmit(frame: Frame, cargo?: unknown): void {
    if (this.segmentation || !isLarge(frame)) return this.#cross(frame, cargo);
    for (const part of segmentsOf(frame)) this.#cross(part, cargo);
  }

  #cross(frame: Frame, cargo: unknown): void {
    const { peer } = this;
    if (!this.up || peer === undefined || !peer.up) return void this.stats.txDropped++;
    if (!isForwardable(frame, peer.mtu)) {
      this.show(frame, "out");
      this.refused = true;
      this.stats.txDropped++;
      peer.stats.rxDropped++;
      return;
    }
    this.leaving(frame);
    this.#crossing ??= new Crossing((sent, beside) => this.peer?.arrived(sent, beside));
    this.#crossing.soon(this.world, frame, cargo);
  }

  /** Carrier is on only while both ends are up, so each end hears of the other's change. */
  override setUp(up: boolean): void {
    if (this.up === up) return;
    super.setUp(up);
    this.peer?.changed();
  }

  override detach(): void {
    const { peer } = this;
    this.peer = undefined;
    if (peer) peer.peer = undefined;
  }
}

const VLAN_HEADER_BYTES = 4;

/** is_skb_forwardable(): what is longer than a device's MTU, and a VLAN tag's worth, is not let in; how long a large segment is is nobody's concern. */
export function isForwardable(frame: Frame, mtu: number): boolean {
  return frameLength(frame) <= mtu + ETHERNET_HEADER_BYTES + VLAN_HEADER_BYTES || isLarge(frame);
}

export function vethPair(world: World, name: string, mac: Mac, peerName: string, peerMac: Mac): readonly [VethDevice, VethDevice] {
  const [a, b] = [new VethDevice(world, name, mac), new VethDevice(world, peerName, peerMac)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}
