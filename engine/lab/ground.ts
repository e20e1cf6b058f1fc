/**
 * What a lab stands on: its machines and, where it has one, its Kubernetes. The only place that
 * knows everybody: images get their tools here, and the bastion its kubectl.
 */
import { defaultImages } from "../apps/images";
import { atHand } from "../bin/at-hand";
import { catalogue, everything } from "../bin/catalogue";
import type { EditHook } from "../bin/kubectl/command";
import { kubectl } from "../bin/kubectl/main";
import { ssh } from "../bin/ssh";
import type { Tools } from "../bin/tools";
import type { Later } from "../core/later";
import type { World } from "../core/world";
import { type YamlReader, yamlReader } from "../core/yaml-reader";
import type { Machine } from "../host/machine";
import type { KubeApi } from "../kube/api";
import type { Kind } from "../kube/types";
import { definitionOf, isKind, KINDS } from "../kube/resources/registry";
import { attachNetfilter } from "../netfilter/attach";
import { addrAdd, joinCable, linkSet } from "../net/netlink";
import type { Netns } from "../net/netns";
import { Cluster } from "../node/cluster";
import { makeHost } from "../node/host";
import { RESOLVER } from "../node/outside";
import { bash, sh } from "../shell/bash";
import { ip } from "../wire/ip";
import { type ClusterAccess, LabProblem } from "./contract";
import type { AnyObject, Objects } from "./goals";
import type { Lab } from "./lab";
import type { FlowSource } from "./traffic-spec";

/** Creates one object through the API server's front door, with all its defaults and refusals. */
function applyObject(api: KubeApi | undefined, path: string, object: unknown): void {
  if (api === undefined) throw new LabProblem(`${path}: there is no Kubernetes in this world`);
  const { apiVersion, kind, metadata } = object as { apiVersion?: string; kind?: string; metadata?: { namespace?: string; name?: string } };
  const resource = typeof kind === "string" && isKind(kind) ? definitionOf(kind) : undefined;
  if (apiVersion === undefined || resource === undefined) throw new LabProblem(`${path}: unknown kind ${apiVersion}/${kind}`);
  const namespace = resource.namespaced ? `/namespaces/${metadata?.namespace ?? "default"}` : "";
  const prefix = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const { status, body } = api.request({ method: "POST", path: `${prefix}${namespace}/${resource.plural}`, query: { fieldValidation: "Strict" }, body: object });
  if (status >= 300) throw new LabProblem(`${path}: ${kind} ${metadata?.name}: ${(body as { message?: string }).message}`);
}

const BASTION_ADDRESS = "192.168.50.5";

export class Ground implements Objects {
  readonly #readYaml: YamlReader = yamlReader(() => this.tools.value.readYaml);
  readonly #hosts = new Map<string, Machine>();
  readonly #cluster: Cluster | undefined;

  constructor(
    readonly world: World,
    lab: Lab,
    private readonly tools: Later<Tools>,
    edit: EditHook,
  ) {
    if (lab.world.base === "cluster") this.#cluster = this.#buildCluster(lab, edit);
    else this.#buildBareNode();
    const home = this.#hosts.get(lab.places[0]?.host ?? "");
    for (const { path, text } of lab.home) {
      if (path.includes("/")) home?.fs.mkdir(`/root/${path.slice(0, path.lastIndexOf("/"))}`, { parents: true });
      home?.fs.writeFile(`/root/${path}`, text);
    }
  }

