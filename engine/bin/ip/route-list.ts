/** `ip route show`, `flush` and `get` (iproute.c: iproute_list_flush_or_save, iproute_get). */
import type { BaseDevice } from "../../link/base";
import { type FibEntry, TABLE } from "../../net/fib";
import type { Netns } from "../../net/netns";
import type { Route, RouteType } from "../../net/route";
import { ALL_HOSTS, routeInput } from "../../net/route-in";
import { routeOutput } from "../../net/route-out";
import { NO_BYTES } from "../../core/bytes";
import { MESSAGES } from "../../core/errno";
import { type Cidr, type Ip, inCidr, printIp } from "../../wire/ip";
import { type IpContext, deviceOr, printJson } from "./context";
import { ROUTE_TYPES, protocolOf, scopeOf, tableName, tableOf, tosText } from "./names";
import { type RouteStyle, routeJson, routeText, tableOrder } from "./route-text";
import { IpFailure, type Words, matches, notModelled, numberOf, prefixOf } from "./words";

type Filter = { table: number; cache: boolean; device?: BaseDevice; gateway?: Ip; protocol?: number; scope?: number; type?: RouteType; src?: Ip; metric?: number; tos?: number; root?: Cidr; match?: Cidr; exact?: Cidr };

export function showRoutes(words: Words, context: IpContext): void {
  const filter = readFilter(words, context);
  const { ns, options, out } = context;
  if (options.family === "inet6") return options.json ? void out.push(printJson([], options.pretty)) : undefined;
  if (filter.cache) return void out.push(options.json ? printJson([], options.pretty) : cacheText(ns));
  const entries = select(ns, filter);
  const style: RouteStyle = {
    details: options.details,
    oneline: options.oneline,
    numeric: options.numeric,
    ...(filter.device ? { device: true } : {}),
    ...(filter.gateway !== undefined ? { gateway: true } : {}),
    ...(filter.protocol !== undefined ? { protocol: true } : {}),
    ...(filter.scope !== undefined ? { scope: true } : {}),
    ...(filter.src !== undefined ? { src: true } : {}),
    ...(filter.table === 0 ? { table: options.details ? -1 : TABLE.main } : {}),
  };
  if (options.json) return void out.push(printJson(entries.map((entry) => routeJson(entry, style)), options.pretty));
  for (const entry of entries) out.push(routeText(entry, style));
}

function select(ns: Netns, filter: Filter, doing = "Dump"): FibEntry[] {
  if (filter.table !== 0 && ns.fib.existing(filter.table) === undefined) {
    throw new IpFailure(`Error: ipv4: FIB table does not exist.\n${doing} terminated\n`, 2);
  }
  const ids = filter.table === 0 ? tableOrder(ns) : [filter.table];
  return ids.flatMap((id) => ns.fib.existing(id)?.entries() ?? []).filter((entry) => fits(entry, filter));
}

function fits(entry: FibEntry, filter: Filter): boolean {
  const { dst, bits, hops } = entry;
  // A route with several next hops has no device and no gateway of its own.
  const only = hops.length === 1 ? hops[0] : undefined;
  if (filter.device !== undefined && only?.dev !== filter.device) return false;
  if (filter.gateway !== undefined && only?.gateway !== filter.gateway) return false;
  if (filter.protocol !== undefined && entry.protocol !== filter.protocol) return false;
  if (filter.scope !== undefined && entry.scope !== filter.scope) return false;
  if (filter.type !== undefined && entry.type !== filter.type) return false;
  if (filter.src !== undefined && entry.prefSrc !== filter.src) return false;
  if (filter.metric !== undefined && entry.metric !== filter.metric) return false;
  if (filter.tos !== undefined && entry.tos !== filter.tos) return false;
  if (filter.exact !== undefined && (dst !== filter.exact.address || bits !== filter.exact.bits)) return false;
  if (filter.root !== undefined && (bits < filter.root.bits || !inCidr(dst, filter.root))) return false;
  return filter.match === undefined || (bits <= filter.match.bits && inCidr(filter.match.address, { address: dst, bits }));
}

