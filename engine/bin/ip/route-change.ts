/** `ip route add`, `replace`, `delete` …: from words to what the kernel is asked (iproute.c: iproute_modify). */
import { type RouteMode, type RouteSpec, type HopSpec, routeDelete, routeInsert } from "../../net/netlink";
import type { RouteType } from "../../net/route";
import type { Cidr, Ip } from "../../wire/ip";
import { type IpContext, deviceOr } from "./context";
import { ROUTE_TYPES, protocolOf, scopeOf, tableOf } from "./names";
import { IpFailure, type Words, addressOf, garbage, invalidArgument, matches, notModelled, numberOf, prefixOf } from "./words";

type Given = { -readonly [K in keyof RouteSpec]?: RouteSpec[K] } & { dst?: Ip; metrics?: Map<string, number>; nexthops?: HopSpec[] };

/** RTAX_*: what a route may say about the path. */
const METRICS = ["mtu", "advmss", "hoplimit", "window", "rtt", "rttvar", "ssthresh", "cwnd", "initcwnd", "initrwnd", "rto_min", "quickack", "reordering", "features", "congctl", "fastopen_no_cookie"];
/** Those something here acts on. */
const MODELLED_METRICS = ["mtu", "advmss"];

export function changeRoute(words: Words, context: IpContext, mode: RouteMode | "delete"): void {
  const given = read(words, context);
  const spec = specOf(given, context);
  if (mode === "delete") return routeDelete(context.ns, spec);
  routeInsert(context.ns, spec, mode);
}

function specOf(given: Given, { ns }: IpContext): RouteSpec {
  if (given.dev !== undefined) deviceOr(ns, given.dev);
  const { nexthops, ...rest } = given;
  for (const hop of nexthops ?? []) if (hop.dev !== undefined) deviceOr(ns, hop.dev);
  return { ...rest, dst: given.dst ?? (0 as Ip), bits: given.bits ?? 0, ...(nexthops === undefined ? {} : { hops: nexthops }) } as RouteSpec;
}

function read(words: Words, context: IpContext): Given {
  const given: Given = {};
  while (words.more) {
    const word = words.need();
    if (readWord(word, words, given, context)) continue;
    readDestination(word, words, given);
  }
  return given;
}

function readWord(word: string, words: Words, given: Given, context: IpContext): boolean {
  if (word === "src") given.src = addressOf(words.need());
  else if (word === "via") given.gateway = onlyGateway(words, given);
  else if (word === "tos" || matches(word, "dsfield")) given.tos = numberOf(words.need(), '"tos" value is invalid', 255);
  else if (word === "metric" || matches(word, "priority") || word === "preference") given.metric = numberOf(words.need(), '"metric" value is invalid');
  else if (word === "scope") given.scope = scopeOf(words.need());
  else if (METRICS.includes(word)) readMetric(word, words, given);
  else if (word === "onlink") given.onlink = true;
  else if (word === "nexthop") given.nexthops = [...(given.nexthops ?? []), ...readHops(words, context)];
  else if (word === "protocol" || matches(word, "protocol") && word.length > 3) given.protocol = protocolOf(words.need());
  else if (word === "table") given.table = tableOf(words.need(), '"table" value is invalid');
  else if (word === "dev" || word === "oif") given.dev = words.need();
  else if (["realms", "realm", "pref", "encap", "expires", "pervasive", "nhid", "vrf", "ttl-propagate", "lock", "equalize", "from", "as"].includes(word)) throw notModelled(word);
  else return false;
  return true;
}

function readMetric(word: string, words: Words, given: Given): void {
  if (!MODELLED_METRICS.includes(word)) throw notModelled(word);
  if (words.peek() === "lock") throw notModelled(`${word} lock`);
  given.metrics = new Map(given.metrics).set(word, numberOf(words.need(), `"${word}" value is invalid`));
}

function onlyGateway(words: Words, { gateway }: Given): Ip {
  if (gateway !== undefined) throw invalidArgument("use nexthop syntax to specify multiple via", "via");
  return gatewayOf(words);
}

function gatewayOf(words: Words): Ip {
  const word = words.need();
  return addressOf(word === "inet" ? words.need() : word);
}

function hopDevice(name: string, { ns }: IpContext): string {
  if (ns.devices.byName(name) === undefined) throw new IpFailure(`Cannot find device "${name}"\nError: cannot parse nexthop\n`, 255);
  return name;
}

function readHops(words: Words, context: IpContext): HopSpec[] {
  const hop: { -readonly [K in keyof HopSpec]: HopSpec[K] } = {};
  if (!words.more) throw new IpFailure('Error: unexpected end of line after "nexthop"\n', 255);
  while (words.more) {
    const word = words.need();
    if (word === "via") hop.gateway = gatewayOf(words);
    else if (word === "dev") hop.dev = hopDevice(words.need(), context);
    else if (word === "weight") hop.weight = numberOf(words.need(), '"weight" is invalid', 256);
    else if (word === "onlink") hop.onlink = true;
    else if (word === "nexthop") {
      words.back();
      break;
    } else throw new IpFailure(`Error: "nexthop" or end of line is expected instead of "${word}"\n`, 255);
  }
  return [hop];
}

function readDestination(word: string, words: Words, given: Given): void {
  let text = word === "to" ? words.need() : word;
  if (ROUTE_TYPES.includes(text as RouteType) && given.type === undefined && given.dst === undefined) {
    given.type = text as RouteType;
    text = words.need();
  }
  if (given.dst !== undefined) throw garbage("to", text);
  const { address, bits }: Cidr = prefixOf(text);
  given.dst = address;
  given.bits = bits;
}
