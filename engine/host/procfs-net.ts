/**
 * What is in /proc/net: devices, routes, neighbours, sockets, counters, connections, in the kernel's
 * own columns (dev_seq_show, fib_route_seq_show, arp_seq_show, tcp4_seq_show, ct_seq_show).
 * Differs: kernel addresses are zero, as they are for everybody who is not root there.
 */
import { compare } from "../core/order";
import { printStatFile } from "../netfilter/conntrack-stats";
import { procText } from "../netfilter/conntrack-print";
import { netfilterOf } from "../netfilter/attach";
import { fibTrie, fibTrieStat } from "./procfs-fib";
import type { Netns } from "../net/netns";
import type { Snmp } from "../net/snmp";
import { TcpConnection } from "../net/tcp-connection";
import type { TimeWait } from "../net/tcp-timewait";
import { printIp } from "../wire/ip";
import { type Mac, printMac } from "../wire/mac";

/** Paths below /proc/net in this namespace. */
export function netFiles(ns: Netns): readonly string[] {
  const own = [...FILES].filter(([, read]) => read(ns) !== undefined).map(([path]) => path);
  return [...own, ...(ns.procFiles?.keys() ?? [])].sort(compare);
}

export function netFile(ns: Netns, path: string): string | undefined {
  return FILES.get(path)?.(ns) ?? ns.procFiles?.get(path)?.();
}

const FILES: ReadonlyMap<string, (ns: Netns) => string | undefined> = new Map<string, (ns: Netns) => string | undefined>([
  ["arp", arp],
  ["dev", dev],
  ["dev_mcast", devMcast],
  ["fib_trie", fibTrie],
  ["fib_triestat", fibTrieStat],
  ["icmp", () => `${"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops".padEnd(UDP_LINE)}\n`],
  ["igmp", igmp],
  ["netstat", (ns) => netstat(ns.snmp)],
  ["nf_conntrack", (ns) => {
    const netfilter = netfilterOf(ns);
    return netfilter && procText(netfilter.conntrack);
  }],
  ["packet", packet],
  ["psched", () => "000003e8 00000040 000f4240 3b9aca00\n"],
  ["ptype", ptype],
  ["raw", raw],
  ["route", route],
  ["snmp", snmp],
  ["sockstat", sockstat],
  ["stat/nf_conntrack", (ns) => {
    const netfilter = netfilterOf(ns);
    return netfilter && printStatFile(netfilter.conntrack.stats, netfilter.conntrack.count);
  }],
  ["tcp", tcp],
  ["udp", udp],
  ["udplite", () => `${UDP_HEAD.padEnd(UDP_LINE)}\n`],
]);

function dev(ns: Netns): string {
  const head = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";
  return head + ns.devices.all().map(({ name, stats: s }) => `${name.padStart(6)}: ${cell(s.rxBytes, 7)} ${cell(s.rxPackets, 7)} ${cell(s.rxErrors, 4)} ${cell(s.rxDropped, 4)} ${cell(0, 4)} ${cell(0, 5)} ${cell(0, 10)} ${cell(s.multicast, 9)} ${cell(s.txBytes, 8)} ${cell(s.txPackets, 7)} ${cell(s.txErrors, 4)} ${cell(s.txDropped, 4)} ${cell(0, 4)} ${cell(0, 5)} ${cell(s.txCarrierErrors, 7)} ${cell(0, 10)}\n`).join("");
}

function cell(value: number, width: number): string {
  return String(value).padStart(width);
}

/** An address as the kernel prints it here: the bytes in network order, read as a little-endian number. */
function hexIp(ip: number): string {
  return [0, 8, 16, 24].map((shift) => ((ip >>> shift) & 255).toString(16).toUpperCase().padStart(2, "0")).join("");
}

function hex(value: number, width: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(width, "0");
}

const MAIN_TABLE = 254;
const ROUTE_LINE = 127;

function route(ns: Netns): string {
  const head = `${"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".padEnd(ROUTE_LINE)}\n`;
  const rows = (ns.fib.existing(MAIN_TABLE)?.entries() ?? []).map((entry) => {
    const [hop] = entry.hops;
    const gateway = hop?.gateway ?? 0;
    const reject = entry.type === "unreachable" || entry.type === "prohibit";
    const flags = 1 | (gateway !== 0 ? 2 : 0) | (entry.bits === 32 ? 4 : 0) | (reject ? 0x200 : 0);
    const mask = entry.bits === 0 ? 0 : (0xffffffff << (32 - entry.bits)) >>> 0;
    return `${`${hop?.dev?.name ?? "*"}\t${hexIp(entry.dst)}\t${hexIp(gateway)}\t${hex(flags, 4)}\t0\t0\t${entry.metric}\t${hexIp(mask)}\t0\t0\t0`.padEnd(ROUTE_LINE)}\n`;
  });
  return head + rows.join("");
}

const NO_MAC = 0 as Mac;

