/** Ports on the command line and in listings, for all matches that have them. */
import { parseNumber, type ParseContext } from "./extension";
import { protocolName, serviceName, servicePort } from "./names";
import { fail } from "./problem";

/** xtables_parse_port: a number, or a service's name. */
export function parsePort(text: string, proto: string | undefined): number {
  return parseNumber(text, 0, 65_535) ?? servicePort(text, proto) ?? fail(`invalid port/service \`${text}' specified`);
}

/**
 * xtables_getportbyname: getaddrinfo(3) reads decimal digits alone and keeps sixteen bits of them;
 * an empty text is port 0. For the extensions that leave ports to XTTYPE_PORT.
 */
export function namedPort(text: string): number {
  if (/^\s*\+?\d*$/.test(text)) return Number(text) & 0xffff;
  return servicePort(text, undefined) ?? fail(`Port "${text}" does not resolve to anything.\n`);
}

/** XTTYPE_PORTRC: nobody asks which of the two is greater. */
export function namedPortRange(extension: string, option: string, text: string): PortRange {
  const [left = "", right, more] = text.split(":");
  if (more !== undefined) fail(`${extension}: Too many components for option "--${option}" (max: 2)\n`);
  if (right === undefined) {
    const port = namedPort(left);
    return { min: port, max: port };
  }
  return { min: left === "" ? 0 : namedPort(left), max: right === "" ? 65_535 : namedPort(right) };
}

export type PortRange = { readonly min: number; readonly max: number };

/** `80`, `80:90`, `:90`, `1024:`. */
export function parsePortRange(text: string, proto: string | undefined): PortRange {
  const colon = text.indexOf(":");
  if (colon < 0) {
    const port = parsePort(text, proto);
    return { min: port, max: port };
  }
  const [left, right] = [text.slice(0, colon), text.slice(colon + 1)];
  const min = left === "" ? 0 : parsePort(left, proto);
  const max = right === "" ? 65_535 : parsePort(right, proto);
  if (min > max) fail("invalid portrange (min > max)");
  return { min, max };
}

export const portText = (port: number, numeric: boolean, proto: string | undefined): string => (numeric ? undefined : serviceName(port, proto)) ?? String(port);

/** `dpt:80`, `dpts:80:90`, `dpt:!80`: as -L shows it, with a blank behind. */
export function listPorts(name: string, { min, max }: PortRange, inverted: boolean, numeric: boolean, proto: string): string {
  if (min === 0 && max === 65_535 && !inverted) return "";
  const not = inverted ? "!" : "";
  return min === max ? `${name}:${not}${portText(min, numeric, proto)}` : `${name}s:${not}${portText(min, numeric, proto)}:${portText(max, numeric, proto)}`;
}

/** `! --dport 80:90`, as iptables-save writes it; of the full range it loses even the "!". */
export function savePorts(option: string, { min, max }: PortRange, inverted: boolean): string {
  if (min === 0 && max === 65_535) return "";
  return `${inverted ? "! " : ""}--${option} ${min === max ? min : `${min}:${max}`}`;
}

/** The protocol named by -p, if it was. */
export function protocolOf({ header }: Pick<ParseContext, "header">): string | undefined {
  return header.proto === 0 ? undefined : protocolName(header.proto);
}

export const joined = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== "").join(" ");
