/**
 * ss (iproute2 6.1): the sockets of this network namespace. Differs: no program here has Unix sockets, and
 * captures are not listed; netlink, -E and -D are refused by name.
 */
import { text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { readServices, type Services } from "../../host/netdb";
import { lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import { IcmpSocket } from "../../net/icmp-socket";
import type { Netns } from "../../net/netns";
import { TcpConnection, type TcpState } from "../../net/tcp-connection";
import { abortTcp } from "../../net/tcp-diag";
import { UdpSocket } from "../../net/udp";
import { TimeWait } from "../../net/tcp-timewait";
import type { Ip } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { type Options, parseOptions } from "../options";
import { layOut } from "./columns";
import { parseFilter, STATES, type Test } from "./filter";
import { HELP } from "./help";
import { type Known, possibleHost } from "./host-condition";
import { Printer } from "./print";
import { rawRows, type Row, tcpRows, udpRows } from "./rows";

const CONNECTED: readonly TcpState[] = STATES.all.filter((state) => !["LISTEN", "CLOSED", "TIME_WAIT", "SYN_RECV"].includes(state));

const LONG = {
  help: "h", version: "V", numeric: "n", resolve: "r", all: "a", listening: "l", options: "o", extended: "e", memory: "m", processes: "p", threads: "T", info: "i", summary: "s", bpf: "b", events: "E",
  context: "Z", contexts: "z", "net=": "N", ipv4: "4", ipv6: "6", packet: "0", tcp: "t", mptcp: "M", sctp: "S", udp: "u", dccp: "d", raw: "w", unix: "x", "tipc": "tipc", "vsock": "vsock", "xdp": "xdp", "family=": "f",
  kill: "K", "no-header": "H", oneline: "O", "inet-sockopt": "inet-sockopt", "query=": "A", "socket=": "A", "tos": "tos", "cgroup": "cgroup", "tipcinfo": "tipcinfo", "diag=": "D", "filter=": "F",
};
const NOT_MODELLED = ["E", "tipcinfo", "D"];
/** Of what no machine here has any. */
const EMPTY_TABLES = ["M", "S", "d", "x", "0", "tipc", "vsock", "xdp"];

export const ss = defineCommand({
  name: "ss",
  summary: "another utility to investigate sockets",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "hVnralotuempTisbEZz460MSdwxKHO", values: "NfADF", long: LONG });
    if ("error" in options) {
      yield* proc.err(`ss: ${options.error}\n${HELP}`);
      return 255;
    }
    if (options.has("h") || options.value("f") === "help") return yield* say(proc, HELP);
    if (options.has("Z") || options.has("z")) {
      yield* proc.err("ss: SELinux is not enabled.\n");
      return 1;
    }
    if (options.has("V")) return yield* say(proc, "ss utility, iproute2-6.1.0\n");
    for (const key of NOT_MODELLED) if (options.has(key)) return yield* notModelled(proc, key.length === 1 ? `-${key}` : `--${key}`);
    const name = options.value("N");
    const ns = name === undefined ? proc.machine.netns : proc.machine.netns.names.get(name);
    if (ns === undefined) {
      yield* proc.err(`Cannot open network namespace "${name}": No such file or directory\n`);
      return 1;
    }
    if (options.has("s")) {
      yield* proc.out(summary(ns));
      if (!["t", "u", "w", "A", "f", ...EMPTY_TABLES].some((key) => options.has(key)) && options.rest.length === 0) return 0;
    }
    return yield* list(proc, ns, options);
  },
});

function* say(proc: Proc, words: string): Task<number> {
  yield* proc.out(words);
  return 0;
}

type Wanted = { readonly tcp: boolean; readonly udp: boolean; readonly raw: boolean; readonly v4: boolean; readonly v6: boolean; readonly tables: number };
type Refused = { readonly problem: string; readonly exit: number };

