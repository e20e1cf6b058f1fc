/**
 * ss (iproute2 6.1): the sockets of this network namespace. Differs: Internet sockets only (Unix and
 * netlink ones are not modelled, so they are not listed); -e, -m and the like are refused by name.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import type { SocketOwner } from "../../net/socket";
import type { TcpConnection, TcpEntry, TcpState } from "../../net/tcp-connection";
import { TimeWait } from "../../net/tcp-timewait";
import type { UdpSocket } from "../../net/udp";
import { ANY, type Ip, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { type Options, parseOptions } from "../options";
import { layOut } from "./columns";
import { parseFilter, STATES, type Test } from "./filter";
import { HELP } from "./help";
import { tcpInfo, timerOf } from "./info";
import { serviceNames, type Services } from "./services";

const NAMES: Readonly<Record<TcpState, string>> = { ESTABLISHED: "ESTAB", SYN_SENT: "SYN-SENT", SYN_RECV: "SYN-RECV", FIN_WAIT1: "FIN-WAIT-1", FIN_WAIT2: "FIN-WAIT-2", TIME_WAIT: "TIME-WAIT", CLOSED: "UNCONN", CLOSE_WAIT: "CLOSE-WAIT", LAST_ACK: "LAST-ACK", LISTEN: "LISTEN", CLOSING: "CLOSING" };
const CONNECTED: readonly TcpState[] = STATES.all.filter((state) => !["LISTEN", "CLOSED", "TIME_WAIT", "SYN_RECV"].includes(state));

const LONG = {
  help: "h", version: "V", numeric: "n", resolve: "r", all: "a", listening: "l", options: "o", extended: "e", memory: "m", processes: "p", threads: "T", info: "i", summary: "s", bpf: "b", events: "E",
  context: "Z", contexts: "z", "net=": "N", ipv4: "4", ipv6: "6", packet: "0", tcp: "t", mptcp: "M", sctp: "S", udp: "u", dccp: "d", raw: "w", unix: "x", "tipc": "tipc", "vsock": "vsock", "xdp": "xdp", "family=": "f",
  kill: "K", "no-header": "H", oneline: "O", "inet-sockopt": "inet-sockopt", "query=": "A", "socket=": "A", "tos": "tos", "cgroup": "cgroup", "tipcinfo": "tipcinfo", "diag=": "D", "filter=": "F",
};

export const ss = defineCommand({
  name: "ss",
  summary: "another utility to investigate sockets",

  *run(proc) {
    const options = parseOptions(proc.args, { flags: "hVnralotuempTisbEZz460MSdwxKHO", values: "NfADF", long: LONG });
    if ("error" in options) {
      yield* proc.err(`ss: ${options.error}\n${HELP}`);
      return 255;
    }
    if (options.has("h")) return yield* say(proc, HELP);
    if (options.has("Z") || options.has("z")) {
      yield* proc.err("ss: SELinux is not enabled.\n");
      return 1;
    }
    if (options.has("V")) return yield* say(proc, "ss utility, iproute2-6.1.0\n");
    for (const key of ["e", "m", "T", "b", "E", "Z", "z", "N", "0", "M", "S", "d", "x", "tipc", "vsock", "xdp", "K", "inet-sockopt", "tos", "cgroup", "tipcinfo", "D", "F"]) {
      if (options.has(key)) return yield* notModelled(proc, key.length === 1 ? `-${key}` : `--${key}`);
    }
    if (options.has("s")) return yield* say(proc, summary(proc));
    return yield* list(proc, options);
  },
});

function* say(proc: Proc, words: string): Task<number> {
  yield* proc.out(words);
  return 0;
}

type Wanted = { readonly tcp: boolean; readonly udp: boolean; readonly raw: boolean; readonly v4: boolean; readonly v6: boolean };

const QUERIES = ["all", "inet", "tcp", "mptcp", "udp", "raw", "unix", "unix_dgram", "unix_stream", "unix_seqpacket", "packet", "packet_raw", "packet_dgram", "netlink", "dccp", "sctp", "vsock_stream", "vsock_dgram", "tipc", "xdp"];
const FAMILIES = ["inet", "inet6", "link", "unix", "netlink", "vsock", "tipc", "xdp", "help"];

/** Which families and protocols; undefined with what is not known. */
function wantedOf(options: Options): Wanted | string | { readonly problem: string; readonly exit: number } {
  const queries = options.values("A").flatMap((value) => value.split(","));
  for (const query of queries) {
    if (!QUERIES.includes(query)) return { problem: `ss: "${query}" is illegal socket table id\n${HELP}`, exit: 255 };
    if (!["all", "inet", "tcp", "udp", "raw"].includes(query)) return query;
  }
  const family = options.value("f");
  if (family !== undefined && !FAMILIES.includes(family)) return { problem: `ss: "${family}" is invalid family\n${HELP}`, exit: 255 };
  if (family !== undefined && family !== "inet" && family !== "inet6") return family;
  const asked = (key: string, query: string): boolean => options.has(key) || queries.includes(query) || queries.includes("inet") || queries.includes("all");
  const [tcp, udp, raw] = [asked("t", "tcp"), asked("u", "udp"), asked("w", "raw")];
  const any = tcp || udp || raw;
  const [four, six] = [options.has("4") || family === "inet", options.has("6") || family === "inet6"];
  return { tcp: tcp || !any, udp: udp || !any, raw: raw || !any, v4: four || !six, v6: six || !four };
}

