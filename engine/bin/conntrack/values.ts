/** What stands behind conntrack(8)'s options, read as conntrack.c reads it: nearly everything is a number of some sort. */
import { STATUS } from "../../netfilter/connection";
import { TCP_STATES } from "../../netfilter/conntrack-tcp-states";
import { type Ip, maskOf } from "../../wire/ip";
import { usage } from "./usage";

export type Net = { readonly address: Ip; readonly mask: Ip };

/** nfct_set_addr_from_opt: an address, where it may be with a length behind a slash. */
export function parseNet(text: string): Net {
  const [left = "", bits] = text.split("/");
  const address = looseIp(left) ?? usage(`Invalid IP address \`${left}'`);
  if (bits === undefined) return { address, mask: maskOf(32) };
  const mask = bits === "" || (/^\d+$/.test(bits) && Number(bits) <= 32) ? maskOf(Number(bits)) : usage("Invalid netmask");
  return { address: ((address & mask) >>> 0) as Ip, mask };
}

/** inet_aton(3): the last number fills what is left. */
function looseIp(text: string): Ip | undefined {
  const parts = text.split(".").map((part) => (/^(?:0x[0-9a-f]+|\d+)$/i.test(part) ? Number(part) : Number.NaN));
  const last = parts.at(-1) ?? Number.NaN;
  if (parts.length > 4 || !(last < 256 ** (5 - parts.length)) || parts.slice(0, -1).some((part) => !(part < 256))) return undefined;
  return parts.slice(0, -1).reduce((sum, part, at) => sum + part * 256 ** (3 - at), last) as Ip;
}

/** An address of the other family; which is as much as is known of that family here. */
export const isIpv6 = (text: string): boolean => /^[0-9a-f:.]+(?:\/\d+)?$/i.test(text) && text.split(":").length > 2;

/** strtoul(3) with base 0: what is no number is 0. */
export function number(text: string): number {
  const m = /^\s*([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i.exec(text);
  if (!m) return 0;
  const digits = m[2] ?? "0";
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return m[1] === "-" ? (2 ** 32 - (value % 2 ** 32)) % 2 ** 32 : value;
}

export const port = (text: string): number => number(text) & 0xffff;

export type Mark = { readonly value: number; readonly mask: number };

export function parseMark(text: string): Mark {
  const [value = "", mask] = text.split("/");
  return { value: number(value) >>> 0, mask: mask === undefined ? 0xffff_ffff : number(mask) >>> 0 };
}

/** parse_parameter: words between commas, shortened and in any case; what it stumbles over it shows from there to the end. */
export function parameters(text: string, known: readonly string[]): string[] {
  const found: string[] = [];
  for (let rest = text; ; ) {
    const comma = rest.indexOf(",");
    const word = (comma < 0 ? rest : rest.slice(0, comma)).toLowerCase();
    if (comma < 0 && word === "") usage(`Bad parameter \`${rest}'`);
    found.push(known.find((each) => each.toLowerCase().startsWith(word)) ?? usage(`Bad parameter \`${rest}'`));
    if (comma < 0) return found;
    rest = rest.slice(comma + 1);
  }
}

const STATUSES: Readonly<Record<string, number>> = { ASSURED: STATUS.assured, SEEN_REPLY: STATUS.seenReply, UNSET: 0, FIXED_TIMEOUT: STATUS.fixedTimeout, EXPECTED: STATUS.expected, OFFLOAD: 0, HW_OFFLOAD: 0, UNREPLIED: 0, SRC_NAT: 0, DST_NAT: 0 };
const STATUS_NAMES = Object.keys(STATUSES);

/** Bits that must be set, and UNREPLIED, which is a bit that must not; words that are waved aside, with a warning. */
export function parseStatus(text: string): { readonly bits: number; readonly unreplied: boolean; readonly offload: boolean; readonly ignored: readonly string[] } {
  const words = parameters(text, STATUS_NAMES);
  return {
    bits: words.reduce((bits, word) => bits | (STATUSES[word] ?? 0), 0),
    unreplied: words.includes("UNREPLIED"),
    offload: words.some((word) => word.endsWith("OFFLOAD")),
    ignored: words.filter((word) => word.endsWith("_NAT")),
  };
}

const OUTPUTS = ["xml", "extended", "timestamp", "id", "ktimestamp", "labels", "userspace", "save"];
export const parseOutputs = (text: string): string[] => parameters(text, OUTPUTS);

const EVENTS = ["ALL", "NEW", "UPDATES", "DESTROY"];
export const parseEvents = (text: string): string[] => parameters(text, EVENTS);

export function tcpState(text: string): number {
  const at = text === "LISTEN" ? TCP_STATES.length - 1 : (TCP_STATES as readonly string[]).indexOf(text);
  return at < 0 ? usage(`unknown TCP state \`${text}'`) : at;
}

/** --src-nat and its kin: an address, and a port or two behind a colon. */
export function parseNat(text: string, option: string): { readonly address: Ip; readonly port: number | undefined } | undefined {
  if (text === "") return undefined;
  const [left = "", ports] = text.split(":");
  if (ports !== undefined && !/^\d+$/.test(ports)) usage(`Invalid port \`${ports}'`);
  const { address } = parseNet(left);
  if (left.includes("/")) usage(`CIDR notation unavailable for \`--${option}'`);
  return { address, port: ports === undefined ? undefined : port(ports) };
}
