/**
 * A small HTTP service as teams write them: JSON answers, a health page, one log line a request.
 *
 * Its environment says how it behaves, so that a lab can make it slow, flaky or rude:
 * PORT, BIND_ADDRESS, START_DELAY_MS, LATENCY_MS, JITTER_MS, ERROR_RATE (0 to 1, answers 500),
 * HEALTH_STATUS, READY_DELAY_MS, SHUTDOWN (drain, exit, ignore), UPSTREAM (a URL asked for on "/").
 * /ready answers 503 while the file /tmp/unready exists.
 */
import { utf8 } from "../core/bytes";
import { rfc3339 } from "../core/date";
import { SysError } from "../core/errno";
import type { Rng } from "../core/rng";
import type { Task } from "../core/task";
import { wallMs } from "../core/world";
import type { Proc, Program } from "../host/proc";
import { type Ip, parseIp } from "../wire/ip";
import { HttpServer, type Reply, type Request } from "./http-server";
import { httpGet } from "./http-client";
import { type Shutdown, serveUntilTerminated } from "./shutdown";

export type JsonApi = { readonly service: string; readonly version: string; readonly port: number };

type Settings = {
  readonly port: number;
  readonly address: Ip | undefined;
  readonly startDelayMs: number;
  readonly readyDelayMs: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly errorRate: number;
  readonly healthStatus: number;
  readonly shutdown: Shutdown;
  readonly upstream: string | undefined;
};

export function jsonApi(api: JsonApi): Program {
  return {
    name: api.service,
    summary: `the ${api.service} service`,
    *run(proc) {
      const settings = settingsOf(proc, api);
      if (typeof settings === "string") {
        yield* proc.err(`${api.service}: ${settings}\n`);
        return 2;
      }
      if (settings.startDelayMs > 0) yield* proc.sleep(settings.startDelayMs);
      return yield* serve(proc, api, settings);
    },
  };
}

function* serve(proc: Proc, api: JsonApi, settings: Settings): Task<number> {
  const rng = proc.rng.fork("requests");
  const startedMs = proc.nowMs;
  const server = new HttpServer(proc, {
    port: settings.port,
    ...(settings.address !== undefined && { ip: settings.address }),
    handle: (request) => answer(proc, api, settings, request, rng, startedMs),
    log: (request, reply) => proc.out(`${rfc3339(wallMs(proc.world))} ${request.client} "${request.method} ${request.path}" ${reply.status} ${reply.body?.length ?? 0}\n`),
  });
  try {
    server.listen();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`${api.service}: listen on port ${settings.port}: ${error.message}\n`);
    return 1;
  }
  yield* proc.out(`${rfc3339(wallMs(proc.world))} ${api.service} ${api.version} listening on :${settings.port}\n`);
  const status = yield* serveUntilTerminated(proc, server, settings.shutdown);
  yield* proc.out(`${rfc3339(wallMs(proc.world))} ${api.service} stopped\n`);
  return status;
}

function* answer(proc: Proc, api: JsonApi, settings: Settings, request: Request, rng: Rng, startedMs: number): Task<Reply> {
  const delayMs = settings.latencyMs + (settings.jitterMs > 0 ? rng.below(settings.jitterMs * 1000) / 1000 : 0);
  if (delayMs > 0) yield* proc.sleep(delayMs);
  const { service, version } = api;
  const pod = proc.machine.hostname;
  switch (request.path) {
    case "/health":
    case "/healthz":
      return json(settings.healthStatus, { status: settings.healthStatus < 400 ? "ok" : "unhealthy", service, version, pod });
    case "/ready": {
      const ready = proc.nowMs >= startedMs + settings.readyDelayMs && !proc.fs.exists("/tmp/unready");
      return json(ready ? 200 : 503, { status: ready ? "ready" : "not ready", pod });
    }
    case "/":
      if (settings.errorRate > 0 && rng.fraction() < settings.errorRate) return json(500, { error: "internal error", service, pod });
      if (settings.upstream !== undefined) return yield* viaUpstream(proc, api, settings.upstream);
      return json(200, { service, version, pod, client: request.client });
    default:
      return json(404, { error: "not found", path: request.path });
  }
}

function* viaUpstream(proc: Proc, { service, version }: JsonApi, upstream: string): Task<Reply> {
  const got = yield* httpGet(proc, upstream, { timeoutMs: 5000 });
  const pod = proc.machine.hostname;
  if (got.kind === "failed") {
    yield* proc.err(`${service}: GET ${upstream}: ${got.why}\n`);
    return json(502, { error: got.why, service, pod });
  }
  return json(got.status < 500 ? 200 : 502, { service, version, pod, upstream: { status: got.status, body: got.body } });
}

function json(status: number, body: unknown): Reply {
  return { status, headers: [["Content-Type", "application/json"]], body: utf8(`${JSON.stringify(body)}\n`) };
}

/** Undefined settings are defaults; a bad one is a sentence. */
function settingsOf(proc: Proc, { port }: JsonApi): Settings | string {
  const bad: string[] = [];
  const number = (name: string, otherwise: number): number => {
    const written = proc.env.get(name);
    if (written === undefined || written === "") return otherwise;
    if (!/^\d+(\.\d+)?$/.test(written)) bad.push(`${name}: not a number: "${written}"`);
    return Number(written);
  };
  const shutdown = proc.env.get("SHUTDOWN") ?? "drain";
  if (!["drain", "exit", "ignore"].includes(shutdown)) bad.push(`SHUTDOWN: must be drain, exit or ignore: "${shutdown}"`);
  const bind = proc.env.get("BIND_ADDRESS");
  const address = bind === undefined ? undefined : parseIp(bind);
  if (bind !== undefined && address === undefined) bad.push(`BIND_ADDRESS: not an address: "${bind}"`);
  const settings: Settings = {
    port: number("PORT", port),
    address,
    startDelayMs: number("START_DELAY_MS", 0),
    readyDelayMs: number("READY_DELAY_MS", 0),
    latencyMs: number("LATENCY_MS", 0),
    jitterMs: number("JITTER_MS", 0),
    errorRate: number("ERROR_RATE", 0),
    healthStatus: number("HEALTH_STATUS", 200),
    shutdown: shutdown as Shutdown,
    upstream: proc.env.get("UPSTREAM"),
  };
  return bad[0] ?? settings;
}
