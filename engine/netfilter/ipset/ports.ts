/** `[proto:]port` of an element, read and printed: ipset_parse_proto_port() and its kin. */
import { protocolName, protocolNumber, servicePort } from "../iptables/names";
import { Failure, readNumber, syntax } from "./problem";

export type PortSpan = { readonly proto: number; readonly port: number; readonly portTo?: number };

const ICMP = 1;
const ICMPV6 = 58;
export const WITH_PORTS: readonly number[] = [6, 17, 132, 136];

/** Names of ICMP types and codes: the first of a number is the one printed. */
const ICMP_NAMES: readonly (readonly [string, number, number])[] = [
  ["echo-reply", 0, 0], ["pong", 0, 0], ["network-unreachable", 3, 0], ["host-unreachable", 3, 1], ["protocol-unreachable", 3, 2], ["port-unreachable", 3, 3],
  ["fragmentation-needed", 3, 4], ["source-route-failed", 3, 5], ["network-unknown", 3, 6], ["host-unknown", 3, 7], ["network-prohibited", 3, 9], ["host-prohibited", 3, 10],
  ["TOS-network-unreachable", 3, 11], ["TOS-host-unreachable", 3, 12], ["communication-prohibited", 3, 13], ["host-precedence-violation", 3, 14], ["precedence-cutoff", 3, 15],
  ["source-quench", 4, 0], ["network-redirect", 5, 0], ["host-redirect", 5, 1], ["TOS-network-redirect", 5, 2], ["TOS-host-redirect", 5, 3], ["echo-request", 8, 0], ["ping", 8, 0],
  ["router-advertisement", 9, 0], ["router-solicitation", 10, 0], ["ttl-zero-during-transit", 11, 0], ["ttl-zero-during-reassembly", 11, 1], ["ip-header-bad", 12, 0],
  ["required-option-missing", 12, 1], ["timestamp-request", 13, 0], ["timestamp-reply", 14, 0], ["address-mask-request", 17, 0], ["address-mask-reply", 18, 0],
];

/** Splits at the first separator that has something before and after it. */
export function splitAt(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at <= 0 || at === text.length - 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

export function readProtocol(word: string): number {
  const known = ["all", "mh"].includes(word) ? undefined : (protocolNumber(word) ?? (word === word.toUpperCase() && /[A-Z]/.test(word) ? protocolNumber(word.toLowerCase()) : undefined));
  if (known === 0) throw syntax(`Unsupported protocol '${word}'`);
  if (known !== undefined) return known;
  if (!/^\d+$/.test(word) || Number(word) > 255) throw syntax(`cannot parse '${word}' as a protocol`);
  return Number(word);
}

/** One port: a service of the protocol, or a number; a name in brackets may contain a dash. */
function readPort(written: string, proto: string): number {
  const word = /^\[(.*)\]$/.exec(written)?.[1] ?? written;
  const service = servicePort(word, proto);
  if (service !== undefined) return service;
  try {
    return readNumber(word, 0, 65535);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}\nSyntax error: '${proto}' is invalid as number\ncannot parse '${word}' as a ${proto} port`);
  }
}

export function readPorts(text: string, proto: string): { readonly port: number; readonly portTo?: number } {
  const bracket = /^(\[[^\]]*\])(?:-(.+))?$/.exec(text);
  const [first, last] = bracket ? [bracket[1] as string, bracket[2]] : splitAt(text, "-");
  // The end is looked at first.
  const portTo = last === undefined ? undefined : readPort(last, proto);
  const port = readPort(first, proto);
  return portTo === undefined ? { port } : { port, portTo };
}

function readIcmp(word: string): number {
  const named = ICMP_NAMES.find(([name]) => name === word);
  if (named) return named[1] * 256 + named[2];
  const [type, code] = splitAt(word, "/");
  if (code === undefined) throw new Failure(`Cannot parse ${word} as an ICMP type/code.`);
  return readNumber(type, 0, 255) * 256 + readNumber(code, 0, 255);
}

export function readProtoPort(text: string): PortSpan {
  const [name, rest] = splitAt(text, ":");
  if (rest === undefined) return { proto: 6, ...readPorts(text, "tcp") };
  const proto = readProtocol(name);
  if (WITH_PORTS.includes(proto)) return { proto, ...readPorts(rest, protocolName(proto) ?? "tcp") };
  if (proto === ICMP) return { proto, port: readIcmp(rest) };
  if (proto === ICMPV6) throw syntax("Protocol ICMPv6 can be used with family inet6 only\nInvalid add command: missing setname");
  if (rest !== "0") throw syntax(`Protocol ${name} can be used with pseudo port value 0 only.`);
  return { proto, port: 0 };
}

/** bitmap:port: TCP or UDP, which only tells whose services are meant. */
export function readTcpUdpPorts(text: string): { readonly port: number; readonly portTo?: number } {
  const [name, rest] = splitAt(text, ":");
  if (rest === undefined) return readPorts(text, "tcp");
  const proto = readProtocol(name);
  if (proto !== 6 && proto !== 17) {
    if (!WITH_PORTS.includes(proto) && rest !== "0") throw syntax(`Protocol ${name} can be used with pseudo port value 0 only.`);
    throw syntax("Only protocols TCP and UDP are valid");
  }
  return readPorts(rest, proto === 6 ? "tcp" : "udp");
}

export function printProtoPort({ proto, port, portTo }: PortSpan): string {
  const name = protocolName(proto);
  const shown = proto === ICMP ? (ICMP_NAMES.find(([, type, code]) => type * 256 + code === port)?.[0] ?? `${port >> 8}/${port & 255}`) : String(port);
  return `${proto === 0 || name === undefined ? proto : name}:${shown}${portTo === undefined ? "" : `-${portTo}`}`;
}
