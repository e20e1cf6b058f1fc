/**
 * A device with nobody behind it (drivers/net/dummy.c): what it sends is counted and gone. It
 * exists to hold addresses, as kube-ipvs0 holds every ClusterIP, and it works for that even
 * while it is down.
 */
import type { Frame } from "../wire/packet";
import { BaseDevice } from "./base";

export class DummyDevice extends BaseDevice {
  readonly kind = "dummy";

  get carrier(): boolean {
    return this.up;
  }

  get noarp(): boolean {
    return true;
  }

  transmit(frame: Frame): void {
    if (this.up) this.leaving(frame);
  }
}
