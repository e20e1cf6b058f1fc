import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../../node/cluster.test-support";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { decodeDns, dnsQuery, encodeDns, printRdata, type RecordType, type ResourceRecord } from "../../wire/dns";
import { ip } from "../../wire/ip";

function start(): TestCluster {
  const t = makeCluster({ dnsReplicas: 1 });
  t.store.create({ kind: "Namespace", metadata: { name: "production" } });
  const service = (name: string, more: object) => t.store.create({ kind: "Service", metadata: { namespace: "production", name }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 as never }], ...more } } as never);
  service("payments", { clusterIP: "10.96.45.12" });
  service("db", { clusterIP: "None" });
  service("none-ready", { clusterIP: "None" });
  service("outside", { type: "ExternalName", externalName: "www.example.com" });
  const slice = (name: string, endpoints: object[]) => t.store.create({ kind: "EndpointSlice", metadata: { namespace: "production", name: `${name}-x`, labels: { "kubernetes.io/service-name": name } }, addressType: "IPv4", endpoints, ports: [{ name: "http", port: 8080, protocol: "TCP" }] } as never);
  slice("db", [{ addresses: ["10.244.1.7"], hostname: "db-0", conditions: { ready: true } }, { addresses: ["10.244.2.7"], conditions: { ready: true } }, { addresses: ["10.244.3.7"], conditions: { ready: false } }]);
  slice("none-ready", [{ addresses: ["10.244.3.8"], conditions: { ready: false } }]);
  t.run(5);
  return t;
}

function dnsPod(t: TestCluster): { readonly name: string; readonly address: string } {
  const [pod] = t.store.list("Pod", { namespace: "kube-system", labelSelector: "k8s-app=kube-dns" });
  return { name: pod?.metadata.name ?? "", address: pod?.status.podIP ?? "" };
}

function* ask(proc: Proc, server: string, name: string, type: RecordType): Task<string> {
  const socket = proc.udp();
  socket.connect(ip(server), 53);
  socket.send(encodeDns(dnsQuery(7, name, type)));
  const got = yield* socket.recvFrom(proc.nowMs + 6000);
  const answer = got && decodeDns(got.data);
  if (answer === undefined) return "silence";
  const flags = [answer.authoritative ? "aa" : "", answer.recursionAvailable ? "ra" : ""].join("");
  const show = (record: ResourceRecord) => `${record.ttl} ${record.type} ${printRdata(record)}`;
  return `${answer.rcode} ${flags} ${answer.answers.map(show).sort().join(", ")}${answer.authorities.length > 0 ? ` / ${answer.authorities.map((record) => `${record.name} ${record.ttl} ${record.type}`).join(", ")}` : ""}`.trim();
}

