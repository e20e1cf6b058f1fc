/**
 * What nft 1.0.6 calls the matches and targets of iptables-nft: each libxt_*.so translates its own
 * (its xlate function); undefined where it has no words, and `xt match NAME` is all there is.
 */
import { printIp, type Ip } from "../../wire/ip";
import { printMac, type Mac } from "../../wire/mac";
import { prefixLength } from "../iptables/address";
import { LOG_FLAG } from "../iptables/log-line";
import { STATE } from "../iptables/matches/conntrack-state";
import { protocolName } from "../iptables/names";
import { NAME_MASK as TOS_BITS, type TosValue } from "../iptables/tos-value";
import type { Header } from "../iptables/ruleset";
import * as types from "./datatypes";
import { LOG_LEVELS, type PrintOptions, valueText } from "./print";

export type Words = Record<string, never> & Record<string, unknown>;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const hex8 = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
type Range = { readonly min: number; readonly max: number };
const range = ({ min, max }: Range): string => (min === max ? String(min) : `${min}-${max}`);
const full = ({ min, max }: Range): boolean => min === 0 && max === 65_535;

/** From zero up to some port is stored as a comparison. */
const portsText = (found: Range, not: boolean): string => (found.min === 0 && found.max > 0 && !not ? `<= ${found.max}` : `${not ? "!= " : ""}${range(found)}`);

function ports(protocol: "tcp" | "udp", o: Words): string[] {
  const { sport, notSport, dport, notDport } = o as unknown as { sport: Range; notSport: boolean; dport: Range; notDport: boolean };
  return [full(sport) && !notSport ? "" : `${protocol} sport ${portsText(sport, notSport)}`, full(dport) && !notDport ? "" : `${protocol} dport ${portsText(dport, notDport)}`].filter((word) => word !== "");
}

/** Bits of -m conntrack against ct state's. */
const CT = [
  [1, "invalid"],
  [2, "new"],
  [4, "related"],
  [8, "established"],
  [16, "untracked"],
] as const;

