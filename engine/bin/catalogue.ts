/**
 * What /usr/bin holds, by name: known from the beginning, while the programs themselves may come a
 * little later (core/later.ts). A stand-in is in a program's place until it is run, and then is it:
 * no file system can tell which of the two it was given.
 */
import type { Later } from "../core/later";
import type { Program } from "../host/proc";
import type { Tools } from "./tools";

/** In the order of the lists in index.ts, which a test compares. */
const NAMES = {
  coreutils:
    "awk egrep fgrep grep jq sed df du file stat less man more kill killall pgrep pidof pkill ps nano top vi vim clear dmesg free logger lsns insmod lsmod modinfo modprobe rmmod nsenter reset which cat chroot cp mv rm cmp diff expr chmod chown ln mkdir mktemp readlink realpath rmdir touch truncate find base64 hexdump md5sum od sha1sum sha256sum sha512sum strings xxd head tail column comm cut fold nl paste rev tac tee uniq wc ls timeout watch xargs arch basename date dirname echo env false groups hostname id nohup nproc printenv printf pwd seq sleep sync [ test true tty uname uptime whoami yes sort tar tr",
  networkTools:
    "bridge conntrack ip ipset iptables iptables-legacy iptables-nft iptables-save iptables-legacy-save iptables-nft-save iptables-restore iptables-legacy-restore iptables-nft-restore ip6tables ip6tables-save ip6tables-restore ipvsadm ipvsadm-restore ipvsadm-save nfacct nft nstat sysctl",
  networkClients: "arp arping brctl ethtool ifconfig iperf3 mtr netstat nmap openssl route socat tc telnet curl dig getent host nc netcat nslookup ping ss tcpdump traceroute wget",
  systemTools: "apt apt-get crictl docker helm htop journalctl k9s lsof mount python3 strace systemctl sudo",
  busybox: "nc nslookup ping wget",
};

export type Shelf = keyof typeof NAMES;
export type Shelves = Readonly<Record<Shelf, readonly Program[]>>;

/** Every shelf with every program on it: those at hand themselves, in the place of the others their stand-ins. */
export function catalogue(tools: Later<Tools>, atHand: Partial<Shelves>): Shelves {
  if (tools.here) return tools.value.shelves;
  const named = (shelf: Shelf) => NAMES[shelf].split(" ").map((name) => atHand[shelf]?.find((program) => program.name === name) ?? standIn(name, () => find(tools.value.shelves[shelf], name)));
  return { coreutils: named("coreutils"), networkTools: named("networkTools"), networkClients: named("networkClients"), systemTools: named("systemTools"), busybox: named("busybox") };
}

/** What a whole Linux has; BusyBox is what smaller ones have in its place. */
export function everything({ coreutils, networkTools, networkClients, systemTools }: Shelves): readonly Program[] {
  return [...coreutils, ...networkTools, ...networkClients, ...systemTools];
}

function find(programs: readonly Program[], name: string): Program {
  const program = programs.find((each) => each.name === name);
  if (program === undefined) throw new Error(`no ${name} on its shelf`);
  return program;
}

/** A program by name, looked for when it is wanted. */
function standIn(name: string, program: () => Program): Program {
  return {
    name,
    get summary() {
      return program().summary;
    },
    complete: (context) => program().complete?.(context),
    run: (proc) => program().run(proc),
  };
}
