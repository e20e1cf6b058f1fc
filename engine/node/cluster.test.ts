import { decode } from "../kube/schema/decode";
import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "./cluster.test-support";

const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "payments", namespace: "default" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "payments" } },
    template: {
      metadata: { labels: { app: "payments" } },
      spec: { containers: [{ name: "api", image: "registry.example.com/payments-api:1.4", ports: [{ name: "http", containerPort: 8080 }], readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 2 } }] },
    },
  },
};
const SERVICE = { apiVersion: "v1", kind: "Service", metadata: { name: "payments", namespace: "default" }, spec: { selector: { app: "payments" }, clusterIP: "10.96.45.12", ports: [{ name: "http", port: 80, targetPort: "http" }] } };

function start(): TestCluster {
  const t = makeCluster();
  expect(t.cluster.settle()).toBe(true);
  return t;
}

function post(t: TestCluster, path: string, body: unknown): number {
  return t.cluster.api.request({ method: "POST", path, body }).status;
}

test("A new cluster comes to rest: nodes ready, flannel and kube-proxy on each, two CoreDNS.", () => {
  const t = start();
  expect(t.store.list("Node").map(({ metadata, spec }) => [metadata.name, spec.podCIDR])).toEqual([["node-1", "10.244.1.0/24"], ["node-2", "10.244.2.0/24"], ["node-3", "10.244.3.0/24"]]);
  expect(t.store.list("Pod").map(({ metadata }) => metadata.name.replace(/-[a-z0-9]{5}$/, "").replace(/-[a-z0-9]{8,10}$/, "")).sort()).toEqual(["coredns", "coredns", "kube-flannel-ds", "kube-flannel-ds", "kube-flannel-ds", "kube-proxy", "kube-proxy", "kube-proxy"]);
});

test("A Deployment and its Service, made through the API, answer by name; without Pods the Service refuses.", () => {
  const t = start();
  expect([post(t, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT), post(t, "/api/v1/namespaces/default/services", SERVICE)]).toEqual([201, 201]);
  t.pod("debug", { command: ["sleep", "100000"] });
  expect(t.cluster.settle()).toBe(true);
  const debug = t.machine("debug");
  const pods = t.store.list("Pod", { namespace: "default", labelSelector: "app=payments" });
  expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(3);
  const answered = new Set(Array.from({ length: 24 }, () => /"pod":"([^"]+)"/.exec(t.get(debug, "http://payments.default.svc.cluster.local/health"))?.[1]));
  expect([...answered].sort()).toEqual(pods.map(({ metadata }) => metadata.name));
  const { metadata, spec } = t.store.get("Deployment", "payments", "default")!;
  t.store.patch("Deployment", metadata.name, "default", "merge", { spec: { ...spec, replicas: 0 } });
  t.run(10);
  expect(t.get(debug, "http://payments/health")).toBe("connection refused");
});

test("The outside is reached by name, and reaches Services by their node port.", () => {
  const t = start();
  post(t, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT);
  post(t, "/api/v1/namespaces/default/services", { ...SERVICE, spec: { ...SERVICE.spec, type: "NodePort", ports: [{ ...SERVICE.spec.ports[0], nodePort: 30080 }] } });
  t.pod("debug", { command: ["sleep", "100000"] });
  expect(t.cluster.settle()).toBe(true);
  expect(t.get(t.machine("debug"), "http://www.example.com/")).toContain("<h1>Example Domain</h1>");
  expect(t.get(t.cluster.outside.client, "http://192.168.50.12:30080/health")).toContain('{"status":"ok"');
  expect(t.get(t.machine("debug"), "http://10.96.0.1:443/")).toBe("400 Client sent an HTTP request to an HTTPS server.");
});

test("A rollout loses no request when readiness and preStop are as they should be.", () => {
  const t = start();
  post(t, "/apis/apps/v1/namespaces/default/deployments", { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, template: { ...DEPLOYMENT.spec.template, spec: { containers: [{ ...DEPLOYMENT.spec.template.spec.containers[0], lifecycle: { preStop: { sleep: { seconds: 3 } } } }] } } } });
  post(t, "/api/v1/namespaces/default/services", SERVICE);
  t.pod("debug", { command: ["sleep", "100000"] });
  expect(t.cluster.settle()).toBe(true);
  t.store.patch("Deployment", "payments", "default", "strategic", { spec: { template: { spec: { containers: [{ name: "api", image: "registry.example.com/payments-api:1.5" }] } } } });
  const answers = new Set<string>();
  for (let i = 0; i < 60; i++) {
    answers.add(t.get(t.machine("debug"), "http://payments/health").replace(/,"pod.*/, ""));
    t.run(0.5);
  }
  expect([...answers].sort()).toEqual(['200 {"status":"ok","service":"payments-api","version":"1.4"', '200 {"status":"ok","service":"payments-api","version":"1.5"']);
});

test("The same seed gives the same cluster, to the last event.", () => {
  const run = () => {
    const t = start();
    return JSON.stringify([t.world.scheduler.events, t.store.list("Pod"), t.rules("node-2")]);
  };
  expect(run()).toBe(run());
});

test("Whatever the cluster's own parts write has the form the API server would have given it.", () => {
  const t = start();
  t.pod("bad", { image: "nginx:nope" });
  t.pod("crash", { command: ["exit", "3"] });
  t.pod("nowhere", {}, { nodeSelector: { disk: "tape" } });
  t.run(60);
  for (const kind of ["Event", "Pod", "Node", "Lease", "ReplicaSet", "Deployment", "DaemonSet", "EndpointSlice", "Endpoints"] as const) {
    const objects = t.store.list(kind);
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) expect(decode(kind, object).value).toEqual(object);
  }
});
