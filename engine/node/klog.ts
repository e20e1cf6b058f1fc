/**
 * Log lines as Kubernetes' own components write them (k8s.io/klog, text format):
 * `I1121 00:27:37.050832       1 proxier.go:805] "Syncing iptables rules"`.
 */
import { civil } from "../core/date";
import { type World, wallMs } from "../core/world";

export type Severity = "I" | "W" | "E";

export function klogLine(world: World, severity: Severity, place: string, text: string, pid = 1): string {
  const at = wallMs(world);
  const d = civil(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const micros = String(d.ms * 1000 + (world.scheduler.nowUs % 1000)).padStart(6, "0");
  return `${severity}${two(d.month)}${two(d.day)} ${two(d.hour)}:${two(d.minute)}:${two(d.second)}.${micros} ${String(pid).padStart(7)} ${place}] ${text}\n`;
}
