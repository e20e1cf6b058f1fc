/**
 * PID namespaces, pid_namespaces(7): a container counts its processes from 1, while its node
 * sees the same processes under numbers of its own.
 */
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import type { Process } from "./process";

const PID_MAX = 4_194_304;

export class PidNamespace {
  readonly processes = new Map<number, Process>();
  #last: number;

  constructor(
    readonly parent?: PidNamespace,
    firstPid = 1,
  ) {
    this.#last = firstPid - 1;
  }

  /** Gives the process a number here and in every namespace above. */
  enter(process: Process): ReadonlyMap<PidNamespace, number> {
    const pids = new Map<PidNamespace, number>();
    for (const namespace of this.#ancestry()) if (namespace.processes.size >= LIMITS.processes) throw new SysError("EAGAIN");
    for (const namespace of this.#ancestry()) pids.set(namespace, namespace.#take(process));
    return pids;
  }

  leave(process: Process): void {
    for (const namespace of this.#ancestry()) {
      const pid = process.pidIn(namespace);
      if (pid !== undefined) namespace.processes.delete(pid);
    }
  }

  #ancestry(): PidNamespace[] {
    const all: PidNamespace[] = [];
    for (let at: PidNamespace | undefined = this; at !== undefined; at = at.parent) all.push(at);
    return all;
  }

  #take(process: Process): number {
    do this.#last = this.#last >= PID_MAX ? 300 : this.#last + 1;
    while (this.processes.has(this.#last));
    this.processes.set(this.#last, process);
    return this.#last;
  }
}
