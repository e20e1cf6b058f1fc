/**
 * kubectl against the API server, command by command. The texts were compared with those of a real
 * kubectl (v1.32.4) speaking to the same server; where 1.36 words them differently, its source decided.
 */
import { expect, test } from "vitest";
import { Bench } from "../../../test/support/kubectl-bench";

const WEB = `apiVersion: apps/v1
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
metadata: {name: payments}
spec:
  selector: {app: payments-api}
  ports: [{port: 80, targetPort: 8080}]
`;

const POD = `apiVersion: v1
kind: Pod
metadata: {name: p1, labels: {app: web}}
spec:
  containers: [{name: app, image: nginx}, {name: side, image: busybox}]
`;

function aBench(): Bench {
  const bench = new Bench();
  bench.write("/root/web.yaml", WEB);
  bench.write("/root/pod.yaml", POD);
  bench.run("kubectl apply -f web.yaml -f pod.yaml");
  return bench;
}

/** Plays the lines that begin with $ and puts what was printed under each. */
function play(bench: Bench, script: string): string {
  const lines = script.split("\n").filter((line) => line.startsWith("$ "));
  return lines.map((line) => `${line}\n${bench.session(line.slice(2)).replace(/(?<=.)(?<!\n)$/, "\n")}`).join("");
}

function plays(script: string, bench = aBench()): void {
  const text = script.replace(/^\n/, "").replace(/^ {4}/gm, "").trimEnd();
  expect(play(bench, text).trimEnd()).toBe(text);
}

test("get prints the server's tables", () => {
  plays(`
    $ kubectl get svc
    NAME       TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE
    payments   ClusterIP   10.96.210.35   <none>        80/TCP    0s
    $ kubectl get svc -o wide --show-labels
    NAME       TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE   SELECTOR           LABELS
    payments   ClusterIP   10.96.210.35   <none>        80/TCP    0s    app=payments-api   <none>
    $ kubectl get pods -L app,tier
    NAME   READY   STATUS    RESTARTS   AGE   APP   TIER
    p1     0/2     Pending   0          0s    web   
    $ kubectl get deploy,svc --no-headers
    deployment.apps/web   0/2   0     0     0s
    service/payments   ClusterIP   10.96.210.35   <none>   80/TCP   0s
    $ kubectl get svc -A --no-headers
    default   payments   ClusterIP   10.96.210.35   <none>   80/TCP   0s
    $ kubectl get pods,svc -o name
    pod/p1
    service/payments
    $ kubectl get svc payments -o custom-columns=NAME:.metadata.name,PORTS:.spec.ports[*].port,X:.nope
    NAME       PORTS   X
    payments   80      <none>`);
});

test("get says what is not there", () => {
  plays(`
    $ kubectl get pods -n production
    No resources found in production namespace.
    $ kubectl get ingress -A
    No resources found
    $ kubectl get svc p2 payments
    NAME       TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE
    payments   ClusterIP   10.96.210.35   <none>        80/TCP    0s
    Error from server (NotFound): services "p2" not found
    [exit 1]
    $ kubectl get svc p2 --ignore-not-found
    $ kubectl get foo
    error: the server doesn't have a resource type "foo"
    [exit 1]
    $ kubectl get pods -o foo
    error: unable to match a printer suitable for the output format "foo", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml
    [exit 1]
    $ kubectl get ep
    Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
    No resources found in default namespace.`);
});

test("an object in YAML has sorted keys and no managed fields", () => {
  plays(`
    $ kubectl get svc payments -o yaml
    apiVersion: v1
    kind: Service
    metadata:
      annotations:
        kubectl.kubernetes.io/last-applied-configuration: |
          {"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"name":"payments","namespace":"default"},"spec":{"ports":[{"port":80,"targetPort":8080}],"selector":{"app":"payments-api"}}}
      creationTimestamp: "2026-11-20T12:00:00Z"
      name: payments
      namespace: default
      resourceVersion: "7"
      uid: 3ea067fe-014c-451d-9324-126937f4b953
    spec:
      clusterIP: 10.96.210.35
      clusterIPs:
      - 10.96.210.35
      internalTrafficPolicy: Cluster
      ipFamilies:
      - IPv4
      ipFamilyPolicy: SingleStack
      ports:
      - port: 80
        protocol: TCP
        targetPort: 8080
      selector:
        app: payments-api
      sessionAffinity: None
      type: ClusterIP
    status:
      loadBalancer: {}`);
});

