import { expect, test } from "vitest";
import type { ApiRequest, ApiResponse, WatchStream } from "./api";
import { ApiServer } from "./api-server";
import { newWorld as aWorld } from "../../test/support/world";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

function aServer(): ApiServer {
  const server = new ApiServer(aWorld());
  server.store.create({ kind: "Namespace", metadata: { name: "default" } });
  server.store.create({ kind: "ServiceAccount", metadata: { name: "default" } });
  return server;
}

function send(server: ApiServer, method: ApiRequest["method"], path: string, body?: unknown, more: Partial<ApiRequest> = {}): ApiResponse {
  return server.request({ method, path, ...(body !== undefined && { body }), ...more });
}

const manifest = (extra: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } }, ...extra },
});

test("a Deployment is created, read, scaled and deleted by its paths", () => {
  const server = aServer();
  expect(send(server, "POST", DEPLOYMENTS, manifest()).status).toBe(201);
  const { body } = send(server, "GET", `${DEPLOYMENTS}/web`);
  expect(body).toMatchObject({ kind: "Deployment", apiVersion: "apps/v1", spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%" } }, progressDeadlineSeconds: 600 } });
  const scale = { contentType: "application/merge-patch+json" };
  expect(send(server, "PATCH", `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 5 } }, scale).body).toMatchObject({ kind: "Scale", spec: { replicas: 5 }, status: { replicas: 0, selector: "app=web" } });
  expect(send(server, "DELETE", `${DEPLOYMENTS}/web`).body).toMatchObject({ kind: "Status", status: "Success", details: { name: "web", group: "apps", kind: "deployments" } });
  expect(send(server, "GET", `${DEPLOYMENTS}/web`)).toEqual({
    status: 404,
    warnings: [],
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: 'deployments.apps "web" not found', reason: "NotFound", details: { name: "web", group: "apps", kind: "deployments" }, code: 404 },
  });
});

test.each([
  ["Warn", 201, ['unknown field "spec.foo"'], undefined],
  ["Strict", 400, [], 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"'],
  ["Ignore", 201, [], undefined],
])("fieldValidation=%s decides about unknown fields", (fieldValidation, status, warnings, message) => {
  const answer = send(aServer(), "POST", DEPLOYMENTS, manifest({ foo: 1 }), { query: { fieldValidation } });
  expect([answer.status, answer.warnings, (answer.body as { message?: string }).message]).toEqual([status, warnings, message]);
});

test("a value of the wrong type is refused as Go's decoder refuses it", () => {
  const { body } = send(aServer(), "POST", DEPLOYMENTS, manifest({ replicas: "two" }));
  expect(body).toMatchObject({ code: 400, message: 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32' });
});

test("a strategic merge patch merges containers by name and ports by number", () => {
  const server = aServer();
  send(server, "POST", DEPLOYMENTS, manifest());
  const patch = { spec: { template: { spec: { containers: [{ name: "web", image: "nginx:1.28" }, { name: "side", image: "busybox" }] } } } };
  const { body } = send(server, "PATCH", `${DEPLOYMENTS}/web`, patch, { contentType: "application/strategic-merge-patch+json" });
  const { spec } = body as { spec: { template: { spec: { containers: readonly { name: string; image: string; imagePullPolicy: string }[] } } } };
  expect(spec.template.spec.containers.map(({ name, image, imagePullPolicy }) => [name, image, imagePullPolicy])).toEqual([["web", "nginx:1.28", "IfNotPresent"], ["side", "busybox", "Always"]]);
});

test("a table has kubectl's columns and the ages of the server's clock", () => {
  const server = aServer();
  send(server, "POST", "/api/v1/namespaces/default/services", { kind: "Service", apiVersion: "v1", metadata: { name: "web" }, spec: { clusterIP: "10.96.45.12", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] } });
  server.world.scheduler.run(125_000);
  const { body } = send(server, "GET", "/api/v1/namespaces/default/services", undefined, { accept: TABLE });
  const table = body as { columnDefinitions: readonly { name: string; priority: number }[]; rows: readonly { cells: readonly unknown[]; object: { kind: string } }[] };
  expect(table.columnDefinitions.map(({ name, priority }) => `${name}${priority}`).join(" ")).toBe("Name0 Type0 Cluster-IP0 External-IP0 Port(s)0 Age0 Selector1");
  expect(table.rows.map(({ cells }) => cells)).toEqual([["web", "ClusterIP", "10.96.45.12", "<none>", "80/TCP", "2m5s", "app=web"]]);
  expect(table.rows[0]?.object.kind).toBe("PartialObjectMetadata");
});

test("Endpoints come with a warning", () => {
  expect(send(aServer(), "GET", "/api/v1/endpoints").warnings).toEqual(["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]);
});

test("a list is cut into pages", () => {
  const server = aServer();
  for (const name of ["a", "b", "c"]) send(server, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name } });
  type List = { items: readonly { metadata: { name: string }; kind?: string }[]; metadata: { continue?: string; remainingItemCount?: number } };
  const first = send(server, "GET", "/api/v1/namespaces/default/configmaps", undefined, { query: { limit: "2" } }).body as List;
  expect([first.items.map(({ metadata, kind }) => [metadata.name, kind]), first.metadata.remainingItemCount]).toEqual([[["a", undefined], ["b", undefined]], 1]);
  const second = send(server, "GET", "/api/v1/namespaces/default/configmaps", undefined, { query: { limit: "2", continue: first.metadata.continue ?? "" } }).body as List;
  expect([second.items.map(({ metadata }) => metadata.name), second.metadata.continue]).toEqual([["c"], undefined]);
});

test("a watch goes on from a resourceVersion, and one from before what is remembered is told so", () => {
  const server = aServer();
  const list = send(server, "GET", "/api/v1/configmaps").body as { metadata: { resourceVersion: string } };
  send(server, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  const stream = server.watch({ method: "GET", path: "/api/v1/configmaps", query: { watch: "true", resourceVersion: list.metadata.resourceVersion } }) as WatchStream;
  send(server, "DELETE", "/api/v1/namespaces/default/configmaps/a");
  expect([stream.next()?.type, stream.next()?.type, stream.next()]).toEqual(["ADDED", "DELETED", undefined]);
  for (let i = 0; i < 13_000; i++) server.store.modify("ServiceAccount", "default", "default", (account) => void (account.metadata.labels = { n: String(i) }));
  const late = server.watch({ method: "GET", path: "/api/v1/serviceaccounts", query: { resourceVersion: "2" } }) as WatchStream;
  expect(late.next()).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
});

test("discovery names every resource, in groups or at once", () => {
  const server = aServer();
  expect(send(server, "GET", "/apis/apps/v1").body).toMatchObject({ kind: "APIResourceList", groupVersion: "apps/v1" });
  const aggregated = send(server, "GET", "/apis", undefined, { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" }).body as { items: readonly { metadata: { name: string } }[] };
  expect(aggregated.items.map(({ metadata }) => metadata.name)).toContain("gateway.networking.k8s.io");
  expect(send(server, "GET", "/version").body).toMatchObject({ gitVersion: "v1.36.0" });
});
