/**
 * The schedulers that look for the server with the least to do: lc, wlc, sed and nq
 * (ip_vs_lc.c, ip_vs_wlc.c, ip_vs_sed.c, ip_vs_nq.c). Among equals the first in the list wins,
 * which is the one added last.
 */
import type { Scheduler, Server, Service } from "../service";

const usable = (server: Server): boolean => !server.overloaded && server.weight > 0;

/** Least-connection: weights only say who takes part. */
export function leastConnection(service: Service): Scheduler {
  return {
    name: "lc",
    choose() {
      let least: Server | undefined;
      for (const server of service.servers) if (usable(server) && (least === undefined || server.overhead < least.overhead)) least = server;
      return least;
    },
  };
}

/** The smallest cost in proportion to its weight; cross-multiplied, as the kernel has no fractions. */
export function leastByWeight(servers: readonly Server[], costOf: (server: Server) => number): Server | undefined {
  let least: Server | undefined;
  let cost = 0;
  for (const server of servers) {
    if (!usable(server)) continue;
    const own = costOf(server);
    if (least !== undefined && cost * server.weight <= own * least.weight) continue;
    least = server;
    cost = own;
  }
  return least;
}

export const overheadOf = (server: Server): number => server.overhead;
const expectedDelay = (server: Server): number => server.active + 1;

export const weightedLeastConnection = (service: Service): Scheduler => ({ name: "wlc", choose: () => leastByWeight(service.servers, overheadOf) });

/** Shortest expected delay: as if the new connection were already there, and ended ones did not count. */
export const shortestDelay = (service: Service): Scheduler => ({ name: "sed", choose: () => leastByWeight(service.servers, expectedDelay) });

/** Never queue: an idle server is taken at once, however slow. */
export const neverQueue = (service: Service): Scheduler => ({
  name: "nq",
  choose: () => service.servers.find((server) => usable(server) && server.active === 0) ?? leastByWeight(service.servers, expectedDelay),
});
