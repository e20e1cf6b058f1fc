/** ValidateService and ValidateServiceUpdate (pkg/apis/core/validation), in upstream's order. */
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { goDump } from "../schema/go-internal";
import type { Service, ServicePort } from "../types";
import { all } from "./environment";
import { endpointIp, legacyCidr, legacyIp } from "./ip";
import { validateLabels } from "./metadata";
import { dnsLabel, dnsSubdomain, ipAddress, portName, portNumber, qualifiedName } from "./names";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const FAMILIES = ["IPv4", "IPv6"];
const FAMILY_POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const POLICIES = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const AFFINITY_SECONDS = 86_400;

export function validateService(service: Service): readonly FieldError[] {
  const { spec } = service;
  const ports = spec.ports ?? [];
  return [
    ...(ports.length === 0 && !isHeadless(service) && spec.type !== "ExternalName" ? [required("spec.ports")] : []),
    ...validateKind(service),
    ...validatePorts(ports),
    ...validateLabels(spec.selector, "spec.selector"),
    ...validateAffinity(service),
    ...validateClusterIPs(service),
    ...(spec.externalIPs ?? []).flatMap((address, i) => {
      const errors = legacyIp(address, `spec.externalIPs[${i}]`);
      return errors.length > 0 ? errors : endpointIp(address, `spec.externalIPs[${i}]`);
    }),
    ...(TYPES.includes(spec.type ?? "") ? [] : [notSupported("spec.type", spec.type, TYPES)]),
    ...(spec.type === "ClusterIP" ? ports.flatMap(({ nodePort }, i) => (nodePort ? [forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")] : [])) : []),
    ...validateUnique(ports),
    ...validateBalancer(service),
    ...validateExternalPolicy(service),
    ...validateInternalPolicy(service),
  ];
}

const isHeadless = ({ spec }: Service): boolean => spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === "None";
const isExternal = ({ spec }: Service): boolean => spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
const needsHealthCheck = ({ spec }: Service): boolean => spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

function validateKind(service: Service): readonly FieldError[] {
  const { spec } = service;
  if (spec.type === "LoadBalancer" || spec.type === "NodePort") return isHeadless(service) ? [invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`)] : [];
  if (spec.type !== "ExternalName") return [];
  const errors: FieldError[] = [];
  const why = "may not be set for ExternalName services";
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbiddenField("spec.clusterIPs", why));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbiddenField("spec.ipFamilies", why));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField("spec.ipFamilyPolicy", why));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  return [...errors, ...(name === "" ? [required("spec.externalName")] : all("spec.externalName", name, dnsSubdomain(name)))];
}

function validatePorts(ports: readonly ServicePort[]): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const { name, protocol = "", targetPort: target = 0, appProtocol } = port;
    const errors: FieldError[] = [];
    if (!name) {
      if (ports.length > 1) errors.push(required(`${at}.name`));
    } else {
      errors.push(...all(`${at}.name`, name, dnsLabel(name)));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    errors.push(...all(`${at}.port`, port.port, portNumber(port.port)));
    if (protocol === "") errors.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    errors.push(...all(`${at}.targetPort`, target, typeof target === "number" ? portNumber(target) : portName(target)));
    return appProtocol === undefined ? errors : [...errors, ...all(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol))];
  });
}

/** First all node ports that are there twice, then all ports. */
function validateUnique(ports: readonly ServicePort[]): readonly FieldError[] {
  const again = (key: (port: ServicePort) => string, i: number): boolean => ports.slice(0, i).some((other) => key(other) === key(ports[i] as ServicePort));
  return [
    ...ports.flatMap(({ nodePort }, i) => (nodePort && again((port) => `${port.protocol}/${port.nodePort}`, i) ? [invalid(`spec.ports[${i}].nodePort`, nodePort, "provided port is already allocated")] : [])),
    ...ports.flatMap(({ protocol, port }, i) => (again((one) => `${one.protocol}/${one.port}`, i) ? [duplicate(`spec.ports[${i}]`, goDump("ServicePort", { protocol, port }))] : [])),
  ];
}

const AFFINITIES = ["ClientIP", "None"];

function validateAffinity({ spec }: Service): readonly FieldError[] {
  const { sessionAffinity: affinity = "", sessionAffinityConfig: config } = spec;
  if (affinity === "") return [required("spec.sessionAffinity")];
  if (!AFFINITIES.includes(affinity)) return [notSupported("spec.sessionAffinity", affinity, AFFINITIES)];
  const at = "spec.sessionAffinityConfig";
  if (affinity === "None") return config === undefined ? [] : [forbiddenField(at, "must not be set when session affinity is None")];
  const seconds = config?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [required(config?.clientIP === undefined ? (config === undefined ? at : `${at}.clientIP`) : `${at}.clientIP.timeoutSeconds`, "when session affinity type is ClientIP")];
  return seconds > 0 && seconds <= AFFINITY_SECONDS ? [] : [invalid(`${at}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS}`)];
}

/** ValidateServiceClusterIPsRelatedFields */
function validateClusterIPs({ spec }: Service): readonly FieldError[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const at = "spec.clusterIPs";
  const errors: FieldError[] = [];
  if (clusterIP !== "") {
    if (clusterIPs.length === 0) errors.push(required(at));
    else if (clusterIPs[0] !== clusterIP) errors.push(invalid(at, clusterIPs, "first value must match `clusterIP`"));
  } else if (clusterIPs.length > 0) errors.push(invalid(at, clusterIPs, "must be empty when `clusterIP` is not specified"));
  ipFamilies.forEach((family, i) => {
    if (!FAMILIES.includes(family)) errors.push(notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  });
  if (ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(ipFamilyPolicy)) errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, FAMILY_POLICIES));
  const bad = clusterIPs.flatMap((address, i) => {
    if (i === 0 && address === "None") return clusterIPs.length > 1 ? [invalid(at, clusterIPs, "'None' must be the first and only value")] : [];
    return legacyIp(address, `${at}[${i}]`);
  });
  errors.push(...bad, ...(clusterIPs.length > 2 ? [invalid(at, clusterIPs, "may only hold up to 2 values")] : []));
  const oneFamily = clusterIPs.length > 1 && clusterIPs.every((address) => address.includes(":") === clusterIPs[0]?.includes(":"));
  return bad.length === 0 && oneFamily ? [...errors, invalid(at, clusterIPs, "may specify no more than one IP for each IP family")] : errors;
}

function validateBalancer({ spec }: Service): readonly FieldError[] {
  const isBalancer = spec.type === "LoadBalancer";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const only = "may only be used when `type` is 'LoadBalancer'";
  const errors: FieldError[] = ranges.length > 0 && !isBalancer ? [forbiddenField("spec.LoadBalancerSourceRanges", only)] : [];
  ranges.forEach((range, i) => errors.push(...legacyCidr(range.trim(), `spec.LoadBalancerSourceRanges[${i}]`)));
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalancer) errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", only));
  return [...errors, ...validateClass(spec)];
}

function validateClass({ type, loadBalancerClass }: Service["spec"]): readonly FieldError[] {
  if (loadBalancerClass === undefined) return [];
  if (type === "LoadBalancer") return all("spec.loadBalancerClass", loadBalancerClass, qualifiedName(loadBalancerClass));
  return [forbiddenField("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")];
}

function validateExternalPolicy(service: Service): readonly FieldError[] {
  const { externalTrafficPolicy: policy, healthCheckNodePort: health } = service.spec;
  const errors: FieldError[] = [];
  const at = "spec.externalTrafficPolicy";
  if (!isExternal(service)) {
    if (policy !== undefined) errors.push(invalid(at, policy, "may only be set for externally-accessible services"));
  } else if (policy === undefined) errors.push(required(at));
  else if (!POLICIES.includes(policy)) errors.push(notSupported(at, policy, POLICIES));
  if (health && !needsHealthCheck(service)) errors.push(invalid("spec.healthCheckNodePort", health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
  return errors;
}

function validateInternalPolicy({ spec }: Service): readonly FieldError[] {
  const { internalTrafficPolicy: internal, trafficDistribution: distribution } = spec;
  return [
    ...(internal !== undefined && !POLICIES.includes(internal) ? [notSupported("spec.internalTrafficPolicy", internal, POLICIES)] : []),
    ...(distribution !== undefined && !DISTRIBUTIONS.includes(distribution) ? [notSupported("spec.trafficDistribution", distribution, DISTRIBUTIONS)] : []),
  ];
}

/** What was decided once: addresses, families, the class of the balancer. */
export function validateServiceUpdate(service: Service, old: Service): readonly FieldError[] {
  const [{ spec }, { spec: was }] = [service, old];
  const errors: FieldError[] = [];
  if (spec.type !== "ExternalName" && was.type !== "ExternalName") {
    const [now = [], before = []] = [spec.clusterIPs, was.clusterIPs];
    const kept = isHeadless(service) && isHeadless(old);
    if (!kept && now.length === 0 && before.length > 0) errors.push(invalid("spec.clusterIPs[0]", spec.clusterIPs ?? null, "primary clusterIP can not be unset"));
    else if (!kept && before.length > 0 && now[0] !== before[0]) errors.push(invalid("spec.clusterIPs[0]", now, "may not change once set"));
    const [families = [], oldFamilies = []] = [spec.ipFamilies, was.ipFamilies];
    if (!isHeadless(service) && !isHeadless(old) && oldFamilies.length > 0 && families.length > 0 && families[0] !== oldFamilies[0]) errors.push(invalid("spec.ipFamilies[0]", families, "may not change once set"));
  }
  if (spec.type === "LoadBalancer" && was.type === "LoadBalancer" && spec.loadBalancerClass !== was.loadBalancerClass) errors.push(invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set"));
  errors.push(...validateClass(spec));
  if (needsHealthCheck(service) && needsHealthCheck(old) && spec.healthCheckNodePort !== was.healthCheckNodePort) errors.push(forbiddenField("spec.healthCheckNodePort", "field is immutable"));
  return errors;
}

type Ingress = { readonly ip?: string; readonly ipMode?: string; readonly hostname?: string };
const IP_MODES = ["Proxy", "VIP"];

/** ValidateLoadBalancerStatus */
export function validateServiceStatus({ spec, status }: Service): readonly FieldError[] {
  const ingress: readonly Ingress[] = status?.loadBalancer?.ingress ?? [];
  const at = "status.loadBalancer.ingress";
  if (spec.type !== "LoadBalancer" && ingress.length > 0) return [forbiddenField(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const errors: FieldError[] = ip ? [...legacyIp(ip, `${at}[${i}].ip`)] : [];
    if (ipMode !== undefined && !ip) errors.push(forbiddenField(`${at}[${i}].ipMode`, "may not be specified when `ip` is not set"));
    else if (ipMode !== undefined && !IP_MODES.includes(ipMode)) errors.push(notSupported(`${at}[${i}].ipMode`, ipMode, IP_MODES));
    if (!hostname) return errors;
    const isIp = ipAddress(hostname) ? [invalid(`${at}[${i}].hostname`, hostname, "must be a DNS name, not an IP address")] : [];
    return [...errors, ...all(`${at}[${i}].hostname`, hostname, dnsSubdomain(hostname)), ...isIp];
  });
}

export function serviceWarnings(service: Service): readonly string[] {
  const { spec, metadata } = service;
  const external = (spec.externalIPs ?? []).length > 0;
  const said: readonly (readonly [boolean, string])[] = [
    [metadata.annotations?.["service.kubernetes.io/topology-aware-hints"] !== undefined, "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead"],
    [isHeadless(service) && !!spec.loadBalancerIP, "spec.loadBalancerIP is ignored for headless services"],
    [isHeadless(service) && external, "spec.externalIPs is ignored for headless services"],
    [isHeadless(service) && spec.sessionAffinity !== "None", "spec.SessionAffinity is ignored for headless services"],
    [external, "spec.externalIPs is deprecated and may no longer be implemented in some clusters"],
    [external && spec.type === "ExternalName", 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    [spec.type !== "ExternalName" && !!spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
    [spec.trafficDistribution === "PreferClose", 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
  ];
  return said.flatMap(([is, text]) => (is ? [text] : []));
}
