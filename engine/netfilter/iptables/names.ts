/**
 * Names for protocols and ports as iptables asks for them: getprotobyname(3) and getservbyname(3) over
 * netbase's files, after what it knows itself.
 */
import { PROTOCOL_NUMBERS as SYSTEM, SERVICE_LIST } from "../../wire/netbase";

/** What iptables itself knows before it asks the system (xtables_chain_protos). */
const OWN: readonly (readonly [string, number])[] = [
  ["tcp", 6],
  ["sctp", 132],
  ["udp", 17],
  ["udplite", 136],
  ["icmp", 1],
  ["icmpv6", 58],
  ["ipv6-icmp", 58],
  ["esp", 50],
  ["ah", 51],
  ["ipv6-mh", 135],
  ["mh", 135],
  ["all", 0],
];

const BY_NAME: ReadonlyMap<string, number> = new Map([...SYSTEM, ...OWN]);
/** The system's name for a number goes before iptables' own; the first of several wins. */
const BY_NUMBER: ReadonlyMap<number, string> = new Map([...SYSTEM, ...OWN].reverse().map(([name, number]) => [number, name]));

const ALL_SERVICES = SERVICE_LIST.flatMap(({ name, aliases, port, protocols }) => [name, ...aliases].map((each) => ({ name: each, port, protocols })));

const PORTS: ReadonlyMap<string, number> = new Map(ALL_SERVICES.flatMap(({ name, port, protocols }) => [...protocols].map((letter): [string, number] => [`${name}/${letter}`, port])));
const NAMES: ReadonlyMap<string, string> = new Map([...ALL_SERVICES].reverse().flatMap(({ name, port, protocols }) => [...protocols].map((letter): [string, string] => [`${port}/${letter}`, name])));

/** By number, "all", or name. */
export function protocolNumber(text: string): number | undefined {
  return BY_NAME.get(text);
}

export function protocolName(number: number): string | undefined {
  return BY_NUMBER.get(number);
}

const letterOf = (proto: string | undefined): string => (proto === undefined ? "t" : proto.charAt(0));

/** A service of this protocol; without one, of any (TCP first). */
export function servicePort(name: string, proto: string | undefined): number | undefined {
  if (proto !== undefined) return PORTS.get(`${name}/${letterOf(proto)}`);
  return PORTS.get(`${name}/t`) ?? PORTS.get(`${name}/u`) ?? PORTS.get(`${name}/s`);
}

export function serviceName(port: number, proto: string | undefined): string | undefined {
  return NAMES.get(`${port}/${letterOf(proto)}`);
}
