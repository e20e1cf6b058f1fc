/**
 * The addresses of a namespace's devices, and the routes that come and go with them
 * (net/ipv4/devinet.c, fib_add_ifaddr and fib_del_ifaddr in fib_frontend.c).
 *
 * Each address makes three or four routes: itself and its broadcast address in table local, the
 * network it lies in in table main.
 */
import type { Device } from "../link/device";
import { type Ip, maskOf, networkOf } from "../wire/ip";
import { type FibSpec, RTPROT, TABLE } from "./fib";
import { SCOPE } from "./fib-table";
import type { Netns } from "./netns";
import { NetworksSeen } from "./networks-seen";
import type { RouteType } from "./route";

export type Address = {
  readonly dev: Device;
  readonly local: Ip;
  /** The other end of a point-to-point link; otherwise the same as `local`. */
  readonly peer: Ip;
  readonly bits: number;
  readonly broadcast: Ip | undefined;
  readonly label: string;
  readonly scope: number;
  readonly metric: number;
  readonly noPrefixRoute: boolean;
  /** Not the first of its network on the device: never chosen as a source by itself. */
  secondary: boolean;
  readonly validSeconds: number | undefined;
  readonly preferredSeconds: number | undefined;
  /** Since when both lifetimes run. */
  readonly addedMs: number;
  readonly protocol: number;
};

export class Addresses {
  readonly #byDevice = new Map<Device, Address[]>();
  /** Who holds which address, once somebody has asked: every packet that comes in does. */
  #holders: Map<number, Device> | undefined;
  readonly #held = new NetworksSeen();

  constructor(private readonly ns: Netns) {}

  of(dev: Device): readonly Address[] {
    return this.#byDevice.get(dev) ?? [];
  }

  all(): Address[] {
    return this.ns.devices.all().flatMap((dev) => this.of(dev));
  }

  /** The device that has this address: inet_lookup_ifaddr_rcu(). */
  holder(address: Ip): Device | undefined {
    this.#holders ??= this.#holdersOf();
    return this.#held.maybe(address) ? this.#holders.get(address | 0) : undefined;
  }

