import { expect, test } from "vitest";
import { newWorld } from "../../../test/support/world";
import { ApiServer } from "../api-server";
import type { ApiResponse } from "../api";

const PATH = "/apis/apps/v1/namespaces/default/deployments";

function aServer(): ApiServer {
  const server = new ApiServer(newWorld());
  server.store.create({ kind: "Namespace", metadata: { name: "default" } });
  return server;
}

const config = (spec: object, labels: object = { app: "web" }): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels },
  spec: { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] } }, ...spec },
});

function apply(server: ApiServer, body: object, manager: string, force = "false"): ApiResponse {
  return server.request({ method: "PATCH", path: `${PATH}/web`, contentType: "application/apply-patch+yaml", query: { fieldManager: manager, force }, body });
}

const managed = (server: ApiServer): readonly (readonly [string | undefined, unknown])[] => (server.store.read("Deployment", "web", "default").metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1]);

test("an apply creates, and owns exactly what it named", () => {
  const server = aServer();
  expect(apply(server, config({ replicas: 2 }), "alice").status).toBe(201);
  expect(managed(server)).toEqual([
    [
      "alice Apply",
      {
        "f:metadata": { "f:labels": { "f:app": {} } },
        "f:spec": {
          "f:replicas": {},
          "f:selector": {},
          "f:template": {
            "f:metadata": { "f:labels": { "f:app": {} } },
            "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {}, "f:name": {}, "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } } } } },
          },
        },
      },
    ],
  ]);
});

test("what a manager no longer names goes, unless somebody else has it as well", () => {
  const server = aServer();
  apply(server, config({ replicas: 2, minReadySeconds: 5 }, { app: "web", team: "a" }), "alice");
  apply(server, config({ minReadySeconds: 5 }), "bob");
  apply(server, config({}), "alice");
  const { spec, metadata } = server.store.read("Deployment", "web", "default");
  expect([spec.replicas, spec.minReadySeconds, metadata.labels]).toEqual([1, 5, { app: "web" }]);
});

test("a conflict is refused in upstream's words, until it is forced", () => {
  const server = aServer();
  apply(server, config({ replicas: 2 }), "alice");
  expect(apply(server, config({ replicas: 3 }), "bob").body).toMatchObject({
    code: 409,
    reason: "Conflict",
    message: 'Apply failed with 1 conflict: conflict with "alice": .spec.replicas',
    details: { causes: [{ reason: "FieldManagerConflict", message: 'conflict with "alice"', field: ".spec.replicas" }] },
  });
  expect(apply(server, config({ replicas: 3 }), "bob", "true").status).toBe(200);
  expect(server.store.read("Deployment", "web", "default").spec.replicas).toBe(3);
  expect(apply(server, config({ replicas: 2 }), "alice").body).toMatchObject({ message: 'Apply failed with 1 conflict: conflict with "bob": .spec.replicas' });
});

test("an update takes over what it changes", () => {
  const server = aServer();
  apply(server, config({ replicas: 2 }), "alice");
  server.request({ method: "PATCH", path: `${PATH}/web`, contentType: "application/merge-patch+json", query: { fieldManager: "kubectl-patch" }, body: { spec: { replicas: 7 } } });
  expect(managed(server).at(-1)).toEqual(["kubectl-patch Update", { "f:spec": { "f:replicas": {} } }]);
  expect(apply(server, config({ replicas: 2 }), "alice").body).toMatchObject({ message: 'Apply failed with 1 conflict: conflict with "kubectl-patch" using apps/v1: .spec.replicas' });
});

test("applying the same twice writes nothing", () => {
  const server = aServer();
  apply(server, config({ replicas: 2 }), "alice");
  const before = server.store.read("Deployment", "web", "default");
  server.world.scheduler.run(5000);
  apply(server, config({ replicas: 2 }), "alice");
  expect(server.store.read("Deployment", "web", "default")).toBe(before);
});
