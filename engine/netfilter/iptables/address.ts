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

/**
 * xtables_numeric_to_ipaddr, which is not inet_aton: missing parts are zeros at the *end*, and
 * inet_aton is asked only afterwards: "10" is 10.0.0.0, "010.0.0.1" 8.0.0.1.
 */
export function parseAddress(text: string): Ip | undefined {
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

/** host[/mask][,host[/mask]…]: several make several rules. */
export function parseNetworks(text: string, netfilter: Pick<Netfilter, "resolveHost">): Network[] {
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

/** For options that take one network: --ctorigdst. */
export function parseCidrText(text: string, netfilter: Pick<Netfilter, "resolveHost">): Network {
  return parseNetworks(text, netfilter)[0] ?? fail(`host/network \`${text}' not found`);
}

/** The same with the host's bits kept, as --ctorigsrc keeps them. */
export function parseHostAndMask(text: string, netfilter: Pick<Netfilter, "resolveHost">): Network {
  const { mask } = parseCidrText(text, netfilter);
  const slash = text.lastIndexOf("/");
  return { address: (addressesOf(slash < 0 ? text : text.slice(0, slash), netfilter)[0] ?? 0) | 0, mask };
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
