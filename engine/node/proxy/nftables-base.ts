/**
 * kube-proxy, nftables mode: what a full sync writes before any Service, the fixed part of
 * `table ip kube-proxy` (setupNFTables() of pkg/proxy/nftables/proxier.go, 1.36).
 *
 * Lines for one `nft -f`, in the spelling of knftables. Base chains are named after type and
 * hook; filter chains that must see the address before DNAT run ten before it.
 */
import { printIp } from "../../wire/ip";
import { markOf, type ProxyState } from "./iptables";

export const TABLE = "ip kube-proxy";

const BASE_CHAINS = [
  ["filter-prerouting-pre-dnat", "filter", "prerouting", -110],
  ["filter-output-pre-dnat", "filter", "output", -110],
  ["filter-input", "filter", "input", 0],
  ["filter-forward", "filter", "forward", 0],
  ["filter-output", "filter", "output", 0],
  ["nat-prerouting", "nat", "prerouting", -100],
  ["nat-output", "nat", "output", -100],
  ["nat-postrouting", "nat", "postrouting", 100],
] as const;

/** From a base chain to a regular one. */
const JUMPS = [
  ["nodeport-endpoints-check", "filter-input", "ct state new "],
  ["service-endpoints-check", "filter-input", "ct state new "],
  ["service-endpoints-check", "filter-forward", "ct state new "],
  ["service-endpoints-check", "filter-output", "ct state new "],
  ["firewall-check", "filter-prerouting-pre-dnat", "ct state new "],
  ["firewall-check", "filter-output-pre-dnat", "ct state new "],
  ["services", "nat-output", ""],
  ["services", "nat-prerouting", ""],
  ["masquerading", "nat-postrouting", ""],
  ["cluster-ips-check", "filter-forward", "ct state new "],
  ["cluster-ips-check", "filter-output", "ct state new "],
] as const;

const DESTINATION = "ip daddr . meta l4proto . th dport";
const BY_ADDRESS = "ipv4_addr . inet_proto . inet_service : verdict";
const BY_PORT = "inet_proto . inet_service : verdict";

const rule = (chain: string, text: string, comment?: string): string => `add rule ${TABLE} ${chain} ${text}${comment === undefined ? "" : ` comment "${comment}"`}`;
const container = (kind: "set" | "map", name: string, type: string, comment: string): string => `add ${kind} ${TABLE} ${name} { type ${type} ; comment "${comment}" ; }`;

/** `first`: what another version has left behind may have other priorities, which cannot be changed but by beginning again. */
export function setupLines(state: ProxyState, first: boolean): string[] {
  return [
    `add table ${TABLE} { comment "rules for kube-proxy" ; }`,
    ...(first ? BASE_CHAINS.flatMap(([name]) => [`add chain ${TABLE} ${name}`, `delete chain ${TABLE} ${name}`]) : []),
    ...BASE_CHAINS.flatMap(([name, type, hook, priority]) => [`add chain ${TABLE} ${name} { type ${type} hook ${hook} priority ${priority} ; }`, `flush chain ${TABLE} ${name}`]),
    ...jumps(),
    ...masquerading(state),
    ...nodePortAddresses(state),
    ...checks(state),
    ...dispatch(state),
  ];
}

function jumps(): string[] {
  const made = new Set<string>();
  return JUMPS.flatMap(([to, from, match]) => {
    const lines = [rule(from, `${match}jump ${to}`)];
    if (made.has(to)) return lines;
    made.add(to);
    return [`add chain ${TABLE} ${to}`, `flush chain ${TABLE} ${to}`, ...lines];
  });
}

/** Marked on its way in, or sent by a Pod to itself: both must come back by this node. */
function masquerading({ options }: ProxyState): string[] {
  const mark = markOf(options);
  const { serviceCIDRs } = options;
  return [
    container("set", "hairpin-connections", "ipv4_addr . ipv4_addr . inet_proto . inet_service", "service hairpin connections"),
    rule("masquerading", `mark and ${mark} != 0 mark set mark xor ${mark} masquerade fully-random`),
    rule("masquerading", "ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random"),
    container("set", "cluster-ips", "ipv4_addr", "Active ClusterIPs"),
    rule("cluster-ips-check", "ip daddr @cluster-ips reject", "Reject traffic to invalid ports of ClusterIPs"),
    ...(serviceCIDRs.length > 0 ? [rule("cluster-ips-check", `ip daddr { ${serviceCIDRs.join(",")} } drop`, "Drop traffic to unallocated ClusterIPs")] : []),
  ];
}

function nodePortAddresses({ nodeIP }: ProxyState): string[] {
  return [
    container("set", "nodeport-ips", "ipv4_addr", "IPs that accept NodePort traffic"),
    `flush set ${TABLE} nodeport-ips`,
    ...(nodeIP === undefined ? [] : [`add element ${TABLE} nodeport-ips { ${printIp(nodeIP)} }`]),
  ];
}

/** A map cannot reject, so its verdict goes to a chain that does. */
function checks(_state: ProxyState): string[] {
  return [
    container("map", "no-endpoint-services", BY_ADDRESS, "vmap to drop or reject packets to services with no endpoints"),
    container("map", "no-endpoint-nodeports", BY_PORT, "vmap to drop or reject packets to service nodeports with no endpoints"),
    `add chain ${TABLE} reject-chain { comment "helper for @no-endpoint-services / @no-endpoint-nodeports" ; }`,
    `flush chain ${TABLE} reject-chain`,
    rule("reject-chain", "reject"),
    rule("service-endpoints-check", `${DESTINATION} vmap @no-endpoint-services`),
    rule("nodeport-endpoints-check", "ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports"),
    container("map", "firewall-ips", BY_ADDRESS, "destinations that are subject to LoadBalancerSourceRanges"),
    rule("firewall-check", `${DESTINATION} vmap @firewall-ips`),
  ];
}

function dispatch({ options: { masqueradeAll, clusterCIDR, ...options } }: ProxyState): string[] {
  const mark = markRule(options.masqueradeBit);
  return [
    container("map", "service-ips", BY_ADDRESS, "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
    container("map", "service-nodeports", BY_PORT, "NodePort traffic"),
    ...(masqueradeAll ? [rule("services", `ip daddr @cluster-ips ${mark}`, "masquerade all clusterIP traffic")] : []),
    ...(!masqueradeAll && clusterCIDR !== undefined ? [rule("services", `ip daddr @cluster-ips ip saddr != ${clusterCIDR} ${mark}`, "masquerade clusterIP traffic from outside cluster")] : []),
    rule("services", `${DESTINATION} vmap @service-ips`),
    rule("services", "ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports"),
  ];
}

/** What asks for masquerading later on: the packet's mark is all that lasts until postrouting. */
export function markRule(masqueradeBit: number): string {
  return `mark set mark or ${markOf({ masqueradeBit })}`;
}
