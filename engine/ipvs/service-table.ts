/**
 * The services of one namespace by protocol, address and port: ip_vs_svc_table of ip_vs_ctl.c.
 * Every packet that begins something asks here, so a row is found by a small integer and linked
 * through its services.
 */
import type { Ip } from "../wire/ip";
import type { Service } from "./service";

/** Any mixing would do; a small integer is what a Map finds fastest. */
const rowOf = (protocol: number, address: Ip, port: number): number => (Math.imul(address, 0x9e37_79b1) ^ Math.imul(port * 256 + protocol, 0x85eb_ca6b)) | 0;

export class ServiceTable {
  readonly #rows = new Map<number, Service>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(protocol: number, address: Ip, port: number): Service | undefined {
    let service = this.#rows.get(rowOf(protocol, address, port));
    while (service !== undefined && (service.address !== address || service.port !== port || service.protocol !== protocol)) service = service.next;
    return service;
  }

  add(service: Service): void {
    const row = rowOf(service.protocol, service.address, service.port);
    service.next = this.#rows.get(row);
    this.#rows.set(row, service);
    this.#size++;
  }

  delete(service: Service): void {
    const row = rowOf(service.protocol, service.address, service.port);
    const first = this.#rows.get(row);
    let before: Service | undefined;
    for (let each = first; each !== undefined && each !== service; each = each.next) before = each;
    if (before !== undefined) before.next = service.next;
    else if (service.next !== undefined) this.#rows.set(row, service.next);
    else this.#rows.delete(row);
    service.next = undefined;
    this.#size--;
  }

  *values(): Generator<Service> {
    for (const first of this.#rows.values()) for (let service: Service | undefined = first; service !== undefined; service = service.next) yield service;
  }
}
