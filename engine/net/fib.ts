/**
 * The forwarding information base: all routing tables of a namespace, and the rules that say in
 * which order to ask them (net/ipv4/fib_frontend.c, fib_semantics.c).
 *
 * Three tables always exist: `local` (255) knows this machine's own and the broadcast
 * addresses and is kept by the kernel, `main` (254) is what `ip route` shows, `default` (253)
 * is empty.
 */
import type { Device } from "../link/device";
import { type Ip, networkOf } from "../wire/ip";
import { type GatewayState, rebalance, selectDefault } from "./fib-select";
import { FibTable, SCOPE } from "./fib-table";
import type { Netns } from "./netns";
import { sharesHops } from "./path-mtu";
import type { Route, RouteError, RouteQuery, RouteType } from "./route";

export const TABLE = { unspec: 0, default: 253, main: 254, local: 255 } as const;
/** rtm_protocol: who made a route. */
export const RTPROT = { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, zebra: 11, bird: 12, dhcp: 16, bgp: 186 } as const;

export type NextHop = {
  readonly dev: Device | undefined;
  readonly gateway: Ip;
  readonly onlink: boolean;
  readonly weight: number;
  readonly route: Route;
  /** Of several, one whose device is down (RTNH_F_DEAD), and the highest hash that falls to it (fib_nh_upper_bound). */
  dead?: boolean;
  bound?: number;
  /** Its link is lost, and `ignore_routes_with_linkdown` wants such to be passed over. */
  linkless?: boolean;
};

