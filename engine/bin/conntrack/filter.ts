/** Which connections a command is about: the conditions of conntrack(8)'s options. */
import { type Ip, maskOf } from "../../wire/ip";
import { type Connection, STATUS } from "../../netfilter/connection";
import { TCP_STATES } from "../../netfilter/conntrack-tcp-states";
import { type Parsed, usage } from "./options";

type Net = { readonly address: Ip; readonly mask: Ip };

export function parseNet(text: string): Net {
  const [left = "", bits] = text.split("/");
  const address = looseIp(left);
  if (address === undefined) usage(`Invalid IP address \`${left}'`);
  if (bits === undefined) return { address, mask: maskOf(32) };
  const mask = /^\d+$/.test(bits) && Number(bits) <= 32 ? maskOf(Number(bits)) : usage("Invalid netmask");
  return { address: ((address & mask) >>> 0) as Ip, mask };
}

/** inet_aton(3): the last number fills what is left. */
function looseIp(text: string): Ip | undefined {
  const parts = text.split(".").map((part) => (/^(?:0x[0-9a-f]+|\d+)$/i.test(part) ? Number(part) : Number.NaN));
  const last = parts.at(-1) ?? Number.NaN;
  if (parts.length > 4 || !(last < 256 ** (5 - parts.length)) || parts.slice(0, -1).some((part) => !(part < 256))) return undefined;
  return parts.slice(0, -1).reduce((sum, part, at) => sum + part * 256 ** (3 - at), last) as Ip;
}

const within = ({ address, mask }: Net, ip: Ip): boolean => ((ip ^ address) & mask) === 0;

export type Mark = { readonly value: number; readonly mask: number };

export function parseMark(text: string): Mark {
  const [value = "", mask] = text.split("/");
  return { value: Number(value) >>> 0, mask: mask === undefined ? 0xffff_ffff : Number(mask) >>> 0 };
}

const STATUSES: Readonly<Record<string, number>> = { ASSURED: STATUS.assured, SEEN_REPLY: STATUS.seenReply, UNSET: 0, FIXED_TIMEOUT: STATUS.fixedTimeout, EXPECTED: STATUS.expected };

/** Bits that must be set, and UNREPLIED, which is a bit that must not. */
export function parseStatus(text: string): { readonly bits: number; readonly unreplied: boolean } {
  let bits = 0;
  let unreplied = false;
  for (const word of text.split(",")) {
    if (word === "UNREPLIED") unreplied = true;
    else bits |= STATUSES[word] ?? usage(`Bad parameter \`${text}'`);
  }
  return { bits, unreplied };
}

export function tcpState(text: string): number {
  const at = text === "LISTEN" ? TCP_STATES.length - 1 : (TCP_STATES as readonly string[]).indexOf(text);
  return at < 0 ? usage(`unknown TCP state \`${text}'`) : at;
}

export function port(text: string): number {
  return Number(/^(?:0x[0-9a-f]+|\d+)/i.exec(text)?.[0] ?? 0) & 0xffff;
}

type Test = (conn: Connection) => boolean;

/** One test for each option that narrows. */
export function matcher({ protocol, options }: Parsed, marked: boolean): Test {
  const tests: Test[] = [];
  const on = (key: string, make: (value: string) => Test): void => {
    const value = options.get(key);
    if (value !== undefined) tests.push(make(value));
  };
  const net = (key: string, side: (conn: Connection) => Ip): void => on(key, (value) => {
    const wanted = parseNet(value);
    return (conn) => within(wanted, side(conn));
  });
  if (protocol !== undefined) tests.push((conn) => conn.original.tuple.proto === protocol);
  if (options.get("family") === "ipv6") tests.push(() => false);
  net("src", (conn) => conn.original.tuple.src);
  net("dst", (conn) => conn.original.tuple.dst);
  net("reply-src", (conn) => conn.reply.tuple.src);
  net("reply-dst", (conn) => conn.reply.tuple.dst);
  on("sport", (value) => (conn) => conn.original.tuple.sport === port(value));
  on("dport", (value) => (conn) => conn.original.tuple.dport === port(value));
  on("reply-sport", (value) => (conn) => conn.reply.tuple.sport === port(value));
  on("reply-dport", (value) => (conn) => conn.reply.tuple.dport === port(value));
  on("icmp-type", (value) => (conn) => conn.original.tuple.dport >>> 8 === port(value));
  on("icmp-code", (value) => (conn) => (conn.original.tuple.dport & 0xff) === port(value));
  on("icmp-id", (value) => (conn) => conn.original.tuple.sport === port(value));
  on("zone", (value) => (conn) => conn.zone === port(value));
  on("state", (value) => {
    const wanted = tcpState(value);
    return (conn) => conn.tcp?.state === wanted;
  });
  if (marked) on("mark", (value) => {
    const { value: mark, mask } = parseMark(value);
    return (conn) => (conn.mark & mask) >>> 0 === mark;
  });
  on("status", (value) => {
    const { bits, unreplied } = parseStatus(value);
    return (conn) => (conn.status & bits) === bits && (!unreplied || !conn.has(STATUS.seenReply));
  });
  natTests(options, tests);
  return (conn) => tests.every((test) => test(conn));
}

/** -n, -g, -j: what has been translated, and to what address. */
function natTests(options: Parsed["options"], tests: Test[]): void {
  const source = (value: string): Test => natted((conn) => conn.original.tuple.src !== conn.reply.tuple.dst || (conn.original.tuple.proto !== 1 && conn.original.tuple.sport !== conn.reply.tuple.dport), (conn) => conn.reply.tuple.dst, value);
  const destination = (value: string): Test => natted((conn) => conn.original.tuple.dst !== conn.reply.tuple.src || (conn.original.tuple.proto !== 1 && conn.original.tuple.dport !== conn.reply.tuple.sport), (conn) => conn.reply.tuple.src, value);
  const src = options.get("src-nat");
  const dst = options.get("dst-nat");
  const any = options.get("any-nat");
  if (src !== undefined) tests.push(source(src));
  if (dst !== undefined) tests.push(destination(dst));
  if (any !== undefined) tests.push((conn) => source(any)(conn) || destination(any)(conn));
}

function natted(is: Test, address: (conn: Connection) => Ip, value: string): Test {
  if (value === "") return is;
  const wanted = parseNet(value);
  return (conn) => is(conn) && within(wanted, address(conn));
}
