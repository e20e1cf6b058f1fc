/** What `ip route` and `ip rule` ask of the kernel (fib_create_info, fib_table_insert, fib_nl_newrule). */
import type { BaseDevice } from "../link/base";
import { type Ip, networkOf } from "../wire/ip";
import { type FibEntry, type FibSpec, RTPROT, TABLE } from "./fib";
import { SCOPE } from "./fib-table";
import { NetlinkError } from "./netlink-error";
import { deviceNamed } from "./netlink-link";
import type { Netns } from "./netns";
import type { RouteType } from "./route";
import type { Rule } from "./rule";

export type HopSpec = { readonly gateway?: Ip; readonly dev?: string; readonly onlink?: boolean; readonly weight?: number };

export type RouteSpec = {
  readonly dst: Ip;
  readonly bits: number;
  readonly type?: RouteType;
  readonly table?: number;
  readonly gateway?: Ip;
  readonly dev?: string;
  readonly onlink?: boolean;
  /** Several next hops instead of one. */
  readonly hops?: readonly HopSpec[];
  readonly metric?: number;
  readonly tos?: number;
  readonly scope?: number;
  readonly protocol?: number;
  readonly src?: Ip;
  readonly metrics?: ReadonlyMap<string, number>;
};

export type RouteMode = "add" | "append" | "prepend" | "replace" | "change";

const NO_DEVICE: readonly RouteType[] = ["blackhole", "unreachable", "prohibit", "throw"];

export function routeAdd(ns: Netns, spec: RouteSpec): void {
  insert(ns, spec, "add");
}

export function routeReplace(ns: Netns, spec: RouteSpec): void {
  insert(ns, spec, "replace");
}

export function routeInsert(ns: Netns, spec: RouteSpec, mode: RouteMode): void {
  insert(ns, spec, mode);
}

function insert(ns: Netns, spec: RouteSpec, mode: RouteMode): void {
  const wanted = resolve(ns, spec);
  const table = ns.fib.table(wanted.table);
  const same = table.aliases(wanted.dst, wanted.bits).filter((other) => other.tos === wanted.tos && other.metric === wanted.metric);
  const first = same[0];
  if (first !== undefined && mode === "add") throw new NetlinkError("EEXIST");
  if (first === undefined && mode === "change") throw new NetlinkError("ENOENT");
  const instead = mode === "replace" || mode === "change" ? first : undefined;
  if (instead === undefined && same.some((other) => sameHops(other, wanted) && other.type === wanted.type && other.scope === wanted.scope)) throw new NetlinkError("EEXIST");
  if (instead !== undefined) ns.fib.remove(instead);
  ns.fib.add(wanted, instead !== undefined || mode === "prepend");
  if (wanted.type === "local") ns.fib.customLocal = true;
}

function sameHops(a: FibEntry, b: FibSpec): boolean {
  return a.prefSrc === b.prefSrc && a.protocol === b.protocol && a.hops.length === b.hops.length && a.hops.every((hop, i) => hop.gateway === b.hops[i]?.gateway && hop.dev === b.hops[i]?.dev);
}

