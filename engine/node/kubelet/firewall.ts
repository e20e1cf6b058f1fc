/**
 * The kubelet's own rules (pkg/kubelet/kubelet_network_linux.go): a hint for CNI plugins, the
 * protection of 127.0.0.0/8, and its canary, looked at once a minute.
 */
import type { Task } from "../../core/task";
import { netfilterOf } from "../../netfilter/attach";
import { IptablesRunner, monitorIptables } from "../iptables-runner";
import type { KubeletContext } from "./context";

const LOCALNET = ["-m", "comment", "--comment", "block incoming localnet connections", "--dst", "127.0.0.0/8", "!", "--src", "127.0.0.0/8", "-m", "conntrack", "!", "--ctstate", "RELATED,ESTABLISHED,DNAT", "-j", "DROP"];

export function* keepCanary({ world, machine }: KubeletContext): Task {
  const netfilter = netfilterOf(machine.netns);
  if (netfilter === undefined) return;
  const iptables = new IptablesRunner(netfilter);
  const sync = () => {
    iptables.ensureRules("append", [{ table: "filter", chain: "KUBE-FIREWALL", rule: LOCALNET }], [["mangle", "KUBE-IPTABLES-HINT"], ["filter", "KUBE-FIREWALL"]]);
    iptables.ensureRules("prepend", ["OUTPUT", "INPUT"].map((chain) => ({ table: "filter", chain, rule: ["-j", "KUBE-FIREWALL"] })));
  };
  sync();
  yield* monitorIptables({ world, iptables, canary: "KUBE-KUBELET-CANARY", intervalMs: 60_000, reload: sync, log: () => {} });
}
