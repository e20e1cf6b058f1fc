/**
 * /proc and /sys as far as people look into them: proc(5). Every file is made when it is read.
 * What lies under /proc/net shows the reader's own network namespace; /proc/sys is ns.sysctl as files.
 */
import { SysError } from "../core/errno";
import type { FileSystem } from "./fs";
import type { FileContext, Inode, Lower } from "./inode";
import type { Machine } from "./machine";
import { netFile, netFiles } from "./procfs-net";
import type { Process } from "./process";

export function procFiles(fs: FileSystem, own: Machine): Lower {
  const of = (context: FileContext): Machine => context.machine ?? own;
  const texts = systemFiles();
  return {
    volatile: true,
    names: (context) => [...of(context).processes.keys()].map(String).concat([...texts.keys()], ["net", "self", "sys"]),
    get(name, context) {
      const machine = of(context);
      const text = texts.get(name);
      if (text) return fs.dynamic(({ machine: reader }) => text(reader ?? own));
      if (name === "net") return netDirectory(fs, own, "");
      if (name === "sys") return sysDirectory(fs, own, "");
      if (name === "self") return fs.virtualLink("1");
      const process = /^\d+$/.test(name) ? machine.processes.get(Number(name)) : undefined;
      return process && processDirectory(fs, process, Number(name));
    },
  };
}

// /proc/cpuinfo and its neighbours

function systemFiles(): ReadonlyMap<string, (machine: Machine) => string> {
  return new Map<string, (machine: Machine) => string>([
    ["cpuinfo", cpuinfo],
    ["filesystems", () => "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\toverlay\n\text4\n"],
    ["loadavg", (machine) => `0.00 0.00 0.00 1/${machine.processes.size} ${Math.max(0, ...machine.processes.keys())}\n`],
    ["meminfo", meminfo],
    ["modules", (machine) => [...machine.kernel.modules.values()].reverse().map(({ name, sizeBytes, uses, users }) => `${name} ${sizeBytes} ${uses + users.length} ${users.length === 0 ? "-" : `${users.join(",")},`} Live 0x0000000000000000\n`).join("")],
    ["mounts", () => "overlay / overlay rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\nsysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0\n"],
    ["stat", stat],
    ["uptime", ({ kernel }) => `${(kernel.uptimeMs / 1000).toFixed(2)} ${((kernel.uptimeMs / 1000) * kernel.cpus).toFixed(2)}\n`],
    ["version", ({ kernel }) => `Linux version ${kernel.release} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${kernel.version}\n`],
  ]);
}

function cpuinfo({ kernel }: Machine): string {
  let text = "";
  for (let cpu = 0; cpu < kernel.cpus; cpu++) text += `processor\t: ${cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: Podpath Virtual CPU\ncpu MHz\t\t: 2400.000\nphysical id\t: 0\nsiblings\t: ${kernel.cpus}\ncore id\t\t: ${cpu}\ncpu cores\t: ${kernel.cpus}\n\n`;
  return text;
}

