/** ValidateService and ValidateServiceUpdate (pkg/apis/core/validation). */
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { Service, ServicePort } from "../types";
import { validateLabels } from "./metadata";
import { cidr, dnsLabel, dnsSubdomain, ipAddress, portName, portNumber } from "./names";

const BAD_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITY_SECONDS = 86_400;

export function validateService(service: Service): readonly FieldError[] {
  const { spec } = service;
  return [
    ...validateType(service),
    ...validatePorts(service),
    ...validateLabels(spec.selector, "spec.selector"),
    ...validateAffinity(service),
    ...validateAddresses(service),
    ...validatePolicies(service),
  ];
}

const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === "None";
const isExternal = ({ spec }: Service): boolean => spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.externalIPs ?? []).length > 0;

function validateType({ spec }: Service): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!TYPES.includes(spec.type ?? "")) errors.push(notSupported("spec.type", spec.type, TYPES));
  if (spec.type === "ExternalName") {
    if (spec.clusterIP) errors.push(forbiddenField("spec.clusterIPs", "may not be set when `type` is 'ExternalName'"));
    if (!spec.externalName) errors.push(required("spec.externalName"));
    else errors.push(...dnsSubdomain(spec.externalName.replace(/\.$/, "")).map((why) => invalid("spec.externalName", spec.externalName, why)));
  }
  if (spec.type === "LoadBalancer" && spec.clusterIP === "None") errors.push(invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
  if (spec.type === "NodePort" && spec.clusterIP === "None") errors.push(invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"));
  return errors;
}

function validatePorts(service: Service): readonly FieldError[] {
  const { spec } = service;
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(service) && spec.type !== "ExternalName") errors.push(required("spec.ports"));
  const names = new Set<string>();
  ports.forEach((port, i) => errors.push(...validatePort(port, ports.length > 1, isHeadless(service), names, `spec.ports[${i}]`)));
  const mayHaveNodePort = spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const seen = new Set<string>();
  const nodePorts = new Set<string>();
  ports.forEach((port, i) => {
    if (port.nodePort && !mayHaveNodePort && spec.type !== "LoadBalancer") errors.push(forbiddenField(`spec.ports[${i}].nodePort`, `may not be used when \`type\` is '${spec.type}'`));
    const key = `${port.protocol}/${port.port}`;
    if (seen.has(key)) errors.push(duplicate(`spec.ports[${i}]`, { protocol: port.protocol, port: port.port }));
    seen.add(key);
    const nodeKey = `${port.protocol}/${port.nodePort}`;
    if (port.nodePort && nodePorts.has(nodeKey)) errors.push(duplicate(`spec.ports[${i}].nodePort`, port.nodePort));
    nodePorts.add(nodeKey);
  });
  return errors;
}

function validatePort(port: ServicePort, nameNeeded: boolean, headless: boolean, names: Set<string>, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (nameNeeded) errors.push(required(`${field}.name`));
  } else {
    errors.push(...dnsLabel(port.name).map((why) => invalid(`${field}.name`, port.name, why)));
    if (names.has(port.name)) errors.push(duplicate(`${field}.name`, port.name));
    names.add(port.name);
  }
  errors.push(...portNumber(port.port).map((why) => invalid(`${field}.port`, port.port, why)));
  if (!port.protocol) errors.push(required(`${field}.protocol`));
  else if (!["TCP", "UDP", "SCTP"].includes(port.protocol)) errors.push(notSupported(`${field}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]));
  const target = port.targetPort;
  if (target !== undefined) errors.push(...(typeof target === "number" ? portNumber(target) : portName(target)).map((why) => invalid(`${field}.targetPort`, target, why)));
  void headless;
  return errors;
}

function validateAffinity({ spec }: Service): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!["ClientIP", "None"].includes(spec.sessionAffinity ?? "")) errors.push(spec.sessionAffinity ? notSupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]) : required("spec.sessionAffinity"));
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity === "ClientIP" && seconds !== undefined && (seconds <= 0 || seconds > AFFINITY_SECONDS)) {
    errors.push(invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS}`));
  }
  if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig !== undefined) errors.push(forbiddenField("spec.sessionAffinityConfig", "must not be set when session affinity is None"));
  return errors;
}

function validateAddresses({ spec }: Service): readonly FieldError[] {
  const errors: FieldError[] = [];
  (spec.clusterIPs ?? []).forEach((address, i) => {
    if (address !== "None" && !ipAddress(address)) errors.push(invalid(`spec.clusterIPs[${i}]`, address, BAD_IP));
  });
  (spec.externalIPs ?? []).forEach((address, i) => {
    if (!ipAddress(address)) errors.push(invalid(`spec.externalIPs[${i}]`, address, BAD_IP));
  });
  (spec.loadBalancerSourceRanges ?? []).forEach((range, i) => {
    if (!cidr(range.trim())) errors.push(invalid(`spec.loadBalancerSourceRanges[${i}]`, range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
  });
  if ((spec.loadBalancerSourceRanges ?? []).length > 0 && spec.type !== "LoadBalancer") errors.push(forbiddenField("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"));
  return errors;
}

function validatePolicies(service: Service): readonly FieldError[] {
  const { spec } = service;
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy;
  if (external !== undefined) {
    if (!isExternal(service)) errors.push(invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"));
    else if (!["Cluster", "Local"].includes(external)) errors.push(notSupported("spec.externalTrafficPolicy", external, ["Cluster", "Local"]));
  } else if (isExternal(service)) errors.push(required("spec.externalTrafficPolicy"));
  if (spec.healthCheckNodePort !== undefined && !(spec.type === "LoadBalancer" && external === "Local")) {
    errors.push(invalid("spec.healthCheckNodePort", spec.healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
  }
  const internal = spec.internalTrafficPolicy;
  if (internal !== undefined && !["Cluster", "Local"].includes(internal)) errors.push(notSupported("spec.internalTrafficPolicy", internal, ["Cluster", "Local"]));
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !["PreferClose", "PreferSameZone", "PreferSameNode"].includes(distribution)) errors.push(notSupported("spec.trafficDistribution", distribution, ["PreferClose", "PreferSameNode", "PreferSameZone"]));
  if (spec.loadBalancerClass !== undefined && spec.type !== "LoadBalancer") errors.push(forbiddenField("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'"));
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== "LoadBalancer") errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'"));
  return errors;
}

/** The first address stays for as long as the type needs one. */
export function validateServiceUpdate(service: Service, old: Service): readonly FieldError[] {
  const [now] = service.spec.clusterIPs ?? [];
  const [was] = old.spec.clusterIPs ?? [];
  if (service.spec.type === "ExternalName" || old.spec.type === "ExternalName" || was === undefined || was === now) return [];
  return [invalid("spec.clusterIPs[0]", service.spec.clusterIPs ?? [], "may not change once set")];
}
