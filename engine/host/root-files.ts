/**
 * The files a small Debian has before anybody does anything: /dev, /etc, /usr/bin, /tmp, /proc.
 * What belongs to the cluster (/etc/hosts, /etc/resolv.conf, volumes) is added by whoever boots.
 */
import type { Rng } from "../core/rng";
import type { World } from "../core/world";
import { NETWORKS_FILE, PROTOCOLS_FILE, SERVICES_FILE } from "../wire/netbase";
import { FileSystem } from "./fs";
import type { Lower } from "./inode";
import { EMPTY, folder, type Layer, type LayerEntry } from "./layer";
import type { Machine } from "./machine";
import { StreamFile } from "./open-file";
import { procFiles } from "./procfs";
import { sysClassNet } from "./sysfs";
import type { Sink, Source } from "./proc";

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
export function rootFiles(machine: Machine): FileSystem {
  const etc = etcOf(machine);
  const bytes = Object.values(etc).reduce((sum, entry) => sum + (entry.kind === "file" ? entry.text.length : 0), 0);
  const fs: FileSystem = new FileSystem(machine.world, undefined, { layer: root(machine, etc, () => fs), bytes, sinceMs: machine.sinceMs });
  const { home } = machine.user;
  if (!fs.exists(home)) fs.mkdir(home, { parents: true });
  return fs;
}

function root(machine: Machine, etc: Layer, fs: () => FileSystem): Layer {
  return {
    bin: { kind: "symlink", target: "usr/bin" },
    boot: EMPTY,
    dev: folder(() => devices(machine.world, machine.rng.fork("/dev/random"))),
    etc: folder(() => etc),
    home: EMPTY,
    lib: { kind: "symlink", target: "usr/lib" },
    mnt: EMPTY,
    opt: EMPTY,
    proc: { kind: "mounted", lower: () => procFiles(fs(), machine) },
    root: EMPTY,
    run: folder(() => ({ netns: { kind: "mounted", lower: () => namedNamespaces(fs(), machine) } })),
    sbin: { kind: "symlink", target: "usr/sbin" },
    srv: EMPTY,
    sys: folder(() => ({ class: folder(() => ({ net: { kind: "mounted", lower: () => sysClassNet(fs(), machine) } })) })),
    tmp: folder(() => ({}), 0o1777),
    usr: folder(() => ({ bin: { kind: "mounted", lower: () => fs().programs(machine.programs) }, lib: EMPTY, local: folder(() => ({ bin: EMPTY, sbin: EMPTY })), sbin: EMPTY, share: EMPTY })),
    var: folder(() => ({ lib: EMPTY, log: EMPTY, run: { kind: "symlink", target: "/run" }, tmp: EMPTY })),
  };
}

/** /run/netns: a file for each network namespace that has a name, with nothing in it to read. */
function namedNamespaces(fs: FileSystem, own: Machine): Lower {
  return {
    volatile: true,
    names: (context) => [...(context.machine ?? own).netns.names.keys()],
    get: (name, context) => ((context.machine ?? own).netns.names.has(name) ? fs.dynamic(() => "") : undefined),
  };
}

function etcOf({ user, hostname, host }: Machine): Layer {
  const own = user.uid === 0 ? "" : `${user.name}:x:${user.uid}:${user.gid}::${user.home}:/bin/bash\n`;
  const group = user.uid === 0 ? "" : `${user.name}:x:${user.gid}:\n`;
  // netbase is on a node; an image has it when somebody has put it there.
  const names: Layer = host === undefined ? { networks: { kind: "file", text: NETWORKS_FILE }, protocols: { kind: "file", text: PROTOCOLS_FILE }, services: { kind: "file", text: SERVICES_FILE } } : {};
  return {
    ...names,
    debian_version: { kind: "file", text: "12.13\n" },
    group: { kind: "file", text: `root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n${group}` },
    hostname: { kind: "file", text: `${hostname}\n` },
    "os-release": { kind: "file", text: OS_RELEASE },
    passwd: { kind: "file", text: `root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${own}` },
  };
}

function devices(world: World, rng: Rng): Layer {
  const device = (name: string, minor: number, ends: { source?: Source; sink?: Sink }, major = 1): LayerEntry => ({ kind: "device", major, minor, open: () => new StreamFile(`/dev/${name}`, ends) });
  const random = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => rng.below(256));
  const zeros = (size: number): Uint8Array => new Uint8Array(size);
  const descriptor = (number: number): LayerEntry => ({ kind: "symlink", target: `/proc/self/fd/${number}` });
  return {
    fd: { kind: "symlink", target: "/proc/self/fd" },
    full: device("full", 7, { source: endless(world, zeros) }),
    null: device("null", 3, {}),
    pts: EMPTY,
    random: device("random", 8, { source: endless(world, random) }),
    shm: folder(() => ({}), 0o1777),
    stderr: descriptor(2),
    stdin: descriptor(0),
    stdout: descriptor(1),
    tty: device("tty", 0, {}, 5),
    urandom: device("urandom", 9, { source: endless(world, random) }),
    zero: device("zero", 5, { source: endless(world, zeros) }),
  };
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
