/** lsmod, modprobe, modinfo, insmod and rmmod (kmod 30): what this kernel has loaded, and what it could load. */
import type { Proc, Program } from "../../host/proc";
import { defineCommand } from "../command";
import { complain, optionsOf } from "./support";

const lsmod = defineCommand({
  name: "lsmod",
  summary: "show the status of modules in the Linux Kernel",
  *run(proc) {
    if (proc.args.length > 0) {
      yield* proc.err("Usage: lsmod\n");
      return 1;
    }
    const rows = [...proc.machine.kernel.modules.values()].reverse().map(({ name, sizeBytes, uses, users }) => `${name.padEnd(19)} ${String(sizeBytes).padStart(8)}  ${uses + users.length}${users.length > 0 ? ` ${users.join(",")}` : ""}\n`);
    yield* proc.out(`Module                  Size  Used by\n${rows.join("")}`);
    return 0;
  },
});

/** Modules this kernel could load, and which others each needs. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  br_netfilter: ["bridge"], bridge: ["stp", "llc"], dummy: [], ip_set: ["nfnetlink"], ip_tables: ["x_tables"], ip_vs: ["nf_conntrack"], ip_vs_dh: ["ip_vs"], ip_vs_lc: ["ip_vs"], ip_vs_nq: ["ip_vs"], ip_vs_rr: ["ip_vs"], ip_vs_sed: ["ip_vs"], ip_vs_sh: ["ip_vs"], ip_vs_wlc: ["ip_vs"], ip_vs_wrr: ["ip_vs"],
  ipip: ["ip_tunnel"], ip_tunnel: [], iptable_filter: ["ip_tables"], iptable_mangle: ["ip_tables"], iptable_nat: ["ip_tables", "nf_nat"], iptable_raw: ["ip_tables"], llc: [], nf_conntrack: ["nf_defrag_ipv4"], nf_defrag_ipv4: [], nf_nat: ["nf_conntrack"], nf_tables: ["nfnetlink"], nfnetlink: [], overlay: [], stp: ["llc"], veth: [], vxlan: ["ip_tunnel"], x_tables: [],
};

const modprobe = defineCommand({
  name: "modprobe",
  summary: "add and remove modules from the Linux Kernel",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "aqrvnfV", long: { all: "a", quiet: "q", remove: "r", verbose: "v", "dry-run": "n", version: "V" } });
    if (typeof options === "number") return options;
    const { kernel } = proc.machine;
    if (options.has("V")) {
      yield* proc.out(KMOD_VERSION);
      return 0;
    }
    if (options.rest.length === 0) {
      yield* complain(proc, "ERROR: missing parameters. See -h.");
      return 1;
    }
    for (const wanted of options.has("a") ? options.rest : options.rest.slice(0, 1)) {
      const name = wanted.replaceAll("-", "_");
      if (options.has("r")) {
        const module = kernel.modules.get(name);
        if (module === undefined && !Object.hasOwn(MODULES, name)) {
          if (!options.has("q")) yield* proc.err(`modprobe: FATAL: Module ${wanted} not found.\n`);
          return 1;
        }
        if (module && (module.users.length > 0 || module.uses > 0)) {
          yield* proc.err(`modprobe: FATAL: Module ${name} is in use${module.users.length > 0 ? ` by: ${module.users.join(" ")}` : "."}\n`);
          return 1;
        }
        if (kernel.modules.delete(name)) for (const other of kernel.modules.values()) other.users = other.users.filter((user) => user !== name);
        continue;
      }
      if (!Object.hasOwn(MODULES, name) && !kernel.modules.has(name)) {
        if (!options.has("q")) yield* proc.err(`modprobe: FATAL: Module ${wanted} not found in directory /lib/modules/${kernel.release}\n`);
        return 1;
      }
      load(proc, name);
    }
    return 0;
  },
});

function load(proc: Proc, name: string): void {
  const needs = MODULES[name] ?? [];
  for (const needed of needs) load(proc, needed);
  proc.machine.kernel.loadModule(name, 16_384, needs);
}

const modinfo = defineCommand({
  name: "modinfo",
  summary: "show information about a Linux Kernel module",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "0adlpnV", values: "Fkb", long: { author: "a", description: "d", license: "l", parameters: "p", filename: "n", null: "0", "field=": "F", "set-version=": "k", "basedir=": "b", version: "V" } });
    if (typeof options === "number") return options;
    if (options.has("V")) {
      yield* proc.out(KMOD_VERSION);
      return 0;
    }
    if (options.rest.length === 0) {
      yield* complain(proc, "ERROR: missing module or filename.");
      return 1;
    }
    for (const wanted of options.rest) {
      const name = wanted.replaceAll("-", "_");
      const known = Object.hasOwn(MODULES, name) || proc.machine.kernel.modules.has(name);
      // What a module says of itself stands in its file, and there are no such files here.
      yield* complain(proc, known ? `not modelled: what ${wanted} says of itself` : `ERROR: Module ${wanted} not found.`);
      return known ? 2 : 1;
    }
    return 0;
  },
});

const rmmod = defineCommand({
  name: "rmmod",
  summary: "remove a module from the Linux Kernel",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "fsvV", long: { force: "f", syslog: "s", verbose: "v", version: "V" } });
    if (typeof options === "number") return options;
    if (options.has("V")) {
      yield* proc.out(KMOD_VERSION);
      return 0;
    }
    if (options.rest.length === 0) {
      yield* complain(proc, "ERROR: missing module name.");
      return 1;
    }
    let status = 0;
    for (const wanted of options.rest) {
      const problem = unload(proc, wanted.replaceAll("-", "_"));
      if (problem === undefined) continue;
      yield* complain(proc, `ERROR: ${problem}`);
      status = 1;
    }
    return status;
  },
});

function unload({ machine: { kernel } }: Proc, name: string): string | undefined {
  const module = kernel.modules.get(name);
  if (module === undefined) return `Module ${name} is not currently loaded`;
  if (module.users.length > 0) return `Module ${name} is in use by: ${module.users.join(" ")}`;
  if (module.uses > 0) return `Module ${name} is in use`;
  kernel.modules.delete(name);
  for (const other of kernel.modules.values()) other.users = other.users.filter((user) => user !== name);
  return undefined;
}

const insmod = defineCommand({
  name: "insmod",
  summary: "insert a module into the Linux Kernel",
  *run(proc) {
    const [path] = proc.args;
    if (path === "-V" || path === "--version") {
      yield* proc.out(KMOD_VERSION);
      return 0;
    }
    if (path === undefined) {
      yield* complain(proc, "ERROR: missing filename.");
      return 1;
    }
    yield* complain(proc, `ERROR: could not load module ${path}: ${proc.fs.exists(proc.resolve(path)) ? "Invalid module format" : "No such file or directory"}`);
    return 1;
  },
});

const KMOD_VERSION = "kmod version 30\n+ZSTD +XZ -ZLIB +LIBCRYPTO -EXPERIMENTAL\n";

export const moduleTools: readonly Program[] = [insmod, lsmod, modinfo, modprobe, rmmod];
