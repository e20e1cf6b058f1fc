/** Port numbers and their names, from /etc/services. */
import type { Proc } from "../../host/proc";

export type Services = { name(port: number, protocol: string): string | undefined; port(name: string): number | undefined };

export function serviceNames(proc: Proc): Services {
  const names = new Map<string, string>();
  const ports = new Map<string, number>();
  const written = proc.fs.exists("/etc/services") ? proc.fs.readText("/etc/services") : "";
  for (const line of written.split("\n")) {
    const m = /^([A-Za-z0-9+._-]+)\s+(\d+)\/(\w+)/.exec(line);
    if (!m) continue;
    const [, name = "", port = "", protocol = ""] = m;
    if (!names.has(`${port}/${protocol}`)) names.set(`${port}/${protocol}`, name);
    if (!ports.has(name)) ports.set(name, Number(port));
  }
  return { name: (port, protocol) => names.get(`${port}/${protocol}`), port: (name) => ports.get(name) };
}
