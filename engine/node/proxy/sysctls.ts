/**
 * The kernel settings kube-proxy makes at its start, up or down, whatever they were before:
 * cmd/kube-proxy/app/conntrack.go and NewProxier().
 */
import { SysError } from "../../core/errno";
import type { Machine } from "../../host/machine";
import type { ProxyConfig } from "./config";

export function setSysctls(machine: Machine, { conntrack, options }: ProxyConfig, log: (text: string) => void): void {
  const { sysctl } = machine.netns;
  const set = (key: string, value: number): void => {
    if (sysctl.get(key) === String(value)) return;
    try {
      sysctl.set(key, String(value));
    } catch (error) {
      if (!(error instanceof SysError)) throw error; // Read-only here: upstream logs and goes on.
    }
  };
  const max = conntrack.maxPerCore > 0 ? Math.max(conntrack.maxPerCore * machine.kernel.cpus, conntrack.min) : conntrack.min;
  if (conntrack.maxPerCore > 0 && max > 0) {
    log(`"Setting nf_conntrack_max" nfConntrackMax=${max}`);
    set("net.netfilter.nf_conntrack_max", max);
  }
  set("net.netfilter.nf_conntrack_tcp_timeout_established", conntrack.tcpEstablishedSeconds);
  set("net.netfilter.nf_conntrack_tcp_timeout_close_wait", conntrack.tcpCloseWaitSeconds);
  if (conntrack.tcpBeLiberal) set("net.netfilter.nf_conntrack_tcp_be_liberal", 1);
  if (options.localhostNodePorts) set("net.ipv4.conf.all.route_localnet", 1);
}
