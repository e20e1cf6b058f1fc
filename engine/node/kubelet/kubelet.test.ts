import { expect, test } from "vitest";
import type { ExecSession } from "../../kube/runtime";
import { text } from "../../core/bytes";
import { makeCluster, type TestCluster } from "../cluster.test-support";

function start(): TestCluster {
  const test = makeCluster({ dnsReplicas: 0 });
  test.run(5);
  return test;
}

const ON_NODE_1 = { nodeName: "node-1" };

test("A Pod comes up with an address, conditions and upstream's events.", () => {
  const t = start();
  t.pod("web", { image: "nginx:1.29", ports: [{ containerPort: 80 }] }, ON_NODE_1);
  t.run(3);
  const { status } = t.read("web");
  expect({ phase: status.phase, podIP: status.podIP, hostIP: status.hostIP, conditions: status.conditions?.map(({ type, status: is }) => `${type}=${is}`) }).toEqual({
    phase: "Running",
    podIP: "10.244.1.2",
    hostIP: "192.168.50.11",
    conditions: ["PodReadyToStartContainers=True", "Initialized=True", "Ready=True", "ContainersReady=True", "PodScheduled=True"],
  });
  expect(t.events("web")).toEqual(['Pulling: Pulling image "nginx:1.29"', 'Pulled: Successfully pulled image "nginx:1.29" in 285ms (285ms including waiting). Image size: 66060288 bytes.', "Created: Container created", "Started: Container started"]);
});

test("A container that ends is started again, at once, after 10 s, after 20 s.", () => {
  const t = start();
  t.pod("crash", { command: ["exit", "3"] }, ON_NODE_1);
  const starts: number[] = [];
  for (let s = 0; s < 80; s++) {
    t.run(1);
    const count = t.read("crash").status.containerStatuses?.[0]?.restartCount ?? 0;
    if (count > starts.length) starts.push(s);
  }
  expect(starts.map((at, i) => (i === 0 ? 0 : at - (starts[i - 1] ?? 0)))).toEqual([0, 10, 20, 40]);
  const [status] = t.read("crash").status.containerStatuses ?? [];
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  expect(t.events("crash").at(-1)).toMatch(/^BackOff: Back-off restarting failed container app in pod crash_default\([0-9a-f-]+\)/);
});

test("An image that no registry has is said so, and not asked for all the time.", () => {
  const t = start();
  t.pod("bad", { image: "nginx:nope" }, ON_NODE_1);
  t.run(2);
  const why = 'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:nope": failed to resolve reference "docker.io/library/nginx:nope": docker.io/library/nginx:nope: not found';
  expect(t.read("bad").status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: "ErrImagePull", message: why } });
  t.run(12);
  expect(t.events("bad").slice(0, 3)).toEqual(['Pulling: Pulling image "nginx:nope" (x2)', `Failed: Failed to pull image "nginx:nope": ${why} (x2)`, "Failed: Error: ErrImagePull (x2)"]);
});

test("Readiness decides about Ready, liveness about life.", () => {
  const t = start();
  t.pod("api", { image: "registry.example.com/payments-api:1.4", env: [{ name: "READY_DELAY_MS", value: "7000" }], readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 2 }, livenessProbe: { httpGet: { path: "/nowhere", port: 8080 }, periodSeconds: 5, failureThreshold: 2 } }, ON_NODE_1);
  t.run(4);
  expect(t.read("api").status.containerStatuses?.[0]?.ready).toBe(false);
  t.run(5);
  expect(t.read("api").status.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(t.events("api")).toContain("Killing: Container app failed liveness probe, will be restarted");
  expect(t.events("api").find((line) => line.startsWith("Unhealthy: Readiness"))).toMatch(/^Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503/);
});

test("A probe to a port where nobody listens says so in Go's words.", () => {
  const t = start();
  t.pod("deaf", { command: ["sleep", "1000"], readinessProbe: { tcpSocket: { port: 81 } } }, ON_NODE_1);
  t.pod("deafer", { command: ["sleep", "1000"], readinessProbe: { httpGet: { path: "/x", port: 81 } } }, ON_NODE_1);
  t.run(3);
  expect(t.events("deaf").at(-1)).toBe("Unhealthy: Readiness probe failed: dial tcp 10.244.1.2:81: connect: connection refused");
  expect(t.events("deafer").at(-1)).toBe('Unhealthy: Readiness probe failed: Get "http://10.244.1.3:81/x": dial tcp 10.244.1.3:81: connect: connection refused');
});

