import { expect, test } from "vitest";
import { wholeValue } from "../../kube/schema/quantity";
import { makeCluster, type TestCluster } from "../cluster.test-support";

function start(): TestCluster {
  const test = makeCluster({ dnsReplicas: 0 });
  test.run(5);
  return test;
}

const ON_NODE_1 = { nodeName: "node-1" };
const SLEEP = { image: "busybox:1.36", command: ["sleep", "1000"] };
const STUBBORN = { image: "busybox:1.36", command: ["stubborn"] };

const waiting = (t: TestCluster, pod: string): unknown => t.read(pod).status.containerStatuses?.[0]?.state?.waiting;
const finished = (t: TestCluster, pod: string): Readonly<Record<string, string>> => {
  const { initContainerStatuses = [], containerStatuses = [] } = t.read(pod).status;
  return Object.fromEntries([...initContainerStatuses, ...containerStatuses].map(({ name, state }) => [name, state?.terminated?.finishedAt?.slice(17, 19) ?? "-"]));
};
/** The seconds at which each container of a Pod that is being deleted was seen to end. */
function endings(t: TestCluster, pod: string, seconds: number): readonly string[] {
  const seen: string[] = [];
  const alive = new Set(["app", "one", "two"]);
  const worker = [...t.cluster.nodes.values()].map(({ kubelet }) => kubelet.worker("default", pod)).find((one) => one !== undefined);
  for (let s = 1; s <= seconds; s++) {
    t.run(1);
    for (const container of worker?.containers ?? []) if (!container.running && alive.delete(container.name)) seen.push(`${container.name} ${s}`);
  }
  return seen;
}

test("Sidecars end after those that they serve, the last one first, all in one grace period.", () => {
  const t = start();
  const sidecar = { ...SLEEP, restartPolicy: "Always" };
  t.pod("web", { ...STUBBORN }, { ...ON_NODE_1, terminationGracePeriodSeconds: 6, initContainers: [{ ...sidecar, name: "one" }, { ...sidecar, name: "two" }] });
  t.run(10);
  t.store.delete("Pod", "web", "default");
  expect(endings(t, "web", 12)).toEqual(["app 6", "one 8", "two 8"]);
  expect(t.events("web").filter((line) => line.startsWith("Killing")).sort()).toEqual(["Killing: Stopping container app", "Killing: Stopping container one", "Killing: Stopping container two"]);
});

test("Sidecars that hear SIGTERM hear it when they are no longer needed, and not before.", () => {
  const t = start();
  const polite = (port: number): object => ({ image: "registry.example.com/payments-api:1.4", env: [{ name: "PORT", value: String(port) }] });
  const sidecar = (name: string, port: number): object => ({ ...polite(port), name, restartPolicy: "Always" });
  t.pod("web", { ...polite(8080), lifecycle: { preStop: { sleep: { seconds: 2 } } } }, { ...ON_NODE_1, initContainers: [sidecar("one", 8081), sidecar("two", 8082)] });
  t.run(10);
  t.store.delete("Pod", "web", "default");
  expect(endings(t, "web", 5)).toEqual(["one 2", "two 2", "app 2"]);
});

test("A sidecar that is no longer needed is told to end as soon as the last app has.", () => {
  const t = start();
  t.pod("batch", { image: "busybox:1.36", command: ["exit", "0"] }, { ...ON_NODE_1, restartPolicy: "Never", initContainers: [{ ...SLEEP, name: "one", restartPolicy: "Always" }] });
  t.run(10);
  expect(t.read("batch").status.phase).toBe("Succeeded");
  expect(t.events("batch")).toContain("Killing: Stopping container one");
});

test("Deleted by force, a container still hears SIGTERM, and has two seconds.", () => {
  const t = start();
  t.pod("web", STUBBORN, ON_NODE_1);
  t.run(5);
  t.store.delete("Pod", "web", "default", { gracePeriodSeconds: 0 });
  expect(endings(t, "web", 5)).toEqual(["app 2"]);
});

