/**
 * What all kube-proxies of a cluster hear from the API server: Services and EndpointSlices, and
 * what rules are made of, worked out once for each change and not once on every node.
 *
 * Answers to ServiceChangeTracker and EndpointsChangeTracker of pkg/proxy, one pair of which each
 * real kube-proxy has to itself; each node here has its own place in the list of changes.
 */
import type { Signal } from "../../core/task";
import { by } from "../../core/order";
import type { Store, TypedWatch } from "../../kube/store";
import type { EndpointSlice, Service } from "../../kube/types";
import { deepEqual } from "../../kube/freeze";
import { type Endpoint, endpointsMap, type EndpointsMap, serviceOf } from "./endpoints-map";
import { EndpointChains } from "./names";
import { portsOf, type ServicePort, usesLocalEndpoints } from "./service-map";
import { SyncTexts } from "./sync-texts";

/** How many changes are kept before those that everybody has seen are dropped. */
const KEPT = 4096;
const NOBODY = "";

/** One node's place in the list of changes. */
export type Reader = { seen: number };

type Slices = { readonly byName: Map<string, EndpointSlice>; endpoints: EndpointsMap; everywhere: boolean };

export class ServiceTracker {
  readonly texts = new SyncTexts();
  readonly #chains = new EndpointChains();
  readonly #readers = new Set<Reader>();
  readonly #services = new Map<string, { readonly service: Service; readonly ports: readonly ServicePort[] }>();
  readonly #slices = new Map<string, Slices>();
  /** Names of Services, in the order in which something about them changed; the first has this number. */
  #log: string[] = [];
  #first = 0;
  #since: { readonly from: number; readonly to: number; readonly services: ReadonlySet<string> } | undefined;
  #watches: { readonly services: TypedWatch<Service>; readonly slices: TypedWatch<EndpointSlice> } | undefined;
  #ports: readonly ServicePort[] | undefined;
  #endpoints: EndpointsMap | undefined;
  #everywhere: boolean | undefined;
  #checked: { readonly of: readonly ServicePort[]; readonly ports: readonly ServicePort[] } | undefined;

  constructor(readonly store: Store) {}

