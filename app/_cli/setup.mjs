// The steps from a fresh checkout to a site that can be served: packages, database client, database, build. Each knows when it
// has been done (by the hash of what it was made from) and then costs nothing. Node's own modules only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");
const STAMPS = path.join(root, ".cache/stamps.json");
const BUILT_FROM = ["app", "engine", "prisma", "proxy.ts", "next.config.mjs", "tsconfig.json", "package-lock.json"];
const STILL_MS = 20_000;
process.chdir(root);

/** Something the user can do something about: said in one sentence, without a stack. */
export function problem(message) {
  return Object.assign(new Error(message), { isProblem: true });
}

export function say(message) {
  console.log(`podpath: ${message}`);
}

export async function preparePackages() {
  const wanted = hash(["package-lock.json"]) + process.versions.modules; // Node's ABI too: better-sqlite3 is compiled for it.
  if (stamps().packages === wanted && existsSync("node_modules/.package-lock.json")) return;
  if (complete()) return stamp("packages", wanted);
  say("installing packages as locked (once; one to three minutes)");
  const env = { NODE_ENV: "development" };
  // better-sqlite3 is compiled where no built one can be had; with Node's own headers at hand that needs no download.
  const prefix = path.dirname(path.dirname(process.execPath));
  if (existsSync(path.join(prefix, "include/node/node.h"))) env.npm_config_nodedir = prefix;
  const npm = process.env.npm_execpath;
  const command = npm ? [process.execPath, npm] : ["npm"];
  await run([...command, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], env, whyInstallFailed);
  stamp("packages", wanted);
}

preparePackages.mustBeNewEnough = () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw problem(`Podpath needs Node 20.19 or newer; this is ${process.version}.`);
};

/** True when somebody ran `npm ci` or `npm install` by hand since the lock was written. */
function complete() {
  const installed = "node_modules/.package-lock.json";
  if (!existsSync(installed) || !existsSync("node_modules/better-sqlite3/build/Release/better_sqlite3.node")) return false;
  const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  const abi = stamps().packages?.slice(64);
  return (!abi || abi === process.versions.modules) && Object.entries(locked).every(([at, { version, optional }]) => at === "" || optional || present[at]?.version === version);
}

export async function prepareClient() {
  const wanted = hash(["prisma/schema.prisma", "prisma/generate.mjs", "package-lock.json"]);
  if (stamps().client === wanted && existsSync("prisma/generated/client.ts")) return;
  say("generating the database client");
  await run([process.execPath, "prisma/generate.mjs"]);
  stamp("client", wanted);
}

export async function prepareDatabase() {
  const url = process.env.DATABASE_URL ?? "file:./data/podpath.db";
  if (!existsSync(url.replace(/^file:/, ""))) say(`creating the database ${url.replace(/^file:/, "")}`);
  await run([process.execPath, "prisma/deploy.mjs"], {}, (output) => {
    const [, why = "it failed"] = /Error: (.+)/.exec(output) ?? [];
    return `The database ${url} cannot be brought up to date: ${why}.`;
  });
}

export async function prepareBuild() {
  const wanted = hash(BUILT_FROM);
  if (stamps().build === wanted && existsSync(".next/BUILD_ID") && existsSync(".cache/engine/engine.json")) return;
  say("building the site (a minute or so)");
  stamp("build", undefined);
  await run([process.execPath, "node_modules/next/dist/bin/next", "build"]);
  const { writeEngine } = await import("../_lab/engine-build.mjs");
  await writeEngine(root);
  stamp("build", wanted);
}

/** Whether what was built is what the sources say now. */
export function buildIsFresh() {
  return existsSync(".next/BUILD_ID") && stamps().build === hash(BUILT_FROM);
}

/** Runs a command quietly, with a sign of life now and then; what it printed is shown only if it fails. */
export function run(command, env = {}, explain = () => undefined) {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const [file, ...args] = command;
    const child = spawn(file, args, { cwd: root, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const alive = setInterval(() => say(`… still at it after ${Math.round((Date.now() - began) / 1000)} s`), STILL_MS);
    child.on("error", (error) => reject(problem(`${file} cannot be run: ${error.message}`)));
    child.on("close", (code) => {
      clearInterval(alive);
      if (code === 0) return resolve(output);
      const why = /ENOSPC|no space left/i.test(output) ? "The disk is full." : explain(output);
      reject(problem(why ?? `${output.split("\n").slice(-40).join("\n")}\n${args.slice(0, 2).join(" ")} failed.`));
    });
  });
}

function whyInstallFailed(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i.test(output)) return "The packages cannot be fetched: the npm registry does not answer (no network?).";
  if (/EACCES|EPERM|EROFS/.test(output)) return `The packages cannot be written: no permission in ${root}.`;
  if (/EUSAGE/.test(output)) return "package-lock.json does not fit package.json: run node app/_cli/fill-lock.mjs after npm install.";
  return undefined;
}

function stamps() {
  try {
    return JSON.parse(readFileSync(STAMPS, "utf8"));
  } catch {
    return {};
  }
}

function stamp(step, value) {
  try {
    mkdirSync(path.dirname(STAMPS), { recursive: true });
    writeFileSync(STAMPS, JSON.stringify({ ...stamps(), [step]: value }));
  } catch (error) {
    throw problem(`${STAMPS} cannot be written: ${error.code === "ENOSPC" ? "the disk is full" : error.message}.`);
  }
}

/** One hash of files and folders, by name and text; tests and what is generated do not count. */
function hash(places) {
  const digest = createHash("sha256");
  const add = (place) => {
    if (!existsSync(place)) return;
    if (!statSync(place).isDirectory()) return void (/\.(test\.tsx?|md)$/.test(place) || digest.update(place).update(readFileSync(place)));
    for (const name of readdirSync(place).sort()) if (name !== "generated" && name !== "_cli") add(path.join(place, name));
  };
  places.forEach(add);
  return digest.digest("hex");
}
