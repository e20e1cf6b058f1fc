/** networking.k8s.io/v1: Ingress, IngressClass, NetworkPolicy. */
import { ageSince } from "../duration";
import { type FieldError, forbiddenField, invalid, notSupported, required, tooLong } from "../field-error";
import { printLabelSelector } from "../selectors";
import type { Ingress, NetworkPolicy } from "../types";
import { all } from "../validation/environment";
import { isStrictlyWithin, legacyCidr, legacyIp } from "../validation/ip";
import { dnsLabel, dnsSubdomain, ipAddress, pathSegment, portName, portNumber, wildcardSubdomain } from "../validation/names";
import { validateLabelSelector } from "../validation/selector";
import { AGE, type Definition, NAME, text } from "./definition";

const GROUP = { group: "networking.k8s.io", version: "v1" } as const;

export const ingress: Definition<"Ingress"> = {
  kind: "Ingress", ...GROUP, plural: "ingresses", singular: "ingress", shortNames: ["ing"], namespaced: true, generation: true, status: true,
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
  },
  validate: validateIngress,
  validateStatus: ({ status }) => validateBalancers(status),
  warnings: ({ metadata, spec }) => (spec.ingressClassName === undefined && metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined ? ["annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"] : []),
  columns: [NAME, text("Class"), text("Hosts"), text("Address"), text("Ports"), AGE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name,
    spec.ingressClassName ?? metadata.annotations?.["kubernetes.io/ingress.class"] ?? "<none>",
    hosts(spec.rules ?? []),
    (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(","),
    (spec.tls ?? []).length > 0 ? "80, 443" : "80",
    ageSince(metadata.creationTimestamp, nowMs),
  ],
};

function hosts(rules: NonNullable<Ingress["spec"]["rules"]>): string {
  const named = rules.flatMap(({ host }) => (host ? [host] : []));
  if (named.length === 0) return "*";
  const shown = named.slice(0, 3).join(",");
  return named.length > 3 ? `${shown} + ${named.length - 3} more...` : shown;
}

type Backend = NonNullable<Ingress["spec"]["defaultBackend"]>;

function validateIngress({ spec }: Ingress): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && spec.defaultBackend === undefined) errors.push(invalid("spec", spec.rules ?? null, "either `defaultBackend` or `rules` must be specified"));
  if (spec.defaultBackend !== undefined) errors.push(...validateBackend(spec.defaultBackend, "spec.defaultBackend"));
  if (spec.ingressClassName !== undefined) errors.push(...dnsSubdomain(spec.ingressClassName).map((why) => invalid("spec.ingressClassName", spec.ingressClassName, why)));
  (spec.tls ?? []).forEach((tls, i) => {
    (tls.hosts ?? []).forEach((host, h) => errors.push(...validateHost(host, `spec.tls[${i}].hosts[${h}]`)));
    if (tls.secretName) errors.push(...all(`spec.tls[${i}].secretName`, tls.secretName, dnsSubdomain(tls.secretName)));
  });
  (spec.rules ?? []).forEach((rule, i) => {
    const at = `spec.rules[${i}]`;
    if (rule.host) errors.push(...(ipAddress(rule.host) ? [invalid(`${at}.host`, rule.host, "must be a DNS name, not an IP address")] : validateHost(rule.host, `${at}.host`)));
    const paths = rule.http?.paths;
    if (paths === undefined) return;
    if (paths.length === 0) errors.push(required(`${at}.http.paths`));
    paths.forEach((path, p) => errors.push(...validatePath(path, `${at}.http.paths[${p}]`)));
  });
  return errors;
}

function validateHost(host: string, field: string): readonly FieldError[] {
  return (host.includes("*") ? wildcardSubdomain(host) : dnsSubdomain(host)).map((why) => invalid(field, host, why));
}

type HttpPath = NonNullable<NonNullable<Ingress["spec"]["rules"]>[number]["http"]>["paths"][number];

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];

function validatePath({ path = "", pathType, backend }: HttpPath, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!pathType) return [required(`${field}.pathType`, "pathType must be specified")];
  if (pathType === "Exact" || pathType === "Prefix") {
    if (!path.startsWith("/")) errors.push(invalid(`${field}.path`, path, "must be an absolute path"));
    for (const bad of ["//", "/./", "/../", "%2f", "%2F"]) if (path.includes(bad)) errors.push(invalid(`${field}.path`, path, `must not contain '${bad}'`));
    for (const bad of ["/..", "/."]) if (path.endsWith(bad)) errors.push(invalid(`${field}.path`, path, `cannot end with '${bad}'`));
  } else if (pathType === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/")) errors.push(invalid(`${field}.path`, path, "must be an absolute path"));
  } else errors.push(notSupported(`${field}.pathType`, pathType, PATH_TYPES));
  return [...errors, ...validateBackend(backend, `${field}.backend`)];
}

