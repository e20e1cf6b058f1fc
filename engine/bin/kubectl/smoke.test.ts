import { test } from "vitest";
import { Bench } from "./bench.test-support";
test("smoke", () => {
  const bench = new Bench();
  bench.write("/root/web.yaml", `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata:
  name: payments
spec:
  selector: {app: payments-api}
  ports:
  - port: 80
    targetPort: 8080
`);
  for (const line of [
    "kubectl apply -f web.yaml", "kubectl apply -f web.yaml", "kubectl get all", "kubectl get deploy,svc", "kubectl get svc payments -o yaml", "kubectl get ep", "kubectl get foo",
    "kubectl describe svc payments", "kubectl describe deploy web", `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`, `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`,
    "kubectl get svc -o wide --show-labels", "kubectl get svc,ns -o name", "kubectl get svc payments -o jsonpath='{.spec.selector}'", "kubectl get pods", "kubectl get po x y", "kubectl delete svc payments", "kubectl get ns -A --sort-by=.metadata.name",
    "kubectl get svc -o custom-columns=NAME:.metadata.name,IP:.spec.clusterIP", "kubectl logs web", "kubectl exec web -- ls", "kubectl foo", "kubectl patch deploy web -p '{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"}}}}}'",
    "kubectl wait --for=delete svc/payments", "kubectl wait --for=condition=Available deploy/web --timeout=5s",
  ]) console.log(`$ ${line}\n${bench.session(line)}`);
});
