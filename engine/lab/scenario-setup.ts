/**
 * Builds what a scenario describes, in the order the oracle does: namespaces and sysctls, the
 * links between them, then each host's own devices, addresses, routes and rules. What fails is
 * noted in the tools' own words and does not stop the rest.
 */
import { SysError } from "../core/errno";
import { runBridge } from "../bin/bridge";
import { runIp } from "../bin/ip/run";
import { runIpvsadm } from "../bin/ipvsadm/run";
import { attachIpvs } from "../ipvs/attach";
import { linkAdd } from "../net/netlink";
import { runRestore } from "../netfilter/iptables/restore-command";
import { runNft } from "../netfilter/nftables/command";
import { NO_FILES, runIpset } from "../netfilter/ipset/command";
import { mac } from "../wire/mac";
import { hasIpvs } from "./scenario-pace";
import type { Backend, HostSpec, InterfaceSpec, LinkSpec, Scenario } from "./scenario-spec";
import { ScenarioProblem } from "./scenario-spec";
import type { Host, ScenarioWorld } from "./scenario-world";

export type SetupNote = Record<string, unknown>;

/**
 * IPVS is recorded in a machine of 512 MB, and from that the kernel works out how large a TCP window may become. Its kernel
 * is 6.1, where every SYN waits twice as long for an answer as the one before (linear time-outs came with 6.5).
 */
const IPVS_MACHINE: Readonly<Record<string, string>> = {
  "net.ipv4.tcp_rmem": "4096\t131072\t3234912",
  "net.ipv4.tcp_wmem": "4096\t16384\t3234912",
  "net.ipv4.tcp_syn_linear_timeouts": "0",
};

/** What every host gets unless the scenario says otherwise: they take timing out of the result. */
const BASE_SYSCTLS: Readonly<Record<string, number>> = {
  "net.ipv6.conf.all.disable_ipv6": 1,
  "net.ipv6.conf.default.disable_ipv6": 1,
  "net.ipv4.icmp_ratelimit": 0,
  "net.ipv4.icmp_msgs_per_sec": 100000,
  "net.ipv4.icmp_msgs_burst": 10000,
  "net.ipv4.conf.all.rp_filter": 0,
  "net.ipv4.conf.default.rp_filter": 0,
  "net.ipv4.conf.all.send_redirects": 0,
  "net.ipv4.conf.default.send_redirects": 0,
};

export function setUp(world: ScenarioWorld, notes: SetupNote[]): void {
  const { scenario } = world;
  for (const host of world.hosts.values()) {
    for (const [key, value] of Object.entries(sysctlsOf(scenario, host.spec))) setSysctl(host, key, value, notes);
  }
  for (const link of scenario.links ?? []) addLink(world, link);
  for (const host of world.hosts.values()) configure(world, host, notes);
  world.sleep(world.pace.setupMs);
  for (const host of world.hosts.values()) applyRules(world, host, notes);
}

function sysctlsOf(scenario: Scenario, spec: HostSpec): Record<string, string | number> {
  const base = Object.entries(BASE_SYSCTLS).filter(([key]) => scenario.raw_defaults !== true || key.includes("ipv6"));
  const own = Object.entries(spec.sysctls ?? {}).filter(([key]) => !key.startsWith("late:"));
  return { ...Object.fromEntries(base), ...(hasIpvs(scenario) ? IPVS_MACHINE : {}), ...scenario.sysctls, ...Object.fromEntries(own) };
}

/** Dots separate; a bar stands for a dot within a name. */
export function setSysctl(host: { readonly ns: Host["ns"] }, key: string, value: string | number, notes: SetupNote[]): void {
  // There is no IPv6 here: switching it off is already true.
  if (/^net\.ipv6\.conf\..*\.disable_ipv6$/.test(key) && Number(value) === 1) return;
  if (key.startsWith("net.ipv6.")) throw new ScenarioProblem(`not modelled: ${key}`);
  try {
    host.ns.sysctl.set(key.replaceAll(".", "/").replaceAll("|", "."), String(value));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    notes.push({ sysctl: key, error: error.code === "EACCES" ? "Permission denied" : error.message });
  }
}

