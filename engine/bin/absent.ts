/**
 * Programs that people look for and that are not here. Each says so in its own name and names what
 * does the same, rather than "command not found", which on a learner's terminal reads like a riddle.
 */
import type { Task } from "../core/task";
import type { Program } from "../host/proc";
import { defineCommand } from "./command";

export function absent(name: string, instead: string): Program {
  return defineCommand({
    name,
    summary: "not here",
    *run(proc): Task<number> {
      yield* proc.err(`${name}: not modelled: ${instead}\n`);
      return 2;
    },
  });
}

const EDITOR = "a full-screen editor; write files with cat > FILE, sed -i, or the workbench's editor";
const DISPLAY = "a live display; use ps aux, or watch ps aux";
const SERVICES = "services are not managed by systemd here; ps aux shows what runs, kubectl logs and dmesg what it said";
const CONTAINERS = "a container runtime of its own; use kubectl get pods, kubectl exec and kubectl logs";
const PACKAGES = "packages cannot be installed; what is here is in /usr/bin";

/** Everywhere. */
export const absentTools: readonly Program[] = [absent("nano", EDITOR), absent("top", DISPLAY), absent("vi", EDITOR), absent("vim", EDITOR)];

/** Where network tools are. */
export const absentNetworkTools: readonly Program[] = [
  absent("arp", "net-tools; use ip neigh"),
  absent("arping", "use ping, and ip neigh for what ARP found"),
  absent("brctl", "bridge-utils; use bridge link, ip link show type bridge"),
  absent("ethtool", "use ip -d -s link"),
  absent("ifconfig", "net-tools; use ip addr"),
  absent("iperf3", "throughput is no lesson here"),
  absent("mtr", "use traceroute -n, or ping"),
  absent("netstat", "net-tools; use ss -tunap, ip route or nstat"),
  absent("nmap", "use nc -zv HOST PORT"),
  absent("openssl", "TLS is not here"),
  absent("route", "net-tools; use ip route"),
  absent("socat", "use nc"),
  absent("tc", "traffic control; links have latency and loss, and no queues"),
  absent("telnet", "use nc -v HOST PORT"),
];

/** On machines that people log in to. */
export const absentSystemTools: readonly Program[] = [
  absent("apt", PACKAGES),
  absent("apt-get", PACKAGES),
  absent("crictl", CONTAINERS),
  absent("docker", CONTAINERS),
  absent("helm", "charts; use kubectl apply -f"),
  absent("htop", DISPLAY),
  absent("journalctl", SERVICES),
  absent("k9s", "a full-screen client; use kubectl"),
  absent("lsof", "use ss -tunap"),
  absent("mount", "file systems are fixed here; cat /proc/mounts"),
  absent("python3", "no interpreter but bash and awk"),
  absent("strace", "system calls are not traced; tcpdump and conntrack -E show what leaves"),
  absent("systemctl", SERVICES),
];
