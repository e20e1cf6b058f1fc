/**
 * The kernel settings kube-proxy makes at its start, up or down, whatever they were before:
 * cmd/kube-proxy/app/conntrack.go and NewProxier().
 */
import { SysError } from "../../core/errno";
import type { Machine } from "../../host/machine";
import type { IpvsConfig, ProxyConfig } from "./config";

export function setSysctls(machine: Machine, { mode, conntrack, options }: ProxyConfig, log: (text: string) => void): void {
  const set = setterOf(machine);
  const max = conntrack.maxPerCore > 0 ? Math.max(conntrack.maxPerCore * machine.kernel.cpus, conntrack.min) : conntrack.min;
  if (conntrack.maxPerCore > 0 && max > 0) {
    log(`"Setting nf_conntrack_max" nfConntrackMax=${max}`);
    set("net.netfilter.nf_conntrack_max", max);
  }
  set("net.netfilter.nf_conntrack_tcp_timeout_established", conntrack.tcpEstablishedSeconds);
  set("net.netfilter.nf_conntrack_tcp_timeout_close_wait", conntrack.tcpCloseWaitSeconds);
  if (conntrack.tcpBeLiberal) set("net.netfilter.nf_conntrack_tcp_be_liberal", 1);
  if (mode === "iptables" && options.localhostNodePorts) set("net.ipv4.conf.all.route_localnet", 1);
}

/** What ipvs mode needs besides. conn_reuse_mode is left alone since kernel 5.9 does right by it. */
export function setIpvsSysctls(machine: Machine, { strictARP }: IpvsConfig, log: (text: string) => void): void {
  const set = setterOf(machine);
  set("net.ipv4.vs.conntrack", 1);
  log(`"Left as-is" ipFamily="IPv4" sysctl="net/ipv4/vs/conn_reuse_mode"`);
  set("net.ipv4.vs.expire_nodest_conn", 1);
  set("net.ipv4.vs.expire_quiescent_template", 1);
  set("net.ipv4.ip_forward", 1);
  if (!strictARP) return;
  set("net.ipv4.conf.all.arp_ignore", 1);
  set("net.ipv4.conf.all.arp_announce", 2);
}

function setterOf({ netns: { sysctl } }: Machine): (key: string, value: number) => void {
  return (key, value) => {
    if (sysctl.get(key) === String(value)) return;
    try {
      sysctl.set(key, String(value));
    } catch (error) {
      if (!(error instanceof SysError)) throw error; // Read-only here: upstream logs and goes on.
    }
  };
}