test("preStop comes before SIGTERM, SIGKILL when the grace period is over.", () => {
  const t = start();
  t.pod("polite", { image: "registry.example.com/payments-api:1.4", lifecycle: { preStop: { sleep: { seconds: 5 } } } }, ON_NODE_1);
  t.pod("stubborn", { command: ["stubborn"] }, { ...ON_NODE_1, terminationGracePeriodSeconds: 8 });
  t.run(3);
  for (const name of ["polite", "stubborn"]) t.store.delete("Pod", name, "default");
  t.run(4.5);
  expect(t.log("polite").at(-1)).not.toContain("stopped");
  t.run(1);
  expect(t.store.get("Pod", "polite", "default")).toBeUndefined();
  expect(t.store.get("Pod", "stubborn", "default")).toBeDefined();
  t.run(3);
  expect(t.store.get("Pod", "stubborn", "default")).toBeUndefined();
  expect(t.events("stubborn").at(-1)).toBe("Killing: Stopping container app");
});

test("A Pod's files and environment are the kubelet's work.", () => {
  const t = start();
  t.store.create({ kind: "ConfigMap", metadata: { namespace: "default", name: "settings" }, data: { colour: "green", size: "12" } });
  t.store.create({ kind: "Service", metadata: { namespace: "default", name: "my-db" }, spec: { clusterIP: "10.96.9.9", ports: [{ name: "pg", port: 5432, targetPort: 5432 as never }] } });
  t.pod("box", { command: ["sleep", "1000"], env: [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } }, { name: "ME", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }, { name: "BOTH", value: "$(COLOUR)-$(ME)" }], volumeMounts: [{ name: "settings", mountPath: "/etc/settings" }] }, { ...ON_NODE_1, volumes: [{ name: "settings", configMap: { name: "settings" } }] });
  t.run(3);
  const machine = t.machine("box");
  expect(machine.fs.readText("/etc/resolv.conf")).toBe("search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n");
  expect(machine.fs.readText("/etc/hosts").split("\n").at(-2)).toBe("10.244.1.2\tbox");
  expect(["BOTH", "MY_DB_SERVICE_HOST", "MY_DB_PORT_5432_TCP", "KUBERNETES_SERVICE_HOST", "HOSTNAME"].map((name) => machine.env.get(name))).toEqual(["green-10.244.1.2", "10.96.9.9", "tcp://10.96.9.9:5432", "10.96.0.1", "box"]);
  expect(machine.fs.readText("/etc/settings/colour")).toBe("green");
  const map = t.store.get("ConfigMap", "settings", "default")!;
  t.store.update({ ...map, data: { colour: "red" } });
  t.run(61);
  expect(machine.fs.list("/etc/settings").filter((name) => !name.startsWith(".."))).toEqual(["colour"]);
  expect(machine.fs.readText("/etc/settings/colour")).toBe("red");
});