export type FibEntry = {
  readonly table: number;
  readonly type: RouteType;
  readonly dst: Ip;
  readonly bits: number;
  readonly tos: number;
  readonly metric: number;
  readonly protocol: number;
  readonly scope: number;
  /** `src`: 0 when none was given. */
  readonly prefSrc: Ip;
  /** `mtu`, `advmss` and the like. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly hops: readonly NextHop[];
};

/** A route before its next hops are resolved. */
export type FibSpec = Omit<FibEntry, "hops"> & { readonly hops: readonly { readonly dev: Device | undefined; readonly gateway: Ip; readonly onlink: boolean; readonly weight: number }[] };

const ERRORS: Partial<Record<RouteType, RouteError>> = { blackhole: "EINVAL", unreachable: "EHOSTUNREACH", prohibit: "EACCES" };

export class Fib {
  readonly #tables = new Map<number, FibTable>();
  /** Somebody has made a local route by hand: whose an address is, addresses alone no longer tell (fib_has_custom_local_routes). */
  customLocal = false;
  readonly #local: FibTable;
  readonly #main: FibTable;
  /** Those with several next hops. */
  readonly #multipath = new Set<FibEntry>();
  /** Of default routes: which of their equals was chosen last (fa_default). */
  readonly #lastDefault = new Map<FibEntry, number>();
  #minsLinks = false;

  constructor(private readonly ns: Netns) {
    this.#local = this.table(TABLE.local);
    this.#main = this.table(TABLE.main);
    ns.sysctl.onIgnoreLinkdown = () => {
      this.#minsLinks = true;
      this.#lookAtLinks();
    };
  }

  table(id: number): FibTable {
    let table = this.#tables.get(id);
    if (table === undefined) {
      table = new FibTable(id);
      this.#tables.set(id, table);
    }
    return table;
  }

  /** Undefined when nobody has ever put a route there. */
  existing(id: number): FibTable | undefined {
    return this.#tables.get(id);
  }

  tables(): FibTable[] {
    return [...this.#tables.values()];
  }

  /** fib_lookup(): asks the tables in the order of the rules. */
  lookup(query: RouteQuery, scope = 0): Route | RouteError {
    const { rules } = this.ns;
    if (rules.untouched) {
      // As long as nobody has changed a rule, Linux keeps local and main in one.
      const route = this.#local.lookup(query, scope) ?? this.#main.lookup(query, scope);
      if (route === undefined || route.type === "throw") return this.#ask(TABLE.default, query, scope) ?? "ENETUNREACH";
      return ERRORS[route.type] ?? route;
    }
    return rules.lookup(query, (tableId) => this.#ask(tableId, query, scope));
  }

  /** fib_lookup() and fib_select_path(): the way that packets take. Of several default routes, one whose gateway is alive. */
  select(query: RouteQuery): Route | RouteError {
    const route = this.lookup(query);
    if (typeof route === "string" || query.outDev !== undefined || route.entry?.bits !== 0) return route;
    const { entry } = route;
    const aliases = this.table(entry.table).aliases(0 as Ip, 0);
    if (aliases.length < 2 || entry.hops.length > 1 || route.type !== "unicast") return route;
    const chosen = selectDefault(entry, aliases, query.tos ?? 0, this.#lastDefault.get(entry) ?? -1, (hop) => this.#gatewayState(hop));
    this.#lastDefault.set(entry, chosen.last);
    return chosen.entry.hops[0]?.route ?? route;
  }

  #gatewayState({ dev, gateway }: NextHop): GatewayState {
    const state = dev === undefined ? undefined : this.ns.neighbours.stateOf(dev, gateway);
    if (state === undefined) return "unknown";
    if (state === "REACHABLE") return "reachable";
    if (state === "INCOMPLETE") return "asked";
    return state === "FAILED" ? "failed" : "valid";
  }

  /** `ignore_routes_with_linkdown` has been written somewhere, or a link has changed. */
  #lookAtLinks(dev?: Device): void {
    for (const entry of this.#all()) if (dev === undefined || entry.hops.some((hop) => hop.dev === dev)) this.#lookAtLink(entry);
  }

  /** A route of scope host has no next hop that could lose its link (RT_SCOPE_NOWHERE). */
  #lookAtLink(entry: FibEntry): void {
    if (entry.scope >= SCOPE.host) return;
    for (const hop of entry.hops) {
      const { dev } = hop;
      const linkless = dev?.up === true && !dev.carrier && this.ns.sysctl.or("ignore_routes_with_linkdown", dev);
      if (linkless === (hop.linkless ?? false)) continue;
      hop.linkless = linkless;
      this.table(entry.table).refresh(entry);
    }
  }

  /** Undefined: the table has no answer, or "throw" tells to ask the next. */
  #ask(tableId: number, query: RouteQuery, scope: number): Route | RouteError | undefined {
    const route = this.existing(tableId)?.lookup(query, scope);
    if (route === undefined || route.type === "throw") return undefined;
    return ERRORS[route.type] ?? route;
  }

  /** inet_addr_type(): what the local table says of an address, optionally only as far as one device holds it. */
  addressType(address: Ip, dev?: Device): RouteType {
    if (address === 0xffff_ffff || address === 0) return "broadcast";
    if (address >= 0xe000_0000 && address < 0xf000_0000) return "multicast";
    const route = this.#local.lookup({ dst: address });
    if (route === undefined || (dev !== undefined && !route.entry?.hops.some((hop) => hop.dev === dev))) return "unicast";
    return route.type;
  }

  /** __ip_dev_find(): whose an address is, or by a local route could be. */
  deviceOf(address: Ip): Device | undefined {
    const holder = this.ns.addresses.holder(address);
    if (holder !== undefined) return holder;
    const route = this.#local.lookup({ dst: address });
    return route?.type === "local" ? route.entry?.hops[0]?.dev : undefined;
  }

  add(spec: FibSpec, before = false): FibEntry {
    const hops: NextHop[] = [];
    const { table, type, bits, tos, metric, protocol, scope, prefSrc, metrics } = spec;
    // Written out, as every Pod has a dozen of them: an object that is spread takes several times the room.
    const entry: FibEntry = { table, type, dst: networkOf(spec.dst, bits), bits, tos, metric, protocol, scope, prefSrc, metrics, hops };
    for (const hop of spec.hops) hops.push({ dev: hop.dev, gateway: hop.gateway, onlink: hop.onlink, weight: hop.weight, route: this.#routeOf(entry, hop) });
    if (hops.length === 0) hops.push({ dev: undefined, gateway: 0 as Ip, onlink: false, weight: 1, route: this.#routeOf(entry, { dev: undefined, gateway: 0 as Ip }) });
    this.table(entry.table).insert(entry, before);
    if (this.#minsLinks) this.#lookAtLink(entry);
    if (hops.length > 1) {
      this.#multipath.add(entry);
      rebalance(entry);
    }
    return entry;
  }

  remove(entry: FibEntry): void {
    this.#multipath.delete(entry);
    this.#lastDefault.delete(entry);
    this.table(entry.table).remove(entry);
    this.ns.pathMtus.routeGone(entry);
  }

  #routeOf(entry: FibEntry, hop: { readonly dev: Device | undefined; readonly gateway: Ip }): Route {
    const dev = entry.type === "local" || hop.dev === undefined ? this.ns.lo : hop.dev;
    // A gateway that is one of our own addresses only says which device: the destination is on its link.
    const gateway = hop.gateway !== 0 && this.addressType(hop.gateway) === "local" ? (0 as Ip) : hop.gateway;
    return { type: entry.type, dev, gateway, src: this.#sourceOf(entry, hop), mtu: entry.metrics.get("mtu") ?? 0, entry };
  }

  #sourceOf(entry: FibEntry, hop: { readonly dev: Device | undefined; readonly gateway: Ip }): Ip {
    // A local route without `src` answers as the very address it was asked for: see routeOutput.
    if (entry.prefSrc !== 0 || hop.dev === undefined || entry.type === "local") return entry.prefSrc;
    return this.ns.addresses.select(hop.dev, hop.gateway, entry.scope);
  }

  /** An address has come or gone: routes without a `src` of their own may now choose another. */
  refreshSources(): void {
    for (const table of this.#tables.values()) {
      for (const entry of table.sourceless) {
        for (const hop of entry.hops) (hop.route as { src: Ip }).src = this.#sourceOf(entry, hop);
      }
    }
  }

  /**
   * fib_sync_down_dev(): the device went down, has no address any more, or is gone; a local address survives the first.
   * A route of several next hops lives on without this one, unless the device is gone.
   */
  deviceDown(dev: Device, how: "down" | "no address" | "gone"): void {
    for (const entry of this.#all()) {
      if (!entry.hops.some((hop) => hop.dev === dev)) continue;
      if (how === "down" && entry.scope >= SCOPE.host) continue;
      for (const hop of entry.hops) if (hop.dev === dev && entry.hops.length > 1) hop.dead = true;
      if (how === "gone" || entry.hops.length === 1 || entry.hops.every(({ dead }) => dead)) this.remove(entry);
      else rebalance(entry);
    }
  }

  /** fib_sync_up(): next hops by this device are alive again. */
  deviceUp(dev: Device): void {
    if (!dev.up) return;
    for (const entry of this.#multipath) {
      for (const hop of entry.hops) if (hop.dev === dev) hop.dead = false;
      rebalance(entry);
    }
  }

  /** The routes, itself included, that keep their next hops in one place with this one. */
  sharers(entry: FibEntry): FibEntry[] {
    return this.table(entry.table).entries().filter((other) => sharesHops(other, entry));
  }

  /** NETDEV_CHANGE: a link was lost or has come back. */
  linkChanged(dev: Device): void {
    if (this.#minsLinks) this.#lookAtLinks(dev);
    for (const entry of this.#multipath) if (entry.hops.some((hop) => hop.dev === dev)) rebalance(entry);
  }

  /** fib_sync_down_addr(): routes that prefer this source address go with it. */
  sourceGone(address: Ip): void {
    for (const entry of this.#all()) if (entry.prefSrc === address) this.remove(entry);
  }

  #all(): FibEntry[] {
    return [...this.#tables.values()].flatMap((table) => table.entries());
  }
}
