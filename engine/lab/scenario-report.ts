/** What is left when a scenario is over: connections, rules and counters, made comparable as the oracle makes them. */
import { compare } from "../core/order";
import { listLine } from "../netfilter/conntrack-print";
import { NO_FILES, runIpset } from "../netfilter/ipset/command";
import { runNft } from "../netfilter/nftables/command";
import { runSave } from "../netfilter/iptables/save-command";
import { backendOf, runHostIpvsadm } from "./scenario-setup";
import type { Host, ScenarioWorld } from "./scenario-world";

const TIMEOUTS = [10, 20, 30, 60, 120, 180, 300, 600, 432000];

/** `iptables-save -c`, without the date. */
export function saved(world: ScenarioWorld, host: Host): string {
  const { stdout } = runSave(host.netfilter, [`iptables-${backendOf(world, host)}-save`, "-c"], () => undefined);
  return stdout.replace(/^(# (?:Generated|Completed).*?) on .*$/gm, "$1 on DATE");
}

export function connections({ netfilter }: Host): string[] {
  const { conntrack } = netfilter;
  return conntrack.list().map((conn) => listLine(conn, conntrack.nowMs));
}

/** One line of `conntrack -L` without what chance and time decide. */
export function normalised(world: ScenarioWorld, line: string): string {
  const words = line.split(/\s+/).filter((word) => word !== "");
  if (words.length > 2 && /^\d+$/.test(words[2] as string)) {
    const left = Number(words[2]);
    words[2] = String(TIMEOUTS.find((limit) => limit - 4 <= left && left <= limit) ?? words[2]);
  }
  const tunnel = line.includes("port=8472");
  return words.flatMap((word) => {
    const id = /^id=(\d+)$/.exec(word);
    if (id && !(4660 <= Number(id[1]) && Number(id[1]) < world.nextIcmpId)) return "id=RND";
    const port = /^(sport|dport)=(\d+)$/.exec(word);
    if (port && (!world.knownPorts.has(Number(port[2])) || (tunnel && port[2] !== "8472"))) return `${port[1]}=RND`;
    return word.startsWith("use=") ? [] : word;
  }).join(" ");
}

/** All connections, sorted; tunnels that differ only in their random port count once. */
export function normalisedConnections(world: ScenarioWorld, host: Host): string[] {
  const lines = connections(host).map((line) => normalised(world, line)).sort(compare);
  const tunnel = /sport=RND dport=8472|sport=8472 dport=RND|sport=RND dport=RND/;
  return lines.filter((line, i) => !tunnel.test(line) || lines.indexOf(line) === i);
}

export function report(world: ScenarioWorld, host: Host): Record<string, unknown> {
  const { reportMs } = world.pace;
  const asked = <T>(answer: () => T): T => {
    world.sleep(reportMs);
    return answer();
  };
  const after: Record<string, unknown> = { conntrack: asked(() => normalisedConnections(world, host)) };
  if (world.scenario.raw_conntrack) after.conntrack_raw = connections(host).map((line) => `${line}\n`).join("");
  after.iptables_save_c = asked(() => saved(world, host));
  if (host.spec.nft !== undefined) after.nft = runNft(host.netfilter, ["list", "ruleset"], () => "", () => undefined).stdout;
  if (host.spec.ipsets) after.ipset_save = savedSets(host);
  if (host.spec.ipvs !== undefined) {
    after.ipvsadm_Ln = asked(() => runHostIpvsadm(host, ["-Ln"]).stdout);
    after.ipvsadm_Ln_stats = asked(() => runHostIpvsadm(host, ["-Ln", "--stats", "--exact"]).stdout);
    after.ipvsadm_Lnc = asked(() => runHostIpvsadm(host, ["-Lnc"]).stdout);
    after.ipvsadm_Sn = asked(() => runHostIpvsadm(host, ["-Sn"]).stdout);
  }
  const { recent } = host.netfilter;
  const names = recent.names().sort(compare);
  if (names.length > 0) after.xt_recent = Object.fromEntries(names.map((name) => [name, recentEntries(host, name)]));
  return after;
}

/** `ipset save`: members come in the order of a salted hash, so they are sorted set by set. */
function savedSets({ netfilter }: Host): string {
  const lines = runIpset(netfilter, ["save"], () => "", NO_FILES).stdout.replace(/initval 0x[0-9a-f]+/g, "initval 0xRND").split("\n").filter((line) => line !== "");
  const order = new Map(lines.filter((line) => line.startsWith("create")).map((line, i) => [line.split(" ")[1] as string, i]));
  const setOf = (line: string): number => order.get(line.split(" ")[1] as string) ?? 0;
  return lines.sort((a, b) => setOf(a) - setOf(b) || Number(!a.startsWith("create")) - Number(!b.startsWith("create")) || compare(a, b)).join("\n");
}

/** [address, ttl] pairs of one list. */
function recentEntries({ netfilter }: Host, name: string): (readonly [string, string])[] {
  const text = netfilter.recent.print(name) ?? "";
  return [...text.matchAll(/src=(\S+) ttl: (\d+)/g)].map((m) => [m[1] as string, m[2] as string] as const).sort((a, b) => compare(a.join(" "), b.join(" ")));
}
