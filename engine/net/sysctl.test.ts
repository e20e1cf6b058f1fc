import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import { linkAdd, linkSet } from "./netlink";
import { Netns } from "./netns";
import { dottedOf, pathOf } from "./sysctl";

test.each([
  ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
  ["net/ipv4/ip_forward", "net/ipv4/ip_forward"],
  ["net.ipv4.conf.flannel/1.rp_filter", "net/ipv4/conf/flannel.1/rp_filter"],
  ["net/ipv4/conf/flannel.1/rp_filter", "net/ipv4/conf/flannel.1/rp_filter"],
])("%s is the file %s", (key, path) => {
  expect(pathOf(key)).toBe(path);
  expect(pathOf(dottedOf(path))).toBe(path);
});

test("ip_forward, all and every device are one switch; a device can leave it alone", () => {
  const { sysctl } = new Netns(newWorld(), "n");
  sysctl.set("net.ipv4.ip_forward", "1");
  const keys = ["net.ipv4.conf.all.forwarding", "net.ipv4.conf.default.forwarding", "net.ipv4.conf.lo.forwarding", "net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.lo.accept_redirects"];
  expect(keys.map((key) => sysctl.get(key))).toEqual(["1", "1", "1", "0", "1"]);
  sysctl.set("net.ipv4.conf.lo.forwarding", "0");
  expect(sysctl.get("net.ipv4.ip_forward")).toBe("1");
  sysctl.set("net.ipv4.conf.all.forwarding", "0");
  expect(sysctl.get("net.ipv4.ip_forward")).toBe("0");
});

test("a new device begins with what default says then, and keeps it", () => {
  const ns = new Netns(newWorld(), "n");
  ns.sysctl.set("net.ipv4.conf.default.rp_filter", "2");
  linkAdd(ns, { name: "cni0", kind: "bridge" });
  ns.sysctl.set("net.ipv4.conf.default.rp_filter", "1");
  expect(ns.sysctl.get("net.ipv4.conf.cni0.rp_filter")).toBe("2");
  expect(ns.sysctl.get("net.ipv4.conf.lo.rp_filter")).toBe("0");
  linkSet(ns, "cni0", { name: "br.7" });
  expect(ns.sysctl.get("net.ipv4.conf.br/7.rp_filter")).toBe("2");
  expect(ns.sysctl.get("net.ipv4.conf.cni0.rp_filter")).toBeUndefined();
});

test("rp_filter is the stricter of all and the device, route_localnet either of the two", () => {
  const ns = new Netns(newWorld(), "n");
  ns.sysctl.set("net.ipv4.conf.all.rp_filter", "1");
  ns.sysctl.set("net.ipv4.conf.lo.rp_filter", "2");
  ns.sysctl.set("net.ipv4.conf.all.route_localnet", "1");
  expect([ns.sysctl.max("rp_filter", ns.lo), ns.sysctl.or("route_localnet", ns.lo), ns.sysctl.or("accept_local", ns.lo)]).toEqual([2, true, false]);
});

test.each([
  ["net.ipv4.ip_default_ttl", "0", "EINVAL"],
  ["net.ipv4.ip_forward", "abc", "EINVAL"],
  ["net.ipv4.ip_local_port_range", "1 2 3", "EINVAL"],
  ["net.ipv4.tcp_available_congestion_control", "x", "EACCES"],
  ["net.ipv4.nosuch", "1", "ENOENT"],
])("%s = %s is refused with %s", (key, value, code) => {
  const { sysctl } = new Netns(newWorld(), "n");
  expect(() => sysctl.set(key, value)).toThrow(expect.objectContaining({ code }));
});

test("of several numbers only the first may be given, and tabs stand between them", () => {
  const { sysctl } = new Netns(newWorld(), "n");
  sysctl.set("net.ipv4.ip_local_port_range", "2000");
  expect(sysctl.get("net.ipv4.ip_local_port_range")).toBe("2000\t60999");
});
