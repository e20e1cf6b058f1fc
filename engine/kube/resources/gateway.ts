/**
 * gateway.networking.k8s.io/v1 and metallb.io/v1beta1. In a real cluster their schemas default and
 * validate them (CustomResourceDefinitions), so refusals name fields as structural schemas do.
 */
import { ageSince } from "../duration";
import { type FieldError, invalid, notSupported, required } from "../field-error";
import type { Gateway, HTTPRoute } from "../types";
import { AGE, type Cell, type Definition, NAME, text } from "./definition";

const GATEWAY = { group: "gateway.networking.k8s.io", version: "v1", custom: true, generation: true } as const;
const METALLB = { group: "metallb.io", version: "v1beta1", custom: true, generation: true, namespaced: true } as const;

type Conditions = readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string; readonly lastTransitionTime?: string }[];

/** The CRDs begin every status as "Pending", waiting for a controller. */
function pending(type: string): { type: string; status: string; reason: string; message: string; lastTransitionTime: string } {
  return { type, status: "Unknown", reason: "Pending", message: "Waiting for controller", lastTransitionTime: "1970-01-01T00:00:00Z" };
}

function conditionStatus(conditions: Conditions | undefined, type: string): Cell {
  return conditions?.find((condition) => condition.type === type)?.status ?? "";
}

export const gatewayClass: Definition<"GatewayClass"> = {
  kind: "GatewayClass", ...GATEWAY, plural: "gatewayclasses", singular: "gatewayclass", shortNames: ["gc"], categories: ["gateway-api"], namespaced: false, status: true,
  prepareForCreate(object) {
    object.status = { conditions: [pending("Accepted")] };
  },
  validate: ({ spec }) => (spec.controllerName ? [] : [required("spec.controllerName")]),
  validateUpdate: ({ spec }, old) => (spec.controllerName === old.spec.controllerName ? [] : [invalid("spec.controllerName", spec.controllerName, "Value is immutable")]),
  columns: [NAME, text("Controller"), text("Accepted"), AGE, text("Description", 1)],
  row: ({ metadata, spec, status }, nowMs) => [metadata.name, spec.controllerName, conditionStatus(status?.conditions, "Accepted"), ageSince(metadata.creationTimestamp, nowMs), spec.description ?? ""],
};

export const gateway: Definition<"Gateway"> = {
  kind: "Gateway", ...GATEWAY, plural: "gateways", singular: "gateway", shortNames: ["gtw"], categories: ["gateway-api"], namespaced: true, status: true,
  defaults({ spec }) {
    for (const listener of spec.listeners ?? []) {
      listener.allowedRoutes ??= {};
      listener.allowedRoutes.namespaces ??= {};
      listener.allowedRoutes.namespaces.from ??= "Same";
      if (listener.tls !== undefined) {
        listener.tls.mode ??= "Terminate";
        for (const reference of listener.tls.certificateRefs ?? []) {
          reference.group ??= "";
          reference.kind ??= "Secret";
        }
      }
    }
  },
  prepareForCreate(object) {
    object.status = { conditions: [pending("Accepted"), pending("Programmed")] };
  },
  validate: validateGateway,
  columns: [NAME, text("Class"), text("Address"), text("Programmed"), AGE],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name, spec.gatewayClassName, (status?.addresses ?? []).map(({ value }) => value).join(","), conditionStatus(status?.conditions, "Programmed"), ageSince(metadata.creationTimestamp, nowMs),
  ],
};

function validateGateway({ spec }: Gateway): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.gatewayClassName) errors.push(required("spec.gatewayClassName"));
  if ((spec.listeners ?? []).length === 0) errors.push(required("spec.listeners"));
  const names = new Set<string>();
  spec.listeners?.forEach((listener, i) => {
    const at = `spec.listeners[${i}]`;
    if (!listener.name) errors.push(required(`${at}.name`));
    if (!listener.protocol) errors.push(required(`${at}.protocol`));
    if (!(listener.port >= 1)) errors.push(invalid(`${at}.port`, listener.port, `${at}.port in body should be greater than or equal to 1`));
    if (listener.port > 65535) errors.push(invalid(`${at}.port`, listener.port, `${at}.port in body should be less than or equal to 65535`));
    if (listener.protocol === "HTTP" && listener.tls !== undefined) errors.push(invalid("spec.listeners", "array", "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"));
    if (names.has(listener.name)) errors.push({ type: "Duplicate value", field: at, body: `Duplicate value: ${JSON.stringify({ name: listener.name })}` });
    names.add(listener.name);
  });
  return errors;
}

