/**
 * `podpath kube-proxy`: what kube-proxy on one node would feed to its tool, from manifests
 * alone. A first sync: everything is written, nothing is deleted.
 */
import type * as core from "kubernetes-types/core/v1";
import type { DeepReadonly } from "../../kube/types";
import { parseIp } from "../../wire/ip";
import { type EndpointSlice, endpointsMap } from "./endpoints-map";
import { assemble, DEFAULT_OPTIONS, type ProxyOptions, type ProxyState, syncText } from "./iptables";
import { ipvsText } from "./ipvs-text";
import { NOTHING_KNOWN, nftablesText } from "./nftables";
import type { ProxyMode } from "./config";
import { type Named, type Service, servicePorts } from "./service-map";

export type KubeProxyInput = {
  readonly mode: ProxyMode;
  readonly nodeName: string;
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly nodes: readonly (Named & DeepReadonly<Pick<core.Node, "status">>)[];
  readonly options?: Partial<ProxyOptions>;
};

/** iptables mode: for `iptables-restore --noflush`; nftables mode: for `nft -f`; ipvs mode: for four tools, one after the other. */
export function kubeProxyText(input: KubeProxyInput): string {
  const state = proxyState(input);
  switch (input.mode) {
    case "iptables":
      return syncText(state, {}, assemble(state)).text;
    case "nftables":
      return nftablesText(state, { first: true, known: NOTHING_KNOWN }).text;
    case "ipvs":
      return ipvsText(state, nodeAddressesOf(input));
  }
}

/** What the Node object tells; a real node has its bridge's and its tunnel's addresses besides. */
function nodeAddressesOf({ nodes, nodeName }: KubeProxyInput): string[] {
  const addresses = nodes.find(({ metadata }) => metadata?.name === nodeName)?.status?.addresses ?? [];
  return addresses.flatMap(({ address }) => (parseIp(address) === undefined ? [] : [address]));
}

export function proxyState({ nodeName, services, slices, nodes, options }: Omit<KubeProxyInput, "mode">): ProxyState {
  const node = nodes.find(({ metadata }) => metadata?.name === nodeName);
  const address = node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  return {
    services: servicePorts(services),
    endpoints: endpointsMap(slices, nodeName),
    place: { nodeName, zone: node?.metadata?.labels?.["topology.kubernetes.io/zone"] ?? "" },
    nodeIP: address === undefined ? undefined : parseIp(address),
    options: { ...DEFAULT_OPTIONS, ...options },
  };
}
