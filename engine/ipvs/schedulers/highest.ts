/** fo and ovf: the server with the greatest weight, until it is overloaded (ip_vs_fo.c, ip_vs_ovf.c). */
import type { Scheduler, Server, Service } from "../service";

function heaviest(servers: readonly Server[], takesPart: (server: Server) => boolean): Server | undefined {
  let highest: Server | undefined;
  for (const server of servers) {
    if (server.overloaded || server.weight <= 0 || !takesPart(server)) continue;
    if (highest === undefined || server.weight > highest.weight) highest = server;
  }
  return highest;
}

/** Failover. */
export const failover = (service: Service): Scheduler => ({ name: "fo", choose: () => heaviest(service.servers, () => true) });

/** Overflow: a server is full when it has more active connections than its weight. */
export const overflow = (service: Service): Scheduler => ({ name: "ovf", choose: () => heaviest(service.servers, ({ active, weight }) => active <= weight) });
