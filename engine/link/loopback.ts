/**
 * lo: whatever is sent comes back, with all that was known about it (drivers/net/loopback.c).
 * The packet keeps its connection, its mark and its route, so PREROUTING's NAT does not see it
 * a second time.
 */
import type { World } from "../core/world";
import { ETHERNET_HEADER_BYTES, frameLength } from "../wire/ethernet";
import type { Frame } from "../wire/packet";
import { BaseDevice, Crossing } from "./base";

export class LoopbackDevice extends BaseDevice {
  readonly kind = "loopback";
  readonly #crossing = new Crossing((frame, cargo) => this.#comeBack(frame, cargo));

  constructor(world: World, name: string) {
    super(world, name);
    this.mtu = 65536;
  }

  get carrier(): boolean {
    return true;
  }

  get noarp(): boolean {
    return true;
  }

  transmit(frame: Frame, cargo?: unknown): void {
    if (!this.up) return;
    this.show(frame, "out");
    this.#crossing.soon(this.world, frame, cargo);
  }

  /** loopback_xmit counts both ways at once, and without the Ethernet header. */
  #comeBack(frame: Frame, cargo: unknown): void {
    if (!this.up) return;
    const bytes = frameLength(frame) - ETHERNET_HEADER_BYTES;
    const { stats } = this;
    stats.txPackets++;
    stats.rxPackets++;
    stats.txBytes += bytes;
    stats.rxBytes += bytes;
    this.show(frame, "in");
    this.onReceive(frame, this, cargo);
  }
}
