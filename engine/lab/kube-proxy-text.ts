/** Manifests in, kube-proxy's rules out: what `podpath kube-proxy` prints. */
import { PROXY_MODES, type ProxyMode } from "../node/proxy/config";
import { type KubeProxyInput, kubeProxyText as textFor } from "../node/proxy/kube-proxy-text";
import { LabProblem } from "./contract";

type Manifest = { readonly kind?: string; readonly metadata?: { readonly name?: string } };

/** Undefined: there is no such mode. */
export function proxyModeOf(name: string): ProxyMode | undefined {
  return PROXY_MODES.find((mode) => mode === name);
}

/** Objects of other kinds are refused, so that a misspelt one is not silently left out. Throws LabProblem. */
export function kubeProxyText(objects: readonly unknown[], mode: ProxyMode, node: string | undefined): string {
  const of = (kind: string): readonly Manifest[] => (objects as readonly Manifest[]).filter((object) => object.kind === kind);
  const other = (objects as readonly Manifest[]).find(({ kind }) => kind !== "Service" && kind !== "EndpointSlice" && kind !== "Node");
  if (other !== undefined) throw new LabProblem(`kube-proxy reads Services, EndpointSlices and Nodes, not ${other.kind ?? "objects without a kind"}`);
  const nodeName = node ?? of("Node")[0]?.metadata?.name ?? "";
  return textFor({ mode, nodeName, services: of("Service"), slices: of("EndpointSlice"), nodes: of("Node") } as unknown as KubeProxyInput);
}
