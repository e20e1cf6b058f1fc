/**
 * The names kube-proxy gives its chains: a prefix and sixteen letters of a hash.
 *
 * iptables allows 28 characters; base32(sha256("ns/service:port" + protocol [+ "ip:port"]))
 * cut to sixteen fits (servicePortChainNameBase, servicePortEndpointChainName of
 * pkg/proxy/iptables/proxier.go). SVC, SVL, EXT and FW of one Service port share the hash.
 */
import { base32, sha256 } from "../../core/sha256";

/** Ten bytes are the sixteen letters that are kept. */
function hash16(text: string): string {
  return base32(sha256(text).subarray(0, 10));
}

/** Cluster policy, local policy, external traffic, source ranges. */
export type ServiceChains = { readonly svc: string; readonly svl: string; readonly ext: string; readonly fw: string };

/** `name` is "ns/service:port", or "ns/service" when the port has no name; `protocol` in lower case. */
export function serviceChains(name: string, protocol: string): ServiceChains {
  const hash = hash16(name + protocol);
  return { svc: `KUBE-SVC-${hash}`, svl: `KUBE-SVL-${hash}`, ext: `KUBE-EXT-${hash}`, fw: `KUBE-FW-${hash}` };
}

export function endpointChain(name: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${hash16(name + protocol + endpoint)}`;
}

/** How many names of endpoints' chains are kept before all are forgotten. */
const MOST_KEPT = 65_536;

/** The same, each worked out once: an endpoint keeps its chain, and every node asks for it. */
export class EndpointChains {
  readonly #known = new Map<string, string>();

  readonly of = (name: string, protocol: string, endpoint: string): string => {
    const key = name + protocol + endpoint;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const chain = endpointChain(name, protocol, endpoint);
    if (this.#known.size === MOST_KEPT) this.#known.clear();
    this.#known.set(key, chain);
    return chain;
  };
}

/** Chains that belong to one Service or endpoint, which a sync deletes when nothing uses them (isServiceChainName). */
export function isServiceChain(chain: string): boolean {
  return /^KUBE-(SVC|SEP|FW|EXT|SVL)-/.test(chain);
}
