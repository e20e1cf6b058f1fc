/**
 * Runs a program inside a running container, in all of its namespaces: what runc exec does for
 * kubectl exec, exec probes and lifecycle hooks. Words of failures are runc's.
 */
import { concat, text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { Description } from "../../host/open-file";
import type { OpenFile } from "../../host/proc";
import type { Process } from "../../host/process";
import type { Tty } from "../../host/tty";
import { containerId } from "./context";
import type { Run } from "./container";

export type ExecFiles = { readonly stdin?: OpenFile; readonly stdout?: OpenFile; readonly stderr?: OpenFile; readonly tty?: Tty };
export type Started = { readonly process: Process; readonly output: () => string } | { readonly id: string; readonly problem: string };

export function runInContainer(run: Run, command: readonly string[], files: ExecFiles): Started {
  const kept = new KeptOutput();
  const stdout = files.stdout ?? kept;
  const stderr = files.stderr ?? kept;
  try {
    const process = run.machine.spawn(command, {
      env: run.process.env,
      cwd: run.image.workingDir ?? "/",
      files: new Map<number, OpenFile>([...(files.stdin ? [[0, files.stdin] as const] : []), [1, stdout], [2, stderr]]),
      ...(files.tty && { tty: files.tty }),
    });
    return { process, output: () => kept.text };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { id: containerId(run.machine.rng), problem: `OCI runtime exec failed: exec failed: unable to start container process: ${startProblem(command, error)}: unknown` };
  }
}

/** exec: "ss": executable file not found in $PATH */
export function startProblem(command: readonly string[], error: SysError): string {
  const [name = ""] = command;
  if (!name.includes("/")) return `exec: "${name}": executable file not found in $PATH`;
  if (error.code === "ENOENT") return `exec: "${name}": stat ${name}: no such file or directory`;
  return `exec: "${name}": ${error.message.toLowerCase()}`;
}

/** Keeps what a probe or hook prints, up to the ten kilobytes the kubelet keeps. */
class KeptOutput extends Description {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor() {
    super("pipe:[0]");
  }

  get text(): string {
    return text(concat(this.#chunks.length === 0 ? [new Uint8Array(0)] : this.#chunks));
  }

  // Never yields: nothing comes from there
  *read(): Task<undefined> {
    return undefined;
  }

  // Never yields: never full
  *write(bytes: Uint8Array): Task {
    if (this.#bytes >= 10_240) return;
    this.#chunks.push(bytes.slice(0, 10_240 - this.#bytes));
    this.#bytes += bytes.length;
  }

  protected closed(): void {}
}
