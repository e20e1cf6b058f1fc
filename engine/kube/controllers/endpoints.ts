/**
 * endpoints-controller: the older form of the same knowledge, still kept for every Service with a
 * selector (pkg/controller/endpoint). Pods on their way out are not in it at all.
 */
import { defineController } from "../controller";
import { deepEqual } from "../freeze";
import { isPodReady } from "../pods";
import { isAlreadyExists } from "../status";
import type { Draft, Endpoints, Pod, Service } from "../types";
import { findPort, hasHostname, HEADLESS, isHeadless, isReachable, podsOf, servicesOf, TRIGGER_TIME } from "./service-pods";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const MANAGER = "endpoint-controller";
const CAPACITY = 1000;

type Subset = NonNullable<Endpoints["subsets"]>[number];
type Address = NonNullable<Subset["addresses"]>[number];
type Port = NonNullable<Subset["ports"]>[number];

export const endpointsController = defineController({
  name: "endpoint-controller",
  for: "Service",
  watches: {
    Pod: servicesOf,
    Endpoints: ({ metadata }) => [{ namespace: metadata.namespace ?? "", name: metadata.name }],
  },

  reconcile({ store, now }, { namespace, name }) {
    const service = store.get("Service", name, namespace);
    const existing = store.get("Endpoints", name, namespace);
    if (service === undefined) {
      if (existing?.metadata.labels?.[MANAGED_BY] === MANAGER) store.delete("Endpoints", name, namespace);
      return undefined;
    }
    if (service.spec.selector === undefined || service.spec.type === "ExternalName") return undefined;
    const subsets = repack(podsOf(service, store).filter((pod) => isReachable(pod, service.spec.publishNotReadyAddresses === true)), service);
    const labels = { ...service.metadata.labels, [MANAGED_BY]: MANAGER, ...(isHeadless(service) && { [HEADLESS]: "" }) };
    if (existing !== undefined && deepEqual(existing.subsets ?? [], subsets) && deepEqual(existing.metadata.labels, labels)) return undefined;
    const annotations = { ...existing?.metadata.annotations, [TRIGGER_TIME]: now };
    const { uid: _uid, resourceVersion: _rv, ...metadata } = existing?.metadata ?? {};
    const next = { kind: "Endpoints", metadata: { ...metadata, name, namespace, labels, annotations }, subsets } as unknown as Draft<"Endpoints">;
    try {
      if (existing === undefined) store.create(next);
      else store.update(next);
    } catch (problem) {
      if (!isAlreadyExists(problem)) throw problem;
    }
    return undefined;
  },
});

/** endpoints.RepackSubsets: one subset for each set of ports, addresses in the order of their numbers. */
function repack(pods: readonly Pod[], service: Service): readonly Subset[] {
  const subsets = new Map<string, { ports: readonly Port[]; ready: Address[]; notReady: Address[] }>();
  for (const pod of pods.slice(0, CAPACITY)) {
    const ports = portsOf(pod, service);
    // Every port is looked up for itself; a Pod that has none of them stands behind nothing.
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const id = JSON.stringify(ports);
    const subset = subsets.get(id) ?? { ports, ready: [], notReady: [] };
    const isReady = service.spec.publishNotReadyAddresses === true || isPodReady(pod);
    (isReady ? subset.ready : subset.notReady).push(addressOf(pod, service));
    subsets.set(id, subset);
  }
  const sorted = (addresses: Address[]): Address[] => addresses.sort((a, b) => numeric(a.ip) - numeric(b.ip));
  return [...subsets.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 && { addresses: sorted(ready) }),
    ...(notReady.length > 0 && { notReadyAddresses: sorted(notReady) }),
    ...(ports.length > 0 && { ports }),
  }));
}

function portsOf(pod: Pod, { spec }: Service): readonly Port[] {
  return (spec.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name, protocol = "TCP", appProtocol } = servicePort;
    return [{ ...(name && { name }), port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function addressOf(pod: Pod, service: Service): Address {
  const { namespace = "", name, uid } = pod.metadata;
  return {
    ip: pod.status.podIP ?? "",
    ...(hasHostname(pod, service) && { hostname: pod.spec.hostname ?? "" }),
    ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function numeric(ip: string): number {
  return ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
