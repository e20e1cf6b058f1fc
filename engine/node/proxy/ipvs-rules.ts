/**
 * kube-proxy, ipvs mode: the few iptables rules around IPVS, the same for ten Services and for ten
 * thousand, since they ask ipsets. What masquerades, what stays closed, and who may pass.
 *
 * Answers to writeIptablesRules() and createAndLinkKubeChain() of pkg/proxy/ipvs/proxier.go (1.36).
 */
import type { IptablesRunner, Table, Wanted } from "../iptables-runner";
import { chainLine, markOf, type ProxyOptions } from "./iptables";
import type { IpvsPlan } from "./ipvs-plan";
import { SETS, type SetName } from "./ipvs-sets";

const CHAINS: readonly (readonly [Table, string])[] = [
  ["nat", "KUBE-SERVICES"],
  ["nat", "KUBE-POSTROUTING"],
  ["nat", "KUBE-NODE-PORT"],
  ["nat", "KUBE-LOAD-BALANCER"],
  ["nat", "KUBE-MARK-MASQ"],
  ["filter", "KUBE-FORWARD"],
  ["filter", "KUBE-NODE-PORT"],
  ["filter", "KUBE-PROXY-FIREWALL"],
  ["filter", "KUBE-SOURCE-RANGES-FIREWALL"],
  ["filter", "KUBE-IPVS-FILTER"],
  ["filter", "KUBE-IPVS-OUT-FILTER"],
];

const jump = (table: Table, chain: string, to: string, comment: string): Wanted => ({ table, chain, rule: ["-m", "comment", "--comment", comment, "-j", to] });

