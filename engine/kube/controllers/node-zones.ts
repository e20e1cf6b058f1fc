/**
 * How bad it is in a zone decides whether Pods are driven out of it (nodelifecycle's
 * ComputeZoneState and handleDisruption): when every node of the cluster seems lost, it is rather the
 * control plane that cannot hear them, and nobody is evicted; in a small zone nobody is either while
 * more than two nodes, and more than half, are lost.
 */
import type { Store } from "../store";
import type { Node } from "../types";

type Zone = { ready: number; lost: number };

const UNHEALTHY_SHARE = 0.55;
/** largeClusterThreshold: in larger zones eviction goes on, slowly. */
const LARGE = 50;

function zoneOf({ metadata }: Node): string {
  return `${metadata.labels?.["topology.kubernetes.io/region"] ?? ""}/${metadata.labels?.["topology.kubernetes.io/zone"] ?? ""}`;
}

/** evictionLimiterQPS 0.1, with a burst of one: nodes of a zone have their turn ten seconds apart. */
export class EvictionRate {
  readonly #freeAtMs = new Map<string, number>();

  /** Undefined: now. Otherwise in how many milliseconds to ask again. */
  take(node: Node, nowMs: number): number | undefined {
    const zone = zoneOf(node);
    const freeAtMs = this.#freeAtMs.get(zone) ?? 0;
    if (nowMs < freeAtMs) return freeAtMs - nowMs;
    this.#freeAtMs.set(zone, nowMs + EVERY_MS);
    return undefined;
  }
}

const EVERY_MS = 10_000;

export function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

export type Disruption = { readonly everywhere: boolean; readonly mayEvict: (node: Node) => boolean };

export function disruption(store: Store): Disruption {
  const zones = new Map<string, Zone>();
  for (const node of store.list("Node")) {
    const zone = zones.get(zoneOf(node)) ?? { ready: 0, lost: 0 };
    zones.set(zoneOf(node), zone);
    if (isReady(node)) zone.ready++;
    else zone.lost++;
  }
  const everywhere = [...zones.values()].every(({ ready, lost }) => ready === 0 && lost > 0);
  return {
    everywhere,
    mayEvict(node) {
      const { ready, lost } = zones.get(zoneOf(node)) ?? { ready: 1, lost: 0 };
      const partial = ready > 0 && lost > 2 && lost / (lost + ready) >= UNHEALTHY_SHARE;
      return !everywhere && !(partial && lost + ready <= LARGE);
    },
  };
}
