/** The real nft 1.0.6 and the real nf_tables (Linux 6.18.44) against the emulator's: words, listings, handles, verdicts, counters, connections. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runScenario } from "../../../engine/lab/scenario";
import { linkSet } from "../../../engine/net/netlink";
import type { Netfilter } from "../../../engine/netfilter/attach";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { runIptables } from "../../../engine/netfilter/iptables/command";
import { ip } from "../../../engine/wire/ip";
import { bareNetfilter, forward, router } from "../../support/netfilter";

const read = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
const nft = (netfilter: Netfilter, args: readonly string[], stdin = ""): ReturnType<typeof runNft> => runNft(netfilter, args, () => stdin, () => undefined);

type Rules = { readonly family: string; readonly base: string; readonly cases: readonly { readonly rule: string; readonly exit: number; readonly stderr: string; readonly listing: string }[] };

/** What differs, and must go on differing until this list says otherwise. */
const DIFFERENT: Readonly<Record<string, readonly string[]>> = JSON.parse(read("different.json"));

function answer({ family, base }: Rules, rule: string): { readonly exit: number; readonly stderr: string; readonly listing: string } {
  const netfilter = bareNetfilter();
  netfilter.resolveHost = (name) => (name === "localhost" ? [ip("127.0.0.1")] : []);
  linkSet(netfilter.ns, "lo", { up: true });
  nft(netfilter, ["-f", "-"], base);
  const { exit, stderr } = nft(netfilter, [`add rule ${family} t c ${rule}`]);
  return { exit, stderr, listing: nft(netfilter, ["-a", "list", "chain", family, "t", "c"]).stdout };
}

describe.each(["rules-filter-1", "rules-filter-2", "rules-nat", "rules-inet"])("rules as nft takes, refuses and lists them: %s", (file) => {
  const rules: Rules = JSON.parse(read(`${file}.json`));
  const different = new Set(DIFFERENT[file] ?? []);
  test.each(rules.cases)("$rule", ({ rule, exit, stderr, listing }) => {
    const ours = answer(rules, rule);
    if (different.has(rule) || ours.stderr.includes("not modelled")) expect(ours).not.toEqual({ exit, stderr, listing });
    else expect(ours).toEqual({ exit, stderr, listing });
  });
});

type Files = { readonly base: string; readonly cases: readonly { readonly text: string; readonly exit: number; readonly stdout: string; readonly stderr: string; readonly listing: string }[] };

describe.each(["files-errors", "mutated"])("files as nft takes and refuses them: %s", (file) => {
  const { base, cases }: Files = JSON.parse(read(`${file}.json`));
  const different = new Set(DIFFERENT[file] ?? []);
  test.each(cases)("$text", ({ text, exit, stdout, stderr, listing }) => {
    const netfilter = bareNetfilter();
    netfilter.resolveHost = (name) => (name === "localhost" ? [ip("127.0.0.1")] : []);
    linkSet(netfilter.ns, "lo", { up: true });
    expect(nft(netfilter, ["-f", "-"], base).stderr).toBe("");
    const said = nft(netfilter, ["-f", "-"], text);
    const ours = { ...said, listing: nft(netfilter, ["-a", "list", "ruleset"]).stdout };
    if (different.has(text) || said.stderr.includes("not modelled")) expect(ours).not.toEqual({ exit, stdout, stderr, listing });
    else expect(ours).toEqual({ exit, stdout, stderr, listing });
  });
});

type Recorded = { readonly scenario: Parameters<typeof runScenario>[0] & { hosts: { r: { nft: string } } }; readonly steps: unknown; readonly conntrack: unknown; readonly nft: unknown; readonly setup: number };

describe("random rulesets and packets, as the kernel decided and counted", () => {
  const recorded: Record<string, Recorded> = JSON.parse(read("packets.json"));
  const different = new Set(DIFFERENT.packets ?? []);
  test.each(Object.entries(recorded))("%s", (seed, { scenario, steps, conntrack, nft: listing }) => {
    const ours = JSON.parse(JSON.stringify(runScenario(scenario)));
    const after = ours.after?.r ?? {};
    const result = { steps: ours.steps, conntrack: after.conntrack, nft: after.nft };
    if (different.has(seed)) expect(result).not.toEqual({ steps, conntrack, nft: listing });
    else expect(result).toEqual({ steps, conntrack, nft: listing });
  });

  test("what is listed, loads, and is listed the same", () => {
    for (const { scenario, setup } of Object.values(recorded)) {
      if (setup > 0) continue;
      const first = bareNetfilter();
      expect(nft(first, ["-f", "-"], scenario.hosts.r.nft).stderr).toBe("");
      const listing = nft(first, ["list", "ruleset"]).stdout;
      // { 81, 81 } is listed as { 81 }, which nft itself reads as 81.
      if (/ \{ \d+ \} /.test(listing)) continue;
      const second = bareNetfilter();
      expect(nft(second, ["-f", "-"], listing).stderr).toBe("");
      expect(nft(second, ["list", "ruleset"]).stdout).toBe(listing);
    }
  });
});

test("upstream kube-proxy's ruleset loads, and is listed to the letter", () => {
  const text = read("kube-proxy.nft");
  const netfilter = router("");
  expect(nft(netfilter, ["-f", "-"], text)).toEqual({ exit: 0, stdout: "", stderr: "" });
  expect(nft(netfilter, ["list", "ruleset"]).stdout).toBe(text);
  expect(forward(netfilter, "tcp 10.244.1.5:5000 > 10.96.45.12:80 S")).toMatch(/^tcp 10\.244\.1\.5:5000 > 10\.244\.1\.1[123]:8080$/);
});

test("a batch that fails at its end leaves nothing of its beginning", () => {
  const netfilter = bareNetfilter();
  nft(netfilter, ["add table ip a"]);
  const before = nft(netfilter, ["list", "ruleset"]).stdout;
  const { exit } = nft(netfilter, ["-f", "-"], "add table ip b\nadd chain ip b c { type filter hook input priority 0; policy drop; }\ndelete table ip a\nadd rule ip b nowhere accept\n");
  expect(exit).toBe(1);
  expect(nft(netfilter, ["list", "ruleset"]).stdout).toBe(before);
  expect(netfilter.ns.hooks.registered("INPUT")).toEqual([]);
});

test("what iptables-nft wrote is seen by nft, and nft warns; what nft wrote is not seen by iptables", () => {
  const netfilter = bareNetfilter();
  runIptables(netfilter, ["iptables", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "80", "-m", "comment", "--comment", "hi there", "-j", "DNAT", "--to-destination", "10.0.0.1:8080"]);
  expect(nft(netfilter, ["list", "ruleset"])).toEqual({
    exit: 0,
    stdout: "table ip nat {\n\tchain PREROUTING {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\t\ttcp dport 80  counter packets 0 bytes 0 dnat to 10.0.0.1:8080\n\t}\n}\n",
    stderr: "# Warning: table ip nat is managed by iptables-nft, do not touch!\n",
  });
  nft(netfilter, ["add table ip mine"]);
  expect(runIptables(netfilter, ["iptables-legacy", "-S"]).stdout).toBe("-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n");
});
