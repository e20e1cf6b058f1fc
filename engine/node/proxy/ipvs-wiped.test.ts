/** What becomes of new and of established connections when somebody wipes IPVS under kube-proxy. */
import { expect, test } from "vitest";
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Machine } from "../../host/machine";
import { ipvsOf } from "../../ipvs/attach";
import { deleteServer, flush } from "../../ipvs/control";
import type { Ipvs } from "../../ipvs/ipvs";
import { TcpSocket } from "../../net/socket";
import { addrDelete, linkDelete } from "../../net/netlink";
import { NO_FILES, runIpset } from "../../netfilter/ipset/command";
import { ip, printIp } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import { makeCluster, type TestCluster } from "../cluster.test-support";

const VIP = "10.96.45.12";
const KEY = { protocol: PROTO.tcp, address: ip(VIP), port: 80, fwmark: 0 };

/** A client on node-1, a server on node-2, a Service with a node port in front of it. */
function start(server: object = { image: "registry.example.com/payments-api:1.4" }): TestCluster {
  const t = makeCluster({ dnsReplicas: 0, proxyMode: "ipvs" });
  t.run(3);
  t.pod("client", { command: ["sleep", "100000"] }, { nodeName: "node-1" });
  t.pod("api", server, { nodeName: "node-2" });
  t.store.create({ kind: "Service", metadata: { namespace: "default", name: "payments" }, spec: { type: "NodePort", clusterIP: VIP, ports: [{ name: "http", port: 80, nodePort: 30080, targetPort: 8080 as never }] } });
  t.run(3);
  slice(t, "payments");
  t.run(2);
  return t;
}

function slice(t: TestCluster, name: string): void {
  const address = t.read("api").status.podIP ?? "";
  t.store.create({ kind: "EndpointSlice", metadata: { namespace: "default", name: `${name}-abcde`, labels: { "kubernetes.io/service-name": name } }, addressType: "IPv4", endpoints: [{ addresses: [address], nodeName: "node-2", conditions: { ready: true } }], ports: [{ name: "http", port: 8080, protocol: "TCP" }] });
}

const ipvs = (t: TestCluster): Ipvs => ipvsOf(t.node("node-1").netns) as Ipvs;
const get = (t: TestCluster, machine: Machine, address = VIP): string => t.get(machine, `http://${address}/health`, 1500).slice(0, 18);

/** A connection that stays: each ask() is one request on it, and tells what came of it. */
function keepAlive(t: TestCluster): (timeoutMs?: number) => string {
  const machine = t.machine("client");
  const socket = new TcpSocket(machine.netns);
  t.inside(machine, () => socket.connect(ip(VIP), 80));
  return (timeoutMs = 2000) =>
    t.inside(machine, function* (proc): Task<string> {
      try {
        yield* socket.send(utf8("GET /health HTTP/1.1\r\nHost: payments\r\n\r\n"), proc.nowMs + timeoutMs);
        const answer = yield* socket.recv(undefined, proc.nowMs + timeoutMs);
        return answer === undefined ? "closed" : "answered";
      } catch (error) {
        if (error instanceof SysError) return error.code;
        throw error;
      }
    }) ?? "no answer";
}

test("ipvsadm --clear: new connections are refused at once, by an RST, for Pods, for the node and at its node port.", () => {
  const t = start();
  const refused: string[] = [];
  flush(ipvs(t));
  const before = t.world.scheduler.nowMs;
  for (const [machine, address] of [[t.machine("client"), VIP], [t.node("node-1").machine, VIP], [t.cluster.outside.client, "192.168.50.11:30080"]] as const) refused.push(get(t, machine, address));
  expect(refused).toEqual(["connection refused", "connection refused", "connection refused"]);
  expect(t.world.scheduler.nowMs - before).toBeLessThan(50);
});

test("ipvsadm --clear: expire_nodest_conn=1 takes the connections with it, their conntrack entries too; the next segment meets ECONNRESET.", () => {
  const t = start();
  const ask = keepAlive(t);
  expect(ask()).toBe("answered");
  const tracked = (): number => t.node("node-1").netfilter.conntrack.list().filter((each) => each.tuple("original").dst === ip(VIP)).length;
  expect([ipvs(t).table.count, tracked()]).toEqual([1, 1]);
  flush(ipvs(t));
  t.run(0.01);
  expect([ipvs(t).table.count, tracked()]).toEqual([0, 0]);
  expect(ask()).toBe("ECONNRESET");
});

