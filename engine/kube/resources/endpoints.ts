/** Endpoints (deprecated, still written for every Service) and EndpointSlices. */
import { ageSince } from "../duration";
import { invalid } from "../field-error";
import { deepEqual } from "../freeze";
import type { Endpoints } from "../types";
import { validateEndpointSlice, validateEndpoints } from "../validation/endpoints";
import { AGE, type Definition, NAME, text } from "./definition";

const SHOWN = 3;

export const endpoints: Definition<"Endpoints"> = {
  kind: "Endpoints", group: "", version: "v1", plural: "endpoints", singular: "endpoints", shortNames: ["ep"], namespaced: true,
  defaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= "TCP";
  },
  validate: validateEndpoints,
  columns: [NAME, text("Endpoints"), AGE],
  row: (object, nowMs) => [object.metadata.name, addresses(object), ageSince(object.metadata.creationTimestamp, nowMs)],
};

function addresses({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(({ addresses: list = [], ports = [] }) => (ports.length === 0 ? list.map(({ ip }) => ip) : ports.flatMap(({ port }) => list.map(({ ip }) => `${ip}:${port}`))));
  const shown = all.slice(0, SHOWN).join(",");
  return all.length > SHOWN ? `${shown} + ${all.length - SHOWN} more...` : shown;
}

export const endpointSlice: Definition<"EndpointSlice"> = {
  kind: "EndpointSlice", group: "discovery.k8s.io", version: "v1", plural: "endpointslices", singular: "endpointslice", namespaced: true, generation: true,
  defaults(object) {
    object.endpoints ??= [];
    object.ports ??= [];
    for (const port of object.ports) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareForUpdate(object, old) {
    const same = deepEqual(object.endpoints, old.endpoints) && deepEqual(object.ports, old.ports);
    if (!same) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateEndpointSlice,
  warnings: ({ addressType }) => (addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
  validateUpdate: (object, old) => (object.addressType === old.addressType ? [] : [invalid("addressType", object.addressType, "field is immutable")]),
  columns: [NAME, text("AddressType"), text("Ports"), text("Endpoints"), AGE],
  row: ({ metadata, addressType, ports = [], endpoints: list }, nowMs) => [
    metadata.name,
    addressType,
    withMore(ports.map(({ port, name }) => (port !== undefined ? String(port) : (name ?? "*")))),
    withMore(list.flatMap((endpoint) => endpoint.addresses)),
    ageSince(metadata.creationTimestamp, nowMs),
  ],
};

function withMore(list: readonly string[]): string {
  if (list.length === 0) return "<unset>";
  const shown = list.slice(0, SHOWN).join(",");
  return list.length > SHOWN ? `${shown} + ${list.length - SHOWN} more...` : shown;
}
