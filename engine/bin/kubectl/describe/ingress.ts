/** `kubectl describe` of Ingresses and IngressClasses. */
import type * as networking from "kubernetes-types/networking/v1";
import type { Task } from "../../../core/task";
import type { DeepReadonly, Ingress, IngressClass, Service } from "../../../kube/types";
import type { Context } from "../command";
import { ServerError } from "../errors";
import { writeEvents } from "./events";
import { Page } from "./page";
import { endpointsText, slicesOf } from "./service";

type Backend = DeepReadonly<networking.IngressBackend>;

export function* describeIngress(context: Context, ingress: Ingress, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = ingress;
  const page = new Page();
  const addresses = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").filter((address) => address !== "");
  page.field(0, "Name", metadata.name).labels("Labels", metadata.labels).field(0, "Namespace", metadata.namespace ?? "").field(0, "Address", [...new Set(addresses)].sort().join(","));
  page.field(0, "Ingress Class", spec.ingressClassName ?? "<none>");
  const fallback = spec.defaultBackend === undefined ? "<default>" : yield* backendText(context, metadata.namespace ?? "", spec.defaultBackend);
  page.field(0, "Default backend", fallback);
  if ((spec.tls ?? []).length > 0) page.line(0, "TLS:");
  for (const { secretName, hosts } of spec.tls ?? []) page.line(1, secretName ? `${secretName} terminates ${(hosts ?? []).join(",")}` : `SNI routes ${(hosts ?? []).join(",")}`);
  page.line(0, "Rules:").line(1, "Host\tPath\tBackends").line(1, "----\t----\t--------");
  const rules = (spec.rules ?? []).filter(({ http }) => http !== undefined);
  for (const { host, http } of rules) {
    page.line(1, `${host || "*"}\t`);
    for (const { path, backend } of http?.paths ?? []) page.line(2, `\t${path ?? ""} \t${yield* backendText(context, metadata.namespace ?? "", backend)}`);
  }
  if (rules.length === 0) page.line(1, `*\t*\t${fallback}`);
  page.annotations("Annotations", metadata.annotations);
  yield* writeEvents(page, context, ingress, showEvents);
  return page.toString();
}

/** "web:80 (10.244.1.4:80,10.244.2.7:80)" */
function* backendText(context: Context, namespace: string, backend: Backend): Task<string> {
  if (backend.resource !== undefined) return `APIGroup: ${backend.resource.apiGroup ?? "<none>"}, Kind: ${backend.resource.kind}, Name: ${backend.resource.name}`;
  if (backend.service === undefined) return "";
  const { name, port } = backend.service;
  const written = `${name}:${port?.number || port?.name || ""}`;
  try {
    const slices = yield* slicesOf(context, namespace, name);
    const service = (yield* context.client.get(`/api/v1/namespaces/${namespace}/services/${name}`)) as Service;
    const meant = service.spec.ports?.find((one) => (port?.number ? one.port === port.number : one.name === port?.name));
    return `${written} (${endpointsText(slices, meant?.name ?? "")})`;
  } catch (error) {
    if (error instanceof ServerError) return `${written} (<error: ${error.message}>)`;
    throw error;
  }
}

export function* describeIngressClass(context: Context, one: IngressClass, showEvents: boolean): Task<string> {
  const { metadata, spec } = one;
  const page = new Page();
  page.field(0, "Name", metadata.name).labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations).field(0, "Controller", spec.controller ?? "");
  if (spec.parameters !== undefined) {
    page.line(0, "Parameters:");
    if (spec.parameters.apiGroup !== undefined) page.field(1, "APIGroup", spec.parameters.apiGroup);
    page.field(1, "Kind", spec.parameters.kind).field(1, "Name", spec.parameters.name);
  }
  yield* writeEvents(page, context, one, showEvents);
  return page.toString();
}