test("a connection that was idle through the whole outage is reset as well, when it speaks after the recovery.", () => {
  const t = start();
  const ask = keepAlive(t);
  expect(ask()).toBe("answered");
  flush(ipvs(t));
  t.run(31);
  expect(get(t, t.machine("client"))).toBe('200 {"status":"ok"');
  expect(ask()).toBe("ECONNRESET");
});

test("without expire_nodest_conn a full clear resets it too, because IPVS leaves its hooks with its last service; the entry stays.", () => {
  const t = start();
  t.node("node-1").netns.sysctl.set("net.ipv4.vs.expire_nodest_conn", "0");
  const ask = keepAlive(t);
  expect(ask()).toBe("answered");
  flush(ipvs(t));
  expect(ipvs(t).table.count).toBe(1);
  expect(ask()).toBe("ECONNRESET");
});

test("ipvsadm -d of its one real server: reset with expire_nodest_conn=1, silence and a resurrection with 0.", () => {
  const heard = ["1", "0"].map((value) => {
    const t = start();
    t.node("node-1").netns.sysctl.set("net.ipv4.vs.expire_nodest_conn", value);
    const ask = keepAlive(t);
    const first = ask();
    deleteServer(ipvs(t), KEY, ip(t.read("api").status.podIP ?? ""), 8080);
    const then = ask(1000);
    t.run(31);
    // What was sent in vain is sent again 51 s after the first time.
    return [first, then, ask(25_000)];
  });
  expect(heard).toEqual([["answered", "ECONNRESET", "EPIPE"], ["answered", "EAGAIN", "answered"]]);
});

test("recovery: at most 30 s after the last sync; at once with any change of any Service; never without kube-proxy.", () => {
  const t = start();
  const { scheduler } = t.world;
  const outage = (wakeUp: () => void): number => {
    flush(ipvs(t));
    const since = scheduler.nowMs;
    wakeUp();
    while (ipvs(t).find(KEY) === undefined && scheduler.nowMs < since + 120_000) scheduler.run(10);
    return scheduler.nowMs - since;
  };
  expect(outage(() => {})).toBeLessThanOrEqual(30_000);
  t.run(7);
  expect(outage(() => t.store.create({ kind: "Service", metadata: { namespace: "default", name: "other" }, spec: { clusterIP: "10.96.45.77", ports: [{ name: "http", port: 80 }] } }))).toBeLessThanOrEqual(20);
  const daemons = t.store.get("DaemonSet", "kube-proxy", "kube-system");
  if (daemons) t.store.delete("DaemonSet", "kube-proxy", "kube-system");
  t.run(40);
  expect(outage(() => {})).toBeGreaterThanOrEqual(120_000);
});

test("kube-ipvs0 deleted: Pods time out, the node's own processes and node ports go on; 30 s later it is there again.", () => {
  const t = start();
  linkDelete(t.node("node-1").netns, "kube-ipvs0");
  expect([t.machine("client"), t.node("node-1").machine].map((machine) => get(t, machine))).toEqual(["timeout", '200 {"status":"ok"']);
  expect(get(t, t.cluster.outside.client, "192.168.50.11:30080")).toBe('200 {"status":"ok"');
  t.run(31);
  expect(get(t, t.machine("client"))).toBe('200 {"status":"ok"');
});

test("a virtual address taken from kube-ipvs0: Pods time out, the node itself goes on; the next sync brings it back, and what was flushed from the sets.", () => {
  const t = start();
  const { netns, netfilter } = t.node("node-1");
  const members = (): readonly string[] => runIpset(netfilter, ["list", "KUBE-CLUSTER-IP"], () => "", NO_FILES).stdout.split("\n").filter((line) => line.startsWith(`${VIP},`));
  addrDelete(netns, "kube-ipvs0", { address: ip(VIP), bits: 32 });
  expect([t.machine("client"), t.node("node-1").machine].map((machine) => get(t, machine))).toEqual(["timeout", '200 {"status":"ok"']);
  expect(runIpset(netfilter, ["flush", "KUBE-CLUSTER-IP"], () => "", NO_FILES).exit).toBe(0);
  expect(members()).toEqual([]);
  t.run(31);
  expect(members()).toEqual([`${VIP},tcp:80`]);
  expect(get(t, t.machine("client"))).toBe('200 {"status":"ok"');
});

