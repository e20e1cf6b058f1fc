/**
 * bridge(8) of iproute2 6.1: forwarding databases and ports of bridges, and the database of a
 * VXLAN device.
 *
 * Differs: the multicast addresses that Linux lists for IPv6 are not there; no group can be added
 * to the multicast database, which is empty. VLANs are those of a kernel without VLAN filtering: none.
 */
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import type { BaseDevice } from "../link/base";
import { BridgeDevice, PORT_STATES, type PortFlags } from "../link/bridge";
import type { FdbEntry } from "../link/bridge-fdb";
import { VethDevice } from "../link/veth";
import { VxlanDevice } from "../link/vxlan";
import { type FdbSpec, NetlinkError, fdbAdd, fdbAppend, fdbDelete, fdbReplace, portSet } from "../net/netlink";
import type { Netns } from "../net/netns";
import { type Ip, printIp } from "../wire/ip";
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
    return { exit: [0, 2, 234, 254].includes(failure.exit) ? failure.exit : 255, stdout: context.out.join(""), stderr: failure.message };
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
    else if (option === "-4" || (matches(option, "-oneline") && option.length > 1)) continue;
    else if (matches(option, "-netns") && option.length > 1) context.ns = namespace(words.need(), context.ns);
    else if (matches(option, "-Version") && option.length > 1) throw Object.assign(new IpFailure("", 0), context.out.push("bridge utility, 6.1.0\n"));
    else if (matches(option, "-help")) throw new IpFailure(USAGE, 255);
    else if (["-t", "-timestamp", "-c", "-compressvlans", "-color", "-b", "-batch", "-force", "-6", "-r"].includes(option)) throw notModelled(option);
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
  if (matches(object, "mdb")) return mdb(words, context);
  if (matches(object, "vlan")) return vlan(words, context);
  if (matches(object, "monitor")) return monitor(words);
  if (matches(object, "vni")) return vni(words, context);
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
  if (word !== undefined && !matches(word, "show") && !matches(word, "lst") && !matches(word, "list")) throw matches(word, "help") ? notModelled("link help") : new IpFailure(`Command "${word}" is unknown, try "bridge link help".\n`, 255);
  let only: BaseDevice | undefined;
  while (words.more) {
    const key = words.need();
    // Other words are passed over.
    if (key === "dev") only = deviceNamed(context.ns, words.need());
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
  const first = `${device.index}: ${device.name}${link === undefined ? "" : `@${link}`}: <${flagsOf(device, ns).join(",")}> mtu ${device.mtu} master ${master?.name ?? ""} state ${portState(device, flags)} priority ${flags.priority} cost ${flags.cost} \n`;
  if (!options.details) return first;
  const on = (flag: boolean): string => (flag ? "on" : "off");
  return `${first}    ${portFlags(flags).map(([name, value]) => `${name} ${on(value)} `).join("")}mcast_router 1 mcast_to_unicast off neigh_suppress ${on(flags.neighSuppress)} vlan_tunnel ${on(flags.vlanTunnel)} isolated ${on(flags.isolated)} locked ${on(flags.locked)} \n`;
}

function portJson(device: BaseDevice, { ns, options }: Context): Record<string, unknown> {
  const port = device.master instanceof BridgeDevice ? device.master.portOf(device) : undefined;
  const link = linkName(device, ns);
  const json: Record<string, unknown> = { ifindex: device.index, ...(link !== undefined && { link }), ifname: device.name, flags: flagsOf(device, ns), mtu: device.mtu, master: device.master?.name, state: port === undefined ? "" : portState(device, port.flags), priority: port?.flags.priority, cost: port?.flags.cost };
  if (!options.details || port === undefined) return json;
  return { ...json, ...Object.fromEntries(portFlags(port.flags)), mcast_router: 1, mcast_to_unicast: false, neigh_suppress: port.flags.neighSuppress, vlan_tunnel: port.flags.vlanTunnel, isolated: port.flags.isolated, locked: port.flags.locked };
}

const SETTABLE = { hairpin: "hairpin", learning: "learning", flood: "flood", mcast_flood: "mcastFlood", bcast_flood: "bcastFlood", isolated: "isolated", guard: "guard", root_block: "rootBlock", fastleave: "fastLeave", vlan_tunnel: "vlanTunnel", locked: "locked" } as const;

