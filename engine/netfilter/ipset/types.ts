/**
 * The types of sets: what an element of each is made of, and how one is looked for
 * (net/netfilter/ipset/ip_set_hash_*.c, ip_set_bitmap_port.c).
 *
 * Differs: hash:mac, the bitmap:ip types, hash:net,net, list:set and the like are refused by name.
 */
import { type Cidr, type Ip, networkOf, parseCidr, parseIp, printIp } from "../../wire/ip";
import { protocolName, protocolNumber, servicePort } from "../iptables/names";

/** What one comma-separated part of an element says. */
export type Part = "ip" | "net" | "port" | "number";

export type SetType = { readonly name: string; readonly parts: readonly Part[]; readonly revision: number };

export const SET_TYPES: readonly SetType[] = [
  { name: "hash:ip", parts: ["ip"], revision: 6 },
  { name: "hash:net", parts: ["net"], revision: 7 },
  { name: "hash:ip,port", parts: ["ip", "port"], revision: 7 },
  { name: "hash:net,port", parts: ["net", "port"], revision: 8 },
  { name: "hash:ip,port,ip", parts: ["ip", "port", "ip"], revision: 6 },
  { name: "hash:ip,port,net", parts: ["ip", "port", "net"], revision: 8 },
  { name: "bitmap:port", parts: ["number"], revision: 3 },
];

/** Known to ipset(8), and left out here. */
export const OTHER_TYPES = ["hash:mac", "hash:ip,mac", "hash:ip,mark", "hash:net,net", "hash:net,port,net", "hash:net,iface", "bitmap:ip", "bitmap:ip,mac", "list:set"];

/** An element: addresses with their lengths, protocol and port; what a type does not have is 0. */
export type Key = { readonly ip: Ip; readonly bits: number; readonly proto: number; readonly port: number; readonly ip2: Ip; readonly bits2: number };

export const NO_KEY: Key = { ip: 0 as Ip, bits: 32, proto: 0, port: 0, ip2: 0 as Ip, bits2: 32 };

export class SyntaxProblem extends Error {}

const ORDINALS = ["", "Second", "Third"];
/** A range that would fill any set is not written out. */
const MOST_ELEMENTS = 65_536;

/** All elements that a written one stands for: ranges and networks of hosts are written out. */
export function parseElement(type: SetType, written: string): Key[] {
  const words = written.split(",");
  if (words.length > type.parts.length) throw new SyntaxProblem(type.parts.length === 1 ? `Elem separator in ${written}, but settype ${type.name} supports none.` : `Syntax error: Elem separator in ${written}`);
  let keys: Key[] = [NO_KEY];
  type.parts.forEach((part, index) => {
    const word = words[index];
    if (word === undefined) throw new SyntaxProblem(`${ORDINALS[index]} element is missing from ${written}.`);
    keys = keys.flatMap((key) => expand(part, word, index).map((more) => ({ ...key, ...more })));
    if (keys.length > MOST_ELEMENTS) throw new SyntaxProblem(`${written} has too many elements`);
  });
  return keys;
}

function expand(part: Part, word: string, index: number): Partial<Key>[] {
  switch (part) {
    case "ip":
      return addresses(word).map((ip) => (index === 0 ? { ip } : { ip2: ip }));
    case "net": {
      const { address, bits } = network(word);
      const ip = networkOf(address, bits);
      return [index === 0 ? { ip, bits } : { ip2: ip, bits2: bits }];
    }
    case "port":
      return protocolAndPort(word);
    case "number":
      return ports(word.replace(/^[a-z]+:/, ""), "tcp").map((port) => ({ port }));
  }
}

function cannotResolve(word: string): SyntaxProblem {
  return new SyntaxProblem(`cannot parse ${word}: resolving to IPv4 address failed`);
}

function addresses(word: string): Ip[] {
  const [first = "", last] = word.split("-");
  const from = parseCidr(first);
  if (from === undefined) throw cannotResolve(first.split("/")[0] ?? first);
  const to = last === undefined ? undefined : parseIp(last);
  if (last !== undefined && to === undefined) throw cannotResolve(last);
  const start = networkOf(from.address, from.bits);
  const count = to === undefined ? 2 ** (32 - from.bits) : to - from.address + 1;
  if (count > MOST_ELEMENTS) throw new SyntaxProblem(`${word} has too many elements`);
  return Array.from({ length: Math.max(0, count) }, (_, i) => (((to === undefined ? start : from.address) + i) >>> 0) as Ip);
}

