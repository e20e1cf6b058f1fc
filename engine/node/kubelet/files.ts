/**
 * The files the kubelet writes for each Pod: /etc/resolv.conf by its DNS policy, /etc/hosts and
 * /etc/hostname. (pkg/kubelet/network/dns/dns.go, kubelet_pods.go)
 */
import type { Pod } from "../../kube/types";
import type { KubeletContext } from "./context";
import { hostnameOf } from "./env";

/** What glibc reads at most, and the kubelet therefore writes: validation's MaxDNS… */
const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const LONGEST_SEARCH = 2048;

type Dns = { readonly nameservers: readonly string[]; readonly search: readonly string[]; readonly options: readonly string[]; readonly complaints: readonly string[] };

/** `complaints`: what had to be left out, in the words of the event DNSConfigForming. */
export function resolvConf(context: KubeletContext, pod: Pod): { readonly text: string; readonly complaints: readonly string[] } {
  const { search, nameservers, options, complaints } = dnsOf(context, pod);
  const lines = [...(search.length > 0 ? [`search ${search.join(" ")}`] : []), ...nameservers.map((server) => `nameserver ${server}`), ...(options.length > 0 ? [`options ${options.join(" ")}`] : []), ""];
  return { text: lines.join("\n"), complaints };
}

function dnsOf({ clusterDNS, clusterDomain, machine }: KubeletContext, pod: Pod): Dns {
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
  const searches = [...new Set([...base.search, ...(dnsConfig?.searches ?? [])])];
  const servers = [...new Set([...base.nameservers, ...(dnsConfig?.nameservers ?? [])])];
  const search = searches.slice(0, MOST_SEARCHES);
  while (search.join(" ").length > LONGEST_SEARCH) search.pop();
  const nameservers = servers.slice(0, MOST_NAMESERVERS);
  const complaints = [
    ...(nameservers.length < servers.length ? [`Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${nameservers.join(" ")}`] : []),
    ...(search.length < searches.length ? [`Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${search.join(" ")}`] : []),
  ];
  return { search, nameservers, options: [...options.values()], complaints };
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
  return `${[...lines, ...aliasesOf(pod)].join("\n")}\n`;
}

/** With hostNetwork: the node's own file, under another heading. */
export function nodeHosts({ machine }: KubeletContext, pod: Pod): string {
  const aliases = aliasesOf(pod).map((line) => `${line}\n`);
  return `# Kubernetes-managed hosts file (host network).\n${machine.fs.readText("/etc/hosts")}${aliases.join("")}`;
}

function aliasesOf({ spec }: Pod): readonly string[] {
  const aliases = (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}`);
  return aliases.length > 0 ? ["", "# Entries added by HostAliases.", ...aliases] : [];
}
