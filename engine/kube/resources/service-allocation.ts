/**
 * Cluster IPs and node ports: taken from 10.96.0.0/16 and 30000-32767. Both ranges are cut in two, as upstream
 * has it: what is asked for by name is best taken from the lower band, what is dealt out at random
 * comes from the upper one first (KEP-3070, KEP-3668).
 *
 * Differs: no bitmap in etcd; what is taken is read off the Services themselves.
 */
import type { Rng } from "../../core/rng";
import { type FieldError, invalid, invalidObject } from "../field-error";
import type { Storage } from "../storage";
import type { Service } from "../types";
import { ipv4 } from "../validation/names";
import type { Editable, StrategyContext } from "./definition";

const NETWORK = 0x0a600000; // 10.96.0.0
const SIZE = 65_534;
const STATIC_BAND = 256;
const RANGE = "10.96.0.0/16";
const FIRST_PORT = 30_000;
const PORTS = 2768;
const STATIC_PORTS = 86;

export function allocateService(service: Editable<"Service">, old: Service | undefined, context: StrategyContext): void {
  const errors: FieldError[] = [];
  const { metadata } = service;
  allocateAddress(service, old, context, errors);
  if (errors.length === 0) allocatePorts(service, old, context, errors);
  if (errors.length > 0) throw invalidObject("", "Service", metadata.name, errors);
}

function allocateAddress({ spec, metadata }: Editable<"Service">, old: Service | undefined, { storage, rng }: StrategyContext, errors: FieldError[]): void {
  if (spec.type === "ExternalName" || spec.clusterIP === "None") return;
  if (spec.clusterIP && spec.clusterIP === old?.spec.clusterIP) return;
  if (!spec.clusterIP) {
    spec.clusterIP = randomAddress(rng, storage, metadata);
    spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const fail = (why: string): void => void errors.push(invalid("spec.clusterIPs", spec.clusterIPs ?? [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${why}`));
  const offset = ipv4(spec.clusterIP) ? number(spec.clusterIP) - NETWORK : -1;
  if (ipv4(spec.clusterIP) && (offset < 0 || offset > SIZE + 1)) fail("the provided network does not match the current range");
  else if (offset < 1 || offset > SIZE) fail(`the provided IP (${spec.clusterIP}) is not in the valid range. The range of valid IPs is ${RANGE}`);
  else if (isTaken(storage, metadata, spec.clusterIP)) fail("provided IP is already allocated");
}

type Self = { readonly name: string; readonly namespace?: string };

function takenAddresses(storage: Storage, self: Self): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const { metadata, spec } of storage.each("Service")) {
    if (metadata.name === self.name && metadata.namespace === self.namespace) continue;
    for (const address of spec.clusterIPs ?? []) taken.add(address);
  }
  return taken;
}

function isTaken(storage: Storage, self: Self, address: string): boolean {
  for (const { metadata, spec } of storage.each("Service")) {
    if (spec.clusterIPs?.includes(address) === true && (metadata.name !== self.name || metadata.namespace !== self.namespace)) return true;
  }
  return false;
}

function randomAddress(rng: Rng, storage: Storage, self: Self): string {
  const upper = SIZE - STATIC_BAND;
  const start = rng.below(upper);
  // Nearly always the first try will do: only then is it worth while to list what is taken.
  const first = dotted(NETWORK + STATIC_BAND + 1 + start);
  if (!isTaken(storage, self, first)) return first;
  const taken = takenAddresses(storage, self);
  for (let i = 0; i < SIZE; i++) {
    const offset = i < upper ? STATIC_BAND + 1 + ((start + i) % upper) : 1 + (i - upper);
    const address = dotted(NETWORK + offset);
    if (!taken.has(address)) return address;
  }
  return "";
}

function number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

function allocatePorts({ spec, metadata }: Editable<"Service">, old: Service | undefined, { storage, rng }: StrategyContext, errors: FieldError[]): void {
  const wanted = spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  if (!wanted && spec.type !== "LoadBalancer" && !(spec.ports ?? []).some(({ nodePort }) => nodePort)) return;
  const taken = takenPorts(storage, metadata);
  const own = new Set<number>();
  (spec.ports ?? []).forEach((port, i) => {
    if (!port.nodePort) return;
    const field = `spec.ports[${i}].nodePort`;
    const range = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${FIRST_PORT + PORTS - 1}`;
    if (port.nodePort < FIRST_PORT || port.nodePort >= FIRST_PORT + PORTS) errors.push(invalid(field, port.nodePort, range));
    else if (taken.has(port.nodePort)) errors.push(invalid(field, port.nodePort, "provided port is already allocated"));
    own.add(port.nodePort);
  });
  if (errors.length > 0) return;
  const all = new Set([...taken, ...own]);
  for (const port of wanted ? (spec.ports ?? []) : []) {
    if (port.nodePort) continue;
    // The same number for TCP and UDP of one port, as upstream does for DNS and the like.
    port.nodePort = (spec.ports ?? []).find((other) => other !== port && other.port === port.port && other.protocol !== port.protocol && other.nodePort)?.nodePort ?? randomPort(rng, all);
    all.add(port.nodePort);
  }
  if (spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local") spec.healthCheckNodePort ??= old?.spec.healthCheckNodePort ?? randomPort(rng, all);
}

function takenPorts(storage: Storage, self: Self): ReadonlySet<number> {
  const taken = new Set<number>();
  for (const { metadata, spec } of storage.each("Service")) {
    if (metadata.name === self.name && metadata.namespace === self.namespace) continue;
    for (const { nodePort } of spec.ports ?? []) if (nodePort) taken.add(nodePort);
    if (spec.healthCheckNodePort) taken.add(spec.healthCheckNodePort);
  }
  return taken;
}

function randomPort(rng: Rng, taken: ReadonlySet<number>): number {
  const upper = PORTS - STATIC_PORTS;
  const start = rng.below(upper);
  for (let i = 0; i < PORTS; i++) {
    const port = FIRST_PORT + (i < upper ? STATIC_PORTS + ((start + i) % upper) : i - upper);
    if (!taken.has(port)) return port;
  }
  return 0;
}
