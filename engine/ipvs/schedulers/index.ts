/** Which schedulers there are, by the name that `ipvsadm -s` gives them. */
import type { Scheduler, Service } from "../service";
import { destinationHash, sourceHash } from "./hash";
import { failover, overflow } from "./highest";
import { leastConnection, neverQueue, shortestDelay, weightedLeastConnection } from "./least";
import { type Clock, localityLeastConnection, localityWithReplication } from "./locality";
import { maglev } from "./maglev";
import { roundRobin, weightedRoundRobin } from "./round-robin";

export type { Clock };

const SCHEDULERS: Readonly<Record<string, (service: Service, clock: Clock) => Scheduler>> = {
  dh: destinationHash,
  fo: failover,
  lblc: localityLeastConnection,
  lblcr: localityWithReplication,
  lc: leastConnection,
  mh: maglev,
  nq: neverQueue,
  ovf: overflow,
  rr: roundRobin,
  sed: shortestDelay,
  sh: sourceHash,
  wlc: weightedLeastConnection,
  wrr: weightedRoundRobin,
};

/** Undefined: there is no such scheduler. */
export function schedulerFor(name: string, service: Service, clock: Clock): Scheduler | undefined {
  return Object.hasOwn(SCHEDULERS, name) ? SCHEDULERS[name]?.(service, clock) : undefined;
}
