#!/usr/bin/env node
/**
 * `podpath`: the emulator on the command line. The sources are TypeScript; they are bundled into
 * one file under .cache/ whenever one of them is newer than it, which takes a fraction of a second.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "../..");
const bundle = path.join(root, ".cache/podpath.mjs");

if (!existsSync(path.join(root, "node_modules/esbuild"))) {
  console.error("podpath: the packages are not installed yet. Run `npm start` or `npm ci` first.");
  process.exit(1);
}

if (stale()) {
  mkdirSync(path.dirname(bundle), { recursive: true });
  const { build } = await import("esbuild");
  // Written aside and moved, so that two that start at once never read half a file.
  const aside = `${bundle}.${process.pid}`;
  await build({
    entryPoints: [path.join(root, "app/_cli/main.ts")],
    outfile: aside,
    bundle: true,
    // Neutral, so that the engine's packages are the same files as in a browser.
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "node20",
    format: "esm",
    sourcemap: "inline",
    alias: { "@": root },
    external: ["node:*", "esbuild", "playwright-core", "ws"],
    logLevel: "error",
  });
  renameSync(aside, bundle);
}
process.setSourceMapsEnabled(true);
const { main } = await import(`${pathToFileURL(bundle).href}?${statSync(bundle).mtimeMs}`);
process.exitCode = await main(process.argv.slice(2), root);

function stale() {
  if (!existsSync(bundle)) return true;
  const built = statSync(bundle).mtimeMs;
  return ["engine", "app/_cli"].some((folder) => newerIn(path.join(root, folder), built));
}

function newerIn(folder, built) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return newerIn(full, built);
    return entry.name.endsWith(".ts") && statSync(full).mtimeMs > built;
  });
}