/** fib_create_info(): every next hop must be reachable now, or the route is refused. */
function resolve(ns: Netns, spec: RouteSpec): FibSpec {
  const type = spec.type ?? "unicast";
  if (networkOf(spec.dst, spec.bits) !== spec.dst) throw new NetlinkError("EINVAL", "Invalid prefix for given prefix length");
  const table = spec.table ?? (type === "local" || type === "broadcast" || type === "nat" || type === "anycast" ? TABLE.local : TABLE.main);
  const scope = spec.scope ?? defaultScope(spec, type);
  if (leastScope(type) > scope) throw new NetlinkError("EINVAL", "Invalid scope");
  const base = { table, type, dst: spec.dst, bits: spec.bits, tos: spec.tos ?? 0, metric: spec.metric ?? 0, protocol: spec.protocol ?? RTPROT.boot, scope, prefSrc: spec.src ?? (0 as Ip), metrics: spec.metrics ?? new Map<string, number>() };
  if (NO_DEVICE.includes(type)) {
    if (spec.gateway !== undefined || spec.dev !== undefined) throw new NetlinkError("EINVAL", "Gateway, device and multipath can not be specified for this route type");
    checkSource(ns, spec);
    return { ...base, hops: [] };
  }
  const given: readonly HopSpec[] = spec.hops ?? [spec];
  if (scope > SCOPE.host) throw new NetlinkError("EINVAL", "Invalid scope");
  if (scope === SCOPE.host && given.length > 1) throw new NetlinkError("EINVAL", "Route with host scope can not have multiple nexthops");
  if (scope === SCOPE.host && given[0]?.gateway !== undefined) throw new NetlinkError("EINVAL", "Route with host scope can not have a gateway");
  const hops = given.map((hop) => resolveHop(ns, hop, scope));
  checkSource(ns, spec);
  return { ...base, hops };
}

function checkSource(ns: Netns, { src }: RouteSpec): void {
  if (src !== undefined && ns.addressType(src) !== "local") throw new NetlinkError("EINVAL", "Invalid prefsrc address");
}

/** fib_props[]: how near a route of this type must be. */
function leastScope(type: RouteType): number {
  if (type === "nat") return SCOPE.host + 1;
  if (type === "local") return SCOPE.host;
  return type === "broadcast" || type === "anycast" ? SCOPE.link : SCOPE.universe;
}

/** As `ip route` chooses it: link for what is on the link, host for this machine's own. */
function defaultScope(spec: RouteSpec, type: RouteType): number {
  if (type === "local" || type === "nat") return SCOPE.host;
  if (type === "broadcast" || type === "multicast" || type === "anycast") return SCOPE.link;
  if (type !== "unicast") return SCOPE.universe;
  return spec.gateway === undefined && spec.hops === undefined ? SCOPE.link : SCOPE.universe;
}

/** fib_check_nh(). */
function resolveHop(ns: Netns, hop: HopSpec, scope: number): FibSpec["hops"][number] {
  const dev = hop.dev === undefined ? undefined : deviceNamed(ns, hop.dev);
  const { gateway = 0 as Ip, onlink = false, weight = 1 } = hop;
  if (gateway !== 0) return { dev: gatewayDevice(ns, gateway, dev, onlink, scope), gateway, onlink, weight };
  if (dev === undefined) throw new NetlinkError("ENODEV");
  if (!dev.up) throw new NetlinkError("ENETDOWN", "Device for nexthop is not up");
  return { dev, gateway, onlink, weight };
}

function gatewayDevice(ns: Netns, gateway: Ip, dev: BaseDevice | undefined, onlink: boolean, scope: number): BaseDevice {
  if (onlink) {
    if (scope >= SCOPE.link) throw new NetlinkError("EINVAL", "Nexthop has invalid scope");
    if (ns.addressType(gateway) !== "unicast") throw new NetlinkError("EINVAL", "Nexthop has invalid gateway");
    if (dev === undefined) throw new NetlinkError("ENODEV", "Nexthop device required for onlink");
    if (!dev.up) throw new NetlinkError("ENETDOWN", "Nexthop device is not up");
    return dev;
  }
  const via = ns.fib.lookup({ dst: gateway, outDev: dev }, Math.max(scope + 1, SCOPE.link));
  if (typeof via === "string") throw new NetlinkError("ENETUNREACH", "Nexthop has invalid gateway");
  if (via.type !== "unicast" && via.type !== "local") throw new NetlinkError("EINVAL", "Nexthop has invalid gateway");
  const found = ns.devices.byName((via.entry?.hops[0]?.dev ?? via.dev).name);
  if (found === undefined || !found.up) throw new NetlinkError("ENETDOWN", "Nexthop device is not up");
  return found;
}

