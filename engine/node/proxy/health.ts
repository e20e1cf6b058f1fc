/**
 * What load balancers and probes ask kube-proxy: /healthz and /livez on 10256, and one server
 * for each healthCheckNodePort, which says how many endpoints of its Service this node has.
 * Metrics and the mode are on 127.0.0.1:10249. (pkg/proxy/healthcheck)
 */
import { SysError } from "../../core/errno";
import { utf8 } from "../../core/bytes";
import { civil } from "../../core/date";
import { wallMs } from "../../core/world";
import { HttpServer, type Reply, Tasks } from "../../apps/http-server";
import type { Proc } from "../../host/proc";
import { ip } from "../../wire/ip";
import type { ProxyConfig } from "./config";
import type { Freshness, Log } from "./backend";
import type { Watched } from "./watched";

type Served = { readonly server: HttpServer; readonly port: number; localEndpoints: number };

export class HealthServers {
  readonly #services = new Map<string, Served>();
  readonly #tasks: Tasks;
  readonly #startedMs: number;

  constructor(
    private readonly proc: Proc,
    private readonly freshness: () => Freshness,
    private readonly log: Log,
  ) {
    this.#tasks = new Tasks(proc);
    this.#startedMs = proc.nowMs;
  }

  start({ healthzPort, metricsPort, mode }: ProxyConfig): void {
    this.#listen(new HttpServer(this.proc, { port: healthzPort, handle: (request) => answered(this.#healthz(request.path)) }), healthzPort);
    this.#listen(new HttpServer(this.proc, { port: metricsPort, ip: ip("127.0.0.1"), handle: (request) => answered(this.#metrics(request.path, mode)) }), metricsPort);
  }

  #listen(server: HttpServer, port: number): boolean {
    try {
      server.listen();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.log("E", 0, "service_health.go:145", `"Failed to start healthcheck" err="listen tcp :${port}: bind: ${error.message.toLowerCase()}" port=${port}`);
      return false;
    }
    this.#tasks.start(server.run());
    return true;
  }

  #healthz(path: string): Reply {
    if (path !== "/healthz" && path !== "/livez") return NOT_FOUND;
    const { healthy, lastSyncedMs } = this.freshness();
    const now = this.#instant(this.proc.nowMs);
    const eligible = path === "/healthz" ? `, "nodeEligible": true` : "";
    const body = `{"lastUpdated": "${healthy ? now : this.#instant(lastSyncedMs)}","currentTime": "${now}"${eligible}}`;
    return { status: healthy ? 200 : 503, headers: JSON_HEADERS, body: utf8(body) };
  }

  /** As Go prints a time.Time: 2026-11-21 00:22:42.94973219 +0000 UTC m=+6.846571614 */
  #instant(atMs: number): string {
    const wall = wallMs(this.proc.world) - (this.proc.nowMs - atMs);
    const d = civil(wall);
    const two = (n: number): string => String(n).padStart(2, "0");
    const seconds = (d.second + (wall % 1000) / 1000).toFixed(6).padStart(9, "0").replace(/0+$/, "").replace(/\.$/, "");
    return `${d.year}-${two(d.month)}-${two(d.day)} ${two(d.hour)}:${two(d.minute)}:${seconds} +0000 UTC m=+${((atMs - this.#startedMs) / 1000).toFixed(9)}`;
  }

  #metrics(path: string, mode: string): Reply {
    if (path === "/proxyMode") return { status: 200, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: utf8(mode) };
    if (path === "/healthz") return { status: 200, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: utf8("ok") };
    return NOT_FOUND;
  }

  /** Opens and closes servers as Services come and go, and counts each one's endpoints here. */
  update(watched: Watched): void {
    const wanted = new Map<string, { port: number; local: Set<string> }>();
    for (const { service, key, healthCheckNodePort } of watched.healthChecked) {
      const { endpoints } = watched;
      const entry = wanted.get(service) ?? { port: healthCheckNodePort, local: new Set<string>() };
      for (const endpoint of endpoints.get(key) ?? []) if (endpoint.isLocal && endpoint.ready) entry.local.add(endpoint.ip);
      wanted.set(service, entry);
    }
    for (const [service, { server, port }] of this.#services) {
      if (wanted.get(service)?.port === port) continue;
      this.log("I", 2, "service_health.go:119", `"Closing healthcheck" service="${service}" port=${port}`);
      server.stop();
      this.#services.delete(service);
    }
    for (const [service, { port, local }] of wanted) this.#serve(service, port, local.size);
  }

  #serve(service: string, port: number, localEndpoints: number): void {
    const known = this.#services.get(service);
    if (known !== undefined) {
      known.localEndpoints = localEndpoints;
      return;
    }
    this.log("I", 2, "service_health.go:141", `"Opening healthcheck" service="${service}" port=${port}`);
    const served: Served = { port, localEndpoints, server: new HttpServer(this.proc, { port, handle: () => answered(this.#serviceHealth(service, served)) }) };
    if (this.#listen(served.server, port)) this.#services.set(service, served);
  }

  #serviceHealth(service: string, { localEndpoints }: Served): Reply {
    const [namespace, name] = service.split("/");
    const { healthy } = this.freshness();
    const lines = ["{", '\t"service": {', `\t\t"namespace": "${namespace}",`, `\t\t"name": "${name}"`, "\t},", `\t"localEndpoints": ${localEndpoints},`, `\t"serviceProxyHealthy": ${healthy}`, "}"];
    return { status: localEndpoints > 0 && healthy ? 200 : 503, headers: [...JSON_HEADERS, ["X-Load-Balancing-Endpoint-Weight", String(localEndpoints)]], body: utf8(lines.join("\n")) };
  }
}

const JSON_HEADERS = [["Content-Type", "application/json"], ["X-Content-Type-Options", "nosniff"]] as const;
const NOT_FOUND: Reply = { status: 404, headers: [["Content-Type", "text/plain; charset=utf-8"], ["X-Content-Type-Options", "nosniff"]], body: utf8("404 page not found\n") };

// Never yields: an answer at hand
function* answered(reply: Reply): Generator<never, Reply, never> {
  return reply;
}
