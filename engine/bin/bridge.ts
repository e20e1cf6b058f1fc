/**
 * bridge(8) of iproute2 6.1: forwarding databases and ports of bridges, and the database of a
 * VXLAN device.
 *
 * Differs: the multicast addresses that Linux lists for IPv6 are not there; `vlan` and `mdb` are
 * refused by name.
 */
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import type { BaseDevice } from "../link/base";
import { BridgeDevice, type PortFlags } from "../link/bridge";
import type { FdbEntry } from "../link/bridge-fdb";
import { VethDevice } from "../link/veth";
import { VxlanDevice } from "../link/vxlan";
import { type FdbSpec, NetlinkError, fdbAdd, fdbAppend, fdbDelete, fdbReplace, portSet } from "../net/netlink";
import type { Netns } from "../net/netns";
import { printIp } from "../wire/ip";
import { parseMac, printMac } from "../wire/mac";
import { defineCommand } from "./command";
import { flagsOf, kernelSays, printJson } from "./ip/context";
import { portState } from "./ip/link-text";
import { IpFailure, Words, addressOf, matches, numberOf } from "./ip/words";

const USAGE = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { link | fdb | mdb | vlan | monitor }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -o[neline] | -t[imestamp] | -n[etns] name |
                    -c[ompressvlans] -color -p[retty] -j[son] }
