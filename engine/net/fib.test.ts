import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import { runIp } from "../bin/ip/run";
import { ip, printIp } from "../wire/ip";
import { Netns } from "./netns";
import { routeOutput } from "./route-out";

/** A host configured by `ip` commands. */
function host(...commands: string[]): Netns {
  const ns = new Netns(newWorld(), "host");
  for (const command of ["link set lo up", "link add e0 type veth peer name e1", "link set e0 up", "link set e1 up", "addr add 192.168.50.11/24 dev e0", ...commands]) {
    expect(runIp(ns, command.split(" ")), command).toMatchObject({ exit: 0, stderr: "" });
  }
  return ns;
}

function way(ns: Netns, dst: string, mark = 0, src?: string): string {
  const route = routeOutput(ns, { dst: ip(dst), mark, ...(src === undefined ? {} : { src: ip(src) }) });
  return typeof route === "string" ? route : `${route.type} ${route.dev.name}${route.gateway === 0 ? "" : ` via ${printIp(route.gateway)}`} from ${printIp(route.src)}`;
}

test.each([
  ["10.244.2.7", "unicast e0 via 192.168.50.12 from 192.168.50.11"],
  ["10.244.2.130", "unicast e0 via 192.168.50.13 from 192.168.50.11"],
  ["10.244.3.1", "EHOSTUNREACH"],
  ["192.168.50.99", "unicast e0 from 192.168.50.11"],
  ["192.168.50.11", "local lo from 192.168.50.11"],
  ["192.168.50.255", "broadcast e0 from 192.168.50.11"],
  ["127.1.2.3", "local lo from 127.0.0.1"],
  ["203.0.113.1", "unicast e0 via 192.168.50.1 from 192.168.50.11"],
])("the way to %s is %s: the longest prefix decides", (dst, expected) => {
  const ns = host("route add default via 192.168.50.1", "route add 10.244.2.0/24 via 192.168.50.12", "route add 10.244.2.128/25 via 192.168.50.13", "route add unreachable 10.244.3.0/24");
  expect(way(ns, dst)).toBe(expected);
});

test("the lower metric wins, and the next one takes over when its route goes", () => {
  const ns = host("route add default via 192.168.50.1 metric 100", "route add default via 192.168.50.2 metric 200");
  expect(way(ns, "203.0.113.1")).toBe("unicast e0 via 192.168.50.1 from 192.168.50.11");
  runIp(ns, "route del default metric 100".split(" "));
  expect(way(ns, "203.0.113.1")).toBe("unicast e0 via 192.168.50.2 from 192.168.50.11");
});

test("rules send what they match to another table, by source or by mark", () => {
  const ns = host("route add default via 192.168.50.1", "addr add 198.51.100.5/32 dev e0", "route add default via 192.168.50.9 table 100", "rule add from 198.51.100.5 lookup 100", "rule add fwmark 0x10/0xf0 lookup 100");
  expect(way(ns, "203.0.113.1")).toBe("unicast e0 via 192.168.50.1 from 192.168.50.11");
  expect(way(ns, "203.0.113.1", 0, "198.51.100.5")).toBe("unicast e0 via 192.168.50.9 from 192.168.50.11");
  expect(way(ns, "203.0.113.1", 0x1f)).toBe("unicast e0 via 192.168.50.9 from 192.168.50.11");
  expect(way(ns, "203.0.113.1", 0x20)).toBe("unicast e0 via 192.168.50.1 from 192.168.50.11");
});

test("routes go with their device, and those of its addresses come back with it", () => {
  const ns = host("route add default via 192.168.50.1");
  runIp(ns, "link set e0 down".split(" "));
  expect(way(ns, "203.0.113.1")).toBe("ENETUNREACH");
  expect(way(ns, "192.168.50.11")).toBe("local lo from 192.168.50.11");
  runIp(ns, "link set e0 up".split(" "));
  expect(way(ns, "192.168.50.1")).toBe("unicast e0 from 192.168.50.11");
  expect(way(ns, "203.0.113.1")).toBe("ENETUNREACH");
});

test("a source that is not ours is refused", () => {
  expect(way(host("route add default via 192.168.50.1"), "203.0.113.1", 0, "198.51.100.77")).toBe("ENETUNREACH");
});
