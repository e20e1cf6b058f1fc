import { expect, test } from "vitest";
import { testMachine } from "@/test/support/machine";
import { addrAdd, linkAdd, linkSet, neighReplace, routeAdd } from "../net/netlink";
import { TcpSocket } from "../net/socket";
import { ip } from "../wire/ip";
import { mac } from "../wire/mac";

function node() {
  const machine = testMachine([]);
  const { netns: ns } = machine;
  linkSet(ns, "lo", { up: true });
  linkAdd(ns, { name: "eth0", kind: "veth", mac: mac("02:00:00:00:00:01"), peer: { name: "peer0" } });
  linkSet(ns, "peer0", { up: true });
  linkSet(ns, "eth0", { up: true });
  addrAdd(ns, "eth0", { address: ip("192.168.50.11"), bits: 24 });
  routeAdd(ns, { dst: ip("0.0.0.0"), bits: 0, gateway: ip("192.168.50.1") });
  neighReplace(ns, { dev: "eth0", ip: ip("192.168.50.1"), mac: mac("02:00:00:00:00:fe"), state: "PERMANENT" });
  return machine;
}

test.each([
  ["/proc/net/route", `${"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".padEnd(127)}\n${"eth0\t00000000\t0132A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0".padEnd(127)}\n${"eth0\t0032A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0".padEnd(127)}\n`],
  ["/proc/net/arp", "IP address       HW type     Flags       HW address            Mask     Device\n192.168.50.1     0x1         0x6         02:00:00:00:00:fe     *        eth0\n"],
  ["/sys/class/net/eth0/operstate", "up\n"],
  ["/sys/class/net/lo/flags", "0x9\n"],
  ["/sys/class/net/eth0/address", "02:00:00:00:00:01\n"],
  ["/sys/class/net/eth0/statistics/rx_packets", "0\n"],
])("%s is as Linux prints it", (path, text) => {
  expect(node().fs.readText(path)).toBe(text);
});

test("/proc/net/tcp lists a listener", () => {
  const machine = node();
  const socket = new TcpSocket(machine.netns);
  socket.bind(ip("127.0.0.1"), 8080);
  socket.listen();
  const [, line = ""] = machine.fs.readText("/proc/net/tcp").split("\n");
  expect(line.replace(/ \d+ 1 0{16}/, " INODE 1 0000000000000000")).toMatch(/^ {3}0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 {5}0 {8}0 INODE 1 0{16} 100 0 0 10 0 +$/);
  expect(line.length).toBe(149);
});

test("/proc/net/dev has a line for every device", () => {
  expect(node().fs.readText("/proc/net/dev").split("\n").slice(2).map((line) => line.slice(0, 7))).toEqual(["    lo:", " peer0:", "  eth0:", ""]);
});
