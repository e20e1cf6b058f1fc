/**
 * What kube-proxy knows of a Service: one entry for each of its ports.
 *
 * Answers to newBaseServiceInfo() and ServicePortMap of pkg/proxy/servicechangetracker.go and
 * serviceport.go. Headless and ExternalName Services have no entry: there is nothing to proxy.
 *
 * Differs: IPv4 only.
 */
import type * as core from "kubernetes-types/core/v1";
import { by } from "../../core/order";
import type { DeepReadonly, Labels } from "../../kube/types";
import { parseCidr, parseIp, printCidr, networkOf } from "../../wire/ip";
import { type ServiceChains, serviceChains } from "./names";

/** A Service as a client writes it or as the API keeps it. */
export type Service = Named & DeepReadonly<Pick<core.Service, "spec" | "status">>;
export type Named = { readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly labels?: Labels } };
type ApiPort = DeepReadonly<core.ServicePort>;

export type ServicePort = {
  /** "ns/service:port", as it stands in comments and hashes. */
  readonly name: string;
  /** "ns/service". */
  readonly service: string;
  /** Which endpoints are its own: the name with the protocol. */
  readonly key: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort: number;
  readonly externalIPs: readonly string[];
  /** Load balancer addresses that the node itself answers for (ipMode VIP or none given). */
  readonly loadBalancerVIPs: readonly string[];
  readonly loadBalancerSourceRanges: readonly string[];
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Session affinity by client address: for how long. */
  readonly affinitySeconds: number | undefined;
  readonly healthCheckNodePort: number;
  readonly chains: ServiceChains;
};

/** Ports sorted by name, so that the same Services always give the same text. */
export function servicePorts(services: readonly Service[]): ServicePort[] {
  return services.flatMap(portsOf).sort(by((port) => port.key));
}

/** "ns/service:port TCP": the key under which endpoints of that port are kept. */
export function portKey(service: string, portName: string, protocol: string): string {
  return `${portName === "" ? service : `${service}:${portName}`} ${protocol}`;
}

export function portsOf(service: Service): ServicePort[] {
  const spec = service.spec ?? {};
  const { clusterIP } = spec;
  if (clusterIP === undefined || clusterIP === "" || clusterIP === "None" || spec.type === "ExternalName") return [];
  if (service.metadata?.labels?.["service.kubernetes.io/service-proxy-name"] !== undefined) return [];
  const common = commonOf(service, clusterIP);
  return (spec.ports ?? []).map((port) => portOf(common, port));
}

type Common = Omit<ServicePort, "name" | "key" | "protocol" | "port" | "nodePort" | "chains">;

function commonOf(service: Service, clusterIP: string): Common {
  const spec = service.spec ?? {};
  const external = spec.type === "NodePort" || spec.type === "LoadBalancer" || (spec.externalIPs ?? []).length > 0;
  const externalLocal = external && spec.externalTrafficPolicy === "Local";
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  return {
    service: `${service.metadata?.namespace ?? "default"}/${service.metadata?.name ?? ""}`,
    clusterIP,
    externalIPs: (spec.externalIPs ?? []).filter(isIPv4),
    loadBalancerVIPs: ingress.flatMap(({ ip, ipMode }) => (ip !== undefined && isIPv4(ip) && ipMode !== "Proxy" ? [ip] : [])),
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).flatMap(normalCidr),
    internalLocal: spec.internalTrafficPolicy === "Local",
    externalLocal,
    affinitySeconds: spec.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined,
    healthCheckNodePort: spec.type === "LoadBalancer" && externalLocal ? (spec.healthCheckNodePort ?? 0) : 0,
  };
}

function portOf(common: Common, port: ApiPort): ServicePort {
  const written = port.protocol ?? "TCP";
  const protocol = written.toLowerCase() as ServicePort["protocol"];
  const name = port.name === undefined || port.name === "" ? common.service : `${common.service}:${port.name}`;
  return {
    ...common,
    name,
    key: portKey(common.service, port.name ?? "", written),
    protocol,
    port: port.port,
    nodePort: port.nodePort ?? 0,
    chains: serviceChains(name, protocol),
  };
}

function isIPv4(written: string): boolean {
  return parseIp(written) !== undefined;
}

/** As Go prints a parsed network: the host bits cleared; what is not one is left out. */
function normalCidr(written: string): string[] {
  const trimmed = written.trim();
  const cidr = trimmed.includes("/") ? parseCidr(trimmed) : undefined;
  return cidr === undefined ? [] : [printCidr({ address: networkOf(cidr.address, cidr.bits), bits: cidr.bits })];
}

export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== 0 || port.loadBalancerVIPs.length > 0 || port.externalIPs.length > 0;
}

/** Even with externalTrafficPolicy Local: Pods and the node itself are short-circuited to all endpoints. */
export function usesClusterEndpoints(port: ServicePort): boolean {
  return !port.internalLocal || isExternallyAccessible(port);
}

export function usesLocalEndpoints(port: ServicePort): boolean {
  return port.internalLocal || (port.externalLocal && isExternallyAccessible(port));
}
