/**
 * What kube-proxy has heard from the API server: the Services, EndpointSlices and its own Node,
 * and which Services something has changed about since it was last asked.
 *
 * Answers to ServiceChangeTracker and EndpointsChangeTracker of pkg/proxy.
 */
import type { Signal } from "../../core/task";
import type { Store, TypedWatch } from "../../kube/store";
import type { EndpointSlice, Node, Service } from "../../kube/types";
import { parseIp } from "../../wire/ip";
import { endpointsMap, serviceOf, type EndpointsMap } from "./endpoints-map";
import type { ProxyOptions, ProxyState } from "./iptables";
import { type ServicePort, portsOf, servicePorts } from "./service-map";

export class Watched {
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, EndpointSlice>();
  #node: Node | undefined;
  #changed = new Set<string>();
  #topologyChanged = false;
  /** What has been worked out of the above, until the next change. */
  #ports: readonly ServicePort[] | undefined;
  #endpoints: EndpointsMap | undefined;
  readonly #serviceWatch: TypedWatch<Service>;
  readonly #sliceWatch: TypedWatch<EndpointSlice>;
  readonly #nodeWatch: TypedWatch<Node>;

  constructor(
    store: Store,
    private readonly nodeName: string,
  ) {
    this.#serviceWatch = store.watch("Service");
    this.#sliceWatch = store.watch("EndpointSlice");
    this.#nodeWatch = store.watch("Node", { fieldSelector: `metadata.name=${nodeName}` });
  }

  get ready(): readonly Signal[] {
    return [this.#serviceWatch.ready, this.#sliceWatch.ready, this.#nodeWatch.ready];
  }

  close(): void {
    this.#serviceWatch.close();
    this.#sliceWatch.close();
    this.#nodeWatch.close();
  }

  /** Takes in what has come. True when a sync is called for. */
  take(): boolean {
    const before = this.#changed.size;
    for (let event = this.#serviceWatch.next(); event !== undefined; event = this.#serviceWatch.next()) this.#service(event.type === "DELETED", event.object);
    for (let event = this.#sliceWatch.next(); event !== undefined; event = this.#sliceWatch.next()) this.#slice(event.type === "DELETED", event.object);
    const moved = this.#takeNode();
    return moved || this.#changed.size > before || this.#topologyChanged;
  }

  #service(deleted: boolean, service: Service): void {
    const key = `${service.metadata.namespace ?? ""}/${service.metadata.name}`;
    const before = this.#services.get(key);
    if (deleted) this.#services.delete(key);
    else this.#services.set(key, service);
    this.#ports = undefined;
    // Only what the rules are made of counts: a label is no reason to sync.
    if (JSON.stringify(before ? portsOf(before) : []) !== JSON.stringify(deleted ? [] : portsOf(service))) this.#changed.add(key);
  }

  #slice(deleted: boolean, slice: EndpointSlice): void {
    const key = `${slice.metadata.namespace ?? ""}/${slice.metadata.name}`;
    const before = this.#slices.get(key);
    if (deleted) this.#slices.delete(key);
    else this.#slices.set(key, slice);
    this.#endpoints = undefined;
    const service = serviceOf(slice);
    if (service !== undefined && JSON.stringify(before ? shown(before) : []) !== JSON.stringify(deleted ? [] : shown(slice))) this.#changed.add(service);
  }

  #takeNode(): boolean {
    let moved = false;
    for (let event = this.#nodeWatch.next(); event !== undefined; event = this.#nodeWatch.next()) {
      const before = zoneOf(this.#node);
      this.#node = event.object;
      if (before !== zoneOf(this.#node)) moved = this.#topologyChanged = true;
    }
    return moved;
  }

  /** What has changed since the last call; `topology` asks for a full sync. */
  takeChanges(): { readonly services: ReadonlySet<string>; readonly topology: boolean } {
    const changes = { services: this.#changed, topology: this.#topologyChanged };
    this.#changed = new Set();
    this.#topologyChanged = false;
    return changes;
  }

  state(options: ProxyOptions): ProxyState {
    const address = this.#node?.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
    return {
      services: this.services,
      endpoints: this.endpoints,
      place: { nodeName: this.nodeName, zone: zoneOf(this.#node) },
      nodeIP: address === undefined ? undefined : parseIp(address),
      options,
    };
  }

  get services(): readonly ServicePort[] {
    this.#ports ??= servicePorts([...this.#services.values()]);
    return this.#ports;
  }

  get endpoints(): EndpointsMap {
    this.#endpoints ??= endpointsMap([...this.#slices.values()], this.nodeName);
    return this.#endpoints;
  }
}

function shown(slice: EndpointSlice): unknown {
  return [slice.ports, (slice.endpoints ?? []).map(({ addresses, conditions, nodeName, hints }) => [addresses, conditions, nodeName, hints])];
}

function zoneOf(node: Node | undefined): string {
  return node?.metadata.labels?.["topology.kubernetes.io/zone"] ?? "";
}
