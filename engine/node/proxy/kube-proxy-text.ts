/**
 * `podpath kube-proxy`: what kube-proxy on one node would feed to its tool, from manifests
 * alone. A first sync: everything is written, nothing is deleted.
 */
import type * as core from "kubernetes-types/core/v1";
import type { DeepReadonly } from "../../kube/types";
import { parseIp } from "../../wire/ip";
import { type EndpointSlice, endpointsMap } from "./endpoints-map";
import { DEFAULT_OPTIONS, type ProxyOptions, type ProxyState, syncText } from "./iptables";
import { type Named, type Service, servicePorts } from "./service-map";

export type KubeProxyInput = {
  readonly mode: string;
  readonly nodeName: string;
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly nodes: readonly (Named & DeepReadonly<Pick<core.Node, "status">>)[];
  readonly options?: Partial<ProxyOptions>;
};

/** Throws `not modelled: --mode …` for the modes that are not. */
export function kubeProxyText(input: KubeProxyInput): string {
  if (input.mode !== "iptables") throw new Error(`not modelled: --mode ${input.mode}`);
  return syncText(proxyState(input)).text;
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
