/**
 * Traffic to a Service from outside: node ports, external addresses, load balancers.
 *
 * KUBE-EXT masquerades, unless the policy is Local: then the client's address is kept, and
 * what starts inside (a Pod, the node itself) is short-circuited to all endpoints first.
 * KUBE-FW lets only the load balancer's source ranges through.
 */
import { inCidr, type Ip, parseCidr } from "../../wire/ip";
import { chainLine, type Lists } from "./iptables";
import type { Shape } from "./iptables-service";

export function externalRules({ natChains, natRules }: Lists, shape: Shape, clusterCIDR: string | undefined): void {
  if (!shape.usesExternal) return;
  const { name, chains, externalLocal } = shape.service;
  const rule = (what: string, rest: string) => void natRules.push(`-A ${chains.ext} -m comment --comment "${what} ${name} external destinations" ${rest}`);
  natChains.push(chainLine(chains.ext));
  if (!externalLocal) rule("masquerade traffic for", "-j KUBE-MARK-MASQ");
  else {
    if (clusterCIDR !== undefined) rule("pod traffic for", `-s ${clusterCIDR} -j ${chains.svc}`);
    rule("masquerade LOCAL traffic for", "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ");
    rule("route LOCAL traffic for", `-m addrtype --src-type LOCAL -j ${chains.svc}`);
  }
  if (shape.hasExternal) natRules.push(`-A ${chains.ext} -j ${shape.externalPolicyChain}`);
}

export function firewallRules({ natChains, natRules }: Lists, { service, usesFirewall }: Shape, nodeIP: Ip | undefined): void {
  if (!usesFirewall) return;
  const { name, chains, loadBalancerSourceRanges, loadBalancerVIPs } = service;
  const allow = (source: string) => void natRules.push(`-A ${chains.fw} -m comment --comment "${name} loadbalancer IP" -s ${source} -j ${chains.ext}`);
  natChains.push(chainLine(chains.fw));
  loadBalancerSourceRanges.forEach(allow);
  // The node asks the address of the load balancer with that very address as its source.
  if (nodeIP !== undefined && loadBalancerSourceRanges.some((range) => contains(range, nodeIP))) loadBalancerVIPs.forEach(allow);
  natRules.push(`-A ${chains.fw} -m comment --comment "other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL"`);
}

function contains(range: string, address: Ip): boolean {
  const cidr = parseCidr(range);
  return cidr !== undefined && inCidr(address, cidr);
}
