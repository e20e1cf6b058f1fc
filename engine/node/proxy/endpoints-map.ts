/**
 * EndpointSlices, turned round: for each Service port, who could answer.
 *
 * Answers to EndpointSliceCache of pkg/proxy/endpointslicecache.go: an absent condition means
 * ready and serving, an address that stands in two slices counts once, and the order is that
 * of "ip:port" as text, which is the order the rules are written in.
 *
 * Differs: slices are taken by name, where upstream takes them as a Go map gives them.
 */
import type * as discovery from "kubernetes-types/discovery/v1";
import { by } from "../../core/order";
import type { DeepReadonly, SliceEndpoint } from "../../kube/types";
import { endpointChain } from "./names";
import { type Named, portKey } from "./service-map";

/** A slice as a client writes it or as the API keeps it. */
export type EndpointSlice = Named & DeepReadonly<Partial<Pick<discovery.EndpointSlice, "addressType" | "endpoints" | "ports">>>;

export type Endpoint = {
  readonly ip: string;
  readonly port: number;
  /** "ip:port". */
  readonly address: string;
  readonly isLocal: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  /** Its KUBE-SEP chain. */
  readonly chain: string;
};

export type EndpointsMap = ReadonlyMap<string, readonly Endpoint[]>;

/** `chainOf` may remember names from the last time. */
export function endpointsMap(slices: readonly EndpointSlice[], nodeName: string, chainOf = endpointChain): EndpointsMap {
  const found = new Map<string, Map<string, Endpoint>>();
  for (const slice of [...slices].sort(by((each) => each.metadata?.name ?? ""))) {
    const service = serviceOf(slice);
    if (service === undefined) continue;
    for (const { name = "", port, protocol = "TCP" } of slice.ports ?? []) {
      if (port === undefined || port === 0) continue;
      const key = portKey(service, name, protocol);
      let endpoints = found.get(key);
      if (endpoints === undefined) found.set(key, (endpoints = new Map()));
      collect(endpoints, slice, { chainName: name === "" ? service : `${service}:${name}`, protocol: protocol.toLowerCase(), port, nodeName, chainOf });
    }
  }
  return new Map([...found].map(([key, endpoints]) => [key, [...endpoints.values()].sort(by((each) => each.address))]));
}

/** "ns/service", unless the slice is not for kube-proxy: headless, another family, nobody's. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const labels = slice.metadata?.labels ?? {};
  const name = labels["kubernetes.io/service-name"];
  if (name === undefined || slice.addressType !== "IPv4") return undefined;
  if (labels["service.kubernetes.io/headless"] !== undefined || labels["service.kubernetes.io/service-proxy-name"] !== undefined) return undefined;
  return `${slice.metadata?.namespace ?? "default"}/${name}`;
}

type Target = { readonly chainName: string; readonly protocol: string; readonly port: number; readonly nodeName: string; readonly chainOf: typeof endpointChain };

function collect(into: Map<string, Endpoint>, slice: EndpointSlice, target: Target): void {
  for (const endpoint of slice.endpoints ?? []) {
    const made = endpointOf(endpoint, target);
    if (made !== undefined && (made.isLocal || !into.has(made.address))) into.set(made.address, made);
  }
}

function endpointOf(endpoint: SliceEndpoint, { chainName, protocol, port, nodeName, chainOf }: Target): Endpoint | undefined {
  const ip = endpoint.addresses[0];
  if (ip === undefined) return undefined;
  const { ready = true, serving = true, terminating = false } = endpoint.conditions ?? {};
  const { hints } = endpoint;
  const address = `${ip}:${port}`;
  return {
    ip,
    port,
    address,
    isLocal: endpoint.nodeName === nodeName,
    ready,
    serving,
    terminating,
    zoneHints: (hints?.forZones ?? []).map(({ name }) => name),
    nodeHints: (hints?.forNodes ?? []).map(({ name }) => name),
    chain: chainOf(chainName, protocol, address),
  };
}
