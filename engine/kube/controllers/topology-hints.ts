/**
 * Hints: which zone or node an endpoint is meant for. spec.trafficDistribution says it simply (each
 * its own); the annotation topology-mode: Auto deals endpoints out by the zones' CPUs, and gives up when
 * that would overload one (staging/src/k8s.io/endpointslice/{trafficdist,topologycache}).
 */
import { milliValue } from "../schema/quantity";
import type { Store } from "../store";
import type { Service, SliceEndpoint } from "../types";
import type { Wanted } from "./slice-packing";

const ZONE = "topology.kubernetes.io/zone";
const OVERLOAD = 0.2;

export function withHints(groups: readonly Wanted[], { metadata, spec }: Service, store: Store): readonly Wanted[] {
  const mode = metadata.annotations?.["service.kubernetes.io/topology-mode"] ?? metadata.annotations?.["service.kubernetes.io/topology-aware-hints"];
  if (mode === "Auto" || mode === "auto") return groups.map((group) => ({ ...group, endpoints: automatic(group.endpoints, store) }));
  const distribution = spec.trafficDistribution;
  if (distribution === undefined) return groups;
  return groups.map((group) => ({ ...group, endpoints: group.endpoints.map((endpoint) => ownPlace(endpoint, distribution === "PreferSameNode")) }));
}

function ownPlace(endpoint: SliceEndpoint, node: boolean): SliceEndpoint {
  if (endpoint.conditions?.ready !== true || endpoint.zone === undefined) return endpoint;
  const forNodes = node && endpoint.nodeName !== undefined ? { forNodes: [{ name: endpoint.nodeName }] } : {};
  return { ...endpoint, hints: { forZones: [{ name: endpoint.zone }], ...forNodes } };
}

/** Each zone gets a share of the endpoints as large as its share of the CPUs; undealt when that cannot be fair. */
function automatic(endpoints: readonly SliceEndpoint[], store: Store): readonly SliceEndpoint[] {
  const shares = zoneShares(store);
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready === true && endpoint.zone !== undefined);
  if (shares === undefined || ready.length < shares.size || endpoints.some((endpoint) => endpoint.zone === undefined)) return endpoints;
  const quota = new Map<string, number>();
  for (const [zone, share] of shares) {
    const fair = share * ready.length;
    const minimum = Math.ceil(fair / (1 + OVERLOAD));
    quota.set(zone, minimum);
  }
  if ([...quota.values()].reduce((sum, n) => sum + n, 0) > ready.length) return endpoints;
  const zoneOf = deal(ready, quota, shares);
  return endpoints.map((endpoint) => {
    const name = zoneOf.get(endpoint);
    return name === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name }] } };
  });
}

/** Everybody stays at home as long as home needs it; the rest goes where something is missing. */
function deal(ready: readonly SliceEndpoint[], quota: ReadonlyMap<string, number>, shares: ReadonlyMap<string, number>): ReadonlyMap<SliceEndpoint, string> {
  const zoneOf = new Map<SliceEndpoint, string>();
  const given = new Map<string, number>([...shares.keys()].map((zone) => [zone, 0]));
  const spare: SliceEndpoint[] = [];
  for (const endpoint of ready) {
    const home = endpoint.zone ?? "";
    const most = Math.max(quota.get(home) ?? 0, Math.floor((shares.get(home) ?? 0) * ready.length));
    if ((given.get(home) ?? 0) < most) {
      zoneOf.set(endpoint, home);
      given.set(home, (given.get(home) ?? 0) + 1);
    } else spare.push(endpoint);
  }
  for (const endpoint of spare) {
    const needy = [...quota].find(([zone, minimum]) => (given.get(zone) ?? 0) < minimum)?.[0] ?? endpoint.zone ?? "";
    zoneOf.set(endpoint, needy);
    given.set(needy, (given.get(needy) ?? 0) + 1);
  }
  return zoneOf;
}

/** Undefined with fewer than two zones, or a node that does not say where it is. */
function zoneShares(store: Store): ReadonlyMap<string, number> | undefined {
  const cpus = new Map<string, number>();
  for (const { metadata, spec, status } of store.list("Node")) {
    if (spec.unschedulable || metadata.labels?.["node-role.kubernetes.io/control-plane"] !== undefined) continue;
    if (!status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True")) continue;
    const zone = metadata.labels?.[ZONE];
    if (zone === undefined) return undefined;
    cpus.set(zone, (cpus.get(zone) ?? 0) + milliValue(status.allocatable?.cpu));
  }
  const total = [...cpus.values()].reduce((sum, n) => sum + n, 0);
  if (cpus.size < 2 || total === 0) return undefined;
  return new Map([...cpus].map(([zone, cpu]) => [zone, cpu / total]));
}