`;

type Options = { details: boolean; statistics: boolean; json: boolean; pretty: boolean };
type Context = { ns: Netns; readonly options: Options; readonly out: string[] };

export type BridgeResult = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** `argv` without the program's name. */
export function runBridge(ns: Netns, argv: readonly string[]): BridgeResult {
  const context: Context = { ns, options: { details: false, statistics: false, json: false, pretty: false }, out: [] };
  const words = new Words(argv);
  try {
    readOptions(words, context);
    run(words, context);
    return { exit: 0, stdout: context.out.join(""), stderr: "" };
  } catch (error) {
    const failure = error instanceof NetlinkError ? kernelSays(error, 255) : error;
    if (!(failure instanceof IpFailure)) throw error;
    // Unlike ip, bridge ends with 255 whatever the trouble was.
    return { exit: failure.exit === 0 || failure.exit === 2 ? failure.exit : 255, stdout: context.out.join(""), stderr: failure.message };
  }
}

function notModelled(what: string): IpFailure {
  return new IpFailure(`bridge: not modelled: ${what}\n`, 2);
}

function readOptions(words: Words, context: Context): void {
  const { options } = context;
  while (words.peek()?.startsWith("-")) {
    const option = words.need().replace(/^--/, "-");
    if (matches(option, "-details") && option.length > 1) options.details = true;
    else if (matches(option, "-statistics") && option.length > 1) options.statistics = true;
    else if (matches(option, "-json") && option.length > 1) options.json = true;
    else if (matches(option, "-pretty") && option.length > 1) options.pretty = true;
    else if (option === "-4") continue;
    else if (matches(option, "-netns") && option.length > 1) context.ns = namespace(words.need(), context.ns);
    else if (matches(option, "-Version") && option.length > 1) throw Object.assign(new IpFailure("", 0), context.out.push("bridge utility, 6.1.0\n"));
    else if (matches(option, "-help")) throw new IpFailure(USAGE, 255);
    else if (["-o", "-oneline", "-t", "-timestamp", "-c", "-compressvlans", "-color", "-b", "-batch", "-force", "-6", "-r"].includes(option)) throw notModelled(option);
    else throw new IpFailure(`Option "${option}" is unknown, try "bridge help".\n`, 255);
  }
}

function namespace(name: string, ns: Netns): Netns {
  const other = ns.names.get(name);
  if (other === undefined) throw new IpFailure(`Cannot open network namespace "${name}": No such file or directory\n`, 255);
  return other;
}

function run(words: Words, context: Context): void {
  const object = words.take();
  if (object === undefined || matches(object, "help")) throw new IpFailure(USAGE, 255);
  if (matches(object, "link")) return link(words, context);
  if (matches(object, "fdb")) return fdb(words, context);
  if (matches(object, "mdb") || matches(object, "vlan") || matches(object, "vni") || matches(object, "monitor")) throw notModelled(object);
  throw new IpFailure(`Object "${object}" is unknown, try "bridge help".\n`, 255);
}

function deviceNamed(ns: Netns, name: string): BaseDevice {
  const device = ns.devices.byName(name);
  if (device === undefined) throw new IpFailure(`Cannot find device "${name}"\n`, 255);
  return device;
}

function link(words: Words, context: Context): void {
  const word = words.take();
  if (word !== undefined && matches(word, "set")) return setPort(words, context);
  if (word !== undefined && !matches(word, "show") && !matches(word, "lst") && !matches(word, "list")) throw new IpFailure(`Command "${word}" is unknown, try "bridge link help".\n`, 255);
  let only: BaseDevice | undefined;
  while (words.more) {
    const key = words.need();
    if (key === "dev") only = deviceNamed(context.ns, words.need());
    else throw notModelled(`link show ${key}`);
  }
  const ports = context.ns.devices.all().filter((device) => device.master !== undefined && (only === undefined || only === device));
  if (context.options.json) return void context.out.push(printJson(ports.map((device) => portJson(device, context)), context.options.pretty));
  for (const device of ports) context.out.push(portText(device, context));
}

/** Flags in the order `bridge -d link` lists them. */
function portFlags(flags: PortFlags): (readonly [string, boolean])[] {
  return [["hairpin", flags.hairpin], ["guard", flags.guard], ["root_block", flags.rootBlock], ["fastleave", flags.fastLeave], ["learning", flags.learning], ["flood", flags.flood], ["mcast_flood", flags.mcastFlood], ["bcast_flood", flags.bcastFlood]];
}

/** The number of a veth's other end, which bridge takes for one of this namespace. */
function linkName(device: BaseDevice, ns: Netns): string | undefined {
  const other = device instanceof VethDevice ? device.peer?.index : undefined;
  if (other === undefined || other === device.index) return undefined;
  return ns.devices.all().find(({ index }) => index === other)?.name ?? `if${other}`;
}

function portText(device: BaseDevice, { ns, options }: Context): string {
  const { master } = device;
  const port = master instanceof BridgeDevice ? master.portOf(device) : undefined;
  if (port === undefined) return "";
  const { flags } = port;
  const link = linkName(device, ns);
  const first = `${device.index}: ${device.name}${link === undefined ? "" : `@${link}`}: <${flagsOf(device, ns).join(",")}> mtu ${device.mtu} master ${master?.name ?? ""} state ${portState(device)} priority ${flags.priority} cost ${flags.cost} \n`;
  if (!options.details) return first;
  const on = (flag: boolean): string => (flag ? "on" : "off");
  return `${first}    ${portFlags(flags).map(([name, value]) => `${name} ${on(value)} `).join("")}mcast_router 1 mcast_to_unicast off neigh_suppress ${on(flags.neighSuppress)} vlan_tunnel off isolated ${on(flags.isolated)} locked off \n`;
}

function portJson(device: BaseDevice, { ns, options }: Context): Record<string, unknown> {
  const port = device.master instanceof BridgeDevice ? device.master.portOf(device) : undefined;
  const link = linkName(device, ns);
  const json: Record<string, unknown> = { ifindex: device.index, ...(link !== undefined && { link }), ifname: device.name, flags: flagsOf(device, ns), mtu: device.mtu, master: device.master?.name, state: portState(device), priority: port?.flags.priority, cost: port?.flags.cost };
  if (!options.details || port === undefined) return json;
  return { ...json, ...Object.fromEntries(portFlags(port.flags)), mcast_router: 1, mcast_to_unicast: false, neigh_suppress: port.flags.neighSuppress, vlan_tunnel: false, isolated: port.flags.isolated, locked: false };
}

const SETTABLE = { hairpin: "hairpin", learning: "learning", flood: "flood", mcast_flood: "mcastFlood", bcast_flood: "bcastFlood", isolated: "isolated" } as const;

function setPort(words: Words, { ns }: Context): void {
  let device: string | undefined;
  const changes: { -readonly [K in keyof PortFlags]?: PortFlags[K] } = {};
  while (words.more) {
    const word = words.need();
    const flag = SETTABLE[word as keyof typeof SETTABLE];
    if (word === "dev") device = words.need();
    else if (flag !== undefined) {
      const value = words.need();
      if (value !== "on" && value !== "off") throw new IpFailure(`Error: argument of "${word}" must be one of "on" or "off", not "${value}"\n`, 255);
      changes[flag] = value === "on";
    } else if (word === "cost" || word === "priority") changes[word] = numberOf(words.need(), `invalid ${word}`, 65535);
    else if (["guard", "root_block", "fastleave", "learning_sync", "state", "hwmode", "neigh_suppress", "vlan_tunnel", "locked", "mcast_to_unicast", "backup_port", "nobackup_port", "self", "master", "mcast_router"].includes(word)) throw notModelled(`link set ${word}`);
    else throw new IpFailure(`Command "${word}" is unknown, try "bridge link help".\n`, 255);
  }
  if (device === undefined) throw new IpFailure("Device is a required argument.\n", 255);
  if (ns.devices.byName(device) === undefined) throw new IpFailure(`Cannot find bridge device "${device}"\n`, 255);
  portSet(ns, device, changes);
}

function fdb(words: Words, context: Context): void {
  const word = words.take();
  if (word === undefined || matches(word, "show") || matches(word, "lst") || matches(word, "list")) return showFdb(words, context);
  if (matches(word, "add")) return changeFdb(words, context, fdbAdd);
  if (matches(word, "append")) return changeFdb(words, context, fdbAppend);
  if (matches(word, "replace")) return changeFdb(words, context, fdbReplace);
  if (matches(word, "delete")) return changeFdb(words, context, fdbDelete);
  if (["get", "flush"].includes(word)) throw notModelled(`fdb ${word}`);
  throw new IpFailure(`Command "${word}" is unknown, try "bridge fdb help".\n`, 255);
}

function changeFdb(words: Words, { ns }: Context, act: (ns: Netns, spec: FdbSpec) => void): void {
  const spec: { -readonly [K in keyof FdbSpec]?: FdbSpec[K] } = {};
  let written: string | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev") spec.dev = words.need();
    else if (word === "dst") spec.dst = addressOf(words.need());
    else if (word === "port") spec.port = numberOf(words.need(), "invalid port", 65535);
    else if (word === "vni") spec.vni = numberOf(words.need(), "invalid VNI", 0xffffff);
    else if (word === "master") spec.master = true;
    else if (word === "dynamic") spec.dynamic = true;
    else if (word === "static" || word === "temp") spec.static = true;
    else if (word === "self" || word === "permanent" || word === "local") continue;
    else if (["via", "router", "use", "extern_learn", "sticky", "nhid", "src_vni", "vlan"].includes(word)) throw notModelled(`fdb ${word}`);
    else written = word;
  }
  if (spec.dev === undefined || written === undefined) throw new IpFailure("Device and address are required arguments.\n", 255);
  const mac = parseMac(written);
  if (mac === undefined) throw new IpFailure(`Invalid mac address ${written}\n`, 255);
  deviceNamed(ns, spec.dev);
  act(ns, { ...spec, mac, dev: spec.dev });
}

type FdbLine = { readonly mac: string; readonly dev: string; readonly dst?: string; readonly vni?: number; readonly port?: number; readonly self: boolean; readonly master?: string; readonly state: string; readonly used?: string };

function showFdb(words: Words, context: Context): void {
  const { ns, options, out } = context;
  let only: BaseDevice | undefined;
  let bridge: BaseDevice | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev" || word === "brport") only = deviceNamed(ns, words.need());
    else if (word === "br") bridge = deviceNamed(ns, words.need());
    else if (["vlan", "state", "dynamic"].includes(word)) throw notModelled(`fdb show ${word}`);
    else if (only === undefined) only = deviceNamed(ns, word);
  }
  const devices = ns.devices.all().filter((device) => (only === undefined || device === only) && (bridge === undefined || device === bridge || device.master === bridge));
  const lines = devices.flatMap((device) => fdbOf(device, ns, options));
  if (options.json) return void out.push(printJson(lines.map((line) => fdbJson(line, only !== undefined)), options.pretty));
  for (const line of lines) out.push(fdbText(line, only !== undefined));
}

function fdbOf(device: BaseDevice, ns: Netns, options: Options): FdbLine[] {
  if (device instanceof VxlanDevice) return vxlanLines(device);
  const { master } = device;
  const lines: FdbLine[] = [];
  const bridge = device instanceof BridgeDevice ? device : master instanceof BridgeDevice ? master : undefined;
  const own = multicastLines(device, ns);
  if (device instanceof BridgeDevice) lines.push(...own);
  const entries = bridge?.fdb.list().reverse().filter((entry) => (device instanceof BridgeDevice ? entry.port === undefined : entry.port?.device === device)) ?? [];
  for (const entry of entries) lines.push(bridgeLine(entry, device, bridge?.name ?? "", ns, options));
  if (!(device instanceof BridgeDevice)) lines.push(...own);
  return lines;
}

/** 224.0.0.1, which every device with IPv4 listens to, and a bridge's own 224.0.0.106. */
function multicastLines(device: BaseDevice, _ns: Netns): FdbLine[] {
  if (device.kind === "loopback" || !device.up || device.kind === "dummy") return [];
  const line = (mac: string): FdbLine => ({ mac, dev: device.name, self: true, state: "permanent" });
  return [...(device instanceof BridgeDevice ? [line("01:00:5e:00:00:6a")] : []), line("01:00:5e:00:00:01")];
}

function bridgeLine({ mac, local, permanent, updatedMs, usedMs }: FdbEntry, device: BaseDevice, master: string, ns: Netns, options: Options): FdbLine {
  const age = (ms: number): number => Math.floor((ns.world.scheduler.nowMs - ms) / 1000);
  return { mac: printMac(mac), dev: device.name, self: false, master, state: local ? "permanent" : permanent ? "static" : "", ...(options.statistics ? { used: `used ${age(usedMs)}/${age(updatedMs)}` } : {}) };
}

function vxlanLines(device: VxlanDevice): FdbLine[] {
  return device.fdbList().flatMap(({ mac, remotes, permanent }) =>
    remotes.map(({ ip, port, vni }) => ({ mac: printMac(mac), dev: device.name, dst: printIp(ip), ...(port === device.dstPort ? {} : { port }), ...(vni === device.options.id ? {} : { vni }), self: true, state: permanent ? "permanent" : "" })),
  );
}

function fdbText(line: FdbLine, oneDevice: boolean): string {
  const words = [line.mac];
  if (!oneDevice) words.push(`dev ${line.dev}`);
  if (line.dst !== undefined) words.push(`dst ${line.dst}`);
  if (line.port !== undefined) words.push(`port ${line.port}`);
  if (line.vni !== undefined) words.push(`vni ${line.vni}`);
  if (line.used !== undefined) words.push(line.used);
  if (line.self) words.push("self");
  if (line.master !== undefined) words.push(`master ${line.master}`);
  return `${words.join(" ")} ${line.state}\n`;
}

function fdbJson(line: FdbLine, oneDevice: boolean): Record<string, unknown> {
  return {
    mac: line.mac,
    ...(oneDevice ? {} : { ifname: line.dev }),
    ...(line.dst === undefined ? {} : { dst: line.dst }),
    flags: line.self ? ["self"] : [],
    ...(line.master === undefined ? {} : { master: line.master }),
    state: line.state,
  };
}

export const bridge: Program = defineCommand({
  name: "bridge",
  summary: "show and change bridges: ports and forwarding databases",
  *run(proc: Proc): Task<number> {
    const { exit, stdout, stderr } = runBridge(proc.machine.netns, proc.args);
    if (stdout !== "") yield* proc.out(stdout);
    if (stderr !== "") yield* proc.err(stderr);
    return exit;
  },
});
