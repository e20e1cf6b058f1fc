/**
 * The names kube-proxy's nftables mode gives its chains and sets: eight letters of a hash, so that
 * they differ, and then the whole story, because nftables allows 256 characters
 * (servicePortChainNameBase, hashAndTruncate of pkg/proxy/nftables/proxier.go).
 */
import { base32, sha256 } from "../../core/sha256";
import type { Endpoint } from "./endpoints-map";
import type { ServicePort } from "./service-map";

const LONGEST_BASE = 240;

/** Cluster policy, local policy, external traffic, source ranges. */
export type NftablesChains = { readonly service: string; readonly local: string; readonly external: string; readonly firewall: string };

export function nftablesChains(port: ServicePort): NftablesChains {
  const base = hashed(nameOf(port));
  return { service: `service-${base}`, local: `local-${base}`, external: `external-${base}`, firewall: `firewall-${base}` };
}

/** The chain of an endpoint and its set of clients: both only with session affinity. */
export function endpointNames(port: ServicePort, { ip, port: number }: Pick<Endpoint, "ip" | "port">): { readonly chain: string; readonly affinity: string } {
  const base = hashed(`${nameOf(port)}__${ip}/${number}`);
  return { chain: `endpoint-${base}`, affinity: `affinity-${base}` };
}

/** "ns/service/tcp/port"; a port without a name leaves the slash. */
function nameOf({ name, service, protocol }: ServicePort): string {
  return `${service}/${protocol}/${name.slice(service.length + 1)}`;
}

function hashed(name: string): string {
  const full = `${base32(sha256(name).subarray(0, 5))}-${name}`;
  return full.length > LONGEST_BASE ? `${full.slice(0, LONGEST_BASE - 3)}...` : full;
}

/** None of the fixed chains has a slash in its name. */
export function isNftablesServiceChain(chain: string): boolean {
  return chain.includes("/");
}
