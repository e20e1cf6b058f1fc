import { expect, test } from "vitest";
import { Rng } from "../core/rng";
import { Scheduler } from "../core/scheduler";
import { Trace } from "../core/trace";
import { unixMs } from "../core/date";
import { defaultImages } from "../apps/images";
import { httpGet } from "../apps/http-client";
import { save } from "../netfilter/iptables/save";
import type { Program } from "../host/proc";
import { Cluster } from "./cluster";

const sh: Program = { name: "sh", summary: "", *run(proc) { for (;;) yield* proc.sleep(1e6); } };
const sleep: Program = { name: "sleep", summary: "", *run(proc) { yield* proc.sleep(Number(proc.args[0]) * 1000); return 0; } };

test("scratch", () => {
  const world = { scheduler: new Scheduler(), rng: new Rng(1), trace: new Trace(), epochMs: unixMs(2026, 11, 21, 9) };
  const t0 = performance.now();
  const cluster = new Cluster(world, { images: defaultImages({ shell: [sh, sleep], network: [] }) });
  const { store } = cluster;
  for (const ns of store.list("Namespace")) store.create({ kind: "ServiceAccount", metadata: { namespace: ns.metadata.name, name: "default" } });
  const t1 = performance.now();
  for (const node of ["node-1", "node-2", "node-3"]) {
    for (const [ns, name] of [["kube-flannel", "kube-flannel-ds"], ["kube-system", "kube-proxy"]] as const) {
      const ds = store.get("DaemonSet", name, ns)!;
      store.create({ kind: "Pod", metadata: { namespace: ns, name: `${name}-${node}`, labels: ds.spec.template.metadata!.labels! }, spec: { ...ds.spec.template.spec!, nodeName: node } } as never);
    }
  }
  { const d = store.get("Deployment", "coredns", "kube-system")!;
  for (const node of ["node-1", "node-2"]) store.create({ kind: "Pod", metadata: { namespace: "kube-system", name: `coredns-${node}`, labels: d.spec.template.metadata!.labels! }, spec: { ...d.spec.template.spec!, nodeName: node } } as never); }
  world.scheduler.run(3000);
  { const ips = store.list("Pod", { namespace: "kube-system" }).filter((p) => p.metadata.name.startsWith("coredns")).map((p) => p.status.podIP!);
  store.create({ kind: "EndpointSlice", metadata: { namespace: "kube-system", name: "kube-dns-abc", labels: { "kubernetes.io/service-name": "kube-dns" } }, addressType: "IPv4", endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })), ports: [{ name: "dns", port: 53, protocol: "UDP" }, { name: "dns-tcp", port: 53, protocol: "TCP" }] }); }
  console.log("boot", t1 - t0, performance.now() - t1, world.scheduler.events);
  const mk = (name: string, node: string, labels: Record<string, string>, spec: object) => store.create({ kind: "Pod", metadata: { namespace: "default", name, labels }, spec: { nodeName: node, ...spec } } as never);
  mk("debug", "node-1", {}, { containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "100000"] }] });
  mk("api-1", "node-2", { app: "api" }, { containers: [{ name: "api", image: "registry.example.com/payments-api:1.4", ports: [{ name: "http", containerPort: 8080 }], readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 5 } }] });
  mk("bad", "node-3", {}, { containers: [{ name: "c", image: "nginx:nope" }] });
  mk("crash", "node-3", {}, { containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "1"] }] });
  store.create({ kind: "Service", metadata: { namespace: "default", name: "api" }, spec: { clusterIP: "10.96.45.12", selector: { app: "api" }, ports: [{ name: "http", port: 80, targetPort: 8080 as never }] } });
  store.create({ kind: "Service", metadata: { namespace: "default", name: "empty" }, spec: { clusterIP: "10.96.45.13", selector: { app: "none" }, ports: [{ name: "http", port: 80, targetPort: 8080 as never }] } });
  world.scheduler.run(5000);
  for (const p of store.list("Pod")) console.log(p.metadata.name, p.status.phase, p.status.podIP, JSON.stringify(p.status.containerStatuses?.map((c) => [c.ready, c.restartCount, c.state])));
  const api = store.get("Pod", "api-1", "default")!;
  store.create({ kind: "EndpointSlice", metadata: { namespace: "default", name: "api-abc", labels: { "kubernetes.io/service-name": "api" } }, addressType: "IPv4", endpoints: [{ addresses: [api.status.podIP!], nodeName: "node-2", conditions: { ready: true } }], ports: [{ name: "http", port: 8080, protocol: "TCP" }] });
  world.scheduler.run(3000);
  const node1 = cluster.nodes.get("node-1")!;
  const debug = node1.kubelet.worker("default", "debug")!.containers[0]!.run!.machine;
  const out: unknown[] = [];
  const probe = (url: string) => debug.start({ name: "probe", summary: "", *run(proc) { const t = proc.nowMs; const got = yield* httpGet(proc, url, { timeoutMs: 4000 }); out.push([url, got, proc.nowMs - t]); return 0; } });
  probe(`http://${api.status.podIP}:8080/health`);
  probe("http://10.96.45.12/health");
  probe("http://10.96.45.13/health");
  probe("http://api.default.svc.cluster.local/health");
  probe("http://api/health");
  probe("http://nope/health");
  probe("http://www.example.com/");
  probe("http://empty/");
  probe("http://192.168.50.12:10256/healthz");
  probe("http://10.96.0.1:443/");
  probe("http://10.96.7.7/");
  world.scheduler.run(60000);
  console.log(out.map((o) => JSON.stringify(o)).join("\n"));
  for (const p of store.list("Pod", { namespace: "default" })) console.log(p.metadata.name, p.status.phase, p.status.podIP, JSON.stringify(p.status.containerStatuses?.map((c) => [c.ready, c.restartCount, c.state])));
  expect(1).toBe(1);
});
