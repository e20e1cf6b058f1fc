/** The control plane's beginning: what a new cluster holds before anybody has asked for anything. */
import type { World } from "../core/world";
import type { Store } from "../kube/store";
import { API_PORT } from "./api-endpoint";
import { NODE_NETWORK } from "./network";

export function startControlPlane(world: World, store: Store): void {
  void world;
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) if (store.get("Namespace", name) === undefined) store.create({ kind: "Namespace", metadata: { name } });
  kubernetesService(store);
}

/** The API server's own Service has no selector: it keeps the endpoints itself. */
function kubernetesService(store: Store): void {
  const labels = { component: "apiserver", provider: "kubernetes" };
  if (store.get("Service", "kubernetes", "default") === undefined)
    store.create({ kind: "Service", metadata: { namespace: "default", name: "kubernetes", labels }, spec: { type: "ClusterIP", clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: API_PORT }], sessionAffinity: "None" } });
  if (store.get("EndpointSlice", "kubernetes", "default") === undefined)
    store.create({ kind: "EndpointSlice", metadata: { namespace: "default", name: "kubernetes", labels: { "kubernetes.io/service-name": "kubernetes" } }, addressType: "IPv4", endpoints: [{ addresses: [`${NODE_NETWORK}.10`], conditions: { ready: true } }], ports: [{ name: "https", port: API_PORT, protocol: "TCP" }] });
}