test("A second deletion may shorten the grace of the first.", () => {
  const t = start();
  t.pod("web", STUBBORN, { ...ON_NODE_1, terminationGracePeriodSeconds: 60 });
  t.run(5);
  t.store.delete("Pod", "web", "default");
  t.run(3);
  expect(t.store.get("Pod", "web", "default")?.metadata.deletionGracePeriodSeconds).toBe(60);
  t.store.delete("Pod", "web", "default", { gracePeriodSeconds: 4 });
  t.run(5);
  expect(t.store.get("Pod", "web", "default")).toBeUndefined();
});

test("A Pod that is deleted while a probe's verdict is carried out waits for that end.", () => {
  const t = start();
  t.pod("web", { ...STUBBORN, livenessProbe: { exec: { command: ["exit", "1"] }, periodSeconds: 1, failureThreshold: 1 } }, { ...ON_NODE_1, terminationGracePeriodSeconds: 20 });
  t.run(5);
  t.store.delete("Pod", "web", "default");
  t.run(3);
  expect(t.store.get("Pod", "web", "default")).toBeDefined();
  t.run(20);
  expect(t.store.get("Pod", "web", "default")).toBeUndefined();
});

test("Another image ends the container and starts it anew, at once.", () => {
  const t = start();
  t.pod("web", SLEEP, ON_NODE_1);
  t.run(5);
  t.store.modify("Pod", "web", "default", (pod) => void ((pod.spec.containers[0] as { image: string }).image = "busybox:1.37"));
  t.run(40);
  const { containerStatuses = [] } = t.read("web").status;
  expect([containerStatuses[0]?.image, containerStatuses[0]?.restartCount, containerStatuses[0]?.lastState?.terminated?.exitCode]).toEqual(["docker.io/library/busybox:1.37", 1, 137]);
  expect(t.events("web")).toContain("Killing: Container app definition changed, will be restarted");
});

test("Whoever waits for an image that does not exist need not wait once he has another.", () => {
  const t = start();
  t.pod("web", { ...SLEEP, image: "nope:1" }, ON_NODE_1);
  t.run(60);
  expect(waiting(t, "web")).toMatchObject({ reason: "ImagePullBackOff" });
  t.store.modify("Pod", "web", "default", (pod) => void ((pod.spec.containers[0] as { image: string }).image = "busybox:1.36"));
  t.run(2);
  expect(t.read("web").status.phase).toBe("Running");
});

test("A program that cannot be started is waited for under a name of its own, before that is a loop.", () => {
  const t = start();
  t.pod("web", { command: ["nowhere"] }, ON_NODE_1);
  t.run(0.5);
  const why = 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nowhere": executable file not found in $PATH: unknown';
  expect(waiting(t, "web")).toEqual({ reason: "RunContainerError", message: why });
  expect(t.read("web").status.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 128, reason: "StartError", startedAt: "1970-01-01T00:00:00Z", message: why });
  t.run(3);
  expect(waiting(t, "web")).toMatchObject({ reason: "CrashLoopBackOff" });
  t.pod("once", { command: ["nowhere"] }, { ...ON_NODE_1, restartPolicy: "Never" });
  t.run(3);
  expect([t.read("once").status.phase, t.read("once").status.containerStatuses?.[0]?.state?.terminated?.reason]).toEqual(["Failed", "StartError"]);
});

test("A probe's verdict promises a restart only to whom it comes.", () => {
  const t = start();
  const livenessProbe = { exec: { command: ["exit", "1"] }, periodSeconds: 1, failureThreshold: 1 };
  t.pod("never", { ...SLEEP, livenessProbe }, { ...ON_NODE_1, restartPolicy: "Never" });
  t.pod("side", SLEEP, { ...ON_NODE_1, initContainers: [{ ...SLEEP, name: "one", restartPolicy: "Always", livenessProbe }] });
  t.run(6);
  expect(t.events("never").filter((line) => line.startsWith("Killing"))).toEqual(["Killing: Container app failed liveness probe"]);
  expect(t.events("side").filter((line) => line.startsWith("Killing"))[0]).toMatch(/^Killing: Init container one failed liveness probe/);
});

