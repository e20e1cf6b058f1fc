/**
 * A gRPC service of which only its health is of interest: grpc.health.v1.Health/Check on PORT
 * (5000), for the services named in SERVICES (separated by commas) and for the server as a whole.
 *
 * HTTP_PORT (8080) has /make-serving and /make-not-serving; HEALTH=0 leaves the health service out.
 */
import { utf8 } from "../core/bytes";
import { rfc3339 } from "../core/date";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { wallMs } from "../core/world";
import type { Proc, Program } from "../host/proc";
import { decodeHealthRequest, encodeHealthResponse, HEALTH_CHECK, SERVING_STATUS } from "../wire/grpc";
import { type GrpcReply, GrpcServer } from "./grpc-server";
import { HttpServer, Tasks } from "./http-server";
import { serveUntilTerminated } from "./shutdown";

const OK = 0;
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

export const grpcHealth: Program = {
  name: "grpc-health",
  summary: "a gRPC service with a health service",
  *run(proc) {
    const port = Number(proc.env.get("PORT") ?? 5000);
    const httpPort = Number(proc.env.get("HTTP_PORT") ?? 8080);
    const services = ["", ...(proc.env.get("SERVICES") ?? "").split(",")];
    const health = proc.env.get("HEALTH") !== "0";
    let serving = true;
    const server = new GrpcServer(proc, { port, handle: (path, message) => check(health, services, serving, path, message) });
    const switches = new HttpServer(proc, {
      port: httpPort,
      *handle({ path }) {
        if (path !== "/make-serving" && path !== "/make-not-serving") return { status: 404 };
        serving = path === "/make-serving";
        yield* say(proc, `status is ${serving ? "SERVING" : "NOT_SERVING"}`);
        return { status: 200, body: utf8("ok\n") };
      },
    });
    try {
      server.listen();
      switches.listen();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`grpc-health: listen: ${error.message}\n`);
      return 1;
    }
    yield* say(proc, `gRPC on :${port}, HTTP on :${httpPort}`);
    new Tasks(proc).start(switches.run());
    return yield* serveUntilTerminated(proc, server, "drain");
  },
};

function say(proc: Proc, words: string): Task {
  return proc.out(`${rfc3339(wallMs(proc.world))} ${words}\n`);
}

// Never yields: an answer at hand
function* check(health: boolean, services: readonly string[], serving: boolean, path: string, message: Uint8Array): Task<GrpcReply> {
  const [, service = "", method = ""] = path.split("/");
  if (!health || service !== "grpc.health.v1.Health") return { code: UNIMPLEMENTED, why: `unknown service ${service}` };
  if (path !== HEALTH_CHECK) return { code: UNIMPLEMENTED, why: `unknown method ${method} for service ${service}` };
  if (!services.includes(decodeHealthRequest(message))) return { code: NOT_FOUND, why: "unknown service" };
  return { code: OK, message: encodeHealthResponse(SERVING_STATUS.indexOf(serving ? "SERVING" : "NOT_SERVING")) };
}
