/**
 * endpointslicemirroring-controller: somebody who still writes Endpoints by hand, for a Service
 * without a selector, finds them mirrored as slices (pkg/controller/endpointslicemirroring).
 */
import { defineController, type ReconcileContext } from "../controller";
import { deepEqual } from "../freeze";
import { controllerReference } from "../pods";
import type { Draft, EndpointPort, Endpoints, EndpointSlice, Service, SliceEndpoint } from "../types";
import { TRIGGER_TIME } from "./service-pods";
import { pack } from "./slice-packing";

const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const PER_SUBSET = 1000;

export const endpointSliceMirroringController = defineController({
  name: "endpointslice-mirroring-controller",
  for: "Endpoints",
  watches: {
    Service: ({ metadata }) => [{ namespace: metadata.namespace ?? "", name: metadata.name }],
    EndpointSlice: ({ metadata }) => (metadata.labels?.[MANAGED_BY] === MANAGER ? [{ namespace: metadata.namespace ?? "", name: metadata.labels[SERVICE_NAME] ?? "" }] : []),
  },

  reconcile(context, { namespace, name }) {
    const { store } = context;
    const endpoints = store.get("Endpoints", name, namespace);
    const service = store.get("Service", name, namespace);
    const existing = store.labelled("EndpointSlice", namespace, { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER });
    if (endpoints === undefined || service === undefined || !isMirrored(endpoints, service)) {
      for (const { metadata } of existing) store.delete("EndpointSlice", metadata.name, namespace);
      return undefined;
    }
    write(context, endpoints, existing);
    return undefined;
  },
});

function isMirrored({ metadata }: Endpoints, { spec }: Service): boolean {
  if (spec.selector !== undefined || spec.type === "ExternalName") return false;
  return metadata.labels?.[SKIP] !== "true" && metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

function write({ store }: ReconcileContext, endpoints: Endpoints, existing: readonly EndpointSlice[]): void {
  const { metadata, subsets = [] } = endpoints;
  const namespace = metadata.namespace ?? "";
  const labels = { ...metadata.labels, [MANAGED_BY]: MANAGER, [SERVICE_NAME]: metadata.name };
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== TRIGGER_TIME && key !== "kubectl.kubernetes.io/last-applied-configuration"));
  const left = new Set(existing);
  for (const subset of subsets) {
    const ports: readonly EndpointPort[] = (subset.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({ name: name ?? "", port, protocol: protocol ?? "TCP", ...(appProtocol !== undefined && { appProtocol }) }));
    const mirror = (isReady: boolean) => (address: NonNullable<typeof subset.addresses>[number]): SliceEndpoint => ({
      addresses: [address.ip],
      conditions: { ready: isReady },
      ...(address.hostname && { hostname: address.hostname }),
      ...(address.targetRef && { targetRef: address.targetRef }),
      ...(address.nodeName && { nodeName: address.nodeName }),
    });
    const all = [...(subset.addresses ?? []).map(mirror(true)), ...(subset.notReadyAddresses ?? []).map(mirror(false))];
    const same = existing.filter((slice) => deepEqual(slice.ports, ports));
    const packing = pack(same, { ports, endpoints: all }, PER_SUBSET);
    for (const slice of same) if (!packing.remove.includes(slice)) left.delete(slice);
    for (const { slice, endpoints: next } of packing.update) store.update<"EndpointSlice">({ ...slice, endpoints: next } as EndpointSlice);
    for (const { endpoints: next } of packing.create) {
      const draft = { kind: "EndpointSlice", metadata: { generateName: `${metadata.name}-`, namespace, labels, annotations, ownerReferences: [controllerReference(endpoints)] }, addressType: "IPv4", endpoints: next, ports };
      store.create(draft as unknown as Draft<"EndpointSlice">);
    }
  }
  for (const slice of left) store.delete("EndpointSlice", slice.metadata.name, namespace);
}
