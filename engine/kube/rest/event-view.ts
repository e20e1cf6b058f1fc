/** events.k8s.io/v1 and core/v1 show the same Event under different names for its fields. */
import type { KubeObject } from "../types";

const RENAMED = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
] as const;

type Json = Readonly<Record<string, unknown>>;

export function asEventsV1(event: KubeObject): KubeObject {
  return { ...renamed(event, RENAMED), apiVersion: "events.k8s.io/v1" } as unknown as KubeObject;
}

export function fromEventsV1(event: Json): Json {
  return { ...renamed(event, RENAMED.map(([core, events]) => [events, core] as const)), apiVersion: "v1" };
}

function renamed(object: Json, names: readonly (readonly [string, string])[]): Json {
  const map = new Map(names);
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [map.get(field) ?? field, value]));
}
