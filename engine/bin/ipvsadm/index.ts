/**
 * The program `ipvsadm`. Like the real one it loads the module when it is not there, which on a
 * node always succeeds; in a container, whose kernel is the node's, only what is loaded can be used.
 */
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { lookup } from "../../host/resolver";
import { reverseLookup } from "../../host/reverse";
import { attachIpvs, ipvsOf } from "../../ipvs/attach";
import type { Ipvs } from "../../ipvs/ipvs";
import type { Ip } from "../../wire/ip";
import { defineCommand } from "../command";
import { OPTION_TABLE } from "./options";
import { popt } from "./popt";
import { runIpvsadm } from "./run";
import { hostOf, inetAton } from "./values";

const MODULE = "ip_vs";
const MODULE_BYTES = 196_608;

/** One run of the tool, whichever of its three names it was started by. */
function* perform(proc: Proc, args: readonly string[], given?: string): Task<number> {
  const ipvs = loaded(proc);
  if (ipvs === undefined) {
    yield* proc.err("Can't initialize ipvs: Protocol not available\nAre you sure that IP Virtual Server is built in the kernel or as module?\n");
    return 2;
  }
  const input = /^(?:-R|--restore)$/.test(args[0] ?? "") ? (given ?? (yield* proc.readAll())) : "";
  const known = yield* resolved(proc, namesIn([...args, ...input.split(/\s+/)]));
  const numeric = args.some((word) => word === "--numeric" || /^-[A-Za-z]*n/.test(word));
  const names = numeric ? new Map<number, string>() : yield* namesOf(proc, ipvs, args);
  const { exit, stdout, stderr } = runIpvsadm(ipvs, args, { resolve: (name) => known.get(name), names: (address) => names.get(address), input: () => input });
  if (stdout !== "") yield* proc.out(stdout);
  if (stderr !== "") yield* proc.err(stderr);
  return exit;
}

const ipvsadm: Program = defineCommand({ name: "ipvsadm", summary: "Linux Virtual Server administration", run: (proc) => perform(proc, proc.args) });

/** A script around -S: anything but -n that begins with a dash makes it explain itself. */
const save: Program = defineCommand({
  name: "ipvsadm-save",
  summary: "save IPVS table",
  *run(proc) {
    if (proc.args.some((word) => word.startsWith("-") && word !== "-n")) {
      yield* proc.err("ipvsadm-save: Script to save the IPVS table to stdout.\n With the -n option, prints out the table in numeric format.\n");
      return 1;
    }
    return yield* perform(proc, proc.args.includes("-n") ? ["-S", "-n"] : ["-S"]);
  },
});

/** A script around -C and -R. */
const restore: Program = defineCommand({
  name: "ipvsadm-restore",
  summary: "restore the IPVS table from stdin",
  *run(proc) {
    const rules = (yield* proc.readAll()).split("\n").filter((line) => !line.startsWith("#"));
    yield* perform(proc, ["-C"]);
    return yield* perform(proc, ["-R"], rules.join("\n"));
  },
});

export const ipvsadmPrograms: readonly Program[] = [ipvsadm, restore, save];

function loaded({ machine }: Proc): Ipvs | undefined {
  const known = ipvsOf(machine.netns);
  if (known !== undefined) return known;
  const { kernel } = machine;
  if (machine.host !== undefined && !kernel.modules.has(MODULE)) return undefined;
  kernel.loadModule(MODULE, MODULE_BYTES, ["nf_conntrack"]);
  return attachIpvs(machine.netns);
}

/** Whatever stands where an address is expected and is none. */
function namesIn(words: readonly string[]): string[] {
  const names: string[] = [];
  for (const word of popt(words.filter((each) => each !== ""), OPTION_TABLE)) {
    if (!("option" in word) || word.value === undefined) continue;
    if (/^(?:tcp|udp|sctp)-service$|^real-server$/.test(word.option)) names.push(hostOf(word.value) ?? "");
    else if (word.option === "netmask" && inetAton(word.value) === undefined) names.push(word.value);
  }
  return names.filter((name) => name !== "");
}

function* resolved(proc: Proc, names: readonly string[]): Task<Map<string, Ip>> {
  const known = new Map<string, Ip>();
  for (const name of new Set(names)) {
    // What looks like an address and is not one is no name either.
    if (/^[\d.]+$/.test(name)) continue;
    const found = yield* lookup(proc, name);
    const first = "addresses" in found ? found.addresses[0] : undefined;
    if (first !== undefined) known.set(name, first);
  }
  return known;
}

/** gethostbyaddr() for every address a listing may show. */
function* namesOf(proc: Proc, ipvs: Ipvs, args: readonly string[]): Task<Map<number, string>> {
  if (!/^-\w*[lLSc]|^--(?:list|save)$|^$/.test(args[0] ?? "")) return new Map();
  const addresses = new Set<Ip>();
  for (const service of ipvs.services()) {
    if (service.fwmark === 0 && service.address6 === undefined) addresses.add(service.address);
    for (const { address } of service.servers) addresses.add(address);
  }
  const connections = args.some((word) => word === "--connection" || /^-\w*c/.test(word));
  if (connections) for (const { client, virtual, target } of ipvs.table.entries()) for (const address of [client, virtual, target]) addresses.add(address);
  const names = new Map<number, string>();
  for (const address of addresses) {
    const name = yield* reverseLookup(proc, address);
    if (name !== undefined) names.set(address, name);
  }
  return names;
}
