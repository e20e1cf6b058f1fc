/**
 * What a fresh cluster has before anybody applies anything: the namespaces, the Service of the API
 * server itself with its endpoints, the accounts' certificate, the system's priority classes.
 */
import type { Store } from "./store";

/** The API server's own address (the address plan of the course). */
export const API_ADDRESS = "192.168.50.10";
export const API_PORT = 6443;
const API_SERVICE_IP = "10.96.0.1";

export const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"] as const;

export function bootstrap(store: Store, address: string = API_ADDRESS): void {
  for (const name of NAMESPACES) if (store.get("Namespace", name) === undefined) store.create({ kind: "Namespace", metadata: { name } });
  priorityClasses(store);
  if (store.get("Service", "kubernetes", "default") !== undefined) return;
  const labels = { component: "apiserver", provider: "kubernetes" };
  const ports = [{ name: "https", protocol: "TCP", port: 443, targetPort: API_PORT }];
  store.create({ kind: "Service", metadata: { name: "kubernetes", namespace: "default", labels }, spec: { clusterIP: API_SERVICE_IP, type: "ClusterIP", ports } });
  store.create({
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: "https", port: API_PORT, protocol: "TCP" }] }],
  });
  store.create({
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "https", port: API_PORT, protocol: "TCP" }],
  });
}

function priorityClasses(store: Store): void {
  const classes = [
    ["system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."],
    ["system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."],
  ] as const;
  for (const [name, value, description] of classes) if (store.get("PriorityClass", name) === undefined) store.create({ kind: "PriorityClass", metadata: { name }, value, description });
}
