/**
 * The engine's files for the browser: made by the build (app/_lab/engine-build.mjs), or here, when there are none yet, or when one is
 * developing and a source is newer.
 */
import "server-only";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type EngineList, engineFolder, readEngineList, writeEngine } from "@/app/_lab/engine-build.mjs";

const DEVELOPING = process.env.NODE_ENV === "development";
const SOURCES = ["engine", "app/_lab"];

let known: Promise<EngineList> | undefined;

function engineList(): Promise<EngineList> {
  if (known === undefined || DEVELOPING) known = listed();
  known.catch(() => {
    known = undefined;
  });
  return known;
}

async function listed(): Promise<EngineList> {
  const root = /* turbopackIgnore: true */ process.cwd();
  const list = await readEngineList(root);
  return list && !(DEVELOPING && (await outdated(root))) ? list : writeEngine(root);
}

async function outdated(root: string): Promise<boolean> {
  const { mtimeMs } = await stat(join(engineFolder(root), "engine.json"));
  const folders = await Promise.all(SOURCES.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })));
  const files = folders.flat().filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name));
  const times = await Promise.all(files.map((entry) => stat(join(entry.parentPath, entry.name))));
  return times.some((time) => time.mtimeMs > mtimeMs);
}

/** Where a page finds them, the worker's own first. */
export async function engineAddresses(): Promise<readonly string[]> {
  const { first, later } = await engineList();
  return [...first, ...later].map((name) => `/engine/${name}`);
}

/** One of the listed files, compressed. */
export async function engineFile(name: string, compression: "br" | "gz"): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { first, later } = await engineList();
  if (![...first, ...later].includes(name)) return undefined;
  return new Uint8Array(await readFile(join(engineFolder(/* turbopackIgnore: true */ process.cwd()), `${name}.${compression}`)));
}