export const MATCHES: Readonly<Record<string, (o: Words, header: Header, options: PrintOptions) => string | undefined>> = {
  comment: () => "",
  tcp: (o, _header, options) => {
    const { flags, notFlags, option, notOption } = o as unknown as { flags: { mask: number; set: number }; notFlags: boolean; option: number; notOption: boolean };
    const words = ports("tcp", o);
    const bits = (value: number): string => valueText(types.tcpFlag, value, options);
    if (flags.mask !== 0 && flags.set === 0) words.push(`tcp flags ${notFlags ? "" : "! "}${bits(flags.mask)}`);
    else if (flags.mask !== 0) words.push(`tcp flags ${notFlags ? "!= " : ""}${bits(flags.set)} / ${bits(flags.mask)}`);
    if (option !== 0) words.push(`tcp option ${option} ${notOption ? "missing" : "exists"}`);
    return words.join(" ");
  },
  udp: (o) => ports("udp", o).join(" "),
  icmp: (o) => {
    const { type, min, max, not } = o as unknown as { type: number; min: number; max: number; not: boolean };
    if (type === ANY_ICMP) return "ip protocol icmp";
    const name = types.ICMP_TYPES.find(([, value]) => value === type)?.[0];
    return min === 0 && max === 255 && name !== undefined ? `icmp type ${not ? "!= " : ""}${name}` : undefined;
  },
  mark: (o) => {
    const { mark, mask, not } = o as unknown as { mark: number; mask: number; not: boolean };
    return mask === 0xffff_ffff ? `meta mark ${not ? "!= " : ""}${hex8(mark)}` : `meta mark & ${hex8(mask)} ${not ? "!=" : "=="} ${hex8(mark)}`;
  },
  limit: (o) => {
    const { average, burst } = o as unknown as { average: number; burst: number };
    const [name, seconds] = unitOf(average);
    return `limit rate ${Math.floor((10_000 * seconds) / average)}/${name}${burst === 5 ? "" : ` burst ${burst} packets`}`;
  },
  statistic: (o) => {
    const { mode, threshold, every, packet, not } = o as unknown as { mode: string; threshold: number; every: number; packet: number; not: boolean };
    if (mode === "random") return `meta random & 2147483647 ${not ? ">=" : "<"} ${threshold}`;
    return `numgen inc mod ${every + 1} ${not ? "!= " : ""}${packet}`;
  },
  conntrack: (o) => conntrackText(o),
  state: (o) => {
    const { states, not } = o as unknown as { states: number; not: boolean };
    return stateText(states, not);
  },
  connmark: (o) => {
    const { mark, mask, not } = o as unknown as { mark: number; mask: number; not: boolean };
    return mask === 0xffff_ffff ? `ct mark ${not ? "!= " : ""}${hex(mark)}` : `ct mark and ${hex(mask)} ${not ? "!=" : "=="} ${hex(mark)}`;
  },
  length: (o) => {
    const { range: lengths, not } = o as unknown as { range: Range; not: boolean };
    return `meta length ${not ? "!= " : ""}${range(lengths)}`;
  },
  addrtype: (o) => {
    const { source, notSource, dest, notDest, limitIn, limitOut } = o as unknown as { source: number; notSource: boolean; dest: number; notDest: boolean; limitIn: boolean; limitOut: boolean };
    const oif = limitOut ? " . oif" : limitIn ? " . iif" : "";
    const one = (side: string, mask: number, not: boolean): string => {
      const names = types.ADDRTYPES.filter((_, at) => mask & (1 << at));
      return `fib ${side}${oif} type ${not ? "!= " : ""}${names.length > 1 ? `{ ${names.join(", ")} }` : names.join("")}`;
    };
    // Of two it tells the first.
    return source !== 0 ? one("saddr", source, notSource) : dest !== 0 ? one("daddr", dest, notDest) : "";
  },
  multiport: (o, header) => {
    const { kind, ranges, not } = o as unknown as { kind: string; ranges: Range[]; not: boolean };
    const protocol = protocolName(header.proto) ?? "";
    const list = ranges.map(range);
    if (kind === "ports") return `${protocol} sport . ${protocol} dport ${not ? "!= " : ""}{ ${list.flatMap((port) => [`0-65535 . ${port}`, `${port} . 0-65535`]).join(", ")} }`;
    return `${protocol} ${kind === "sports" ? "sport" : "dport"} ${not ? "!= " : ""}${list.length > 1 || not ? `{ ${list.join(", ")} }` : list.join("")}`;
  },
  ttl: (o) => {
    const { op, ttl } = o as unknown as { op: string; ttl: number };
    return `ip ttl ${({ eq: "", ne: "!= ", lt: "lt ", gt: "gt " })[op] ?? ""}${ttl}`;
  },
  iprange: (o) => {
    const side = (name: string, found: { readonly min: Ip; readonly max: Ip; readonly not: boolean } | undefined): string[] => (found ? [`ip ${name} ${found.not ? "!= " : ""}${printIp(found.min)}-${printIp(found.max)}`] : []);
    const { src, dst } = o as unknown as Record<"src" | "dst", { readonly min: Ip; readonly max: Ip; readonly not: boolean } | undefined>;
    return [...side("saddr", src), ...side("daddr", dst)].join(" ");
  },
  mac: (o) => {
    const { source, not } = o as unknown as { source: Mac; not: boolean };
    return `ether saddr ${not ? "!= " : ""}${printMac(source)}`;
  },
  pkttype: (o) => {
    const { type, not } = o as unknown as { type: string; not: boolean };
    return `pkttype ${not ? "!= " : ""}${type}`;
  },
  dscp: (o) => {
    const { dscp, not } = o as unknown as { dscp: number; not: boolean };
    return `ip dscp ${not ? "!= " : ""}${hex2(dscp)}`;
  },
  owner: (o) => {
    const { uid, gid, socket, supplementary } = o as unknown as { uid?: Range & { not: boolean }; gid?: Range & { not: boolean }; socket?: boolean; supplementary?: boolean };
    // Of several questions it has words for one.
    if ((uid && gid) || socket !== undefined || supplementary !== undefined) return undefined;
    const [name, ids] = uid ? ["skuid", uid] : ["skgid", gid];
    return ids && `${name} ${ids.not ? "!= " : ""}${range(ids)}`;
  },
  tcpmss: (o) => {
    const { range: sizes, not } = o as unknown as { range: Range; not: boolean };
    return `tcp option maxseg size ${not ? "!= " : ""}${range(sizes)}`;
  },
  rpfilter: (o) => {
    const { loose, validmark, acceptLocal, invert } = o as unknown as Record<"loose" | "validmark" | "acceptLocal" | "invert", boolean>;
    return acceptLocal ? undefined : `fib saddr${validmark ? " . mark" : ""}${loose ? "" : " . iif"} oif ${invert ? "" : "!= "}0`;
  },
};

const ANY_ICMP = 255;
const hex2 = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const; // prettier-ignore

