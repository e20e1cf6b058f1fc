/**
 * kube-proxy's ipvs mode as text. It speaks to IPVS and to its dummy device over netlink; here the
 * same is said in the words of the tools: `ipset restore`, `iptables-restore --noflush`,
 * `ip -batch` and `ipvsadm -R`, in the order in which a first sync needs them.
 */
import type { ProxyState } from "./iptables";
import { DUMMY } from "./ipvs-kernel";
import { ipvsPlan, type IpvsPlan, type VirtualServer } from "./ipvs-plan";
import { ipvsRulesText } from "./ipvs-rules";
import { creation, SET_NAMES } from "./ipvs-sets";

const SCHEDULER = "rr";

export function ipvsText(state: ProxyState, nodeAddresses: readonly string[]): string {
  const plan = ipvsPlan(state, nodeAddresses);
  return [
    "# ipset restore",
    ...setLines(plan),
    "# iptables-restore --noflush",
    ipvsRulesText(plan, state.options).trimEnd(),
    "# ip -batch -",
    `link add ${DUMMY} type dummy`,
    ...[...(plan.sets.get("KUBE-IPVS-IPS") ?? [])].map((address) => `address add ${address}/32 dev ${DUMMY}`),
    "# ipvsadm -R",
    ...plan.servers.flatMap(serverLines),
    "",
  ].join("\n");
}

function setLines({ sets }: IpvsPlan): string[] {
  return SET_NAMES.flatMap((name) => [`create ${creation(name).join(" ")}`, ...[...(sets.get(name) ?? [])].map((entry) => `add ${name} ${entry} -exist`)]);
}

function serverLines({ protocol, address, port, persistentSeconds, endpoints }: VirtualServer): string[] {
  const option = { tcp: "-t", udp: "-u", sctp: "--sctp-service" }[protocol];
  const key = `${option} ${address}:${port}`;
  return [`-A ${key} -s ${SCHEDULER}${persistentSeconds === undefined ? "" : ` -p ${persistentSeconds}`}`, ...endpoints.map((endpoint) => `-a ${key} -r ${endpoint} -m -w 1`)];
}