test("describe shows a Service with the endpoints that are ready", () => {
  const bench = aBench();
  bench.session("kubectl apply -f -", `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: payments-abc, labels: {kubernetes.io/service-name: payments}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.1.4], conditions: {ready: true}}, {addresses: [10.244.2.5], conditions: {ready: false}}]
`);
  plays(
    `
    $ kubectl describe svc payments
    Name:                     payments
    Namespace:                default
    Labels:                   <none>
    Annotations:              <none>
    Selector:                 app=payments-api
    Type:                     ClusterIP
    IP Family Policy:         SingleStack
    IP Families:              IPv4
    IP:                       10.96.210.35
    IPs:                      10.96.210.35
    Port:                     <unset>  80/TCP
    TargetPort:               8080/TCP
    Endpoints:                10.244.1.4:8080
    Session Affinity:         None
    Internal Traffic Policy:  Cluster
    Events:                   <none>
    $ kubectl describe svc nope
    Error from server (NotFound): services "nope" not found
    [exit 1]`,
    bench,
  );
});

test("patch, and what the server refuses", () => {
  plays(`
    $ kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'
    service/payments patched
    $ kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'
    service/payments patched (no change)
    $ kubectl patch svc payments --type merge -p '{"spec":{"selector":{"app":"x"}}}' -o jsonpath={.spec.selector}
    {"app":"x"}
    $ kubectl patch svc payments --type json -p '[{"op":"remove","path":"/spec/selector"}]'
    service/payments patched
    $ kubectl patch svc payments -p 'spec: {selector: {app: z}}' --dry-run=server
    service/payments patched
    $ kubectl patch svc payments -p '{bad'
    Error from server (BadRequest): invalid character 'b' looking for beginning of object key string
    [exit 1]
    $ kubectl patch svc payments --type json -p '[{"op":"replace","path":"/spec/ports/0/port","value":70000}]'
    The Service "payments" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive
    [exit 1]
    $ kubectl patch svc payments
    error: must specify --patch or --patch-file containing the contents of the patch
    [exit 1]`);
});

test("apply creates, configures and leaves alone", () => {
  const bench = aBench();
  plays(
    `
    $ kubectl apply -f web.yaml
    deployment.apps/web unchanged
    service/payments unchanged`,
    bench,
  );
  bench.write("/root/web.yaml", WEB.replace("nginx:1.27", "nginx:1.28").replace("selector: {app: payments-api}", "selector: {app: payments}"));
  plays(
    `
    $ kubectl diff -f nope.yaml
    error: the path "nope.yaml" does not exist
    [exit 2]
    $ kubectl apply -f web.yaml --dry-run=server
    deployment.apps/web configured (server dry run)
    service/payments configured (server dry run)
    $ kubectl apply -f web.yaml
    deployment.apps/web configured
    service/payments configured
    $ kubectl get svc payments -o jsonpath={.spec.selector}{.spec.clusterIP}
    {"app":"payments"}10.96.210.35`,
    bench,
  );
});

