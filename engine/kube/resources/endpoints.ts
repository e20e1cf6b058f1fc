/** Endpoints (deprecated, still written for every Service) and EndpointSlices. */
import { ageSince } from "../duration";
import { type FieldError, invalid, notSupported, required, tooMany } from "../field-error";
import { deepEqual } from "../freeze";
import type { Endpoints, EndpointSlice } from "../types";
import { dnsLabel, ipAddress, portNumber } from "../validation/names";
import { AGE, type Definition, NAME, text } from "./definition";

const SHOWN = 3;
const BAD_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

export const endpoints: Definition<"Endpoints"> = {
  kind: "Endpoints", group: "", version: "v1", plural: "endpoints", singular: "endpoints", shortNames: ["ep"], namespaced: true,
  defaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= "TCP";
  },
  validate: validateEndpoints,
  columns: [NAME, text("Endpoints"), AGE],
  row: (object, nowMs) => [object.metadata.name, addresses(object), ageSince(object.metadata.creationTimestamp, nowMs)],
};

function validateEndpoints({ subsets = [] }: Endpoints): readonly FieldError[] {
  return subsets.flatMap((subset, i) => {
    const errors: FieldError[] = [];
    const at = `subsets[${i}]`;
    if ((subset.addresses ?? []).length === 0 && (subset.notReadyAddresses ?? []).length === 0) errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    for (const list of ["addresses", "notReadyAddresses"] as const) {
      subset[list]?.forEach(({ ip }, a) => {
        if (!ipAddress(ip)) errors.push(invalid(`${at}.${list}[${a}].ip`, ip, BAD_IP));
      });
    }
    subset.ports?.forEach((port, p) => {
      if ((subset.ports?.length ?? 0) > 1 && !port.name) errors.push(required(`${at}.ports[${p}].name`));
      if (port.name) errors.push(...dnsLabel(port.name).map((why) => invalid(`${at}.ports[${p}].name`, port.name, why)));
      errors.push(...portNumber(port.port).map((why) => invalid(`${at}.ports[${p}].port`, port.port, why)));
    });
    return errors;
  });
}

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
  validate: validateSlice,
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

const ENDPOINTS = 1000;

function validateSlice(slice: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) errors.push(required("addressType"));
  else if (!["IPv4", "IPv6", "FQDN"].includes(slice.addressType)) errors.push(notSupported("addressType", slice.addressType, ["FQDN", "IPv4", "IPv6"]));
  if (slice.endpoints.length > ENDPOINTS) errors.push(tooMany("endpoints", slice.endpoints.length, ENDPOINTS));
  slice.endpoints.forEach((endpoint, i) => {
    const at = `endpoints[${i}].addresses`;
    if ((endpoint.addresses ?? []).length === 0) errors.push(required(at, "must contain at least 1 address"));
    endpoint.addresses?.forEach((address, a) => {
      if (slice.addressType !== "FQDN" && !ipAddress(address)) errors.push(invalid(`${at}[${a}]`, address, BAD_IP));
    });
  });
  slice.ports?.forEach((port, i) => {
    if (port.name) errors.push(...dnsLabel(port.name).map((why) => invalid(`ports[${i}].name`, port.name, why)));
    if (port.port !== undefined) errors.push(...portNumber(port.port).map((why) => invalid(`ports[${i}].port`, port.port, why)));
  });
  return errors;
}

function withMore(list: readonly string[]): string {
  if (list.length === 0) return "<unset>";
  const shown = list.slice(0, SHOWN).join(",");
  return list.length > SHOWN ? `${shown} + ${list.length - SHOWN} more...` : shown;
}
