/**
 * What a server does when SIGTERM arrives: it stops accepting and finishes what is under way
 * ("drain"), it leaves at once ("exit"), or it does not care ("ignore", and the kubelet kills it).
 */
import { Signal, type Task } from "../core/task";
import type { Proc } from "../host/proc";
import type { HttpServer } from "./http-server";
import { Tasks } from "./http-server";

export type Shutdown = "drain" | "exit" | "ignore";

/** Serves until SIGTERM or SIGINT; returns the exit status. */
export function* serveUntilTerminated(proc: Proc, server: Pick<HttpServer, "run" | "stop" | "drained">, shutdown: Shutdown): Task<number> {
  const terminated = new Signal();
  let asked = false;
  const ask = () => {
    asked = true;
    terminated.notify();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) proc.onSignal(signal, shutdown === "ignore" ? "ignore" : ask);
  new Tasks(proc).start(server.run());
  while (!asked) yield { on: terminated };
  if (shutdown === "drain") {
    server.stop();
    yield* server.drained();
  }
  return 0;
}
