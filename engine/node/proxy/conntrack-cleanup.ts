/**
 * A UDP flow never ends by itself while a client keeps asking, so its conntrack entry would send
 * it to a dead Pod for ever: kube-proxy deletes entries of Service addresses whose answers would
 * come from nobody that serves. TCP is left alone. (pkg/proxy/conntrack/cleanup.go)
 */
import type { Netfilter } from "../../netfilter/attach";
import type { Connection } from "../../netfilter/connection";
import { printIp } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import type { Watched } from "./watched";

type Serving = ReadonlySet<string>;

export function cleanStaleEntries({ conntrack }: Netfilter, watched: Watched): void {
  if (conntrack.count === 0) return;
  const udp = watched.services.filter(({ protocol }) => protocol === "udp");
  if (udp.length === 0) return;
  const endpoints = watched.anyEndpoints;
  const byAddress = new Map<string, Serving>();
  const byNodePort = new Map<number, Serving>();
  for (const service of udp) {
    const serving = new Set((endpoints.get(service.key) ?? []).filter((endpoint) => endpoint.serving).map(({ address }) => address));
    if (serving.size === 0) continue; // Nobody to go to instead: the entry may as well stay.
    for (const address of [service.clusterIP, ...service.externalIPs, ...service.loadBalancerVIPs]) byAddress.set(`${address}:${service.port}`, serving);
    if (service.nodePort !== 0) byNodePort.set(service.nodePort, serving);
  }
  if (byAddress.size > 0 || byNodePort.size > 0) conntrack.flush((conn) => isStale(conn, byAddress, byNodePort));
}

function isStale(conn: Connection, byAddress: ReadonlyMap<string, Serving>, byNodePort: ReadonlyMap<number, Serving>): boolean {
  const original = conn.tuple("original");
  if (original.proto !== PROTO.udp) return false;
  const reply = conn.tuple("reply");
  const answerer = `${printIp(reply.src)}:${reply.sport}`;
  const serving = [byAddress.get(`${printIp(original.dst)}:${original.dport}`), byNodePort.get(original.dport)];
  return serving.some((endpoints) => endpoints !== undefined && !endpoints.has(answerer));
}
