/** One node: a machine on the nodes' network with netfilter, flannel's CNI plugin and a kubelet. */
import type { World } from "../core/world";
import type { ImageRegistry } from "../apps/image";
import type { Machine } from "../host/machine";
import type { Program } from "../host/proc";
import { EventRecorder } from "../kube/events";
import type { Store } from "../kube/store";
import { attachNetfilter, type Netfilter } from "../netfilter/attach";
import type { Netns } from "../net/netns";
import { ip } from "../wire/ip";
import { Flannel } from "./cni/flannel";
import { makeHost } from "./host";
import type { ServiceLinks } from "./kubelet/env";
import { ImagePuller } from "./kubelet/images";
import { Kubelet } from "./kubelet/kubelet";
import { type Network, NODE_NETWORK } from "./network";
import { RESOLVER } from "./outside";
import { CLUSTER_DNS, IMAGES } from "./system-manifests";

export type NodeInit = {
  readonly world: World;
  readonly store: Store;
  readonly network: Network;
  readonly registry: ImageRegistry;
  readonly name: string;
  /** 1 to 244: its address ends in ten more, and its Pods' network has it as third number. */
  readonly number: number;
  readonly programs: readonly Program[];
  readonly labels: Readonly<Record<string, string>>;
  readonly links: ServiceLinks;
};

export class ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly podCIDR: string;
  readonly machine: Machine;
  readonly netfilter: Netfilter;
  readonly flannel: Flannel;
  readonly kubelet: Kubelet;

  constructor({ world, store, network, registry, name, number, programs, labels, links }: NodeInit) {
    this.name = name;
    this.address = `${NODE_NETWORK}.${10 + number}`;
    this.podCIDR = `10.244.${number}.0/24`;
    this.machine = makeHost(world, { name, programs, resolvConf: `nameserver ${RESOLVER}\n` });
    network.join(this.netns, this.address);
    this.netfilter = attachNetfilter(this.netns);
    this.netfilter.lines = network.ruleLines;
    this.#kernelSettings();
    this.flannel = new Flannel({ world, netns: this.netns, nodeIP: ip(this.address), podCIDR: this.podCIDR, device: "eth0", mtu: 1500 });
    const puller = new ImagePuller(world, registry);
    for (const image of [IMAGES.kubeProxy, IMAGES.flannel, IMAGES.coreDns, "registry.k8s.io/pause:3.10.1"]) puller.preload(image);
    this.#register(store, labels);
    this.kubelet = new Kubelet({ world, store, events: new EventRecorder(world, store, "kubelet"), nodeName: name, nodeIP: this.address, machine: this.machine, registry, puller, cni: this.flannel, clusterDNS: CLUSTER_DNS, clusterDomain: "cluster.local", links, rng: world.rng.fork(`kubelet ${name}`) });
  }

  get netns(): Netns {
    return this.machine.netns;
  }

  /** What a node's administrator has set before joining: modules and sysctls of the kubeadm guide. */
  #kernelSettings(): void {
    for (const module of ["overlay", "br_netfilter", "vxlan", "nf_conntrack"]) this.machine.kernel.loadModule(module);
    this.netns.sysctl.set("net.ipv4.ip_forward", "1");
    this.netns.sysctl.set("net.bridge.bridge-nf-call-iptables", "1");
  }

  #register(store: Store, labels: Readonly<Record<string, string>>): void {
    if (store.get("Node", this.name) !== undefined) return;
    store.create({
      kind: "Node",
      metadata: { name: this.name, labels: { "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": this.name, "kubernetes.io/os": "linux", ...labels } },
      spec: { podCIDR: this.podCIDR, podCIDRs: [this.podCIDR] },
    });
  }
}
