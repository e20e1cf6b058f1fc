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

export type IpvsTexts = { readonly sets: string; readonly rules: string; readonly links: string; readonly servers: string };

/** For each tool its own. */
export function ipvsTexts(state: ProxyState, nodeAddresses: readonly string[]): IpvsTexts {
  const plan = ipvsPlan(state, nodeAddresses);
  const bound = [...(plan.sets.get("KUBE-IPVS-IPS") ?? [])];
  return {
    sets: lines(setLines(plan)),
    rules: ipvsRulesText(plan, state.options),
    links: lines([`link add ${DUMMY} type dummy`, ...bound.map((address) => `address add ${address}/32 dev ${DUMMY}`)]),
    servers: lines(plan.servers.flatMap(serverLines)),
  };
}

export function ipvsText(state: ProxyState, nodeAddresses: readonly string[]): string {
  const { sets, rules, links, servers } = ipvsTexts(state, nodeAddresses);
  return `# ipset restore\n${sets}# iptables-restore --noflush\n${rules}# ip -batch -\n${links}# ipvsadm -R\n${servers}`;
}

const lines = (each: readonly string[]): string => each.map((line) => `${line}\n`).join("");

function setLines({ sets }: IpvsPlan): string[] {
  return SET_NAMES.flatMap((name) => [`create ${creation(name).join(" ")}`, ...[...(sets.get(name) ?? [])].map((entry) => `add ${name} ${entry} -exist`)]);
}

function serverLines({ protocol, address, port, persistentSeconds, endpoints }: VirtualServer): string[] {
  const option = { tcp: "-t", udp: "-u", sctp: "--sctp-service" }[protocol];
  const key = `${option} ${address}:${port}`;
  return [`-A ${key} -s ${SCHEDULER}${persistentSeconds === undefined ? "" : ` -p ${persistentSeconds}`}`, ...endpoints.map((endpoint) => `-a ${key} -r ${endpoint} -m -w 1`)];
}
