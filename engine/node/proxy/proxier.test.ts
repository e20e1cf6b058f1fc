import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../cluster.test-support";

/** One Service with one endpoint on node-2, a client on node-1, and one Service without endpoints. */
function start(): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(3);
  t.pod("client", { command: ["sleep", "100000"] }, { nodeName: "node-1" });
  t.pod("api", { image: "registry.example.com/payments-api:1.4" }, { nodeName: "node-2" });
  service(t, "payments", "10.96.45.12");
  service(t, "empty", "10.96.45.99");
  t.run(3);
  slice(t, "payments", ["10.244.2.2"]);
  t.run(2);
  return t;
}

function service(t: TestCluster, name: string, clusterIP: string): void {
  t.store.create({ kind: "Service", metadata: { namespace: "default", name }, spec: { clusterIP, ports: [{ name: "http", port: 80, targetPort: 8080 as never }] } });
}

function slice(t: TestCluster, name: string, addresses: readonly string[]): void {
  t.store.create({ kind: "EndpointSlice", metadata: { namespace: "default", name: `${name}-abcde`, labels: { "kubernetes.io/service-name": name } }, addressType: "IPv4", endpoints: addresses.map((address) => ({ addresses: [address], nodeName: "node-2", conditions: { ready: true } })), ports: [{ name: "http", port: 8080, protocol: "TCP" }] });
}

const URL = "http://10.96.45.12/health";
const OK = '200 {"status":"ok","service":"payments-api","version":"1.4","pod":"api"}';

test("A ClusterIP leads to an endpoint on another node; without endpoints it is refused; an unknown one stays silent.", () => {
  const t = start();
  const client = t.machine("client");
  expect(t.get(client, URL)).toBe(OK);
  expect(t.get(client, "http://10.96.45.99/")).toBe("connection refused");
  expect(t.get(client, "http://10.96.200.1/")).toBe("timeout");
  expect(t.get(t.node("node-3").machine, URL)).toBe(OK);
});

test("The refusal of a Service without endpoints is a rule in filter, counted.", () => {
  const t = start();
  t.get(t.machine("client"), "http://10.96.45.99/");
  expect(t.rules("node-1").find((line) => line.includes("default/empty"))).toBe('-A KUBE-SERVICES -d 10.96.45.99/32 -p tcp -m comment --comment "default/empty:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable');
});

test("A flush of nat alone is not noticed, and an unrelated change does not mend it.", () => {
  const t = start();
  t.iptables("node-1", "-t nat -F");
  t.run(100);
  expect(t.get(t.machine("client"), URL)).toBe("timeout");
  slice(t, "empty", ["10.244.2.2"]);
  t.run(5);
  expect(t.get(t.machine("client"), URL)).toBe("timeout");
  t.run(3600);
  expect(t.get(t.machine("client"), URL)).toBe(OK);
});

test("A flush of all tables with their chains is found by the canary within half a minute.", () => {
  const t = start();
  for (const table of ["nat", "filter", "mangle"]) for (const what of ["-F", "-X"]) t.iptables("node-1", `-t ${table} ${what}`);
  expect(t.get(t.machine("client"), URL, 500)).toBe("timeout");
  t.run(31);
  expect(t.get(t.machine("client"), URL)).toBe(OK);
  const said = t.log(t.podOn("node-1", "kube-proxy"), "kube-system").map((line) => line.replace(/^.*?\] /, ""));
  expect(said.filter((line) => line.includes("canary") || line.includes("Reloading after"))).toEqual(['"IPTables canary deleted" table="mangle" chain="KUBE-PROXY-CANARY"', '"Reloading after iptables flush"']);
});

test("A partial sync that meets deleted chains fails, and everything is written again after 30 s.", () => {
  const t = start();
  for (const what of ["-F", "-X"]) t.iptables("node-1", `-t nat ${what}`);
  slice(t, "empty", ["10.244.2.2"]);
  t.run(5);
  expect(t.get(t.machine("client"), URL, 500)).toBe("timeout");
  expect(t.log(t.podOn("node-1", "kube-proxy"), "kube-system").some((line) => line.includes('"Failed to execute iptables-restore"'))).toBe(true);
  t.run(30);
  expect(t.get(t.machine("client"), URL)).toBe(OK);
});

test("An endpoint that goes takes its chain with it; a second one shares the traffic.", () => {
  const t = start();
  const chains = () => t.rules("node-1").filter((line) => /^:KUBE-(SVC|SEP)/.test(line)).length;
  const before = chains();
  t.store.delete("EndpointSlice", "payments-abcde", "default");
  t.run(3);
  expect(chains()).toBe(before - 2);
  expect(t.get(t.machine("client"), URL)).toBe("connection refused");
  slice(t, "payments", ["10.244.2.2", "10.244.2.9"]);
  t.run(3);
  expect(t.rules("node-1").filter((line) => line.includes("payments:http ->")).map((line) => line.replace(/^.*-> /, ""))).toEqual(['10.244.2.2:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-2KJA6CUT5VGV26DN', '10.244.2.9:8080" -j KUBE-SEP-XFDFEW74I3ZKM2ZZ']);
});

test("kube-proxy sets the node's conntrack limits, whatever they were.", () => {
  const t = start();
  const { sysctl } = t.node("node-1").netns;
  expect(["net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_tcp_timeout_established", "net.netfilter.nf_conntrack_tcp_timeout_close_wait", "net.ipv4.conf.all.route_localnet"].map((key) => sysctl.get(key))).toEqual(["131072", "86400", "3600", "1"]);
});

test("healthz answers on every node, and a NodePort on each of its addresses.", () => {
  const t = start();
  t.store.create({ kind: "Service", metadata: { namespace: "default", name: "front" }, spec: { type: "NodePort", clusterIP: "10.96.45.50", ports: [{ name: "http", port: 80, nodePort: 30080, targetPort: 8080 as never }] } });
  slice(t, "front", ["10.244.2.2"]);
  t.run(3);
  const { client } = t.cluster.outside;
  expect(t.get(client, "http://192.168.50.13:10256/healthz")).toMatch(/^200 \{"lastUpdated": "2026-11-21 09:.* \+0000 UTC m=\+.*", "nodeEligible": true\}$/);
  for (const node of ["11", "12", "13"]) expect(t.get(client, `http://192.168.50.${node}:30080/health`)).toBe(OK);
});
