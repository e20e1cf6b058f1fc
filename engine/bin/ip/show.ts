/** `ip link show` and `ip addr show`: which devices and addresses, in which form (ipaddress.c: ipaddr_list). */
import type { BaseDevice } from "../../link/base";
import type { Address } from "../../net/addresses";
import { type Cidr, inCidr, printIp } from "../../wire/ip";
import { printMac } from "../../wire/mac";
import { type IpContext, deviceOr, flagsOf, printJson, stateOf } from "./context";
import { linkJson, linkOf } from "./link-json";
import { fullName, linkText, statistics } from "./link-text";
import { type AddressFlag, addressFlags, flagFilter } from "./address-flags";
import { groupOf, scopeName, scopeOf } from "./names";
import { type Words, garbage, invalidArgument, matches, notModelled, prefixOf } from "./words";
import { compilePattern, matches as patternMatches } from "../../shell/pattern";

type Filter = { device?: BaseDevice; up: boolean; kind?: string; master?: string; nomaster: boolean; to?: Cidr; scope?: number | undefined; label?: string; /** Flags that must, or must not, be there. */ flags: Map<AddressFlag, boolean>; group?: number };

const KINDS = ["vlan", "veth", "vcan", "vxcan", "dummy", "ifb", "macvlan", "macvtap", "bridge", "bond", "team", "ipoib", "ip6tnl", "ipip", "sit", "vxlan", "gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan", "vti", "nlmon", "can", "bond_slave", "bridge_slave", "team_slave", "ipvlan", "geneve", "macsec", "vrf", "wireguard", "netdevsim", "rmnet", "xfrm", "tun"];

export function showLinks(words: Words, context: IpContext, link: boolean): void {
  const filter = readFilter(words, context);
  if (context.options.family === "inet6") return context.options.json ? void context.out.push(printJson([], context.options.pretty)) : undefined;
  const devices = context.ns.devices.all().filter((device) => chosen(device, filter));
  const listed = link ? devices.map((device) => ({ device, addresses: [] as Address[] })) : withAddresses(devices, filter, context);
  if (context.options.json) return void context.out.push(printJson(listed.map(({ device, addresses }) => jsonOf(device, addresses, context, link)), context.options.pretty));
  for (const { device, addresses } of listed) context.out.push(textOf(device, addresses, context, link, filter));
}

function readFilter(words: Words, { ns }: IpContext): Filter {
  const filter: Filter = { up: false, nomaster: false, flags: new Map() };
  let device: string | undefined;
  while (words.more) {
    const word = words.need();
    const flag = flagFilter(word);
    if (word === "to") filter.to = prefixOf(words.need());
    else if (word === "scope") filter.scope = scopeFilter(words.need());
    else if (word === "up") filter.up = true;
    else if (word === "label") filter.label = words.need();
    else if (flag !== undefined) filter.flags.set(...flag);
    else if (word === "master") filter.master = masterNamed(ns, words.need());
    else if (word === "nomaster") filter.nomaster = true;
    else if (word === "type") filter.kind = words.need();
    else if (word === "vrf") throw notModelled(word);
    else if (word === "group") filter.group = groupOf(words.need());
    else if (word === "help") throw notModelled("help");
    else {
      const name = word === "dev" ? words.need() : word;
      if (device !== undefined) throw garbage("dev", name);
      device = name;
    }
  }
  if (device !== undefined) filter.device = deviceOr(ns, device, `Device "${device}" does not exist.\n`);
  return filter;
}

/** "all" is no condition. */
function scopeFilter(word: string): number | undefined {
  if (word === "all") return undefined;
  return scopeOf(word, 'invalid "scope"');
}

function masterNamed(ns: IpContext["ns"], name: string): string {
  if (ns.devices.byName(name) === undefined) throw invalidArgument("Device does not exist", name);
  return name;
}

function chosen(device: BaseDevice, filter: Filter): boolean {
  if (filter.group !== undefined && filter.group !== device.group) return false;
  if (filter.device !== undefined && filter.device !== device) return false;
  if (filter.up && !device.up) return false;
  if (filter.nomaster && device.master !== undefined) return false;
  if (filter.master !== undefined && device.master?.name !== filter.master) return false;
  if (filter.kind === "bridge_slave") return device.master !== undefined;
  return filter.kind === undefined || (device.kind === filter.kind && KINDS.includes(filter.kind));
}

function withAddresses(devices: readonly BaseDevice[], filter: Filter, { ns, options }: IpContext): { device: BaseDevice; addresses: Address[] }[] {
  const nowMs = ns.world.scheduler.nowMs;
  const all = devices.map((device) => ({ device, addresses: ns.addresses.of(device).filter((address) => fits(address, filter, nowMs)) }));
  // ipaddr_filter(): a device without one that fits is left out; one that has none at all stays, unless a family was asked for.
  const needed = filter.to !== undefined || filter.label !== undefined || options.family === "inet" || (options.oneline && !options.json);
  return all.filter(({ device, addresses }) => addresses.length > 0 || (!needed && ns.addresses.of(device).length === 0));
}

