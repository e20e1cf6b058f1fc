/**
 * kube-proxy, iptables mode: turns Services and endpoints into what iptables-restore is fed.
 *
 * A pure function: state in, text out. Chains, rules and comments stand in the order in which
 * syncProxyRules() of pkg/proxy/iptables/proxier.go (1.36) writes them; which endpoints count
 * was decided before, in categorize.ts. A partial sync leaves out the chains of Services that
 * have not changed (KEP-3453); the top-level chains are written every time.
 *
 * Differs: Services are taken by name, where upstream takes them as a Go map gives them. No
 * nfacct counters: the kernel module for them is not modelled, and without it upstream writes none.
 */
import type { Ip } from "../../wire/ip";
import { categorizeEndpoints, type Place } from "./categorize";
import type { Endpoint, EndpointsMap } from "./endpoints-map";
import { externalRules, firewallRules } from "./iptables-external";
import { isServiceChain } from "./names";
import { captureRules, endpointRules, policyRules, shapeOf, type Shape } from "./iptables-service";
import type { ServicePort } from "./service-map";

export type ProxyOptions = {
  /** How local traffic is told from other: `-s clusterCIDR`. Undefined: it is not (detectLocalMode unset). */
  readonly clusterCIDR: string | undefined;
  readonly masqueradeAll: boolean;
  /** --iptables-localhost-nodeports */
  readonly localhostNodePorts: boolean;
  readonly masqueradeBit: number;
  /** net.netfilter.nf_conntrack_tcp_be_liberal: then INVALID is not dropped. */
  readonly conntrackLiberal: boolean;
  /** Where ClusterIPs come from: nftables mode drops what goes to one that nobody has. */
  readonly serviceCIDRs: readonly string[];
};

export const DEFAULT_OPTIONS: ProxyOptions = { clusterCIDR: "10.244.0.0/16", masqueradeAll: false, localhostNodePorts: true, masqueradeBit: 14, conntrackLiberal: false, serviceCIDRs: ["10.96.0.0/16"] };

export type ProxyState = {
  readonly services: readonly ServicePort[];
  readonly endpoints: EndpointsMap;
  /** Place and address of the node do not matter: what is written is the same on all nodes. */
  readonly everywhere?: boolean;
  readonly place: Place;
  readonly nodeIP: Ip | undefined;
  readonly options: ProxyOptions;
};

/** Which part of it a sync writes. */
export type Sync = {
  /** "ns/name" of what changed since the last one; undefined: a full sync. */
  readonly changed?: ReadonlySet<string>;
  /** Chains of the nat table as it is; those of Services that nobody uses any more are deleted. */
  readonly existing?: readonly Iterable<string>[];
};

/** What one Service port adds: where it is caught, which every sync writes, and its own chains. */
export type Piece = { readonly capture: Lists; readonly own: Lists; readonly chains: readonly string[] };
export type Pieces = (service: ServicePort, endpoints: readonly Endpoint[], large: boolean, make: () => Piece) => Piece;

/** Four lists, joined at the end, since chains must be declared before the rules that use them. */
export type Lists = { readonly filterChains: string[]; readonly filterRules: string[]; readonly natChains: string[]; readonly natRules: string[] };

export type SyncText = {
  readonly text: string;
  /** The Services' and endpoints' chains that are in use now. */
  readonly active: ReadonlySet<string>;
  /** It refers to nothing outside its tables: neither lists nor sets. */
  readonly plain: boolean;
  readonly numServices: number;
  readonly numEndpoints: number;
  readonly numFilterChains: number;
  readonly numFilterRules: number;
  readonly numNATChains: number;
  readonly numNATRules: number;
};

/** largeClusterEndpointsThreshold: above it, no comments beside endpoints, and old chains stay for a while. */
export const LARGE_CLUSTER_ENDPOINTS = 1000;

export function totalEndpoints({ services, endpoints }: ProxyState): number {
  return services.reduce((sum, { key }) => sum + (endpoints.get(key)?.length ?? 0), 0);
}

const NONE: readonly Endpoint[] = [];
const anew: Pieces = (_service, _endpoints, _large, make) => make();

/** What all Services come to, whichever of them a sync writes: the same for all syncs of one state. */
export type Assembly = {
  readonly pieces: readonly { readonly service: string; readonly piece: Piece }[];
  readonly active: ReadonlySet<string>;
  readonly plain: boolean;
  readonly numEndpoints: number;
};

/** `pieces` may know what a Service port adds from the last time. */
export function assemble(state: ProxyState, pieces: Pieces = anew): Assembly {
  const numEndpoints = totalEndpoints(state);
  const large = numEndpoints > LARGE_CLUSTER_ENDPOINTS;
  const active = new Set<string>();
  const all = state.services.map((service) => {
    const endpoints = state.endpoints.get(service.key) ?? NONE;
    const piece = pieces(service, endpoints, large, () => pieceOf(service, endpoints, state, large));
    for (const chain of piece.chains) active.add(chain);
    return { service: service.service, piece };
  });
  return { pieces: all, active, plain: state.services.every(({ affinitySeconds }) => affinitySeconds === undefined), numEndpoints };
}

