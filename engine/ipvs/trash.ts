/**
 * Real servers that were deleted while connections still remember them: ipvs->dest_trash. Added
 * again, a server comes back as it was; one that nobody has remembered for two minutes is forgotten.
 */
import type { Scheduler } from "../core/scheduler";
import { LazyTimer } from "../net/lazy-timer";
import type { Server, Service, ServerSpec } from "./service";

/** IP_VS_DEST_TRASH_PERIOD. */
const PERIOD_MS = 120_000;

export class Trash {
  /** By their own address and port; the one deleted last is the first. */
  readonly #servers = new Map<number, Server[]>();
  readonly #timer: LazyTimer;

  constructor(private readonly scheduler: Scheduler) {
    this.#timer = new LazyTimer(scheduler, () => this.#empty());
  }

  put(server: Server): void {
    if (this.#servers.size === 0) this.#timer.set(PERIOD_MS / 2);
    server.idleSinceMs = undefined;
    const key = keyOf(server);
    this.#servers.set(key, [server, ...(this.#servers.get(key) ?? [])]);
  }

  /** ip_vs_trash_get_dest(): one that belonged to a service of the same address, or of the same mark. */
  take(service: Service, spec: Pick<ServerSpec, "address" | "port">): Server | undefined {
    const found = this.#servers.get(keyOf(spec))?.find(({ service: key }) => {
      if (key.fwmark !== service.fwmark || key.protocol !== service.protocol) return false;
      return service.fwmark !== 0 || (key.address === service.address && key.port === service.port);
    });
    if (found !== undefined) this.#remove(found);
    return found;
  }

  #remove(server: Server): void {
    const key = keyOf(server);
    const left = this.#servers.get(key)?.filter((other) => other !== server) ?? [];
    if (left.length === 0) this.#servers.delete(key);
    else this.#servers.set(key, left);
  }

  /** ip_vs_dest_trash_expire(). */
  #empty(): void {
    const { nowMs } = this.scheduler;
    for (const server of [...this.#servers.values()].flat()) {
      if (server.references > 0) continue;
      if (server.idleSinceMs === undefined) server.idleSinceMs = nowMs;
      else if (nowMs >= server.idleSinceMs + PERIOD_MS) this.#remove(server);
    }
    if (this.#servers.size > 0) this.#timer.set(PERIOD_MS / 2);
  }
}

function keyOf({ address, port }: Pick<ServerSpec, "address" | "port">): number {
  return address * 0x1_0000 + port;
}
