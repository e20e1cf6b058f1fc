/**
 * One Service port in kube-proxy's nftables mode: elements of the shared maps that catch it, and
 * chains that spread it (the loop of syncProxyRules() of pkg/proxy/nftables/proxier.go, 1.36).
 *
 * Without affinity one rule does everything: DNAT to what a random number finds in a map. With
 * affinity each endpoint has a chain, which remembers its client before it translates.
 */
import { inCidr, parseCidr } from "../../wire/ip";
import type { Endpoint } from "./endpoints-map";
import type { ProxyState } from "./iptables";
import type { Shape } from "./iptables-service";
import { markRule } from "./nftables-base";
import { endpointNames, type NftablesChains, nftablesChains } from "./nftables-names";
import type { ServicePort } from "./service-map";

export type NftRule = { readonly text: string; readonly comment?: string };
export type NftChain = { readonly name: string; readonly rules: readonly NftRule[] };
export type AffinitySet = { readonly name: string; readonly seconds: number };
export type Container = "cluster-ips" | "service-ips" | "firewall-ips" | "no-endpoint-services" | "no-endpoint-nodeports" | "service-nodeports" | "hairpin-connections";
export type NftElement = { readonly in: Container; readonly key: string; readonly value?: string; readonly comment?: string };
export type ServiceParts = { readonly service: string; readonly chains: readonly NftChain[]; readonly sets: readonly AffinitySet[]; readonly elements: readonly NftElement[] };

export function partsOf(shape: Shape, state: ProxyState): ServiceParts {
  const chains = nftablesChains(shape.service);
  return { service: shape.service.service, chains: chainsOf(shape, state, chains), sets: affinitySets(shape), elements: [...hairpins(shape), ...captures(shape, chains)] };
}

function hairpins({ service: { protocol }, endpoints }: Shape): NftElement[] {
  return endpoints.reachable.filter(({ isLocal }) => isLocal).map(({ ip, port }) => ({ in: "hairpin-connections", key: `${ip} . ${ip} . ${protocol} . ${port}` }));
}

/** Where the Service is caught: by address, protocol and port, or by a node port. */
function captures(shape: Shape, chains: NftablesChains): NftElement[] {
  const { service, endpoints, hasInternal, hasExternal } = shape;
  const { name, protocol, port, nodePort } = service;
  const refusal = endpoints.any ? "drop" : "goto reject-chain";
  const to = (address: string): string => `${address} . ${protocol} . ${port}`;
  const refused = (key: string): NftElement => ({ in: "no-endpoint-services", key, value: refusal, comment: name });
  const external = (address: string): NftElement[] => [...(endpoints.any ? [{ in: "service-ips", key: to(address), value: `goto ${chains.external}` } as const] : []), ...(hasExternal ? [] : [refused(to(address))])];
  const internalChain = service.internalLocal ? chains.local : chains.service;
  const atNode = `${protocol} . ${nodePort}`;
  return [
    { in: "cluster-ips", key: service.clusterIP },
    hasInternal ? { in: "service-ips", key: to(service.clusterIP), value: `goto ${internalChain}` } : refused(to(service.clusterIP)),
    ...service.externalIPs.flatMap(external),
    ...service.loadBalancerVIPs.flatMap((address) => [...external(address), ...(usesFirewall(service) ? [{ in: "firewall-ips", key: to(address), value: `goto ${chains.firewall}` } as const] : [])]),
    ...(nodePort !== 0 && endpoints.any ? [{ in: "service-nodeports", key: atNode, value: `goto ${chains.external}` } as const] : []),
    ...(nodePort !== 0 && !hasExternal ? [{ in: "no-endpoint-nodeports", key: atNode, value: refusal, comment: name } as const] : []),
  ];
}

/** Unlike in iptables mode, with or without endpoints. */
function usesFirewall({ loadBalancerVIPs, loadBalancerSourceRanges }: ServicePort): boolean {
  return loadBalancerVIPs.length > 0 && loadBalancerSourceRanges.length > 0;
}

function affinitySets({ service, endpoints }: Shape): AffinitySet[] {
  const { affinitySeconds } = service;
  return affinitySeconds === undefined ? [] : endpoints.reachable.map((endpoint) => ({ name: endpointNames(service, endpoint).affinity, seconds: affinitySeconds }));
}

function chainsOf(shape: Shape, state: ProxyState, names: NftablesChains): NftChain[] {
  const { service, endpoints, usesCluster, usesLocal, usesExternal } = shape;
  return [
    ...(service.affinitySeconds === undefined ? [] : endpoints.reachable.map((endpoint) => endpointChain(service, endpoint))),
    ...(usesCluster ? [{ name: names.service, rules: balance(service, endpoints.cluster) }] : []),
    ...(usesLocal ? [{ name: names.local, rules: balance(service, endpoints.local) }] : []),
    ...(usesExternal ? [{ name: names.external, rules: externalRules(shape, state, names) }] : []),
    ...(usesFirewall(service) ? [{ name: names.firewall, rules: [firewallRule(service, state)] }] : []),
  ];
}

function balance(service: ServicePort, endpoints: readonly Endpoint[]): NftRule[] {
  const { length } = endpoints;
  if (service.affinitySeconds === undefined) {
    const places = endpoints.map(({ ip, port }, i) => `${i} : ${ip} . ${port}`);
    return [{ text: `meta l4proto ${service.protocol} dnat ip addr . port to numgen random mod ${length} map { ${places.join(" , ")} }` }];
  }
  const names = endpoints.map((endpoint) => endpointNames(service, endpoint));
  return [
    ...names.map(({ chain, affinity }) => ({ text: `ip saddr @${affinity} goto ${chain}` })),
    { text: `numgen random mod ${length} vmap { ${names.map(({ chain }, i) => `${i} : goto ${chain}`).join(" , ")} }` },
  ];
}

function endpointChain(service: ServicePort, endpoint: Endpoint): NftChain {
  const { chain, affinity } = endpointNames(service, endpoint);
  return { name: chain, rules: [{ text: `update @${affinity} { ip saddr }` }, { text: `meta l4proto ${service.protocol} dnat to ${endpoint.address}` }] };
}

/** Policy Local keeps the client's address; Pods and the node itself are short-circuited to all endpoints. */
function externalRules({ service, hasExternal }: Shape, { options }: ProxyState, names: NftablesChains): NftRule[] {
  const mark = markRule(options.masqueradeBit);
  const local = service.externalLocal;
  return [
    ...(local ? [] : [{ text: mark }]),
    ...(local && options.clusterCIDR !== undefined ? [{ text: `ip saddr ${options.clusterCIDR} goto ${names.service}`, comment: "short-circuit pod traffic" }] : []),
    ...(local ? [{ text: `fib saddr type local ${mark}`, comment: "masquerade local traffic" }, { text: `fib saddr type local goto ${names.service}`, comment: "short-circuit local traffic" }] : []),
    ...(hasExternal ? [{ text: `goto ${local ? names.local : names.service}` }] : []),
  ];
}

/** The node asks the address of the load balancer with that very address as its source. */
function firewallRule({ loadBalancerSourceRanges, loadBalancerVIPs }: ServicePort, { nodeIP }: ProxyState): NftRule {
  const fromNode = nodeIP !== undefined && loadBalancerSourceRanges.some((range) => {
    const cidr = parseCidr(range);
    return cidr !== undefined && inCidr(nodeIP, cidr);
  });
  return { text: `ip saddr != { ${[...loadBalancerSourceRanges, ...(fromNode ? loadBalancerVIPs : [])].join(" , ")} } drop` };
}