function readFilter(words: Words, { ns }: IpContext): Filter {
  const filter: Filter = { table: TABLE.main, cache: false };
  while (words.more) {
    const word = words.need();
    if (word === "table" || word === "lookup") {
      const table = words.need();
      if (table === "cache") filter.cache = true;
      else filter.table = tableOf(table, "table id value is invalid\n".trim());
    } else if (word === "cache" || word === "cached" || word === "cloned") filter.cache = true;
    else if (word === "dev" || word === "oif") filter.device = deviceOr(ns, words.need());
    else if (word === "via") filter.gateway = prefixOf(words.need()).address;
    else if (word === "src") filter.src = prefixOf(words.need()).address;
    else if (word === "protocol" || (matches(word, "protocol") && word.length > 3)) filter.protocol = protocolOf(words.need(), 'invalid "protocol"');
    else if (word === "scope") filter.scope = scopeOf(words.need(), 'invalid "scope"');
    else if (word === "type") filter.type = typeOf(words.need());
    else if (word === "metric" || word === "priority" || word === "preference") filter.metric = numberOf(words.need(), '"metric" value is invalid');
    else if (word === "tos" || word === "dsfield") filter.tos = numberOf(words.need(), "TOS value is invalid", 255);
    else if (["iif", "from", "realms", "realm", "vrf"].includes(word)) throw notModelled(word);
    else readPrefix(word, words, filter);
  }
  return filter;
}

function typeOf(word: string): RouteType {
  const type = ROUTE_TYPES.find((name) => name === word);
  if (type === undefined) throw new IpFailure(`Error: argument "${word}" is wrong: node type value is invalid\n\n`, 255);
  return type;
}

function readPrefix(word: string, words: Words, filter: Filter): void {
  const next = word === "to" ? words.need() : word;
  if (matches(next, "root") && next.length > 1) filter.root = prefixOf(words.need());
  else if (matches(next, "match") && next.length > 1) filter.match = prefixOf(words.need());
  else {
    const cidr = prefixOf(next === "exact" ? words.need() : next);
    if (next === "exact" || next.includes("/") || cidr.bits === 0) filter.exact = cidr;
    else filter.exact = cidr;
  }
}

function cacheText(ns: Netns): string {
  const ofMain = ns.pathMtus.list().filter(([, { entry }]) => entry === undefined || entry.table === TABLE.main);
  const lines = ofMain.map(([dst, { mtu, expiresMs, gateway, locked }]) => {
    const route = routeOutput(ns, { dst });
    const left = Math.ceil((expiresMs - ns.world.scheduler.nowMs) / 1000);
    const via = gateway !== 0 ? ` via ${printIp(gateway)}` : typeof route !== "string" && route.gateway !== 0 ? ` via ${printIp(route.gateway)}` : "";
    return `${printIp(dst)}${via} dev ${typeof route === "string" ? "?" : route.dev.name} \n    cache expires ${left}sec ${mtu > 0 ? `mtu ${locked ? "lock " : ""}${mtu} ` : ""}\n`;
  });
  return lines.join("");
}

export function flushRoutes(words: Words, context: IpContext): void {
  if (!words.more) throw new IpFailure('"ip route flush" requires arguments.\n', 1);
  const filter = readFilter(words, context);
  const { ns } = context;
  const { options, out } = context;
  if (filter.cache) {
    if (options.statistics > 0) out.push("*** IPv4 routing cache is flushed.\n");
    return ns.pathMtus.flush();
  }
  const gone = select(ns, filter, "Flush");
  const style: RouteStyle = { details: options.details, oneline: options.oneline, ...(filter.device ? { device: true } : {}) };
  if (options.statistics > 1) for (const entry of gone) out.push(routeText(entry, style));
  for (const entry of gone) ns.fib.remove(entry);
  if (options.statistics > 0) out.push(gone.length === 0 ? "Nothing to flush.\n" : `\n*** Round 1, deleting ${gone.length} entries ***\n*** Flush is complete after 1 round ***\n`);
}