test("A file mounted by subPath stays as it was when its container began.", () => {
  const t = start();
  t.store.create({ kind: "ConfigMap", metadata: { namespace: "default", name: "settings" }, data: { colour: "green" } });
  t.pod("box", { command: ["sleep", "100"], volumeMounts: [{ name: "settings", mountPath: "/etc/app/colour", subPath: "colour" }, { name: "settings", mountPath: "/etc/settings" }] }, { ...ON_NODE_1, volumes: [{ name: "settings", configMap: { name: "settings" } }] });
  t.run(3);
  const map = t.store.get("ConfigMap", "settings", "default")!;
  t.store.update({ ...map, data: { colour: "red" } });
  t.run(61);
  const read = () => ["/etc/app/colour", "/etc/settings/colour"].map((path) => t.machine("box").fs.readText(path));
  expect(read()).toEqual(["green", "red"]);
  t.run(60);
  expect(t.read("box").status.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(read()).toEqual(["red", "red"]);
});

test("Files that nobody has looked at are those of the container's first moment all the same.", () => {
  const token = "/var/run/secrets/kubernetes.io/serviceaccount";
  const look = (t: TestCluster) => {
    const { fs } = t.machine("web");
    return { resolv: fs.readText("/etc/resolv.conf"), labels: fs.readText("/etc/podinfo/labels"), token: fs.list(token), times: ["/", "/etc/hosts", "/usr/bin/nginx", `${token}/namespace`, "/etc/podinfo/labels"].map((path) => fs.stat(path).mtimeMs), hosts: fs.stat("/etc/hosts") };
  };
  const [early, late] = ["early", "late"].map((when) => {
    const t = start();
    const volumes = [{ name: "info", projected: { sources: [{ downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels['tier']" } }] } }] } }];
    t.pod("web", { image: "nginx:1.29", volumeMounts: [{ name: "info", mountPath: "/etc/podinfo" }] }, { ...ON_NODE_1, volumes }, { labels: { tier: "front" } });
    t.run(3);
    if (when === "early") look(t);
    t.cluster.nodes.get("node-1")!.machine.fs.writeFile("/etc/resolv.conf", "nameserver 192.0.2.1\nsearch example.com\n");
    t.store.modify("Pod", "web", "default", ({ metadata }) => void (metadata.labels = { tier: "back" }));
    const before = when === "early" ? look(t).labels : "front";
    t.run(3600);
    return { before, seen: look(t) };
  });
  expect(late?.seen).toEqual(early?.seen);
  expect(late?.seen.token.slice(1)).toEqual(["..data", "ca.crt", "namespace", "token"]);
  // They follow the label, as they would have if somebody had looked.
  expect([early?.before, late?.seen.labels]).toEqual(["front", "back"]);
});

test("Nameservers and search paths beyond what a resolver reads are left out, and that is said.", () => {
  const t = start();
  t.pod("many", { command: ["sleep", "100"] }, { ...ON_NODE_1, dnsConfig: { nameservers: ["192.0.2.1", "192.0.2.2", "192.0.2.3"], searches: Array.from({ length: 30 }, (_, i) => `s${i}.example.org`), options: [{ name: "ndots", value: "2" }, { name: "edns0" }] } });
  t.run(3);
  const search = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", ...Array.from({ length: 29 }, (_, i) => `s${i}.example.org`)].join(" ");
  expect(t.machine("many").fs.readText("/etc/resolv.conf")).toBe(`search ${search}\nnameserver 10.96.0.10\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:2 edns0\n`);
  expect(t.events("many").filter((line) => line.startsWith("DNSConfigForming"))).toEqual([
    "DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 192.0.2.1 192.0.2.2",
    `DNSConfigForming: Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${search}`,
  ]);
});

test("A Pod in the node's network has the node's name, and the node's hosts under a heading of the kubelet's.", () => {
  const t = start();
  t.pod("agent", { command: ["sleep", "100"] }, { ...ON_NODE_1, hostNetwork: true, hostAliases: [{ ip: "192.0.2.9", hostnames: ["db", "db.example.org"] }] });
  t.run(3);
  const { fs, env } = t.machine("agent");
  expect(env.get("HOSTNAME")).toBe("node-1");
  expect(fs.readText("/etc/hosts")).toBe(`# Kubernetes-managed hosts file (host network).\n${t.node("node-1").machine.fs.readText("/etc/hosts")}\n# Entries added by HostAliases.\n192.0.2.9\tdb\tdb.example.org\n`);
});

test("Init containers run one after the other, before the others.", () => {
  const t = start();
  t.pod("staged", { command: ["sleep", "1000"] }, { ...ON_NODE_1, initContainers: [{ name: "first", image: "busybox:1.36", command: ["sleep", "5"] }, { name: "second", image: "busybox:1.36", command: ["sleep", "5"] }] });
  t.run(4);
  expect(t.read("staged").status.phase).toBe("Pending");
  expect(t.read("staged").status.conditions?.find(({ type }) => type === "Initialized")).toMatchObject({ status: "False", reason: "ContainersNotInitialized", message: "containers with incomplete status: [first second]" });
  t.run(12);
  expect(t.read("staged").status.phase).toBe("Running");
  expect(t.read("staged").status.initContainerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual(["Completed", "Completed"]);
});

test("exec runs a program in the container, and says in runc's words when there is none.", () => {
  const t = start();
  t.pod("box", { command: ["sleep", "1000"] }, ON_NODE_1);
  t.run(3);
  const options = { stdin: false, stdout: true, stderr: true, tty: false };
  const session = t.cluster.api.runtime?.exec("default", "box", { ...options, command: ["exit", "7"] }) as ExecSession;
  t.run(1);
  const chunks: string[] = [];
  for (let chunk = session.stdout.read(); chunk !== undefined; chunk = session.stdout.read()) chunks.push(text(chunk));
  expect([chunks.join(""), session.status]).toEqual(["ending with 7\n", { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "NonZeroExitCode", message: "command terminated with non-zero exit code: exit status 7", details: { causes: [{ reason: "ExitCode", message: "7" }] } }]);
  const refused = t.cluster.api.runtime?.exec("default", "box", { ...options, command: ["ss", "-tlnp"] }) as { message: string };
  expect(refused.message).toMatch(/^Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "ss": executable file not found in \$PATH: unknown$/);
});

test("A system Pod that is deleted goes at once, and its DaemonSet makes another that writes the rules anew.", () => {
  const t = start();
  const before = t.podOn("node-1", "kube-proxy");
  t.store.delete("Pod", before, "kube-system");
  t.run(5);
  const after = t.podOn("node-1", "kube-proxy");
  expect([t.store.get("Pod", before, "kube-system"), after === before, t.read(after, "kube-system").status.phase]).toEqual([undefined, false, "Running"]);
  expect(t.log(after, "kube-system").some((line) => line.includes("fullSync=true"))).toBe(true);
});
