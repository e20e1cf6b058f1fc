import type { Service } from "kubernetes-types/core/v1";
import type { EndpointSlice } from "kubernetes-types/discovery/v1";
import { expect, test } from "vitest";
import { Netns } from "../../net/netns";
import { attachNetfilter } from "../../netfilter/attach";
import { runText } from "../../netfilter/nftables/command";
import { makeWorld } from "../cluster.test-support";
import { type KubeProxyInput, kubeProxyText } from "./kube-proxy-text";
import { endpointChain, serviceChains } from "./names";

type Row = { name: string; port?: string; ip: string; number?: number; protocol?: "TCP" | "UDP"; spec?: Partial<NonNullable<Service["spec"]>>; lb?: string; nodePort?: number; endpoints?: readonly (readonly [string, string | undefined, number?])[] };

const THREE = [["10.244.2.8", "node-2"], ["10.244.1.12", "node-1"], ["10.244.1.11", "node-1"]] as const;
const REMOTE = [["10.244.2.8", "node-2"]] as const;

/** The address plan of the file: one of each kind, in an order that is not the text's. */
const ROWS: readonly Row[] = [
  { name: "production/unnamed", port: "", ip: "10.96.45.13", number: 8080, endpoints: THREE },
  { name: "production/payments", ip: "10.96.45.12", nodePort: 30080, spec: { type: "NodePort" }, endpoints: THREE },
  { name: "default/kubernetes", port: "https", ip: "10.96.0.1", number: 443, endpoints: [["192.168.50.10", undefined, 6443]] },
  { name: "kube-system/kube-dns", port: "dns", ip: "10.96.0.10", number: 53, protocol: "UDP", endpoints: [["10.244.1.2", "node-1", 53], ["10.244.2.2", "node-2", 53]] },
  { name: "production/aff", ip: "10.96.50.6", spec: { sessionAffinity: "ClientIP" }, endpoints: THREE },
  { name: "production/empty", ip: "10.96.45.99", nodePort: 30099, spec: { type: "NodePort" }, endpoints: [] },
  { name: "production/ext", ip: "10.96.50.7", spec: { externalIPs: ["198.51.100.7"] }, endpoints: THREE },
  { name: "production/itp", ip: "10.96.50.3", spec: { internalTrafficPolicy: "Local" }, endpoints: REMOTE },
  { name: "production/lbr", ip: "10.96.50.5", nodePort: 30085, lb: "192.0.2.11", spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["203.0.113.9/24", "192.168.50.0/24"] }, endpoints: THREE },
  { name: "production/loc", ip: "10.96.50.1", nodePort: 30081, lb: "192.0.2.10", spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31081 }, endpoints: THREE },
  { name: "production/nol", ip: "10.96.50.2", nodePort: 30082, spec: { type: "NodePort", externalTrafficPolicy: "Local" }, endpoints: REMOTE },
];

function serviceOf({ name, port = "http", ip, number = 80, protocol = "TCP", spec, lb, nodePort }: Row): Service {
  const [namespace, own] = name.split("/") as [string, string];
  return {
    metadata: { namespace, name: own },
    spec: { type: "ClusterIP", clusterIP: ip, ports: [{ ...(port !== "" && { name: port }), port: number, protocol, ...(nodePort && { nodePort }) }], ...spec },
    status: { loadBalancer: lb ? { ingress: [{ ip: lb, ipMode: "VIP" }] } : {} },
  };
}

function sliceOf({ name, port = "http", protocol = "TCP", endpoints = [] }: Row): EndpointSlice {
  const [namespace, own] = name.split("/") as [string, string];
  return {
    addressType: "IPv4",
    metadata: { namespace, name: `${own}-abcde`, labels: { "kubernetes.io/service-name": own } },
    ports: [{ name: port, port: endpoints[0]?.[2] ?? 8080, protocol }],
    endpoints: endpoints.map(([address, nodeName]) => ({ addresses: [address], ...(nodeName !== undefined && { nodeName }), conditions: { ready: true } })),
  };
}

const INPUT: KubeProxyInput = {
  mode: "iptables",
  nodeName: "node-1",
  services: ROWS.map(serviceOf),
  slices: ROWS.map(sliceOf),
  nodes: [{ metadata: { name: "node-1" }, status: { addresses: [{ type: "InternalIP", address: "192.168.50.11" }] } }],
};

test("Chain names are upstream's hashes.", () => {
  expect(serviceChains("production/payments:http", "tcp")).toEqual({ svc: "KUBE-SVC-T4ZV3SLK53JRUDO4", svl: "KUBE-SVL-T4ZV3SLK53JRUDO4", ext: "KUBE-EXT-T4ZV3SLK53JRUDO4", fw: "KUBE-FW-T4ZV3SLK53JRUDO4" });
  expect(endpointChain("production/payments:http", "tcp", "10.244.1.11:8080")).toBe("KUBE-SEP-GBBHLANPSJ5UYIOM");
  expect(serviceChains("kube-system/kube-dns:dns", "udp").svc).toBe("KUBE-SVC-TCOU7JCQXEZGVUNU");
  expect(serviceChains("default/kubernetes:https", "tcp").svc).toBe("KUBE-SVC-NPX46M4PTMTKRN6Y");
});

test("A first sync writes every kind of Service as kube-proxy does.", () => {
  expect(kubeProxyText(INPUT)).toMatchSnapshot();
});

test("In nftables mode a first sync writes table ip kube-proxy, and nft reads it.", () => {
  const text = kubeProxyText({ ...INPUT, mode: "nftables" });
  expect(text).toMatchSnapshot();
  expect(listing(text)).toMatchSnapshot();
});

/** What `nft list ruleset` shows after it. */
function listing(text: string): string {
  const netfilter = attachNetfilter(new Netns(makeWorld(), "node-1", { initial: true }));
  const loaded = runText(netfilter, { text, name: "/dev/stdin" });
  expect(loaded).toEqual({ exit: 0, stdout: "", stderr: "" });
  return runText(netfilter, { text: "list ruleset\n", name: undefined }).stdout;
}
