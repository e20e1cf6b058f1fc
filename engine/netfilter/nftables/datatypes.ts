/**
 * Types of what can be compared: how each is written, read and kept. src/datatype.c and the
 * tables of src/ct.c, src/meta.c, src/fib.c and src/proto.c.
 */
import { maskOf, parseIp, printIp } from "../../wire/ip";
import { parseMac, printMac, type Mac } from "../../wire/mac";
import { printTime, parseTime } from "./lexer";

/** An address, a port, a mark, a set of flags: a number; an interface's name: a string. */
export type Value = number | string;

export type Datatype = {
  readonly name: string;
  /** As error messages call it. */
  readonly description: string;
  readonly bits: number;
  readonly byteorder: "big" | "host";
  readonly base: "integer" | "bitmask" | "string" | "other";
  readonly symbols?: readonly (readonly [name: string, value: number])[];
  readonly parse: (text: string) => Value | undefined;
  readonly print: (value: Value) => string;
  /** A symbol that is none of them. */
  readonly unknown?: (text: string) => string;
};

type Symbols = readonly (readonly [string, number])[];

const plain = (value: Value): string => String(value);
const hex = (digits: number) => (value: Value): string => `0x${(Number(value) >>> 0).toString(16).padStart(digits, "0")}`;
const number = (text: string): number | undefined => (/^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined);

function symbolic(name: string, description: string, bits: number, symbols: Symbols, more: Partial<Datatype> = {}): Datatype {
  const byName = new Map<string, number>(symbols.map(([symbol, value]) => [symbol, value]));
  const byValue = new Map<number, string>([...symbols].reverse().map(([symbol, value]) => [value, symbol]));
  return {
    name,
    description,
    bits,
    byteorder: bits > 8 ? "host" : "big",
    base: "integer",
    symbols,
    parse: (text) => byName.get(text) ?? number(text),
    print: (value) => byValue.get(Number(value)) ?? plain(value),
    unknown: () => `Could not parse ${description}`,
    ...more,
  };
}

/** Flags: printed by name, lowest bit first, joined by commas. */
function bitmask(name: string, description: string, bits: number, symbols: Symbols): Datatype {
  const base = symbolic(name, description, bits, symbols);
  const print = (value: Value): string => {
    const bitsSet = Number(value) >>> 0;
    const names: string[] = [];
    let left = bitsSet;
    for (const [symbol, bit] of symbols) {
      if ((bitsSet & bit) === 0 || (bit & (bit - 1)) !== 0) continue;
      names.push(symbol);
      left &= ~bit;
    }
    if (left !== 0 || names.length === 0) return `0x${bitsSet.toString(16)}`;
    return names.join(",");
  };
  return { ...base, base: "bitmask", print };
}

const PROTOCOLS: Symbols = [["icmp", 1], ["igmp", 2], ["ipencap", 4], ["tcp", 6], ["egp", 8], ["udp", 17], ["dccp", 33], ["ipv6", 41], ["gre", 47], ["esp", 50], ["ah", 51], ["ipv6-icmp", 58], ["ipv6-nonxt", 59], ["ospf", 89], ["ipip", 94], ["pim", 103], ["ipcomp", 108], ["vrrp", 112], ["l2tp", 115], ["sctp", 132], ["mobility-header", 135], ["udplite", 136], ["mpls-in-ip", 137]]; // prettier-ignore
/** Of /etc/services, those that rules name. */
const SERVICES: Symbols = [["echo", 7], ["discard", 9], ["ftp-data", 20], ["ftp", 21], ["ssh", 22], ["telnet", 23], ["smtp", 25], ["time", 37], ["domain", 53], ["bootps", 67], ["bootpc", 68], ["tftp", 69], ["http", 80], ["www", 80], ["kerberos", 88], ["pop3", 110], ["sunrpc", 111], ["ntp", 123], ["imap2", 143], ["imap", 143], ["snmp", 161], ["bgp", 179], ["ldap", 389], ["https", 443], ["submission", 587], ["ldaps", 636], ["imaps", 993], ["pop3s", 995], ["openvpn", 1194], ["mysql", 3306], ["postgresql", 5432], ["http-alt", 8080]]; // prettier-ignore