/** The text is put together when somebody asks for it; how much there is in it is known before. */
export function syncText({ services, options }: Pick<ProxyState, "services" | "options">, sync: Sync, { pieces, active, plain, numEndpoints }: Assembly): SyncText {
  const mark = markOf(options);
  const [head, end] = [emptyLists(), emptyLists()];
  topLevel(head, options, mark);
  for (const chains of sync.existing ?? []) {
    if (chains === active) continue;
    for (const chain of chains) {
      if (active.has(chain) || !isServiceChain(chain)) continue;
      end.natChains.push(chainLine(chain));
      end.natRules.push(`-X ${chain}`);
    }
  }
  tail(end, options, mark);
  const written = pieces.flatMap(({ service, piece: { capture, own } }) => (sync.changed === undefined || sync.changed.has(service) ? [capture, own] : [capture]));
  const all = [head, ...written, end];
  const count = (list: keyof Lists): number => all.reduce((sum, lists) => sum + lists[list].length, 0);
  let text: string | undefined;
  return {
    get text() {
      text ??= joined(all);
      return text;
    },
    active,
    plain,
    numServices: services.length,
    numEndpoints,
    numFilterChains: count("filterChains"),
    numFilterRules: count("filterRules"),
    numNATChains: count("natChains"),
    numNATRules: count("natRules"),
  };
}

function joined(all: readonly Lists[]): string {
  const of = (list: keyof Lists): readonly string[] => all.flatMap((lists) => lists[list]);
  return ["*filter", ...of("filterChains"), ...of("filterRules"), "COMMIT", "*nat", ...of("natChains"), ...of("natRules"), "COMMIT", ""].join("\n");
}

function pieceOf(service: ServicePort, endpoints: readonly Endpoint[], state: ProxyState, large: boolean): Piece {
  const shape = shapeOf(service, categorizeEndpoints(endpoints, service, state.place));
  const [capture, own] = [emptyLists(), emptyLists()];
  captureRules(capture, shape);
  serviceRules(own, shape, state, large);
  return { capture, own, chains: chainsOf(shape) };
}

function emptyLists(): Lists {
  return { filterChains: [], filterRules: [], natChains: [], natRules: [] };
}

export function chainLine(chain: string): string {
  return `:${chain} - [0:0]`;
}

/** As Go's "%#08x" prints it. */
export function markOf({ masqueradeBit }: Pick<ProxyOptions, "masqueradeBit">): string {
  return `0x${(2 ** masqueradeBit).toString(16).padStart(8, "0")}`;
}

function topLevel({ filterChains, filterRules, natChains, natRules }: Lists, options: ProxyOptions, mark: string): void {
  for (const chain of ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"]) filterChains.push(chainLine(chain));
  for (const chain of ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"]) natChains.push(chainLine(chain));
  natRules.push(
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    // Cleared, so that a packet that is encapsulated and comes by once more is not masqueraded twice.
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
    `-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully`,
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
  );
  if (!options.localhostNodePorts) return;
  // route_localnet opens 127.0.0.0/8 to the neighbours; this closes it again (kubernetes#90259).
  filterChains.push(chainLine("KUBE-FIREWALL"));
  filterRules.push(
    `-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
  );
}

/** The chains of one Service's own: what a partial sync leaves alone. */
function serviceRules(lists: Lists, shape: Shape, state: ProxyState, large: boolean): void {
  internalMasquerade(lists, shape, state.options);
  externalRules(lists, shape, state.options.clusterCIDR);
  firewallRules(lists, shape, state.nodeIP);
  policyRules(lists, shape, large);
  endpointRules(lists, shape, large);
}

/** What comes from outside the Pods' range has no way back to a Pod but through this node. */
function internalMasquerade({ natRules }: Lists, { service, hasInternal, internalChain, toClusterIP }: Shape, options: ProxyOptions): void {
  if (!hasInternal) return;
  const match = `-m comment --comment "${service.name} cluster IP" ${toClusterIP}`;
  if (options.masqueradeAll) natRules.push(`-A ${internalChain} ${match} -j KUBE-MARK-MASQ`);
  else if (options.clusterCIDR !== undefined) natRules.push(`-A ${internalChain} ${match} ! -s ${options.clusterCIDR} -j KUBE-MARK-MASQ`);
}

function chainsOf({ service, usesExternal, usesFirewall, usesCluster, usesLocal, endpoints }: Shape): string[] {
  const { svc, svl, ext, fw } = service.chains;
  return [...(usesExternal ? [ext] : []), ...(usesFirewall ? [fw] : []), ...(usesCluster ? [svc] : []), ...(usesLocal ? [svl] : []), ...endpoints.reachable.map(({ chain }) => chain)];
}

function tail({ filterRules, natRules }: Lists, options: ProxyOptions, mark: string): void {
  const notLoopback = options.localhostNodePorts ? "" : " ! -d 127.0.0.0/8";
  natRules.push(
    `-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL${notLoopback} -j KUBE-NODEPORTS`,
  );
  // A segment that conntrack calls INVALID keeps its untranslated address, and the peer would answer it with RST.
  if (!options.conntrackLiberal) filterRules.push("-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP");
  filterRules.push(
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
}