function setPort(words: Words, { ns }: Context): void {
  let device: string | undefined;
  const changes: { -readonly [K in keyof PortFlags]?: PortFlags[K] } = {};
  while (words.more) {
    const word = words.need();
    const flag = SETTABLE[word as keyof typeof SETTABLE];
    if (word === "dev") device = words.need();
    else if (flag !== undefined) {
      const value = words.need();
      if (value !== "on" && value !== "off") throw new IpFailure(`Error: argument of "${word}" must be one of "off", "on", not "${value}"\n`, 234);
      changes[flag] = value === "on";
    } else if (word === "cost" || word === "priority") readNumber(changes, word, words.need());
    else if (word === "state") changes.state = portStateOf(words.need());
    else if (["learning_sync", "hwmode", "neigh_suppress", "mcast_to_unicast", "backup_port", "nobackup_port", "self", "master", "mcast_router"].includes(word)) throw notModelled(`link set ${word}`);
    else throw new IpFailure(`Command "${word}" is unknown, try "bridge link help".\n`, 255);
  }
  if (device === undefined) throw new IpFailure("Device is a required argument.\n", 255);
  if (ns.devices.byName(device) === undefined) throw new IpFailure(`Cannot find bridge device "${device}"\n`, 255);
  portSet(ns, device, changes);
}

/** atoi(3); what is less than it should be is not sent. */
function readNumber(changes: { cost?: number; priority?: number }, key: "cost" | "priority", word: string): void {
  const value = Number.parseInt(word, 10) || 0;
  if (key === "priority" ? value >= 0 : value > 0) changes[key] = value;
}

function portStateOf(word: string): PortFlags["state"] {
  const named = PORT_STATES.find((state) => state === word);
  const numbered = /^\d+$/.test(word) ? PORT_STATES[Number(word)] : undefined;
  const state = named ?? numbered;
  if (state === undefined) throw new IpFailure("Error: invalid STP port state\n", 255);
  return state;
}

function fdb(words: Words, context: Context): void {
  const word = words.take();
  if (word === undefined || matches(word, "show") || matches(word, "lst") || matches(word, "list")) return showFdb(words, context);
  if (matches(word, "add")) return changeFdb(words, context, fdbAdd);
  if (matches(word, "append")) return changeFdb(words, context, fdbAppend);
  if (matches(word, "replace")) return changeFdb(words, context, fdbReplace);
  if (matches(word, "delete")) return changeFdb(words, context, fdbDelete);
  if (matches(word, "get")) return getFdb(words, context);
  if (matches(word, "flush")) return flushFdb(words, context);
  if (matches(word, "help")) throw notModelled("fdb help");
  throw new IpFailure(`Command "${word}" is unknown, try "bridge fdb help".\n`, 255);
}

function changeFdb(words: Words, { ns }: Context, act: (ns: Netns, spec: FdbSpec) => void): void {
  const spec: { -readonly [K in keyof FdbSpec]?: FdbSpec[K] } = {};
  let written: string | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev") spec.dev = words.need();
    else if (word === "dst") spec.dst = destinationOf(words.need());
    else if (word === "port") spec.port = numberOf(words.need(), "invalid port", 65535);
    else if (word === "vni") spec.vni = numberOf(words.need(), "invalid VNI", 0xffffff);
    else if (word === "master") spec.master = true;
    else if (word === "dynamic") spec.dynamic = true;
    else if (word === "static" || word === "temp") spec.static = true;
    else if (word === "self") spec.self = true;
    else if (matches(word, "permanent") || matches(word, "local")) continue;
    else if (["via", "router", "use", "extern_learn", "sticky", "nhid", "src_vni", "vlan"].includes(word)) throw notModelled(`fdb ${word}`);
    else {
      const address = word === "to" ? words.need() : word;
      if (written !== undefined) throw new IpFailure(`Error: either "to" is duplicate, or "${address}" is a garbage.\n`, 255);
      written = address;
    }
  }
  if (spec.dev === undefined || written === undefined) throw new IpFailure("Device and address are required arguments.\n", 255);
  const mac = parseMac(written);
  if (mac === undefined) throw new IpFailure(`Invalid mac address ${written}\n`, 255);
  deviceNamed(ns, spec.dev);
  act(ns, { ...spec, mac, dev: spec.dev });
}

function destinationOf(word: string): Ip {
  try {
    return addressOf(word);
  } catch {
    throw new IpFailure(`Error: any valid address is expected rather than "${word}".\n`, 1);
  }
}

