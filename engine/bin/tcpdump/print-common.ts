/** What all of tcpdump's printers share. */
import { type Ip, printIp } from "../../wire/ip";
import { BROADCAST_MAC, type Mac, printMac } from "../../wire/mac";

export type PrintOptions = {
  /** How many -v. */
  readonly verbose: number;
  readonly quiet: boolean;
  readonly absoluteSequence: boolean;
  readonly noChecksum: boolean;
  readonly linkHeader: boolean;
};

/** How addresses and ports are called: numbers with -n, else names where there are any. */
export type Naming = { readonly host: (ip: Ip) => string; readonly service: (port: number, protocol: "tcp" | "udp") => string; readonly mac: (mac: Mac) => string; readonly protocol: (number: number) => string };

export const NUMBERS: Naming = { host: printIp, service: (port) => String(port), mac: printMac, protocol: (number) => `ip-proto-${number}` };

export function endpoint(ip: Ip, port: number, protocol: "tcp" | "udp", names: Naming): string {
  return `${names.host(ip)}.${names.service(port, protocol)}`;
}

/** What cannot be shown on a line. */
export function printable(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 9 ? "\t" : `\\0x${byte.toString(16).padStart(2, "0")}`;
  return out;
}

/** Without -n the maker of a network card is named; ours are made here. */
export function macWithMaker(mac: Mac): string {
  return mac === BROADCAST_MAC ? "Broadcast" : `${printMac(mac)} (oui Unknown)`;
}
