/** The same Services through each mode of kube-proxy: who reaches whom, and what is seen of it on a node. */
import { describe, expect, test } from "vitest";
import { ipvsOf } from "../../ipvs/attach";
import type { Ipvs } from "../../ipvs/ipvs";
import { NO_FILES, runIpset } from "../../netfilter/ipset/command";
import { runText } from "../../netfilter/nftables/command";
import { linkDelete, routeAdd } from "../../net/netlink";
import { ip, printIp } from "../../wire/ip";
import { makeCluster, type TestCluster } from "../cluster.test-support";
import type { ProxyMode } from "./config";

const MODES: readonly ProxyMode[] = ["iptables", "ipvs", "nftables"];
const AGENT = { image: "registry.example.com/payments-api:1.4" };
const NODES = ["node-1", "node-2", "node-3"];

type ServiceRow = { readonly name: string; readonly ip: string; readonly spec?: object; readonly nodePort?: number; readonly endpoints: readonly (readonly [string, string])[]; readonly lb?: string };

/** A client on each node; servers on node-1 and node-2; Services of every kind in front of them. */
function start(proxyMode: ProxyMode): TestCluster {
  const t = makeCluster({ dnsReplicas: 0, proxyMode });
  t.run(3);
  for (const node of NODES) t.pod(`client-${node}`, { command: ["sleep", "100000"] }, { nodeName: node });
  t.pod("one", AGENT, { nodeName: "node-1" });
  t.pod("two", AGENT, { nodeName: "node-2" });
  t.run(5);
  const one = [t.read("one").status.podIP ?? "", "node-1"] as const;
  const two = [t.read("two").status.podIP ?? "", "node-2"] as const;
  const rows: readonly ServiceRow[] = [
    { name: "payments", ip: "10.96.45.12", endpoints: [one, two] },
    { name: "solo", ip: "10.96.45.13", endpoints: [one] },
    { name: "empty", ip: "10.96.45.99", nodePort: 30099, spec: { type: "NodePort" }, endpoints: [] },
    { name: "front", ip: "10.96.50.1", nodePort: 30080, spec: { type: "NodePort" }, endpoints: [two] },
    { name: "near", ip: "10.96.50.2", nodePort: 30082, spec: { type: "NodePort", externalTrafficPolicy: "Local" }, endpoints: [two] },
    { name: "sticky", ip: "10.96.50.6", spec: { sessionAffinity: "ClientIP" }, endpoints: [one, two] },
    { name: "outer", ip: "10.96.50.7", spec: { externalIPs: ["198.51.100.7"], externalTrafficPolicy: "Cluster" }, endpoints: [two] },
    { name: "guarded", ip: "10.96.50.8", lb: "192.0.2.11", spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, loadBalancerSourceRanges: ["203.0.113.0/24"] }, endpoints: [two] },
  ];
  for (const row of rows) create(t, row);
  t.run(3);
  return t;
}

function create(t: TestCluster, { name, ip, spec = {}, nodePort, endpoints, lb }: ServiceRow): void {
  t.store.create({ kind: "Service", metadata: { namespace: "default", name }, spec: { clusterIP: ip, ports: [{ name: "http", port: 80, targetPort: 8080 as never, ...(nodePort !== undefined && { nodePort }) }], ...spec } });
  if (lb !== undefined) t.store.modify("Service", name, "default", (service) => void ((service as { status: object }).status = { loadBalancer: { ingress: [{ ip: lb, ipMode: "VIP" }] } }), "status");
  slice(t, name, endpoints);
}

function slice(t: TestCluster, name: string, endpoints: ServiceRow["endpoints"]): void {
  const known = t.store.get("EndpointSlice", `${name}-abcde`, "default");
  const content = { addressType: "IPv4" as const, endpoints: endpoints.map(([address, nodeName]) => ({ addresses: [address], nodeName, conditions: { ready: true } })), ports: [{ name: "http", port: 8080, protocol: "TCP" as const }] };
  if (known) t.store.update({ ...known, ...content });
  else t.store.create({ kind: "EndpointSlice", metadata: { namespace: "default", name: `${name}-abcde`, labels: { "kubernetes.io/service-name": name } }, ...content });
}

/** Which Pod answered, or what went wrong. */
function ask(t: TestCluster, from: string, address: string, timeoutMs = 1200): string {
  const machine = from === "outside" ? t.cluster.outside.client : from.startsWith("client") ? t.machine(from) : t.node(from).machine;
  const got = t.get(machine, `http://${address}/health`, timeoutMs);
  return /"pod":"(\w+)"/.exec(got)?.[1] ?? got;
}