type Row = { readonly netid: string; readonly state: TcpState; readonly recvQ: number; readonly sendQ: number; readonly localIp: Ip; readonly localPort: number; readonly peerIp: Ip; readonly peerPort: number; readonly dual: boolean; readonly device: string | undefined; readonly owner: SocketOwner | undefined; readonly entry: TcpEntry | undefined };

function* list(proc: Proc, options: Options): Task<number> {
  const wanted = wantedOf(options);
  if (typeof wanted === "string") return yield* notModelled(proc, wanted);
  if ("problem" in wanted) {
    yield* proc.err(wanted.problem);
    return wanted.exit;
  }
  const services = serviceNames(proc);
  const filter = parseFilter(options.rest, (name) => services.port(name));
  if ("problem" in filter) {
    yield* proc.err(`${filter.problem}\n`);
    return filter.exit;
  }
  const onlyUdp = !wanted.tcp && (wanted.udp || wanted.raw);
  const states = filter.states ?? (options.has("a") ? STATES.all : options.has("l") ? (["LISTEN", "CLOSED"] as const) : onlyUdp ? (["ESTABLISHED"] as const) : CONNECTED);
  const rows = [...(wanted.udp ? udpRows(proc) : []), ...(wanted.tcp ? tcpRows(proc) : [])].filter((row) => shows(row, states, filter.test, wanted));
  const several = [wanted.tcp, wanted.udp, wanted.raw].filter(Boolean).length > 1;
  const shown = [several, new Set(states).size > 1];
  const width = proc.file(1).tty?.columns;
  const print = new Printer(proc, options, services);
  yield* proc.out(layOut(rows.map((row) => print.cells(row)), shown, !options.has("H"), width));
  return 0;
}

function shows(row: Row, states: readonly TcpState[], test: Test, { v4, v6 }: Wanted): boolean {
  return states.includes(row.state) && (row.dual ? v6 : v4) && test(row);
}

function tcpRows({ machine }: Proc): Row[] {
  return [...machine.netns.sockets.tcp.all()].map((entry): Row => {
    const { state, localIp, localPort, peerIp, peerPort } = entry;
    const base = { netid: "tcp", state, localIp, localPort, peerIp, peerPort, entry };
    if (entry instanceof TimeWait) return { ...base, recvQ: 0, sendQ: 0, dual: entry.dual, device: undefined, owner: undefined };
    const c = entry as TcpConnection;
    const listening = state === "LISTEN";
    // A FIN counts as a byte until the program has seen it; TIME_WAIT's forerunner counts nothing.
    const unread = c.receivedBytes + (c.finReceived && !c.readShutdown ? 1 : 0);
    return { ...base, recvQ: listening ? c.acceptQueue.length : unread, sendQ: listening ? c.backlog : c.orphan && state === "FIN_WAIT2" ? 0 : c.unacknowledged, dual: c.dual, device: c.device, owner: c.owner };
  });
}

