/** What the two endpoint controllers have in common: which Pods stand behind a Service, and at which ports. */
import type { Key } from "../controller";
import { isPodReady, isPodTerminal } from "../pods";
import { selects } from "../selectors";
import type { Store } from "../store";
import type { Pod, Service, ServicePort } from "../types";

/** The Services a Pod concerns; none when nothing has changed that an endpoint is made of. */
export function servicesOf(pod: Pod, store: Store, other?: Pod): readonly Key[] {
  if (other !== undefined && sameEndpoint(pod, other)) return [];
  const { namespace = "", labels } = pod.metadata;
  return store.storage.selecting(namespace, labels ?? {}).filter(({ spec }) => selects(spec.selector, labels)).map(({ metadata }) => ({ namespace, name: metadata.name }));
}

/** podEndpointsChanged of staging/src/k8s.io/endpointslice/util. */
function sameEndpoint(a: Pod, b: Pod): boolean {
  if (a.metadata.labels !== b.metadata.labels || a.metadata.deletionTimestamp !== b.metadata.deletionTimestamp) return false;
  if (a.status.podIP !== b.status.podIP || isPodReady(a) !== isPodReady(b) || isPodTerminal(a) !== isPodTerminal(b)) return false;
  return a.spec.nodeName === b.spec.nodeName && a.spec.hostname === b.spec.hostname && a.spec.subdomain === b.spec.subdomain;
}

export function podsOf({ spec, metadata }: Service, store: Store): readonly Pod[] {
  return spec.selector === undefined ? [] : store.labelled("Pod", metadata.namespace ?? "", spec.selector);
}

/** ShouldPodBeInEndpoints: it has an address, and is not over. */
export function isReachable(pod: Pod, includeTerminating: boolean): boolean {
  const { phase, podIP } = pod.status;
  if (phase === "Failed" || phase === "Succeeded" || !podIP) return false;
  return includeTerminating || pod.metadata.deletionTimestamp === undefined;
}

/** podutil.FindPort: a number is itself; a name is looked up among the Pod's containers. Undefined when nobody has it. */
export function findPort(pod: Pod, { targetPort, port, protocol }: ServicePort): number | undefined {
  if (typeof targetPort !== "string") return targetPort ?? port;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const { ports = [] } of [...pod.spec.containers, ...sidecars]) {
    const found = ports.find((one) => one.name === targetPort && one.protocol === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

/** A Pod that is to be found by its own name below the Service's. */
export function hasHostname({ spec, metadata }: Pod, service: Service): boolean {
  return Boolean(spec.hostname) && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None" || (spec.clusterIP === undefined && spec.type === undefined);
}

export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
export const HEADLESS = "service.kubernetes.io/headless";
