/**
 * A real server that is no endpoint any more goes on with the connections it has: its weight
 * becomes 0, and it is deleted once it has none, which is looked at every minute. UDP is not
 * waited for. (GracefulTerminationManager of pkg/proxy/ipvs/graceful_termination.go)
 */
import { type Task, sleepUntil } from "../../core/task";
import type { World } from "../../core/world";
import type { Server, Service } from "../../ipvs/service";
import { printIp } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import type { Log } from "./backend";
import type { IpvsKernel } from "./ipvs-kernel";

const CHECK_INTERVAL_MS = 60_000;

export const endpointOf = ({ address, port }: Server): string => `${printIp(address)}:${port}`;

/** As util/ipvs prints a virtual server. */
export function printService({ protocol, address, port }: Pick<Service, "protocol" | "address" | "port">): string {
  return `${printIp(address)}:${port}/${protocol === PROTO.tcp ? "TCP" : protocol === PROTO.udp ? "UDP" : "SCTP"}`;
}

export class GracefulTermination {
  /** By "vs/rs". */
  readonly #waiting = new Map<string, { readonly service: Service; readonly endpoint: string }>();

  constructor(
    private readonly world: World,
    private readonly kernel: IpvsKernel,
    private readonly log: Log,
  ) {}

  has(service: Service, endpoint: string): boolean {
    return this.#waiting.has(nameOf(service, endpoint));
  }

  /** GracefulDeleteRS(). */
  retire(service: Service, endpoint: string): void {
    if (this.#tryDelete(service, endpoint)) return;
    this.kernel.setWeight(service, endpoint, 0);
    this.#waiting.set(nameOf(service, endpoint), { service, endpoint });
  }

  /** It is wanted again: MoveRSOutofGracefulDeleteList(). */
  recall(service: Service, endpoint: string): void {
    this.kernel.deleteServer(service, endpoint);
    this.#waiting.delete(nameOf(service, endpoint));
  }

  /** True when it is gone, by us or by somebody else. */
  #tryDelete(service: Service, endpoint: string): boolean {
    const server = this.kernel.ipvs.find(service)?.servers.find((each) => endpointOf(each) === endpoint);
    if (server === undefined) return true;
    if (service.protocol !== PROTO.udp && server.connections !== 0) return false;
    this.kernel.deleteServer(service, endpoint);
    return true;
  }

  *loop(): Task {
    for (;;) {
      for (const [name, { service, endpoint }] of this.#waiting) {
        if (!this.#tryDelete(service, endpoint)) continue;
        this.log("I", 0, "graceful_termination.go:102", `"Removed real server from graceful delete real server list" realServer="${name}"`);
        this.#waiting.delete(name);
      }
      yield* sleepUntil(this.world.scheduler.nowMs + CHECK_INTERVAL_MS);
    }
  }
}

function nameOf(service: Service, endpoint: string): string {
  return `${printService(service)}/${endpoint}`;
}