function getFdb(words: Words, { ns, options, out }: Context): void {
  let dev: string | undefined;
  let br: string | undefined;
  let written: string | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev" || word === "brport") dev = words.need();
    else if (word === "br") br = words.need();
    else if (word === "master") continue;
    else if (["self", "vlan", "vni", "dynamic"].includes(word)) throw notModelled(`fdb get ${word}`);
    else written = word === "to" ? words.need() : word;
  }
  if (written === undefined || (dev === undefined && br === undefined)) throw new IpFailure("Device or master and address are required arguments.\n", 255);
  const mac = parseMac(written);
  if (mac === undefined) throw new IpFailure(`Invalid mac address ${written}\n`, 255);
  const port = dev === undefined ? undefined : deviceNamed(ns, dev);
  const bridge = br === undefined ? port?.master : deviceNamed(ns, br);
  if (!(bridge instanceof BridgeDevice)) throw new IpFailure("Error: Device is not a bridge port.\n", 254);
  const entry = bridge.fdb.find(mac);
  if (entry === undefined) throw new IpFailure("Error: Fdb entry not found.\n", 254);
  const line = bridgeLine(entry, entry.port?.device ?? bridge, bridge.name, ns, options);
  out.push(options.json ? printJson([fdbJson(line, false)], options.pretty) : fdbText(line, false));
}

/** Everything, what is permanent included. */
function flushFdb(words: Words, { ns }: Context): void {
  let dev: string | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev") dev = words.need();
    else if (["master", "self", "vlan", "permanent", "static", "dynamic", "added_by_user", "extern_learn", "sticky", "offloaded", "brport", "local", "nopermanent", "nostatic", "nolocal"].includes(word)) throw notModelled(`fdb flush ${word}`);
    else throw new IpFailure(`Error: either "flush" is duplicate, or "${word}" is a garbage.\n`, 255);
  }
  if (dev === undefined) throw new IpFailure("Device is a required argument.\n", 255);
  const device = deviceNamed(ns, dev);
  if (device instanceof BridgeDevice) device.fdb.clear();
  else if (device instanceof VxlanDevice) device.fdbClear();
  else throw new NetlinkError("EOPNOTSUPP");
}

const SHOW = ["show", "lst", "list"];
const isShow = (word: string | undefined): boolean => word === undefined || SHOW.some((name) => matches(word, name));

/** The kernel is one without CONFIG_BRIDGE_VLAN_FILTERING: nothing has a VLAN, and none can be given. */
function vlan(words: Words, context: Context): void {
  const word = words.take();
  const { ns, options, out } = context;
  if (isShow(word)) {
    while (words.more) if (words.need() === "dev") deviceNamed(ns, words.need());
    out.push(options.json ? printJson([], options.pretty) : `port              vlan-id${options.statistics ? "" : "  "}\n`);
    if (options.details && !options.json) throw new IpFailure("RTNETLINK answers: Operation not supported\nDump terminated\n", 1);
    return;
  }
  const verb = ["add", "delete"].find((name) => matches(word ?? "", name));
  if (verb === undefined) {
    if (["set", "global", "tunnelshow", "help"].some((name) => matches(word ?? "", name))) throw notModelled(`vlan ${word}`);
    throw new IpFailure(`Command "${word}" is unknown, try "bridge vlan help".\n`, 255);
  }
  let dev: string | undefined;
  let vid: string | undefined;
  while (words.more) {
    const key = words.need();
    if (key === "dev") dev = words.need();
    else if (key === "vid") vid = words.need();
    else if (key === "tunnel_info") words.need();
    else if (!["self", "master", "pvid", "untagged"].includes(key) && matches(key, "help")) throw notModelled("vlan help");
  }
  if (dev === undefined || vid === undefined) throw new IpFailure("Device and VLAN ID are required arguments.\n", 255);
  const device = ns.devices.byName(dev);
  if (device === undefined) throw new IpFailure(`Cannot find bridge device "${dev}"\n`, 255);
  if (/^\d+$/.test(vid) && Number(vid) >= 4096) throw new IpFailure(`Invalid VLAN ID "${vid}"\n`, 255);
  if (!/^\d+(-\d+)?$/.test(vid) || vid === "0") throw new NetlinkError("EINVAL", "bridge: Vlan id is invalid");
  if (verb === "add" || !(device instanceof BridgeDevice || device.master instanceof BridgeDevice)) throw new NetlinkError("EOPNOTSUPP");
}

function mdb(words: Words, { ns, options, out }: Context): void {
  const word = words.take();
  if (!isShow(word)) {
    if (["add", "delete", "replace", "help"].some((name) => matches(word ?? "", name))) throw notModelled(`mdb ${word}`);
    throw new IpFailure(`Command "${word}" is unknown, try "bridge mdb help".\n`, 255);
  }
  while (words.more) if (words.need() === "dev") deviceNamed(ns, words.need());
  if (options.json) out.push(printJson([{ mdb: [], router: {} }], options.pretty));
}