/** "host:device". */
function endOf(world: ScenarioWorld, written: string): { readonly host: Host; readonly device: string } {
  const colon = written.indexOf(":");
  return { host: world.host(written.slice(0, colon)), device: written.slice(colon + 1) };
}

function addLink(world: ScenarioWorld, link: LinkSpec): void {
  const [a, b] = [endOf(world, link.a), endOf(world, link.b)];
  linkAdd(a.host.ns, {
    name: a.device,
    kind: "veth",
    ...(link.mac_a === undefined ? {} : { mac: mac(link.mac_a) }),
    peer: { name: b.device, ns: b.host.ns, ...(link.mac_b === undefined ? {} : { mac: mac(link.mac_b) }) },
  });
}

function configure(world: ScenarioWorld, host: Host, notes: SetupNote[]): void {
  const { spec } = host;
  const commands = ["link set lo up"];
  const post: InterfaceSpec[] = [];
  const late: InterfaceSpec[] = [];
  for (const device of spec.interfaces ?? []) {
    if (device.type === "vxlan" || device.type === "loopback") late.push(device);
    else {
      commands.push(`link add ${device.name} ${device.mac === undefined ? "" : `address ${device.mac}`} type ${device.type} ${device.args ?? ""}`);
      post.push(device);
    }
  }
  for (const link of world.scenario.links ?? []) for (const side of ["a", "b"] as const) commands.push(...linkCommands(link, side, host));
  for (const device of post) commands.push(...finishing(device));
  for (const device of late) {
    if (device.type === "vxlan") commands.push(vxlanCommand(device));
    commands.push(...finishing(device));
  }
  commands.push(...(spec.routes ?? []).map((route) => `route add ${route}`), ...(spec.neigh ?? []).map((entry) => `neigh replace ${entry}`), ...(spec.ip ?? []));
  ipBatch(host, commands, notes);
  for (const entry of spec.fdb ?? []) {
    const { exit, stderr } = runBridge(host.ns, words(`fdb append ${entry}`));
    if (exit !== 0) notes.push({ host: host.name, what: "bridge", rc: exit, stderr: stderr.trim() });
  }
  for (const [key, value] of Object.entries(spec.sysctls ?? {})) if (key.startsWith("late:")) setSysctl(host, key.slice(5), value, notes);
}

/** Multicast snooping is not there, so switching it off needs nothing. */
function modelled(command: string): string {
  return command.replace("mcast_snooping 0", "");
}

function vxlanCommand(device: InterfaceSpec): string {
  const address = device.mac === undefined ? "" : `address ${device.mac}`;
  const local = device.local === undefined ? "" : `local ${device.local}`;
  const dev = device.dev === undefined ? "" : `dev ${device.dev}`;
  return `link add ${device.name} ${address} type vxlan id ${device.id ?? 1} ${local} ${dev} dstport ${device.dstport ?? 8472} ${device.nolearning === false ? "" : "nolearning"}`;
}

function linkCommands(link: LinkSpec, side: "a" | "b", host: Host): string[] {
  const [name, device] = link[side].split(":");
  if (name !== host.name) return [];
  const commands: string[] = [];
  const master = link[`master_${side}`];
  if (master) commands.push(`link set dev ${device} master ${master}`);
  if (link.mtu) commands.push(`link set dev ${device} mtu ${link.mtu}`);
  for (const address of link[`addrs_${side}`] ?? []) commands.push(`addr add ${address} dev ${device}`);
  commands.push(`link set dev ${device} up`);
  if (link[`hairpin_${side}`]) commands.push(`link set dev ${device} type bridge_slave hairpin on`);
  return commands;
}

function finishing(device: InterfaceSpec): string[] {
  const commands: string[] = [];
  if (device.mtu) commands.push(`link set dev ${device.name} mtu ${device.mtu}`);
  for (const address of device.addrs ?? []) commands.push(`addr add ${address} dev ${device.name}`);
  if (device.up ?? true) commands.push(`link set dev ${device.name} up`);
  return commands;
}