const TABLES = ["tcp", "udp", "raw", "mptcp", "sctp", "dccp", "unix_dgram", "unix_stream", "unix_seqpacket", "packet_raw", "packet_dgram", "vsock_stream", "vsock_dgram", "tipc", "xdp"];
const OTHER_TABLES = ["netlink"];
const UNIX = ["unix_dgram", "unix_stream", "unix_seqpacket"];
const PACKET = ["packet_raw", "packet_dgram"];
const GROUPS: Readonly<Record<string, readonly string[]>> = { all: TABLES, inet: ["tcp", "udp", "raw", "mptcp", "sctp", "dccp"], tipc: ["tipc"], unix: UNIX, packet: PACKET, ...Object.fromEntries(TABLES.map((table) => [table, [table]])) };
const LETTERS: Readonly<Record<string, string>> = { t: "tcp", u: "udp", w: "raw", M: "mptcp", S: "sctp", d: "dccp", x: UNIX.join(" "), 0: PACKET.join(" "), tipc: "tipc", vsock: "vsock_stream vsock_dgram", xdp: "xdp" };
const FAMILIES = ["inet", "inet6", "link", "unix", "netlink", "vsock", "tipc", "xdp", "help"];

/** Which families and protocols; what is not modelled by name. */
function wantedOf(options: Options): Wanted | string | Refused {
  const tables = new Set<string>();
  for (const [letter, table] of Object.entries(LETTERS)) if (options.has(letter)) for (const name of table.split(" ")) tables.add(name);
  for (const query of options.values("A").flatMap((value) => value.split(","))) {
    const without = query.startsWith("!");
    const named = without ? query.slice(1) : query;
    if (OTHER_TABLES.includes(named)) return named;
    const group = GROUPS[named];
    if (group === undefined) return { problem: `ss: "${query}" is illegal socket table id\n${HELP}`, exit: 255 };
    for (const table of group) without ? tables.delete(table) : tables.add(table);
  }
  const family = options.value("f");
  if (family !== undefined && !FAMILIES.includes(family)) return { problem: `ss: "${family}" is invalid family\n${HELP}`, exit: 255 };
  if (family === "netlink") return family;
  if (tables.size === 0 && options.has("A")) return { problem: "ss: no socket tables to show with such filter.\n", exit: 0 };
  if (tables.size === 0) for (const table of family === undefined || family.startsWith("inet") ? (GROUPS["inet"] ?? []) : family === "unix" ? UNIX : family === "link" ? PACKET : [family]) tables.add(table);
  const last = options.given.filter(([key]) => key === "4" || key === "6" || key === "f").at(-1);
  const [four, six] = [last?.[0] === "4" || last?.[1] === "inet", last?.[0] === "6" || last?.[1] === "inet6"];
  return { tcp: tables.has("tcp"), udp: tables.has("udp"), raw: tables.has("raw"), v4: four || !six, v6: six || !four, tables: tables.size };
}

function* list(proc: Proc, ns: Netns, options: Options): Task<number> {
  const wanted = wantedOf(options);
  if (typeof wanted === "string") return yield* notModelled(proc, wanted);
  if ("problem" in wanted) {
    yield* proc.err(wanted.problem);
    return wanted.exit;
  }
  const words = yield* filterWords(proc, options);
  if (words === "failed") return 255;
  const services = readServices(proc.fs);
  const filter = parseFilter(words, yield* known(proc, ns, words, services, wanted));
  if ("problem" in filter) {
    yield* proc.err(`${filter.problem}\n`);
    return filter.exit;
  }
  const onlyUdp = !wanted.tcp && (wanted.udp || wanted.raw);
  const states = filter.states ?? (options.has("a") ? STATES.all : options.has("l") ? (["LISTEN", "CLOSED"] as const) : onlyUdp ? (["ESTABLISHED"] as const) : CONNECTED);
  const rows = [...(wanted.udp ? udpRows(ns) : []), ...(wanted.raw ? rawRows(ns) : []), ...(wanted.tcp ? tcpRows(ns) : [])].filter((row) => shows(row, states, filter.test, wanted));
  const shown = [wanted.tables > 1, new Set(states).size > 1];
  const names = new Map<Ip, string>();
  if (options.has("r")) for (const row of rows) for (const ip of [row.localIp, row.peerIp]) if (ip !== 0 && !names.has(ip)) names.set(ip, (yield* reverseLookup(proc, ip)) ?? "");
  const print = new Printer({ ns, options, services, names, processes: proc.machine.processes });
  const cells = rows.map((row) => print.cells(row));
  if (options.has("K")) for (const row of rows) kill(ns, row);
  yield* proc.out(layOut(cells, shown, !options.has("H"), proc.file(1).tty?.columns));
  return 0;
}