function vni(words: Words, { options, out }: Context): void {
  const word = words.take();
  if (!isShow(word) || words.more) throw notModelled("vni");
  out.push(options.json ? printJson([], options.pretty) : "dev               vni              group/remote   \n");
}

function monitor(words: Words): void {
  const word = words.peek();
  if (word === undefined || ["link", "fdb", "mdb", "vlan", "all", "file", "help"].some((name) => matches(word, name))) throw notModelled("monitor");
  throw new IpFailure(`Argument "${word}" is unknown, try "bridge monitor help".\n`, 255);
}

type FdbLine = { readonly mac: string; readonly dev: string; readonly dst?: string; readonly vni?: number; readonly port?: number; readonly self: boolean; readonly master?: string; readonly state: string; readonly used?: string };

function showFdb(words: Words, context: Context): void {
  const { ns, options, out } = context;
  let only: BaseDevice | undefined;
  let bridge: BaseDevice | undefined;
  let states: readonly string[] | undefined;
  let learned = false;
  let vlan: number | undefined;
  while (words.more) {
    const word = words.need();
    if (word === "dev" || word === "brport") only = deviceNamed(ns, words.need());
    else if (word === "br") bridge = bridgeNamed(ns, words.need());
    else if (word === "state") states = fdbStates(words.need(), states);
    else if (word === "dynamic") learned = true;
    else if (word === "vlan") vlan = numberOf(words.need(), "invalid VLAN ID", 4095);
    // A word that is none is passed over.
  }
  const devices = ns.devices.all().filter((device) => (only === undefined || device === only) && (bridge === undefined || device === bridge || device.master === bridge));
  const all = vlan === undefined ? devices.flatMap((device) => fdbOf(device, ns, options)) : [];
  const lines = all.filter(({ state, dst }) => (states === undefined || states.includes(state) || (dst !== undefined && state === "permanent" && states.includes("static"))) && (!learned || state === ""));
  if (options.json) return void out.push(printJson(lines.map((line) => fdbJson(line, only !== undefined)), options.pretty));
  for (const line of lines) out.push(fdbText(line, only !== undefined));
}

function bridgeNamed(ns: Netns, name: string): BaseDevice {
  const device = ns.devices.byName(name);
  if (device === undefined) throw new IpFailure(`Cannot find bridge device "${name}"\n`, 255);
  return device;
}

/** state_a2n(): a static entry is one that is there without being looked for, NUD_NOARP. */
function fdbStates(word: string, before: readonly string[] = []): readonly string[] {
  if (word === "all") return [...before, "permanent", "static", "", "stale"];
  if (word === "permanent" || word === "static" || word === "stale" || word === "reachable") return [...before, word === "reachable" ? "" : word];
  if (matches(word, "temp")) return [...before, "static"];
  throw new IpFailure(`Error: argument "${word}" is wrong: invalid state\n\n`, 255);
}

function fdbOf(device: BaseDevice, ns: Netns, options: Options): FdbLine[] {
  if (device instanceof VxlanDevice) return vxlanLines(device, ns, options);
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
  const unicast = device.unicastList.map((mac) => line(printMac(mac)));
  return [...(device instanceof BridgeDevice ? [line("01:00:5e:00:00:6a")] : []), line("01:00:5e:00:00:01"), ...unicast];
}

function bridgeLine({ mac, local, permanent, updatedMs, usedMs }: FdbEntry, device: BaseDevice, master: string, ns: Netns, options: Options): FdbLine {
  const age = (ms: number): number => Math.floor((ns.world.scheduler.nowMs - ms) / 1000);
  return { mac: printMac(mac), dev: device.name, self: false, master, state: local ? "permanent" : permanent ? "static" : "", ...(options.statistics ? { used: `used ${age(usedMs)}/${age(updatedMs)}` } : {}) };
}

function vxlanLines(device: VxlanDevice, ns: Netns, options: Options): FdbLine[] {
  const age = (ms: number): number => Math.floor((ns.world.scheduler.nowMs - ms) / 1000);
  return device.fdbList().flatMap(({ mac, remotes, permanent, updatedMs }) =>
    remotes.map(({ ip, port, vni }) => ({ mac: printMac(mac), dev: device.name, dst: printIp(ip), ...(port === device.dstPort ? {} : { port }), ...(vni === device.options.id ? {} : { vni }), self: true, state: permanent ? "permanent" : "", ...(options.statistics ? { used: `used ${age(updatedMs)}/${age(updatedMs)}` } : {}) })),
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
