/**
 * The files a small Debian has before anybody does anything: /dev, /etc, /usr/bin, /tmp, /proc.
 * What belongs to the cluster (/etc/hosts, /etc/resolv.conf, volumes) is added by whoever boots.
 */
import type { Rng } from "../core/rng";
import type { World } from "../core/world";
import { FileSystem } from "./fs";
import type { Machine, User } from "./machine";
import { StreamFile } from "./open-file";
import { mountProc } from "./procfs";
import { mountSys } from "./sysfs";
import type { OpenFile, Program, Sink, Source } from "./proc";

const FOLDERS = ["/usr/sbin", "/usr/lib", "/usr/share", "/usr/local/bin", "/usr/local/sbin", "/home", "/root", "/run", "/var/log", "/var/lib", "/var/run", "/var/tmp", "/opt", "/srv", "/mnt", "/etc", "/dev", "/sys", "/boot"];

const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

/** For Machine's `fs`: the tree is made when somebody first looks. */
export function rootFiles(machine: Machine, extra: (fs: FileSystem) => void = () => {}): FileSystem {
  const fs = new FileSystem(machine.world);
  for (const folder of FOLDERS) fs.mkdir(folder, { parents: true });
  fs.mkdir("/tmp", { mode: 0o1777 });
  const programs = new Map<string, Program>(machine.programs.map((program) => [program.name, program]));
  fs.addPrograms("/usr/bin", programs);
  fs.symlink("usr/bin", "/bin");
  fs.symlink("usr/sbin", "/sbin");
  fs.symlink("usr/lib", "/lib");
  devices(fs, machine.world, machine.rng.fork("/dev/random"));
  accounts(fs, machine.user);
  fs.writeFile("/etc/hostname", `${machine.hostname}\n`);
  fs.writeFile("/etc/os-release", OS_RELEASE);
  fs.writeFile("/etc/debian_version", "12.13\n");
  if (!fs.exists(machine.user.home)) fs.mkdir(machine.user.home, { parents: true });
  mountProc(fs, machine);
  mountSys(fs, machine);
  extra(fs);
  return fs;
}

function accounts(fs: FileSystem, user: User): void {
  const own = user.uid === 0 ? "" : `${user.name}:x:${user.uid}:${user.gid}::${user.home}:/bin/bash\n`;
  const group = user.uid === 0 ? "" : `${user.name}:x:${user.gid}:\n`;
  fs.writeFile("/etc/passwd", `root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${own}`);
  fs.writeFile("/etc/group", `root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n${group}`);
}

function devices(fs: FileSystem, world: World, rng: Rng): void {
  const device = (path: string, minor: number, ends: { source?: Source; sink?: Sink }, major = 1): void => fs.addDevice(path, major, minor, () => new StreamFile(path, ends));
  device("/dev/null", 3, {});
  device("/dev/zero", 5, { source: endless(world, (size) => new Uint8Array(size)) });
  device("/dev/full", 7, { source: endless(world, (size) => new Uint8Array(size)) });
  const random = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => rng.below(256));
  device("/dev/random", 8, { source: endless(world, random) });
  device("/dev/urandom", 9, { source: endless(world, random) });
  fs.symlink("/proc/self/fd", "/dev/fd");
  for (const [i, name] of ["stdin", "stdout", "stderr"].entries()) fs.symlink(`/proc/self/fd/${i}`, `/dev/${name}`);
  const noTerminal = (): OpenFile => new StreamFile("/dev/tty", {});
  fs.addDevice("/dev/tty", 5, 0, noTerminal);
  fs.mkdir("/dev/pts");
  fs.mkdir("/dev/shm", { mode: 0o1777 });
}

/** Never ends, but takes time: a gigabyte a second. */
function endless(world: World, make: (size: number) => Uint8Array): Source {
  return {
    *read(maxBytes = 65_536) {
      const size = Math.min(maxBytes, 65_536);
      yield { deadlineMs: world.scheduler.nowMs + size / 1e6 };
      return make(size);
    },
  };
}
