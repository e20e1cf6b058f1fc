/**
 * What a routing decision says: where a packet goes next. In Linux: struct rtable.
 *
 * A Route belongs to one next hop of one FIB entry and is shared by all packets that take it;
 * nobody changes it.
 */
import type { Code } from "../core/errno";
import type { Device } from "../link/device";
import type { Ip } from "../wire/ip";
import type { FibEntry } from "./fib";

/** rtm_type: unicast is "somewhere else", local is "here". */
export type RouteType = "unicast" | "local" | "broadcast" | "anycast" | "multicast" | "blackhole" | "unreachable" | "prohibit" | "throw" | "nat";

export type Route = {
  readonly type: RouteType;
  /** The device it leaves by; for a local route the loopback. */
  readonly dev: Device;
  /** The next hop; 0 when the destination itself is on the link. */
  readonly gateway: Ip;
  /** The source address that goes with it: `src` of the route, else the device's best. */
  readonly src: Ip;
  /** A `mtu` metric of the route; 0 is the device's own. */
  readonly mtu: number;
  readonly entry: FibEntry | undefined;
};

/** What the FIB is asked. Zero and undefined mean "not given". */
export type RouteQuery = {
  readonly dst: Ip;
  readonly src?: Ip;
  readonly mark?: number;
  readonly tos?: number;
  readonly inDev?: Device | undefined;
  /** SO_BINDTODEVICE, or a link-scoped destination. */
  readonly outDev?: Device | undefined;
};

/** Routing failed, in the words the caller of connect(2) hears. */
export type RouteError = Extract<Code, "ENETUNREACH" | "EHOSTUNREACH" | "EACCES" | "EINVAL" | "ENODEV" | "EADDRNOTAVAIL">;
