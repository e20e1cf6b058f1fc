/** Services: defaults, what an update may leave out, and the line of `kubectl get svc`. */
import { ageSince } from "../duration";
import type { Service } from "../types";
import { dnsLabel } from "../validation/names";
import { serviceWarnings, validateService, validateServiceStatus, validateServiceUpdate } from "../validation/service";
import { AGE, type Definition, type Editable, NAME, text } from "./definition";
import { allocateService } from "./service-allocation";

export const service: Definition<"Service"> = {
  kind: "Service", group: "", version: "v1", plural: "services", singular: "service", shortNames: ["svc"], categories: ["all"], namespaced: true,
  status: true,
  name: dnsLabel,
  defaults,
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
    addresses(object);
  },
  prepareForUpdate(object, old) {
    keepAllocated(object, old);
    dropWhatTheTypeHasNot(object, old);
    addresses(object, old);
  },
  allocate: allocateService,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus,
  defaultStatus({ status }) {
    for (const ingress of (status?.loadBalancer?.ingress ?? []) as { ip?: string; ipMode?: string }[]) if (ingress.ip) ingress.ipMode ??= "VIP";
  },
  changesFirst: true,
  warnings: serviceWarnings,
  fields: ({ spec }) => ({ "spec.clusterIP": spec.clusterIP ?? "", "spec.type": spec.type ?? "" }),
  columns: [NAME, text("Type"), text("Cluster-IP"), text("External-IP"), text("Port(s)"), AGE, text("Selector", 1)],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec.type ?? "",
    object.spec.clusterIP || object.spec.clusterIPs?.[0] || "<none>",
    externalAddress(object),
    ports(object),
    ageSince(object.metadata.creationTimestamp, nowMs),
    printLabels(object.spec.selector),
  ],
};

function defaults({ spec }: Editable<"Service">): void {
  spec.sessionAffinity ??= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } };
  spec.type ??= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ??= "TCP";
    if (!port.targetPort) port.targetPort = port.port;
  }
  const external = spec.type === "NodePort" || spec.type === "LoadBalancer" || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
  if (external) spec.externalTrafficPolicy ??= "Cluster";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}

/** clusterIP and clusterIPs say the same thing; whoever knows only the first may go on doing so. */
function addresses({ spec }: Editable<"Service">, old?: Service): void {
  if (spec.type === "ExternalName" && old === undefined && spec.clusterIP !== undefined) spec.clusterIPs ??= [spec.clusterIP];
  if (spec.type === "ExternalName") return;
  const [first] = spec.clusterIPs ?? [];
  const [before] = old?.spec.clusterIPs ?? [];
  if (spec.clusterIP !== undefined && (first === undefined || first === before)) spec.clusterIPs = [spec.clusterIP];
  spec.ipFamilies ??= ["IPv4"];
  spec.ipFamilyPolicy ??= "SingleStack";
}

/** A PUT without the allocated values means: as before. */
function keepAllocated({ spec }: Editable<"Service">, old: Service): void {
  if (old.spec.type !== "ExternalName" && spec.type !== "ExternalName") {
    if (!spec.clusterIP && old.spec.clusterIP !== undefined) spec.clusterIP = old.spec.clusterIP;
    if (spec.clusterIPs === undefined && old.spec.clusterIPs !== undefined) spec.clusterIPs = [...old.spec.clusterIPs];
  }
  const checked = (one: { readonly type?: string; readonly externalTrafficPolicy?: string }): boolean => one.type === "LoadBalancer" && one.externalTrafficPolicy === "Local";
  if (checked(spec) && checked(old.spec) && !spec.healthCheckNodePort && old.spec.healthCheckNodePort !== undefined) spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  const hasNodePorts = (type: string | undefined): boolean => type === "NodePort" || type === "LoadBalancer";
  if (!hasNodePorts(old.spec.type) || !hasNodePorts(spec.type)) return;
  for (const port of spec.ports ?? []) {
    const before = old.spec.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
    if (!port.nodePort && before?.nodePort) port.nodePort = before.nodePort;
  }
}

function dropWhatTheTypeHasNot({ spec }: Editable<"Service">, old: Service): void {
  if (spec.type === "ExternalName" && old.spec.type !== "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] as const) delete spec[field];
  }
  if ((spec.type === "ClusterIP" || spec.type === "ExternalName") && spec.type !== old.spec.type) {
    for (const port of spec.ports ?? []) {
      const before = old.spec.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
      if (before?.nodePort === port.nodePort) delete port.nodePort;
    }
    if (spec.externalTrafficPolicy === old.spec.externalTrafficPolicy && (spec.externalIPs ?? []).length === 0) delete spec.externalTrafficPolicy;
  }
  if (spec.type !== "LoadBalancer" && old.spec.type === "LoadBalancer") {
    if (spec.allocateLoadBalancerNodePorts === old.spec.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.healthCheckNodePort === old.spec.healthCheckNodePort) delete spec.healthCheckNodePort;
    if (spec.loadBalancerClass === old.spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (spec.externalTrafficPolicy !== "Local") delete spec.healthCheckNodePort;
}

function externalAddress({ spec, status }: Service): string {
  const external = (spec.externalIPs ?? []).join(",");
  switch (spec.type) {
    case "ExternalName":
      return spec.externalName ?? "";
    case "LoadBalancer": {
      const balancers = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
      const all = [...new Set(balancers), ...(spec.externalIPs ?? [])].join(",");
      return all === "" ? "<pending>" : all;
    }
  }
  return external === "" ? "<none>" : external;
}

function ports({ spec }: Service): string {
  const list = (spec.ports ?? []).map(({ port, nodePort, protocol }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`));
  return list.length === 0 ? "<none>" : list.join(",");
}

/** labels.FormatLabels: in the order of the keys. */
export function printLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels?.[key]}`);
  return pairs.length === 0 ? "<none>" : pairs.join(",");
}