/** Asks the kernel as a packet would. */
export function getRoute(words: Words, context: IpContext): void {
  const { ns, options, out } = context;
  const asked: { dst?: Ip; src?: Ip; iif?: BaseDevice; oif?: BaseDevice; mark: number; tos: number; uid: number; fib?: boolean; redirect?: boolean } = { mark: 0, tos: 0, uid: 0 };
  let connected = false;
  while (words.more) {
    const word = words.need();
    if (word === "from") asked.src = prefixOf(words.need()).address;
    else if (word === "iif") asked.iif = deviceOr(ns, words.need());
    else if (word === "oif" || word === "dev") asked.oif = deviceOr(ns, words.need());
    else if (word === "mark") asked.mark = numberOf(words.need(), "invalid mark");
    else if (word === "tos" || word === "dsfield") asked.tos = numberOf(words.need(), "TOS value is invalid", 255);
    else if (word === "uid") asked.uid = numberOf(words.need(), "invalid UID");
    else if (word === "fibmatch") asked.fib = true;
    // No rule here asks for them.
    else if (word === "ipproto" || word === "sport" || word === "dport") words.need();
    else if (word === "connected") connected = true;
    else if (["vrf", "notify", "flowlabel"].includes(word)) throw notModelled(word);
    else asked.dst = destination(word === "to" ? words.need() : word, asked.dst !== undefined, context);
  }
  if (asked.dst === undefined) throw new IpFailure("need at least a destination address\n", 1);
  const route = asked.iif === undefined ? routeOutput(ns, { dst: asked.dst, mark: asked.mark, tos: asked.tos & 0x1c, ...(asked.src === undefined ? {} : { src: asked.src }), outDev: asked.oif }) : inputRoute(ns, Object.assign(asked, { dst: asked.dst, iif: asked.iif }));
  if (typeof route === "string") throw new IpFailure(`RTNETLINK answers: ${MESSAGES[route in MESSAGES ? (route as keyof typeof MESSAGES) : "EINVAL"]}\n`, 2);
  const entry = route.entry && { ...route.entry, type: route.type };
  if (asked.fib && entry !== undefined) return void out.push(options.json ? printJson([routeJson(entry, { details: false })], options.pretty) : routeText(entry, { details: false, oneline: options.oneline }));
  const known = asked.iif === undefined ? ns.pathMtus.find(asked.dst, route.entry) : undefined;
  const cache = known === undefined ? undefined : { mtu: known.mtu, locked: known.locked, left: Math.ceil((known.expiresMs - ns.world.scheduler.nowMs) / 1000) };
  const table = otherTable(ns, route) ?? (options.details && route.entry !== undefined ? "main" : undefined);
  const text = gotText(asked.dst, { ...asked, table }, route, options, cache);
  out.push(options.json ? printJson([gotJson(asked.dst, asked, route, table, options.details)], options.pretty) : text);
  // The second question, from the source that was found, is answered in words whatever the form of the first.
  if (connected && asked.src === undefined) out.push(text);
}

/** Once there is a destination, only an IPv4 prefix may follow. */
function destination(word: string, second: boolean, { err }: IpContext): Ip {
  try {
    const { address, bits } = prefixOf(word);
    if (bits !== 32) err.push(`Warning: /${bits} as prefix is invalid, only /32 (or none) is supported.\n`);
    return address;
  } catch (error) {
    throw second && error instanceof IpFailure ? new IpFailure(`Error: inet prefix is expected rather than "${word}".\n`, 1) : error;
  }
}

