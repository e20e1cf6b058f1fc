/** ValidateEndpoints (core) and ValidateEndpointSlice (discovery): addresses that somebody could be reached at, and ports. */
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from "../field-error";
import type { Endpoints, EndpointSlice } from "../types";
import { all } from "./environment";
import { endpointIp, legacyIp } from "./ip";
import { dnsLabel, dnsSubdomain, labelValue, portNumber, qualifiedName } from "./names";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MOST_ENDPOINTS = 1000;

export function validateEndpoints({ subsets = [] }: Endpoints): readonly FieldError[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, i) => {
    const at = `subsets[${i}]`;
    const errors: FieldError[] = addresses.length === 0 && notReadyAddresses.length === 0 ? [required(at, "must specify `addresses` or `notReadyAddresses`")] : [];
    for (const [name, list] of [["addresses", addresses], ["notReadyAddresses", notReadyAddresses]] as const) {
      list.forEach(({ ip, hostname, nodeName }, a) => {
        const path = `${at}.${name}[${a}]`;
        errors.push(...legacyIp(ip, `${path}.ip`));
        if (hostname) errors.push(...all(`${path}.hostname`, hostname, dnsLabel(hostname)));
        if (nodeName !== undefined) errors.push(...all(`${path}.nodeName`, nodeName, dnsSubdomain(nodeName)));
        errors.push(...endpointIp(ip, `${path}.ip`));
      });
    }
    ports.forEach((port, p) => errors.push(...validateEndpointPort(port, ports.length > 1, `${at}.ports[${p}]`)));
    return errors;
  });
}

type Port = { readonly name?: string; readonly port?: number; readonly protocol?: string; readonly appProtocol?: string };

function validateEndpointPort({ name, port = 0, protocol = "", appProtocol }: Port, named: boolean, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name) errors.push(...all(`${field}.name`, name, dnsLabel(name)));
  else if (named) errors.push(required(`${field}.name`));
  errors.push(...all(`${field}.port`, port, portNumber(port)));
  if (protocol === "") errors.push(required(`${field}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
  return appProtocol === undefined ? errors : [...errors, ...all(`${field}.appProtocol`, appProtocol, qualifiedName(appProtocol))];
}

const TYPES = ["FQDN", "IPv4", "IPv6"];

/** Ports are of any number here: it is upstream that does not look. */
export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required("addressType"));
  else if (!TYPES.includes(addressType)) errors.push(notSupported("addressType", addressType, TYPES));
  if ((endpoints ?? []).length > MOST_ENDPOINTS) errors.push(tooMany("endpoints", endpoints.length, MOST_ENDPOINTS));
  (endpoints ?? []).forEach((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`, errors));
  const names = new Set<string>();
  (ports ?? []).forEach(({ name = "", protocol = "", appProtocol }, i) => {
    const at = `ports[${i}]`;
    if (name !== "") errors.push(...all(`${at}.name`, name, dnsLabel(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === "") errors.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) errors.push(...all(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol)));
  });
  return errors;
}

type Endpoint = EndpointSlice["endpoints"][number];
type Hints = { readonly forZones?: readonly { readonly name?: string }[]; readonly forNodes?: readonly { readonly name?: string }[] };

/** Adds to `errors`: a slice may have a thousand endpoints, and nearly always nothing is wrong with any. */
function validateEndpoint(endpoint: Endpoint, type: string, field: string, errors: FieldError[]): void {
  const { addresses = [], hostname, nodeName } = endpoint;
  if (addresses.length === 0) errors.push(required(`${field}.addresses`, "must contain at least 1 address"));
  addresses.forEach((address, a) => {
    const at = `${field}.addresses[${a}]`;
    const isV6 = address.includes(":");
    if (type === "FQDN") errors.push(...all(at, address, dnsSubdomain(address)));
    else {
      const wrong = legacyIp(address, at);
      if (wrong.length > 0) errors.push(...wrong);
      else if (type === "IPv4" && isV6) errors.push(invalid(`${field}.addresses`, address, "must be an IPv4 address"));
      else if (type === "IPv6" && !isV6) errors.push(invalid(`${field}.addresses`, address, "must be an IPv6 address"));
      else errors.push(...endpointIp(address, at));
    }
  });
  if (nodeName !== undefined) errors.push(...all(`${field}.nodeName`, nodeName, dnsSubdomain(nodeName)));
  if (hostname !== undefined) errors.push(...all(`${field}.hostname`, hostname, dnsLabel(hostname)));
  const { forZones, forNodes } = ((endpoint as { readonly hints?: Hints }).hints ?? {}) as Hints;
  if (forZones !== undefined) errors.push(...validateHints(forZones, labelValue, `${field}.hints.forZones`));
  if (forNodes !== undefined) errors.push(...validateHints(forNodes, dnsSubdomain, `${field}.hints.forNodes`));
}

function validateHints(hints: readonly { readonly name?: string }[], rule: (name: string) => readonly string[], field: string): readonly FieldError[] {
  const seen = new Set<string>();
  return hints.flatMap(({ name = "" }, i) => {
    const twice = seen.has(name) ? [duplicate(`${field}[${i}].name`, name)] : [];
    seen.add(name);
    return [...twice, ...all(`${field}[${i}].name`, name, rule(name))];
  });
}
