/** The sandbox container's only program: it holds the Pod's namespaces and waits to be ended. */
import { Signal } from "../core/task";
import type { Program } from "../host/proc";

export const pause: Program = {
  name: "pause",
  summary: "waits for a signal",
  *run(proc) {
    const asked = new Signal();
    let over = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      proc.onSignal(signal, () => {
        over = true;
        asked.notify();
      });
    }
    while (!over) yield { on: asked };
    yield* proc.err("Shutting down, got signal: Terminated\n");
    return 0;
  },
};
