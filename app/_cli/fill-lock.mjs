// Run after `npm install`. npm writes no lock entry for an optional package it could not find for another platform, and `npm ci`
// then refuses the lock ("Missing … from lock file"). This adds the entries; test/setup/lock.test.ts says when they are needed.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const PLATFORM = /(android|darwin|freebsd|linux|win32|openharmony|aix|openbsd|netbsd|sunos|wasm32)-?(arm64|arm|x64|ia32|riscv64|ppc64|s390x|loong64|mips64el|wasi)?/;

/** Optional packages that are asked for and nowhere in the lock: [by, name, range]. */
export function missingFrom(lock) {
  const asked = Object.entries(lock.packages).flatMap(([at, { optionalDependencies = {} }]) => Object.entries(optionalDependencies).map(([name, range]) => [at, name, range]));
  return asked.filter(([at, name]) => !placesFor(at, name).some((place) => lock.packages[place]));
}

/** Where Node would look for `name` from the package at `at`. */
function placesFor(at, name) {
  const parts = at === "" ? [] : at.split("/node_modules/");
  const inside = parts.map((_, i) => `${parts.slice(0, parts.length - i).join("/node_modules/")}/node_modules/${name}`);
  return [...inside, `node_modules/${name}`];
}

export function fill(lock) {
  const packages = { ...lock.packages };
  for (const [at, name, range] of missingFrom(lock)) {
    const version = /^[\^~]?(\d+\.\d+\.\d+\S*)$/.exec(range)?.[1];
    const [, os, cpu] = PLATFORM.exec(name) ?? [];
    if (!version || !os) throw new Error(`${at} asks for ${name}@${range}: which version and platform that is cannot be told from its name`);
    const platform = os === "wasm32" ? { cpu: ["wasm32"] } : { os: [os], ...(cpu ? { cpu: [cpu] } : {}) };
    packages[`node_modules/${name}`] = { version, optional: true, ...(packages[at]?.dev ? { dev: true } : {}), ...platform };
  }
  return { ...lock, packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  console.log(`${missingFrom(lock).length} entries added`);
  writeFileSync("package-lock.json", `${JSON.stringify(fill(lock), null, 2)}\n`);
}
