/**
 * What is configured: a virtual service and its real servers (struct ip_vs_service and
 * ip_vs_dest). A real server that was deleted lives on in the trash for as long as connections
 * remember it, and comes back with its counters when it is added again.
 */
import type { Ip } from "../wire/ip";
import { Stats } from "./stats";

/** How a packet reaches the real server: NAT, direct routing, a tunnel. */
export type Forwarding = "masq" | "droute" | "tunnel";

export type TunnelInfo = { readonly type: "ipip" | "gue" | "gre"; readonly port: number; readonly flags: "nocsum" | "csum" | "remcsum" };

export type ServerSpec = {
  readonly address: Ip;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly upper: number;
  readonly lower: number;
  readonly tunnel: TunnelInfo;
};

export type ServiceKey = {
  readonly protocol: number;
  readonly address: Ip;
  /** An IPv6 service, as inet_ntop writes its address: kept and listed, but no packet ever asks for it here. */
  readonly address6?: string | undefined;
  readonly port: number;
  /** Not 0: the service is whatever carries this mark. */
  readonly fwmark: number;
};

export type ServiceSpec = ServiceKey & {
  readonly scheduler: string;
  /** Undefined: not persistent. */
  readonly persistentSeconds: number | undefined;
  readonly netmask: number;
  readonly onePacket: boolean;
  /** IP_VS_SVC_F_SCHED1, 2 and 3. */
  readonly flags: number;
};

export const SCHED_FLAG = { fallback: 1, port: 2, third: 4 } as const;

const IPIP: TunnelInfo = { type: "ipip", port: 0, flags: "nocsum" };

/** One real server of one service: struct ip_vs_dest. */
export class Server {
  // What every new connection looks at stands first, so that it lies together in memory.
  weight = 0;
  overloaded = false;
  available = false;
  forwarding: Forwarding = "masq";
  active = 0;
  inactive = 0;
  /** How many connections and templates remember it. */
  references = 0;
  upper = 0;
  lower = 0;
  stats = new Stats();
  persistent = 0;
  /** The last weight that was not 0: a quiet server keeps its places in Maglev's table. */
  lastWeight = 0;
  /** Since when it has been in the trash with nobody remembering it. */
  idleSinceMs: number | undefined;
  tunnel: TunnelInfo = IPIP;

  constructor(
    /** The last one it belonged to: by its key it is found again in the trash. */
    public service: Service,
    readonly address: Ip,
    readonly port: number,
  ) {}

  get connections(): number {
    return this.active + this.inactive;
  }

  /** ip_vs_dest_conn_overhead(): an active connection weighs as much as 256 that have ended. */
  get overhead(): number {
    return this.active * 256 + this.inactive;
  }
}

/** A scheduler at work for one service. */
export interface Scheduler {
  readonly name: string;
  /** Who takes the connection that this packet begins; undefined: nobody can. */
  choose(packet: SchedulingPacket): Server | undefined;
  /** A server was added or changed. */
  added?(): void;
  updated?(): void;
  /** A server is gone from the list; `before` was its predecessor there. */
  removed?(server: Server, before: Server | undefined): void;
}

/** What schedulers look at. */
export type SchedulingPacket = { readonly src: Ip; readonly dst: Ip; readonly sport: number };

export class Service {
  readonly protocol: number;
  readonly address: Ip;
  readonly address6: string | undefined;
  readonly port: number;
  readonly fwmark: number;
  persistentSeconds: number | undefined;
  netmask: number;
  onePacket: boolean;
  flags: number;
  /** The one added last is the first. */
  servers: Server[] = [];
  scheduler: Scheduler | undefined;
  readonly stats = new Stats();
  /** Which came first; and the next one of the same row of the table (service-table.ts). */
  order = 0;
  next: Service | undefined;

  constructor(spec: ServiceSpec) {
    this.protocol = spec.protocol;
    this.address = spec.address;
    this.address6 = spec.address6;
    this.port = spec.port;
    this.fwmark = spec.fwmark;
    this.persistentSeconds = spec.persistentSeconds;
    this.netmask = spec.netmask;
    this.onePacket = spec.onePacket;
    this.flags = spec.flags;
  }
}