const nft = (t: TestCluster, node: string, command: string): string => runText(t.node(node).netfilter, { text: `${command}\n`, name: undefined }).stdout;
const ipset = (t: TestCluster, node: string, set: string): string[] => runIpset(t.node(node).netfilter, ["save", set], () => "", NO_FILES).stdout.split("\n").filter((line) => line.startsWith("add ")).map((line) => line.slice(set.length + 5));
const ipvs = (t: TestCluster, node: string): Ipvs => ipvsOf(t.node(node).netns) as Ipvs;

/** As `ipvsadm -Ln` orders them: "address:port scheduler → real servers with their weights". */
function virtualServers(t: TestCluster, node: string): string[] {
  const lines = ipvs(t, node).services().map(({ address, port, scheduler, persistentSeconds, servers }) => {
    const real = servers.map((server) => `${printIp(server.address)}:${server.port}/${server.weight}`).sort();
    return `${printIp(address)}:${port} ${scheduler?.name}${persistentSeconds === undefined ? "" : ` persistent ${persistentSeconds}`} -> ${real.join(" ")}`;
  });
  return lines.sort();
}

describe.each(MODES)("%s mode", (mode) => {
  test("a ClusterIP is answered by each of its endpoints, for Pods and for nodes.", () => {
    const t = start(mode);
    for (const from of ["client-node-1", "client-node-3", "node-1", "node-3"]) {
      const seen = new Set(Array.from({ length: 12 }, () => ask(t, from, "10.96.45.12")));
      expect([from, [...seen].sort()]).toEqual([from, ["one", "two"]]);
    }
  });

  test("a Service without endpoints refuses, at its ClusterIP and its node port.", () => {
    const t = start(mode);
    expect(["client-node-1", "node-2"].map((from) => ask(t, from, "10.96.45.99"))).toEqual(["connection refused", "connection refused"]);
    expect(ask(t, "outside", "192.168.50.11:30099")).toBe("connection refused");
  });

  test("a Pod reaches itself through its own Service.", () => {
    const t = start(mode);
    expect(t.get(t.machine("one"), "http://10.96.45.13/health", 1200)).toMatch(/"pod":"one"/);
  });

  test("a node port is open on every node, from outside, from nodes and from Pods; 127.0.0.1 only in iptables mode.", () => {
    const t = start(mode);
    expect(["11", "12", "13"].map((node) => ask(t, "outside", `192.168.50.${node}:30080`))).toEqual(["two", "two", "two"]);
    expect(ask(t, "node-3", "192.168.50.13:30080")).toBe("two");
    expect(ask(t, "client-node-1", "192.168.50.12:30080")).toBe("two");
    expect(ask(t, "node-1", "127.0.0.1:30080")).toBe(mode === "iptables" ? "two" : "connection refused");
  });

  test("policy Local answers from outside where an endpoint is; Pods of any node are served.", () => {
    const t = start(mode);
    expect(ask(t, "outside", "192.168.50.12:30082")).toBe("two");
    // ipvs mode falls back to endpoints elsewhere, and flannel masquerades what comes to a Pod from outside.
    expect(ask(t, "outside", "192.168.50.11:30082")).toBe(mode === "ipvs" ? "two" : "timeout");
    expect(ask(t, "client-node-1", "192.168.50.11:30082")).toBe("two");
  });

  test("UDP goes the same way: names are found through kube-dns, and go on being found when its Pods have been replaced.", () => {
    const t = makeCluster({ proxyMode: mode });
    expect(t.cluster.settle()).toBe(true);
    t.pod("client", { command: ["sleep", "100000"] }, { nodeName: "node-3" });
    t.run(3);
    const name = "kubernetes.default.svc.cluster.local";
    expect(t.resolve(t.machine("client"), name)).toBe("10.96.0.1");
    for (const { metadata } of t.store.list("Pod", { namespace: "kube-system" })) if (metadata.name.startsWith("coredns")) t.store.delete("Pod", metadata.name, "kube-system");
    t.run(60);
    expect(Array.from({ length: 6 }, () => t.resolve(t.machine("client"), name))).toEqual(Array(6).fill("10.96.0.1"));
  });

  test("with session affinity a client always finds the same endpoint.", () => {
    const t = start(mode);
    const seen = new Set(Array.from({ length: 10 }, () => ask(t, "client-node-3", "10.96.50.6")));
    expect(seen.size).toBe(1);
  });

  test("an external address is served as if it were here; source ranges shut out the others.", () => {
    const t = start(mode);
    expect(ask(t, "client-node-1", "198.51.100.7")).toBe("two");
    expect(["client-node-1", "node-1"].map((from) => ask(t, from, "192.0.2.11"))).toEqual(["timeout", "timeout"]);
  });

  test("an endpoint that goes is asked no more, one that comes shares the work, and a Service that goes leaves nothing behind.", () => {
    const t = start(mode);
    const two = [t.read("two").status.podIP ?? "", "node-2"] as const;
    slice(t, "solo", [two]);
    t.run(3);
    expect(Array.from({ length: 4 }, () => ask(t, "client-node-3", "10.96.45.13"))).toEqual(["two", "two", "two", "two"]);
    t.store.delete("Service", "solo", "default");
    t.store.delete("EndpointSlice", "solo-abcde", "default");
    t.run(4);
    t.store.delete("EndpointSlice", "front-abcde", "default");
    t.run(4);
    const node = t.node("node-3");
    const written = [...t.rules("node-3"), ...nft(t, "node-3", "list ruleset").split("\n"), ...(mode === "ipvs" ? virtualServers(t, "node-3") : [])];
    expect(written.filter((line) => line.includes("solo") || line.includes("10.96.45.13"))).toEqual([]);
    expect(node.netns.addresses.all().some(({ local }) => printIp(local) === "10.96.45.13")).toBe(false);
  });
});

