import { expect, test } from "vitest";
import { newWorld as aWorld } from "../../test/support/world";
import { ApiError, Store } from "./store";
import type { Draft, Pod } from "./types";

function aStore(): Store {
  const store = new Store(aWorld());
  store.create({ kind: "Namespace", metadata: { name: "default" } });
  store.create({ kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  return store;
}

const aPod = (name: string): Draft<"Pod"> => ({ kind: "Pod", metadata: { name, namespace: "default", labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } });

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.reason, error.message];
    throw error;
  }
  return "no refusal";
}

test("a Pod comes out as the real API server would have written it", () => {
  const pod = aStore().create(aPod("web"));
  expect(pod).toMatchInlineSnapshot(`
    {
      "apiVersion": "v1",
      "kind": "Pod",
      "metadata": {
        "creationTimestamp": "2026-11-20T12:00:00Z",
        "generation": 1,
        "labels": {
          "app": "web",
        },
        "name": "web",
        "namespace": "default",
        "resourceVersion": "3",
        "uid": "4678529d-911b-42ea-8aa0-c01923053060",
      },
      "spec": {
        "containers": [
          {
            "image": "nginx:1.27",
            "imagePullPolicy": "IfNotPresent",
            "name": "web",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "volumeMounts": [
              {
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                "name": "kube-api-access-t2mgf",
                "readOnly": true,
              },
            ],
          },
        ],
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": true,
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "terminationGracePeriodSeconds": 30,
        "tolerations": [
          {
            "effect": "NoExecute",
            "key": "node.kubernetes.io/not-ready",
            "operator": "Exists",
            "tolerationSeconds": 300,
          },
          {
            "effect": "NoExecute",
            "key": "node.kubernetes.io/unreachable",
            "operator": "Exists",
            "tolerationSeconds": 300,
          },
        ],
        "volumes": [
          {
            "name": "kube-api-access-t2mgf",
            "projected": {
              "defaultMode": 420,
              "sources": [
                {
                  "serviceAccountToken": {
                    "expirationSeconds": 3607,
                    "path": "token",
                  },
                },
                {
                  "configMap": {
                    "items": [
                      {
                        "key": "ca.crt",
                        "path": "ca.crt",
                      },
                    ],
                    "name": "kube-root-ca.crt",
                  },
                },
                {
                  "downwardAPI": {
                    "items": [
                      {
                        "fieldRef": {
                          "apiVersion": "v1",
                          "fieldPath": "metadata.namespace",
                        },
                        "path": "namespace",
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
      "status": {
        "phase": "Pending",
        "qosClass": "BestEffort",
      },
    }
  `);
});