/** The first route that fits all that was said. */
export function routeDelete(ns: Netns, spec: RouteSpec): void {
  const table = ns.fib.existing(spec.table ?? (spec.type === "local" || spec.type === "broadcast" ? TABLE.local : TABLE.main));
  if (table === undefined) throw new NetlinkError("ESRCH", "FIB table does not exist");
  if (networkOf(spec.dst, spec.bits) !== spec.dst) throw new NetlinkError("EINVAL", "Invalid prefix for given prefix length");
  const dev = spec.dev === undefined ? undefined : deviceNamed(ns, spec.dev);
  const entry = table.aliases(networkOf(spec.dst, spec.bits), spec.bits).find((other) => fits(other, spec, dev));
  if (entry === undefined) throw new NetlinkError("ESRCH");
  ns.fib.remove(entry);
}

function fits(entry: FibEntry, spec: RouteSpec, dev: BaseDevice | undefined): boolean {
  if (entry.tos !== (spec.tos ?? 0)) return false;
  if (spec.metric !== undefined && entry.metric !== spec.metric) return false;
  if (spec.type !== undefined && entry.type !== spec.type) return false;
  if (spec.scope !== undefined && entry.scope !== spec.scope) return false;
  if (spec.src !== undefined && entry.prefSrc !== spec.src) return false;
  if (spec.protocol !== undefined && entry.protocol !== spec.protocol) return false;
  if (spec.hops !== undefined) return spec.hops.length === entry.hops.length && spec.hops.every((hop, i) => fitsHop(entry.hops[i], hop.gateway, hop.dev));
  return fitsHop(entry.hops[0], spec.gateway, dev?.name);
}

/** fib_nh_match(). */
function fitsHop(hop: FibEntry["hops"][number] | undefined, gateway: Ip | undefined, dev: string | undefined): boolean {
  return (gateway === undefined || hop?.gateway === gateway) && (dev === undefined || hop?.dev?.name === dev);
}

export type RuleSpec = Partial<Rule>;

export function ruleAdd(ns: Netns, spec: RuleSpec): void {
  const rule: Rule = { ...spec, action: spec.action ?? "lookup", table: spec.table ?? TABLE.main, protocol: spec.protocol ?? RTPROT.unspec, priority: spec.priority ?? ns.rules.nextPriority() };
  if (ns.rules.list().some((other) => other.priority === rule.priority && sameRule(other, rule))) throw new NetlinkError("EEXIST");
  if (rule.action === "goto" && (rule.target === undefined || rule.target <= rule.priority)) throw new NetlinkError("EINVAL", "Backward goto not supported");
  ns.rules.add(rule);
}

export function ruleDelete(ns: Netns, spec: RuleSpec): void {
  const rule = ns.rules.list().find((other) => {
    if (spec.priority !== undefined && other.priority !== spec.priority) return false;
    return partlySameRule(other, spec);
  });
  if (rule === undefined) throw new NetlinkError("ENOENT");
  ns.rules.remove(rule);
}

const RULE_FIELDS = ["action", "table", "target", "tos", "fwmark", "fwmask", "iif", "oif", "uidFrom", "uidTo", "suppressPrefixLength"] as const;

/** rule_exists(): "not" is not looked at. */
function sameRule(a: Rule, b: Rule): boolean {
  return RULE_FIELDS.every((field) => a[field] === b[field]) && samePrefix(a.from, b.from) && samePrefix(a.to, b.to);
}

function partlySameRule(rule: Rule, spec: RuleSpec): boolean {
  if (!RULE_FIELDS.every((field) => spec[field] === undefined || rule[field] === spec[field])) return false;
  return (spec.from === undefined || samePrefix(rule.from, spec.from)) && (spec.to === undefined || samePrefix(rule.to, spec.to));
}

function samePrefix(a: Rule["from"], b: Rule["from"]): boolean {
  return a?.address === b?.address && a?.bits === b?.bits;
}
