/**
 * kube-proxy, ipvs mode: which virtual servers, real servers, addresses and set members there are
 * to be on this node. A pure function of Services, endpoints and the node's own addresses.
 *
 * Answers to the loop of syncProxyRules() of pkg/proxy/ipvs/proxier.go (1.36). A policy of Local
 * with no endpoint here falls back to all of them: what comes from outside is then lost on its way
 * back, but Pods of this node are served.
 *
 * Differs: Services are taken by name, where upstream takes them as a Go map gives them.
 */
import { inCidr, parseCidr } from "../../wire/ip";
import { categorizeEndpoints } from "./categorize";
import type { Endpoint } from "./endpoints-map";
import type { ProxyState } from "./iptables";
import { type SetContents, SET_NAMES, type SetName } from "./ipvs-sets";
import type { ServicePort } from "./service-map";

export type VirtualServer = {
  /** "ns/service:port", for the log. */
  readonly name: string;
  readonly protocol: ServicePort["protocol"];
  readonly address: string;
  readonly port: number;
  readonly persistentSeconds: number | undefined;
  /** Its address is to stand on kube-ipvs0. */
  readonly bound: boolean;
  /** "ip:port". */
  readonly endpoints: readonly string[];
};

export type LoadBalancerEntry = { readonly address: string; readonly protocol: string; readonly port: number };

export type IpvsPlan = {
  readonly servers: readonly VirtualServer[];
  readonly sets: SetContents;
  /** Load balancers that the node itself must not reach: it is in none of their source ranges. */
  readonly closedToNode: readonly LoadBalancerEntry[];
};

export function ipvsPlan(state: ProxyState, nodeAddresses: readonly string[]): IpvsPlan {
  const plan = new Plan(state, nodeAddresses);
  for (const service of state.services) plan.service(service);
  return plan.done();
}

class Plan {
  readonly #servers: VirtualServer[] = [];
  readonly #sets = new Map<SetName, Set<string>>(SET_NAMES.map((name) => [name, new Set()]));
  readonly #closedToNode: LoadBalancerEntry[] = [];

  constructor(
    private readonly state: ProxyState,
    private readonly nodeAddresses: readonly string[],
  ) {}

  done(): IpvsPlan {
    for (const { bound, address } of this.#servers) if (bound) this.#add("KUBE-IPVS-IPS", address);
    return { servers: this.#servers, sets: this.#sets, closedToNode: this.#closedToNode };
  }

  #add(set: SetName, entry: string): void {
    this.#sets.get(set)?.add(entry);
  }

  service(service: ServicePort): void {
    const all = this.state.endpoints.get(service.key) ?? [];
    for (const { isLocal, ip, port } of all) if (isLocal) this.#add("KUBE-LOOP-BACK", `${ip},${service.protocol}:${port},${ip}`);
    this.#add("KUBE-CLUSTER-IP", this.#entry(service, service.clusterIP));
    this.#server(service, { address: service.clusterIP, bound: true, local: service.internalLocal }, all);
    for (const address of service.externalIPs) {
      this.#add(service.externalLocal ? "KUBE-EXTERNAL-IP-LOCAL" : "KUBE-EXTERNAL-IP", this.#entry(service, address));
      this.#server(service, { address, bound: !this.nodeAddresses.includes(address), local: service.externalLocal }, all);
    }
    for (const address of service.loadBalancerVIPs) {
      this.#loadBalancer(service, address);
      this.#server(service, { address, bound: !this.nodeAddresses.includes(address), local: service.externalLocal }, all);
    }
    if (service.nodePort !== 0) this.#nodePort(service, all);
    if (service.healthCheckNodePort !== 0) this.#add("KUBE-HEALTH-CHECK-NODE-PORT", String(service.healthCheckNodePort));
  }

  #entry({ protocol, port }: ServicePort, address: string): string {
    return `${address},${protocol}:${port}`;
  }

  #server(service: ServicePort, { address, bound, local, port = service.port }: { address: string; bound: boolean; local: boolean; port?: number }, all: readonly Endpoint[]): void {
    const { cluster, local: mine } = categorizeEndpoints(all, service, this.state.place);
    const endpoints = local && mine.length > 0 ? mine : cluster;
    this.#servers.push({ name: service.name, protocol: service.protocol, address, port, persistentSeconds: service.affinitySeconds, bound, endpoints: endpoints.map((endpoint) => endpoint.address) });
  }

  #loadBalancer(service: ServicePort, address: string): void {
    const entry = this.#entry(service, address);
    this.#add("KUBE-LOAD-BALANCER", entry);
    if (service.externalLocal) this.#add("KUBE-LOAD-BALANCER-LOCAL", entry);
    const { loadBalancerSourceRanges } = service;
    if (loadBalancerSourceRanges.length === 0) return;
    this.#add("KUBE-LOAD-BALANCER-FW", entry);
    for (const range of loadBalancerSourceRanges) this.#add("KUBE-LOAD-BALANCER-SOURCE-CIDR", `${entry},${range}`);
    if (loadBalancerSourceRanges.some((range) => this.#containsNode(range))) this.#add("KUBE-LOAD-BALANCER-SOURCE-IP", `${entry},${address}`);
    else this.#closedToNode.push({ address, protocol: service.protocol, port: service.port });
  }

  #containsNode(range: string): boolean {
    const cidr = parseCidr(range);
    return cidr !== undefined && this.state.nodeIP !== undefined && inCidr(this.state.nodeIP, cidr);
  }

  /** A virtual server on each of the node's addresses; the sets ask for the port alone, but for SCTP. */
  #nodePort(service: ServicePort, all: readonly Endpoint[]): void {
    const { protocol, nodePort: port, externalLocal } = service;
    if (this.nodeAddresses.length === 0) return;
    const entries = protocol === "sctp" ? this.nodeAddresses.map((address) => `${address},sctp:${port}`) : [String(port)];
    for (const entry of entries) {
      this.#add(nodePortSet(protocol, false), entry);
      if (externalLocal) this.#add(nodePortSet(protocol, true), entry);
    }
    for (const address of this.nodeAddresses) this.#server(service, { address, bound: false, local: externalLocal, port }, all);
  }
}

function nodePortSet(protocol: ServicePort["protocol"], local: boolean): SetName {
  if (protocol === "sctp") return local ? "KUBE-NODE-PORT-LOCAL-SCTP-HASH" : "KUBE-NODE-PORT-SCTP-HASH";
  if (protocol === "udp") return local ? "KUBE-NODE-PORT-LOCAL-UDP" : "KUBE-NODE-PORT-UDP";
  return local ? "KUBE-NODE-PORT-LOCAL-TCP" : "KUBE-NODE-PORT-TCP";
}
