/**
 * The server's own replay of a journal, in a thread of its own with bounds on time and memory: a page can send what it likes, and
 * earns only what happens here. One replay at a time; the thread's code is bundled once from the engine's sources.
 */
import "server-only";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { Journal, LabFiles, Verification } from "@/engine";
import { Refused } from "./guard";

const MOST_MS = 20_000;
const MOST_HEAP_MB = 512;
const MOST_WAITING = 50;

let bundled: Promise<string> | undefined;
let last: Promise<unknown> = Promise.resolve();
const waiting = new Set<string>();

/** Throws Refused when the journal cannot be replayed within the bounds. Nobody (`whose`) waits for two replays at once. */
export async function verify(files: LabFiles, journal: Journal, whose: string): Promise<Verification> {
  if (waiting.has(whose)) throw new Refused(429, "Your last replay is still under way; try again in a moment.");
  if (waiting.size >= MOST_WAITING) throw new Refused(503, "Too many replays are waiting; try again in a moment.");
  waiting.add(whose);
  const mine = last.then(async () => inThread(await code(), files, journal)).finally(() => waiting.delete(whose));
  last = mine.catch(() => {});
  return mine;
}

function code(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

function inThread(program: string, files: LabFiles, journal: Journal): Promise<Verification> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData: { files, journal }, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB }, env: {}, stdin: false });
    const tooLong = setTimeout(() => end(new Refused(422, "The replay took too long.")), MOST_MS);
    function end(problem: Refused | undefined, shown?: Verification): void {
      clearTimeout(tooLong);
      void worker.terminate();
      if (shown) resolve(shown);
      else reject(problem ?? new Refused(422, "The replay ended without a result."));
    }
    worker.once("message", (message: { shown?: Verification; problem?: string }) => end(message.problem === undefined ? undefined : new Refused(422, message.problem), message.shown));
    worker.once("error", (error) => end(new Refused(422, `The replay failed: ${error.message}`)));
    worker.once("exit", () => end(undefined));
  });
}

async function bundle(): Promise<string> {
  const root = process.cwd();
  const { outputFiles } = await build({
    entryPoints: [join(/* turbopackIgnore: true */ root, "app/_server/verify-thread.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