  /** A new reader: to it everything that is there has changed. */
  join(): Reader {
    this.#watches ??= { services: this.store.watch("Service"), slices: this.store.watch("EndpointSlice") };
    this.take();
    const reader = { seen: this.#first + this.#log.length };
    this.#readers.add(reader);
    return reader;
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#watches === undefined) return;
    this.#watches.services.close();
    this.#watches.slices.close();
    this.#watches = undefined;
    this.#services.clear();
    this.#slices.clear();
    this.#forget();
  }

  get ready(): readonly Signal[] {
    return this.#watches === undefined ? [] : [this.#watches.services.ready, this.#watches.slices.ready];
  }

  /** Takes in what has come. */
  take(): void {
    if (this.#watches === undefined) return;
    const { services, slices } = this.#watches;
    for (let event = services.next(); event !== undefined; event = services.next()) this.#service(event.type === "DELETED", event.object);
    for (let event = slices.next(); event !== undefined; event = slices.next()) this.#slice(event.type === "DELETED", event.object);
    if (this.#log.length > KEPT) this.#trim();
  }

  #service(deleted: boolean, service: Service): void {
    const key = `${service.metadata.namespace ?? ""}/${service.metadata.name}`;
    const before = this.#services.get(key)?.ports ?? [];
    const ports = deleted ? [] : portsOf(service);
    // Only what the rules are made of counts: a label is no reason to sync.
    const same = JSON.stringify(before) === JSON.stringify(ports);
    if (deleted) this.#services.delete(key);
    else this.#services.set(key, { service, ports: same ? before : ports });
    if (same) return;
    this.#ports = this.#everywhere = undefined;
    this.#log.push(key);
  }

  #slice(deleted: boolean, slice: EndpointSlice): void {
    const name = `${slice.metadata.namespace ?? ""}/${slice.metadata.name}`;
    const service = serviceOf(slice) ?? NOBODY;
    const slices = this.#slices.get(service) ?? { byName: new Map(), endpoints: new Map(), everywhere: true };
    const before = slices.byName.get(name);
    if (deleted) slices.byName.delete(name);
    else slices.byName.set(name, slice);
    if (slices.byName.size === 0) this.#slices.delete(service);
    else this.#slices.set(service, slices);
    if (sameRules(before, deleted ? undefined : slice)) return;
    this.#endpoints = this.#everywhere = undefined;
    if (service === NOBODY) return;
    const all = [...slices.byName.values()];
    slices.endpoints = endpointsMap(all, NOBODY, this.#chains.of);
    slices.everywhere = isEverywhere(all, slices.endpoints);
    this.#log.push(service);
  }

  #forget(): void {
    this.#ports = this.#endpoints = this.#everywhere = this.#since = undefined;
  }

  #trim(): void {
    const end = this.#first + this.#log.length;
    let seen = end;
    for (const reader of this.#readers) seen = Math.min(seen, reader.seen);
    this.#log = this.#log.slice(seen - this.#first);
    this.#first = seen;
  }

  hasNews({ seen }: Reader): boolean {
    return seen < this.#first + this.#log.length;
  }

  /** Services that something has changed about since the reader last asked: one and the same set for all who ask alike. */
  changes(reader: Reader): ReadonlySet<string> {
    const from = reader.seen;
    const to = this.#first + this.#log.length;
    reader.seen = to;
    if (this.#since?.from !== from || this.#since.to !== to) this.#since = { from, to, services: new Set(this.#log.slice(from - this.#first)) };
    return this.#since.services;
  }

  get services(): readonly ServicePort[] {
    this.#ports ??= [...this.#services.values()].flatMap(({ ports }) => ports).sort(by((port) => port.key));
    return this.#ports;
  }

  /** Those that a load balancer asks each node about. */
  get healthChecked(): readonly ServicePort[] {
    const { services } = this;
    if (this.#checked?.of !== services) this.#checked = { of: services, ports: services.filter(({ healthCheckNodePort }) => healthCheckNodePort !== 0) };
    return this.#checked.ports;
  }

  /** As a node sees them that none of them is on. */
  get endpoints(): EndpointsMap {
    this.#endpoints ??= new Map([...this.#slices].flatMap(([service, { endpoints }]) => (service === NOBODY ? [] : [...endpoints])));
    return this.#endpoints;
  }

  /** As one node sees them, which knows its own. */
  endpointsOn(nodeName: string): EndpointsMap {
    return endpointsMap([...this.#slices.values()].flatMap(({ byName }) => [...byName.values()]), nodeName, this.#chains.of);
  }

  /** Whether rules are the same on all nodes: nothing depends on where an endpoint is. */
  get everywhere(): boolean {
    this.#everywhere ??= [...this.#slices.values()].every(({ everywhere }) => everywhere) && this.services.every((port) => !usesLocalEndpoints(port) && port.healthCheckNodePort === 0 && port.loadBalancerSourceRanges.length === 0);
    return this.#everywhere;
  }
}

/** No hints, and no address that stands in two slices, where a node would prefer its own. */
function isEverywhere(slices: readonly EndpointSlice[], endpoints: EndpointsMap): boolean {
  const counted = [...endpoints.values()].reduce((sum, list) => sum + list.length, 0);
  const written = slices.reduce((sum, slice) => sum + (slice.endpoints ?? []).length * (slice.ports ?? []).filter(({ port }) => port).length, 0);
  const hinted = ({ zoneHints, nodeHints }: Endpoint): boolean => zoneHints.length > 0 || nodeHints.length > 0;
  return counted === written && ![...endpoints.values()].some((list) => list.some(hinted));
}

/** Nothing has changed that rules are made of. */
function sameRules(before: EndpointSlice | undefined, now: EndpointSlice | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  const [was, is] = [before.endpoints ?? [], now.endpoints ?? []];
  if (was.length !== is.length || !deepEqual(before.ports, now.ports)) return false;
  return was.every((endpoint, i) => {
    const other = is[i] as typeof endpoint;
    return endpoint === other || (endpoint.nodeName === other.nodeName && deepEqual(endpoint.addresses, other.addresses) && deepEqual(endpoint.conditions, other.conditions) && deepEqual(endpoint.hints, other.hints));
  });
}
