/** For tests: a machine with kubectl on it and an API server behind it. */
import { text, utf8 } from "@/engine/core/bytes";
import type { Task } from "@/engine/core/task";
import type { World } from "@/engine/core/world";
import { newWorld } from "./world";
import { FileSystem } from "@/engine/host/fs";
import { Kernel } from "@/engine/host/kernel";
import { Machine } from "@/engine/host/machine";
import { Description } from "@/engine/host/open-file";
import { ApiServer } from "@/engine/kube/api-server";
import { Netns } from "@/engine/net/netns";
import type { EditHook } from "@/engine/bin/kubectl/command";
import { allTools } from "@/engine/bin/index";
import { kubectl } from "@/engine/bin/kubectl/main";

export class Captured extends Description {
  written = "";

  constructor(
    name: string,
    private input: string = "",
  ) {
    super(name);
  }

  // Never yields: always ready
  *read(): Task<Uint8Array | undefined> {
    if (this.input === "") return undefined;
    const bytes = utf8(this.input);
    this.input = "";
    return bytes;
  }

  // Never yields: always ready
  *write(bytes: Uint8Array): Task {
    this.written += text(bytes);
  }

  protected closed(): void {}
}

export type Result = { readonly stdout: string; readonly stderr: string; readonly exit: number | undefined };

export class Bench {
  readonly world: World = newWorld();
  readonly server = new ApiServer(this.world);
  readonly machine: Machine;
  edit: EditHook | undefined;

  constructor() {
    const fs = new FileSystem(this.world);
    for (const path of ["/root", "/tmp", "/usr/bin", "/dev"]) fs.mkdir(path, { parents: true });
    this.machine = new Machine({ world: this.world, hostname: "bastion", netns: new Netns(this.world, "bastion", { initial: true }), kernel: new Kernel(this.world), fs });
    for (const name of ["default", "kube-system", "production"]) this.server.store.create({ kind: "Namespace", metadata: { name } });
    for (const namespace of ["default", "production"]) this.server.store.create({ kind: "ServiceAccount", metadata: { name: "default", namespace } });
  }

  write(path: string, content: string): void {
    this.machine.fs.writeFile(path, content);
  }

  /** Runs to its end, or for as long as `forMs` of the world's time. */
  run(line: string, options: { readonly stdin?: string; readonly forMs?: number } = {}): Result {
    return this.runArgv(words(line), options);
  }

  runArgv(argv: readonly string[], { stdin = "", forMs = 600_000 }: { readonly stdin?: string; readonly forMs?: number } = {}): Result {
    const out = new Captured("stdout");
    const err = new Captured("stderr");
    const program = kubectl({ api: this.server, runtime: () => this.server.runtime, rest: () => allTools.kubectl, ...(this.edit === undefined ? {} : { edit: this.edit }) });
    const process = this.machine.start(program, argv, { cwd: "/root", files: new Map([[0, new Captured("stdin", stdin)], [1, out], [2, err]]) });
    const until = this.world.scheduler.nowMs + forMs;
    while (process.status === undefined && this.world.scheduler.nowMs < until) {
      const next = this.world.scheduler.nextMs;
      if (next === undefined || next > until) break;
      this.world.scheduler.runUntil(next);
    }
    return { stdout: out.written, stderr: err.written, exit: process.status };
  }

  /** Standard output and error together, and the status if it is not 0: for tests that read like a session. */
  session(line: string, stdin = ""): string {
    const { stdout, stderr, exit } = this.run(line, { stdin });
    return `${stdout}${stderr}${exit === 0 ? "" : `[exit ${exit}]\n`}`;
  }
}

/** Words of a command line: blanks part them, quotes keep them together. */
export function words(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"|'[^']*')+/gs)].map(([word]) => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_, double: string | undefined, single: string | undefined) => double?.replace(/\\(.)/gs, "$1") ?? single ?? ""));
}
