import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../cluster.test-support";

const LABELS = { app: "web" };
const URL = "http://10.96.45.12/";

/** Pods behind a Service come and go while nobody looks at the nodes' tables. */
function start(): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(12);
  t.store.create({ kind: "Service", metadata: { namespace: "default", name: "web" }, spec: { clusterIP: "10.96.45.12", selector: LABELS, ports: [{ port: 80, targetPort: 8080 as never }] } });
  t.run(3);
  for (const name of ["web-1", "web-2"]) t.pod(name, { image: "registry.example.com/echo-server:1.0" }, {}, { labels: LABELS });
  t.run(5);
  t.pod("web-3", { image: "registry.example.com/echo-server:1.0" }, {}, { labels: LABELS });
  t.run(5);
  t.store.delete("Pod", "web-1", "default", { gracePeriodSeconds: 1 });
  t.run(5);
  return t;
}

/** The Service's rules, without counters. */
function rules(t: TestCluster, node: string): readonly string[] {
  return t.rules(node).filter((line) => line.startsWith("-A KUBE-S") && line.includes("default/web"));
}

test("What was written while nobody looked is there for whoever looks first, on each node alike.", () => {
  const t = start();
  const [ip2 = "", ip3 = ""] = ["web-2", "web-3"].map((name) => t.read(name).status.podIP ?? "");
  const seen = rules(t, "node-1");
  expect(seen.filter((line) => line.startsWith("-A KUBE-SVC")).map((line) => /-> ([^"]*)/.exec(line)?.[1] ?? "masq").sort()).toEqual([`${ip2}:8080`, `${ip3}:8080`, "masq"].sort());
  expect(seen.filter((line) => line.startsWith("-A KUBE-SEP"))).toHaveLength(4);
  expect(rules(t, "node-2")).toEqual(seen);
});

test("A packet is somebody who looks.", () => {
  const t = start();
  expect(t.get(t.node("node-3").machine, URL)).toMatch(/^200 /);
});

test("Whoever changes a rule meets the rules as they are, and the next sync takes his change into account.", () => {
  const t = start();
  t.iptables("node-1", "-t nat -F KUBE-SERVICES");
  expect(t.get(t.node("node-1").machine, URL, 500)).toBe("timeout");
  t.store.delete("Pod", "web-3", "default", { gracePeriodSeconds: 1 });
  t.run(5);
  expect(t.get(t.node("node-1").machine, URL)).toMatch(/^200 /);
  expect(rules(t, "node-1")).toEqual(rules(t, "node-2"));
});