test("ipvs: the virtual servers, kube-ipvs0 and the sets of a node.", () => {
  const t = start("ipvs");
  const one = t.read("one").status.podIP;
  const two = t.read("two").status.podIP;
  expect(virtualServers(t, "node-2").filter((line) => !line.startsWith("10.96.0."))).toEqual(
    [
      `10.244.2.1:30080 rr -> ${two}:8080/1`,
      `10.244.2.1:30082 rr -> ${two}:8080/1`,
      "10.244.2.1:30099 rr -> ",
      `10.96.45.12:80 rr -> ${one}:8080/1 ${two}:8080/1`,
      `10.96.45.13:80 rr -> ${one}:8080/1`,
      "10.96.45.99:80 rr -> ",
      `10.96.50.1:80 rr -> ${two}:8080/1`,
      `10.96.50.2:80 rr -> ${two}:8080/1`,
      `10.96.50.6:80 rr persistent 10800 -> ${one}:8080/1 ${two}:8080/1`,
      `10.96.50.7:80 rr -> ${two}:8080/1`,
      `10.96.50.8:80 rr -> ${two}:8080/1`,
      `192.0.2.11:80 rr -> ${two}:8080/1`,
      `192.168.50.12:30080 rr -> ${two}:8080/1`,
      `192.168.50.12:30082 rr -> ${two}:8080/1`,
      "192.168.50.12:30099 rr -> ",
      `198.51.100.7:80 rr -> ${two}:8080/1`,
      `10.244.2.0:30080 rr -> ${two}:8080/1`,
      `10.244.2.0:30082 rr -> ${two}:8080/1`,
      "10.244.2.0:30099 rr -> ",
    ].sort(),
  );
  const onDummy = t.node("node-2").netns.addresses.all().filter(({ dev }) => dev.name === "kube-ipvs0").map(({ local }) => printIp(local));
  expect(onDummy.filter((address) => !address.startsWith("10.96.0.")).sort()).toEqual(["10.96.45.12", "10.96.45.13", "10.96.45.99", "10.96.50.1", "10.96.50.2", "10.96.50.6", "10.96.50.7", "10.96.50.8", "192.0.2.11", "198.51.100.7"]);
  expect(ipset(t, "node-2", "KUBE-IPVS-IPS").sort()).toEqual([...onDummy].sort());
  expect(ipset(t, "node-2", "KUBE-NODE-PORT-TCP")).toEqual(["30080", "30082", "30099"]);
  expect(ipset(t, "node-2", "KUBE-NODE-PORT-LOCAL-TCP")).toEqual(["30082"]);
  expect(ipset(t, "node-2", "KUBE-LOOP-BACK")).toEqual([`${two},tcp:8080,${two}`]);
  expect(ipset(t, "node-2", "KUBE-EXTERNAL-IP")).toEqual(["198.51.100.7,tcp:80"]);
  expect(ipset(t, "node-2", "KUBE-LOAD-BALANCER-SOURCE-CIDR")).toEqual(["192.0.2.11,tcp:80,203.0.113.0/24"]);
});