function inputRoute(ns: Netns, asked: { dst: Ip; src?: Ip; iif: BaseDevice; mark: number; tos: number; redirect?: boolean }): ReturnType<typeof routeInput> {
  const skb = ns.newSkb({ kind: "ipv4", src: asked.src ?? (0 as Ip), dst: asked.dst, ttl: 64, tos: asked.tos, id: 0, df: false, mf: false, offset: 0, proto: 0, payload: { kind: "raw", data: NO_BYTES } });
  skb.inDev = asked.iif;
  skb.mark = asked.mark;
  const route = routeInput(ns, skb);
  asked.redirect = skb.redirect === true;
  return typeof route !== "string" && route.type === "broadcast" ? { ...route, dev: ns.lo } : route;
}

/** Which table knew, unless it is main. Until somebody changes a rule, local is a part of main (fib_unmerge). */
function otherTable({ rules }: Netns, { entry }: Route): string | undefined {
  if (entry === undefined || entry.table === TABLE.main || (entry.table === TABLE.local && rules.untouched)) return undefined;
  return tableName(entry.table);
}

type Asked = { readonly src?: Ip; readonly iif?: BaseDevice; readonly mark: number; readonly uid: number; readonly table?: string | undefined; readonly redirect?: boolean };

function gotText(dst: Ip, { src, iif, mark, uid, table, redirect }: Asked, route: Route, { oneline, details }: IpContext["options"], known?: { readonly mtu: number; readonly locked: boolean; readonly left: number }): string {
  const words: string[] = [];
  if (route.type !== "unicast" || details) words.push(route.type);
  words.push(printIp(dst));
  if (src !== undefined) words.push(`from ${printIp(src)}`);
  if (route.entry?.tos) words.push(`tos ${tosText(route.entry.tos)}`);
  if (route.gateway !== 0) words.push(`via ${printIp(route.gateway)}`);
  words.push(`dev ${route.dev.name}`);
  if (table !== undefined) words.push(`table ${table}`);
  if (src === undefined && route.src !== 0) words.push(`src ${printIp(route.src)}`);
  if (mark !== 0) words.push(`mark ${mark < 16 ? mark : `0x${mark.toString(16)}`}`);
  // 6.1 takes RTCF_MULTICAST, which shares its bit with RTM_F_OFFLOAD_FAILED, for both.
  if (route.type === "multicast") words.push("rt_offload_failed");
  if (iif === undefined) words.push(`uid ${uid}`);
  const flags = route.type === "broadcast" ? " <local,brd>" : route.type === "multicast" ? (dst === ALL_HOSTS ? " <local,mc>" : " <mc>") : route.type === "local" || route.dev.kind === "loopback" ? " <local>" : redirect ? " <redirect>" : "";
  const mtu = known !== undefined && known.mtu > 0 ? known.mtu : route.mtu;
  const metrics = `${known === undefined ? "" : ` expires ${known.left}sec`}${mtu > 0 ? ` mtu ${known?.locked ? "lock " : ""}${mtu}` : ""}`;
  return `${words.join(" ")} ${oneline ? "\\" : "\n"}    cache${flags}${metrics}${iif === undefined ? "" : ` iif ${iif.name}`} \n`;
}

function gotJson(dst: Ip, { src, iif, mark, uid, redirect }: Asked, route: Route, table: string | undefined, details: boolean): Record<string, unknown> {
  const json: Record<string, unknown> = route.type === "unicast" && !details ? {} : { type: route.type };
  json.dst = printIp(dst);
  if (src !== undefined) json.from = printIp(src);
  if (route.entry?.tos) json.tos = tosText(route.entry.tos);
  if (route.gateway !== 0) json.gateway = printIp(route.gateway);
  json.dev = route.dev.name;
  if (table !== undefined) json.table = table;
  if (src === undefined && route.src !== 0) json.prefsrc = printIp(route.src);
  json.flags = [];
  if (mark !== 0) json.mark = mark;
  if (iif === undefined) json.uid = uid;
  json.cache = route.type === "local" ? ["local"] : route.type === "broadcast" ? ["local", "brd"] : [];
  if (redirect) json.cache = ["redirect"];
  if (route.mtu > 0) json.metrics = [{ mtu: route.mtu }];
  if (iif !== undefined) json.iif = iif.name;
  return json;
}