export const ICMP_TYPES: Symbols = [["echo-reply", 0], ["destination-unreachable", 3], ["source-quench", 4], ["redirect", 5], ["echo-request", 8], ["router-advertisement", 9], ["router-solicitation", 10], ["time-exceeded", 11], ["parameter-problem", 12], ["timestamp-request", 13], ["timestamp-reply", 14], ["info-request", 15], ["info-reply", 16], ["address-mask-request", 17], ["address-mask-reply", 18]]; // prettier-ignore
export const ICMP_CODES: Symbols = [["net-unreachable", 0], ["host-unreachable", 1], ["prot-unreachable", 2], ["port-unreachable", 3], ["net-prohibited", 9], ["host-prohibited", 10], ["admin-prohibited", 13], ["frag-needed", 4]]; // prettier-ignore
export const ICMPX_CODES: Symbols = [["no-route", 0], ["port-unreachable", 1], ["host-unreachable", 2], ["admin-prohibited", 3]];
export const CT_STATES: Symbols = [["invalid", 1], ["established", 2], ["related", 4], ["new", 8], ["untracked", 64]];
const CT_STATUS: Symbols = [["expected", 1], ["seen-reply", 2], ["assured", 4], ["confirmed", 8], ["snat", 16], ["dnat", 32], ["dying", 512]];
export const TCP_FLAGS: Symbols = [["fin", 1], ["syn", 2], ["rst", 4], ["psh", 8], ["ack", 16], ["urg", 32], ["ecn", 64], ["cwr", 128]];
const DSCP: Symbols = [["cs0", 0], ["cs1", 8], ["cs2", 16], ["cs3", 24], ["cs4", 32], ["cs5", 40], ["cs6", 48], ["cs7", 56], ["df", 0], ["be", 0], ["lephb", 1], ["af11", 10], ["af12", 12], ["af13", 14], ["af21", 18], ["af22", 20], ["af23", 22], ["af31", 26], ["af32", 28], ["af33", 30], ["af41", 34], ["af42", 36], ["af43", 38], ["va", 44], ["ef", 46]]; // prettier-ignore
export const ADDRTYPES = ["unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat", "xresolve"] as const;