function arp(ns: Netns): string {
  const head = "IP address       HW type     Flags       HW address            Mask     Device\n";
  const rows = ns.neighbours.list().filter(({ dev: { noarp }, state }) => !noarp && state !== "NOARP").map(({ ip, dev: device, mac, state, proxy }) => {
    const known = state !== "INCOMPLETE" && state !== "FAILED";
    const flags = (known ? 2 : 0) | (state === "PERMANENT" ? 4 : 0) | (proxy ? 8 : 0);
    return `${printIp(ip).padEnd(16)} 0x1         0x${flags.toString(16).padEnd(10)}${printMac(known ? mac : NO_MAC)}     *        ${device.name}\n`;
  });
  return head + rows.join("");
}

// Sockets

const STATES = ["", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"];
const SOCKET_LINE = 149;
const UDP_LINE = 127;

type SocketRow = { readonly localIp: number; readonly localPort: number; readonly peerIp: number; readonly peerPort: number; readonly state: number; readonly sending: number; readonly receiving: number; readonly inode: number; readonly timer?: string; readonly retransmits?: number; readonly probes?: number };

function socketLine(row: SocketRow, i: number, tail: string, width: number): string {
  const { localIp, localPort, peerIp, peerPort, state, sending, receiving, inode, timer = "00:00000000", retransmits = 0, probes = 0 } = row;
  return `${`${String(i).padStart(width === UDP_LINE ? 5 : 4)}: ${hexIp(localIp)}:${hex(localPort, 4)} ${hexIp(peerIp)}:${hex(peerPort, 4)} ${hex(state, 2)} ${hex(sending, 8)}:${hex(receiving, 8)} ${timer} ${hex(retransmits, 8)}     0 ${String(probes).padStart(8)} ${inode}${tail}`.padEnd(width)}\n`;
}

/** Which timer runs and for how long, in hundredths of a second; retransmissions and probes without an answer. */
function timersOf(c: TcpConnection): { readonly timer: string; readonly retransmits: number; readonly probes: number } {
  const { nowMs } = c.ns.world.scheduler;
  const [kind, dueMs] = c.sendTimer.dueMs !== undefined ? [c.sendTimerFor === "probe" ? 4 : 1, c.sendTimer.dueMs] : c.keepTimer.dueMs !== undefined ? [2, c.keepTimer.dueMs] : [0, nowMs];
  return { timer: `${hex(kind, 2)}:${hex(Math.max(0, Math.floor((dueMs - nowMs) / 10)), 8)}`, retransmits: c.retransmits, probes: c.probes };
}

/** Retransmission and delayed-ACK time-outs in hundredths of a second, window, slow start threshold. */
function progressOf({ rtoMs, atoMs, cwnd, ssthresh }: TcpConnection): string {
  return `${Math.floor(rtoMs / 10)} ${Math.floor(atoMs / 10)} 0 ${cwnd} ${ssthresh < 0x7fff_ffff ? ssthresh : -1}`;
}

function tcp(ns: Netns): string {
  const head = `${"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode".padEnd(SOCKET_LINE)}\n`;
  const rows = [...ns.sockets.tcp.all()].map((entry, i) => {
    const { localIp, localPort, peerIp, peerPort } = entry;
    const full = entry instanceof TcpConnection ? entry : undefined;
    const listening = entry.state === "LISTEN";
    const row = { localIp, localPort, peerIp, peerPort, state: STATES.indexOf(entry.state), sending: listening ? 0 : (full?.unacknowledged ?? 0), receiving: listening ? (full?.acceptQueue.length ?? 0) : (full?.receivedBytes ?? 0), inode: full === undefined || full.orphan ? 0 : full.inode, ...(full ? timersOf(full) : { timer: `03:${hex(Math.ceil((entry as TimeWait).remainingMs / 10), 8)}` }) };
    return socketLine(row, i, full ? ` 1 0000000000000000 ${listening ? "100 0 0 10 0" : progressOf(full)}` : " 3 0000000000000000", SOCKET_LINE);
  });
  return head + rows.join("");
}

const UDP_HEAD = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";

function raw(ns: Netns): string {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
  return head + [...ns.sockets.icmp].map(({ inode }) => `   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0000000000000000 0\n`).join("");
}

/** Packet sockets: those of tcpdump. */
function packet(ns: Netns): string {
  const head = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";
  const rows = [...ns.sockets.packet].map((socket) => `0000000000000000 3      3    0003   ${String(socket.bound === "any" || socket.bound === undefined ? 0 : socket.bound.index).padEnd(5)} 1 0      0      ${socket.inode}\n`);
  return head + rows.join("");
}

/** Who is handed frames of which type. */
function ptype(ns: Netns): string {
  const taps = [...ns.sockets.packet].map(({ bound }) => `ALL  ${bound === "any" || bound === undefined ? "        " : bound.name.padEnd(8)} tpacket_rcv\n`);
  return `Type Device      Function\n${taps.join("")}0800          ip_rcv\n0806          arp_rcv\n`;
}

/** Every device that is up listens to 224.0.0.1. */
function igmp(ns: Netns): string {
  const rows = ns.devices.all().filter(({ up }) => up).map(({ index, name }) => `${index}\t${name.padEnd(10)}:     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n`);
  return `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n${rows.join("")}`;
}

function devMcast(ns: Netns): string {
  return ns.devices.all().filter(({ up, kind }) => up && kind !== "loopback").map(({ index, name }) => `${String(index).padEnd(4)} ${name.padEnd(15)} 1     0     01005e000001\n`).join("");
}

function udp(ns: Netns): string {
  const head = `${UDP_HEAD.padEnd(UDP_LINE)}\n`;
  const rows = ns.sockets.udp.all().map((socket, i) => {
    const row = { localIp: socket.local?.ip ?? 0, localPort: socket.local?.port ?? 0, peerIp: socket.peer?.ip ?? 0, peerPort: socket.peer?.port ?? 0, state: socket.peer === undefined ? 7 : 1, sending: 0, receiving: socket.waitingBytes, inode: socket.inode };
    return socketLine(row, i, " 2 0000000000000000 0", UDP_LINE);
  });
  return head + rows.join("");
}

function sockstat(ns: Netns): string {
  const all = [...ns.sockets.tcp.all()];
  const waiting = all.filter((entry) => !(entry instanceof TcpConnection)).length;
  const inUse = all.length - waiting;
  return `sockets: used ${inUse + ns.sockets.udp.all().length}\nTCP: inuse ${inUse} orphan 0 tw ${waiting} alloc ${inUse} mem 0\nUDP: inuse ${ns.sockets.udp.all().length} mem 0\nUDPLITE: inuse 0\nRAW: inuse ${ns.sockets.icmp.size}\nFRAG: inuse 0 memory 0\n`;
}

// Counters: those this stack keeps, under the kernel's names

function table(name: string, columns: readonly (readonly [string, number])[]): string {
  return `${name}: ${columns.map(([column]) => column).join(" ")}\n${name}: ${columns.map(([, value]) => value).join(" ")}\n`;
}

function snmp(ns: Netns): string {
  const { ip, icmp, tcp: segments, udp: datagrams } = ns.snmp;
  return [
    table("Ip", [["Forwarding", ns.sysctl.ipv4.ip_forward === 0 ? 2 : 1], ["DefaultTTL", ns.sysctl.ipv4.ip_default_ttl], ...Object.entries(ip)]),
    table("Icmp", ICMP_COLUMNS.map((column) => [column, (icmp as Readonly<Record<string, number>>)[column] ?? 0] as const)),
    icmpMessages(icmp),
    table("Tcp", [["RtoAlgorithm", 1], ["RtoMin", 200], ["RtoMax", 120_000], ["MaxConn", -1], ...Object.entries(segments), ["InCsumErrors", 0]]),
    table("Udp", [...Object.entries(datagrams), ...UDP_MORE]),
    table("UdpLite", [...Object.keys(datagrams).map((column) => [column, 0] as const), ...UDP_MORE]),
  ].join("");
}

const UDP_MORE = [["InCsumErrors", 0], ["IgnoredMulti", 0], ["MemErrors", 0]] as const;
const ICMP_KINDS = ["DestUnreachs", "TimeExcds", "ParmProbs", "SrcQuenchs", "Redirects", "Echos", "EchoReps", "Timestamps", "TimestampReps", "AddrMasks", "AddrMaskReps"];
const ICMP_COLUMNS = ["InMsgs", "InErrors", "InCsumErrors", ...ICMP_KINDS.map((kind) => `In${kind}`), "OutMsgs", "OutErrors", "OutRateLimitGlobal", "OutRateLimitHost", ...ICMP_KINDS.map((kind) => `Out${kind}`)];
/** Types in the order of their numbers. */
const ICMP_TYPES: readonly (readonly [number, string])[] = [[0, "EchoReps"], [3, "DestUnreachs"], [4, "SrcQuenchs"], [5, "Redirects"], [8, "Echos"], [11, "TimeExcds"], [12, "ParmProbs"]];

/** Those of which there has been one. */
function icmpMessages(icmp: Readonly<Record<string, number>>): string {
  const columns = (["In", "Out"] as const).flatMap((way) => ICMP_TYPES.map(([type, kind]) => [`${way}Type${type}`, icmp[`${way}${kind}`] ?? 0] as const));
  const seen = columns.filter(([, count]) => count > 0);
  return seen.length === 0 ? "" : table("IcmpMsg", seen);
}

function netstat({ ext }: Snmp): string {
  return table("TcpExt", [["ListenOverflows", ext.TcpExtListenOverflows], ["ListenDrops", ext.TcpExtListenDrops], ["TCPTimeouts", ext.TcpExtTimeouts], ["IPReversePathFilter", ext.IPReversePathFilter]]) + table("IpExt", [["InNoRoutes", ext.InNoRoutes]]);
}

