import { expect, test } from "vitest";
import { setEphemeralContainers } from "../../kube/rest/subresources";
import type { Pod } from "../../kube/types";
import { makeCluster, type TestCluster } from "../cluster.test-support";

const ON_NODE_1 = { nodeName: "node-1" };

function start(spec: object = {}): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(5);
  t.pod("box", { command: ["sleep", "1000"] }, { ...ON_NODE_1, ...spec });
  t.run(3);
  return t;
}

function add(t: TestCluster, name: string, more: object): void {
  const pod = t.read("box");
  setEphemeralContainers(t.store, { ...pod, spec: { ...pod.spec, ephemeralContainers: [...(pod.spec.ephemeralContainers ?? []), { name, image: "busybox:1.36", ...more }] } } as Pod);
}

/** What each container's process is, and what it sees: "name: pid of pids". */
function pids(t: TestCluster, pod = "box"): string[] {
  const worker = t.node("node-1").kubelet.worker("default", pod);
  return (worker?.containers ?? []).flatMap(({ name, run, running }) => (run && running ? [`${name}: ${run.process.pid} of ${[...run.machine.processes.keys()].join(" ")}`] : []));
}

test("an ephemeral container runs once, beside the others, in the Pod's network", () => {
  const t = start();
  add(t, "look", { command: ["exit", "3"] });
  t.run(3);
  const { status } = t.read("box");
  expect(status.phase).toBe("Running");
  expect(status.ephemeralContainerStatuses).toMatchObject([{ name: "look", ready: false, restartCount: 0, state: { terminated: { exitCode: 3, reason: "Error" } } }]);
  expect(status.ephemeralContainerStatuses?.[0]).not.toHaveProperty("started");
  t.run(60);
  expect(t.read("box").status.ephemeralContainerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 3 } } });
  expect(t.events("box").slice(-3)).toEqual(['Pulled: Container image "busybox:1.36" already present on machine and can be accessed by the pod', "Created: Container created (x2)", "Started: Container started (x2)"].map((line) => expect.stringContaining(line.replace(/ \(x2\)$/, ""))));
});

test("with a target it sees the target's processes, and ends with them", () => {
  const t = start();
  add(t, "alone", { command: ["sleep", "1000"] });
  add(t, "beside", { command: ["sleep", "1000"], targetContainerName: "app" });
  t.run(2);
  expect(pids(t)).toEqual(["app: 1 of 1 2", "alone: 1 of 1", "beside: 2 of 1 2"]);
  t.machine("box").processes.get(1)?.kill("SIGKILL");
  t.run(3);
  expect(t.read("box").status.ephemeralContainerStatuses?.map(({ state }) => state?.terminated?.exitCode)).toEqual([undefined, 137]);
  expect(t.read("box").status.containerStatuses?.[0]?.restartCount).toBe(1);
});

test("a target that is not there leaves it waiting", () => {
  const t = start({ initContainers: [{ name: "first", image: "busybox:1.36", command: ["exit", "0"] }] });
  add(t, "beside", { command: ["sleep", "1000"], targetContainerName: "first" });
  t.run(2);
  expect(t.read("box").status.ephemeralContainerStatuses?.[0]?.state).toEqual({ waiting: { reason: "CreateContainerConfigError", message: "unable to find target container first" } });
});

test("shareProcessNamespace: /pause is the first process of all containers", () => {
  const t = start({ shareProcessNamespace: true, containers: [{ name: "a", image: "busybox:1.36", command: ["sleep", "1000"] }, { name: "b", image: "busybox:1.36", command: ["sleep", "1000"] }] });
  add(t, "c", { command: ["sleep", "1000"] });
  t.run(2);
  expect(pids(t)).toEqual(["a: 2 of 1 2 3 4", "b: 3 of 1 2 3 4", "c: 4 of 1 2 3 4"]);
  const pause = t.machine("box").processes.get(1);
  expect(pause?.argv).toEqual(["/pause"]);
  t.store.delete("Pod", "box", "default");
  t.run(40);
  expect(pause?.exited).toBe(true);
});

test("hostPID: the node's processes", () => {
  const t = start({ hostPID: true, hostNetwork: true });
  const [line = ""] = pids(t);
  expect(Number(/: (\d+) of/.exec(line)?.[1])).toBeGreaterThan(1);
  t.store.delete("Pod", "box", "default");
  t.run(40);
  expect(t.store.get("Pod", "box", "default")).toBeUndefined();
});

test("what an ephemeral container may not have, and that it stays as it is", () => {
  const t = start();
  const tryTo = (name: string, more: object): string => {
    try {
      add(t, name, more);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const refused = (why: string) => `Pod "box" is invalid: spec.ephemeralContainers[0].${why}`;
  expect(tryTo("x", { ports: [{ containerPort: 80 }] })).toBe(refused("ports: Forbidden: cannot be set for an Ephemeral Container"));
  expect(tryTo("x", { readinessProbe: { tcpSocket: { port: 80 } } })).toBe(refused("readinessProbe: Forbidden: cannot be set for an Ephemeral Container"));
  expect(tryTo("app", {})).toBe(refused('name: Duplicate value: "app"'));
  expect(tryTo("x", { targetContainerName: "none" })).toBe(refused('targetContainerName: Not found: "none"'));
  add(t, "x", {});
  const pod = t.read("box");
  expect(() => setEphemeralContainers(t.store, { ...pod, spec: { ...pod.spec, ephemeralContainers: [] } } as Pod)).toThrow('Pod "box" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "x" may not be removed');
  expect(() => t.pod("new", {}, { ephemeralContainers: [{ name: "x", image: "busybox" }] })).toThrow('Pod "new" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create');
});