export const ipv4Addr: Datatype = { name: "ipv4_addr", description: "IPv4 address", bits: 32, byteorder: "big", base: "integer", parse: parseIp, print: (v) => printIp(v as never), unknown: () => "Could not resolve hostname: Temporary failure in name resolution" };
export const inetService: Datatype = symbolic("inet_service", "internet network service", 16, SERVICES, { byteorder: "big", print: plain, unknown: () => "Could not resolve service: Servname not supported for ai_socktype" });
export const serviceName = (port: number): string | undefined => SERVICES.find(([, number]) => number === port)?.[0];
export const inetProto: Datatype = symbolic("inet_proto", "Internet protocol", 8, PROTOCOLS, { unknown: () => "Could not resolve protocol name" });
export const mark: Datatype = { name: "mark", description: "packet mark", bits: 32, byteorder: "host", base: "integer", parse: number, print: hex(8), unknown: () => "Could not parse packet mark" };
export const ifname: Datatype = { name: "ifname", description: "network interface name", bits: 128, byteorder: "host", base: "string", parse: (text) => text, print: (v) => `"${v}"` };
/** By its number in the kernel; here the name is as good, because interfaces do not change theirs under rules. */
export const ifaceIndex: Datatype = { name: "iface_index", description: "network interface index", bits: 32, byteorder: "host", base: "integer", parse: (text) => text, print: (v) => (typeof v === "string" ? `"${v}"` : plain(v)), unknown: () => "Interface does not exist" };
export const ctState: Datatype = bitmask("ct_state", "conntrack state", 32, CT_STATES);
export const ctStatus: Datatype = bitmask("ct_status", "conntrack status", 32, CT_STATUS);
export const ctDir: Datatype = symbolic("ct_dir", "conntrack direction", 8, [["original", 0], ["reply", 1]]);
export const icmpType: Datatype = symbolic("icmp_type", "ICMP type", 8, ICMP_TYPES);
export const icmpCode: Datatype = symbolic("icmp_code", "icmp code", 8, ICMP_CODES);
export const tcpFlag: Datatype = bitmask("tcp_flag", "TCP flag", 8, TCP_FLAGS);
export const dscp: Datatype = symbolic("dscp", "Differentiated Services Code Point", 6, DSCP, { print: (v) => DSCP.find(([, value]) => value === v)?.[0] ?? `0x${Number(v).toString(16).padStart(2, "0")}` });
export const etherAddr: Datatype = { name: "ether_addr", description: "Ethernet address", bits: 48, byteorder: "big", base: "integer", parse: parseMac, print: (v) => printMac(v as Mac), unknown: () => "Invalid LL address" };
export const etherType: Datatype = symbolic("ether_type", "Ethernet protocol", 16, [["ip", 0x0800], ["arp", 0x0806], ["ip6", 0x86dd], ["8021q", 0x8100], ["vlan", 0x8100]], { byteorder: "big", print: (v) => ({ 0x800: "ip", 0x806: "arp", 0x86dd: "ip6", 0x8100: "8021q" })[Number(v)] ?? hex(4)(v) });
export const nfProto: Datatype = symbolic("nf_proto", "netfilter protocol", 8, [["ipv4", 2], ["ipv6", 10]]);
export const pktType: Datatype = symbolic("pkt_type", "packet type", 8, [["host", 0], ["unicast", 0], ["broadcast", 1], ["multicast", 2], ["other", 3]]);
/** Of /etc/passwd and /etc/group, those that every image has. */
const USERS: Readonly<Record<string, number>> = { root: 0, daemon: 1, bin: 2, sys: 3, nobody: 65_534 };
const GROUPS: Readonly<Record<string, number>> = { root: 0, daemon: 1, bin: 2, sys: 3, nogroup: 65_534 };
export const uid: Datatype = { name: "uid", description: "user ID", bits: 32, byteorder: "host", base: "integer", parse: (text) => USERS[text] ?? number(text), print: plain, unknown: () => "User does not exist" };
export const gid: Datatype = { ...uid, name: "gid", description: "group ID", parse: (text) => GROUPS[text] ?? number(text), unknown: () => "Group does not exist" };
/** -u: who has this number. */
export function accountName(type: Datatype, id: number): string | undefined {
  const names = type === uid ? USERS : type === gid ? GROUPS : {};
  return Object.keys(names).find((name) => names[name] === id);
}
export const fibAddrtype: Datatype = symbolic("fib_addrtype", "fib address type", 32, ADDRTYPES.map((name, at) => [name, at] as const));
export const boolean: Datatype = symbolic("boolean", "boolean type", 1, [["exists", 1], ["missing", 0]]);
export const time: Datatype = { name: "time", description: "relative time", bits: 32, byteorder: "host", base: "integer", parse: (text) => parseTime(text) ?? (number(text) === undefined ? undefined : Number(text) * 1000), print: (v) => printTime(Number(v)) };
export const verdict: Datatype = { name: "verdict", description: "netfilter verdict", bits: 0, byteorder: "host", base: "other", parse: () => undefined, print: plain };
export const ecn: Datatype = symbolic("ecn", "Explicit Congestion Notification", 2, [["not-ect", 0], ["ect1", 1], ["ect0", 2], ["ce", 3]]);
export const ifaceType: Datatype = symbolic("iface_type", "network interface type", 16, [["ether", 1], ["ppp", 512], ["ipip", 768], ["ipip6", 769], ["loopback", 772], ["sit", 776], ["ipgre", 778]]);
const named = (symbols: Symbols) => (value: Value): string => {
  const found = symbols.find(([, n]) => n === Number(value));
  return found ? `"${found[0]}"` : plain(value);
};
export const devgroup: Datatype = symbolic("devgroup", "devgroup name", 32, [["default", 0]], { print: named([["default", 0]]) });
export const realm: Datatype = symbolic("realm", "routing realm", 32, [["cosmos", 0]], { print: named([["cosmos", 0]]) });
const DAYS: Symbols = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"].map((name, at) => [name, at] as const);
export const day: Datatype = symbolic("day", "Day of week of packet reception", 8, DAYS, { print: named(DAYS) });
const two = (n: number): string => String(n).padStart(2, "0");
/** Seconds since midnight, of Greenwich. */
export const hour: Datatype = { name: "hour", description: "Hour of day of packet reception", bits: 32, byteorder: "host", base: "integer", parse: parseHour, print: (v) => `"${hourText(Number(v))}"`, unknown: () => "wrong time format" };
/** Seconds since 1970. */
export const date: Datatype = { name: "time", description: "Relative time of packet reception", bits: 64, byteorder: "host", base: "integer", parse: parseDate, print: (v) => `"${dateText(Number(v))}"`, unknown: () => "Cannot parse date" };
export const igmpType: Datatype = symbolic("igmp_type", "IGMP type", 8, [["membership-query", 0x11], ["membership-report-v1", 0x12], ["membership-report-v2", 0x16], ["membership-report-v3", 0x22], ["leave-group", 0x17]]);
export const dccpType: Datatype = symbolic("dccp_pkttype", "DCCP packet type", 4, ["request", "response", "data", "ack", "dataack", "closereq", "close", "reset", "sync", "syncack"].map((name, at) => [name, at] as const));
export const ifkind: Datatype = { name: "ifkind", description: "interface kind", bits: 128, byteorder: "host", base: "string", parse: (text) => text, print: (v) => `"${v}"` };

