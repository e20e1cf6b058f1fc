/**
 * What one node's kube-proxy has heard from the API server: the Services, EndpointSlices and its
 * own Node, and which Services something has changed about since it was last asked.
 */
import type { Signal } from "../../core/task";
import type { TypedWatch } from "../../kube/store";
import type { Node } from "../../kube/types";
import { parseIp } from "../../wire/ip";
import type { EndpointsMap } from "./endpoints-map";
import type { ProxyOptions, ProxyState } from "./iptables";
import type { ServicePort } from "./service-map";
import type { Reader, ServiceTracker } from "./service-tracker";
import type { SyncTexts } from "./sync-texts";

export class Watched {
  readonly #reader: Reader;
  #node: Node | undefined;
  #topologyChanged = false;
  /** Nobody has taken anything yet: all that is there is news. */
  #fresh = true;
  /** Worked out for this node, for as long as the tracker's own stands. */
  #own: { readonly of: EndpointsMap; readonly endpoints: EndpointsMap } | undefined;
  readonly #nodeWatch: TypedWatch<Node>;

  constructor(
    private readonly tracker: ServiceTracker,
    private readonly nodeName: string,
  ) {
    this.#reader = tracker.join();
    this.#nodeWatch = tracker.store.watch("Node", { fieldSelector: `metadata.name=${nodeName}` });
  }

  get ready(): readonly Signal[] {
    return [...this.tracker.ready, this.#nodeWatch.ready];
  }

  close(): void {
    this.tracker.leave(this.#reader);
    this.#nodeWatch.close();
  }

  /** Takes in what has come. True when a sync is called for. */
  take(): boolean {
    this.tracker.take();
    const moved = this.#takeNode();
    const fresh = this.#fresh && this.tracker.services.length > 0;
    if (fresh) this.#fresh = false;
    return moved || fresh || this.#topologyChanged || this.tracker.hasNews(this.#reader);
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
    const topology = this.#topologyChanged;
    this.#topologyChanged = this.#fresh = false;
    return { services: this.tracker.changes(this.#reader), topology };
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

  /** For a mode in which only policies and hints ask where an endpoint is: where there are none, all nodes share one. */
  sharedState(options: ProxyOptions): ProxyState {
    const { tracker, nodeName } = this;
    if (!tracker.everywhere) return this.state(options);
    return { services: tracker.services, endpoints: tracker.endpoints, everywhere: true, place: { nodeName, zone: zoneOf(this.#node) }, nodeIP: undefined, options };
  }

  /** The texts of all nodes. */
  get texts(): SyncTexts {
    return this.tracker.texts;
  }

  get healthChecked(): readonly ServicePort[] {
    return this.tracker.healthChecked;
  }

  get services(): readonly ServicePort[] {
    return this.tracker.services;
  }

  /** Enough for whoever does not ask which of them are the node's own. */
  get anyEndpoints(): EndpointsMap {
    return this.tracker.everywhere ? this.tracker.endpoints : this.endpoints;
  }

  get endpoints(): EndpointsMap {
    const of = this.tracker.endpoints;
    if (this.#own?.of !== of) this.#own = { of, endpoints: this.tracker.endpointsOn(this.nodeName) };
    return this.#own.endpoints;
  }
}

function zoneOf(node: Node | undefined): string {
  return node?.metadata.labels?.["topology.kubernetes.io/zone"] ?? "";
}
