import { expect, test } from "vitest";
import { httpGet } from "../../apps/http-client";
import { makeCluster, type TestCluster } from "../cluster.test-support";

const IMAGE = "registry.example.com/grpc-health:1.0";
const env = (values: Readonly<Record<string, string>>) => Object.entries(values).map(([name, value]) => ({ name, value }));

function start(name: string, container: object): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(5);
  t.pod(name, container, { nodeName: "node-1" });
  t.run(4);
  return t;
}

const unhealthy = (t: TestCluster, pod: string): string | undefined => t.events(pod).findLast((line) => line.startsWith("Unhealthy"))?.replace(/ \(x\d+\)$/, "");

test("a readiness probe asks the health service, and follows what it says", () => {
  const t = start("rates", { image: IMAGE, env: env({ SERVICES: "rates" }), readinessProbe: { grpc: { port: 5000, service: "rates" }, periodSeconds: 1, failureThreshold: 1 } });
  expect(t.read("rates").status.containerStatuses?.[0]?.ready).toBe(true);
  const { podIP } = t.read("rates").status;
  const ask = (path: string) => t.inside(t.node("node-1").machine, (proc) => httpGet(proc, `http://${podIP}:8080${path}`, { timeoutMs: 1000 }));
  ask("/make-not-serving");
  t.run(2);
  expect(t.read("rates").status.containerStatuses?.[0]?.ready).toBe(false);
  expect(unhealthy(t, "rates")).toBe('Unhealthy: Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
  ask("/make-serving");
  t.run(2);
  expect(t.read("rates").status.containerStatuses?.[0]?.ready).toBe(true);
});

test.each([
  ["a service that it does not know", { env: env({}) }, { port: 5000, service: "other" }, "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"],
  ["no health service", { env: env({ HEALTH: "0" }) }, { port: 5000 }, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health"],
  ["nobody there", { env: env({}) }, { port: 5001 }, 'timeout: failed to connect service "10.244.1.2:5001" within 1s: context deadline exceeded'],
  ["a server of HTTP/1.1", { env: env({}) }, { port: 8080 }, 'timeout: failed to connect service "10.244.1.2:8080" within 1s: context deadline exceeded'],
])("%s is told in grpc-go's words", (_, container, grpc, why) => {
  const t = start("rates", { image: IMAGE, ...container, livenessProbe: { grpc, failureThreshold: 30 } });
  expect(unhealthy(t, "rates")).toBe(`Unhealthy: Liveness probe failed: ${why}`);
});

test("a container that fails its gRPC startup probe is started again", () => {
  const t = start("rates", { image: IMAGE, env: env({ PORT: "5001" }), startupProbe: { grpc: { port: 5000 }, periodSeconds: 1, failureThreshold: 2 } });
  t.run(3);
  expect(t.read("rates").status.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(t.events("rates")).toContain("Killing: Container app failed startup probe, will be restarted");
});
