/** Numbers that iproute2 prints as words: tables, protocols, scopes, route types (lib/rt_names.c). */
import type { RouteType } from "../../net/route";
import { invalidArgument } from "./words";

const TABLES = new Map([["default", 253], ["main", 254], ["local", 255], ["unspec", 0]]);
const PROTOCOLS = new Map([["unspec", 0], ["redirect", 1], ["kernel", 2], ["boot", 3], ["static", 4], ["gated", 8], ["ra", 9], ["mrt", 10], ["zebra", 11], ["bird", 12], ["dnrouted", 13], ["xorp", 14], ["ntk", 15], ["dhcp", 16], ["keepalived", 18], ["babel", 42], ["openr", 99], ["bgp", 186], ["isis", 187], ["ospf", 188], ["rip", 189], ["eigrp", 192]]);
const GROUPS = new Map([["default", 0]]);
const SCOPES = new Map([["global", 0], ["site", 200], ["link", 253], ["host", 254], ["nowhere", 255]]);

export const ROUTE_TYPES: readonly RouteType[] = ["unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"];

function nameOf(map: ReadonlyMap<string, number>, value: number): string {
  for (const [name, number] of map) if (number === value) return name;
  return String(value);
}

function numberNamed(map: ReadonlyMap<string, number>, word: string, max: number, why: string): number {
  const named = map.get(word);
  if (named !== undefined) return named;
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(word) || Number(word) > max) throw invalidArgument(why, word);
  return Number(word);
}

/** rtnl_dsfield_n2a(). */
export const tosText = (tos: number): string => `0x${tos.toString(16).padStart(2, "0")}`;

/** With -N nothing has a name. */
export const tableName = (id: number, numeric = false): string => (numeric ? String(id) : nameOf(TABLES, id));
export const protocolName = (id: number, numeric = false): string => (numeric ? String(id) : nameOf(PROTOCOLS, id));
export const scopeName = (id: number, numeric = false): string => (numeric ? String(id) : nameOf(SCOPES, id));

export const groupName = (id: number): string => nameOf(GROUPS, id);

export function groupOf(word: string): number {
  return numberNamed(GROUPS, word, 0xffff_ffff, 'Invalid "group" value\n'.trim());
}

/** "all" is 0. */
export function tableOf(word: string, why: string): number {
  return word === "all" ? 0 : numberNamed(TABLES, word, 0xffff_ffff, why);
}

export function protocolOf(word: string, why = '"protocol" value is invalid'): number {
  return numberNamed(PROTOCOLS, word, 255, why);
}

export function scopeOf(word: string, why = 'invalid "scope" value'): number {
  return numberNamed(SCOPES, word, 255, why);
}
