/** A machine with a kernel of its own, as the lab's nodes and the outside's are: Debian 12. */
import type { World } from "../core/world";
import { Kernel } from "../host/kernel";
import { Machine } from "../host/machine";
import { PidNamespace } from "../host/pids";
import { rootFiles } from "../host/root-files";
import type { FileSystem } from "../host/fs";
import type { Program } from "../host/proc";
import { Netns } from "../net/netns";

export type HostInit = {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly resolvConf?: string;
  readonly hosts?: string;
  readonly files?: Readonly<Record<string, string>>;
};

export function makeHost(world: World, init: HostInit): Machine {
  const netns = new Netns(world, init.name, { initial: true });
  const kernel = new Kernel(world);
  netns.log = (line) => kernel.log(line);
  return new Machine({ world, hostname: init.name, netns, kernel, programs: init.programs, pids: new PidNamespace(undefined, 1), fs: (machine) => filesOf(machine, init) });
}

function filesOf(machine: Machine, { name, resolvConf = "", hosts = "", files = {} }: HostInit): FileSystem {
  const fs = rootFiles(machine);
  fs.writeFile("/etc/hostname", `${name}\n`);
  fs.writeFile("/etc/hosts", `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n${hosts}`);
  fs.writeFile("/etc/resolv.conf", resolvConf);
  for (const [path, content] of Object.entries(files)) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { parents: true });
    fs.writeFile(path, content);
  }
  return fs;
}