function validateBackend(backend: Backend, field: string): readonly FieldError[] {
  const { service, resource } = backend ?? {};
  if (resource !== undefined && service !== undefined) return [invalid(field, "", "cannot set both resource and service backends")];
  if (resource !== undefined) return [...(resource.kind ? [] : [required(`${field}.resource.kind`)]), ...(resource.name ? [] : [required(`${field}.resource.name`)])];
  if (service === undefined) return [invalid(field, "", "resource or service backend is required")];
  const errors: FieldError[] = [];
  const at = `${field}.service`;
  if (!service.name) errors.push(required(`${at}.name`));
  else errors.push(...all(`${at}.name`, service.name, dnsLabel(service.name)));
  const { name = "", number = 0 } = service.port ?? {};
  if (name !== "" && number !== 0) errors.push(invalid(field, "", "cannot set both port name & port number"));
  else if (name !== "") errors.push(...all(`${at}.port.name`, name, portName(name)));
  else if (number !== 0) errors.push(...all(`${at}.port.number`, number, portNumber(number)));
  else errors.push(required(field, "port name or number is required"));
  return errors;
}

type Balancers = { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };

/** ValidateIngressLoadBalancerStatus */
function validateBalancers(status: Balancers | undefined): readonly FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`;
    const named = hostname ? [...all(`${at}.hostname`, hostname, dnsSubdomain(hostname)), ...(ipAddress(hostname) ? [invalid(`${at}.hostname`, hostname, "must be a DNS name, not an IP address")] : [])] : [];
    return [...(ip ? legacyIp(ip, `${at}.ip`) : []), ...named];
  });
}

export const ingressClass: Definition<"IngressClass"> = {
  kind: "IngressClass", ...GROUP, plural: "ingressclasses", singular: "ingressclass", namespaced: false, generation: true,
  defaults({ spec }) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= "Cluster";
  },
  validate: ({ spec }) => [...validateController(spec?.controller ?? "", "spec.controller"), ...(spec?.parameters === undefined ? [] : validateParameters(spec.parameters, "spec.parameters"))],
  validateUpdate: ({ spec }, old) => (spec.controller === old.spec.controller ? [] : [invalid("spec.controller", spec.controller, "field is immutable")]),
  columns: [NAME, text("Controller"), text("Parameters"), AGE],
  row({ metadata, spec }, nowMs) {
    const { apiGroup, kind, name } = spec.parameters ?? {};
    const parameters = kind === undefined ? "<none>" : `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;
    return [metadata.name, spec.controller ?? "", parameters, ageSince(metadata.creationTimestamp, nowMs)];
  },
};

const MOST_CONTROLLER = 250;