/** Each is prepended, so the last one of a chain stands first. */
export const IPVS_JUMPS: readonly Wanted[] = [
  jump("nat", "OUTPUT", "KUBE-SERVICES", "kubernetes service portals"),
  jump("nat", "PREROUTING", "KUBE-SERVICES", "kubernetes service portals"),
  jump("nat", "POSTROUTING", "KUBE-POSTROUTING", "kubernetes postrouting rules"),
  jump("filter", "FORWARD", "KUBE-FORWARD", "kubernetes forwarding rules"),
  jump("filter", "INPUT", "KUBE-NODE-PORT", "kubernetes health check rules"),
  jump("filter", "INPUT", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
  jump("filter", "FORWARD", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
  jump("filter", "INPUT", "KUBE-IPVS-FILTER", "kubernetes ipvs access filter"),
  jump("filter", "OUTPUT", "KUBE-IPVS-OUT-FILTER", "kubernetes ipvs access filter"),
];

export function ensureIpvsJumps(iptables: IptablesRunner): void {
  iptables.ensureRules("prepend", IPVS_JUMPS, CHAINS);
}

/** A rule that is written when its set has members. The local sets stand before the ones they except from. */
const BY_SET: readonly { readonly set: SetName; readonly table: Table; readonly from: string; readonly to: string; readonly match: string; readonly protocol?: string }[] = [
  { set: "KUBE-LOOP-BACK", table: "nat", from: "KUBE-POSTROUTING", to: "MASQUERADE", match: "dst,dst,src" },
  { set: "KUBE-LOAD-BALANCER", table: "nat", from: "KUBE-SERVICES", to: "KUBE-LOAD-BALANCER", match: "dst,dst" },
  { set: "KUBE-LOAD-BALANCER-LOCAL", table: "nat", from: "KUBE-LOAD-BALANCER", to: "RETURN", match: "dst,dst" },
  { set: "KUBE-NODE-PORT-LOCAL-TCP", table: "nat", from: "KUBE-NODE-PORT", to: "RETURN", match: "dst", protocol: "tcp" },
  { set: "KUBE-NODE-PORT-TCP", table: "nat", from: "KUBE-NODE-PORT", to: "KUBE-MARK-MASQ", match: "dst", protocol: "tcp" },
  { set: "KUBE-NODE-PORT-LOCAL-UDP", table: "nat", from: "KUBE-NODE-PORT", to: "RETURN", match: "dst", protocol: "udp" },
  { set: "KUBE-NODE-PORT-UDP", table: "nat", from: "KUBE-NODE-PORT", to: "KUBE-MARK-MASQ", match: "dst", protocol: "udp" },
  { set: "KUBE-NODE-PORT-LOCAL-SCTP-HASH", table: "nat", from: "KUBE-NODE-PORT", to: "RETURN", match: "dst,dst", protocol: "sctp" },
  { set: "KUBE-NODE-PORT-SCTP-HASH", table: "nat", from: "KUBE-NODE-PORT", to: "KUBE-MARK-MASQ", match: "dst,dst", protocol: "sctp" },
  { set: "KUBE-LOAD-BALANCER-FW", table: "filter", from: "KUBE-PROXY-FIREWALL", to: "KUBE-SOURCE-RANGES-FIREWALL", match: "dst,dst" },
  { set: "KUBE-LOAD-BALANCER-SOURCE-CIDR", table: "filter", from: "KUBE-SOURCE-RANGES-FIREWALL", to: "RETURN", match: "dst,dst,src" },
  { set: "KUBE-LOAD-BALANCER-SOURCE-IP", table: "filter", from: "KUBE-SOURCE-RANGES-FIREWALL", to: "RETURN", match: "dst,dst,src" },
];

const commented = (set: SetName): string => `-m comment --comment "${SETS[set].comment}"`;
const matching = (set: SetName, match: string): string => `-m set --match-set ${set} ${match}`;

export function ipvsRulesText({ sets, closedToNode }: IpvsPlan, options: ProxyOptions): string {
  const filled = (set: SetName): boolean => (sets.get(set)?.size ?? 0) > 0;
  const bySet = (table: Table): string[] =>
    BY_SET.filter((rule) => rule.table === table && filled(rule.set)).map(({ set, from, to, match, protocol }) => `-A ${from}${protocol === undefined ? "" : ` -p ${protocol}`} ${commented(set)} ${matching(set, match)} -j ${to}`);
  const chains = (table: Table): string[] => CHAINS.filter(([of]) => of === table).map(([, chain]) => chainLine(chain));
  const nat = ["-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN", ...bySet("nat"), ...services(filled, options), ...postrouting(options)];
  const closed = closedToNode.map(({ address, protocol, port }) => `-A KUBE-IPVS-OUT-FILTER -s ${address} -m ipvs --vaddr ${address} --vproto ${protocol} --vport ${port} -j DROP`);
  const filter = [...bySet("filter"), "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP", ...closed, ...filterRules(options)];
  return ["*nat", ...chains("nat"), ...nat, "COMMIT", "*filter", ...chains("filter"), ...filter, "COMMIT", ""].join("\n");
}

function services(filled: (set: SetName) => boolean, { masqueradeAll, clusterCIDR }: ProxyOptions): string[] {
  const lines: string[] = [];
  if (filled("KUBE-CLUSTER-IP")) {
    const start = `-A KUBE-SERVICES ${commented("KUBE-CLUSTER-IP")}`;
    // Without a way to tell who is local, at least the node's own: its source is the ClusterIP itself, since kube-ipvs0 holds it.
    if (!masqueradeAll && clusterCIDR === undefined) lines.push(`${start} ${matching("KUBE-CLUSTER-IP", "src,dst")} -j KUBE-MARK-MASQ`);
    else lines.push(`${start} ${matching("KUBE-CLUSTER-IP", "dst,dst")}${masqueradeAll ? "" : ` ! -s ${clusterCIDR}`} -j KUBE-MARK-MASQ`);
  }
  if (filled("KUBE-EXTERNAL-IP")) lines.push(`-A KUBE-SERVICES ${commented("KUBE-EXTERNAL-IP")} ${matching("KUBE-EXTERNAL-IP", "dst,dst")} -j KUBE-MARK-MASQ`, ...externalRules("KUBE-EXTERNAL-IP"));
  if (filled("KUBE-EXTERNAL-IP-LOCAL")) lines.push(...externalRules("KUBE-EXTERNAL-IP-LOCAL"));
  lines.push("-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT", "-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ");
  for (const set of ["KUBE-CLUSTER-IP", "KUBE-LOAD-BALANCER"] as const) if (filled(set)) lines.push(`-A KUBE-SERVICES ${matching(set, "dst,dst")} -j ACCEPT`);
  return lines;
}

/** What comes from off the machine may go on, and so may what is for an address of the machine. */
function externalRules(set: SetName): string[] {
  const start = `-A KUBE-SERVICES ${commented(set)} ${matching(set, "dst,dst")}`;
  return [`${start} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`, `${start} -m addrtype --dst-type LOCAL -j ACCEPT`];
}

function postrouting(options: ProxyOptions): string[] {
  const mark = markOf(options);
  return [
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
    `-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully`,
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
  ];
}

/** A virtual address is one of the machine's own: only what is a Service's may be reached by it (kubernetes#72236). */
function filterRules(options: ProxyOptions): string[] {
  const mark = markOf(options);
  const open = ["KUBE-LOAD-BALANCER", "KUBE-CLUSTER-IP", "KUBE-EXTERNAL-IP", "KUBE-EXTERNAL-IP-LOCAL"] as const;
  return [
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A KUBE-NODE-PORT ${commented("KUBE-HEALTH-CHECK-NODE-PORT")} ${matching("KUBE-HEALTH-CHECK-NODE-PORT", "dst")} -j ACCEPT`,
    ...open.map((set) => `-A KUBE-IPVS-FILTER ${matching(set, "dst,dst")} -j RETURN`),
    `-A KUBE-IPVS-FILTER ${matching("KUBE-HEALTH-CHECK-NODE-PORT", "dst")} -j RETURN`,
    `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW ${matching("KUBE-IPVS-IPS", "dst")} -j REJECT`,
  ];
}
