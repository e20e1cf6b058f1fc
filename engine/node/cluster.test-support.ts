/** A cluster for tests: three nodes, a few programs, and ways to look at it from inside. */
import { parseYaml } from "../core/yaml";
import { unixMs } from "../core/date";
import { compare } from "../core/order";
import { Rng } from "../core/rng";
import { Scheduler } from "../core/scheduler";
import type { Task } from "../core/task";
import { Trace } from "../core/trace";
import type { World } from "../core/world";
import { type HttpAnswer, httpGet } from "../apps/http-client";
import { defaultImages } from "../apps/images";
import { lookup } from "../host/resolver";
import type { Machine } from "../host/machine";
import type { Proc, Program } from "../host/proc";
import type { Draft, Pod } from "../kube/types";
import { otherModes } from "./proxy/other-modes";
import { save } from "../netfilter/iptables/save";
import { runIptables } from "../netfilter/iptables/command";
import { printIp } from "../wire/ip";
import { Cluster, type ClusterOptions } from "./cluster";

export function makeWorld(seed = 1): World {
  return { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: unixMs(2026, 11, 21, 9) };
}

const sleep: Program = {
  name: "sleep",
  summary: "waits",
  *run(proc) {
    yield* proc.sleep(Number(proc.args[0] ?? 0) * 1000);
    return 0;
  },
};
const exit: Program = {
  name: "exit",
  summary: "ends with a status",
  *run(proc) {
    yield* proc.out(`ending with ${proc.args[0]}\n`);
    return Number(proc.args[0] ?? 0);
  },
};
const cat: Program = {
  name: "cat",
  summary: "prints files",
  *run(proc) {
    for (const path of proc.args) yield* proc.out(proc.fs.readText(proc.resolve(path)));
    return 0;
  },
};
/** Takes no notice of SIGTERM. */
const stubborn: Program = {
  name: "stubborn",
  summary: "ignores SIGTERM",
  *run(proc) {
    proc.onSignal("SIGTERM", "ignore");
    yield* proc.sleep(1e9);
    return 0;
  },
};

export function makeCluster(options: Partial<ClusterOptions> = {}, world = makeWorld()): TestCluster {
  const tools = [sleep, exit, cat, stubborn];
  return new TestCluster(new Cluster(world, { otherProxyModes: () => otherModes, readYaml: parseYaml, images: defaultImages({ shell: tools, network: [], busybox: [] }), programs: tools, ...options }));
}

export class TestCluster {
  constructor(readonly cluster: Cluster) {}

  get world(): World {
    return this.cluster.world;
  }

  get store(): Cluster["store"] {
    return this.cluster.store;
  }

  run(seconds: number): void {
    this.world.scheduler.run(seconds * 1000);
  }

  /** A Pod of one container; bound to a node when one is named. */
  pod(name: string, container: object, spec: object = {}, metadata: object = {}): void {
    this.store.create({ kind: "Pod", metadata: { namespace: "default", name, ...metadata }, spec: { containers: [{ name: "app", image: "busybox:1.36", ...container }], ...spec } } as Draft<"Pod">);
  }

  read(name: string, namespace = "default"): Pod {
    const found = this.store.get("Pod", name, namespace);
    if (found === undefined) throw new Error(`no such Pod: ${name}`);
    return found;
  }

  machine(pod: string, namespace = "default"): Machine {
    for (const { kubelet } of this.cluster.nodes.values()) {
      const run = kubelet.worker(namespace, pod)?.containers.find(({ running }) => running)?.run;
      if (run) return run.machine;
    }
    throw new Error(`no running container in ${pod}`);
  }

  log(pod: string, namespace = "default"): string[] {
    for (const { kubelet } of this.cluster.nodes.values()) {
      const run = kubelet.worker(namespace, pod)?.containers[0]?.run;
      if (run) return run.log.from(0).map(({ text }) => text);
    }
    return [];
  }

  /** Runs a piece of program in a machine until it is done, at most so long. */
  inside<T>(machine: Machine, body: (proc: Proc) => Task<T>, seconds = 30): T | undefined {
    let result: T | undefined;
    const process = machine.start({
      name: "probe",
      summary: "",
      *run(proc) {
        result = yield* body(proc);
        return 0;
      },
    });
    const until = this.world.scheduler.nowMs + seconds * 1000;
    while (!process.exited && this.world.scheduler.nowMs < until) this.world.scheduler.run(1);
    return result;
  }

  /** "200 body", or what went wrong. */
  get(machine: Machine, url: string, timeoutMs = 4000): string {
    const got: HttpAnswer | undefined = this.inside(machine, (proc) => httpGet(proc, url, { timeoutMs }), timeoutMs / 1000 + 5);
    return got === undefined ? "no answer" : got.kind === "answered" ? `${got.status} ${got.body.trimEnd()}` : got.why;
  }

  resolve(machine: Machine, name: string): string {
    const found = this.inside(machine, (proc) => lookup(proc, name));
    return found === undefined ? "no answer" : "error" in found ? found.error : found.addresses.map(printIp).sort().join(" ");
  }

  /** The full name of the Pod on that node whose name begins so. */
  podOn(node: string, prefix: string): string {
    return this.store.list("Pod").find(({ metadata, spec }) => metadata.name.startsWith(prefix) && spec.nodeName === node)?.metadata.name ?? "";
  }

  rules(node: string): string[] {
    return save(this.node(node).netfilter, {}).split("\n").filter((line) => !line.startsWith("#"));
  }

  iptables(node: string, line: string): void {
    const done = runIptables(this.node(node).netfilter, ["iptables", ...line.split(" ")]);
    if (done.exit !== 0) throw new Error(done.stderr);
  }

  node(name: string) {
    const node = this.cluster.nodes.get(name);
    if (node === undefined) throw new Error(`no such node: ${name}`);
    return node;
  }

  /** "Reason: message" of an object's events, in the order they were first seen, with counts. */
  events(name: string, namespace = "default"): string[] {
    return this.store
      .list("Event", { namespace })
      .filter((event) => event.involvedObject.name === name)
      .sort((a, b) => compare(a.firstTimestamp ?? "", b.firstTimestamp ?? "") || Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason, message, count }) => `${reason}: ${message}${(count ?? 1) > 1 ? ` (x${count})` : ""}`);
  }
}
