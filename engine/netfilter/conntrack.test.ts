import { expect, test } from "vitest";
import { bareNetfilter, connections, forward, packet, router } from "../../test/support/netfilter";
import { clonePacket, type Packet } from "../wire/packet";
import type { Netfilter } from "./attach";
import { procText } from "./conntrack-print";

const TRACKING = "*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n";
const A = "10.244.1.5:40001 > 10.0.0.9:80";
const B = "10.0.0.9:80 > 10.244.1.5:40001";

const wait = (netfilter: Netfilter, seconds: number): void => void netfilter.ns.world.scheduler.run(seconds * 1000);
const inward = (netfilter: Netfilter, what: string | Packet): string => forward(netfilter, what, "eth0", "cni0");

test("nothing is tracked until a rule needs it, and no longer than one does", () => {
  const netfilter = router("*nat\nCOMMIT\n*filter\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n");
  forward(netfilter, `tcp ${A} S`);
  expect(connections(netfilter)).toEqual([]);
  const release = netfilter.requireConntrack();
  forward(netfilter, `tcp ${A} S`);
  expect(connections(netfilter)).toHaveLength(1);
  release();
  expect(netfilter.ns.hooks.registered("PREROUTING").filter(({ name }) => name === "conntrack")).toEqual([]);
});

test("a TCP connection goes through the states conntrack -E shows", () => {
  const netfilter = router(TRACKING);
  const seen: string[] = [];
  netfilter.conntrack.events.listen(({ kind, conn }) => seen.push(`${kind} ${conn.tcp?.state} ${conn.expiresMs / 1000}`));
  forward(netfilter, `tcp ${A} S seq=99`);
  inward(netfilter, `tcp ${B} SA seq=499 ack=100`);
  forward(netfilter, `tcp ${A} A seq=100 ack=500`);
  forward(netfilter, `tcp ${A} FA seq=100 ack=500`);
  inward(netfilter, `tcp ${B} FA seq=500 ack=101`);
  forward(netfilter, `tcp ${A} A seq=101 ack=501`);
  expect(seen).toEqual(["NEW 1 120", "UPDATE 2 60", "UPDATE 3 432000", "UPDATE 4 120", "UPDATE 6 30", "UPDATE 7 120"]);
  expect(connections(netfilter)).toEqual(["tcp      6 120 TIME_WAIT src=10.244.1.5 dst=10.0.0.9 sport=40001 dport=80 src=10.0.0.9 dst=10.244.1.5 sport=80 dport=40001 [ASSURED] mark=0 use=1"]);
});

test.each([
  ["beyond the window", "seq=9000000 ack=100", "lost at FORWARD"],
  ["acknowledging what was never sent", "seq=500 ack=7000000", "lost at FORWARD"],
  ["far behind the window", "seq=4290000000 ack=100", "tcp 10.0.0.9:80 > 10.244.1.5:40001"],
  ["in the window", "seq=500 ack=100 len=10", "tcp 10.0.0.9:80 > 10.244.1.5:40001"],
])("a segment %s", (_, numbers, result) => {
  const netfilter = router(TRACKING);
  forward(netfilter, `tcp ${A} S seq=99`);
  inward(netfilter, `tcp ${B} SA seq=499 ack=100`);
  forward(netfilter, `tcp ${A} A seq=100 ack=500`);
  expect(inward(netfilter, `tcp ${B} A ${numbers}`)).toBe(result);
});

test("tcp_be_liberal lets a segment beyond the window through", () => {
  const netfilter = router(TRACKING);
  netfilter.ns.sysctl.set("net.netfilter.nf_conntrack_tcp_be_liberal", "1");
  forward(netfilter, `tcp ${A} S seq=99`);
  inward(netfilter, `tcp ${B} SA seq=499 ack=100`);
  expect(inward(netfilter, `tcp ${B} A seq=9000000 ack=100`)).toBe("tcp 10.0.0.9:80 > 10.244.1.5:40001");
});

test("a retransmitted SYN does not prolong its entry", () => {
  const netfilter = router(TRACKING);
  forward(netfilter, `tcp ${A} S seq=99`);
  wait(netfilter, 50);
  forward(netfilter, `tcp ${A} S seq=99`);
  expect(connections(netfilter)[0]).toContain("tcp      6 70 SYN_SENT");
});

test("a RST in answer to a SYN leaves nothing behind", () => {
  const netfilter = router(TRACKING);
  forward(netfilter, `tcp ${A} S seq=99`);
  expect(inward(netfilter, `tcp ${B} RA seq=0 ack=100`)).toBe("tcp 10.0.0.9:80 > 10.244.1.5:40001");
  forward(netfilter, "tcp 10.244.1.5:40002 > 10.0.0.9:80 S seq=1");
  forward(netfilter, "tcp 10.244.1.5:40002 > 10.0.0.9:80 R seq=2");
  expect(connections(netfilter)).toEqual([]);
});

