/**
 * endpointslice-controller: for each Service with a selector, slices of at most a hundred of the
 * Pods it picks, ready or not (staging/src/k8s.io/endpointslice).
 */
import { defineController, type ReconcileContext } from "../controller";
import { deepEqual } from "../freeze";
import { controllerReference, isPodReady } from "../pods";
import type { Draft, EndpointPort, EndpointSlice, Pod, Service, SliceEndpoint } from "../types";
import { findPort, hasHostname, HEADLESS, isHeadless, isReachable, podsOf, servicesOf, TRIGGER_TIME } from "./service-pods";
import { pack, type Wanted } from "./slice-packing";
import { withHints } from "./topology-hints";

const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
/** --max-endpoints-per-slice */
const PER_SLICE = 100;

export const endpointSliceController = defineController({
  name: "endpointslice-controller",
  for: "Service",
  watches: {
    Pod: servicesOf,
    EndpointSlice({ metadata }) {
      const name = metadata.labels?.[SERVICE_NAME];
      return name !== undefined && metadata.labels?.[MANAGED_BY] === MANAGER ? [{ namespace: metadata.namespace ?? "", name }] : [];
    },
  },

  reconcile(context, { namespace, name }) {
    const { store } = context;
    const service = store.get("Service", name, namespace);
    // Without a Service its slices go with it: they are its own, and the garbage collector's.
    if (service === undefined || service.spec.selector === undefined || service.spec.type === "ExternalName" || service.metadata.deletionTimestamp !== undefined) return undefined;
    const existing = store.labelled("EndpointSlice", namespace, { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const pods = podsOf(service, store);
    const grouped = group(pods.filter((pod) => isReachable(pod, true)), service, context);
    write(context, service, existing, grouped);
    return undefined;
  },
});

/** One group for each set of ports: a named port can mean another number in another Pod. */
function group(pods: readonly Pod[], service: Service, { store }: ReconcileContext): readonly Wanted[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: SliceEndpoint[] }>();
  for (const pod of pods) {
    const ports = portsOf(pod, service);
    const id = JSON.stringify(ports);
    const wanted = groups.get(id) ?? { ports, endpoints: [] };
    const zone = pod.spec.nodeName && store.get("Node", pod.spec.nodeName)?.metadata.labels?.["topology.kubernetes.io/zone"];
    wanted.endpoints.push(endpointOf(pod, service, zone || undefined));
    groups.set(id, wanted);
  }
  return withHints([...groups.values()], service, store);
}

function portsOf(pod: Pod, { spec }: Service): readonly EndpointPort[] {
  return (spec.ports ?? []).flatMap((port) => {
    const number = findPort(pod, port);
    if (number === undefined) return [];
    return [{ name: port.name ?? "", protocol: port.protocol ?? "TCP", port: number, ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }) }];
  });
}

function endpointOf(pod: Pod, service: Service, zone: string | undefined): SliceEndpoint {
  const { metadata, spec, status } = pod;
  const serving = isPodReady(pod);
  const terminating = metadata.deletionTimestamp !== undefined;
  const { namespace = "", name, uid } = metadata;
  return {
    addresses: [status.podIP ?? ""],
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hasHostname(pod, service) && { hostname: spec.hostname ?? "" }),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(spec.nodeName !== undefined && { nodeName: spec.nodeName }),
    ...(zone !== undefined && { zone }),
  };
}

function write({ store, now }: ReconcileContext, service: Service, existing: readonly EndpointSlice[], groups: readonly Wanted[]): void {
  const { metadata } = service;
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const id = JSON.stringify((slice.ports ?? []).map(({ name, protocol, port, appProtocol }) => ({ name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) })));
    byPorts.set(id, [...(byPorts.get(id) ?? []), slice]);
  }
  const surplus: EndpointSlice[] = [];
  const create: Wanted[] = [];
  const changed = new Map<string, readonly SliceEndpoint[]>();
  for (const wanted of groups) {
    const id = JSON.stringify(wanted.ports);
    const packing = pack(byPorts.get(id) ?? [], wanted, PER_SLICE);
    byPorts.delete(id);
    create.push(...packing.create);
    surplus.push(...packing.remove);
    for (const { slice, endpoints } of packing.update) changed.set(slice.metadata.name, endpoints);
  }
  surplus.push(...[...byPorts.values()].flat());
  // A Service that nobody stands behind has an empty slice, so that this can be seen.
  const placeholder = groups.length === 0;
  const keepEmpty = placeholder ? surplus.find((slice) => (slice.ports ?? []).length === 0) ?? surplus[0] : undefined;
  if (placeholder && keepEmpty === undefined) create.push({ ports: [], endpoints: [] });
  const labels = labelsOf(service);
  for (const slice of existing) {
    const gone = surplus.includes(slice);
    if (gone && slice !== keepEmpty && create.length === 0) {
      store.delete("EndpointSlice", slice.metadata.name, metadata.namespace);
      continue;
    }
    // A slice that would go serves for one that would come: recycleSlices.
    const next = slice === keepEmpty ? { ports: [], endpoints: [] } : gone ? create.shift() : { ports: slice.ports ?? [], endpoints: changed.get(slice.metadata.name) ?? slice.endpoints };
    if (next === undefined) continue;
    const same = deepEqual(next.endpoints, slice.endpoints) && deepEqual(next.ports, slice.ports ?? []) && deepEqual(labels, slice.metadata.labels);
    if (!same) store.update({ ...slice, ...next, metadata: { ...slice.metadata, labels, annotations: { ...slice.metadata.annotations, [TRIGGER_TIME]: now } } } as EndpointSlice);
  }
  for (const wanted of create) store.create(newSlice(service, labels, wanted, now));
}

function labelsOf({ metadata, ...service }: Service): Readonly<Record<string, string>> {
  const labels: Record<string, string> = { ...metadata.labels, [MANAGED_BY]: MANAGER, [SERVICE_NAME]: metadata.name };
  delete labels[HEADLESS];
  return { ...labels, ...(isHeadless({ metadata, ...service } as Service) && { [HEADLESS]: "" }) };
}

function newSlice(service: Service, labels: Readonly<Record<string, string>>, { ports, endpoints }: Wanted, now: string): Draft<"EndpointSlice"> {
  const { name, namespace = "" } = service.metadata;
  return {
    kind: "EndpointSlice",
    metadata: { generateName: `${name}-`, namespace, labels, annotations: { [TRIGGER_TIME]: now }, ownerReferences: [controllerReference(service)] },
    addressType: "IPv4",
    endpoints,
    ports,
  } as Draft<"EndpointSlice">;
}
