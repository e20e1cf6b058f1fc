/** A process group: the processes that one ^C reaches together (setpgid(2)). */
import type { SignalName } from "./proc";
import type { Process } from "./process";

export class ProcessGroup {
  readonly #members = new Set<Process>();

  constructor(readonly id: number) {}

  get members(): ReadonlySet<Process> {
    return this.#members;
  }

  add(process: Process): void {
    this.#members.add(process);
  }

  delete(process: Process): void {
    this.#members.delete(process);
  }

  signal(name: SignalName): void {
    for (const member of [...this.#members]) member.kill(name);
  }
}
