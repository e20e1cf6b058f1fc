/** serviceaccount-controller and root-ca-cert-publisher: each namespace gets an account called default and the cluster's certificate. */
import { defineController } from "../controller";

export const serviceAccountController = defineController({
  name: "serviceaccount-controller",
  for: "Namespace",
  watches: { ServiceAccount: ({ metadata }) => [{ namespace: "", name: metadata.namespace ?? "" }] },
  reconcile({ store }, { name }) {
    const namespace = store.get("Namespace", name);
    if (namespace === undefined || namespace.status.phase === "Terminating") return undefined;
    if (store.get("ServiceAccount", "default", name) === undefined) store.create({ kind: "ServiceAccount", metadata: { name: "default", namespace: name } });
    return undefined;
  },
});

const ROOT_CA = "kube-root-ca.crt";
const DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** The certificate is given by whoever builds the cluster: kube/ makes no keys. */
export function rootCaPublisher(certificate: string) {
  return defineController({
    name: "root-ca-certificate-publisher-controller",
    for: "Namespace",
    watches: { ConfigMap: ({ metadata }) => (metadata.name === ROOT_CA ? [{ namespace: "", name: metadata.namespace ?? "" }] : []) },
    reconcile({ store }, { name }) {
      const namespace = store.get("Namespace", name);
      if (namespace === undefined || namespace.status.phase === "Terminating") return undefined;
      const existing = store.get("ConfigMap", ROOT_CA, name);
      const data = { "ca.crt": certificate };
      if (existing === undefined) store.create({ kind: "ConfigMap", metadata: { name: ROOT_CA, namespace: name, annotations: { "kubernetes.io/description": DESCRIPTION } }, data });
      else if (existing.data?.["ca.crt"] !== certificate) store.update({ ...existing, data });
      return undefined;
    },
  });
}
