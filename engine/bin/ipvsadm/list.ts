/** ipvsadm's listings, to the column: print_title(), print_service_entry(), list_conn(). */
import type { Ipvs } from "../../ipvs/ipvs";
import { FORWARD_NAME, secondsLeft, stateName, VERSION } from "../../ipvs/proc-files";
import { TABLE_SIZE } from "../../ipvs/connection-table";
import type { Server, Service } from "../../ipvs/service";
import type { Counters } from "../../ipvs/stats";
import { serviceName } from "../../netfilter/iptables/names";
import { type Ip, printIp } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import type { OptionName } from "./options";
import { flagNames, SCTP } from "./values";

/** Which of the listings: the first of these that was asked for. */
export type Layout = "rule" | "stats" | "rate" | "thresholds" | "persistent-conn" | "tun-info" | "plain";

export type Format = {
  readonly layout: Layout;
  readonly sorted: boolean;
  readonly exact: boolean;
  /** Names instead of numbers; undefined with -n. */
  readonly names: ((address: Ip) => string | undefined) | undefined;
};

export function layoutOf(given: ReadonlySet<OptionName>): Layout {
  return (["stats", "rate", "thresholds", "persistent-conn", "tun-info"] as const).find((layout) => given.has(layout)) ?? "plain";
}

const PROTOCOLS: Readonly<Record<number, { readonly title: string; readonly option: string; readonly name: string }>> = {
  [PROTO.tcp]: { title: "TCP", option: "-t", name: "tcp" },
  [PROTO.udp]: { title: "UDP", option: "-u", name: "udp" },
  [SCTP]: { title: "SCTP", option: "--sctp-service", name: "sctp" },
};

function endpoint({ names }: Format, address: Ip, port: number, protocol: number, address6?: string): string {
  const host = address6 === undefined ? (names?.(address) ?? printIp(address)) : `[${address6}]`;
  const proto = PROTOCOLS[protocol]?.name;
  return `${host}:${(names && proto && serviceName(port, proto)) ?? port}`;
}

/** print_largenum(): nine columns, however large; --exact lets it grow. */
function large(value: number, { exact }: Format): string {
  if (exact) return String(value).padStart(Math.max(9, String(value).length + 1));
  if (value < 1e8) return String(value).padStart(9);
  if (value < 1e9) return `${String(Math.floor(value / 1e3)).padStart(8)}K`;
  if (value < 1e11) return `${String(Math.floor(value / 1e6)).padStart(8)}M`;
  if (value < 1e14) return `${String(Math.floor(value / 1e9)).padStart(8)}G`;
  return `${String(Math.floor(value / 1e12)).padStart(8)}T`;
}

const counters = ({ conns, inpkts, outpkts, inbytes, outbytes }: Counters, format: Format): string => [conns, inpkts, outpkts, inbytes, outbytes].map((n) => large(n, format)).join("");
const columns = (values: readonly (string | number)[], widths: readonly number[]): string => values.map((value, i) => String(value).padEnd(widths[i] ?? 0)).join(" ");

const numbersTitle = (...names: readonly string[]): string => `${["Prot LocalAddress:Port".padEnd(33), ...names.map((name) => name.padStart(8))].join(" ")}\n  -> RemoteAddress:Port\n`;

const TITLES: Readonly<Record<Layout, string>> = {
  rule: "",
  stats: numbersTitle("Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"),
  rate: numbersTitle("CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"),
  thresholds: `${columns(["Prot LocalAddress:Port", "Uthreshold", "Lthreshold", "ActiveConn", "InActConn"], [33, 10, 10, 10, 10])}\n  -> RemoteAddress:Port\n`,
  "persistent-conn": `${columns(["Prot LocalAddress:Port", "Weight", "PersistConn", "ActiveConn", "InActConn"], [33, 9, 11, 10, 10])}\n  -> RemoteAddress:Port\n`,
  "tun-info": "Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
  plain: "Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
};

function serviceTitle(service: Service, format: Format): string {
  const rule = format.layout === "rule";
  if (service.fwmark !== 0) return `${rule ? "-f" : "FWM "} ${service.fwmark | 0}`;
  const protocol = PROTOCOLS[service.protocol];
  const where = endpoint(format, service.address, service.port, service.protocol, service.address6);
  if (rule) return `${protocol?.option} ${where}`;
  const title = `${(protocol?.title ?? "").padEnd(4)} ${where}`;
  return service.address6 === undefined ? title.slice(0, 33) : title;
}

function maskOf({ netmask, address6 }: Service): string | undefined {
  if (address6 !== undefined) return netmask === 128 ? undefined : String(netmask);
  return netmask === 0xffff_ffff ? undefined : printIp(netmask as Ip);
}

function serviceLine(service: Service, format: Format): string {
  const title = serviceTitle(service, format);
  const { layout } = format;
  if (layout === "stats" || layout === "rate") return title.padEnd(33) + counters(layout === "stats" ? service.stats.shown : service.stats.rates, format);
  const scheduler = service.scheduler?.name ?? "none";
  const mask = maskOf(service);
  const flags = service.flags === 0 ? undefined : flagNames(service.flags, scheduler);
  const { persistentSeconds } = service;
  if (layout === "rule") {
    const persistent = persistentSeconds === undefined ? "" : ` -p ${persistentSeconds}${mask === undefined ? "" : ` -M ${mask}`}`;
    return `-A ${title} -s ${scheduler}${persistent}${service.onePacket ? " -o" : ""}${flags === undefined ? "" : ` -b ${flags}`}`;
  }
  const persistent = persistentSeconds === undefined ? "" : ` persistent ${persistentSeconds}${mask === undefined ? "" : ` mask ${mask}`}`;
  return `${title} ${scheduler}${flags === undefined ? "" : ` (${flags})`}${persistent}${service.onePacket ? " ops" : ""}`;
}