/** print_rate(): the shortest unit that loses nothing. */
function unitOf(average: number): readonly [name: string, seconds: number] {
  let best: readonly [string, number] = UNITS[0];
  for (const unit of UNITS.slice(1)) {
    const scaled = unit[1] * 10_000;
    if (average > scaled || Math.floor(scaled / average) < scaled % average) break;
    best = unit;
  }
  return best;
}

type Not<T> = { readonly not: boolean; readonly value: T };
type Net = { readonly address: number; readonly mask: number };
type CtOptions = { readonly state?: Not<number>; readonly proto?: Not<number>; readonly direction?: Not<string>; readonly expire?: Not<Range>; readonly status?: Not<number>; readonly addresses?: Readonly<Record<string, Not<Net>>>; readonly ports?: Readonly<Record<string, Not<Range>>> };

const ADDRESSES = [["ctorigsrc", "original saddr"], ["ctorigdst", "original daddr"], ["ctreplsrc", "reply saddr"], ["ctrepldst", "reply daddr"]] as const; // prettier-ignore
const PORTS = [["ctorigsrcport", "original proto-src"], ["ctorigdstport", "original proto-dst"], ["ctreplsrcport", "reply proto-src"], ["ctrepldstport", "reply proto-dst"]] as const; // prettier-ignore

/** conntrack's fields in the order libxt_conntrack.c translates them. */
function conntrackText({ state, proto, direction, expire, status, addresses = {}, ports: portsAsked = {} }: CtOptions): string {
  const not = (field: Not<unknown>): string => (field.not ? "!= " : "");
  const words = [
    direction && `ct direction ${not(direction)}${direction.value}`,
    proto && `ct original protocol ${not(proto)}${proto.value}`,
    state && stateText(state.value, state.not),
    status && `ct status ${status.not ? "!" : ""}${status.value === 0 ? "" : `${status.not ? " " : ""}${types.ctStatus.print(status.value)}`}`,
    expire && `ct expiration ${not(expire)}${range(expire.value)}`,
    ...ADDRESSES.map(([key, name]) => addresses[key] && `ct ${name} ${not(addresses[key])}${addressText(addresses[key].value)}`),
    ...PORTS.map(([key, name]) => portsAsked[key] && `ct ${name} ${not(portsAsked[key])}${range(portsAsked[key].value)}`),
  ];
  return words.filter((word) => word !== undefined).join(" ");
}

export function addressText({ address, mask }: Net): string {
  const bits = prefixLength(mask);
  return `${printIp((address >>> 0) as Ip)}${bits === 32 ? "" : `/${bits ?? printIp((mask >>> 0) as Ip)}`}`;
}

/** What NAT did is told instead of the state, and its "!" forgotten. */
function stateText(mask: number, not: boolean): string {
  const status = [mask & STATE.SNAT ? "snat" : "", mask & STATE.DNAT ? "dnat" : ""].filter((word) => word !== "");
  if (status.length > 0) return `ct status ${status.join(",")}`;
  return `ct state ${not ? "! " : ""}${CT.filter(([bit]) => mask & bit).map(([, name]) => name).join(",")}`;
}

type NatRange = { readonly addresses?: { readonly min: Ip; readonly max: Ip }; readonly ports?: Range; readonly random?: boolean; readonly randomFully?: boolean; readonly persistent?: boolean };

function nat(word: string, o: Words): string {
  const { range: to } = o as unknown as { range: NatRange };
  const { addresses, ports: portRange } = to;
  const address = addresses ? `${printIp(addresses.min)}${addresses.max === addresses.min ? "" : `-${printIp(addresses.max)}`}` : "";
  const target = address !== "" || portRange ? ` to ${address}${portRange ? `:${range(portRange)}` : ""}` : "";
  const flags = [to.random ? "random" : "", to.randomFully ? "fully-random" : "", to.persistent ? "persistent" : ""].filter((flag) => flag !== "");
  return `${word}${target}${flags.length > 0 ? ` ${flags.join(",")}` : ""}`;
}

