/** A line as k8s.io/klog writes it: "W1121 08:04:23.424953    7994 helpers.go:719] …". */
import { rfc3339 } from "../../core/date";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";

export function klog(proc: Proc, level: "W" | "E" | "F", where: string, message: string): string {
  const ms = wallMs(proc.world);
  const at = rfc3339(ms);
  const micros = String(Math.floor((ms % 1000) * 1000)).padStart(6, "0");
  return `${level}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 19)}.${micros} ${String(proc.pid).padStart(7)} ${where}] ${message}\n`;
}
