import { expect, test } from "vitest";
import { bareNetfilter, forward, router } from "../../test/support/netfilter";
import { runIptables } from "../netfilter/iptables/command";
import { attachNetfilter } from "../netfilter/attach";
import { networkTools } from "./index";
import { run, testMachine } from "../../test/support/machine";
import { runRestore } from "../netfilter/iptables/restore-command";
import { runSave } from "../netfilter/iptables/save-command";
import { iptablesPrograms } from "./iptables";

test("every spelling of iptables is there, for both back ends", () => {
  expect(iptablesPrograms.map(({ name }) => name)).toEqual([
    "iptables", "iptables-legacy", "iptables-nft", "iptables-save", "iptables-legacy-save", "iptables-nft-save",
    "iptables-restore", "iptables-legacy-restore", "iptables-nft-restore", "ip6tables", "ip6tables-save", "ip6tables-restore",
  ]);
});

test("the two back ends hold rules of their own, both act, and nft warns of the other", () => {
  const netfilter = router("*filter\n-A FORWARD -p udp -j DROP\nCOMMIT\n");
  runIptables(netfilter, ["iptables-legacy", "-A", "FORWARD", "-p", "icmp", "-j", "DROP"]);
  expect(forward(netfilter, "udp 10.244.1.5:1 > 10.0.0.9:2")).toBe("lost at FORWARD");
  expect(forward(netfilter, "icmp 10.244.1.5 > 10.0.0.9")).toBe("lost at FORWARD");
  expect(runIptables(netfilter, ["iptables", "-S", "FORWARD"])).toEqual({
    exit: 0,
    stdout: "-P FORWARD ACCEPT\n-A FORWARD -p udp -j DROP\n",
    stderr: "# Warning: iptables-legacy tables present, use iptables-legacy to see them\n",
  });
});

test("iptables-save writes to a file, and iptables-restore reads from one", () => {
  const from = router("*filter\n-A FORWARD -p udp -j DROP\nCOMMIT\n");
  const files = new Map<string, string>();
  expect(runSave(from, ["iptables-save", "-f", "/tmp/rules"], (path, text) => {
    files.set(path, text);
    return undefined;
  })).toEqual({ exit: 0, stdout: "", stderr: "" });
  const to = bareNetfilter();
  expect(runRestore(to, ["iptables-restore", "/tmp/rules"], () => "", (path) => files.get(path)).exit).toBe(0);
  expect(runIptables(to, ["iptables", "-C", "FORWARD", "-p", "udp", "-j", "DROP"]).exit).toBe(0);
});

test("what is known and not modelled is refused by name", () => {
  expect(runIptables(bareNetfilter(), ["iptables", "-A", "INPUT", "-m", "u32", "--u32", "0=1"])).toEqual({ exit: 2, stdout: "", stderr: "not modelled: -m u32\n" });
});

test("a namespace made with ip netns has rules of its own, and one kernel's limit on connections with all others", () => {
  const machine = testMachine(networkTools);
  attachNetfilter(machine.netns).requireConntrack();
  const typed = (line: string) => {
    const { exit, stdout, stderr } = run(machine, line.split(" "));
    return [exit, stdout + stderr];
  };
  expect(typed("ip netns add blue")).toEqual([0, ""]);
  expect(typed("ip netns exec blue iptables -A INPUT -p udp -j DROP")).toEqual([0, ""]);
  expect(typed("ip netns exec blue iptables -S INPUT")).toEqual([0, "-P INPUT ACCEPT\n-A INPUT -p udp -j DROP\n"]);
  expect(typed("iptables -S INPUT")).toEqual([0, "-P INPUT ACCEPT\n"]);
  expect(typed("ip netns exec blue sysctl -w net.netfilter.nf_conntrack_max=5")).toEqual([0, 'sysctl: setting key "net.netfilter.nf_conntrack_max": Invalid argument\n']);
  expect(typed("ip netns exec blue sysctl -w net.netfilter.nf_conntrack_expect_max=5")).toEqual([0, 'sysctl: setting key "net.netfilter.nf_conntrack_expect_max": Invalid argument\n']);
  expect(typed("sysctl -w net.netfilter.nf_conntrack_max=7")).toEqual([0, "net.netfilter.nf_conntrack_max = 7\n"]);
  expect(typed("ip netns exec blue sysctl net.netfilter.nf_conntrack_max")).toEqual([0, "net.netfilter.nf_conntrack_max = 7\n"]);
  expect(typed("ip netns exec blue sysctl net.nf_conntrack_max")).toEqual([1, "sysctl: cannot stat /proc/sys/net/nf_conntrack_max: No such file or directory\n"]);
});
