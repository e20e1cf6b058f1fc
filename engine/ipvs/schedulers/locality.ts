/**
 * lblc and lblcr: a destination address keeps its server (or its set of servers) until that one is
 * overloaded while another has little to do (ip_vs_lblc.c, ip_vs_lblcr.c).
 *
 * Differs: unused addresses are forgotten after lblc_expiration when they are next asked for, not
 * by a periodic sweep.
 */
import type { Scheduler, Server, Service } from "../service";
import { leastByWeight, overheadOf } from "./least";

export type Clock = { readonly nowMs: () => number; readonly expirationMs: (name: "lblc_expiration" | "lblcr_expiration") => number };

/** More active connections than its weight, while somebody else has less than half of his. */
const overloaded = (server: Server, { servers }: Service): boolean => server.active > server.weight && servers.some((other) => other.active * 2 < other.weight);

export function localityLeastConnection(service: Service, clock: Clock): Scheduler {
  const cache = new Map<number, { server: Server; usedMs: number }>();
  return {
    name: "lblc",
    choose({ dst }) {
      const nowMs = clock.nowMs();
      const known = cache.get(dst);
      if (known !== undefined && nowMs - known.usedMs < clock.expirationMs("lblc_expiration")) {
        known.usedMs = nowMs;
        const { server } = known;
        if (server.available && server.weight > 0 && !overloaded(server, service)) return server;
      }
      const server = leastByWeight(service.servers, overheadOf);
      if (server !== undefined) cache.set(dst, { server, usedMs: nowMs });
      return server;
    },
  };
}

type Replicas = { set: Server[]; changedMs: number; usedMs: number };

export function localityWithReplication(service: Service, clock: Clock): Scheduler {
  const cache = new Map<number, Replicas>();
  return {
    name: "lblcr",
    choose({ dst }) {
      const nowMs = clock.nowMs();
      const known = cache.get(dst);
      const expiryMs = clock.expirationMs("lblcr_expiration");
      if (known !== undefined && nowMs - known.usedMs < expiryMs) {
        known.usedMs = nowMs;
        const least = leastByWeight(known.set.filter(({ available }) => available), overheadOf);
        if (known.set.length > 1 && nowMs > known.changedMs + expiryMs) dismissBusiest(known, nowMs);
        if (least !== undefined && !overloaded(least, service)) return least;
      }
      const server = leastByWeight(service.servers, overheadOf);
      if (server === undefined) return undefined;
      if (known === undefined) cache.set(dst, { set: [server], changedMs: nowMs, usedMs: nowMs });
      else if (!known.set.includes(server)) {
        known.set.unshift(server);
        known.changedMs = nowMs;
      }
      return server;
    },
  };
}

/** ip_vs_dest_set_max(): the set has been large for long enough. */
function dismissBusiest(replicas: Replicas, nowMs: number): void {
  let most: Server | undefined;
  for (const server of replicas.set) {
    if (server.weight > 0 && (most === undefined || most.overhead * server.weight < server.overhead * most.weight)) most = server;
  }
  if (most === undefined) return;
  replicas.set = replicas.set.filter((server) => server !== most);
  replicas.changedMs = nowMs;
}