test("a port that no Service has is refused by KUBE-IPVS-FILTER with ICMP, and counted there; a Service without endpoints by IPVS.", () => {
  const t = start();
  expect(get(t, t.machine("client"), `${VIP}:81`)).toBe("connection refused");
  const reject = t.node("node-1").netfilter.iptables.nft.table("filter")?.chains.get("KUBE-IPVS-FILTER")?.rules.at(-1);
  expect(reject?.packets).toBe(1);
  t.store.delete("EndpointSlice", "payments-abcde", "default");
  t.run(61);
  expect(get(t, t.machine("client"))).toBe("connection refused");
});

/** The Service's endpoint becomes another Pod, as in a rolling update. */
function rollOver(t: TestCluster): string {
  t.pod("next", { image: "registry.example.com/payments-api:1.5" }, { nodeName: "node-2" });
  t.run(3);
  const known = t.store.get("EndpointSlice", "payments-abcde", "default");
  if (known === undefined) throw new Error("no EndpointSlice");
  const address = t.read("next").status.podIP ?? "";
  t.store.update({ ...known, endpoints: [{ addresses: [address], nodeName: "node-2", conditions: { ready: true } }] });
  t.run(1);
  return address;
}

const weights = (t: TestCluster): (readonly [string, number])[] => (ipvs(t).find(KEY)?.servers ?? []).map(({ address, weight }) => [printIp(address), weight] as const);

/** A server that says nothing and hangs up on nobody. */
function patient(): TestCluster {
  const t = start({ command: ["sleep", "100000"] });
  const server = new TcpSocket(t.machine("api").netns);
  server.bind(ip("0.0.0.0"), 8080);
  server.listen();
  return t;
}

/** A connection that only speaks: what comes of one more line. */
function talk(t: TestCluster): () => string {
  const machine = t.machine("client");
  const socket = new TcpSocket(machine.netns);
  t.inside(machine, () => socket.connect(ip(VIP), 80));
  return () => {
    t.inside(machine, () => socket.send(utf8("line\n"), t.world.scheduler.nowMs + 1000));
    t.run(1);
    return socket.takeError() ?? "heard";
  };
}

test("a rolling update: a session goes on with its old server, at weight 0; idle for 15 minutes it is forgotten, and the server with it.", () => {
  const t = patient();
  const old = t.read("api").status.podIP ?? "";
  const say = talk(t);
  expect(say()).toBe("heard");
  const next = rollOver(t);
  expect(weights(t)).toEqual([[next, 1], [old, 0]]);
  expect([say(), get(t, t.machine("client"))]).toEqual(["heard", '200 {"status":"ok"']);
  t.run(890);
  expect(weights(t)).toEqual([[next, 1], [old, 0]]);
  expect(say()).toBe("heard");
  t.run(900 + 62);
  expect(weights(t)).toEqual([[next, 1]]);
  expect(say()).toBe("ECONNRESET");
});

test("an endpoint that comes back while it drains is a server like any other again, and keeps its sessions.", () => {
  const t = patient();
  const old = t.read("api").status.podIP ?? "";
  const say = talk(t);
  expect(say()).toBe("heard");
  const known = t.store.get("EndpointSlice", "payments-abcde", "default");
  rollOver(t);
  const now = t.store.get("EndpointSlice", "payments-abcde", "default");
  if (known === undefined || now === undefined) throw new Error("no EndpointSlice");
  t.store.update({ ...now, endpoints: known.endpoints });
  t.run(1);
  expect([weights(t), say()]).toEqual([[[old, 1]], "heard"]);
  t.run(130);
  expect([weights(t), say()]).toEqual([[[old, 1]], "heard"]);
});
