/** One Linux machine with every program on it, and a way to type at it: for tests of the shell and the tools. */
import { text } from "@/engine/core/bytes";
import { Rng } from "@/engine/core/rng";
import { Scheduler } from "@/engine/core/scheduler";
import { Trace } from "@/engine/core/trace";
import type { World } from "@/engine/core/world";
import { Kernel } from "@/engine/host/kernel";
import { Machine } from "@/engine/host/machine";
import { bytesFile, listener } from "@/engine/host/open-file";
import type { Program } from "@/engine/host/proc";
import { rootFiles } from "@/engine/host/root-files";
import { Netns } from "@/engine/net/netns";
import { utf8 } from "@/engine/core/bytes";

export function testMachine(programs: readonly Program[], hostname = "node-1"): Machine {
  return testMachineIn({ scheduler: new Scheduler(), rng: new Rng(1), trace: new Trace(), epochMs: Date.UTC(2026, 10, 21, 9, 0, 0) }, programs, hostname);
}

export function testMachineIn(world: World, programs: readonly Program[], hostname: string): Machine {
  const netns = new Netns(world, hostname, { initial: true });
  return new Machine({ world, hostname, netns, kernel: new Kernel(world), fs: (machine) => rootFiles(machine), programs });
}

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exit: number | undefined; readonly tookMs: number };

/** Runs one program to its end, or for so many virtual milliseconds at most (`exit` is then undefined). */
export function run(machine: Machine, argv: readonly string[], options: { readonly stdin?: string | Uint8Array; readonly cwd?: string; readonly forMs?: number } = {}): Ran {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const { stdin = "" } = options;
  const files = new Map([
    [0, bytesFile("stdin", typeof stdin === "string" ? utf8(stdin) : stdin)],
    [1, listener("stdout", (bytes) => out.push(bytes.slice()))],
    [2, listener("stderr", (bytes) => err.push(bytes.slice()))],
  ]);
  const { scheduler } = machine.world;
  const startMs = scheduler.nowMs;
  const process = machine.spawn(argv, { files, cwd: options.cwd ?? "/root" });
  const untilMs = startMs + (options.forMs ?? 60_000);
  while (!process.exited && scheduler.nowMs < untilMs) {
    if (scheduler.nextMs === undefined) break;
    scheduler.runUntil(Math.min(untilMs, scheduler.nextMs));
  }
  return { stdout: joined(out), stderr: joined(err), exit: process.status, tookMs: scheduler.nowMs - startMs };
}

function joined(chunks: readonly Uint8Array[]): string {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return text(all);
}