function parseHour(text: string): number | undefined {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!found) return number(text);
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : undefined;
}

function hourText(seconds: number): string {
  const rest = seconds % 60;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}${rest === 0 ? "" : `:${two(rest)}`}`;
}

const DAY_SECONDS = 86_400;

/** Days since 1970 of a date, by the calendar of Gregory counted from March on. */
function daysOf(year: number, month: number, dayOfMonth: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + dayOfMonth - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

function parseDate(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (!found) return number(text);
  const [year = 0, month = 0, dayOfMonth = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > 31 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return daysOf(year, month, dayOfMonth) * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds;
}

function dateText(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS);
  let year = 1970 + Math.floor(days / 366);
  while (daysOf(year + 1, 1, 1) <= days) year++;
  let month = 1;
  while (month < 12 && daysOf(year, month + 1, 1) <= days) month++;
  const rest = seconds - days * DAY_SECONDS;
  return `${year}-${two(month)}-${two(days - daysOf(year, month, 1) + 1)} ${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
}

export const string: Datatype = { name: "string", description: "string", bits: 0, byteorder: "host", base: "string", parse: (text) => text, print: (v) => `"${v}"` };

const INTEGERS = new Map<string, Datatype>();
/** An integer of so many bits, in the byte order of what holds it. */
export function integer(bits: number, byteorder: "big" | "host" = "big"): Datatype {
  const key = `${bits} ${byteorder}`;
  const known = INTEGERS.get(key);
  if (known) return known;
  const made: Datatype = { name: "integer", description: "integer", bits, byteorder, base: "integer", parse: number, print: plain };
  INTEGERS.set(key, made);
  return made;
}

/** Bits of a header that have no name: shown in hexadecimal. */
export const rawBits = (bits: number): Datatype => ({ name: "integer", description: "integer", bits, byteorder: "big", base: "integer", parse: number, print: (v) => `0x${Number(v).toString(16)}` });

/** Flags without names, in hexadecimal. */
export const flagBits = (bits: number): Datatype => ({ name: "bitmask", description: "bitmask", bits, byteorder: "big", base: "integer", parse: number, print: (v) => `0x${Number(v).toString(16)}` });

/** Those a set may be declared of by name. */
export const DATATYPES: ReadonlyMap<string, Datatype> = new Map(
  [ipv4Addr, inetService, inetProto, mark, ifname, ifaceIndex, ctState, ctStatus, ctDir, icmpType, icmpCode, tcpFlag, dscp, etherAddr, etherType, nfProto, pktType, uid, gid, fibAddrtype, boolean, ecn, ifaceType, devgroup, realm, day, hour, date, igmpType, dccpType, ifkind].map((type) => [type.name, type]),
);

/** How many elements of such a set stand on one line of a listing (calculate_delim). */
export function perLine(types: readonly Datatype[]): number {
  const [type] = types;
  if (types.length !== 1 || !type) return 1;
  if (["nf_proto", "inet_proto", "inet_service", "tcp_flag", "mark", "iface_index", "uid", "gid", "ct_dir", "integer"].includes(type.name)) return 5;
  if (["ipv4_addr", "ct_state", "ct_status", "pkt_type"].includes(type.name)) return 2;
  return 1;
}

export const maskFor = (bits: number, width: number): number => (width === 32 ? maskOf(bits) : bits === 0 ? 0 : (((1 << width) - 1) ^ ((1 << (width - bits)) - 1)) >>> 0);
