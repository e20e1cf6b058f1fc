/** `kubectl describe` of Services, and the short list of endpoints it and Ingresses show. */
import type { Task } from "../../../core/task";
import type { EndpointSlice, Service } from "../../../kube/types";
import type { Context } from "../command";
import { listAt } from "../json";
import { writeEvents } from "./events";
import { Page, pairs } from "./page";

export function* describeService(context: Context, service: Service, showEvents: boolean): Task<string> {
  const { metadata, spec } = service;
  const slices = yield* slicesOf(context, metadata.namespace ?? "", metadata.name);
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.field(0, "Selector", pairs(spec.selector).join(",") || "<none>").field(0, "Type", spec.type ?? "");
  if (spec.ipFamilyPolicy !== undefined) page.field(0, "IP Family Policy", spec.ipFamilyPolicy);
  page.field(0, "IP Families", spec.ipFamilies?.join(",") || "<none>").field(0, "IP", spec.clusterIP ?? "").field(0, "IPs", spec.clusterIPs?.join(",") || "<none>");
  writeOutside(page, service);
  writePorts(page, service, slices);
  page.field(0, "Session Affinity", spec.sessionAffinity ?? "");
  if (spec.externalTrafficPolicy) page.field(0, "External Traffic Policy", spec.externalTrafficPolicy);
  const { internalTrafficPolicy, trafficDistribution } = spec as { readonly internalTrafficPolicy?: string; readonly trafficDistribution?: string };
  if (internalTrafficPolicy) page.field(0, "Internal Traffic Policy", internalTrafficPolicy);
  if (spec.healthCheckNodePort) page.field(0, "HealthCheck NodePort", spec.healthCheckNodePort);
  if ((spec.loadBalancerSourceRanges ?? []).length > 0) page.field(0, "LoadBalancer Source Ranges", (spec.loadBalancerSourceRanges ?? []).join(","));
  if (trafficDistribution) page.field(0, "Traffic Distribution", trafficDistribution);
  yield* writeEvents(page, context, service, showEvents);
  return page.toString();
}

function writeOutside(page: Page, { spec, status }: Service): void {
  if ((spec.externalIPs ?? []).length > 0) page.field(0, "External IPs", (spec.externalIPs ?? []).join(","));
  if (spec.loadBalancerIP) page.field(0, "Desired LoadBalancer IP", spec.loadBalancerIP);
  if (spec.externalName) page.field(0, "External Name", spec.externalName);
  const ingress = (status.loadBalancer?.ingress ?? []) as readonly { readonly ip?: string; readonly hostname?: string; readonly ipMode?: string }[];
  if (ingress.length === 0) return;
  page.field(0, "LoadBalancer Ingress", ingress.map(({ ip, hostname, ipMode }) => (ip ? `${ip}${ipMode ? ` (${ipMode})` : ""}` : (hostname ?? ""))).join(", "));
}

function writePorts(page: Page, { spec }: Service, slices: readonly EndpointSlice[]): void {
  for (const port of spec.ports ?? []) {
    const name = port.name || "<unset>";
    page.line(0, `Port:\t${name}\t${port.port}/${port.protocol ?? "TCP"}`).field(0, "TargetPort", `${port.targetPort ?? 0}/${port.protocol ?? "TCP"}`);
    if (port.appProtocol) page.field(0, "AppProtocol", port.appProtocol);
    if (port.nodePort) page.line(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol ?? "TCP"}`);
    page.field(0, "Endpoints", endpointsText(slices, port.name ?? ""));
  }
}

export function* slicesOf(context: Context, namespace: string, service: string): Task<readonly EndpointSlice[]> {
  const list = yield* context.client.get(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, { labelSelector: `kubernetes.io/service-name=${service}` });
  return listAt(list, "items") as unknown as readonly EndpointSlice[];
}

const SHOWN = 3;

/** Ready addresses of the port of this name: "10.244.1.4:80,10.244.2.7:80 + 2 more...". */
export function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return "<none>";
  const found: string[] = [];
  for (const { ports, endpoints } of slices) {
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).map(({ addresses }) => addresses[0] ?? "");
    if ((ports ?? []).length === 0) found.push(...ready);
    for (const port of ports ?? []) if ((port.name ?? "") === portName) found.push(...ready.map((ip) => `${ip.includes(":") ? `[${ip}]` : ip}:${port.port}`));
  }
  const list = found.slice(0, SHOWN).join(",");
  return found.length > SHOWN ? `${list} + ${found.length - SHOWN} more...` : list;
}