test.each([
  ["kind: ConfigMap\nmetadata:\n\tname: x\n", "error: error parsing STDIN: error converting YAML to JSON: yaml: line 3: found character that cannot start any token"],
  ["kind: ConfigMap\nmetadata:\n  name: x: y\n", "error: error parsing STDIN: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context"],
  ["kind: ConfigMap\nmetadata:\n  name: x\n labels: y\n", "error: error parsing STDIN: error converting YAML to JSON: yaml: line 3: did not find expected key"],
  ["a: 1\n", 'error: error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false'],
  ["hello\n", 'error: error validating "STDIN": error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false'],
  ["", "error: no objects passed to apply"],
  ["apiVersion: v1\nkind: Servic\nmetadata: {name: bad}\n", 'error: resource mapping not found for name: "bad" namespace: "" from "STDIN": no matches for kind "Servic" in version "v1"\nensure CRDs are installed first'],
  ["apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {foo: x, ports: [{port: 80}]}\n", 'Error from server (BadRequest): error when creating "STDIN": Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.foo"'],
  ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nope}\n", 'Error from server (NotFound): error when creating "STDIN": namespaces "nope" not found'],
])("apply refuses a bad manifest %#", (manifest, message) => {
  expect(new Bench().session("kubectl apply -f -", manifest)).toBe(`${message}\n[exit 1]\n`);
});

test("labels, annotations, scale, set", () => {
  plays(`
    $ kubectl label pod p1 x=y
    pod/p1 labeled
    $ kubectl label pod p1 x=z
    error: 'x' already has a value (y), and --overwrite is false
    [exit 1]
    $ kubectl label pod p1 x- nope-
    label "nope" not found.
    pod/p1 unlabeled
    $ kubectl annotate deploy/web svc/payments owner=me
    deployment.apps/web annotated
    service/payments annotated
    $ kubectl scale deploy web --replicas=3
    deployment.apps/web scaled
    $ kubectl scale deploy/web --replicas=4 --current-replicas=9
    error: Expected replicas to be 9, was 3
    [exit 1]
    $ kubectl set image deploy/web web=nginx:1.28
    deployment.apps/web image updated
    $ kubectl set image deploy/web nope=x
    error: unable to find container named "nope"
    [exit 1]
    $ kubectl set selector svc payments app=payments
    service/payments selector updated
    $ kubectl get svc payments -o jsonpath={.spec.selector}
    {"app":"payments"}
    $ kubectl set env deploy/web A=b
    deployment.apps/web env updated
    $ kubectl set env deploy/web --list
    # Deployment web, container web
    A=b`);
});

test("delete names what it deletes, and where", () => {
  plays(`
    $ kubectl delete svc payments nope
    service "payments" deleted from default namespace
    Error from server (NotFound): services "nope" not found
    [exit 1]
    $ kubectl delete pod p1 --force
    pod "p1" force deleted from default namespace
    Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
    $ kubectl delete deploy -l app=web -o name
    deployment.apps/web
    $ kubectl delete deploy --all
    No resources found
    $ kubectl delete pods
    error: resource(s) were provided, but no name was specified
    [exit 1]`);
});

test("create makes common things without a manifest", () => {
  plays(`
    $ kubectl create deployment api --image=nginx --replicas=2 --port=80
    deployment.apps/api created
    $ kubectl create deployment api --image=nginx
    error: failed to create deployment: deployments.apps "api" already exists
    [exit 1]
    $ kubectl create service clusterip api --tcp=80:8080 --dry-run=client -o yaml
    apiVersion: v1
    kind: Service
    metadata:
      labels:
        app: api
      name: api
    spec:
      ports:
      - name: 80-8080
        port: 80
        protocol: TCP
        targetPort: 8080
      selector:
        app: api
      type: ClusterIP
    status:
      loadBalancer: {}
    $ kubectl create namespace default
    Error from server (AlreadyExists): namespaces "default" already exists
    [exit 1]
    $ kubectl expose deploy web --port=80 --target-port=8080
    service/web exposed
    $ kubectl run tmp --image=busybox --restart=Never -- sleep 1
    pod/tmp created
    $ kubectl create configmap c --from-literal=a=b
    configmap/c created
    $ kubectl get cm c -o jsonpath={.data}
    {"a":"b"}`);
});