export const httpRoute: Definition<"HTTPRoute"> = {
  kind: "HTTPRoute", ...GATEWAY, plural: "httproutes", singular: "httproute", categories: ["gateway-api"], namespaced: true, status: true,
  defaults({ spec }) {
    for (const parent of spec.parentRefs ?? []) {
      parent.group ??= GATEWAY.group;
      parent.kind ??= "Gateway";
    }
    spec.rules ??= [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }];
    for (const rule of spec.rules) {
      rule.matches ??= [{ path: { type: "PathPrefix", value: "/" } }];
      for (const match of rule.matches) {
        match.path ??= {};
        match.path.type ??= "PathPrefix";
        match.path.value ??= "/";
        for (const part of [...(match.headers ?? []), ...(match.queryParams ?? [])]) part.type ??= "Exact";
      }
      for (const backend of rule.backendRefs ?? []) {
        backend.group ??= "";
        backend.kind ??= "Service";
        backend.weight ??= 1;
      }
      for (const filter of rule.filters ?? []) if (filter.requestRedirect !== undefined) filter.requestRedirect.statusCode ??= 302;
    }
  },
  validate: validateRoute,
  columns: [NAME, text("Hostnames"), AGE],
  row: ({ metadata, spec }, nowMs) => [metadata.name, spec.hostnames === undefined ? "" : JSON.stringify(spec.hostnames), ageSince(metadata.creationTimestamp, nowMs)],
};

const MATCH_TYPES = ["Exact", "PathPrefix", "RegularExpression"];
const FILTERS = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite", "ExtensionRef", "CORS"];

function validateRoute({ spec }: HTTPRoute): readonly FieldError[] {
  const errors: FieldError[] = [];
  spec.rules?.forEach((rule, i) => {
    rule.matches?.forEach(({ path }, m) => {
      const at = `spec.rules[${i}].matches[${m}].path`;
      if (path?.type !== undefined && !MATCH_TYPES.includes(path.type)) errors.push(notSupported(`${at}.type`, path.type, MATCH_TYPES));
      if (path?.type !== "RegularExpression" && path?.value !== undefined && !path.value.startsWith("/")) errors.push(invalid(at, "object", "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']"));
    });
    rule.backendRefs?.forEach((backend, b) => {
      const at = `spec.rules[${i}].backendRefs[${b}]`;
      if (!backend.name) errors.push(required(`${at}.name`));
      if (backend.kind === "Service" && backend.group === "" && backend.port === undefined) errors.push(invalid(at, "object", "Must have port for Service reference"));
      if (backend.weight !== undefined && (backend.weight < 0 || backend.weight > 1_000_000)) {
        errors.push(invalid(`${at}.weight`, backend.weight, `${at}.weight in body should be ${backend.weight < 0 ? "greater than or equal to 0" : "less than or equal to 1e+06"}`));
      }
    });
    rule.filters?.forEach(({ type }, f) => {
      if (!FILTERS.includes(type)) errors.push(notSupported(`spec.rules[${i}].filters[${f}].type`, type, FILTERS));
    });
  });
  return errors;
}

export const referenceGrant: Definition<"ReferenceGrant"> = {
  kind: "ReferenceGrant", ...GATEWAY, plural: "referencegrants", singular: "referencegrant", shortNames: ["refgrant"], categories: ["gateway-api"], namespaced: true,
  validate({ spec }) {
    const errors: FieldError[] = [];
    if ((spec.from ?? []).length === 0) errors.push(required("spec.from"));
    if ((spec.to ?? []).length === 0) errors.push(required("spec.to"));
    return errors;
  },
  columns: [NAME, AGE],
  row: ({ metadata }, nowMs) => [metadata.name, ageSince(metadata.creationTimestamp, nowMs)],
};

export const ipAddressPool: Definition<"IPAddressPool"> = {
  kind: "IPAddressPool", ...METALLB, plural: "ipaddresspools", singular: "ipaddresspool",
  defaults({ spec }) {
    spec.autoAssign ??= true;
  },
  validate: ({ spec }) => ((spec.addresses ?? []).length === 0 ? [required("spec.addresses")] : []),
  columns: [NAME, { name: "Auto Assign", type: "boolean" }, { name: "Avoid Buggy IPs", type: "boolean" }, text("Addresses")],
  row: ({ metadata, spec }) => [metadata.name, spec.autoAssign ?? true, spec.avoidBuggyIPs ?? false, JSON.stringify(spec.addresses)],
};

export const l2Advertisement: Definition<"L2Advertisement"> = {
  kind: "L2Advertisement", ...METALLB, plural: "l2advertisements", singular: "l2advertisement",
  columns: [NAME, text("IPAddressPools"), text("Interfaces")],
  row: ({ metadata, spec }) => [metadata.name, spec.ipAddressPools === undefined ? "" : JSON.stringify(spec.ipAddressPools), spec.interfaces === undefined ? "" : JSON.stringify(spec.interfaces)],
};
