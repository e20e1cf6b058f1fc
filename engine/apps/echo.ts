/** An HTTP server that tells what it was asked and by whom: for seeing source addresses and headers. */
import { utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Program } from "../host/proc";
import { HttpServer } from "./http-server";
import { serveUntilTerminated } from "./shutdown";

export const echoServer: Program = {
  name: "echo-server",
  summary: "answers with the request",
  *run(proc) {
    const port = Number(proc.env.get("PORT") ?? 8080);
    const server = new HttpServer(proc, {
      port,
      // Never yields: an answer at hand
      *handle(request) {
        const lines = [
          `Hostname: ${proc.machine.hostname}`,
          `client_address: ${request.client}`,
          `client_port: ${request.clientPort}`,
          `server_address: ${request.local}`,
          `request: ${request.method} ${request.path}${request.query === "" ? "" : `?${request.query}`} ${request.version}`,
          ...request.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`),
        ];
        return { status: 200, headers: [["Content-Type", "text/plain"]], body: utf8(`${lines.join("\n")}\n`) };
      },
      log: (request, reply) => proc.out(`${request.client}:${request.clientPort} ${request.method} ${request.path} ${reply.status}\n`),
    });
    try {
      server.listen();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`echo-server: listen on port ${port}: ${error.message}\n`);
      return 1;
    }
    return yield* serveUntilTerminated(proc, server, "drain");
  },
};
