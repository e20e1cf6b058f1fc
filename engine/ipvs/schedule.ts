/**
 * The first packet of a connection: which service it is for, which server takes it, and what the
 * client hears when nobody can (ip_vs_schedule, ip_vs_sched_persist, ip_vs_leave of ip_vs_core.c).
 */
import { icmpError } from "../net/icmp";
import type { Verdict } from "../net/hook";
import type { Skb } from "../net/skb";
import { ICMP, UNREACHABLE } from "../wire/icmp";
import type { Ip } from "../wire/ip";
import { PROTO, TCP } from "../wire/packet";
import type { Entry } from "./connection";
import type { Ports } from "./connection-table";
import type { Ipvs } from "./ipvs";
import type { Server, Service } from "./service";
import { countConnection } from "./state";

const FTP = 21;
const FTP_DATA = 20;
const DEAD_PORT = 0xffff;

/** tcp_conn_schedule(), udp_conn_schedule(): an entry, or what is to become of the packet without one. */
export function schedule(ipvs: Ipvs, skb: Skb, ports: Ports): Entry | Verdict {
  const { packet } = skb;
  const { payload } = packet;
  if (payload.kind === "tcp") {
    const begins = (payload.flags & TCP.syn) !== 0 || ipvs.settings.sloppy_tcp !== 0;
    if ((payload.flags & TCP.rst) !== 0 || !begins) return "ACCEPT";
  }
  const service = ipvs.serviceFor(skb.mark, packet.proto, packet.dst, ports.dport);
  if (service === undefined) return "ACCEPT";
  if (ipvs.refusesByRate()) return "DROP";
  const entry = newEntry(ipvs, service, skb, ports);
  if (entry === "no server") return leave(service, skb, ports);
  return entry ?? "ACCEPT";
}

/** ip_vs_schedule(). Undefined: not for IPVS after all. */
function newEntry(ipvs: Ipvs, service: Service, skb: Skb, ports: Ports): Entry | "no server" | undefined {
  const { packet } = skb;
  if (ports.sport === FTP_DATA) return undefined;
  // The answer of a server on this very machine begins nothing.
  const fromHere = skb.inDev === undefined || skb.inDev.kind === "loopback";
  if (fromHere && ipvs.table.fromClient(packet.proto, packet.dst, ports.dport, packet.src, ports.sport) !== undefined) return undefined;
  if (service.persistentSeconds !== undefined) return persistentEntry(ipvs, service, skb, ports);
  if (service.fwmark === 0 && ports.dport !== service.port) return "no server";
  const server = service.scheduler?.choose({ src: packet.src, dst: packet.dst, sport: ports.sport });
  if (server === undefined) return "no server";
  return connect(ipvs, service, skb, ports, server, server.port !== 0 ? server.port : ports.dport);
}

function connect(ipvs: Ipvs, service: Service, skb: Skb, ports: Ports, server: Server, targetPort: number, template?: Entry): Entry {
  const { packet } = skb;
  const spec = { protocol: packet.proto, client: packet.src, clientPort: ports.sport, virtual: packet.dst, virtualPort: ports.dport, target: server.address, targetPort };
  const entry = ipvs.lifetimes.create(spec, server, { onePacket: service.onePacket });
  if (template !== undefined) ipvs.lifetimes.control(entry, template);
  countConnection(ipvs, entry);
  return entry;
}

/** ip_vs_sched_persist(): by the client's template, which is made if need be. */
function persistentEntry(ipvs: Ipvs, service: Service, skb: Skb, ports: Ports): Entry | "no server" {
  const { packet } = skb;
  const own = ports.dport === service.port;
  const network = ((packet.src & service.netmask) >>> 0) as Ip;
  const byMark = !own && service.fwmark !== 0;
  const protocol = byMark ? 0 : packet.proto;
  const virtual = byMark ? (service.fwmark as Ip) : packet.dst;
  const virtualPort = own && service.port !== FTP ? ports.dport : 0;

  let template = ipvs.table.template(protocol, network, virtual, virtualPort);
  if (template !== undefined && !stillGood(ipvs, template)) template = undefined;
  if (template === undefined) {
    const server = service.scheduler?.choose({ src: packet.src, dst: packet.dst, sport: ports.sport });
    if (server === undefined) return "no server";
    const targetPort = own && service.port !== FTP ? server.port : 0;
    template = ipvs.lifetimes.create({ protocol, client: network, clientPort: 0, virtual, virtualPort, target: server.address, targetPort }, server, { template: true });
    template.timeoutMs = (service.persistentSeconds ?? 0) * 1000;
  }
  const server = template.server as Server;
  const entry = connect(ipvs, service, skb, ports, server, own && server.port !== 0 ? server.port : ports.dport, template);
  ipvs.lifetimes.put(template);
  return entry;
}

/** ip_vs_check_template(): one whose server is gone, or is to take no more, is put out of the way. */
function stillGood(ipvs: Ipvs, template: Entry): boolean {
  const { server } = template;
  const quiet = ipvs.settings.expire_quiescent_template !== 0 && server?.weight === 0;
  if (server?.available && !quiet) return true;
  if (template.virtualPort !== DEAD_PORT) {
    ipvs.table.remove(template);
    template.virtualPort = template.targetPort = DEAD_PORT;
    ipvs.table.insert(template);
  }
  return false;
}

/** ip_vs_leave(): the virtual address itself says that there is nobody. */
function leave(service: Service, skb: Skb, ports: Ports): Verdict {
  if (service.port === FTP && ports.dport !== FTP) return "ACCEPT";
  icmpError(skb, ICMP.unreachable, UNREACHABLE.port);
  skb.ns.drop(skb, `IPVS: no real server for port ${ports.dport}/${skb.packet.proto === PROTO.tcp ? "tcp" : "udp"}`);
  return "DROP";
}
