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
  return WITH_PORTS.includes(header.proto) && !header.notProto;
}

/** `[address[-address]][:port[-port[/base]]]`. */
export function parseTarget(text: string, context: ParseContext, withBase: boolean): NatRange {
  const colon = text.indexOf(":");
  const addresses = colon < 0 ? text : text.slice(0, colon);
  if (colon >= 0 && !mayHavePorts(context)) fail("Need TCP, UDP, SCTP or DCCP with port specification");
  const ports = colon < 0 ? undefined : parsePorts(text.slice(colon + 1), withBase);
  if (addresses === "") return ports ? { ports } : {};
  const dash = addresses.indexOf("-");
  const bad = (name: string): never => fail(`Bad IP address "${name}"`);
  const first = dash < 0 ? addresses : addresses.slice(0, dash);
  const min = parseAddress(first) ?? bad(first);
  const second = dash < 0 ? first : addresses.slice(dash + 1);
  const max = dash < 0 ? min : (parseAddress(second) ?? bad(second));
  return { addresses: { min, max }, ...(ports && { ports }) };
}

export function parsePorts(text: string, withBase: boolean): NonNullable<NatRange["ports"]> {
  const [range = "", base, ...more] = text.split("/");
  const [left = "", right, ...rest] = range.split("-");
  const bad = (part: string): never => fail(`Port \`${part}' not valid`);
  const one = (part: string): number => parseNumber(part, 1, 65_535) ?? servicePort(part, undefined) ?? bad(part);
  if (more.length > 0 || rest.length > 0) bad(text);
  const min = one(left);
  const max = right === undefined ? min : one(right);
  if (max < min) fail(`Port range \`${range}' funky\n`);
  if (base === undefined) return { min, max };
  return withBase ? { min, max, base: one(base) } : bad(text);
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
