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
let waiting = 0;

/** Throws Refused when the journal cannot be replayed within the bounds. */
export async function verify(files: LabFiles, journal: Journal): Promise<Verification> {
  if (waiting >= MOST_WAITING) throw new Refused(503, "Too many replays are waiting; try again in a moment.");
  bundled ??= bundle();
  const code = await bundled;
  waiting++;
  const mine = last.then(() => inThread(code, files, journal)).finally(() => waiting--);
  last = mine.catch(() => {});
  return mine;
}

function inThread(code: string, files: LabFiles, journal: Journal): Promise<Verification> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { files, journal }, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB }, env: {}, stdin: false });
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