test("a write against an old resourceVersion is refused, and a write that changes nothing is not made", () => {
  const store = aStore();
  const first = store.create({ kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1" } });
  const second = store.update({ ...first, data: { a: "2" } });
  expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
  expect(store.update(second)).toBe(second);
  expect(refusal(() => store.update({ ...first, data: { a: "3" } }))).toEqual([
    409,
    "Conflict",
    'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again',
  ]);
});

test("generation counts changes of the spec, and no others", () => {
  const store = aStore();
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };
  const made = store.create({ kind: "Deployment", metadata: { name: "web" }, spec: { selector: { matchLabels: { app: "web" } }, template } });
  const labelled = store.update({ ...made, metadata: { ...made.metadata, labels: { team: "a" } } });
  const withStatus = store.updateStatus({ ...labelled, status: { replicas: 1 } });
  const scaled = store.update({ ...withStatus, spec: { ...withStatus.spec, replicas: 3 } });
  expect([made, labelled, withStatus, scaled].map((one) => [one.metadata.generation, one.status.replicas])).toEqual([[1, undefined], [1, undefined], [1, 1], [2, 1]]);
});

test("a Pod on a node ends gracefully, one that runs nowhere at once", () => {
  const store = aStore();
  store.create(aPod("nowhere"));
  expect(store.delete("Pod", "nowhere", "default")).toMatchObject({ kind: "Status", status: "Success" });
  const pod = store.create({ ...aPod("web"), spec: { ...aPod("web").spec, nodeName: "node-1" } } as Draft<"Pod">);
  const going = store.delete("Pod", "web", "default") as Pod;
  expect(going.metadata).toMatchObject({ uid: pod.metadata.uid, deletionTimestamp: "2026-11-20T12:00:30Z", deletionGracePeriodSeconds: 30, generation: 2 });
  expect(store.get("Pod", "web", "default")).toBe(going);
  store.delete("Pod", "web", "default", { gracePeriodSeconds: 0 });
  expect(store.get("Pod", "web", "default")).toBeUndefined();
});

test("a finalizer keeps an object until it is taken away", () => {
  const store = aStore();
  const made = store.create({ kind: "ConfigMap", metadata: { name: "kept", finalizers: ["example.com/hold"] } });
  store.delete("ConfigMap", "kept", "default");
  const going = store.read("ConfigMap", "kept", "default");
  expect(going.metadata.deletionTimestamp).toBe("2026-11-20T12:00:00Z");
  store.update({ ...going, metadata: { ...going.metadata, finalizers: [] } });
  expect(store.get("ConfigMap", "kept", "default")).toBeUndefined();
  expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each([
  ["a label selector", { labelSelector: "app=web,tier notin (db)" }, ["web"]],
  ["a set", { labelSelector: "app in (web,db)" }, ["db", "web"]],
  ["a field", { fieldSelector: "metadata.name!=web" }, ["db", "other"]],
  ["an object", { labelSelector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] } }, ["other"]],
])("a list is narrowed by %s", (_, options, expected) => {
  const store = aStore();
  for (const [name, labels] of [["web", { app: "web" }], ["db", { app: "db" }], ["other", {}]] as const) store.create({ ...aPod(name), metadata: { name, namespace: "default", labels } } as Draft<"Pod">);
  expect(store.list("Pod", options).map((pod) => pod.metadata.name)).toEqual(expected);
});

test("a watch with a selector shows what begins and ceases to match as added and deleted", () => {
  const store = aStore();
  store.create(aPod("web"));
  const watch = store.watch("Pod", { labelSelector: "app=web" });
  const label = (app: string): void => void store.modify("Pod", "web", "default", (pod) => void (pod.metadata.labels = { app }));
  label("other");
  label("web");
  store.delete("Pod", "web", "default");
  const seen: string[] = [];
  for (let event = watch.next(); event; event = watch.next()) seen.push(`${event.type} ${event.object.metadata.labels?.app}`);
  expect(seen).toEqual(["ADDED web", "DELETED web", "ADDED web", "DELETED web"]);
});

const selector = { matchLabels: { app: "payments" } };
const deployment = (labels: Record<string, string>): Draft<"Deployment"> => ({
  kind: "Deployment",
  metadata: { name: "payments" },
  spec: { selector, template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } } },
});

test.each<[string, (store: Store) => unknown, string]>([
  ["labels the selector does not pick", (store) => store.create(deployment({ app: "payments-api" })), 'Deployment.apps "payments" is invalid: spec.template.metadata.labels: Invalid value: {"app":"payments-api"}: `selector` does not match template `labels`'],
  [
    "a changed selector",
    (store) => store.update({ ...store.create(deployment({ app: "payments" })), spec: { ...deployment({ app: "x" }).spec, selector: { matchLabels: { app: "x" } } } } as never),
    'Deployment.apps "payments" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
  ],
  [
    "a node port that is taken",
    (store) => {
      const port = { kind: "Service", spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] } } as const;
      store.create({ ...port, metadata: { name: "a" } });
      store.create({ ...port, metadata: { name: "b" } });
    },
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
  ],
  [
    "a cluster IP that changes",
    (store) => {
      const made = store.create({ kind: "Service", metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } });
      store.update({ ...made, spec: { ...made.spec, clusterIP: "10.96.0.99" } });
    },
    'Service "a" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.99"]: may not change once set',
  ],
  ["the end of the default namespace", (store) => store.delete("Namespace", "default"), 'namespaces "default" is forbidden: this namespace may not be deleted'],
  ["a namespace that is not there", (store) => store.create({ kind: "ConfigMap", metadata: { name: "a", namespace: "nowhere" } }), 'namespaces "nowhere" not found'],
])("refuses %s in upstream's words", (_, act, message) => {
  expect((refusal(() => act(aStore())) as readonly unknown[])[2]).toBe(message);
});

test("a Pod written again without the tolerations that were added to it keeps them", () => {
  const store = aStore();
  const tolerations = [{ key: "dedicated", operator: "Exists" }] as const;
  const draft = { ...aPod("web"), spec: { ...aPod("web").spec, tolerations } } as Draft<"Pod">;
  const made = store.create(draft);
  const patched = store.patch("Pod", "web", "default", "strategic", { metadata: { labels: { more: "yes" } }, spec: { tolerations } });
  expect(patched.spec).toEqual(made.spec);
  expect(patched.metadata.generation).toBe(1);
});
