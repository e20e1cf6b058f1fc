/**
 * A Kubernetes cluster on the emulated network: a control plane, nodes with kubelets, flannel,
 * kube-proxy and CoreDNS, a router and a small outside.
 *
 * What runs on it (images, the nodes' own tools) is given, because the tools know the cluster
 * and not the other way round.
 */
import type { World } from "../core/world";
import type { YamlReader } from "../core/yaml-reader";
import { coreDns } from "../apps/coredns/server";
import { type Image, ImageRegistry } from "../apps/image";
import { pauseImage } from "../apps/images";
import type { Program } from "../host/proc";
import type { Machine } from "../host/machine";
import { ApiServer } from "../kube/api-server";

import type { Draft, Kind } from "../kube/types";
import type { Netns } from "../net/netns";
import { flanneld } from "./cni/flanneld";
import type { Flannel } from "./cni/flannel";
import { apiEndpoint } from "./api-endpoint";
import { ClusterNode } from "./cluster-node";
import { startControlPlane } from "./control-plane";
import { ServiceLinks } from "./kubelet/env";
import { ClusterRuntime } from "./kubelet/runtime";
import { makeHost } from "./host";
import { Network, NODE_NETWORK } from "./network";
import { Outside } from "./outside";
import type { ProxyMode } from "./proxy/config";
import { kubeProxy } from "./proxy/program";
import type { OtherModes } from "./proxy/start-backend";
import { CLUSTER_NETWORK, IMAGES, systemManifests } from "./system-manifests";

export type ClusterOptions = {
  /** How many nodes, or their names. */
  readonly nodes?: number | readonly string[];
  readonly cni?: "flannel";
  readonly proxyMode?: ProxyMode;
  /** kube-proxy's modes besides iptables; asked for when they are needed. */
  readonly otherProxyModes: () => OtherModes;
  /** How configuration files are read. */
  readonly readYaml: YamlReader;
  readonly dnsReplicas?: number;
  /** What can be pulled besides the system's own images. */
  readonly images?: readonly Image[];
  /** The nodes' tools: a shell, ip, iptables … */
  readonly programs?: readonly Program[];
  /** Labels of nodes, by name: zones and the like. */
  readonly nodeLabels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

export class Cluster {
  readonly api: ApiServer;
  readonly network: Network;
  readonly controlPlane: Machine;
  readonly nodes = new Map<string, ClusterNode>();
  readonly outside: Outside;
  readonly #otherProxyModes: () => OtherModes;
  readonly #readYaml: YamlReader;
  readonly #links = new ServiceLinks();
  readonly #flannels = new Map<Netns, Flannel>();

  constructor(
    readonly world: World,
    options: ClusterOptions,
  ) {
    this.#otherProxyModes = options.otherProxyModes;
    this.#readYaml = options.readYaml;
    this.api = new ApiServer(world);
    this.network = new Network(world);
    this.outside = new Outside(world, this.network, options.programs ?? []);
    this.controlPlane = makeHost(world, { name: "control-plane", programs: options.programs ?? [] });
    this.network.join(this.controlPlane.netns, `${NODE_NETWORK}.10`);
    this.controlPlane.start(apiEndpoint);
    startControlPlane(world, this.api.store);
    const registry = new ImageRegistry([...this.#systemImages(), ...(options.images ?? [])]);
    for (const draft of systemManifests(options.proxyMode ?? "iptables", options.dnsReplicas ?? 2)) this.create(draft);
    namesOf(options.nodes ?? 3).forEach((name, i) => this.#addNode(name, i + 1, registry, options));
    this.api.runtime = new ClusterRuntime(this.store, () => [...this.nodes.values()].map(({ kubelet }) => kubelet));
  }

  get store(): ApiServer["store"] {
    return this.api.store;
  }

  create<K extends Kind>(draft: Draft<K>): void {
    this.store.create(draft);
  }

  #addNode(name: string, number: number, registry: ImageRegistry, options: ClusterOptions): void {
    const node = new ClusterNode({ world: this.world, store: this.store, network: this.network, registry, name, number, programs: options.programs ?? [], labels: options.nodeLabels?.[name] ?? {}, links: this.#links });
    this.#flannels.set(node.netns, node.flannel);
    this.nodes.set(name, node);
    node.kubelet.start();
  }

  #systemImages(): Image[] {
    const { store } = this;
    const proxy = kubeProxy(store, this.#otherProxyModes, this.#readYaml);
    const agent = flanneld(store, CLUSTER_NETWORK, (netns) => this.#flannels.get(netns));
    return [
      pauseImage(),
      { reference: IMAGES.kubeProxy, sizeBytes: 33_000_000, programs: [], executables: { "/usr/local/bin/kube-proxy": proxy }, entrypoint: ["/usr/local/bin/kube-proxy"] },
      { reference: IMAGES.flannel, sizeBytes: 31_000_000, programs: [], executables: { "/opt/bin/flanneld": agent }, entrypoint: ["/opt/bin/flanneld"] },
      { reference: IMAGES.coreDns, sizeBytes: 23_000_000, programs: [], executables: { "/coredns": coreDns(store) }, entrypoint: ["/coredns"] },
    ];
  }

  /** Whether every Pod that is there is ready (or has done its work). */
  get settled(): boolean {
    const { store } = this;
    const nodesReady = store.list("Node").length === this.nodes.size && store.list("Node").every(({ status }) => (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True"));
    const deployed = store.list("Deployment").every(({ spec, status, metadata }) => (status.readyReplicas ?? 0) >= (spec.replicas ?? 1) && status.observedGeneration === metadata.generation);
    const daemons = store.list("DaemonSet").every(({ status }) => (status.numberReady ?? 0) === this.nodes.size);
    return nodesReady && deployed && daemons && store.list("Pod").every(({ status }) => status.phase === "Succeeded" || (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True"));
  }

  /** Runs the world until the cluster is settled, and a little longer, so that rules and caches are too; false if it never is. */
  settle(limitMs = 120_000): boolean {
    const { scheduler } = this.world;
    const untilMs = scheduler.nowMs + limitMs;
    while (!this.settled) {
      if (scheduler.nowMs >= untilMs || scheduler.nextMs === undefined) return false;
      scheduler.run(250);
    }
    scheduler.run(2000);
    return true;
  }
}

function namesOf(nodes: number | readonly string[]): readonly string[] {
  return typeof nodes === "number" ? Array.from({ length: nodes }, (_, i) => `node-${i + 1}`) : nodes;
}
