/**
 * Which of a Service's endpoints count on this node, for which kind of traffic.
 *
 * Answers to CategorizeEndpoints() of pkg/proxy/topology.go: ready ones, or, when there are
 * none, those that are terminating and still serve (ProxyTerminatingEndpoints); this node's
 * only, where a traffic policy says Local; those hinted for this node or zone, when every
 * ready endpoint carries such a hint and one of them names this place.
 */
import { by } from "../../core/order";
import type { Endpoint } from "./endpoints-map";
import { type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from "./service-map";

export type Categories = {
  /** For policy Cluster. */
  readonly cluster: readonly Endpoint[];
  /** For policy Local. */
  readonly local: readonly Endpoint[];
  /** Both together: each needs a chain. */
  readonly reachable: readonly Endpoint[];
  /** Whether there is one anywhere, not only on this node: refuse or drop. */
  readonly any: boolean;
};

export type Place = { readonly nodeName: string; readonly zone: string };

type TopologyMode = "" | "PreferSameNode" | "PreferSameZone";

const NOBODY: Categories = { cluster: [], local: [], reachable: [], any: false };

export function categorizeEndpoints(endpoints: readonly Endpoint[], service: ServicePort, place: Place): Categories {
  if (endpoints.length === 0) return NOBODY;
  const mode = usesClusterEndpoints(service) ? topologyMode(endpoints, place) : "";
  const cluster = usesClusterEndpoints(service) ? clusterEndpoints(endpoints, mode, place) : [];
  if (!usesLocalEndpoints(service)) return { cluster, local: [], reachable: cluster, any: cluster.length > 0 };

  const any = cluster.length > 0 || endpoints.some((endpoint) => endpoint.ready || drains(endpoint));
  const mine = endpoints.filter((endpoint) => endpoint.isLocal);
  const ready = mine.filter((endpoint) => endpoint.ready);
  const local = ready.length > 0 ? ready : mine.filter(drains);
  if (!usesClusterEndpoints(service)) return { cluster, local, reachable: local, any };
  return { cluster, local, reachable: union(cluster, local), any };
}

/** If topology left nobody, there is no ready endpoint anywhere: then those that drain. */
function clusterEndpoints(endpoints: readonly Endpoint[], mode: TopologyMode, place: Place): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready && isHintedFor(endpoint, mode, place));
  return ready.length > 0 ? ready : endpoints.filter(drains);
}

function drains(endpoint: Endpoint): boolean {
  return !endpoint.ready && endpoint.serving && endpoint.terminating;
}

function topologyMode(endpoints: readonly Endpoint[], { nodeName, zone }: Place): TopologyMode {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length === 0) return "";
  if (ready.every(({ nodeHints }) => nodeHints.length > 0) && ready.some(({ nodeHints }) => nodeHints.includes(nodeName))) return "PreferSameNode";
  if (ready.every(({ zoneHints }) => zoneHints.length > 0) && ready.some(({ zoneHints }) => zoneHints.includes(zone))) return "PreferSameZone";
  return "";
}

function isHintedFor(endpoint: Endpoint, mode: TopologyMode, { nodeName, zone }: Place): boolean {
  switch (mode) {
    case "":
      return true;
    case "PreferSameNode":
      return endpoint.nodeHints.includes(nodeName);
    case "PreferSameZone":
      return endpoint.zoneHints.includes(zone);
  }
}

/** Local ones may be draining, or hinted elsewhere, and so be missing from the cluster's. */
function union(cluster: readonly Endpoint[], local: readonly Endpoint[]): readonly Endpoint[] {
  const known = new Set(cluster.map(({ address }) => address));
  const added = local.filter(({ address }) => !known.has(address));
  return added.length === 0 ? cluster : [...cluster, ...added].sort(by(({ address }) => address));
}