function meminfo(machine: Machine): string {
  const total = Math.floor(machine.kernel.memoryBytes / 1024);
  const used = Math.floor(machine.fs.usedBytes / 1024) + machine.processes.size * 2048;
  const rows: readonly (readonly [string, number])[] = [["MemTotal", total], ["MemFree", Math.max(0, total - used)], ["MemAvailable", Math.max(0, total - used)], ["Buffers", 0], ["Cached", Math.floor(machine.fs.usedBytes / 1024)], ["SwapCached", 0], ["SwapTotal", 0], ["SwapFree", 0]];
  return rows.map(([name, kilobytes]) => `${`${name}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB\n`).join("");
}

function stat(machine: Machine): string {
  const ticks = [...machine.processes.values()].reduce((sum, process) => sum + process.cpuUs, 0) / 10_000;
  return `cpu  ${Math.floor(ticks)} 0 0 ${Math.floor((machine.kernel.uptimeMs / 10) * machine.kernel.cpus - ticks)} 0 0 0 0 0 0\nbtime ${Math.floor(machine.kernel.bootedAtMs / 1000)}\nprocesses ${Math.max(0, ...machine.processes.keys())}\nprocs_running 1\nprocs_blocked 0\n`;
}

// /proc/PID

function processDirectory(fs: FileSystem, process: Process, pid: number): Inode {
  const texts: Readonly<Record<string, () => string>> = {
    cmdline: () => process.argv.map((arg) => `${arg}\0`).join(""),
    comm: () => `${process.program.name.slice(0, 15)}\n`,
    environ: () => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(""),
    limits: () => "Limit                     Soft Limit           Hard Limit           Units     \nMax processes             4096                 4096                 processes \nMax open files            1024                 1048576              files     \n",
    status: () => statusText(process, pid),
    cgroup: () => "0::/\n",
  };
  const links: Readonly<Record<string, () => string>> = { cwd: () => process.cwd, root: () => "/", exe: () => `/usr/bin/${process.program.name}` };
  return fs.virtual({
    volatile: true,
    names: () => [...Object.keys(texts), ...Object.keys(links), "fd", "net", "ns"],
    get(name) {
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (text) return fs.dynamic(text);
      const link = Object.hasOwn(links, name) ? links[name] : undefined;
      if (link) return fs.virtualLink(link());
      if (name === "net") return netDirectory(fs, process.machine, "", true);
      if (name === "fd") return fs.virtual({ volatile: true, names: () => [...process.files.keys()].map(String), get: (fd) => descriptorLink(fs, process, fd) });
      if (name === "ns") return fs.virtual({ volatile: true, names: () => ["net"], get: (each) => (each === "net" ? fs.virtualLink(`net:[${namespaceNumber(process)}]`) : undefined) });
      return undefined;
    },
  });
}

function descriptorLink(fs: FileSystem, process: Process, descriptor: string): Inode | undefined {
  const file = process.files.get(Number(descriptor));
  return file && fs.virtualLink(file.name);
}

/** A stable number for a namespace, as the inode in /proc/PID/ns is: derived from its name. */
export function namespaceNumber({ machine: { netns } }: Process): number {
  let hash = 0;
  for (const char of netns.name) hash = (hash * 31 + char.charCodeAt(0)) % 1000;
  return netns.initial ? 4_026_531_840 : 4_026_532_000 + hash;
}

export function stateLetter(process: Process): "R" | "S" | "T" | "Z" {
  return process.exited ? "Z" : process.stopped ? "T" : "S";
}

function statusText(process: Process, pid: number): string {
  const words = { R: "running", S: "sleeping", T: "stopped", Z: "zombie" };
  const state = stateLetter(process);
  return `Name:\t${process.program.name.slice(0, 15)}\nUmask:\t0022\nState:\t${state} (${words[state]})\nTgid:\t${pid}\nNgid:\t0\nPid:\t${pid}\nPPid:\t${process.ppid}\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nThreads:\t1\n`;
}

// /proc/net and /proc/sys

function netDirectory(fs: FileSystem, own: Machine, prefix: string, fixed = false): Inode {
  const of = (context: FileContext): Machine => (fixed ? own : (context.machine ?? own));
  return fs.virtual({
    volatile: true,
    names: (context) => childrenOf(netFiles(of(context).netns), prefix),
    get(name, context) {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      const all = netFiles(of(context).netns);
      if (all.includes(path)) return fs.dynamic((reader) => netFile(of(reader).netns, path) ?? "");
      return all.some((each) => each.startsWith(`${path}/`)) ? netDirectory(fs, own, path, fixed) : undefined;
    },
  });
}

function childrenOf(paths: readonly string[], prefix: string): string[] {
  const under = prefix === "" ? paths : paths.filter((path) => path.startsWith(`${prefix}/`)).map((path) => path.slice(prefix.length + 1));
  return [...new Set(under.map((path) => path.split("/")[0] ?? ""))];
}

/** The kernel's own knobs outside net/: shown, and refused when written where nothing would follow. */
function kernelKnobs(machine: Machine): ReadonlyMap<string, string> {
  return new Map([["kernel/hostname", machine.hostname], ["kernel/osrelease", machine.kernel.release], ["kernel/ostype", "Linux"], ["kernel/version", machine.kernel.version], ["kernel/pid_max", "4194304"], ["fs/file-max", "9223372036854775807"], ["vm/swappiness", "60"], ["vm/overcommit_memory", "0"]]);
}

function sysDirectory(fs: FileSystem, own: Machine, prefix: string): Inode {
  const of = (context: FileContext): Machine => context.machine ?? own;
  const keys = (context: FileContext): string[] => [...of(context).netns.sysctl.paths(), ...kernelKnobs(of(context)).keys()];
  return fs.virtual({
    volatile: true,
    names: (context) => childrenOf(keys(context), prefix),
    get(name, context) {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      const all = keys(context);
      if (!all.includes(path)) return all.some((key) => key.startsWith(`${path}/`)) ? sysDirectory(fs, own, path) : undefined;
      const write = (text: string, reader: FileContext): void => writeKnob(of(reader), path, text.replace(/\n$/, ""));
      return fs.dynamic((reader) => `${readKnob(of(reader), path)}\n`, mayWrite(of(context), path) ? write : undefined);
    },
  });
}

function readKnob(machine: Machine, path: string): string {
  const value = kernelKnobs(machine).get(path) ?? machine.netns.sysctl.get(path);
  if (value === undefined) throw new SysError("EACCES");
  return value;
}

/** What another namespace owns can be looked at only: the open is refused, not the write. */
function mayWrite(machine: Machine, path: string): boolean {
  return path === "kernel/hostname" || (!kernelKnobs(machine).has(path) && machine.netns.sysctl.writable(path));
}

function writeKnob(machine: Machine, path: string, value: string): void {
  if (path === "kernel/hostname") {
    machine.hostname = value;
    return;
  }
  if (kernelKnobs(machine).has(path)) throw new SysError("EACCES");
  machine.netns.sysctl.set(path, value);
}