function udpRows({ machine }: Proc): Row[] {
  return machine.netns.sockets.udp.all().map((socket: UdpSocket): Row => ({
    netid: "udp",
    state: socket.peer === undefined ? "CLOSED" : "ESTABLISHED",
    recvQ: socket.waitingBytes,
    sendQ: 0,
    localIp: socket.local?.ip ?? ANY,
    localPort: socket.local?.port ?? 0,
    peerIp: socket.peer?.ip ?? ANY,
    peerPort: socket.peer?.port ?? 0,
    dual: socket.dual,
    device: socket.device,
    owner: socket.owner,
    entry: undefined,
  }));
}

class Printer {
  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
    private readonly services: Services,
  ) {}

  cells(row: Row): readonly string[] {
    const device = row.device === undefined ? "" : `%${row.device}`;
    return [
      row.netid,
      NAMES[row.state],
      String(row.recvQ).padEnd(6),
      String(row.sendQ).padEnd(6),
      `${this.#address(row.localIp, row.dual)}${device}:`,
      this.#port(row.localPort, row.netid),
      `${this.#address(row.peerIp, row.dual)}:`,
      this.#port(row.peerPort, row.netid),
      this.#extras(row),
    ];
  }

  /** A socket of the IPv6 family that takes IPv4 as well shows mapped addresses. */
  #address(ip: Ip, dual: boolean): string {
    if (ip === ANY) return dual ? "*" : "0.0.0.0";
    return dual ? `[::ffff:${printIp(ip)}]` : printIp(ip);
  }

  #port(port: number, protocol: string): string {
    if (port === 0) return "*";
    return this.options.has("n") ? String(port) : (this.services.name(port, protocol) ?? String(port));
  }

  #extras({ owner, entry, netid }: Row): string {
    const { options } = this;
    let out = "";
    if (options.has("p") && owner !== undefined && this.#visible(owner)) out += ` users:(("${owner.name}",pid=${owner.pid},fd=${owner.fd}))`;
    if (entry === undefined) return out;
    if (options.has("o")) out += timerOf(entry);
    if (options.has("i") && netid === "tcp") out += `${options.has("O") ? "" : "\n\t"}${tcpInfo(entry, { numeric: options.has("n"), flags: options.has("o") })}`;
    return out;
  }

  /** Only processes under /proc can be named: those of this PID namespace. */
  #visible({ pid }: SocketOwner): boolean {
    return this.proc.machine.processes.has(pid);
  }
}

/** ss -s, from /proc/net/sockstat. */
function summary({ machine }: Proc): string {
  const { sockets } = machine.netns;
  const entries = [...sockets.tcp.all()];
  const count = (...states: TcpState[]): number => entries.filter(({ state }) => states.includes(state)).length;
  const timewait = count("TIME_WAIT");
  const orphaned = entries.filter((entry) => !(entry instanceof TimeWait) && (entry as TcpConnection).orphan).length;
  const inUse = entries.length - timewait;
  const [raw, udp] = [sockets.icmp.size, sockets.udp.all().length];
  const row = (name: string, n: number, v6 = 0): string => `${name}\t  ${String(n).padEnd(9)} ${String(n - v6).padEnd(9)} ${String(v6).padEnd(9)}\n`;
  const six = entries.filter((entry) => !(entry instanceof TimeWait) && (entry as TcpConnection).dual).length;
  return `Total: ${inUse + raw + udp}\nTCP:   ${entries.length} (estab ${count("ESTABLISHED", "CLOSE_WAIT")}, closed ${timewait}, orphaned ${orphaned}, timewait ${timewait})\n\nTransport Total     IP        IPv6\n${row("RAW", raw)}${row("UDP", udp)}${row("TCP", inUse, six)}${row("INET", raw + udp + inUse, six)}${row("FRAG", 0)}\n`;
}
