/**
 * Names of the cluster's zone, taken apart: `payments.production.svc`, `_http._tcp.payments.…`,
 * `web-0.web.default.svc`, `10-244-1-5.default.pod`. (parse.go and kubernetes.go of the plugin)
 */
import type { Store } from "../../../kube/store";
import type { EndpointSlice, Service } from "../../../kube/types";
import { parseIp } from "../../../wire/ip";

export type KubeNames = {
  readonly store: Store;
  readonly pods: "disabled" | "insecure" | "verified";
  readonly endpointPodNames: boolean;
  readonly namespaces: ReadonlySet<string> | undefined;
};

/** An address or, for ExternalName, a host name; `name` is what an SRV record points at, without the zone. */
export type Target = { readonly host: string; readonly port: number; readonly name: string };

/** `labels` is the name without its zone. Undefined: no such name; empty: nothing of this kind there. */
export function lookUp(names: KubeNames, labels: string): readonly Target[] | undefined {
  if (labels === "") return [];
  const parts = labels.split(".");
  const kind = parts.pop();
  if (kind !== "svc" && kind !== "pod") return undefined;
  const namespace = parts.pop();
  if (namespace === undefined) return [];
  if (!isExposed(names, namespace)) return undefined;
  if (parts.length === 0) return [];
  return kind === "svc" ? serviceTargets(names, namespace, parts) : podTargets(names, namespace, parts);
}

function isExposed({ store, namespaces }: KubeNames, namespace: string): boolean {
  return (namespaces?.has(namespace) ?? true) && store.get("Namespace", namespace) !== undefined;
}

type Filter = { readonly port?: string; readonly protocol?: string; readonly endpoint?: string };

function serviceTargets(names: KubeNames, namespace: string, parts: string[]): readonly Target[] | undefined {
  const name = parts.pop() ?? "";
  const filter = filterOf(parts);
  const service = names.store.get("Service", name, namespace);
  if (filter === undefined || service === undefined) return undefined;
  const { type, clusterIP, externalName } = service.spec;
  const own = `${name}.${namespace}.svc`;
  if (type === "ExternalName") return filter.endpoint === undefined && externalName !== undefined ? [{ host: externalName, port: 0, name: own }] : undefined;
  const targets = clusterIP === "None" || filter.endpoint !== undefined ? endpointTargets(names, service, own, filter) : portTargets(service, own, filter);
  return targets.length === 0 ? undefined : targets;
}

/** Nothing, an endpoint's name, or _port._protocol. */
function filterOf(parts: readonly string[]): Filter | undefined {
  const [first = "", second = ""] = parts;
  if (parts.length === 0) return {};
  if (parts.length === 1) return { endpoint: first };
  if (parts.length === 2 && first.startsWith("_") && second.startsWith("_")) return { port: first.slice(1), protocol: second.slice(1) };
  return undefined;
}

function portTargets({ spec }: Service, name: string, filter: Filter): Target[] {
  return (spec.ports ?? []).filter((port) => passes(filter, port)).map(({ port }) => ({ host: spec.clusterIP ?? "", port, name }));
}

function passes(filter: Filter, { name = "", protocol = "TCP" }: { readonly name?: string; readonly protocol?: string }): boolean {
  return (filter.port === undefined || filter.port === name) && (filter.protocol === undefined || filter.protocol === protocol.toLowerCase());
}

/** Ready addresses only; without a port of that name there is still the address. */
function endpointTargets(names: KubeNames, service: Service, own: string, filter: Filter): Target[] {
  return slicesOf(names.store, service).flatMap((slice) => {
    const ports = (slice.ports ?? []).length > 0 ? (slice.ports ?? []).filter((port) => passes(filter, port)) : [{ port: 0 }];
    return (slice.endpoints ?? []).flatMap((endpoint) => {
      if (endpoint.conditions?.ready === false) return [];
      const [address = ""] = endpoint.addresses;
      const host = endpointName(names, address, endpoint);
      if (filter.endpoint !== undefined && filter.endpoint !== host) return [];
      return ports.map(({ port = 0 }) => ({ host: address, port, name: `${host}.${own}` }));
    });
  });
}

function slicesOf(store: Store, { metadata }: Service): readonly EndpointSlice[] {
  return store.list("EndpointSlice", { ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), labelSelector: `kubernetes.io/service-name=${metadata.name}` });
}

/** The Pod's hostname if it has one for this Service, else its address with dashes. */
function endpointName({ endpointPodNames }: KubeNames, address: string, { hostname, targetRef }: { readonly hostname?: string; readonly targetRef?: { readonly name?: string } }): string {
  if (hostname !== undefined && hostname !== "") return hostname;
  if (endpointPodNames && targetRef?.name !== undefined) return targetRef.name;
  return address.replaceAll(".", "-");
}

function podTargets({ store, pods }: KubeNames, namespace: string, parts: readonly string[]): readonly Target[] | undefined {
  const [label = ""] = parts;
  const host = label.replaceAll("-", ".");
  if (pods === "disabled" || parts.length !== 1 || parseIp(host) === undefined) return undefined;
  if (pods === "verified" && !store.list("Pod", { namespace }).some(({ status }) => status.podIP === host)) return undefined;
  return [{ host, port: 0, name: `${label}.${namespace}.pod` }];
}

/** "5.1.244.10.in-addr.arpa." to the names of Services and endpoints with that address. */
export function reverseNames(names: KubeNames, arpa: string): string[] {
  const m = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa\.$/.exec(arpa);
  if (!m) return [];
  const address = `${m[4]}.${m[3]}.${m[2]}.${m[1]}`;
  const { store } = names;
  const service = store.list("Service").find(({ spec, metadata }) => spec.clusterIP === address && isExposed(names, metadata.namespace ?? ""));
  if (service !== undefined) return [`${service.metadata.name}.${service.metadata.namespace}.svc`];
  return store.list("EndpointSlice").flatMap((slice) => {
    const name = slice.metadata.labels?.["kubernetes.io/service-name"];
    const endpoint = (slice.endpoints ?? []).find(({ addresses }) => addresses[0] === address);
    if (name === undefined || endpoint === undefined || !isExposed(names, slice.metadata.namespace ?? "")) return [];
    return [`${endpointName(names, address, endpoint)}.${name}.${slice.metadata.namespace}.svc`];
  });
}