const words = (line: string): string[] => line.split(/\s+/).filter((word) => word !== "");

/** `ip -force -batch -`: goes on after an error, and says which line it was. */
function ipBatch(host: Host, commands: readonly string[], notes: SetupNote[]): void {
  let stderr = "";
  let rc = 0;
  commands.forEach((command, index) => {
    const result = runIp(host.ns, words(modelled(command)));
    if ("exec" in result) throw new ScenarioProblem(`not modelled: ip ${command}`);
    if (result.stderr.startsWith("ip: not modelled")) throw new ScenarioProblem(`${result.stderr.trim()} (ip ${command})`);
    stderr += result.stderr;
    if (result.exit === 0) return;
    stderr += `Command failed -:${index + 1}\n`;
    rc = 1;
  });
  if (rc !== 0 || stderr !== "") notes.push({ host: host.name, what: "ip", rc, stderr: stderr.trim(), cmds: commands });
}

function applyRules(world: ScenarioWorld, host: Host, notes: SetupNote[]): void {
  const { spec } = host;
  world.sleep([spec.ipsets, spec.rules, spec.ipvs].filter(Boolean).length * world.pace.restoreMs);
  if (spec.ipsets) {
    const text = spec.ipsets;
    const { exit, stderr } = runIpset(host.netfilter, ["restore"], () => text, NO_FILES);
    if (stderr.startsWith("ipset: not modelled")) throw new ScenarioProblem(stderr.trim());
    if (exit !== 0) notes.push({ host: host.name, what: "ipset restore", rc: exit, stderr: stderr.trim() });
  }
  if (spec.rules !== undefined && spec.rules !== "") {
    const { exit, stderr, program } = restoreRules(world, host, spec.rules, {});
    if (exit !== 0) notes.push({ host: host.name, what: program, rc: exit, stderr: stderr.trim() });
  }
  if (spec.nft !== undefined) applyNft(host, spec.nft, notes);
  if (spec.ipvs) {
    const { exit, stderr } = runHostIpvsadm(host, ["-R"], spec.ipvs);
    if (/^not modelled: /m.test(stderr)) throw new ScenarioProblem(stderr.trim());
    if (exit !== 0 || stderr !== "") notes.push({ host: host.name, what: "ipvsadm -R", rc: exit, stderr: stderr.trim() });
  }
}

/** ipvsadm without a process: names are not looked up, numbers are shown. */
export function runHostIpvsadm({ ns }: Pick<Host, "ns">, args: readonly string[], input = ""): { readonly exit: number; readonly stdout: string; readonly stderr: string } {
  return runIpvsadm(attachIpvs(ns), args, { resolve: () => undefined, names: () => undefined, input: () => input });
}

function applyNft(host: Host, text: string, notes: SetupNote[]): void {
  const { exit, stderr } = runNft(host.netfilter, ["-f", "-"], () => text, () => undefined);
  if (stderr.startsWith("nft: not modelled")) throw new ScenarioProblem(stderr.trim());
  if (exit !== 0) notes.push({ host: host.name, what: "nft", rc: exit, stderr: stderr.trim() });
}

export function backendOf(world: ScenarioWorld, host: Host, override?: Backend): Backend {
  return override ?? host.spec.backend ?? world.scenario.backend ?? "legacy";
}

export function restoreRules(world: ScenarioWorld, host: Host, text: string, options: { readonly noflush?: boolean; readonly counters?: boolean; readonly backend?: Backend }): { readonly exit: number; readonly stderr: string; readonly program: string } {
  const program = `iptables-${backendOf(world, host, options.backend)}-restore`;
  const argv = [program, ...(options.noflush ? ["--noflush"] : []), ...(options.counters ? ["--counters"] : [])];
  const { exit, stderr } = runRestore(host.netfilter, argv, () => text, () => undefined);
  return { exit, stderr, program };
}
