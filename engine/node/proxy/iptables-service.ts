/**
 * One Service port in kube-proxy's iptables mode: how traffic is caught, and how it is spread.
 *
 * No endpoint anywhere: the *filter* table rejects. Endpoints, but none that the policy lets
 * this node use: it drops. Else the nat table sends it to the Service's chain, which picks an
 * endpoint with probability 1/n, 1/(n-1), … 1.
 */
import type { Categories } from "./categorize";
import type { Endpoint } from "./endpoints-map";
import { chainLine, type Lists } from "./iptables";
import { isExternallyAccessible, type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from "./service-map";

export type Shape = {
  readonly service: ServicePort;
  readonly endpoints: Categories;
  readonly usesCluster: boolean;
  readonly usesLocal: boolean;
  readonly hasInternal: boolean;
  readonly hasExternal: boolean;
  /** The EXT chain is needed even with no external endpoint: Pods and the node are short-circuited there. */
  readonly usesExternal: boolean;
  readonly usesFirewall: boolean;
  readonly internalChain: string;
  readonly externalPolicyChain: string;
  /** `-m tcp -p tcp -d CLUSTERIP --dport PORT` */
  readonly toClusterIP: string;
};

export function shapeOf(service: ServicePort, endpoints: Categories): Shape {
  const { svc, svl } = service.chains;
  const hasLocal = endpoints.local.length > 0;
  return {
    service,
    endpoints,
    usesCluster: endpoints.cluster.length > 0 && usesClusterEndpoints(service),
    usesLocal: hasLocal && usesLocalEndpoints(service),
    hasInternal: endpoints.any && (!service.internalLocal || hasLocal),
    hasExternal: endpoints.any && (!service.externalLocal || hasLocal),
    usesExternal: endpoints.any && isExternallyAccessible(service),
    usesFirewall: endpoints.any && service.loadBalancerVIPs.length > 0 && service.loadBalancerSourceRanges.length > 0,
    internalChain: service.internalLocal ? svl : svc,
    externalPolicyChain: service.externalLocal ? svl : svc,
    toClusterIP: to(service, service.clusterIP),
  };
}

function to({ protocol, port }: ServicePort, address: string): string {
  return `-m ${protocol} -p ${protocol} -d ${address} --dport ${port}`;
}

/** Where the Service is caught: KUBE-SERVICES and KUBE-NODEPORTS, or their refusing counterparts in filter. */
export function captureRules(lists: Lists, shape: Shape): void {
  const { service, endpoints, hasInternal, hasExternal, usesFirewall } = shape;
  const { name, chains } = service;
  const refuse = refusalOf(name, endpoints);
  if (hasInternal) lists.natRules.push(`-A KUBE-SERVICES -m comment --comment "${name} cluster IP" ${shape.toClusterIP} -j ${shape.internalChain}`);
  else lists.filterRules.push(`-A KUBE-SERVICES -m comment --comment ${refuse.comment} ${shape.toClusterIP} -j ${refuse.target}`);

  const refuseExternal = (address: string) =>
    void lists.filterRules.push(`-A KUBE-EXTERNAL-SERVICES -m comment --comment ${refuse.comment} ${to(service, address)} -j ${refuse.target}`);
  for (const address of service.externalIPs) {
    if (endpoints.any) lists.natRules.push(`-A KUBE-SERVICES -m comment --comment "${name} external IP" ${to(service, address)} -j ${chains.ext}`);
    if (!hasExternal) refuseExternal(address);
  }
  for (const address of service.loadBalancerVIPs) {
    if (endpoints.any) lists.natRules.push(`-A KUBE-SERVICES -m comment --comment "${name} loadbalancer IP" ${to(service, address)} -j ${usesFirewall ? chains.fw : chains.ext}`);
    if (usesFirewall) lists.filterRules.push(`-A KUBE-PROXY-FIREWALL -m comment --comment "${name} traffic not accepted by ${chains.fw}" ${to(service, address)} -j DROP`);
  }
  if (!hasExternal) service.loadBalancerVIPs.forEach(refuseExternal);
  nodePortRules(lists, shape, refuse);
}

type Refusal = { readonly target: "REJECT" | "DROP"; readonly comment: string };

function refusalOf(name: string, { any }: Categories): Refusal {
  return any ? { target: "DROP", comment: `"${name} has no local endpoints"` } : { target: "REJECT", comment: `"${name} has no endpoints"` };
}

function nodePortRules(lists: Lists, { service, endpoints, hasExternal }: Shape, refuse: Refusal): void {
  const { name, protocol, nodePort, healthCheckNodePort, chains } = service;
  if (nodePort !== 0) {
    const match = `-m ${protocol} -p ${protocol} --dport ${nodePort}`;
    // Source ranges are for the load balancer's address alone: a node port never goes through the FW chain.
    if (endpoints.any) lists.natRules.push(`-A KUBE-NODEPORTS -m comment --comment ${name} ${match} -j ${chains.ext}`);
    if (!hasExternal) lists.filterRules.push(`-A KUBE-EXTERNAL-SERVICES -m comment --comment ${refuse.comment} -m addrtype --dst-type LOCAL ${match} -j ${refuse.target}`);
  }
  if (healthCheckNodePort !== 0) lists.filterRules.push(`-A KUBE-NODEPORTS -m comment --comment "${name} health check node port" -m tcp -p tcp --dport ${healthCheckNodePort} -j ACCEPT`);
}

/** KUBE-SVC and KUBE-SVL. */
export function policyRules(lists: Lists, { service, endpoints, usesCluster, usesLocal }: Shape, large: boolean): void {
  if (usesCluster) balance(lists, service, service.chains.svc, endpoints.cluster, large);
  if (usesLocal) balance(lists, service, service.chains.svl, endpoints.local, large);
}

function balance({ natChains, natRules }: Lists, { name, affinitySeconds }: ServicePort, chain: string, endpoints: readonly Endpoint[], large: boolean): void {
  natChains.push(chainLine(chain));
  const start = ({ address }: Endpoint) => `-A ${chain}${large ? "" : ` -m comment --comment "${name} -> ${address}"`}`;
  if (affinitySeconds !== undefined) {
    for (const endpoint of endpoints) natRules.push(`${start(endpoint)} -m recent --name ${endpoint.chain} --rcheck --seconds ${affinitySeconds} --reap -j ${endpoint.chain}`);
  }
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i;
    const share = left === 1 ? "" : ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}`;
    natRules.push(`${start(endpoint)}${share} -j ${endpoint.chain}`);
  });
}

/** KUBE-SEP: a Pod that reaches itself through its Service must not see its own address as the sender. */
export function endpointRules({ natChains, natRules }: Lists, { service, endpoints }: Shape, large: boolean): void {
  const { name, protocol, affinitySeconds } = service;
  for (const { chain, ip, address } of endpoints.reachable) {
    natChains.push(chainLine(chain));
    const start = `-A ${chain}${large ? "" : ` -m comment --comment ${name}`}`;
    const remember = affinitySeconds === undefined ? "" : ` -m recent --name ${chain} --set`;
    natRules.push(`${start} -s ${ip} -j KUBE-MARK-MASQ`, `${start}${remember} -m ${protocol} -p ${protocol} -j DNAT --to-destination ${address}`);
  }
}
