/**
 * What the modes that write iptables leave behind, taken away when nftables mode starts:
 * CleanupLeftovers() of pkg/proxy/iptables and pkg/proxy/ipvs. KUBE-FIREWALL stays, since
 * it may be the kubelet's.
 */
import type { Machine } from "../../host/machine";
import { ipvsOf } from "../../ipvs/attach";
import type { Netfilter } from "../../netfilter/attach";
import { runIptables } from "../../netfilter/iptables/command";
import { IptablesRunner, type Table, type Wanted } from "../iptables-runner";
import { IpvsKernel } from "./ipvs-kernel";
import { IPVS_JUMPS } from "./ipvs-rules";
import { JUMPS, ruleOf } from "./jumps";
import { isServiceChain } from "./names";

/** Chains of theirs, apart from those of Services. */
const CHAINS: readonly (readonly [Table, readonly string[]])[] = [
  ["mangle", ["KUBE-PROXY-CANARY"]],
  ["nat", ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-PROXY-CANARY"]],
  ["filter", ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-FORWARD", "KUBE-PROXY-FIREWALL", "KUBE-NODE-PORT", "KUBE-SOURCE-RANGES-FIREWALL", "KUBE-IPVS-FILTER", "KUBE-IPVS-OUT-FILTER", "KUBE-PROXY-CANARY"]],
];

export function cleanUpOtherModes(machine: Machine, netfilter: Netfilter): void {
  const ipvs = ipvsOf(machine.netns) === undefined ? undefined : new IpvsKernel(machine.netns, netfilter, machine);
  ipvs?.cleanUp();
  cleanUpIptables(netfilter);
  ipvs?.destroySets();
}

function cleanUpIptables(netfilter: Netfilter): void {
  const iptables = new IptablesRunner(netfilter);
  const jumps: readonly Wanted[] = [...JUMPS.filter(({ to }) => to !== "KUBE-FIREWALL").map((jump) => ({ table: jump.table, chain: jump.from, rule: ruleOf(jump) })), ...IPVS_JUMPS];
  for (const { table, chain, rule } of jumps) if (iptables.hasRule(table, chain, rule)) runIptables(netfilter, ["iptables", "-t", table, "-D", chain, ...rule]);
  for (const [table, names] of CHAINS) {
    const chains = iptables.chains(table).filter((chain) => names.includes(chain) || (table === "nat" && isServiceChain(chain)));
    if (chains.length === 0) continue;
    iptables.restoreAll([`*${table}`, ...chains.map((chain) => `:${chain} - [0:0]`), ...chains.map((chain) => `-X ${chain}`), "COMMIT", ""].join("\n"));
  }
}
