/**
 * The root file system a machine or container starts with, before its image, volumes and /etc
 * are put on top: the usual directories, /dev/null and its kin, programs in /usr/bin.
 */
import type { Task } from "../core/task";
import { FileSystem } from "../host/fs";
import type { Machine } from "../host/machine";
import { StreamFile } from "../host/open-file";

const DIRECTORIES = ["/etc", "/usr/bin", "/usr/local/bin", "/tmp", "/root", "/proc", "/dev", "/var/log", "/var/lib", "/run", "/opt", "/home", "/sys"];

export function plainTree(machine: Machine): FileSystem {
  const fs = new FileSystem(machine.world);
  for (const path of DIRECTORIES) fs.mkdir(path, { parents: true });
  for (const name of ["bin", "sbin"]) fs.symlink("usr/bin", `/${name}`);
  fs.symlink("bin", "/usr/sbin");
  fs.addDevice("/dev/null", 1, 3, () => new StreamFile("/dev/null", { sink: { write: swallow } }));
  for (const program of machine.programs) fs.addProgram(`/usr/bin/${program.name}`, program);
  return fs;
}

function* swallow(): Task {}