  #holdersOf(): Map<number, Device> {
    const holders = new Map<number, Device>();
    for (const [dev, list] of this.#byDevice) {
      for (const { local } of list) {
        this.#held.add(local);
        if (!holders.has(local | 0)) holders.set(local | 0, dev);
      }
    }
    return holders;
  }

  #set(dev: Device, list: Address[] | undefined): void {
    if (list === undefined) this.#byDevice.delete(dev);
    else this.#byDevice.set(dev, list);
    this.#holders = undefined;
  }

  /** inet_addr_onlink(): both lie in a network that the device is part of. */
  onLink(dev: Device, a: Ip, b: Ip): boolean {
    return this.of(dev).some(({ peer, bits }) => {
      const mask = maskOf(bits);
      return ((a ^ peer) & mask) === 0 && (b === 0 || ((b ^ peer) & mask) === 0);
    });
  }

  /** inet_select_addr(): the source for a destination by a device; from another device when this one has none. */
  select(dev: Device, dst: Ip, scope: number): Ip {
    let first = 0 as Ip;
    for (const address of this.of(dev)) {
      if (address.secondary || address.scope > scope) continue;
      if (dst === 0 || ((dst ^ address.peer) & maskOf(address.bits)) === 0) return address.local;
      if (first === 0) first = address.local;
    }
    if (first !== 0) return first;
    for (const other of this.ns.devices.all()) {
      const fit = this.of(other).find((address) => !address.secondary && address.scope !== SCOPE.link && address.scope <= scope);
      if (fit !== undefined) return fit.local;
    }
    return 0 as Ip;
  }

  /** Behind the others of its scope; its routes appear at once. */
  add(address: Address): void {
    const list = this.#byDevice.get(address.dev) ?? [];
    address.secondary = list.some((other) => !other.secondary && other.bits === address.bits && ((other.peer ^ address.peer) & maskOf(address.bits)) === 0);
    // A primary goes behind the last primary that reaches no further than it; a secondary to the end.
    const at = address.secondary ? list.length : list.findLastIndex((other) => !other.secondary && address.scope <= other.scope) + 1;
    this.#set(address.dev, [...list.slice(0, at), address, ...list.slice(at)]);
    this.#addRoutes(address);
    this.ns.fib.deviceUp(address.dev);
    this.ns.fib.refreshSources();
    if (address.validSeconds !== undefined) this.ns.world.scheduler.after(address.validSeconds * 1000, () => this.#expire(address));
  }

  /** check_lifetime(): its time is over. */
  #expire(address: Address): void {
    if (this.of(address.dev).includes(address)) this.remove(address);
  }

  /** Its secondaries go with it, unless promote_secondaries makes the first of them the primary. */
  remove(address: Address): void {
    const { dev } = address;
    const list = this.of(dev);
    const mask = maskOf(address.bits);
    const followers = address.secondary ? [] : list.filter((other) => other.secondary && other.bits === address.bits && ((other.peer ^ address.peer) & mask) === 0);
    const promote = followers.length > 0 && this.ns.sysctl.or("promote_secondaries", dev);
    const gone = promote ? [address] : [address, ...followers];
    this.#set(dev, list.filter((other) => !gone.includes(other)));
    for (const each of gone) {
      this.#removeRoutes(each);
      this.ns.onDeviceDown?.(dev.index, each.local);
    }
    if (promote) {
      (followers[0] as Address).secondary = false;
      for (const follower of followers) this.#addRoutes(follower);
    }
    if (this.of(dev).length === 0) this.#disableIp(dev);
    this.ns.fib.refreshSources();
  }

  /** fib_disable_ip(): a device without any address no longer takes part; all routes by it and all its neighbours go. */
  #disableIp(dev: Device): void {
    this.ns.fib.deviceDown(dev, "no address");
    this.ns.neighbours.deviceGone(dev);
  }

  removeAll(dev: Device): void {
    for (const address of [...this.of(dev)]) if (this.of(dev).includes(address)) this.remove(address);
    this.#set(dev, undefined);
  }

  /** The device came up: fib_inetaddr_event(NETDEV_UP) for each. lo gets its 127.0.0.1 now, if it has none. */
  deviceUp(dev: Device): void {
    if (dev.kind === "loopback" && this.of(dev).length === 0) return this.add(loopbackAddress(dev));
    const addresses = this.of(dev);
    if (addresses.length === 0) return; // A port of a bridge: no route can choose another source for it.
    for (const address of addresses) this.#addRoutes(address);
    this.ns.fib.refreshSources();
  }

  #addRoutes(address: Address): void {
    for (const spec of this.#routesOf(address)) {
      const table = this.ns.fib.table(spec.table);
      const known = table.aliases(networkOf(spec.dst, spec.bits), spec.bits).some((other) => other.type === spec.type && other.hops[0]?.dev === address.dev && other.prefSrc === spec.prefSrc && other.metric === spec.metric);
      if (!known && this.#mayPrefer(spec)) this.ns.fib.add(spec);
    }
  }

  /** fib_valid_prefsrc(): somebody may have made the address a broadcast one before. */
  #mayPrefer({ type, dst, prefSrc }: FibSpec): boolean {
    return (type === "local" && dst === prefSrc) || this.ns.isLocal(prefSrc);
  }

  /** Routes that another address of the device still needs stay. */
  #removeRoutes(address: Address): void {
    const kept = this.of(address.dev).flatMap((other) => this.#routesOf(other));
    const stillLocal = this.all().some(({ local }) => local === address.local);
    for (const spec of this.#routesOf(address)) {
      if (kept.some((other) => sameRoute(other, spec))) continue;
      const { fib } = this.ns;
      for (const entry of fib.table(spec.table).aliases(networkOf(spec.dst, spec.bits), spec.bits)) {
        if (entry.type === spec.type && entry.protocol === RTPROT.kernel && entry.hops[0]?.dev === address.dev && entry.prefSrc === spec.prefSrc) fib.remove(entry);
      }
    }
    if (!stillLocal) this.ns.fib.sourceGone(address.local);
  }

  /** The address that an address of the same network came after: inet_ifa_byprefix(). */
  #primaryOf({ dev, peer, bits, local, secondary }: Address): Ip {
    const mask = maskOf(bits);
    return secondary ? (this.of(dev).find((other) => other.bits === bits && ((other.peer ^ peer) & mask) === 0)?.local ?? local) : local;
  }

  #routesOf(address: Address): FibSpec[] {
    const { dev, local, peer, bits, broadcast, secondary, noPrefixRoute, metric } = address;
    const prefSrc = this.#primaryOf(address);
    const route = (type: RouteType, dst: Ip, length: number, table: number, scope: number, priority = 0): FibSpec => ({
      table, type, dst, bits: length, tos: 0, metric: priority, protocol: RTPROT.kernel, scope, prefSrc, metrics: NO_METRICS,
      hops: [{ dev, gateway: 0 as Ip, onlink: false, weight: 1 }],
    });
    const routes = [route("local", local, 32, TABLE.local, SCOPE.host)];
    if (!dev.up) return routes;
    if (broadcast !== undefined && broadcast !== 0xffff_ffff) routes.push(route("broadcast", broadcast, 32, TABLE.local, SCOPE.link));
    const prefix = networkOf(peer, bits);
    if (prefix === 0 || secondary || (prefix === local && bits === 32)) return routes;
    const loopback = dev.kind === "loopback";
    if (!noPrefixRoute) routes.push(route(loopback ? "local" : "unicast", prefix, bits, loopback ? TABLE.local : TABLE.main, loopback ? SCOPE.host : SCOPE.link, metric));
    if (bits < 31) {
      const last = ((prefix | ~maskOf(bits)) >>> 0) as Ip;
      if (last !== broadcast) routes.push(route("broadcast", last, 32, TABLE.local, SCOPE.link));
    }
    return routes;
  }
}

const NO_METRICS: ReadonlyMap<string, number> = new Map();

function sameRoute(a: FibSpec, b: FibSpec): boolean {
  return a.type === b.type && a.dst === b.dst && a.bits === b.bits && a.table === b.table && a.prefSrc === b.prefSrc;
}

function loopbackAddress(dev: Device): Address {
  const local = 0x7f00_0001 as Ip;
  return { dev, local, peer: local, bits: 8, broadcast: undefined, label: dev.name, scope: SCOPE.host, metric: 0, noPrefixRoute: false, secondary: false, validSeconds: undefined, preferredSeconds: undefined, addedMs: 0, protocol: 0 };
}
