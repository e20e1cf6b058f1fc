/**
 * SIGTERM as a Go program has it that does not care: even as a container's first process, which
 * the kernel protects from signals without a handler, it ends, with status 2.
 */
import { Signal } from "../core/task";
import type { Proc } from "../host/proc";

export class Terminated {
  readonly asked = new Signal();
  over = false;

  constructor(proc: Proc) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      proc.onSignal(signal, () => {
        this.over = true;
        this.asked.notify();
      });
    }
  }
}

export const GO_TERMINATED = 2;
