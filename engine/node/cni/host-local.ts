/**
 * host-local: addresses of a node's Pods, handed out in turn (round robin, as the plugin's
 * allocator goes on from the last one), the first being the gateway's.
 */
import { type Cidr, type Ip, printIp } from "../../wire/ip";

export class HostLocal {
  readonly gateway: Ip;
  readonly #taken = new Map<string, Ip>();
  readonly #used = new Set<number>();
  #last: number;

  constructor(private readonly subnet: Cidr) {
    this.gateway = (subnet.address + 1) as Ip;
    this.#last = this.gateway;
  }

  get range(): string {
    return `${printIp((this.subnet.address + 1) as Ip)}-${printIp(this.#end as Ip)}`;
  }

  get #end(): number {
    return this.subnet.address + 2 ** (32 - this.subnet.bits) - 2;
  }

  allocate(id: string): Ip | undefined {
    for (let tried = 0; tried < 2 ** (32 - this.subnet.bits); tried++) {
      this.#last = this.#last >= this.#end ? this.gateway + 1 : this.#last + 1;
      if (this.#used.has(this.#last)) continue;
      this.#used.add(this.#last);
      this.#taken.set(id, this.#last as Ip);
      return this.#last as Ip;
    }
    return undefined;
  }

  release(id: string): void {
    this.#used.delete(this.#taken.get(id) ?? 0);
    this.#taken.delete(id);
  }
}
