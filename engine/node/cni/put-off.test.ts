/** A Pod's network is made when somebody looks, as if it had been made at once: devices, their numbers and times, addresses, routes. */
import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../cluster.test-support";
import type { Netns } from "../../net/netns";

/** Everything there is to see of a namespace's devices, but counters. */
function seen(ns: Netns): unknown {
  const routes = ns.fib.tables().flatMap((table) => table.entries()).map(({ table, type, dst, bits, hops }) => [table, type, dst, bits, hops.map(({ dev, gateway }) => [dev?.name, gateway])]);
  const devices = ns.devices.all().map((device) => ({
    name: device.name, index: device.index, mac: device.mac, mtu: device.mtu, carrier: device.carrier, master: device.master?.name,
    addresses: ns.addresses.of(device).map(({ local, bits, addedMs }) => [local, bits, addedMs]),
    ...("fdb" in device && { fdb: (device as { fdb: { list(): { mac: number; updatedMs: number }[] } }).fdb.list().map(({ mac, updatedMs }) => [mac, updatedMs]) }),
  }));
  return { devices, routes };
}

/** Three Pods come to one node, one after the other, and the first goes again. */
function started(look: (t: TestCluster) => void): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(12);
  for (const name of ["one", "two", "three"]) {
    t.pod(name, { image: "registry.example.com/echo-server:1.0" }, { nodeName: "node-2" });
    t.run(3);
    look(t);
  }
  t.store.delete("Pod", "one", "default", { gracePeriodSeconds: 1 });
  t.run(5);
  return t;
}

function all(t: TestCluster): unknown {
  return [t.node("node-2").machine.netns, t.machine("three").netns, t.machine("two").netns].map(seen);
}

test("Whoever looks late sees what he would have seen who looked all the time.", () => {
  const early = started((t) => void seen(t.node("node-2").machine.netns));
  const late = started(() => {});
  expect(late.world.scheduler.events).toBe(early.world.scheduler.events);
  expect(all(late)).toEqual(all(early));
  expect(late.world.scheduler.nextMs).toBe(early.world.scheduler.nextMs);
});

test("The Pod that is looked at first does not come first.", () => {
  const [a, b] = [started(() => {}), started(() => {})];
  seen(a.machine("three").netns);
  expect(all(a)).toEqual(all(b));
});

test("A frame that floods a bridge reaches a Pod that nobody has looked at.", () => {
  const t = started(() => {});
  const { podIP } = t.read("three").status;
  expect(t.get(t.machine("two"), `http://${podIP}:8080/`)).toMatch(/^200 /);
  t.pod("four", { image: "registry.example.com/echo-server:1.0" }, { nodeName: "node-2" });
  t.run(3);
  expect(t.get(t.machine("two"), `http://${t.read("four").status.podIP}:8080/`, 500)).toMatch(/^200 /);
});

test("A device that comes later starts with the defaults of its own time.", () => {
  const t = started(() => {});
  const { netns } = t.node("node-2").machine;
  netns.sysctl.set("net.ipv4.conf.default.rp_filter", "2");
  t.pod("four", { image: "registry.example.com/echo-server:1.0" }, { nodeName: "node-2" });
  t.run(3);
  const values = netns.sysctl.paths().filter((path) => /conf\/veth.*\/rp_filter/.test(path)).map((path) => netns.sysctl.get(path));
  expect(values.sort()).toEqual(["0", "0", "2"]);
});