const SWITCH = { masq: "-m", droute: "-g", tunnel: "-i" } as const;
const CHECKSUM = { nocsum: "-c", csum: "+c", remcsum: "r+c" } as const;

function tunnelInfo({ forwarding, tunnel }: Server): string {
  if (forwarding !== "tunnel") return "n/a";
  if (tunnel.type === "ipip") return "ipip";
  return tunnel.type === "gue" ? `gue:${tunnel.port}:${CHECKSUM[tunnel.flags]}` : `gre:${CHECKSUM[tunnel.flags]}`;
}

function serverRule(server: Server, title: string, name: string): string {
  const { forwarding, tunnel, weight } = server;
  const options = tunnel.type === "ipip" ? "" : `${tunnel.type === "gue" ? ` --tun-port ${tunnel.port}` : ""} --tun-${tunnel.flags}`;
  return `-a ${title} -r ${name} ${SWITCH[forwarding]} -w ${weight}${forwarding === "tunnel" ? ` --tun-type ${tunnel.type}${options}` : ""}`;
}

function serverLine(server: Server, service: Service, format: Format): string {
  // A mark has no protocol, so the ports of its servers have no names.
  const full = endpoint(format, server.address, server.port, service.fwmark === 0 ? service.protocol : 0);
  const { layout } = format;
  if (layout === "rule") return serverRule(server, serviceTitle(service, format), full);
  const name = `  -> ${full.slice(0, 28).padEnd(28)}`;
  const { active, inactive, weight } = server;
  switch (layout) {
    case "stats":
      return name + counters(server.stats.shown, format);
    case "rate": {
      const { conns, inpkts, outpkts, inbytes, outbytes } = server.stats.rates;
      return `${name} ${[conns, inpkts, outpkts].map((n) => String(n).padStart(8)).join(" ")}${large(inbytes, format)}${large(outbytes, format)}`;
    }
    case "thresholds":
      return `${name} ${columns([server.upper, server.lower, active, inactive], [10, 10, 10, 10])}`;
    case "persistent-conn":
      return `${name} ${columns([weight, server.persistent, active, inactive], [9, 11, 10, 10])}`;
    case "tun-info":
      return `${name} ${columns([FORWARD_NAME[server.forwarding], tunnelInfo(server), weight, active, inactive], [7, 13, 6, 10, 10])}`;
    case "plain":
      return `${name} ${columns([FORWARD_NAME[server.forwarding], weight, active, inactive], [7, 6, 10, 10])}`;
  }
}

/** The difference of two unsigned numbers, as the tool keeps it in an int. */
const difference = (a: number, b: number): number => (a - b) | 0;

function compareServices(a: Service, b: Service): number {
  const family = Number(a.address6 !== undefined) - Number(b.address6 !== undefined);
  return difference(a.fwmark, b.fwmark) || family || a.protocol - b.protocol || difference(a.address, b.address) || a.port - b.port;
}

const compareServers = (a: Server, b: Server): number => difference(a.address, b.address) || a.port - b.port;

/**
 * glibc's qsort(3), which is a merge sort: it matters, because the comparison of addresses more
 * than 2^31 apart is wrong, and the result then depends on the way the sort goes.
 */
export function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  if (items.length <= 1) return [...items];
  const half = Math.floor(items.length / 2);
  const left = mergeSort(items.slice(0, half), compare);
  const right = mergeSort(items.slice(half), compare);
  const sorted: T[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    if (b === undefined || (a !== undefined && compare(a, b) <= 0)) sorted.push(left[i++] as T);
    else sorted.push(right[j++] as T);
  }
  return sorted;
}

export function listService(service: Service, format: Format): string {
  const servers = format.sorted ? mergeSort(service.servers, compareServers) : service.servers;
  return [serviceLine(service, format), ...servers.map((server) => serverLine(server, service, format))].map((line) => `${line}\n`).join("");
}

export const titleOf = ({ layout }: Format): string => TITLES[layout];

export function listAll(ipvs: Ipvs, format: Format): string {
  const services = format.sorted ? mergeSort(ipvs.services(), compareServices) : ipvs.services();
  const head = format.layout === "rule" ? "" : `IP Virtual Server version ${VERSION} (size=${TABLE_SIZE})\n`;
  return head + titleOf(format) + services.map((service) => listService(service, format)).join("");
}

/** --connection; with --persistent-conn the title has two columns more, for a persistence engine's data. */
export function listConnections(ipvs: Ipvs, format: Format): string {
  const more = format.layout === "persistent-conn";
  const title = more ? columns(["state", "source", "virtual", "destination", "pe name", "pe_data"], [11, 18, 18, 18, 16, 0]) : columns(["state", "source", "virtual", "destination"], [11, 18, 18, 0]);
  const lines = ipvs.table.listed().map((entry) => {
    const left = secondsLeft(ipvs, entry);
    const clock = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    const { protocol } = entry;
    const name = PROTOCOLS[protocol]?.title ?? "IP";
    const ends = [endpoint(format, entry.client, entry.clientPort, protocol), endpoint(format, entry.virtual, entry.virtualPort, protocol), endpoint(format, entry.target, entry.targetPort, protocol)];
    return `${columns([name, clock, stateName(entry), ...ends], [3, 6, 11, 18, 18, 0])}\n`;
  });
  return `IPVS connection entries\npro expire ${title}\n${lines.join("")}`;
}