test("mistakes on the command line are told in kubectl's words", () => {
  plays(`
    $ kubectl gett
    error: unknown command "gett" for "kubectl"
    
    Did you mean this?
    	set
    	get
    [exit 1]
    $ kubectl get --foo
    error: unknown flag: --foo
    See 'kubectl get --help' for usage.
    [exit 1]
    $ kubectl rollout foo
    error: unknown command "foo"
    See 'kubectl rollout -h' for help and examples
    [exit 1]
    $ kubectl exec p1 ls
    error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead
    See 'kubectl exec -h' for help and examples
    [exit 1]
    $ kubectl scale deploy/web
    error: required flag(s) "replicas" not set
    [exit 1]
    $ kubectl get pod/p1 svc
    error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'
    [exit 1]
    $ kubectl get pods --as=bob
    not modelled: --as
    [exit 2]
    $ kubectl kustomize .
    not modelled: kubectl kustomize
    [exit 2]
    $ kubectl autoscale deploy web --min=1
    not modelled: kubectl autoscale
    [exit 2]`);
});

test("rollout status tells how far a Deployment is, and gives up in time", () => {
  plays(`
    $ kubectl rollout status deploy/web --timeout=5s
    Waiting for deployment spec update to be observed...
    error: timed out waiting for the condition
    [exit 1]
    $ kubectl rollout pause deploy/web
    deployment.apps/web paused
    $ kubectl rollout restart deploy/web
    error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
    [exit 1]
    $ kubectl rollout resume deploy/web
    deployment.apps/web resumed
    $ kubectl rollout restart deploy/web
    deployment.apps/web restarted
    $ kubectl rollout restart deploy/web
    error: failed to create patch for web: if restart has already been triggered within the past second, please wait before attempting to trigger another
    [exit 1]
    $ kubectl wait --for=condition=Available deploy/web --timeout=2s
    error: timed out waiting for the condition on deployments/web
    [exit 1]
    $ kubectl wait --for=jsonpath={.spec.replicas}=2 deploy/web
    deployment.apps/web condition met
    $ kubectl wait --for=delete pod/nope`);
});

test("the context's namespace is kept in the kubeconfig", () => {
  plays(`
    $ kubectl config current-context
    kubernetes-admin@kubernetes
    $ kubectl config set-context --current --namespace=production
    Context "kubernetes-admin@kubernetes" modified.
    $ kubectl get pods
    No resources found in production namespace.
    $ kubectl config get-contexts
    CURRENT   NAME                          CLUSTER      AUTHINFO           NAMESPACE
    *         kubernetes-admin@kubernetes   kubernetes   kubernetes-admin   production
    $ kubectl config use-context nope
    error: no context exists with the name: "nope"
    [exit 1]
    $ kubectl get pods -n default -o name
    pod/p1
    $ kubectl auth can-i delete nodes
    yes
    Warning: resource 'nodes' is not namespace scoped
    
    $ kubectl top pod
    error: Metrics API not available
    [exit 1]`);
});

test("a watch prints rows under its header as things change, until it is interrupted", () => {
  const bench = aBench();
  bench.world.scheduler.after(1000, () => bench.server.store.patch("Service", "payments", "default", "merge", { spec: { selector: { app: "x" } } }));
  bench.world.scheduler.after(2000, () => bench.server.store.delete("Service", "payments", "default"));
  const { stdout, exit } = bench.run("kubectl get svc -w -o wide", { forMs: 5000 });
  expect([stdout, exit]).toEqual([
    "NAME       TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE   SELECTOR\n" +
      "payments   ClusterIP   10.96.210.35   <none>        80/TCP    0s    app=payments-api\n" +
      "payments   ClusterIP   10.96.210.35   <none>        80/TCP    1s    app=x\n" +
      "payments   ClusterIP   10.96.210.35   <none>        80/TCP    2s    app=x\n",
    undefined,
  ]);
});

test("delete waits for finalizers", () => {
  const bench = aBench();
  bench.session(`kubectl patch svc payments --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'`);
  bench.world.scheduler.after(3000, () => bench.server.store.patch("Service", "payments", "default", "merge", { metadata: { finalizers: null } }));
  const began = bench.world.scheduler.nowMs;
  expect(bench.session("kubectl delete svc payments")).toBe('service "payments" deleted from default namespace\n');
  expect(bench.world.scheduler.nowMs - began).toBe(3000);
});
