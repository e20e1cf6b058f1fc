/** /proc/net/ip_vs and its neighbours: the kernel's own listings, in hexadecimal. */
import type { Ip } from "../wire/ip";
import { jiffiesAt } from "../net/jiffies";
import { PROTO } from "../wire/packet";
import { ipvsOf } from "./attach";
import type { Entry } from "./connection";
import { TABLE_SIZE } from "./connection-table";
import type { Ipvs } from "./ipvs";
import type { Forwarding, Service } from "./service";
import { type Counters, zeroCounters } from "./stats";
import type { Netns } from "../net/netns";

const HZ = 250;
/** As many as conntrack counts for. */
const CPUS = 2;
export const VERSION = "1.2.1";
export const FORWARD_NAME: Readonly<Record<Forwarding, string>> = { masq: "Masq", droute: "Route", tunnel: "Tunnel" };

const hex = (n: number, width: number): string => n.toString(16).toUpperCase().padStart(width, "0");
const endpoint = (address: Ip, port: number): string => `${hex(address, 8)}:${hex(port, 4)}`;
const protocolName = (protocol: number): string => (protocol === PROTO.tcp ? "TCP" : protocol === PROTO.udp ? "UDP" : "IP");

/** Whole seconds left, as jiffies divide. */
export function secondsLeft(ipvs: Ipvs, entry: Entry): number {
  const left = entry.expires - jiffiesAt(ipvs.ns.world.scheduler.nowUs);
  return Math.max(0, Math.floor(left / HZ));
}

export function stateName({ template, assured, protocol, state }: Entry): string {
  if (template) return assured ? "ASSURED" : "NONE";
  return protocol === PROTO.udp ? "UDP" : state;
}

function serviceLines(service: Service): string {
  const ops = service.onePacket ? "ops " : "";
  const name = service.scheduler?.name ?? "none";
  const head =
    service.fwmark !== 0
      ? `FWM  ${hex(service.fwmark, 8)} ${name} ${ops}`
      : `${protocolName(service.protocol)}  ${service.address6 === undefined ? endpoint(service.address, service.port) : `[${service.address6}]:${hex(service.port, 4)}`} ${name} ${ops}${service.address6 === undefined ? " " : ""}`;
  const persistent = service.persistentSeconds === undefined ? "" : `persistent ${service.persistentSeconds * HZ} ${hex(service.netmask, 8)}`;
  const servers = service.servers.map(
    ({ address, port, forwarding, weight, active, inactive }) =>
      `  -> ${endpoint(address, port)}      ${FORWARD_NAME[forwarding].padEnd(7)} ${String(weight).padEnd(6)} ${String(active).padEnd(10)} ${String(inactive).padEnd(10)}\n`,
  );
  return `${head}${persistent}\n${servers.join("")}`;
}

export function servicesFile(ipvs: Ipvs): string {
  const title = `IP Virtual Server version ${VERSION} (size=${TABLE_SIZE})\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n`;
  return title + ipvs.services().map(serviceLines).join("");
}

const shared = (entry: Entry): string =>
  `${protocolName(entry.protocol).padEnd(3)} ${hex(entry.client, 8)} ${hex(entry.clientPort, 4)} ${hex(entry.virtual, 8)} ${hex(entry.virtualPort, 4)} ${hex(entry.target, 8)} ${hex(entry.targetPort, 4)} ${stateName(entry).padEnd(11)}`;

export function connectionsFile(ipvs: Ipvs): string {
  const lines = ipvs.table.listed().map((entry) => `${shared(entry)} ${String(secondsLeft(ipvs, entry)).padStart(7)}\n`);
  return `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n${lines.join("")}`;
}

function connectionsSyncFile(ipvs: Ipvs): string {
  const lines = ipvs.table.listed().map((entry) => `${shared(entry)} LOCAL  ${String(secondsLeft(ipvs, entry)).padStart(7)}\n`);
  return `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n${lines.join("")}`;
}

const numbers = ({ conns, inpkts, outpkts, inbytes, outbytes }: Counters): string => [hex(conns, 0).padStart(8), hex(inpkts, 0).padStart(8), hex(outpkts, 0).padStart(8), hex(inbytes, 0).padStart(16), hex(outbytes, 0).padStart(16)].join(" ");

function statsFile({ total }: Ipvs): string {
  return `   Total Incoming Outgoing         Incoming         Outgoing\n   Conns  Packets  Packets            Bytes            Bytes\n${numbers(total.shown)}\n\n Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n${numbers(total.rates)}\n`;
}

/** What each CPU counted, as it is now, and their sum as the estimator last saw it. One CPU does all the work here. */
function statsPerCpuFile({ total }: Ipvs): string {
  const cpus = [total.live, ...Array.from({ length: CPUS - 1 }, zeroCounters)].map((counters, cpu) => `${hex(cpu, 0).padStart(3)} ${numbers(counters)}\n`).join("");
  return `       Total Incoming Outgoing         Incoming         Outgoing\nCPU    Conns  Packets  Packets            Bytes            Bytes\n${cpus}  ~ ${numbers(total.shown)}\n\n     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    ${numbers(total.rates)}\n`;
}

/** Helpers for protocols that tell addresses, as ip_vs_ftp: none is loaded. */
const appsFile = (): string => "prot port    usecnt name\n";

/** Below /proc/net, once the module is loaded. */
export function ipvsFiles(ipvs: Ipvs): ReadonlyMap<string, () => string> {
  return new Map([
    ["ip_vs", () => servicesFile(ipvs)],
    ["ip_vs_app", () => appsFile()],
    ["ip_vs_conn", () => connectionsFile(ipvs)],
    ["ip_vs_conn_sync", () => connectionsSyncFile(ipvs)],
    ["ip_vs_stats", () => statsFile(ipvs)],
    ["ip_vs_stats_percpu", () => statsPerCpuFile(ipvs)],
  ]);
}
