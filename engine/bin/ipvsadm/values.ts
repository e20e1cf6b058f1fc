/** The values of ipvsadm's options: numbers, addresses with ports, masks, marks, scheduler flags. */
import { servicePort } from "../../netfilter/iptables/names";
import type { Ip } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import { Failure } from "./problem";

export const SCTP = 132;
export type Resolve = (name: string) => Ip | undefined;
export type Endpoint = { readonly address: Ip; readonly address6?: string; readonly port: number | undefined };

/** string_to_number(): strtol in base ten, all of it. -1 when it is not one or not in the range. */
export function toNumber(written: string, min: number, max: number): number {
  if (!/^\s*[+-]?\d+$/.test(written)) return -1;
  const number = Number(written);
  return number >= min && number <= max ? number : -1;
}

export function timeout(written: string | undefined, min: number): number {
  const number = written === undefined ? 360 : toNumber(written, min, 31 * 24 * 60 * 60);
  if (number === -1) throw new Failure(`invalid timeout value \`${written}' specified`, 2);
  return number;
}

export function fwmark(written: string): number {
  const number = /^\s*[+-]?\d+$/.test(written) ? Number(written) : 0;
  if (number <= 0 || number > 0xffff_ffff) throw new Failure(`invalid fwmark value \`${written}' specified`, 2);
  return number;
}

/** inet_aton(): one to four parts, decimal, octal or hexadecimal. */
export function inetAton(written: string): Ip | undefined {
  const parts = written.split(".");
  if (parts.length > 4 || parts.some((part) => !/^(?:0x[\da-f]+|\d+)$/i.test(part) || /^0\d*[89]/.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  return (numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), 0) + last) as Ip;
}

/** inet_pton(AF_INET6) and back: the shortest spelling. */
export function inet6(written: string): string | undefined {
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(written)) return undefined;
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(written);
  const text = mapped ? `${mapped[1]}${(Number(mapped[2]) * 256 + Number(mapped[3])).toString(16)}:${(Number(mapped[4]) * 256 + Number(mapped[5])).toString(16)}` : written;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (halves.length === 1 ? head.length !== 8 : head.length + tail.length > 7) return undefined;
  if ([...head, ...tail].some((group) => !/^[\da-f]{1,4}$/i.test(group))) return undefined;
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill("0"), ...tail].map((group) => Number.parseInt(group, 16).toString(16));
  return shortest(groups);
}

function shortest(groups: readonly string[]): string {
  const runs = [...groups.join(":").matchAll(/(?<![\da-f])0(?::0)+(?![\da-f])/g)].map(({ 0: run, index }) => ({ run, index }));
  const longest = runs.reduce<(typeof runs)[number] | undefined>((best, run) => (best === undefined || run.run.length > best.run.length ? run : best), undefined);
  if (longest === undefined) return groups.join(":");
  const text = groups.join(":");
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest.run.length).replace(/^:/, "");
  return `${before}::${after}`;
}

const nameOf = (protocol: number): string => (protocol === PROTO.tcp ? "tcp" : protocol === PROTO.udp ? "udp" : "sctp");

function portOf(written: string, protocol: number): number | undefined {
  const number = toNumber(written, 0, 65535);
  return number !== -1 ? number : servicePort(written, nameOf(protocol));
}

/** parse_service(): host[:port], [address6]:port. Undefined: it is none. */
export function endpoint(written: string, protocol: number, resolve: Resolve): Endpoint | undefined {
  if (/^\d*$/.test(written)) return undefined;
  let host = written;
  let port: string | undefined;
  if (written.startsWith("[")) {
    const close = written.indexOf("]");
    if (close < 0 || written[close + 1] !== ":") return undefined;
    host = written.slice(1, close);
    port = written.slice(close + 2);
  }
  const address6 = inet6(host);
  if (address6 === undefined) {
    const colon = host.lastIndexOf(":");
    if (colon >= 0) [host, port] = [host.slice(0, colon), host.slice(colon + 1)];
    else port = undefined;
  }
  const address = address6 !== undefined ? (0 as Ip) : (inetAton(host) ?? resolve(host));
  if (address === undefined) return undefined;
  const number = port === undefined ? undefined : portOf(port, protocol);
  if (port !== undefined && number === undefined) return undefined;
  return { address, port: number, ...(address6 === undefined ? {} : { address6 }) };
}

/** Names that would have to be looked up before the options can be read. */
export function hostOf(written: string): string | undefined {
  if (/^\d*$/.test(written) || written.startsWith("[") || inet6(written) !== undefined) return undefined;
  const host = written.replace(/:[^:]*$/, "");
  return host === "" || inetAton(host) !== undefined ? undefined : host;
}

const FLAGS: Readonly<Record<string, { readonly bit: number; readonly scheduler?: string }>> = {
  "flag-1": { bit: 1 },
  "flag-2": { bit: 2 },
  "flag-3": { bit: 4 },
  "sh-fallback": { bit: 1, scheduler: "sh" },
  "sh-port": { bit: 2, scheduler: "sh" },
  "mh-fallback": { bit: 1, scheduler: "mh" },
  "mh-port": { bit: 2, scheduler: "mh" },
};

/** parse_sched_flags(): which looks at the first name before it knows that there is one. */
export function schedulerFlags(written: string, scheduler: string): number {
  const names = written.split(",").filter((part) => part !== "");
  if (names.length === 0) throw new Failure("Segmentation fault", 139);
  let bits = 0;
  for (const name of names) {
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
    if (flag === undefined) throw new Failure(`invalid scheduler flag \`${name}'`, 2);
    if (flag.scheduler !== undefined && flag.scheduler !== scheduler) throw new Failure(`incompatible scheduler flag \`${name}'`, 2);
    bits |= flag.bit;
  }
  return bits;
}

/** The names of the bits, as listings show them. */
export function flagNames(flags: number, scheduler: string): string {
  const prefix = scheduler === "sh" || scheduler === "mh" ? scheduler : undefined;
  const names = prefix === undefined ? ["flag-1", "flag-2", "flag-3"] : [`${prefix}-fallback`, `${prefix}-port`];
  return names.filter((_, i) => (flags & (1 << i)) !== 0).join(",");
}
