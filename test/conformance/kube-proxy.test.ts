/**
 * kube-proxy's ipvs and nftables modes: what they write, and that the emulated tools show of it
 * exactly what the real ones showed (kube-proxy/README.md).
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runIp } from "../../engine/bin/ip/run";
import { kubeProxyText, proxyModeOf } from "../../engine/lab/kube-proxy-text";
import { runHostIpvsadm } from "../../engine/lab/scenario-setup";
import { attachIpvs } from "../../engine/ipvs/attach";
import { Netns } from "../../engine/net/netns";
import { attachNetfilter } from "../../engine/netfilter/attach";
import { NO_FILES, runIpset } from "../../engine/netfilter/ipset/command";
import { restore } from "../../engine/netfilter/iptables/restore";
import { save } from "../../engine/netfilter/iptables/save";
import { runText } from "../../engine/netfilter/nftables/command";
import { newWorld } from "../support/world";

const recorded = (name: string): string => readFileSync(new URL(`./kube-proxy/${name}`, import.meta.url), "utf8");
const objects = JSON.parse(recorded("objects.json"));
const written = (mode: string): string => kubeProxyText(objects, proxyModeOf(mode) ?? "iptables", "node-1");
const sorted = (text: string): string => text.split("\n").sort().join("\n");

function node() {
  const ns = new Netns(newWorld(), "node-1", { initial: true });
  return { ns, netfilter: attachNetfilter(ns) };
}

test("In nftables mode nft lists what kube-proxy wrote as the real one does.", () => {
  expect(written("nftables")).toBe(recorded("nftables/in.nft"));
  const { netfilter } = node();
  expect(runText(netfilter, { text: written("nftables"), name: "/dev/stdin" })).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(runText(netfilter, { text: "list ruleset\n", name: undefined }).stdout).toBe(recorded("nftables/list.txt"));
});

test("In ipvs mode ipset, iptables, ip and ipvsadm show what kube-proxy wrote as the real ones do.", () => {
  expect(written("ipvs")).toBe(recorded("ipvs/in.txt"));
  const { ns, netfilter } = node();
  attachIpvs(ns);
  const [, sets = "", rules = "", links = "", servers = ""] = written("ipvs").split(/^# .*\n/m);
  expect(runIpset(netfilter, ["restore"], () => sets, NO_FILES)).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(restore(netfilter, rules, { noflush: true })).toMatchObject({ ok: true });
  const ip = (words: string) => runIp(ns, words.split(" "));
  for (const line of links.trimEnd().split("\n")) expect(ip(line)).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(runHostIpvsadm({ ns }, ["-R"], servers)).toEqual({ exit: 0, stdout: "", stderr: "" });

  expect(runHostIpvsadm({ ns }, ["-Ln"]).stdout).toBe(recorded("ipvs/ipvsadm-Ln.txt"));
  expect(sorted(runHostIpvsadm({ ns }, ["-Sn"]).stdout)).toBe(sorted(recorded("ipvs/ipvsadm-Sn.txt")));
  expect(save(netfilter, {}).split("\n").filter((line) => !line.startsWith("#")).join("\n")).toBe(recorded("ipvs/iptables-save.txt"));
  expect(ip("-o addr show kube-ipvs0")).toMatchObject({ stdout: recorded("ipvs/ip-addr.txt").replaceAll(/^\d+:/gm, "2:") });
  const withoutMac = (text: string): string => text.replace(/^\d+:/, "2:").replace(/ether \S+/, "ether MAC");
  const link = ip("-d link show kube-ipvs0");
  expect("stdout" in link && withoutMac(link.stdout)).toBe(withoutMac(recorded("ipvs/ip-link.txt")));
  expect(ip("route show table local dev kube-ipvs0")).toMatchObject({ stdout: recorded("ipvs/ip-route.txt") });
  const members = runIpset(netfilter, ["save"], () => "", NO_FILES).stdout.replace(/ initval 0x[0-9a-f]+/g, "");
  expect(sorted(members)).toBe(sorted(recorded("ipvs/ipset-save.txt")));
});