  #buildCluster(lab: Lab, edit: EditHook): Cluster {
    const { world } = this;
    const shelves = catalogue(this.tools, atHand);
    const all = everything(shelves);
    const shell = [bash, sh, ...shelves.coreutils];
    const cluster = new Cluster(world, { nodes: lab.world.nodes, cni: lab.world.cni, proxyMode: lab.world.proxyMode, otherProxyModes: () => this.tools.value.proxyModes, readYaml: this.#readYaml, images: defaultImages({ shell, network: [...shelves.networkTools, ...shelves.networkClients], busybox: shelves.busybox }), programs: [bash, sh, ...all] });
    for (const [name, node] of cluster.nodes) this.#hosts.set(name, node.machine);
    for (const machine of [cluster.controlPlane, ...cluster.outside.machines]) this.#hosts.set(machine.hostname, machine);
    const control = kubectl({ api: cluster.api, runtime: () => cluster.api.runtime, rest: () => this.tools.value.kubectl, defaultNamespace: lab.summary.namespace, edit });
    const hosts = [...cluster.nodes.values()].map(({ name, address }) => `${address}\t${name}\n`).join("");
    const bastion = makeHost(world, { name: "bastion", programs: [bash, sh, control, ssh((host) => this.#sshHost(host)), ...all], resolvConf: `nameserver ${RESOLVER}\n`, hosts: `192.168.50.10\tcontrol-plane\n${hosts}` });
    cluster.network.join(bastion.netns, BASTION_ADDRESS);
    for (const machine of [bastion, cluster.controlPlane, ...cluster.outside.machines]) attachNetfilter(machine.netns);
    this.#hosts.set("bastion", bastion);
    for (const { machine } of cluster.nodes.values()) for (const [key, value] of lab.world.sysctls) machine.netns.sysctl.set(key, value);
    return cluster;
  }

  #buildBareNode(): void {
    const programs = [bash, sh, ...everything(catalogue(this.tools, atHand))];
    const [node, client] = ["node", "client"].map((name) => makeHost(this.world, { name, programs, hosts: "192.168.50.11\tnode\n192.168.50.99\tclient\n" })) as [Machine, Machine];
    joinCable(this.world, node.netns, "eth0", client.netns, "eth0", { latencyMs: 0.05 });
    for (const [machine, address] of [[node, "192.168.50.11"], [client, "192.168.50.99"]] as const) {
      linkSet(machine.netns, "lo", { up: true });
      linkSet(machine.netns, "eth0", { up: true });
      addrAdd(machine.netns, "eth0", { address: ip(address), bits: 24 });
      attachNetfilter(machine.netns);
      this.#hosts.set(machine.hostname, machine);
    }
  }

  /** By name or by address, as the bastion's user would write it. */
  #sshHost(host: string): Machine | undefined {
    const byAddress = [...(this.#cluster?.nodes.values() ?? [])].find(({ address }) => address === host)?.machine;
    return byAddress ?? this.#hosts.get(host);
  }

  get cluster(): ClusterAccess | undefined {
    return this.#cluster && { api: this.#cluster.api, runtime: this.#cluster.api.runtime };
  }

  /** Where a place's shell runs: a host by name, or "pod/NAMESPACE/NAME". */
  machineAt(place: string): Machine | undefined {
    const pod = /^pod\/([^/]+)\/([^/]+)$/.exec(place);
    return pod ? this.podMachine(pod[1] ?? "", pod[2] ?? "") : this.#hosts.get(place);
  }

  /** The first container of a Pod that runs one. */
  podMachine(namespace: string, name: string): Machine | undefined {
    for (const { kubelet } of this.#cluster?.nodes.values() ?? []) {
      const machine = kubelet.worker(namespace, name)?.containers[0]?.run?.machine;
      if (machine !== undefined) return machine;
    }
    return undefined;
  }

  /** The machines a flow may start from now. */
  sources(from: FlowSource): readonly Machine[] {
    if (from.kind === "host") return [this.#hosts.get(from.host)].filter((machine) => machine !== undefined);
    return this.list("Pod", { namespace: from.namespace, selector: from.selector }).flatMap(({ metadata }) => this.podMachine(from.namespace, metadata.name ?? "") ?? []);
  }

  list(kind: string, { namespace, selector }: { readonly namespace?: string; readonly selector?: string }): readonly AnyObject[] {
    if (this.#cluster === undefined || !isKind(kind)) return [];
    return this.#cluster.store.list(kind as Kind, { ...(namespace !== undefined && { namespace }), ...(selector !== undefined && { labelSelector: selector }) }) as readonly unknown[] as readonly AnyObject[];
  }

  /** Everything in the API, in the order of kinds and names. */
  allObjects(): readonly unknown[] {
    const store = this.#cluster?.store;
    return store === undefined ? [] : KINDS.flatMap((kind) => store.list(kind) as readonly unknown[]);
  }

  namespaces(): readonly Netns[] {
    const hosts = [...this.#hosts.values()].map(({ netns }) => netns);
    const pods = [...(this.#cluster?.nodes.values() ?? [])].flatMap(({ kubelet }) => kubelet.workers.flatMap(({ sandbox }) => (sandbox === undefined || sandbox.host ? [] : [sandbox.netns])));
    return [...hosts, ...pods];
  }

  /** Applies a manifest as kubectl would. Throws LabProblem. */
  apply(path: string, manifest: string): void {
    for (const object of this.#readYaml(manifest)) applyObject(this.#cluster?.api, path, object);
  }

  /** Boots what boots; false if it never comes to rest. */
  settle(): boolean {
    return this.#cluster?.settle() ?? true;
  }
}