export const TARGETS: Readonly<Record<string, (o: Words) => string | undefined>> = {
  DNAT: (o) => nat("dnat", o),
  SNAT: (o) => nat("snat", o),
  MASQUERADE: (o) => nat("masquerade", o),
  REDIRECT: (o) => nat("redirect", o),
  MARK: (o) => {
    const { mark, mask } = o as unknown as { mark: number; mask: number };
    if (mask === 0xffff_ffff) return `meta mark set ${hex(mark)}`;
    if (mark === 0) return `meta mark set mark and ${hex(~mask)}`;
    if (mark === mask) return `meta mark set mark or ${hex(mark)}`;
    if (mask === 0) return `meta mark set mark xor ${hex(mark)}`;
    return `meta mark set mark and ${hex(~mask)} xor ${hex(mark)}`;
  },
  CONNMARK: (o) => connmarkText(o as unknown as Connmark),
  REJECT: (o) => {
    const { name } = o as unknown as { name: string };
    if (name === "icmp-port-unreachable") return "reject";
    if (name === "tcp-reset") return "reject with tcp reset";
    return `reject with icmp type ${name.replace(/^icmp-/, "").replace("proto-", "prot-")}`;
  },
  LOG: (o) => {
    const { level, prefix, flags } = o as unknown as { level: number; prefix: string; flags: number };
    return `log${prefix !== "" ? ` prefix "${prefix}"` : ""}${level !== 4 ? ` level ${LOG_LEVELS[level]}` : ""}${logFlags(flags)}`;
  },
  NFLOG: (o) => {
    const { group, prefix, size, threshold } = o as unknown as { group: number; prefix: string; size: number | undefined; threshold: number };
    return `log${prefix !== "" ? ` prefix "${prefix}"` : ""} group ${group}${size === undefined ? "" : ` snaplen ${size}`}${threshold === 0 ? "" : ` queue-threshold ${threshold}`}`;
  },
  TCPMSS: (o) => {
    const { mss } = o as unknown as { mss: number | "pmtu" };
    return `tcp option maxseg size set ${mss === "pmtu" ? "rt mtu" : mss}`;
  },
  CT: (o) => ((o as unknown as { notrack: boolean }).notrack ? "notrack" : undefined),
  NOTRACK: () => "notrack",
  DSCP: (o) => `ip dscp set ${hex2((o as unknown as { dscp: number }).dscp)}`,
  TOS: (o) => tosText((o as unknown as { tos: TosValue }).tos),
  TRACE: () => "meta nftrace set 1",
};

/** The translation forgets which family it is for, and the two bits of ECN. */
function tosText({ value, mask }: TosValue): string {
  const dscp = hex2(value >> 2);
  const kept = hex2((~mask & 0xff) >> 2);
  if ((mask & TOS_BITS) === TOS_BITS) return `ip6 dscp set ${dscp}`;
  if (value === 0) return `ip6 dscp set ip6 dscp and ${kept}`;
  if (value === mask) return `ip6 dscp set ip6 dscp or ${dscp}`;
  return mask === 0 ? `ip6 dscp set ip6 dscp xor ${dscp}` : `ip6 dscp set ip6 dscp and ${kept} xor ${dscp}`;
}

type Connmark = { readonly mode: string; readonly mark: number; readonly ctMask: number; readonly nfMask: number; readonly shift: { readonly bits: number } };
const FULL = 0xffff_ffff;

/** Two masks that differ, and shifts, have no words. */
function connmarkText({ mode, mark, ctMask, nfMask, shift }: Connmark): string | undefined {
  if (shift.bits !== 0) return undefined;
  if (mode === "set") return `ct mark set ${markText(mark, ctMask)}`;
  if (ctMask >>> 0 !== nfMask >>> 0) return undefined;
  const masked = ctMask >>> 0 === FULL ? "" : ` and ${hex(ctMask)}`;
  return mode === "save" ? `ct mark set mark${masked}` : `meta mark set ct mark${masked}`;
}

function markText(mark: number, mask: number): string {
  if (mask >>> 0 === FULL) return hex(mark);
  if (mark === 0) return `ct mark and ${hex(~mask)}`;
  if (mark === mask) return `ct mark or ${hex(mark)}`;
  return mask === 0 ? `ct mark xor ${hex(mark)}` : `ct mark xor ${hex(mark)} and ${hex(~mask)}`;
}

function logFlags(flags: number): string {
  const { tcpSequence, tcpOptions, ipOptions, uid, macDecode } = LOG_FLAG;
  if (flags === (tcpSequence | tcpOptions | ipOptions | uid | macDecode)) return " flags all";
  const tcp = [flags & tcpSequence ? "sequence" : "", flags & tcpOptions ? "options" : ""].filter((word) => word !== "").join(",");
  return `${tcp === "" ? "" : ` flags tcp ${tcp}`}${flags & ipOptions ? " flags ip options" : ""}${flags & uid ? " flags skuid" : ""}${flags & macDecode ? " flags ether" : ""}`;
}
