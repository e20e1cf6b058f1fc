/**
 * nft 1.0.6 and the kernel (Linux 6.18.44) against the emulator, in the wide: rules of every kind, what learners
 * type and mistype, iptables-nft's rules in nft's words, random rulesets with packets.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runScenario } from "../../../engine/lab/scenario";
import { linkSet } from "../../../engine/net/netlink";
import type { Netfilter } from "../../../engine/netfilter/attach";
import { runIptables } from "../../../engine/netfilter/iptables/command";
import { runNft } from "../../../engine/netfilter/nftables/command";
import { ip } from "../../../engine/wire/ip";
import { bareNetfilter } from "../../support/netfilter";

const read = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
const nft = (netfilter: Netfilter, args: readonly string[], stdin = ""): ReturnType<typeof runNft> => runNft(netfilter, args, () => stdin, () => undefined);
const undated = (text: string): string => text.replaceAll(/ expires [0-9dhms]+/g, " expires T");

/** What differs, and must go on differing until this list says otherwise. */
const DIFFERENT: Readonly<Record<string, readonly string[]>> = JSON.parse(read("different-wide.json"));

function host(sets: readonly string[] = []): Netfilter {
  const netfilter = sets.length > 0 ? bareNetfilter({ sets }) : bareNetfilter();
  netfilter.resolveHost = (name) => (name === "localhost" ? [ip("127.0.0.1")] : []);
  linkSet(netfilter.ns, "lo", { up: true });
  return netfilter;
}

function agree(kind: string, name: string, ours: { readonly stderr: string }, real: unknown): void {
  if (DIFFERENT[kind]?.includes(name) || ours.stderr.includes("not modelled")) expect(ours).not.toEqual(real);
  else expect(ours).toEqual(real);
}

type Rule = { readonly place: string; readonly rule: string; readonly exit: number; readonly stderr: string; readonly lines?: readonly string[]; readonly numeric?: readonly string[]; readonly json?: string | null | undefined };
const rules: { readonly base: string; readonly cases: readonly Rule[] } = JSON.parse(read("wide-rules.json"));

function asRule({ place, rule, json }: Rule): Omit<Rule, "place" | "rule"> & { readonly stderr: string } {
  const [family = "", chain = "", hook = ""] = place.split(" ");
  const netfilter = host();
  nft(netfilter, ["-f", "-"], rules.base.replaceAll("%(f)s", family).replaceAll("%(h)s", hook));
  const { exit, stderr } = nft(netfilter, [`add rule ${family} t ${chain} ${rule}`]);
  if (exit !== 0) return { exit, stderr };
  const body = (option: string): string[] => nft(netfilter, [option, "list", "chain", family, "t", chain]).stdout.split("\n").slice(3, -3);
  const listing = nft(netfilter, ["-j", "list", "chain", family, "t", chain]).stdout;
  return { exit, stderr, lines: body("-a"), numeric: body("-n"), json: json === null ? null : /"expr": (.*)\}\}\]\}\n$/.exec(listing)?.[1] };
}

describe("rules of every kind, listed with handles, in numbers and as JSON", () => {
  test.each(rules.cases.map((one) => [`${one.place}: ${one.rule}`, one] as const))("%s", (name, one) => {
    const { place: _place, rule: _rule, ...real } = one;
    agree("rules", name, asRule(one), real);
  });
});

type Line = { readonly line: string; readonly exit: number; readonly stdout: string; readonly stderr: string; readonly listing?: string };
const learner: { readonly base: string; readonly listing: string; readonly cases: readonly Line[] } = JSON.parse(read("learner.json"));

describe("what learners type and mistype, word for word and caret for caret", () => {
  test.each(learner.cases.map((one) => [one.line, one] as const))("nft %s", (line, real) => {
    const netfilter = host();
    nft(netfilter, ["-f", "-"], learner.base);
    const said = nft(netfilter, [line]);
    const listing = undated(nft(netfilter, ["-a", "list", "ruleset"]).stdout);
    agree("learner", line, { line, ...said, stdout: undated(said.stdout), ...(listing !== learner.listing && { listing }) } as Line, real);
  });
});

type Xt = { readonly line: string; readonly exit: number; readonly stderr: string; readonly listing: string; readonly warning: string; readonly numeric: string };
const xt: { readonly cases: readonly Xt[] } = JSON.parse(read("xt-words.json"));

/** As a shell takes a line apart. */
const words = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

describe("what iptables-nft writes, in nft's words", () => {
  test.each(xt.cases.map((one) => [one.line, one] as const))("iptables-nft %s", (line, real) => {
    const netfilter = host(line.includes("set ") ? ["foo", "bar"] : []);
    runIptables(netfilter, ["iptables-nft", "-N", "foo"]);
    const { exit, stderr } = runIptables(netfilter, ["iptables-nft", ...words(line)]);
    const plain = nft(netfilter, ["list", "ruleset"]);
    agree("xt", line, { line, exit, stderr, listing: plain.stdout, warning: plain.stderr, numeric: nft(netfilter, ["-n", "list", "ruleset"]).stdout } as Xt, real);
  });
});

type Packets = { readonly seed: number; readonly nft: string; readonly probes: unknown; readonly steps: unknown; readonly conntrack: unknown; readonly listing: string };
const packets: { readonly base: { readonly hosts: { readonly r: object } }; readonly cases: readonly Packets[] } = JSON.parse(read("packets-wide.json"));

describe("random rulesets of every kind and packets, as the kernel decided and counted", () => {
  const { base } = packets;
  test.each(packets.cases.map((one) => [one.seed, one] as const))("seed %i", (_, { nft: text, probes, steps, conntrack, listing }) => {
    const scenario = { ...base, name: "wide", probes, hosts: { ...base.hosts, r: { ...base.hosts.r, nft: text } } } as unknown as Parameters<typeof runScenario>[0];
    const ours = JSON.parse(JSON.stringify(runScenario(scenario)));
    const after = ours.after?.r ?? {};
    expect({ steps: ours.steps, conntrack: after.conntrack, listing: undated(after.nft ?? "") }).toEqual({ steps, conntrack, listing });
  });
});