/** IsDomainPrefixedPath */
function validateController(controller: string, field: string): readonly FieldError[] {
  const long = controller.length > MOST_CONTROLLER ? [tooLong(field, MOST_CONTROLLER)] : [];
  if (controller === "") return [required(field)];
  const [domain = "", path] = [controller.split("/")[0], controller.includes("/") ? controller.slice(controller.indexOf("/") + 1) : undefined];
  if (path === undefined || domain === "" || path === "") return [...long, invalid(field, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [...long, ...all(field, domain, dnsSubdomain(domain))];
}

type Parameters = { readonly apiGroup?: string; readonly kind?: string; readonly name?: string; readonly scope?: string; readonly namespace?: string };

/** validateIngressClassParametersReference */
function validateParameters({ apiGroup, kind, name, scope, namespace }: Parameters, field: string): readonly FieldError[] {
  const errors: FieldError[] = apiGroup === undefined ? [] : [...all(`${field}.apiGroup`, apiGroup, dnsSubdomain(apiGroup))];
  errors.push(...(kind ? all(`${field}.kind`, kind, pathSegment(kind)) : [required(`${field}.kind`)]));
  errors.push(...(name ? all(`${field}.name`, name, pathSegment(name)) : [required(`${field}.name`)]));
  if (scope === undefined) return [...errors, required(`${field}.scope`)];
  if (scope === "Namespace") {
    if (namespace === undefined) return [...errors, required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'")];
    return [...errors, ...all(`${field}.namespace`, namespace, dnsLabel(namespace))];
  }
  if (scope !== "Cluster") errors.push(notSupported(`${field}.scope`, scope, ["Cluster", "Namespace"]));
  else if (namespace !== undefined) errors.push(forbiddenField(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

export const networkPolicy: Definition<"NetworkPolicy"> = {
  kind: "NetworkPolicy", ...GROUP, plural: "networkpolicies", singular: "networkpolicy", shortNames: ["netpol"], namespaced: true, generation: true,
  defaults({ spec }) {
    spec.podSelector ??= {};
    spec.policyTypes ??= (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
    for (const { ports = [] } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports) port.protocol ??= "TCP";
  },
  validate: validatePolicy,
  columns: [NAME, text("Pod-Selector"), AGE],
  row: ({ metadata, spec }, nowMs) => [metadata.name, printLabelSelector(spec.podSelector), ageSince(metadata.creationTimestamp, nowMs)],
};

type Rule = NonNullable<NetworkPolicy["spec"]["ingress"]>[number] & NonNullable<NetworkPolicy["spec"]["egress"]>[number];

function validatePolicy({ spec }: NetworkPolicy): readonly FieldError[] {
  const errors: FieldError[] = [...validateLabelSelector(spec.podSelector, "spec.podSelector")];
  (spec.ingress ?? []).forEach((rule, i) => errors.push(...validateRule(rule as Rule, "from", `spec.ingress[${i}]`)));
  (spec.egress ?? []).forEach((rule, i) => errors.push(...validateRule(rule as Rule, "to", `spec.egress[${i}]`)));
  const { policyTypes = [] } = spec;
  if (policyTypes.length > 2) return [...errors, invalid("spec.policyTypes", policyTypes, "may not specify more than two policyTypes")];
  policyTypes.forEach((type, i) => {
    if (type !== "Ingress" && type !== "Egress") errors.push(notSupported(`spec.policyTypes[${i}]`, type, ["Ingress", "Egress"]));
  });
  return errors;
}

function validateRule(rule: Rule, side: "from" | "to", field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  (rule.ports ?? []).forEach(({ port, endPort, protocol }, i) => {
    const at = `${field}.ports[${i}]`;
    if (!["TCP", "UDP", "SCTP"].includes(protocol ?? "")) errors.push(notSupported(`${at}.protocol`, protocol, ["TCP", "UDP", "SCTP"]));
    if (port !== undefined) errors.push(...(typeof port === "number" ? portNumber(port) : portName(port)).map((why) => invalid(`${at}.port`, port, why)));
    if (endPort === undefined) return;
    if (port === undefined) errors.push(invalid(`${at}.endPort`, endPort, "may not be specified when `port` is not specified"));
    else if (typeof port === "string") errors.push(invalid(`${at}.endPort`, endPort, "may not be specified when `port` is non-numeric"));
    else {
      // It is the port that is shown, where the end is meant: a slip of upstream's.
      if (endPort < port) errors.push(invalid(`${at}.endPort`, port, "must be greater than or equal to `port`"));
      errors.push(...all(`${at}.endPort`, endPort, portNumber(endPort)));
    }
  });
  (rule[side] ?? []).forEach((peer, i) => errors.push(...validatePeer(peer, `${field}.${side}[${i}]`)));
  return errors;
}

type Peer = NonNullable<Rule["from"]>[number];

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Peer, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) return [required(field, "must specify a peer")];
  if (ipBlock !== undefined && (podSelector !== undefined || namespaceSelector !== undefined)) return [forbiddenField(field, "may not specify both ipBlock and another peer")];
  if (podSelector !== undefined) errors.push(...validateLabelSelector(podSelector, `${field}.podSelector`));
  if (namespaceSelector !== undefined) errors.push(...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`));
  if (ipBlock === undefined) return errors;
  const { cidr = "", except = [] } = ipBlock;
  if (cidr === "") return [...errors, required(`${field}.ipBlock.cidr`)];
  const wrong = legacyCidr(cidr, `${field}.ipBlock.cidr`);
  errors.push(...wrong);
  except.forEach((range, i) => {
    const at = `${field}.ipBlock.except[${i}]`;
    const problems = legacyCidr(range, at);
    errors.push(...problems);
    if (problems.length === 0 && wrong.length === 0 && !isStrictlyWithin(range, cidr)) errors.push(invalid(at, range, "must be a strict subset of `cidr`"));
  });
  return errors;
}
