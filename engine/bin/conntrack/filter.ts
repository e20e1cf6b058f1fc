/** Which connections a command is about: the conditions of conntrack(8)'s options. */
import { type Connection, STATUS } from "../../netfilter/connection";
import type { Ip } from "../../wire/ip";
import type { Parsed } from "./options";
import { isIpv6, type Net, number, parseMark, parseNat, parseNet, parseStatus, port, tcpState } from "./values";

const within = ({ address, mask }: Net, ip: Ip): boolean => ((ip ^ address) & mask) === 0;

type Test = (conn: Connection) => boolean;

/** One test for each option that narrows. */
export function matcher({ command, protocol, options, family }: Parsed): Test {
  const tests: Test[] = [];
  const on = (key: string, make: (value: string) => Test): void => {
    const value = options.get(key);
    if (value !== undefined) tests.push(make(value));
  };
  const net = (key: string, side: (conn: Connection) => Ip): void => on(key, (value) => {
    if (isIpv6(value)) return () => false;
    const mask = options.get(`mask-${key}`);
    const wanted = mask === undefined ? parseNet(value) : { address: parseNet(value).address, mask: parseNet(mask).address };
    return (conn) => within(wanted, side(conn));
  });
  if (protocol !== undefined) tests.push((conn) => conn.original.tuple.proto === protocol);
  if (family === "ipv6") tests.push(() => false);
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
  on("zone", (value) => (conn) => conn.sharedZone === port(value));
  on("orig-zone", (value) => (conn) => conn.ownZone("original") === port(value));
  on("reply-zone", (value) => (conn) => conn.ownZone("reply") === port(value));
  on("id", (value) => (conn) => conn.id === number(value));
  on("secmark", (value) => () => number(value) === 0);
  on("state", (value) => {
    const wanted = protocol === 6 ? tcpState(value) : -1;
    return (conn) => conn.tcp?.state === wanted;
  });
  const updating = command === "U"; // There they are what is to become of it.
  if (!updating) on("mark", (value) => {
    const { value: mark, mask } = parseMark(value);
    return (conn) => (conn.mark & mask) >>> 0 === mark;
  });
  if (!updating) on("status", (value) => {
    const { bits, unreplied, offload } = parseStatus(value);
    return (conn) => (conn.status & bits) === bits && !offload && (!unreplied || !conn.has(STATUS.seenReply));
  });
  natTests(options, tests);
  return (conn) => tests.every((test) => test(conn));
}

/** -n, -g, -j: what has been translated, and to what address. */
function natTests(options: Parsed["options"], tests: Test[]): void {
  const source = (value: string, option: string): Test => natted((conn) => conn.original.tuple.src !== conn.reply.tuple.dst || (conn.original.tuple.proto !== 1 && conn.original.tuple.sport !== conn.reply.tuple.dport), (conn) => conn.reply.tuple.dst, value, option);
  const destination = (value: string, option: string): Test => natted((conn) => conn.original.tuple.dst !== conn.reply.tuple.src || (conn.original.tuple.proto !== 1 && conn.original.tuple.dport !== conn.reply.tuple.sport), (conn) => conn.reply.tuple.src, value, option);
  const src = options.get("src-nat");
  const dst = options.get("dst-nat");
  const any = options.get("any-nat");
  if (src !== undefined) tests.push(source(src, "src-nat"));
  if (dst !== undefined) tests.push(destination(dst, "dst-nat"));
  if (any !== undefined) tests.push((conn) => source(any, "any-nat")(conn) || destination(any, "any-nat")(conn));
}

function natted(is: Test, address: (conn: Connection) => Ip, value: string, option: string): Test {
  const wanted = parseNat(value, option);
  return wanted === undefined ? is : (conn) => is(conn) && address(conn) === wanted.address;
}
