import { expect, test } from "vitest";
import { bareNetfilter, forward, router } from "../../../test/support/netfilter";
import type { Netfilter } from "../attach";
import { runIptables } from "../iptables/command";
import { NO_FILES, runIpset } from "./command";

const ipset = (netfilter: Netfilter, ...argv: string[]): string => {
  const { exit, stdout, stderr } = runIpset(netfilter, argv, () => "", NO_FILES);
  return exit === 0 ? stdout : `${stdout}${stderr}[${exit}]`;
};

function withSets(rules: string, ...commands: string[]): Netfilter {
  const netfilter = router("");
  for (const command of commands) ipset(netfilter, ...command.split(" "));
  for (const rule of rules.split("\n")) expect(runIptables(netfilter, ["iptables", ...rule.split(" ")])).toEqual({ exit: 0, stdout: "", stderr: "" });
  return netfilter;
}

test("a network with nomatch is a hole in a larger one, and --return-nomatch asks for the holes", () => {
  const sets = ["create n hash:net", "add n 10.0.0.0/8", "add n 10.244.1.0/24 nomatch"];
  const outside = withSets("-A FORWARD -m set --match-set n src -j DROP", ...sets);
  expect(forward(outside, "udp 10.244.1.5:1 > 192.0.2.9:2")).not.toContain("lost");
  expect(forward(outside, "udp 10.244.2.5:1 > 192.0.2.9:2")).toBe("lost at FORWARD");
  const holes = withSets("-A FORWARD -m set --match-set n src --return-nomatch -j DROP", ...sets);
  expect(forward(holes, "udp 10.244.1.5:1 > 192.0.2.9:2")).toBe("lost at FORWARD");
});

test("a set with more parts than the rule gives directions never matches", () => {
  const netfilter = withSets("-A FORWARD -m set --match-set p src -j DROP", "create p hash:ip,port", "add p 10.244.1.5,udp:1");
  expect(forward(netfilter, "udp 10.244.1.5:1 > 192.0.2.9:2")).not.toContain("lost");
});

test("a set of sets matches where a member does", () => {
  const netfilter = withSets("-A FORWARD -m set --match-set l dst -j DROP", "create a hash:ip", "create l list:set", "add l a", "add a 192.0.2.9");
  expect(forward(netfilter, "udp 10.244.1.5:1 > 192.0.2.9:2")).toBe("lost at FORWARD");
  expect(forward(netfilter, "udp 10.244.1.5:1 > 192.0.2.8:2")).not.toContain("lost");
});

test("-j SET adds the sender, who is counted from then on", () => {
  const netfilter = withSets("-A FORWARD -j SET --add-set seen src\n-A FORWARD -m set --match-set seen src", "create seen hash:ip counters initval 1");
  forward(netfilter, "udp 10.244.1.5:1 > 192.0.2.9:2");
  expect(ipset(netfilter, "save", "seen")).toMatch(/\nadd seen 10\.244\.1\.5 packets 2 bytes \d+\n$/);
});

test("a set that a rule names stays until the rule is gone", () => {
  const netfilter = withSets("-A FORWARD -m set --match-set a src -j DROP", "create a hash:ip");
  expect(ipset(netfilter, "destroy", "a")).toBe("ipset v7.17: Set cannot be destroyed: it is in use by a kernel component\n[1]");
  runIptables(netfilter, ["iptables", "-F"]);
  expect(ipset(netfilter, "destroy", "a")).toBe("");
});

test("what was listed restores to the same list, whatever the salt did to the order", () => {
  const from = bareNetfilter();
  for (const command of ["create a hash:ip,port,net counters", "create l list:set", "add l a", "add a 10.0.0.0/28,udp:1-9,10.0.0.0/8 packets 7"]) ipset(from, ...command.split(" "));
  const saved = ipset(from, "save");
  const to = bareNetfilter();
  expect(runIpset(to, ["restore"], () => saved, NO_FILES)).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(ipset(to, "save", "-s")).toBe(ipset(from, "save", "-s"));
});

test("types and families that are not modelled are refused by name", () => {
  const netfilter = bareNetfilter();
  expect(ipset(netfilter, "create", "x", "hash:mac")).toBe("ipset: not modelled: hash:mac\n[2]");
  expect(ipset(netfilter, "create", "x", "hash:ip", "family", "inet6")).toBe("ipset: not modelled: family inet6\n[2]");
  expect(ipset(netfilter, "create", "x", "hash:ip", "skbinfo")).toBe("ipset: not modelled: skbinfo\n[2]");
});
