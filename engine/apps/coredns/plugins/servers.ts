/** `health`, `ready` and `prometheus`: the HTTP ports beside port 53. */
import { utf8 } from "../../../core/bytes";
import { SysError } from "../../../core/errno";
import type { Task } from "../../../core/task";
import { HttpServer, type Reply } from "../../http-server";
import { CorefileProblem } from "../corefile";
import type { Plugin, Setup } from "../plugin";

function portOf(written: string | undefined, otherwise: number): number {
  const m = /:(\d+)$/.exec(written ?? "");
  return m ? Number(m[1]) : otherwise;
}

function* serve({ proc, fatal }: Setup, port: number, answer: (path: string) => Reply): Task {
  const server = new HttpServer(proc, {
    port,
    // Never yields: an answer at hand
    *handle({ path }) {
      return answer(path);
    },
  });
  try {
    server.listen();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fatal(`listen tcp :${port}: bind: ${error.message.toLowerCase()}`);
  }
  yield* server.run();
}

const text = (status: number, body: string): Reply => ({ status, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: utf8(body) });

export const health: Plugin = {
  name: "health",
  setUp(setup) {
    let lameduckMs = 0;
    for (const [property = "", value = ""] of setup.directive.block) {
      const m = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value);
      if (property !== "lameduck" || !m) throw new CorefileProblem(`plugin/health: Wrong argument count or unexpected line ending after '${property}'`);
      lameduckMs = Number(m[1]) * { ms: 1, s: 1000, m: 60_000 }[m[2] as "ms" | "s" | "m"];
    }
    return { lameduckMs, start: () => serve(setup, portOf(setup.directive.args[0], 8080), (path) => (path === "/health" ? text(200, "OK") : text(404, "404 page not found\n"))) };
  },
};

/** Says OK once every plugin that has a say is ready. */
export function readyPlugin(isReady: () => readonly string[]): Plugin {
  return {
    name: "ready",
    setUp: (setup) => ({
      start: () =>
        serve(setup, portOf(setup.directive.args[0], 8181), (path) => {
          if (path !== "/ready") return text(404, "404 page not found\n");
          const waiting = isReady();
          return waiting.length === 0 ? text(200, "OK") : text(503, waiting.join(","));
        }),
    }),
  };
}

/** What the server has counted; written as Prometheus reads it. */
export class DnsMetrics {
  readonly #requests = new Map<string, number>();
  readonly #responses = new Map<string, number>();

  count(zone: string, protocol: string, type: string, rcode: string): void {
    const request = `coredns_dns_requests_total{family="1",proto="${protocol}",server="dns://:53",type="${type}",view="",zone="${zone}"}`;
    const response = `coredns_dns_responses_total{plugin="",rcode="${rcode}",server="dns://:53",view="",zone="${zone}"}`;
    this.#requests.set(request, (this.#requests.get(request) ?? 0) + 1);
    this.#responses.set(response, (this.#responses.get(response) ?? 0) + 1);
  }

  print(): string {
    const lines = (name: string, help: string, counts: ReadonlyMap<string, number>) => (counts.size === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([series, count]) => `${series} ${count}`)]);
    return [...lines("coredns_dns_requests_total", "Counter of DNS requests made per zone, protocol and family.", this.#requests), ...lines("coredns_dns_responses_total", "Counter of response status codes.", this.#responses), ""].join("\n");
  }
}

export function prometheusPlugin(metrics: DnsMetrics): Plugin {
  return {
    name: "prometheus",
    setUp: (setup) => ({ start: () => serve(setup, portOf(setup.directive.args[0], 9153), (path) => (path === "/metrics" ? text(200, metrics.print()) : text(404, "404 page not found\n"))) }),
  };
}
