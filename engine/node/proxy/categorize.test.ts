import { expect, test } from "vitest";
import { categorizeEndpoints } from "./categorize";
import type { Endpoint } from "./endpoints-map";
import { portsOf } from "./service-map";

/** "a1": endpoint a on node 1, ready. Appended: `t` terminating but serving, `x` not ready, `T` terminating and gone, `z` hinted for zone z, `n` hinted for node-1. */
function endpointOf(written: string): Endpoint {
  const flags = written.slice(2);
  const ready = !/[txT]/.test(flags);
  return {
    ip: "10.244.0.1",
    port: 80,
    address: written.slice(0, 2),
    isLocal: written[1] === "1",
    ready,
    serving: ready || flags.includes("t"),
    terminating: /[tT]/.test(flags),
    zoneHints: flags.includes("z") ? ["z"] : flags.includes("y") ? ["y"] : [],
    nodeHints: flags.includes("n") ? ["node-1"] : flags.includes("m") ? ["node-2"] : [],
    chain: "",
  };
}

const CLUSTER = { type: "NodePort" };
const LOCAL = { type: "NodePort", externalTrafficPolicy: "Local" };
const INTERNAL = { type: "ClusterIP", internalTrafficPolicy: "Local" };
const BOTH = { type: "NodePort", externalTrafficPolicy: "Local", internalTrafficPolicy: "Local" };

test.each([
  ["nobody", "", CLUSTER, "", "", "", false],
  ["ready ones", "a1 b2 c2x", CLUSTER, "a1 b2", "", "a1 b2", true],
  ["draining ones only when none is ready", "a1 b2t", CLUSTER, "a1", "", "a1", true],
  ["draining ones when none is ready", "a1x b2t c2T", CLUSTER, "b2", "", "b2", true],
  ["none but dead ones", "a1x b2T", CLUSTER, "", "", "", false],
  ["external Local", "a1 b2", LOCAL, "a1 b2", "a1", "a1 b2", true],
  ["external Local without a local one", "b2", LOCAL, "b2", "", "b2", true],
  ["external Local, mine is draining", "a1t b2", LOCAL, "b2", "a1", "a1 b2", true],
  ["internal Local", "a1 b2", INTERNAL, "", "a1", "a1", true],
  ["internal Local without a local one", "b2", INTERNAL, "", "", "", true],
  ["both Local, reachable by node port", "a1 b2", BOTH, "a1 b2", "a1", "a1 b2", true],
  ["zone hints", "a1z b2z c2y", CLUSTER, "a1 b2", "", "a1 b2", true],
  ["zone hints, one missing", "a1z b2", CLUSTER, "a1 b2", "", "a1 b2", true],
  ["zone hints for other zones only", "a1y b2y", CLUSTER, "a1 b2", "", "a1 b2", true],
  ["node hints before zone hints", "a1zn b2zm", CLUSTER, "a1", "", "a1", true],
  ["node hints for other nodes: zones decide", "b2zm c2ym", CLUSTER, "b2", "", "b2", true],
  ["hints and external Local", "a1y b2z", LOCAL, "b2", "a1", "a1 b2", true],
])("Endpoints that count: %s.", (_, endpoints, spec, cluster, local, reachable, any) => {
  const [port] = portsOf({ metadata: { namespace: "ns", name: "svc" }, spec: { clusterIP: "10.96.0.5", ports: [{ port: 80, nodePort: spec.type === "NodePort" ? 30080 : 0 }], ...spec } });
  const found = categorizeEndpoints(endpoints.split(" ").filter(Boolean).map(endpointOf), port!, { nodeName: "node-1", zone: "z" });
  const names = (list: readonly Endpoint[]) => list.map(({ address }) => address).join(" ");
  expect([names(found.cluster), names(found.local), names(found.reachable), found.any]).toEqual([cluster, local, reachable, any]);
});
