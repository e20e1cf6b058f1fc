import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import { Netns } from "../net/netns";
import { ip } from "../wire/ip";
import { PROTO } from "../wire/packet";
import { attachIpvs } from "./attach";
import { addServer, addService, deleteServer, flush } from "./control";

const SERVICE = { protocol: PROTO.tcp, address: ip("10.9.9.9"), port: 80, fwmark: 0, scheduler: "rr", persistentSeconds: undefined, netmask: 0xffff_ffff, onePacket: false, flags: 0 };
const server = (address: string) => ({ address: ip(address), port: 81, weight: 1, forwarding: "masq", upper: 0, lower: 0, tunnel: { type: "ipip", port: 0, flags: "nocsum" } }) as const;

function start() {
  const world = newWorld();
  const ns = new Netns(world, "host", { initial: true });
  const ipvs = attachIpvs(ns);
  addService(ipvs, SERVICE);
  addServer(ipvs, SERVICE, server("127.0.0.1"));
  return { world, ns, ipvs };
}

test("/proc/net/ip_vs_stats_percpu shows what was counted at once, and its sum and rates as the estimator has seen them.", () => {
  const { world, ns, ipvs } = start();
  ipvs.total.conns = 1;
  ipvs.total.countIn(60);
  ipvs.total.countOut(40);
  ipvs.estimator.watch(ipvs.total);
  const file = (): string | undefined => ns.procFiles?.get("ip_vs_stats_percpu")?.();
  const shown = (sum: string, rates: string): string =>
    `       Total Incoming Outgoing         Incoming         Outgoing\nCPU    Conns  Packets  Packets            Bytes            Bytes\n  0        1        1        1               3C               28\n  1        0        0        0                0                0\n  ~ ${sum}\n\n     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    ${rates}\n`;
  const nothing = "       0        0        0                0                0";
  expect(file()).toBe(shown(nothing, nothing));
  world.scheduler.run(2016);
  expect(file()).toBe(shown("       1        1        1               3C               28", "       0        0        0                7                5"));
});

test("the estimator sleeps while nothing moves, keeps its beat from the namespace's birth, and leaves alone what was deleted.", () => {
  const { world, ipvs } = start();
  expect(world.scheduler.nextMs).toBeUndefined();
  world.scheduler.run(2500);
  const [service] = ipvs.services();
  const [real] = service?.servers ?? [];
  for (const stats of [service?.stats, real?.stats]) {
    stats?.countIn(100);
    if (stats) ipvs.estimator.watch(stats);
  }
  deleteServer(ipvs, SERVICE, ip("127.0.0.1"), 81);
  world.scheduler.run(1531);
  expect(service?.stats.shown.inpkts).toBe(0);
  world.scheduler.run(1);
  expect([service?.stats.shown.inpkts, real?.stats.shown.inpkts]).toEqual([1, 0]);
});

test("a deleted real server comes back with its counters, for two minutes and as long as somebody remembers it.", () => {
  const { world, ipvs } = start();
  const real = () => ipvs.services()[0]?.servers[0];
  const first = real();
  deleteServer(ipvs, SERVICE, ip("127.0.0.1"), 81);
  addServer(ipvs, SERVICE, server("127.0.0.1"));
  expect(real()).toBe(first);
  flush(ipvs);
  world.scheduler.run(400_000);
  addService(ipvs, SERVICE);
  addServer(ipvs, SERVICE, server("127.0.0.1"));
  expect(real()).not.toBe(first);
});