test("ipvs: iptables-save of a node is upstream's, a few lines for any number of Services.", () => {
  const t = start("ipvs");
  expect(t.rules("node-2").filter((line) => !line.startsWith("COMMIT") && !/FLANNEL|KUBELET|KUBE-FIREWALL/.test(line))).toMatchSnapshot();
});

test("ipvs: kube-proxy makes its sysctls and says that the mode is deprecated, in its log and as an event of the node.", () => {
  const t = start("ipvs");
  const { sysctl } = t.node("node-1").netns;
  const values = ["net.ipv4.vs.conntrack", "net.ipv4.vs.conn_reuse_mode", "net.ipv4.vs.expire_nodest_conn", "net.ipv4.vs.expire_quiescent_template", "net.ipv4.ip_forward", "net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.route_localnet"];
  expect(values.map((key) => sysctl.get(key))).toEqual(["1", "1", "1", "1", "1", "0", "0"]);
  expect(t.log(t.podOn("node-1", "kube-proxy"), "kube-system").filter((line) => line.startsWith("E")).map((line) => line.replace(/^.*?\] /, ""))).toEqual([`"The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead."`]);
  expect(t.store.list("Event", { namespace: "default" }).filter(({ reason }) => reason === "IPVSDeprecation").map(({ involvedObject, type }) => [involvedObject.name, type])).toEqual(NODES.map((name) => [name, "Warning"]));
});

test("ipvs: a real server that is no endpoint any more drains: weight 0 until its connections are gone, looked at every minute.", () => {
  const t = start("ipvs");
  const two = [t.read("two").status.podIP ?? "", "node-2"] as const;
  for (let i = 0; i < 4; i++) ask(t, "client-node-3", "10.96.45.12");
  slice(t, "payments", [two]);
  t.run(1);
  const line = (): string | undefined => virtualServers(t, "node-3").find((each) => each.startsWith("10.96.45.12:80 "));
  expect(line()).toBe(`10.96.45.12:80 rr -> ${t.read("one").status.podIP}:8080/0 ${two[0]}:8080/1`);
  expect(Array.from({ length: 4 }, () => ask(t, "client-node-3", "10.96.45.12"))).toEqual(["two", "two", "two", "two"]);
  t.run(60);
  expect(line()).toBe(`10.96.45.12:80 rr -> ${t.read("one").status.podIP}:8080/0 ${two[0]}:8080/1`);
  t.run(120);
  expect(line()).toBe(`10.96.45.12:80 rr -> ${two[0]}:8080/1`);
});

test("ipvs: what somebody wipes is back within 30 s, or with any change of any Service.", () => {
  const t = start("ipvs");
  ipvs(t, "node-3").services().length;
  const before = virtualServers(t, "node-3");
  const wipe = (): void => {
    const kernel = ipvs(t, "node-3");
    for (const service of kernel.services()) kernel.remove(service);
    expect(virtualServers(t, "node-3")).toEqual([]);
  };
  wipe();
  expect(ask(t, "client-node-3", "10.96.45.12")).toBe("connection refused");
  t.run(30);
  expect(virtualServers(t, "node-3")).toEqual(before);
  wipe();
  slice(t, "empty", [[t.read("two").status.podIP ?? "", "node-2"]]);
  t.run(1);
  expect(virtualServers(t, "node-3").length).toBe(before.length);
});

test("ipvs: without kube-ipvs0 Pods lose their ClusterIPs to the default route; the node's own processes still reach them.", () => {
  const t = start("ipvs");
  linkDelete(t.node("node-3").netns, "kube-ipvs0");
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("timeout");
  expect(ask(t, "node-3", "10.96.45.13")).toBe("one");
  t.run(31);
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("one");
});

test("nftables: a deleted table stays unnoticed until the next change fails; half a minute later all is written again.", () => {
  const t = start("nftables");
  nft(t, "node-3", "delete table ip kube-proxy");
  t.run(100);
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("timeout");
  slice(t, "empty", [[t.read("two").status.podIP ?? "", "node-2"]]);
  t.run(3);
  expect(t.log(t.podOn("node-3", "kube-proxy"), "kube-system").some((line) => line.includes('"nftables sync failed"'))).toBe(true);
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("timeout");
  t.run(31);
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("one");
  expect(ask(t, "client-node-3", "10.96.45.99")).toBe("two");
});