test("with tcp_loose a connection is picked up in the middle, without it that is INVALID", () => {
  const netfilter = router(TRACKING);
  expect(forward(netfilter, `tcp ${A} A seq=5 ack=6`)).not.toContain("lost");
  expect(connections(netfilter)[0]).toContain("tcp      6 300 ESTABLISHED");
  netfilter.conntrack.flush();
  netfilter.ns.sysctl.set("net.netfilter.nf_conntrack_tcp_loose", "0");
  expect(forward(netfilter, `tcp ${A} A seq=5 ack=6`)).toBe("lost at FORWARD");
});

test("UDP is a stream, and assured, only when it still goes on after two seconds", () => {
  const netfilter = router(TRACKING);
  const ask = "udp 10.244.1.5:5353 > 10.0.0.9:53";
  const answer = "udp 10.0.0.9:53 > 10.244.1.5:5353";
  forward(netfilter, ask);
  inward(netfilter, answer);
  expect(connections(netfilter)[0]).toMatch(/^udp {6}17 30 .*dport=5353 mark=0/);
  wait(netfilter, 3);
  forward(netfilter, ask);
  expect(connections(netfilter)[0]).toMatch(/^udp {6}17 120 .*\[ASSURED\]/);
});

test("an ICMP error belongs to the connection it is about; one about nothing known is INVALID", () => {
  const netfilter = router(`${TRACKING.replace("COMMIT", "-A FORWARD -m conntrack --ctstate RELATED -j ACCEPT\n-P FORWARD DROP\n-I FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\nCOMMIT")}`);
  forward(netfilter, `tcp ${A} S seq=99`);
  const error = packet("icmp 10.0.0.1 > 10.244.1.5 3/1");
  if (error.payload.kind === "icmp") error.payload.quoted = packet(`tcp ${A} S seq=99`);
  expect(inward(netfilter, clonePacket(error))).toBe("icmp 10.0.0.1 > 10.244.1.5");
  if (error.payload.kind === "icmp") error.payload.quoted = packet("tcp 10.244.1.5:9 > 10.0.0.9:80 S");
  expect(inward(netfilter, error)).toBe("lost at FORWARD");
});

test("a full table drops what is new, says so, and keeps what is old", () => {
  const netfilter = router(TRACKING);
  const log: string[] = [];
  netfilter.ns.log = (line) => log.push(line);
  netfilter.ns.sysctl.set("net.netfilter.nf_conntrack_max", "2");
  const assured = (port: number): void => {
    forward(netfilter, `tcp 10.244.1.5:${port} > 10.0.0.9:80 S seq=99`);
    inward(netfilter, `tcp 10.0.0.9:80 > 10.244.1.5:${port} SA seq=499 ack=100`);
    forward(netfilter, `tcp 10.244.1.5:${port} > 10.0.0.9:80 A seq=100 ack=500`);
  };
  assured(1);
  assured(2);
  expect(forward(netfilter, "tcp 10.244.1.5:3 > 10.0.0.9:80 S")).toBe("lost at PREROUTING");
  expect(forward(netfilter, "tcp 10.244.1.5:1 > 10.0.0.9:80 A seq=100 ack=500")).not.toContain("lost");
  expect(log).toEqual(["nf_conntrack: nf_conntrack: table full, dropping packet"]);
  expect(netfilter.conntrack.stats.reduce((sum, { drop }) => sum + drop, 0)).toBe(1);
});

test("nf_conntrack_max is the kernel's, not the namespace's", () => {
  expect(() => bareNetfilter({ initial: false }).ns.sysctl.set("net.netfilter.nf_conntrack_max", "5")).toThrow("Permission denied");
});

test("expired entries are counted until the collector comes by", () => {
  const netfilter = router(TRACKING);
  forward(netfilter, "udp 10.244.1.5:5353 > 10.0.0.9:53");
  wait(netfilter, 31);
  expect(netfilter.ns.sysctl.get("net.netfilter.nf_conntrack_count")).toBe("1");
  wait(netfilter, 30);
  expect(netfilter.ns.sysctl.get("net.netfilter.nf_conntrack_count")).toBe("0");
});

test("/proc/net/nf_conntrack", () => {
  const netfilter = router(TRACKING);
  forward(netfilter, "icmp 10.244.1.5 > 10.0.0.9 8/0 id=7");
  expect(procText(netfilter.conntrack)).toBe("ipv4     2 icmp     1 30 src=10.244.1.5 dst=10.0.0.9 type=8 code=0 id=7 [UNREPLIED] src=10.0.0.9 dst=10.244.1.5 type=0 code=0 id=7 mark=0 zone=0 use=2\n");
});