function fits(address: Address, filter: Filter, nowMs: number): boolean {
  if (filter.to !== undefined && !inCidr(address.local, filter.to)) return false;
  if (filter.scope !== undefined && address.scope !== filter.scope) return false;
  if (filter.label !== undefined && !patternMatches(compilePattern(filter.label), address.label)) return false;
  const flags = addressFlags(address, nowMs);
  for (const [flag, wanted] of filter.flags) if (flags.includes(flag) !== wanted) return false;
  return true;
}

function textOf(device: BaseDevice, addresses: readonly Address[], context: IpContext, link: boolean, filter: Filter): string {
  const { options } = context;
  if (options.brief) return briefText(device, addresses, context, link);
  if (link) return `${linkText(device, context, true)}\n`;
  if (options.oneline) return addresses.map((address) => `${device.index}: ${device.name}    ${addressText(address, context, "\\")}\n`).join("");
  const lines = addresses.map((address) => `    ${addressText(address, context, "\n")}\n`).join("");
  if (filter.label !== undefined) return lines;
  const own: IpContext = filter.to !== undefined || options.family === "inet" ? { ...context, options: { ...options, family: "inet" } } : context;
  // The counters stand below the addresses.
  const counters = options.statistics > 0 ? `${statistics(device, options.statistics).join("\n")}\n` : "";
  return `${linkText(device, { ...own, options: { ...own.options, statistics: 0 } }, false)}\n${lines}${counters}`;
}

function briefText(device: BaseDevice, addresses: readonly Address[], { ns }: IpContext, link: boolean): string {
  const start = `${fullName(device, ns).padEnd(16)} ${stateOf(device).padEnd(14)} `;
  if (link) return `${start}${printMac(device.mac)} <${flagsOf(device, ns).join(",")}> \n`;
  return `${start}${addresses.map((address) => `${printIp(address.local)}${address.peer !== address.local ? ` peer ${printIp(address.peer)}` : ""}/${address.bits} ${address.metric === 0 ? "" : `metric ${address.metric} `}`).join("")}\n`;
}

function lifetime(seconds: number): string {
  return seconds === FOREVER ? "forever" : `${seconds}sec`;
}

/** INFINITY_LIFE_TIME. */
const FOREVER = 0xffff_ffff;

/** What is left of both lifetimes: inet_fill_ifaddr(). One that goes on for ever has no preference left to run out. */
function lifetimes({ validSeconds, preferredSeconds, addedMs }: Address, nowMs: number): readonly [valid: number, preferred: number] {
  if (validSeconds === undefined) return [FOREVER, FOREVER];
  const gone = Math.floor((nowMs - addedMs) / 1000);
  return [Math.max(0, validSeconds - gone), preferredSeconds === undefined ? FOREVER : Math.max(0, preferredSeconds - gone)];
}

export function addressText(address: Address, { ns }: IpContext, newline: string): string {
  const { local, peer, bits, broadcast, label, scope, metric } = address;
  const { nowMs } = ns.world.scheduler;
  const [valid, preferred] = lifetimes(address, nowMs);
  const where = peer === local ? `${printIp(local)}/${bits}` : `${printIp(local)} peer ${printIp(peer)}/${bits}`;
  const words = [`inet ${where}`];
  if (metric !== 0) words.push(`metric ${metric}`);
  if (broadcast !== undefined) words.push(`brd ${printIp(broadcast)}`);
  words.push(`scope ${scopeName(scope)}`);
  words.push(...addressFlags(address, nowMs).filter((flag) => flag !== "permanent"));
  words.push(label);
  return `${words.join(" ")}${newline}       valid_lft ${lifetime(valid)} preferred_lft ${lifetime(preferred)}`;
}

function jsonOf(device: BaseDevice, addresses: readonly Address[], context: IpContext, link: boolean): Record<string, unknown> {
  if (context.options.brief) return { ...linkOf(device, context.ns), ifname: device.name, operstate: stateOf(device), ...(link ? { address: printMac(device.mac), flags: flagsOf(device, context.ns) } : { addr_info: addresses.map(({ local, bits }) => ({ local: printIp(local), prefixlen: bits })) }) };
  const json = linkJson(device, context, link);
  return link ? json : { ...json, addr_info: addresses.map((address) => addressJson(address, context)) };
}

function addressJson(address: Address, { ns }: IpContext): Record<string, unknown> {
  const { local, peer, bits, broadcast, label, scope, metric } = address;
  const { nowMs } = ns.world.scheduler;
  const [valid, preferred] = lifetimes(address, nowMs);
  const json: Record<string, unknown> = { family: "inet", local: printIp(local) };
  if (peer !== local) json.address = printIp(peer);
  json.prefixlen = bits;
  if (metric !== 0) json.metric = metric;
  if (broadcast !== undefined) json.broadcast = printIp(broadcast);
  json.scope = scopeName(scope);
  for (const flag of addressFlags(address, nowMs)) if (flag !== "permanent") json[flag] = true;
  return { ...json, label, valid_life_time: valid, preferred_life_time: preferred };
}

/** True for the words that mean "list". */
export function isShow(word: string | undefined): boolean {
  return word === undefined || matches(word, "show") || matches(word, "lst") || matches(word, "list");
}
