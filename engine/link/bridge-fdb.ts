/**
 * A bridge's forwarding database: behind which port is this Ethernet address? Learned from the
 * source of what arrives, forgotten after 300 seconds of silence (net/bridge/br_fdb.c).
 */
import type { Mac } from "../wire/mac";
import type { BridgePort } from "./bridge";

export type FdbEntry = {
  readonly mac: Mac;
  /** Undefined: the bridge's own address. */
  port: BridgePort | undefined;
  /** Addressed to this machine. */
  readonly local: boolean;
  /** Put there by hand or by the kernel: does not age. */
  readonly permanent: boolean;
  /** When it was last seen as a source, and last looked up as a destination. */
  updatedMs: number;
  usedMs: number;
};

export class BridgeFdb {
  readonly #entries = new Map<Mac, FdbEntry>();
  ageingMs = 300_000;

  constructor(private readonly clock: { readonly nowMs: number }) {}

  find(mac: Mac): FdbEntry | undefined {
    const entry = this.#entries.get(mac);
    if (entry === undefined || entry.permanent) return entry;
    if (this.clock.nowMs - entry.updatedMs < this.ageingMs) return entry;
    this.#entries.delete(mac);
    return undefined;
  }

  /** br_fdb_update(): false when the source is one of this machine's own addresses. */
  learn(mac: Mac, port: BridgePort): boolean {
    const entry = this.#entries.get(mac);
    const now = this.clock.nowMs;
    if (entry === undefined) this.#entries.set(mac, { mac, port, local: false, permanent: false, updatedMs: now, usedMs: now });
    else if (entry.local) return false;
    else {
      if (!entry.permanent) entry.port = port;
      entry.updatedMs = now;
    }
    return true;
  }

  put(mac: Mac, port: BridgePort | undefined, local: boolean, permanent = true): void {
    const now = this.clock.nowMs;
    this.#entries.set(mac, { mac, port, local, permanent, updatedMs: now, usedMs: now });
  }

  delete(mac: Mac): boolean {
    return this.#entries.delete(mac);
  }

  forget(port: BridgePort): void {
    for (const [mac, entry] of this.#entries) if (entry.port === port) this.#entries.delete(mac);
  }

  /** br_fdb_delete_by_port(): what was learned, behind one port or all. */
  flush(port?: BridgePort): void {
    for (const [mac, entry] of this.#entries) if (!entry.permanent && (port === undefined || entry.port === port)) this.#entries.delete(mac);
  }

  clear(): void {
    this.#entries.clear();
  }

  list(): FdbEntry[] {
    return [...this.#entries.keys()].flatMap((mac) => this.find(mac) ?? []);
  }
}