/** Each is shown as it was. */
function kill(ns: Netns, { socket }: Row): void {
  if (socket instanceof UdpSocket) socket.abort();
  else if (!(socket instanceof IcmpSocket)) abortTcp(ns, socket);
}

/** Those of -F FILE go before those of the command line. */
function* filterWords(proc: Proc, options: Options): Task<readonly string[] | "failed"> {
  const path = options.value("F");
  if (path === undefined) return options.rest;
  try {
    const file = path === "-" ? proc.stdin : proc.open(proc.resolve(path), "r");
    let written = "";
    for (;;) {
      const chunk = yield* file.read();
      if (chunk === undefined) break;
      written += text(chunk);
    }
    return [...written.split(/\s+/).filter((word) => word !== ""), ...options.rest];
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`fopen filter file: ${error.message}\n`);
    return "failed";
  }
}

/** Names of hosts are asked for before the filter is read. */
function* known(proc: Proc, ns: Netns, words: readonly string[], services: Services, { tcp, udp }: Wanted): Task<Known> {
  const addresses = new Map<string, readonly Ip[]>();
  const parts = words.flatMap((word) => word.split(/\s+/));
  for (const [at, word] of parts.entries()) {
    const host = possibleHost(word);
    const before = parts[at - 1] ?? "";
    const subject = /^(=|==|eq|!=|ne|neq)$/.test(before) ? (parts[at - 2] ?? "") : before;
    if (host === undefined || (subject !== "src" && subject !== "dst") || addresses.has(host)) continue;
    const found = yield* lookup(proc, host, { family: "inet" });
    if (!("error" in found)) addresses.set(host, found.addresses);
  }
  const portOf: Known["portOf"] = (name) => {
    const [ofUdp, ofTcp] = [udp ? services.port(name, "udp") : undefined, tcp ? services.port(name, "tcp") : undefined];
    if (ofUdp !== undefined && ofTcp !== undefined && ofUdp !== ofTcp) return "ambiguous";
    return ofUdp ?? ofTcp;
  };
  return { portOf, addressesOf: (name) => addresses.get(name), isDevice: (name) => ns.devices.byName(name) !== undefined };
}

function shows(row: Row, states: readonly TcpState[], test: Test, { v4, v6 }: Wanted): boolean {
  return states.includes(row.state) && (row.dual ? v6 : v4) && test(row);
}

/** ss -s, from /proc/net/sockstat. */
function summary({ sockets }: Netns): string {
  const entries = [...sockets.tcp.all()];
  const count = (...states: TcpState[]): number => entries.filter(({ state }) => states.includes(state)).length;
  const timewait = entries.filter((entry) => entry instanceof TimeWait).length;
  const orphaned = entries.filter((entry) => entry instanceof TcpConnection && entry.orphan).length;
  const inUse = entries.length - timewait;
  const [raw, udp] = [sockets.icmp.size, sockets.udp.all().length];
  const row = (name: string, n: number, v6 = 0): string => `${name}\t  ${String(n).padEnd(9)} ${String(n - v6).padEnd(9)} ${String(v6).padEnd(9)}\n`;
  const six = entries.filter((entry) => !(entry instanceof TimeWait) && (entry as TcpConnection).dual).length;
  return `Total: ${inUse + raw + udp}\nTCP:   ${entries.length} (estab ${count("ESTABLISHED", "CLOSE_WAIT")}, closed ${timewait}, orphaned ${orphaned}, timewait ${timewait})\n\nTransport Total     IP        IPv6\n${row("RAW", raw)}${row("UDP", udp)}${row("TCP", inUse, six)}${row("INET", raw + udp + inUse, six)}${row("FRAG", 0)}\n`;
}
