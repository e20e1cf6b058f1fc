/**
 * Which /16 networks have addresses in a table, roughly: one bit for each, and several share one.
 * A table of thousands of addresses is asked about many more that it does not hold, and each such
 * question would go far through memory only to hear no. Bits are never taken back.
 */
import type { Ip } from "../wire/ip";

export class NetworksSeen {
  #bits = 0;

  add(address: Ip): void {
    this.#bits |= bitOf(address);
  }

  /** False: nothing of that network has ever been added. */
  maybe(address: Ip): boolean {
    return (this.#bits & bitOf(address)) !== 0;
  }
}

const bitOf = (address: Ip): number => 1 << (Math.imul(address >>> 16, 0x9e37_79b1) >>> 27);
