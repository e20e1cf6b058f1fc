/** One route as `ip route` prints it, as text and as JSON (iproute.c: print_route). */
import type { FibEntry, NextHop } from "../../net/fib";
import { RTPROT } from "../../net/fib";
import { SCOPE } from "../../net/fib-table";
import type { Netns } from "../../net/netns";
import { printIp } from "../../wire/ip";
import { protocolName, scopeName, tableName, tosText } from "./names";

/** What a filter has fixed is not repeated on each line. */
export type RouteStyle = { readonly details: boolean; readonly device?: boolean; readonly gateway?: boolean; readonly protocol?: boolean; readonly scope?: boolean; readonly src?: boolean; readonly table?: number; readonly oneline?: boolean; readonly numeric?: boolean };

function destination({ dst, bits }: FibEntry): string {
  if (bits === 0) return dst === 0 ? "default" : `${printIp(dst)}/0`;
  return bits === 32 ? printIp(dst) : `${printIp(dst)}/${bits}`;
}

/** The next hop's device is up but nobody is at its other end. */
function linkFlags(hop: NextHop, scope: number): string[] {
  const flags: string[] = [];
  if (hop.dead || hop.linkless) flags.push("dead");
  if (hop.onlink) flags.push("onlink");
  // A route of scope host has no next hop that could lose its link (RT_SCOPE_NOWHERE).
  if (hop.dead || (scope < SCOPE.host && hop.dev !== undefined && !(hop.dev.up && hop.dev.carrier))) flags.push("linkdown");
  return flags;
}

/** None of several next hops has. */
function hasNoLink({ hops, scope }: FibEntry): boolean {
  return hops.length > 1 && hops.every((hop) => linkFlags(hop, scope).includes("linkdown"));
}

function defaultScope({ type }: FibEntry): boolean {
  return type === "blackhole" || type === "unreachable" || type === "prohibit" || type === "throw";
}

/** RTN_*, from 1. */
const TYPES = ["unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"];

export function routeText(entry: FibEntry, style: RouteStyle): string {
  const { details } = style;
  const [hop] = entry.hops;
  const words: string[] = [];
  const { numeric = false } = style;
  if (entry.type !== "unicast" || details) words.push(numeric ? String(TYPES.indexOf(entry.type) + 1) : entry.type);
  words.push(destination(entry));
  if (entry.tos !== 0) words.push(`tos ${tosText(entry.tos)}`);
  const single = entry.hops.length === 1 && hop !== undefined && hop.dev !== undefined;
  if (single && hop.gateway !== 0 && !style.gateway) words.push(`via ${printIp(hop.gateway)}`);
  if (single && !style.device) words.push(`dev ${hop.dev.name}`);
  if (style.table !== undefined && entry.table !== style.table) words.push(`table ${tableName(entry.table, numeric)}`);
  if ((entry.protocol !== RTPROT.boot || details) && !style.protocol) words.push(`proto ${protocolName(entry.protocol, numeric)}`);
  if ((entry.scope !== SCOPE.universe || details) && !style.scope) words.push(`scope ${scopeName(entry.scope, numeric)}`);
  if (entry.prefSrc !== 0 && !style.src) words.push(`src ${printIp(entry.prefSrc)}`);
  if (entry.metric !== 0) words.push(`metric ${entry.metric}`);
  if (single) words.push(...linkFlags(hop, entry.scope));
  else if (hasNoLink(entry)) words.push("linkdown");
  for (const [name, value] of entry.metrics) words.push(`${name} ${value}`);
  const first = `${words.join(" ")} `;
  if (entry.hops.length < 2) return `${first}\n`;
  const newline = style.oneline ? "\\" : "\n";
  return `${first}${newline}${entry.hops.map((other) => `\tnexthop ${other.gateway === 0 ? "" : `via ${printIp(other.gateway)} `}dev ${other.dev?.name ?? "?"} weight ${other.weight} ${linkFlags(other, entry.scope).map((flag) => `${flag} `).join("")}`).join(newline)}\n`;
}

export function routeJson(entry: FibEntry, style: RouteStyle): Record<string, unknown> {
  const { details } = style;
  const [hop] = entry.hops;
  const json: Record<string, unknown> = {};
  if (entry.type !== "unicast" || details) json.type = entry.type;
  json.dst = destination(entry);
  if (entry.tos !== 0) json.tos = tosText(entry.tos);
  const single = entry.hops.length === 1 && hop !== undefined && hop.dev !== undefined;
  if (single && hop.gateway !== 0 && !style.gateway) json.gateway = printIp(hop.gateway);
  if (single && !style.device) json.dev = hop.dev.name;
  if (style.table !== undefined && entry.table !== style.table) json.table = tableName(entry.table);
  if ((entry.protocol !== RTPROT.boot || details) && !style.protocol) json.protocol = protocolName(entry.protocol);
  if (((entry.scope !== SCOPE.universe && !defaultScope(entry)) || details) && !style.scope) json.scope = scopeName(entry.scope);
  if (entry.prefSrc !== 0) json.prefsrc = printIp(entry.prefSrc);
  if (entry.metric !== 0) json.metric = entry.metric;
  json.flags = single ? linkFlags(hop, entry.scope) : hasNoLink(entry) ? ["linkdown"] : [];
  if (entry.metrics.size > 0) json.metrics = [Object.fromEntries(entry.metrics)];
  if (entry.hops.length > 1) json.nexthops = entry.hops.map((other) => ({ ...(other.gateway === 0 ? {} : { gateway: printIp(other.gateway) }), dev: other.dev?.name, weight: other.weight, flags: linkFlags(other, entry.scope) }));
  return json;
}

/** The tables that "all" and 0 stand for, main first, as a dump of the kernel has them. */
export function tableOrder(ns: Netns): number[] {
  const ids = ns.fib.tables().filter((table) => !table.empty).map((table) => table.id);
  return ids.reverse().sort((a, b) => (a & 255) - (b & 255));
}