const SOA = "/ cluster.local. 30 SOA";
const NAMES: readonly (readonly [name: string, type: RecordType, answer: string])[] = [
  ["payments.production.svc.cluster.local.", "A", "NOERROR aa 30 A 10.96.45.12"],
  ["PayMents.production.svc.cluster.local.", "A", "NOERROR aa 30 A 10.96.45.12"],
  ["payments.production.svc.cluster.local.", "AAAA", `NOERROR aa  ${SOA}`],
  ["payments.production.svc.cluster.local.", "SRV", "NOERROR aa 30 SRV 0 100 80 payments.production.svc.cluster.local."],
  ["_http._tcp.payments.production.svc.cluster.local.", "SRV", "NOERROR aa 30 SRV 0 100 80 payments.production.svc.cluster.local."],
  ["_grpc._tcp.payments.production.svc.cluster.local.", "SRV", `NXDOMAIN aa  ${SOA}`],
  ["nobody.production.svc.cluster.local.", "A", `NXDOMAIN aa  ${SOA}`],
  ["payments.nowhere.svc.cluster.local.", "A", `NXDOMAIN aa  ${SOA}`],
  ["production.svc.cluster.local.", "A", `NOERROR aa  ${SOA}`],
  ["db.production.svc.cluster.local.", "A", "NOERROR aa 30 A 10.244.1.7, 30 A 10.244.2.7"],
  ["db-0.db.production.svc.cluster.local.", "A", "NOERROR aa 30 A 10.244.1.7"],
  ["10-244-2-7.db.production.svc.cluster.local.", "A", "NOERROR aa 30 A 10.244.2.7"],
  ["none-ready.production.svc.cluster.local.", "A", `NXDOMAIN aa  ${SOA}`],
  ["10-244-1-5.production.pod.cluster.local.", "A", "NOERROR aa 30 A 10.244.1.5"],
  ["12.45.96.10.in-addr.arpa.", "PTR", "NOERROR aa 30 PTR payments.production.svc.cluster.local."],
  ["7.1.244.10.in-addr.arpa.", "PTR", "NOERROR aa 30 PTR db-0.db.production.svc.cluster.local."],
  ["outside.production.svc.cluster.local.", "A", "NOERROR aa 30 A 198.51.100.10, 30 CNAME www.example.com."],
  ["www.example.com.", "A", "NOERROR ra 29 A 198.51.100.10"],
  ["nobody.example.com.", "A", "NXDOMAIN ra  / example.com. 30 SOA"],
  ["dns-version.cluster.local.", "TXT", 'NOERROR aa 30 TXT "1.1.0"'],
];

test("CoreDNS answers as its kubernetes plugin does.", () => {
  const t = start();
  const { name: pod, address } = dnsPod(t);
  const machine = t.machine(pod, "kube-system");
  expect(NAMES.map(([name, type]) => [name, type, t.inside(machine, (proc) => ask(proc, address, name, type))])).toEqual(NAMES);
});

test("Its other ports say how it is.", () => {
  const t = start();
  const { machine } = t.node("node-2");
  const { address } = dnsPod(t);
  expect([t.get(machine, `http://${address}:8080/health`), t.get(machine, `http://${address}:8181/ready`)]).toEqual(["200 OK", "200 OK"]);
});

test("A changed Corefile is taken up, a broken one is not.", () => {
  const t = start();
  const change = (Corefile: string) => {
    const map = t.store.get("ConfigMap", "coredns", "kube-system")!;
    t.store.update({ ...map, data: { Corefile } });
    t.run(120);
  };
  const { name: pod, address } = dnsPod(t);
  const machine = t.machine(pod, "kube-system");
  const lookUp = () => t.inside(machine, (proc) => ask(proc, address, "only.here.", "A"));
  const before = t.store.get("ConfigMap", "coredns", "kube-system")!.data!.Corefile!;
  change(before.replace("ready", "ready\n    hosts {\n      10.9.9.9 only.here\n      fallthrough\n    }"));
  expect(lookUp()).toBe("NOERROR aa 30 A 10.9.9.9");
  change(before.replace("ready", "raedy"));
  expect(lookUp()).toBe("NOERROR aa 30 A 10.9.9.9");
  expect(t.log(pod, "kube-system").at(-1)).toBe("[ERROR] Restart failed: Corefile:6 - Error during parsing: Unknown directive 'raedy'");
});

test("When nobody upstream answers, the client gets SERVFAIL and the log the reason.", () => {
  const t = start();
  const { name: pod, address } = dnsPod(t);
  const machine = t.machine(pod, "kube-system");
  t.cluster.outside.resolver.processes.forEach((process) => process.kill("SIGKILL"));
  expect(t.inside(machine, (proc) => ask(proc, address, "www.example.org.", "A"))).toBe("SERVFAIL");
  expect(t.log(pod, "kube-system").at(-1)).toMatch(/^\[ERROR\] plugin\/errors: 2 www\.example\.org\. A: read udp 10\.244\.\d\.2:\d+->203\.0\.113\.53:53: read: connection refused$/);
});
