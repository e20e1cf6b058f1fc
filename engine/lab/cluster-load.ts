/**
 * Load for the benchmark: a cluster of many nodes, with so many Services of five Pods each, as
 * it comes up, stands idle, and is rolled out anew. Nothing is left out: each node has its own
 * kubelet, CNI plugin and kube-proxy, each Pod a namespace and a web server that listens in it.
 * Whoever measures brings the clock.
 */
import { Rng } from "../core/rng";
import { unixMs } from "../core/date";
import { Scheduler } from "../core/scheduler";
import { Trace } from "../core/trace";
import type { World } from "../core/world";
import { defaultImages } from "../apps/images";
import { allTools } from "../bin/index";
import type { Draft } from "../kube/types";
import { Cluster } from "../node/cluster";

export type ClusterSize = { readonly nodes: number; readonly services: number; readonly pods: number };

const IMAGE = "registry.example.com/echo-server:1.0";
const NEXT_IMAGE = "registry.example.com/checkout:2.0";
const PORT = 8080;
const NAMESPACES = 50;
const LIMIT_MS = 600_000;
/** A namespace gets its service account a moment later, and no Pod is admitted before that. */
const MOMENT_MS = 100;
/** flanneld looks after its rules every five seconds. */
const AGENTS_MS = 5000;

export class ClusterLoad {
  readonly #world: World = { scheduler: new Scheduler(), rng: new Rng(1), trace: new Trace(), epochMs: unixMs(2026, 11, 21, 9, 0, 0) };
  readonly #cluster: Cluster;

  constructor(private readonly size: ClusterSize) {
    this.#cluster = new Cluster(this.#world, { nodes: size.nodes, otherProxyModes: () => allTools.proxyModes, readYaml: allTools.readYaml, images: defaultImages({ shell: [], network: [], busybox: [] }) });
  }

  get nowMs(): number {
    return this.#world.scheduler.nowMs;
  }

  /** Until every node is ready and has its own Pods, and every agent has looked at its work once. */
  boot(): void {
    this.#settle();
    this.#world.scheduler.run(AGENTS_MS);
  }

  /** Until all Services and their Pods are there, and every kube-proxy knows them. */
  fill(): void {
    const { services, pods } = this.size;
    for (let i = 0; i < Math.min(NAMESPACES, services); i++) this.#cluster.create({ kind: "Namespace", metadata: { name: namespaceOf(i) } });
    this.#world.scheduler.run(MOMENT_MS);
    for (let i = 0; i < services; i++) {
      this.#cluster.create(service(i));
      const replicas = Math.floor(((i + 1) * pods) / services) - Math.floor((i * pods) / services);
      this.#cluster.create(deployment(namespaceOf(i), `web-${i}`, replicas, IMAGE));
    }
    this.#settle();
  }

  /** Nothing happens for so long. */
  idle(ms: number): void {
    this.#world.scheduler.run(ms);
  }

  /** One more Deployment of so many replicas, ready. */
  deploy(replicas: number): void {
    this.#cluster.create(deployment("default", "rolling", replicas, IMAGE));
    this.#settle();
  }

  /** Its rolling update, from the new template to the last old Pod's end; how long it took in the world. */
  rollOut(): number {
    const { store } = this.#cluster;
    const began = this.nowMs;
    store.modify("Deployment", "rolling", "default", ({ spec }) => {
      const [container] = spec.template.spec?.containers ?? [];
      if (container !== undefined) container.image = container.image === IMAGE ? NEXT_IMAGE : IMAGE;
    });
    const wanted = store.read("Deployment", "rolling", "default").spec.replicas ?? 1;
    this.#until(() => {
      const { status, metadata } = store.read("Deployment", "rolling", "default");
      return status.observedGeneration === metadata.generation && status.updatedReplicas === wanted && status.replicas === wanted && status.availableReplicas === wanted;
    });
    return this.nowMs - began;
  }

  #settle(): void {
    if (!this.#cluster.settle(LIMIT_MS)) throw new Error("the cluster never settles");
  }

  #until(done: () => boolean): void {
    const { scheduler } = this.#world;
    const untilMs = scheduler.nowMs + LIMIT_MS;
    while (!done()) {
      if (scheduler.nowMs >= untilMs || scheduler.nextMs === undefined) throw new Error("the cluster never gets there");
      scheduler.run(250);
    }
  }
}

function namespaceOf(i: number): string {
  return `ns-${i % NAMESPACES}`;
}

function service(i: number): Draft<"Service"> {
  return { kind: "Service", metadata: { name: `web-${i}`, namespace: namespaceOf(i) }, spec: { selector: { app: `web-${i}` }, ports: [{ port: 80, targetPort: PORT }] } };
}

function deployment(namespace: string, name: string, replicas: number, image: string): Draft<"Deployment"> {
  const labels = { app: name };
  return {
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "web", image, ports: [{ containerPort: PORT }] }] } } },
  };
}
