/**
 * Addresses on iptables' command line: inet_aton's loose forms (10, 10.1, 0x0a000001, 010.0.0.1),
 * names, masks with holes; and how they are printed. xtables_ipparse_multiple() of xtables.c.
 */
import { type Ip, printIp } from "../../wire/ip";
import type { Netfilter } from "../attach";
import { parseNumber } from "./extension";
import { fail } from "./problem";

/** Signed 32-bit, as `&` yields them; the address is already masked. */
export type Network = { readonly address: number; readonly mask: number };

const [DOT, SLASH, ZERO] = [46, 47, 48] as const;

/**
 * xtables_numeric_to_ipaddr, which is not inet_aton: missing parts are zeros at the *end*, and
 * inet_aton is asked only afterwards: "10" is 10.0.0.0, "010.0.0.1" 8.0.0.1.
 */
export function parseAddress(text: string): Ip | undefined {
  const plain = text.includes("/") ? undefined : plainNetwork(text);
  if (plain) return (plain.address >>> 0) as Ip;
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const values = parts.map((part) => parseNumber(part));
  if (values.some((value) => value === undefined)) return undefined;
  const numbers = values as number[];
  if (numbers.length === 1 && (numbers[0] as number) > 255) return numbers[0] as Ip;
  if (numbers.some((value) => value > 255)) return undefined;
  return numbers.concat([0, 0, 0]).slice(0, 4).reduce((value, part) => value * 256 + part, 0) as Ip;
}

function parseMask(text: string): number {
  const bits = parseNumber(text, 0, 32);
  if (bits !== undefined && !text.includes(".")) return bits === 0 ? 0 : -1 << (32 - bits);
  const dotted = text.split(".").length === 4 ? parseAddress(text) : undefined;
  return dotted === undefined ? fail(`invalid mask \`${text}' specified`) : dotted | 0;
}

/** What nearly every one is: four decimal numbers, and a length. */
function plainNetwork(text: string): Network | undefined {
  let address = 0;
  let [part, digits, dots, at] = [0, 0, 0, 0];
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === SLASH) break;
    if (c === DOT) {
      if (digits === 0 || part > 255) return undefined;
      address = (address << 8) | part;
      [part, digits] = [0, 0];
      if (++dots > 3) return undefined;
      continue;
    }
    if (c < ZERO || c > ZERO + 9 || (digits > 0 && part === 0) || digits > 2) return undefined;
    part = part * 10 + c - ZERO;
    digits++;
  }
  if (dots !== 3 || digits === 0 || part > 255) return undefined;
  const bits = at === text.length ? 32 : parseNumber(text.slice(at + 1), 1, 32);
  if (bits === undefined) return undefined;
  const mask = -1 << (32 - bits);
  return { address: ((address << 8) | part) & mask, mask };
}

/** host[/mask][,host[/mask]…]: several make several rules. */
export function parseNetworks(text: string, netfilter: Pick<Netfilter, "resolveHost">): Network[] {
  const plain = plainNetwork(text);
  if (plain !== undefined) return [plain];
  return text.split(",").flatMap((part) => parseNetwork(part.trim(), netfilter));
}

function parseNetwork(text: string, netfilter: Pick<Netfilter, "resolveHost">): Network[] {
  const slash = text.lastIndexOf("/");
  const name = slash < 0 ? text : text.slice(0, slash);
  const mask = slash < 0 ? -1 : parseMask(text.slice(slash + 1));
  // With an empty mask the host is not even looked at.
  const found = mask === 0 && slash >= 0 ? [0] : addressesOf(name, netfilter);
  const networks = found.map((address) => ({ address: address & mask, mask }));
  return networks.filter((network, at) => networks.findIndex(({ address }) => address === network.address) === at);
}

function addressesOf(name: string, netfilter: Pick<Netfilter, "resolveHost">): readonly number[] {
  const address = parseAddress(name);
  if (address !== undefined) return [address];
  const found = name === "localhost" ? [0x7f00_0001] : netfilter.resolveHost(name);
  return found.length > 0 ? found : fail(`host/network \`${name}' not found`);
}

/** inet_aton: the last part fills what is left, so 10.1 is 10.0.0.1. */
function parseHost(text: string): Ip | undefined {
  const parts = text.split(".").map((part) => parseNumber(part));
  const last = parts.at(-1);
  if (parts.length > 4 || last === undefined || last >= 256 ** (5 - parts.length)) return undefined;
  let value = last;
  for (const [at, part] of parts.slice(0, -1).entries()) {
    if (part === undefined || part > 255) return undefined;
    value += part * 256 ** (3 - at);
  }
  return value as Ip;
}

/** XTTYPE_PLENMASK: a length, cut at 32, or a mask without holes; one with holes counts as a host's. */
export function parsePrefix(text: string): number | undefined {
  const bits = parseNumber(text, 0, 255);
  if (bits !== undefined) return Math.min(bits, 32);
  const dotted = text.includes(".") ? parseHost(text) : undefined;
  return dotted === undefined ? undefined : (prefixLength(dotted | 0) ?? 32);
}

/** inet_pton(3) of the other family. */
function isIpv6(text: string): boolean {
  const groups = text.split(":");
  const most = text.includes("::") ? 7 : 8;
  if (text.split("::").length > 2 || /^:[^:]|[^:]:$/.test(text) || !groups.every((group) => /^[0-9a-f]{0,4}$/i.test(group))) return false;
  const filled = groups.filter((group) => group !== "").length;
  return most === 8 ? filled === 8 && groups.length === 8 : filled <= most;
}

/** XTTYPE_HOSTMASK, of options that leave addresses to getaddrinfo(3): --ctorigsrc. The host's bits are kept. */
export function parseHostMask(extension: string, option: string, text: string, { resolveHost }: Pick<Netfilter, "resolveHost">): Network {
  const slash = text.indexOf("/");
  const bits = slash < 0 ? 32 : (parsePrefix(text.slice(slash + 1)) ?? fail(`${extension}: bad value for option "--${option}", neither a valid network mask nor valid CIDR (0-32).\n`));
  const name = slash < 0 ? text : text.slice(0, slash);
  const address = parseHost(name) ?? (name === "localhost" ? 0x7f00_0001 : resolveHost(name)[0]);
  if (address === undefined) fail(`getaddrinfo: ${/^(?!-)[\w-]*[a-z][\w.-]*$/i.test(name) ? "Temporary failure in name resolution" : isIpv6(name) ? "Address family for hostname not supported" : "Name or service not known"}\n`);
  return { address: address | 0, mask: bits === 0 ? 0 : -1 << (32 - bits) };
}

/** The prefix length of a mask; undefined when it has holes. */
export function prefixLength(mask: number): number | undefined {
  const bits = 32 - Math.clz32(~mask);
  return mask === (bits === 32 ? 0 : -1 << bits) ? 32 - bits : undefined;
}

/** 10.0.0.0/8, 10.0.0.0/255.0.255.0; a host bare. */
export function cidrText(address: number, mask: number): string {
  const bits = prefixLength(mask);
  const text = printIp((address >>> 0) as Ip);
  if (bits === 32) return text;
  return `${text}/${bits ?? printIp((mask >>> 0) as Ip)}`;
}
