/**
 * The API server as packets meet it: port 6443 of the control plane, behind default/kubernetes.
 *
 * TLS is not modelled. What speaks plain HTTP gets what Go's TLS server answers to it; the
 * cluster's own components reach the API by function call (DIFFERENCES.md).
 */
import { utf8 } from "../core/bytes";
import { HttpServer, Tasks } from "../apps/http-server";
import type { Program } from "../host/proc";
import { Signal } from "../core/task";

export const API_PORT = 6443;

export const apiEndpoint: Program = {
  name: "kube-apiserver",
  summary: "the Kubernetes API server",
  *run(proc) {
    const server = new HttpServer(proc, {
      port: API_PORT,
      // Never yields: an answer at hand
      *handle() {
        return { status: 400, body: utf8("Client sent an HTTP request to an HTTPS server.\n") };
      },
    });
    server.listen();
    new Tasks(proc).start(server.run());
    for (const never = new Signal(); ; ) yield { on: never };
  },
};
