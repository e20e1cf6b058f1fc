/**
 * A name server outside the cluster: answers for a few fixed zones with authority, and for
 * nothing else in the world (NXDOMAIN), as the resolver of a small provider would appear.
 */
import { SysError } from "../core/errno";
import type { Program } from "../host/proc";
import { decodeDns, dnsAnswer, type DnsMessage, encodeDns, type ResourceRecord } from "../wire/dns";
import { ANY, type Ip, parseIp } from "../wire/ip";

/** "www.example.com." → addresses. */
export type Zones = Readonly<Record<string, readonly string[]>>;

export function zoneServer(zones: Zones, ttl = 300): Program {
  return {
    name: "named",
    summary: "name server",
    *run(proc) {
      const socket = proc.udp();
      socket.bind(ANY, 53);
      for (;;) {
        const datagram = yield* socket.recvFrom();
        const query = datagram && decodeDns(datagram.data);
        if (datagram === undefined || query === undefined || query.response) continue;
        try {
          socket.sendTo(encodeDns(answer(zones, query, ttl), query.edns?.udpSize ?? 512), datagram.ip, datagram.port, { src: datagram.dst });
        } catch (error) {
          if (!(error instanceof SysError)) throw error;
        }
      }
    },
  };
}

function answer(zones: Zones, query: DnsMessage, ttl: number): DnsMessage {
  const [question] = query.questions;
  const name = question?.name.toLowerCase() ?? ".";
  const common = { recursionAvailable: true, ...(query.edns && { edns: { udpSize: 1232 } }) };
  if (name === "." && question?.type === "NS") return dnsAnswer(query, { ...common, answers: [{ name: ".", ttl: 518_400, type: "NS", target: "a.root-servers.net." }] });
  const found = zones[name];
  if (found === undefined) {
    const isParent = Object.keys(zones).some((known) => known.endsWith(`.${name}`));
    return dnsAnswer(query, { ...common, rcode: isParent ? "NOERROR" : "NXDOMAIN", authorities: [soa(name)] });
  }
  const addresses = question?.type === "A" ? found.flatMap((written): Ip[] => [parseIp(written) ?? []].flat() as Ip[]) : [];
  return dnsAnswer(query, { ...common, answers: addresses.map((address): ResourceRecord => ({ name, ttl, type: "A", address })), ...(addresses.length === 0 && { authorities: [soa(name)] }) });
}

/** Of the zone the name would be in: its last two labels, or the root. */
function soa(name: string): ResourceRecord {
  const labels = name.split(".").filter(Boolean);
  const isKnown = /^(com|org|net)$/.test(labels.at(-1) ?? "");
  const zone = isKnown && labels.length >= 2 ? `${labels.slice(-2).join(".")}.` : ".";
  return zone === "."
    ? { name: ".", ttl: 86_400, type: "SOA", mname: "a.root-servers.net.", rname: "nstld.verisign-grs.com.", serial: 2026112100, refresh: 1800, retry: 900, expire: 604_800, minimum: 86_400 }
    : { name: zone, ttl: 300, type: "SOA", mname: `ns1.${zone}`, rname: `hostmaster.${zone}`, serial: 2026112100, refresh: 7200, retry: 3600, expire: 1_209_600, minimum: 300 };
}
