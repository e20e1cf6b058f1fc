/** What DNAT, SNAT, MASQUERADE and REDIRECT have in common: ranges on the command line. */
import { type Ip, printIp } from "../../wire/ip";
import type { NatRange } from "../nat";
import { parseAddress } from "./address";
import { type OptionSpec, parseNumber, type ParseContext } from "./extension";
import { servicePort } from "./names";
import { fail } from "./problem";

export type NatOptions = { range: NatRange };

const WITH_PORTS: readonly number[] = [6, 17, 132, 33, 1];

export function mayHavePorts({ header }: ParseContext): boolean {
  return WITH_PORTS.includes(header.proto);
}

/** `[address[-address]][:port[-port[/base]]]`. */
export function parseTarget(text: string, context: ParseContext, withBase: boolean): NatRange {
  const bad = (name: string): never => fail(`Bad IP address "${name}"`);
  if (text.startsWith("[")) fail("Invalid address format");
  const colon = text.indexOf(":");
  if (colon >= 0 && text.includes(":", colon + 1)) bad(text);
  const addresses = colon < 0 ? text : text.slice(0, colon);
  if (colon >= 0 && !mayHavePorts(context)) fail("Need TCP, UDP, SCTP or DCCP with port specification");
  const ports = colon < 0 ? undefined : parsePorts(text.slice(colon + 1), withBase);
  if (addresses === "" && ports) return { ports };
  const dash = addresses.indexOf("-");
  const first = dash < 0 ? addresses : addresses.slice(0, dash);
  const min = parseAddress(first) ?? bad(first);
  const second = dash < 0 ? first : addresses.slice(dash + 1);
  const max = dash < 0 ? min : (parseAddress(second) ?? bad(second));
  return { addresses: { min, max }, ...(ports && { ports }) };
}

/** parse_ports of libxt_NAT.c. A source range reads a base and keeps 0 for it. */
export function parsePorts(text: string, withBase: boolean): NonNullable<NatRange["ports"]> {
  const first = portAt(text);
  const min = first.port;
  if (first.rest === "") return { min, max: min };
  if (!first.rest.startsWith("-")) fail(`Garbage after port value: \`${first.rest}'`);
  const second = portAt(first.rest.slice(1));
  const max = second.port;
  if (max < min) fail(`Port range \`${first.rest.slice(1)}' funky`);
  if (second.rest === "") return { min, max };
  if (!second.rest.startsWith("/")) fail(`Garbage after port range: \`${second.rest}'`);
  const base = portAt(second.rest.slice(1));
  if (base.rest !== "") fail(`Garbage after base port: \`${base.rest}'`);
  return { min, max, base: withBase ? base.port : 0 };
}

/** The number a text begins with, and what is behind it; a service's name stands alone. */
function portAt(text: string): { readonly port: number; readonly rest: string } {
  const digits = /^(?:0x[0-9a-f]+|\d+)/i.exec(text)?.[0];
  const named = digits === undefined ? servicePort(text, undefined) : undefined;
  if (named !== undefined) return { port: named, rest: "" };
  const port = digits === undefined ? undefined : parseNumber(digits, 0, 65_535);
  return port === undefined ? fail(`Port \`${text}' not valid`) : { port, rest: text.slice(digits?.length ?? 0) };
}

/** --to-ports: no address, so a colon can only be meant for a dash. */
export function parseToPorts(text: string, context: ParseContext): NonNullable<NatRange["ports"]> {
  if (!mayHavePorts(context)) fail("Need TCP, UDP, SCTP or DCCP with port specification");
  if (text.includes(":")) fail("Invalid port:port syntax - use dash");
  return parsePorts(text, false);
}

export function rangeText({ addresses, ports }: NatRange): string {
  const ips = addresses ? `${printIp(addresses.min as Ip)}${addresses.max !== addresses.min ? `-${printIp(addresses.max as Ip)}` : ""}` : "";
  return ips + (ports ? `:${portsText(ports)}` : "");
}

export function portsText({ min, max, base }: NonNullable<NatRange["ports"]>): string {
  return `${min}${max !== min ? `-${max}${base !== undefined ? `/${base}` : ""}` : ""}`;
}

export const randomFlag: OptionSpec<NatOptions> = { flag: true, set: (o) => void (o.range = { ...o.range, random: true }) };
export const randomFullyFlag: OptionSpec<NatOptions> = { flag: true, set: (o) => void (o.range = { ...o.range, randomFully: true }) };
export const persistentFlag: OptionSpec<NatOptions> = { flag: true, set: (o) => void (o.range = { ...o.range, persistent: true }) };

export function flagsText({ random, randomFully, persistent }: NatRange, dashes: string): string {
  return `${random ? ` ${dashes}random` : ""}${randomFully ? ` ${dashes}random-fully` : ""}${persistent ? ` ${dashes}persistent` : ""}`;
}