test("nftables: a ClusterIP's other ports are refused, and addresses nobody has are silence.", () => {
  const t = start("nftables");
  expect(["client-node-3", "node-3"].map((from) => ask(t, from, "10.96.45.12:81"))).toEqual(["connection refused", "connection refused"]);
  expect(["client-node-3", "node-3"].map((from) => ask(t, from, "10.96.200.1"))).toEqual(["timeout", "timeout"]);
});

test.each(MODES)("after a change of mode to %s and a restart, the others' rules are gone where upstream cleans them.", (mode) => {
  for (const before of MODES.filter((each) => each !== mode)) {
    const t = start(before);
    const config = t.store.get("ConfigMap", "kube-proxy", "kube-system");
    if (config === undefined) throw new Error("no ConfigMap");
    const text = (config.data as Record<string, string>)["config.conf"] ?? "";
    t.store.update({ ...config, data: { "config.conf": text.replace(/^mode: .*$/m, `mode: ${mode}`) } });
    t.store.delete("Pod", t.podOn("node-3", "kube-proxy"), "kube-system");
    t.run(40);
    const left = {
      nftables: nft(t, "node-3", "list tables").includes("kube-proxy"),
      iptables: t.rules("node-3").some((line) => line.includes("KUBE-SVC-")),
      ipvs: (ipvsOf(t.node("node-3").netns)?.services().length ?? 0) > 0,
    };
    const both = mode !== "nftables" && before !== "nftables";
    expect([before, left]).toEqual([before, { nftables: mode === "nftables", iptables: mode === "iptables" || (both && before === "iptables"), ipvs: mode === "ipvs" || (both && before === "ipvs") }]);
    expect(ask(t, "client-node-3", "10.96.45.13")).toBe("one");
  }
});

test.each(MODES)("%s: kube-proxy --cleanup takes away all that kube-proxy has written; one that still runs soon writes it anew.", (mode) => {
  const t = start(mode);
  const cleanUp = (): number | undefined => {
    const process = t.machine(t.podOn("node-3", "kube-proxy"), "kube-system").spawn(["/usr/local/bin/kube-proxy", "--cleanup"]);
    t.run(0.05);
    return process.status;
  };
  const left = () => ({
    rules: t.rules("node-3").filter((line) => line.includes("KUBE-") && !/KUBE-(?:FIREWALL|KUBELET|IPTABLES-HINT)/.test(line)),
    tables: nft(t, "node-3", "list tables").split("\n").filter((line) => line.includes("kube-proxy")),
    servers: ipvsOf(t.node("node-3").netns) === undefined ? [] : virtualServers(t, "node-3"),
    sets: runIpset(t.node("node-3").netfilter, ["list", "-n"], () => "", NO_FILES).stdout,
    dummy: t.node("node-3").netns.devices.byName("kube-ipvs0") !== undefined,
  });
  expect(cleanUp()).toBe(0);
  expect(left()).toEqual({ rules: [], tables: [], servers: [], sets: "", dummy: false });
  t.run(31);
  if (mode === "nftables") slice(t, "empty", [[t.read("two").status.podIP ?? "", "node-2"]]);
  t.run(35);
  expect(ask(t, "client-node-3", "10.96.45.13")).toBe("one");
});

test("ipvs: with strictARP no node answers on its network for an address of kube-ipvs0; without it all of them do.", () => {
  const heard = [false, true].map((strict) => {
    const t = start("ipvs");
    const config = t.store.get("ConfigMap", "kube-proxy", "kube-system");
    if (config === undefined) throw new Error("no ConfigMap");
    const text = (config.data as Record<string, string>)["config.conf"] ?? "";
    t.store.update({ ...config, data: { "config.conf": text.replace("strictARP: false", `strictARP: ${strict}`) } });
    for (const node of NODES) t.store.delete("Pod", t.podOn(node, "kube-proxy"), "kube-system");
    t.run(40);
    routeAdd(t.cluster.network.router, { dst: ip("10.96.45.13"), bits: 32, dev: "eth0" });
    const { sysctl } = t.node("node-3").netns;
    return [sysctl.get("net.ipv4.conf.all.arp_ignore"), sysctl.get("net.ipv4.conf.all.arp_announce"), ask(t, "outside", "10.96.45.13", 5000)];
  });
  expect(heard).toEqual([["0", "0", "one"], ["1", "2", "no route to host"]]);
});
