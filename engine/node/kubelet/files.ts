/**
 * The files the kubelet writes for each Pod: /etc/resolv.conf by its DNS policy, /etc/hosts and
 * /etc/hostname. (pkg/kubelet/network/dns/dns.go, kubelet_pods.go)
 */
import type { Pod } from "../../kube/types";
import type { KubeletContext } from "./context";
import { hostnameOf } from "./env";

export function resolvConf({ clusterDNS, clusterDomain, machine }: KubeletContext, pod: Pod): string {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork } = pod.spec;
  const cluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  const node = machine.fs.exists("/etc/resolv.conf") ? parse(machine.fs.readText("/etc/resolv.conf")) : { nameservers: [], search: [], options: [] };
  const base =
    dnsPolicy === "None"
      ? { nameservers: [], search: [], options: [] }
      : cluster
        ? { nameservers: [clusterDNS], search: [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...node.search], options: ["ndots:5"] }
        : node;
  const options = new Map([...base.options.map(option), ...(dnsConfig?.options ?? []).map(({ name = "", value }): [string, string] => [name, value === undefined ? name : `${name}:${value}`])]);
  const search = [...new Set([...base.search, ...(dnsConfig?.searches ?? [])])];
  const nameservers = [...new Set([...base.nameservers, ...(dnsConfig?.nameservers ?? [])])].slice(0, 3);
  return [...(search.length > 0 ? [`search ${search.join(" ")}`] : []), ...nameservers.map((server) => `nameserver ${server}`), ...(options.size > 0 ? [`options ${[...options.values()].join(" ")}`] : []), ""].join("\n");
}

type Resolv = { readonly nameservers: readonly string[]; readonly search: readonly string[]; readonly options: readonly string[] };

function parse(text: string): Resolv {
  const words = text.split("\n").map((line) => line.trim().split(/\s+/));
  const of = (key: string) => words.filter(([first]) => first === key).flatMap(([, ...rest]) => rest);
  return { nameservers: of("nameserver"), search: of("search"), options: of("options") };
}

function option(written: string): [string, string] {
  return [written.split(":")[0] ?? written, written];
}

export function etcHosts({ clusterDomain }: KubeletContext, pod: Pod, podIP: string): string {
  const hostname = hostnameOf(pod);
  const full = pod.spec.subdomain ? `${hostname}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t` : "";
  const lines = ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters", `${podIP}\t${full}${hostname}`];
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}`);
  return `${[...lines, ...(aliases.length > 0 ? ["", "# Entries added by HostAliases.", ...aliases] : [])].join("\n")}\n`;
}
