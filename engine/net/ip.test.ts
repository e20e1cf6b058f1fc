import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import type { World } from "../core/world";
import { type Ip, ip, parseCidr, printIp } from "../wire/ip";
import { mac } from "../wire/mac";
import { type Icmp, type Packet, PROTO } from "../wire/packet";
import { send } from "./ip";
import { addrAdd, fdbAppend, joinCable, linkAdd, linkSet, neighReplace, portSet, routeAdd } from "./netlink";
import { Netns } from "./netns";

function cidr(written: string): { address: Ip; bits: number } {
  const parsed = parseCidr(written);
  if (!parsed) throw new Error(written);
  return parsed;
}

/** A namespace with lo up. */
function host(world: World, name: string, forwards = false): Netns {
  const ns = new Netns(world, name);
  linkSet(ns, "lo", { up: true });
  if (forwards) ns.sysctl.set("net.ipv4.ip_forward", "1");
  return ns;
}

function up(ns: Netns, dev: string, ...addresses: string[]): void {
  for (const address of addresses) addrAdd(ns, dev, cidr(address));
  linkSet(ns, dev, { up: true });
}

/** A Pod on the node's bridge cni0. */
function pod(node: Netns, name: string, address: string, gateway: string): Netns {
  const ns = host(node.world, name);
  linkAdd(node, { name: `veth${name}`, kind: "veth", peer: { name: "eth0", ns } });
  linkSet(node, `veth${name}`, { master: "cni0", up: true });
  portSet(node, `veth${name}`, { hairpin: true });
  up(ns, "eth0", address);
  routeAdd(ns, { dst: ip("0.0.0.0"), bits: 0, gateway: ip(gateway) });
  return ns;
}

function node(world: World, n: number): Netns {
  const ns = host(world, `node-${n}`, true);
  linkAdd(ns, { name: "cni0", kind: "bridge" });
  up(ns, "cni0", `10.244.${n}.1/24`);
  return ns;
}

/** Sends one echo request and tells what came back, and when: "0/0 from 10.244.1.6 ttl 64 at 0". */
function ping(from: Netns, to: string, options: { ttl?: number; bytes?: number; df?: boolean } = {}, forMs = 5000): string[] {
  const heard: string[] = [];
  const startMs = from.world.scheduler.nowMs;
  from.protocols.set(PROTO.icmp, ({ packet }) => {
    const icmp = packet.payload as Icmp;
    if (icmp.type !== 8) heard.push(`${icmp.type}/${icmp.code} from ${printIp(packet.src)} ttl ${packet.ttl} at ${Math.round((from.world.scheduler.nowMs - startMs) * 1000) / 1000}${icmp.mtu > 0 ? ` mtu ${icmp.mtu}` : ""}`);
    return true;
  });
  const payload: Icmp = { kind: "icmp", type: 8, code: 0, id: 7, seq: 1, mtu: 0, data: new Uint8Array(options.bytes ?? 56) };
  const packet: Packet = { kind: "ipv4", src: 0 as Ip, dst: ip(to), ttl: options.ttl ?? 64, tos: 0, id: from.nextIdent(), df: options.df ?? false, mf: false, offset: 0, proto: 1, payload };
  const error = send(from, from.newSkb(packet));
  if (error !== undefined) heard.push(error);
  from.world.scheduler.run(forMs);
  return heard;
}

test("two Pods on one bridge reach each other, the node and themselves", () => {
  const n1 = node(newWorld(), 1);
  const a = pod(n1, "a", "10.244.1.5/24", "10.244.1.1");
  pod(n1, "b", "10.244.1.6/24", "10.244.1.1");
  expect(ping(a, "10.244.1.6")).toEqual(["0/0 from 10.244.1.6 ttl 64 at 0"]);
  expect(ping(a, "10.244.1.1")).toEqual(["0/0 from 10.244.1.1 ttl 64 at 0"]);
  expect(ping(a, "10.244.1.5")).toEqual(["0/0 from 10.244.1.5 ttl 64 at 0"]);
  expect(ping(a, "127.0.0.1")).toEqual(["0/0 from 127.0.0.1 ttl 64 at 0"]);
});

test("a neighbour that is not there is given up after three seconds, by the machine that asked", () => {
  const n1 = node(newWorld(), 1);
  const a = pod(n1, "a", "10.244.1.5/24", "10.244.1.1");
  expect(ping(a, "10.244.1.99")).toEqual(["3/1 from 10.244.1.5 ttl 64 at 3072"]);
});

test("without a route, sending fails at once", () => {
  const a = host(newWorld(), "a");
  expect(ping(a, "203.0.113.1")).toEqual(["ENETUNREACH"]);
});

function twoNodes(): { a: Netns; b: Netns; n1: Netns; n2: Netns } {
  const world = newWorld();
  const [n1, n2] = [node(world, 1), node(world, 2)];
  joinCable(world, n1, "eth0", n2, "eth0", { latencyMs: 0.1 });
  up(n1, "eth0", "192.168.50.11/24");
  up(n2, "eth0", "192.168.50.12/24");
  return { n1, n2, a: pod(n1, "a", "10.244.1.5/24", "10.244.1.1"), b: pod(n2, "b", "10.244.2.5/24", "10.244.2.1") };
}