test("A Pod may be given only so long.", () => {
  const t = start();
  t.pod("web", SLEEP, { ...ON_NODE_1, activeDeadlineSeconds: 8, terminationGracePeriodSeconds: 5 });
  t.run(7);
  expect(t.read("web").status.phase).toBe("Running");
  t.run(8);
  const { phase, reason, message } = t.read("web").status;
  expect({ phase, reason, message }).toEqual({ phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" });
  expect(t.events("web").at(-1)).toBe("Killing: Stopping container app");
  expect(t.events("web")).toContain("DeadlineExceeded: Pod was active on the node longer than the specified deadline");
  expect(finished(t, "web").app).not.toBe("-");
});

test("A long wait in a crash loop is told of again with every sync.", () => {
  const t = start();
  t.pod("web", { command: ["exit", "1"] }, ON_NODE_1);
  t.run(78);
  const count = (): number => t.store.list("Event").find(({ reason, involvedObject }) => reason === "BackOff" && involvedObject.name === "web")?.count ?? 0;
  const before = count();
  expect(waiting(t, "web")).toMatchObject({ reason: "CrashLoopBackOff" });
  t.run(60);
  expect(count()).toBe(before + 1);
});

test("A container's last words are in its status: a file of its own, or the end of its log.", () => {
  const t = start();
  t.pod("log", { command: ["exit", "3"], terminationMessagePolicy: "FallbackToLogsOnError" }, { ...ON_NODE_1, restartPolicy: "Never" });
  t.pod("silent", { command: ["exit", "3"] }, { ...ON_NODE_1, restartPolicy: "Never" });
  t.pod("file", SLEEP, { ...ON_NODE_1, restartPolicy: "Never" });
  t.run(5);
  const machine = t.machine("file");
  machine.fs.writeFile("/dev/termination-log", "out of luck");
  for (const process of machine.processes.values()) process.kill("SIGKILL");
  t.run(2);
  const last = (pod: string): unknown => t.read(pod).status.containerStatuses?.[0]?.state?.terminated?.message;
  expect([last("file"), last("log"), last("silent")]).toEqual(["out of luck", "ending with 3\n", undefined]);
});

test("What a container may have is there in the units that were asked for, rounded up, the node's where there is no limit.", () => {
  const t = start();
  const ref = (name: string, resource: string, divisor?: string): object => ({ name, valueFrom: { resourceFieldRef: { resource, ...(divisor && { divisor }) } } });
  const env = [ref("A", "limits.cpu"), ref("B", "limits.memory", "1Mi"), ref("C", "requests.cpu", "1m"), ref("D", "requests.memory"), ref("E", "requests.ephemeral-storage")];
  t.pod("web", { ...SLEEP, env, resources: { limits: { cpu: "1500m" }, requests: { cpu: "250m", memory: "64Mi" } } }, ON_NODE_1);
  t.run(3);
  const allocatable = t.store.read("Node", "node-1").status.allocatable?.memory ?? "";
  const { env: made } = t.machine("web");
  expect(["A", "B", "C", "D", "E"].map((name) => made.get(name))).toEqual(["2", String(wholeValue(allocatable) / 1024 ** 2), "250", "67108864", "0"]);
  expect(t.read("web").spec.containers[0]?.env?.[0]?.valueFrom?.resourceFieldRef).toEqual({ resource: "limits.cpu", divisor: "0" });
});

test("A server that is started again gets its port back, whatever calls of its first life are in TIME-WAIT.", () => {
  const t = start();
  const livenessProbe = { exec: { command: ["exit", "1"] }, initialDelaySeconds: 5, periodSeconds: 1, failureThreshold: 1 };
  t.pod("web", { image: "nginx:1.27", readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 }, livenessProbe }, ON_NODE_1);
  t.run(10);
  const [status] = t.read("web").status.containerStatuses ?? [];
  expect([status?.restartCount, status?.state?.running !== undefined]).toEqual([1, true]);
});