function network(word: string): Cidr {
  const cidr = parseCidr(word);
  if (cidr === undefined) throw cannotResolve(word.split("/")[0] ?? word);
  return cidr;
}

/** ICMP types by name, as iptables knows them too. */
const ICMP_NAMES: readonly (readonly [string, number, number])[] = [
  ["echo-reply", 0, 0],
  ["network-unreachable", 3, 0],
  ["host-unreachable", 3, 1],
  ["protocol-unreachable", 3, 2],
  ["port-unreachable", 3, 3],
  ["fragmentation-needed", 3, 4],
  ["source-route-failed", 3, 5],
  ["network-redirect", 5, 0],
  ["host-redirect", 5, 1],
  ["echo-request", 8, 0],
  ["ttl-zero-during-transit", 11, 0],
  ["ttl-zero-during-reassembly", 11, 1],
];

function protocolAndPort(word: string): Partial<Key>[] {
  const colon = word.indexOf(":");
  const name = colon < 0 ? "tcp" : word.slice(0, colon);
  const rest = colon < 0 ? word : word.slice(colon + 1);
  const proto = /^\d+$/.test(name) ? Number(name) : protocolNumber(name);
  if (proto === undefined || proto > 255) throw new SyntaxProblem(`cannot parse '${name}' as a protocol`);
  if (proto === 1) return [{ proto, port: icmpCode(rest) }];
  if (proto !== 6 && proto !== 17 && proto !== 132 && proto !== 136) return [{ proto, port: 0 }];
  return ports(rest, proto === 6 ? "tcp" : "udp").map((port) => ({ proto, port }));
}

function icmpCode(word: string): number {
  const named = ICMP_NAMES.find(([name]) => name === word || (name === "echo-request" && word === "ping") || (name === "echo-reply" && word === "pong"));
  if (named) return named[1] * 256 + named[2];
  const m = /^(\d+)\/(\d+)$/.exec(word);
  if (m === null) throw new SyntaxProblem(`cannot parse ${word} as an ICMP type`);
  return Number(m[1]) * 256 + Number(m[2]);
}

function ports(word: string, proto: string): number[] {
  const [first = "", last] = word.split("-");
  const from = portOf(first, proto);
  const to = last === undefined ? from : portOf(last, proto);
  return Array.from({ length: Math.max(0, Math.max(from, to) - Math.min(from, to) + 1) }, (_, i) => Math.min(from, to) + i);
}

function portOf(word: string, proto: string): number {
  const port = /^\d+$/.test(word) ? Number(word) : servicePort(word, proto);
  if (port === undefined || port > 65535) throw new SyntaxProblem(`'${word}' is out of range 0-65535\nSyntax error: 'tcp' is invalid as number\ncannot parse '${word}' as a tcp port`.replace(/^'\D.*\n/, ""));
  return port;
}

export function printElement(type: SetType, key: Key): string {
  return type.parts.map((part, index) => printPart(part, key, index)).join(",");
}

function printPart(part: Part, { ip, bits, proto, port, ip2, bits2 }: Key, index: number): string {
  switch (part) {
    case "ip":
      return printIp(index === 0 ? ip : ip2);
    case "net":
      return index === 0 ? printNetwork(ip, bits) : printNetwork(ip2, bits2);
    case "number":
      return String(port);
    case "port":
      return `${protocolName(proto) ?? proto}:${proto === 1 ? printIcmp(port) : port}`;
  }
}

function printNetwork(ip: Ip, bits: number): string {
  return bits === 32 ? printIp(ip) : `${printIp(ip)}/${bits}`;
}

function printIcmp(code: number): string {
  const [type, sub] = [code >> 8, code & 255];
  return ICMP_NAMES.find(([, t, c]) => t === type && c === sub)?.[0] ?? `${type}/${sub}`;
}