/** What flannel does on each node about the other one. */
function flannel(ns: Netns, own: number, other: number): void {
  const macOf = (n: number) => mac(`5e:8a:00:00:00:0${n}`);
  linkAdd(ns, { name: "flannel.1", kind: "vxlan", mac: macOf(own), vxlan: { id: 1, local: ip(`192.168.50.1${own}`), dev: "eth0", dstPort: 8472, learning: false } });
  up(ns, "flannel.1", `10.244.${own}.0/32`);
  routeAdd(ns, { dst: ip(`10.244.${other}.0`), bits: 24, gateway: ip(`10.244.${other}.0`), dev: "flannel.1", onlink: true });
  neighReplace(ns, { ip: ip(`10.244.${other}.0`), dev: "flannel.1", mac: macOf(other) });
  fdbAppend(ns, { mac: macOf(other), dev: "flannel.1", dst: ip(`192.168.50.1${other}`) });
}

test("a Pod on another node is reached by routes between the nodes: two hops, and the cable's latency", () => {
  const { a, n1, n2 } = twoNodes();
  routeAdd(n1, { dst: ip("10.244.2.0"), bits: 24, gateway: ip("192.168.50.12") });
  routeAdd(n2, { dst: ip("10.244.1.0"), bits: 24, gateway: ip("192.168.50.11") });
  expect(ping(a, "10.244.2.5")).toEqual(["0/0 from 10.244.2.5 ttl 62 at 0.4"]); // ARP crosses first; n2 has learned n1's address from the question.
  expect(ping(a, "10.244.2.5")).toEqual(["0/0 from 10.244.2.5 ttl 62 at 0.2"]);
  expect(ping(a, "10.244.2.5", { ttl: 1 })).toEqual(["11/0 from 10.244.1.1 ttl 64 at 0"]);
  expect(ping(a, "10.244.2.5", { ttl: 2 })).toEqual(["11/0 from 192.168.50.12 ttl 63 at 0.2"]);
});

test("a VXLAN tunnel carries Pods' packets between nodes that have no route for them", () => {
  const { a, n1, n2 } = twoNodes();
  flannel(n1, 1, 2);
  flannel(n2, 2, 1);
  expect(ping(a, "10.244.2.5").map((line) => line.replace(/ at .*/, ""))).toEqual(["0/0 from 10.244.2.5 ttl 62"]);
  expect(n1.devices.byName("flannel.1")?.mtu).toBe(1450);
  expect(n1.devices.byName("flannel.1")?.stats).toMatchObject({ txPackets: 1, rxPackets: 1 });
});

test("a packet too long for the tunnel is refused with the tunnel's MTU, or cut when it may be", () => {
  const { a, n1, n2 } = twoNodes();
  flannel(n1, 1, 2);
  flannel(n2, 2, 1);
  ping(a, "10.244.2.5");
  expect(ping(a, "10.244.2.5", { bytes: 1472, df: true })).toEqual(["3/4 from 10.244.1.1 ttl 64 at 0 mtu 1450"]);
  expect(ping(a, "10.244.2.5", { bytes: 3000 })).toEqual(["0/0 from 10.244.2.5 ttl 62 at 0.2"]);
});

test("a router without a way on says so, a host without forwarding says nothing", () => {
  const { a, n1 } = twoNodes();
  expect(ping(a, "203.0.113.9")).toEqual(["3/0 from 10.244.1.1 ttl 64 at 0"]);
  n1.sysctl.set("net.ipv4.ip_forward", "0");
  expect(ping(a, "203.0.113.9")).toEqual([]);
});

test("unreachable routes answer each in its own way", () => {
  const { a, n1 } = twoNodes();
  routeAdd(n1, { dst: ip("203.0.113.1"), bits: 32, type: "unreachable" });
  routeAdd(n1, { dst: ip("203.0.113.2"), bits: 32, type: "prohibit" });
  routeAdd(n1, { dst: ip("203.0.113.3"), bits: 32, type: "blackhole" });
  expect(ping(a, "203.0.113.1")).toEqual(["3/1 from 10.244.1.1 ttl 64 at 0"]);
  expect(ping(a, "203.0.113.2")).toEqual(["3/13 from 10.244.1.1 ttl 64 at 0"]);
  expect(ping(a, "203.0.113.3")).toEqual([]);
});

test("a machine complains to one peer six times in a burst, then once a second", () => {
  const { a, n1 } = twoNodes();
  routeAdd(n1, { dst: ip("203.0.113.0"), bits: 24, dev: "eth0" });
  const heard = Array.from({ length: 10 }, () => ping(a, "203.0.113.1", { ttl: 1 }, 0).length);
  expect(heard).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
  n1.world.scheduler.run(1000);
  expect([1, 2].map(() => ping(a, "203.0.113.1", { ttl: 1 }, 0).length)).toEqual([1, 0]);
});
