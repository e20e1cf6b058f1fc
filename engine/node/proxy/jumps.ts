/**
 * The jumps from the built-in chains to kube-proxy's own, in upstream's order: each is
 * *prepended*, so the last one stands first. Only a full sync makes sure of them.
 * (iptablesJumpChains and iptablesKubeletJumpChains of pkg/proxy/iptables/proxier.go)
 */
import type { IptablesRunner, Table } from "../iptables-runner";

type Jump = { readonly table: Table; readonly to: string; readonly from: string; readonly comment?: string; readonly onlyNew?: boolean };

export const JUMPS: readonly Jump[] = [
  { table: "filter", to: "KUBE-EXTERNAL-SERVICES", from: "INPUT", comment: "kubernetes externally-visible service portals", onlyNew: true },
  { table: "filter", to: "KUBE-EXTERNAL-SERVICES", from: "FORWARD", comment: "kubernetes externally-visible service portals", onlyNew: true },
  { table: "filter", to: "KUBE-NODEPORTS", from: "INPUT", comment: "kubernetes health check service ports" },
  { table: "filter", to: "KUBE-SERVICES", from: "FORWARD", comment: "kubernetes service portals", onlyNew: true },
  { table: "filter", to: "KUBE-SERVICES", from: "OUTPUT", comment: "kubernetes service portals", onlyNew: true },
  { table: "filter", to: "KUBE-FORWARD", from: "FORWARD", comment: "kubernetes forwarding rules" },
  { table: "filter", to: "KUBE-PROXY-FIREWALL", from: "INPUT", comment: "kubernetes load balancer firewall", onlyNew: true },
  { table: "filter", to: "KUBE-PROXY-FIREWALL", from: "OUTPUT", comment: "kubernetes load balancer firewall", onlyNew: true },
  { table: "filter", to: "KUBE-PROXY-FIREWALL", from: "FORWARD", comment: "kubernetes load balancer firewall", onlyNew: true },
  { table: "nat", to: "KUBE-SERVICES", from: "OUTPUT", comment: "kubernetes service portals" },
  { table: "nat", to: "KUBE-SERVICES", from: "PREROUTING", comment: "kubernetes service portals" },
  { table: "nat", to: "KUBE-POSTROUTING", from: "POSTROUTING", comment: "kubernetes postrouting rules" },
  // The kubelet's, which kube-proxy keeps as well, whoever comes first.
  { table: "filter", to: "KUBE-FIREWALL", from: "INPUT" },
  { table: "filter", to: "KUBE-FIREWALL", from: "OUTPUT" },
];

export function ensureJumps(iptables: IptablesRunner): void {
  const rules = JUMPS.map((jump) => ({ table: jump.table, chain: jump.from, rule: ruleOf(jump) }));
  iptables.ensureRules("prepend", rules, JUMPS.map(({ table, to }) => [table, to] as const));
}

export function ruleOf({ to, comment, onlyNew }: Jump): readonly string[] {
  const match = onlyNew ? ["-m", "conntrack", "--ctstate", "NEW"] : [];
  const why = comment === undefined ? [] : ["-m", "comment", "--comment", comment];
  return [...match, ...why, "-j", to];
}

/** The same as iptables-restore reads them, in the order in which they stand. */
export function jumpLines(table: Table): readonly string[] {
  const lines = JUMPS.filter((jump) => jump.table === table).map((jump) => `-A ${jump.from} ${ruleOf(jump).map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ")}`);
  return lines.reverse();
}
