/**
 * IP Virtual Server of one network namespace: struct netns_ipvs. It owns the services, the
 * connection table, the trash and the estimator; control.ts changes the services as
 * ipvsadm asks, hooks.ts sees the packets.
 */
import type { Rng } from "../core/rng";
import type { Netns } from "../net/netns";
import { LazyTimer } from "../net/lazy-timer";
import { type Netfilter, netfilterOf } from "../netfilter/attach";
import type { Ip } from "../wire/ip";
import { PROTO } from "../wire/packet";
import { ConnectionTable } from "./connection-table";
import { Estimator } from "./estimator";
import { Lifetimes } from "./lifetimes";
import type { Service, ServiceKey } from "./service";
import { ServiceTable } from "./service-table";
import { Stats } from "./stats";
import { defaultSettings, registerSysctls, type Settings } from "./sysctl";
import { tcpTimeouts } from "./tcp-states";
import { Ticks } from "./ticks";
import { Trash } from "./trash";

/** DEFENSE_TIMER_PERIOD. */
const DEFENCE_MS = 1000;

export class Ipvs {
  readonly settings: Settings = defaultSettings();
  readonly timeouts = { tcp: tcpTimeouts(), udp: 300 };
  readonly total = new Stats();
  readonly table: ConnectionTable;
  readonly lifetimes: Lifetimes;
  readonly rng: Rng;
  readonly trash: Trash;
  readonly estimator: Estimator;
  readonly #byAddress = new ServiceTable();
  readonly #byAddress6 = new Map<string, Service>();
  readonly #byMark = new Map<number, Service>();
  #inserted = 0;
  /** Services for any port of their address; for FTP's data connections. */
  #anyPort = 0;
  #ftp = 0;
  /** What the defence has settled on: one new connection in `dropRate` is refused, and secure_tcp's table is in use. */
  readonly defence = { dropRate: 0, secure: false };
  readonly #defenceTimer: LazyTimer;
  #untilDrop = 0;
  /** The hooks, while there is a service. Set by attach.ts. */
  registerHooks: () => () => void = () => () => {};
  #leaveHooks: (() => void) | undefined;

  constructor(readonly ns: Netns) {
    this.rng = ns.world.rng.fork(`ipvs ${ns.name}`);
    this.table = new ConnectionTable(this.rng.u32());
    this.lifetimes = new Lifetimes(this);
    this.estimator = new Estimator(ns.world.scheduler, () => this.settings.run_estimation !== 0);
    this.trash = new Trash(ns.world.scheduler);
    const ticks = new Ticks(ns.world.scheduler.nowUs, DEFENCE_MS);
    this.#defenceTimer = new LazyTimer(ns.world.scheduler, () => this.#defend());
    registerSysctls(ns, this.settings, (level) => {
      if (level) this.#defend();
      else this.#defenceTimer.set(ticks.untilNextMs(ns.world.scheduler.nowUs));
    });
  }

  get nowMs(): number {
    return this.ns.world.scheduler.nowMs;
  }

  get netfilter(): Netfilter | undefined {
    return netfilterOf(this.ns);
  }

  /** The clock as schedulers see it. */
  readonly clock = { nowMs: () => this.nowMs, expirationMs: (name: "lblc_expiration" | "lblcr_expiration") => this.settings[name] * 1000 };

  // Services

  find({ protocol, address, address6, port, fwmark }: ServiceKey): Service | undefined {
    if (fwmark !== 0) return this.#byMark.get(fwmark);
    if (address6 !== undefined) return this.#byAddress6.get(`${protocol} ${address6} ${port}`);
    return this.#byAddress.get(protocol, address, port);
  }

  /** ip_vs_service_find(): for a packet. */
  serviceFor(mark: number, protocol: number, address: Ip, port: number): Service | undefined {
    const marked = mark === 0 ? undefined : this.#byMark.get(mark);
    if (marked !== undefined) return marked;
    const exact = this.#byAddress.get(protocol, address, port);
    if (exact !== undefined) return exact;
    if (this.#ftp > 0 && protocol === PROTO.tcp && (port === 20 || port >= 1024)) {
      const ftp = this.#byAddress.get(protocol, address, 21);
      if (ftp !== undefined) return ftp;
    }
    return this.#anyPort > 0 ? this.#byAddress.get(protocol, address, 0) : undefined;
  }

  /** The first service brings the hooks with it (ip_vs_register_hooks). */
  insert(service: Service): void {
    const { fwmark, address6, protocol, port } = service;
    if (fwmark !== 0) this.#byMark.set(fwmark, service);
    else if (address6 !== undefined) this.#byAddress6.set(`${protocol} ${address6} ${port}`, service);
    else this.#byAddress.add(service);
    service.order = ++this.#inserted;
    this.#countPorts(service, 1);
    if (address6 === undefined) this.#leaveHooks ??= this.registerHooks();
  }

  /** And the last one takes them away. */
  remove(service: Service): void {
    const { fwmark, address6, protocol, port } = service;
    if (fwmark !== 0) this.#byMark.delete(fwmark);
    else if (address6 !== undefined) this.#byAddress6.delete(`${protocol} ${address6} ${port}`);
    else this.#byAddress.delete(service);
    this.#countPorts(service, -1);
    if (this.#byMark.size + this.#byAddress.size > 0) return;
    this.#leaveHooks?.();
    this.#leaveHooks = undefined;
  }

  #countPorts({ fwmark, port }: Service, by: 1 | -1): void {
    if (fwmark !== 0) return;
    if (port === 0) this.#anyPort += by;
    else if (port === 21) this.#ftp += by;
  }

  /** In the order a dump of the kernel's hash tables gives them. */
  services(): Service[] {
    const byRow = (services: Iterable<Service>, rowOf: (service: Service) => number): Service[] =>
      [...services]
        .map((service) => ({ service, row: rowOf(service) }))
        .sort((a, b) => a.row - b.row || b.service.order - a.service.order)
        .map(({ service }) => service);
    const addressed = byRow([...this.#byAddress.values(), ...this.#byAddress6.values()], rowOfAddress);
    return [...addressed, ...byRow(this.#byMark.values(), ({ fwmark }) => (fwmark ^ ROW_SALT) & 0xff)];
  }

  // The defence

  /** update_defense_level(): when a level is set, and once a second. Memory is never short here, so only level 3 does anything. */
  #defend(): void {
    const { drop_packet, am_droprate, secure_tcp } = this.settings;
    this.defence.dropRate = drop_packet === 3 ? am_droprate : 0;
    this.defence.secure = secure_tcp === 3;
  }

  /** ip_vs_todrop(). */
  refusesByRate(): boolean {
    if (this.defence.dropRate === 0 || --this.#untilDrop > 0) return false;
    this.#untilDrop = this.defence.dropRate;
    return true;
  }
}

/** The kernel mixes the namespace's address in; any would do. */
const ROW_SALT = 0x80;

/** ip_vs_svc_hashkey(). */
function rowOfAddress({ address, address6, protocol, port }: Service): number {
  let folded = address as number;
  if (address6 !== undefined) for (let i = 0; i < address6.length; i++) folded = (folded * 31 + address6.charCodeAt(i)) >>> 0;
  return ((folded ^ (port >>> 8) ^ port ^ protocol) ^ ROW_SALT) & 0xff;
}
