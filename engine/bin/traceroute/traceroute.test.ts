import { describe, expect, it } from "vitest";
import { machineOn, play } from "../../../test/support/hosts";
import { address, lan } from "../../../test/support/lan";
import type { BaseDevice } from "../../link/base";
import { Cable, CableDevice } from "../../link/cable";
import { Netns } from "../../net/netns";
import { routeAdd } from "../../net/netlink-route";
import { ip } from "../../wire/ip";
import { mac } from "../../wire/mac";
import { traceroute } from "./index";

/** a — b — c: b forwards. */
function chain() {
  const net = lan({ latencyMs: 0.05 });
  const c = new Netns(net.world, "c");
  const cable = new Cable(net.world, net.world.rng.fork("cable 2"), { latencyMs: 0.1 });
  const [left, right] = [new CableDevice(net.world, "eth1", mac("02:00:00:00:01:01"), cable), new CableDevice(net.world, "eth0", mac("02:00:00:00:01:02"), cable)];
  left.other = right;
  right.other = left;
  for (const [ns, dev, cidr] of [[net.b, left, "10.244.3.1/24"], [c, right, "10.244.3.9/24"]] as const) {
    ns.devices.add(dev);
    (ns.lo as BaseDevice).setUp(true);
    dev.setUp(true);
    address(ns, dev, cidr);
    dev.onChange?.();
  }
  net.b.sysctl.set("net.ipv4.ip_forward", "1");
  routeAdd(net.a, { dst: ip("10.244.3.0"), bits: 24, gateway: ip("10.244.1.11") });
  routeAdd(net.a, { dst: ip("203.0.113.0"), bits: 24, gateway: ip("10.244.1.11") });
  routeAdd(c, { dst: ip("0.0.0.0"), bits: 0, gateway: ip("10.244.3.1") });
  return net;
}

describe("traceroute", () => {
  it("names each hop and how far it is", () => {
    expect(play(machineOn(chain().a), traceroute, ["-n", "10.244.3.9"])).toMatchObject({ exit: 0, out: expect.stringMatching(/^traceroute to 10\.244\.3\.9 \(10\.244\.3\.9\), 30 hops max, 60 byte packets\n 1 {2}10\.244\.1\.11( {2}0\.\d{3} ms){3}\n 2 {2}10\.244\.3\.9( {2}0\.\d{3} ms| \*){3}\n$/) });
  });

  it("marks what a router says of the rest of the way", () => {
    expect(play(machineOn(chain().a), traceroute, ["-n", "-q", "1", "203.0.113.9"]).out).toMatch(/^[^\n]*\n 1 {2}10\.244\.1\.11 {2}0\.\d{3} ms !N\n$/);
  });

  it("works with ICMP echo too", () => {
    expect(play(machineOn(chain().a), traceroute, ["-I", "-n", "-q", "1", "10.244.3.9"]).out).toMatch(/\n 1 {2}10\.244\.1\.11 {2}0\.\d{3} ms\n 2 {2}10\.244\.3\.9 {2}0\.\d{3} ms\n$/);
  });

  it.each([
    [["-n", "198.51.100.1"], 1, "traceroute to 198.51.100.1 (198.51.100.1), 30 hops max, 60 byte packets\nconnect: Network is unreachable\n"],
    [["-Z", "x"], 2, "Bad option `-Z' (argc 1)\n"],
    [["-m", "300", "1.1.1.1"], 2, "max hops cannot be more than 255\n"],
    [["-e", "10.244.3.9"], 2, "traceroute: not modelled: -e\n"],
    [["-n", "-w", "1", "-m", "2", "10.244.1.77"], 0, "traceroute to 10.244.1.77 (10.244.1.77), 2 hops max, 60 byte packets\n 1  * * *\n 2  * * *\n"],
  ] as const)("%j", (args, exit, all) => {
    expect(play(machineOn(chain().a), traceroute, args)).toMatchObject({ exit, all });
  });
});
